"""A feed's bytes made into reports. The only module that imports feedparser.

`parse` takes and returns plain values, so that it can run in a child process (`watchers.child`). Feeds are hostile and
sloppy: one bad date or entry does not cost the others, and no title, link or number is taken as it comes.
"""

from __future__ import annotations

import io
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from watchers import jsonfeed
from watchers.characters import text_of
from watchers.entries import (
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    Entry,
    Source,
    bounded,
    mark_of,
    reports_of,
    version_of,
    without_seen,
)
from watchers.links import absolute_link, clean_link, is_web_address, shown
from watchers.mending import FEED_ELEMENT, is_whole, items_alone, mended, without_cut_item, without_junk
from watchers.plaintext import plain, readable
from watchers.recovery import apart
from watchers.scan import Item, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from store.feeds import FeedSpec
    from treaties.model import Report

__all__ = [
    "LONGEST_BODY",
    "LONGEST_SUMMARY",
    "LONGEST_TITLE",
    "FeedHints",
    "NotAFeedError",
    "ParsedFeed",
    "parse",
]

LONGEST_BODY: Final = 10_000_000
_MOST_ATTRIBUTES: Final = 1_000
_LOOKED_AT: Final = 200_000
"""How much of a body is looked at to tell what it is instead of a feed."""

_ATTRIBUTE: Final = re.compile(rb"""\s*[^\s=<>"'/]+\s*=\s*(?:"[^"]*"|'[^']*')""")
_REFERENCE: Final = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|(\d{1,8}));?")
_XML_CHARACTERS: Final = ((9, 10, 13), range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
_BLANKS: Final = bytes(byte if byte >= 0x20 or byte in b"\t\n\r" else 0x20 for byte in range(256))  # noqa: PLR2004 - XML
_EMPTY: Final = re.compile(
    rb"(?:<\?[^>]*>|<!--.*?-->|<!doctype[^>]*>|\s)*+"
    rb"<(?:(?:[\w.-]+:)?(?:rss|feed|channel)\b|(?:[\w.-]+:)?rdf\b[^>]*netscape\.com/rdf/simple)",
    re.IGNORECASE | re.DOTALL,
)
"""The beginning of a feed of which feedparser does not say what kind it is where it holds no item."""

_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_NOWHERE: Final = "//base.invalid/base/base/"
_DESCENTS: Final = ((_NOWHERE, ""), ("//base.invalid/base/", "../"), ("//base.invalid/", "/"), ("//base.invalid", "/"))
_RDF: Final = frozenset({"rss090", "rss10"})
_FEED_TYPE: Final = re.compile(rb"application/(?:(?:rss|atom|rdf)\+xml|feed\+json)", re.IGNORECASE)
_HREF: Final = re.compile(rb"\bhref\s*=\s*(?:\"([^\">]*)\"|'([^'>]*)'|([^\s\"'>]+))", re.IGNORECASE)
_LINK_TAG: Final = re.compile(rb"<(?:link|a)\s", re.IGNORECASE)
_TAG_REST: Final = re.compile(rb"""(?:[^>"']|"[^"]*"|'[^']*')*+""")
_LONGEST_TAG: Final = 2_000
_SKIPPED: Final = {
    "hour": re.compile(rb"<skiphours\b.{0,2000}?</skiphours", re.IGNORECASE | re.DOTALL),
    "day": re.compile(rb"<skipdays\b.{0,2000}?</skipdays", re.IGNORECASE | re.DOTALL),
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS: Final = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


class NotAFeedError(Exception):
    """The body is no feed, or none that may be parsed. The message is one line that says what it is instead.

    Args:
        where: the address, fit to be shown.
        what: the rest of the line, beginning with a verb.
    """

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.what = what

    def __str__(self) -> str:
        """The line."""
        return f"{self.args[0]} {self.what}"


@dataclass(frozen=True, slots=True)
class FeedHints:
    """How a feed wants to be asked.

    Attributes:
        ttl: seconds between.
        update_period: likewise.
        skip_hours: hours of the day at which it is not to be asked, GMT.
        skip_days: days at which it is not to be asked, 0 is Monday.
        hub: the address of a hub that pushes what is new (WebSub, section 4).
        topic: under which address the hub knows the feed.
    """

    ttl: float | None = None
    update_period: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hub: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a body held.

    Attributes:
        reports: those of the entries that were not marked as seen.
        hints: how often to come.
        title: of the feed.
        whole: False where the feed breaks off before its end.
        marks: hashes of the raw entries. Given as `seen` with the next body, they save the
            work for what did not change.
        guids: what the feed itself calls a report, by the report's id; perhaps with markup, fit to be shown as text.
        confirm: called when every report was taken in; a parser that remembers marks may leave them out from then on.
    """

    reports: tuple[Report, ...]
    hints: FeedHints
    title: str
    whole: bool = True
    marks: frozenset[bytes] = frozenset()
    guids: Mapping[str, str] = field(default_factory=dict)
    confirm: Callable[[], object] = field(default=tuple, compare=False, repr=False)

    @property
    def versions(self) -> dict[str, str]:
        """What changes when a report is edited, by its id."""
        return {report.id: version_of(report) for report in self.reports}


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reader of one format found: the feed's fields by feedparser's names, and its entries."""

    feed: Mapping[str, Any]
    entries: Sequence[Entry]
    whole: bool
    marks: frozenset[bytes] = frozenset()


def parse(  # noqa: PLR0913 - all of it comes from the answer, and goes to another process as it is
    body: bytes,
    *,
    spec: FeedSpec,
    base_url: str,
    now: datetime,
    content_type: str | None = None,
    seen: Collection[bytes] = frozenset(),
) -> ParsedFeed:
    """Read the reports of a feed, in the order in which they stand there.

    Args:
        body: the unpacked answer.
        spec: what the settings say of the feed.
        base_url: the address that answered, for relative links.
        now: the moment of the poll; a report from much later has a broken date.
        content_type: as the server said.
        seen: marks of the entries that were taken in at an earlier poll; their reports are left out.

    Raises:
        NotAFeedError: there is no feed in it.
    """
    if len(body) > LONGEST_BODY:
        raise NotAFeedError(shown(base_url), f"is a feed of more than {LONGEST_BODY:,} bytes")
    try:
        body = text_of(body, content_type, spec.lang).encode("utf-8", "replace")
        found = _read_json(body, seen) or _read_xml(body, seen, base_url)
    except NotAFeedError:
        raise
    except Exception as error:  # feedparser raises whatever comes up deep inside, and hostile input finds new ways
        raise NotAFeedError(shown(base_url), f"cannot be parsed ({type(error).__name__})") from error
    if found is None:
        raise NotAFeedError(shown(base_url), _instead(body, base_url))
    lang = _language(spec.lang or _text(found.feed, "language"))
    reports = reports_of(found.entries, Source(spec, base_url, lang, now))
    return ParsedFeed(
        reports=tuple(report for report, _ in reports.values()),
        hints=_hints(found.feed, body, base_url),
        title=plain(_text(found.feed, "title"), LONGEST_TITLE),
        whole=found.whole,
        marks=found.marks,
        guids={key: shown_guid for key, (_, guid) in reports.items() if (shown_guid := readable(guid))},
    )


def _read_json(body: bytes, seen: Collection[bytes]) -> _Found | None:
    if body.lstrip()[:1] != b"{":
        return None
    feed = jsonfeed.read(body.decode())
    if feed is None:
        return None
    entries = bounded(feed.entries)
    marks = frozenset(entry.mark for entry in entries)
    about = {"title": feed.title, "language": feed.language, "links": feed.links}
    return _Found(about, without_seen(entries, seen), feed.whole, marks)


def _read_xml(body: bytes, seen: Collection[bytes], base_url: str) -> _Found | None:
    if not FEED_ELEMENT.search(body):
        # A page may be long, and feedparser slow on it.
        return None
    _check_attributes(body, base_url)
    body = _REFERENCE.sub(_harmless, body.translate(_BLANKS)).lstrip()
    items = scan(body)
    if items is None:
        body = mended(without_junk(body))
        items = scan(body)
    scheme = "http" if base_url.startswith("http:") else "https"
    if items is None:
        body = without_cut_item(body)
        return _read_apart(body, scheme) or _read_whole(body, scheme)
    return (_read_items(body, items, seen, scheme) if items else None) or _read_whole(body, scheme)


def _read_items(body: bytes, items: Sequence[Item], seen: Collection[bytes], scheme: str) -> _Found | None:
    """Let feedparser judge the head of a feed and those new items that are out of the ordinary.

    None where the two do not see the same items: then feedparser's word counts for all.
    """
    entries: dict[Entry, Item] = {}
    for item in bounded(items):
        entries.setdefault(item.entry(body), item)
    wanted = without_seen(tuple(entries), seen)
    odd = [entries[entry] for entry in wanted if not entries[entry].ordinary]
    try:
        parsed = _feedparsed(_without(body, items, odd), scheme)
    except Exception:  # noqa: BLE001 - feedparser raises whatever comes up: the item at which it does must not cost the rest
        parsed = _feedparsed(_without(body, items, ()), scheme)
        judged = [_alone(body, items, item, scheme) for item in odd]
    else:
        judged = [_entry(one, parsed.version) for one in parsed.entries]
    if len(judged) != len(odd):
        return None
    rest = iter(judged)
    together = [entry if entries[entry].ordinary else next(rest) for entry in wanted]
    return _Found(parsed.feed, together, is_whole(body), frozenset(entry.mark for entry in entries))


def _alone(body: bytes, items: Sequence[Item], item: Item, scheme: str) -> Entry:
    """What feedparser finds in one item; where it finds none, what the quick look did."""
    try:
        parsed = _feedparsed(_without(body, items, [item]), scheme)
    except Exception:  # noqa: BLE001 - see above
        return item.entry(body)
    return _entry(parsed.entries[0], parsed.version) if len(parsed.entries) == 1 else item.entry(body)


def _read_apart(body: bytes, scheme: str) -> _Found | None:
    """What an ill-formed feed holds: its sound items strictly judged, and each piece between them alone."""
    cut = apart(body)
    if cut is None:
        return None
    entries: list[Entry] = []
    for part in cut.parts:
        with suppress(Exception):
            items = scan(part.body) if part.sound else None
            found = (_read_items(part.body, items, (), scheme) if items else None) or _read_whole(part.body, scheme)
            entries += found.entries if found else ()
    feed: Mapping[str, Any] = {}
    with suppress(Exception):
        feed = _feedparsed(cut.head, scheme).feed
    return _Found(feed, bounded(entries), is_whole(body))


def _read_whole(body: bytes, scheme: str) -> _Found | None:
    try:
        parsed = _feedparsed(body, scheme)
    except Exception:
        found = _read_one_by_one(body, scheme)
        if found is None:
            raise
        return found
    if not (parsed.get("version") or parsed.entries or _EMPTY.match(body)):
        return None
    return _Found(parsed.feed, [_entry(one, parsed.version) for one in bounded(parsed.entries)], is_whole(body))


def _read_one_by_one(body: bytes, scheme: str) -> _Found | None:
    """What can be read of a feed at which feedparser raises: its head or one of its items is worse than ill-formed."""
    entries: list[Entry] = []
    for alone in bounded(items_alone(body)):
        with suppress(Exception):
            parsed = _feedparsed(alone, scheme)
            entries += [_entry(one, parsed.version) for one in parsed.entries]
    return _Found({}, bounded(entries), is_whole(body)) if entries else None


def _without(body: bytes, items: Sequence[Item], kept: Sequence[Item]) -> bytes:
    """The body with only some of its items in it."""
    starts = {item.start for item in kept}
    pieces, at = [], 0
    for item in items:
        if item.start not in starts:
            pieces.append(body[at : item.start])
            at = item.end
    return b"".join([*pieces, body[at:]])


def _feedparsed(body: bytes, scheme: str) -> Any:
    # Only here: the program itself never comes here, its children do.
    import feedparser  # noqa: PLC0415

    # A stream, because feedparser takes bytes for the name of a file first. Its sanitiser is slow and not relied on.
    return feedparser.parse(
        io.BytesIO(body),
        # Not the address of the feed: it would become part of relative guids, and those survive a move of the feed.
        # But some base: without one feedparser keeps an item's own base for the items behind it. With the scheme of the
        # feed, for the addresses that leave theirs out.
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": f"{scheme}:{_NOWHERE}"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _relative(address: str) -> str:
    """An address as the feed has it, where feedparser joined it to the base that is none."""
    place = address.partition(":")[2]
    return next((way + place.removeprefix(base) for base, way in _DESCENTS if place.startswith(base)), address)


def _entry(entry: Mapping[str, Any], version: str) -> Entry:
    # `in` and [] only: asking feedparser for a missing `updated` gives `published`, with a warning.
    dates = tuple(_text(entry, name) for name in ("published", "updated", "created", "dcterms_date") if name in entry)
    read = Entry(
        guid=_relative(_text(entry, "id")) or _text(entry, "dc_identifier"),
        link=_relative(_text(entry, "feedburner_origlink") or _link(entry, version)),
        title=_text(entry, "title") or _text(entry, "itunes_title"),
        summary=_text(entry, "summary") or _content(entry),
        dates=tuple(date for date in dates if date),
    )
    if read.title or read.summary:
        return read
    # Without words it may take all the rest to tell it from others.
    return replace(read, mark=mark_of(repr(entry).encode("utf-8", "replace")))


def _link(entry: Mapping[str, Any], version: str) -> str:
    """The address of an entry: its link, one in another form than a page, or its name."""
    link, name = _text(entry, "link"), _text(entry, "id")
    # feedparser takes the name for the link where it finds no other.
    if link and link != name:
        return link
    links = entry.get("links") or ()
    other = next((_text(link, "href") for link in links if link.get("rel", "").endswith("alternate")), "")
    named = version in _RDF or "link" in entry
    return other or link or (name if named and is_web_address(_relative(name)) else "")


def _check_attributes(body: bytes, base_url: str) -> None:
    """Refuse what the parser would take minutes for: it is quadratic in the attributes of one element."""
    if any(_has_too_many_attributes(tag) for tag in body.split(b"<") if tag.count(b"=") > _MOST_ATTRIBUTES):
        raise NotAFeedError(shown(base_url), f"has an element of more than {_MOST_ATTRIBUTES:,} attributes")


def _has_too_many_attributes(tag: bytes) -> bool:
    name = re.match(rb"[^\s>]*", tag)
    at, count = name.end() if name else 0, 0
    while count <= _MOST_ATTRIBUTES and (found := _ATTRIBUTE.match(tag, at)):
        at, count = found.end(), count + 1
    return count > _MOST_ATTRIBUTES


def _harmless(found: re.Match[bytes]) -> bytes:
    """A character reference, or a blank for one to a character that XML does not allow: feedparser raises on some."""
    number = int(found[1], 16) if found[1] else int(found[2])
    return found[0] if any(number in allowed for allowed in _XML_CHARACTERS) else b" "


def _instead(body: bytes, base_url: str) -> str:
    """What a body is that is no feed."""
    head = body[:_LOOKED_AT].strip()
    if not head:
        return "is empty, not a feed"
    if _HTML.search(head):
        link = _offered(head, base_url)
        return "is HTML, not a feed" + (f"; it names a feed at {shown(link)}" if link else "")
    return "is JSON, not a feed" if head[:1] in b"{[" else "is not a feed"


def _offered(page: bytes, base_url: str) -> str | None:
    """The address of the first feed that a page names (https://blog.whatwg.org/feed-autodiscovery)."""
    for start in _LINK_TAG.finditer(page):
        near = page[start.end() : start.end() + _LONGEST_TAG]
        whole = _TAG_REST.match(near)
        tag = whole[0] if whole else near.partition(b">")[0]
        named = _HREF.search(tag) if _FEED_TYPE.search(tag) else None
        if named:
            address = (named[1] or named[2] or named[3] or b"").decode("utf-8", "replace")
            return clean_link(unescape(address), base_url)
    return None


def _content(entry: Mapping[str, Any]) -> str:
    parts = entry.get("content") or ()
    return next((text for part in parts if (text := _text(part, "value"))), "")


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _language(name: str) -> str | None:
    code = re.match(r"[a-z]{2}(?![a-z])", name.strip().lower())
    return code[0] if code else None


def _hints(feed: Mapping[str, Any], body: bytes, base_url: str) -> FeedHints:
    head = body[:_LOOKED_AT]
    hours = {int(text) % 24 for text in _skipped(head, "hour") if text.isdigit()}
    days = {_DAYS.index(text) for text in _skipped(head, "day") if text in _DAYS}
    ttl = _number(_text(feed, "ttl"))
    return FeedHints(
        ttl=ttl * 60 if ttl else None,
        update_period=_update_period(feed),
        skip_hours=frozenset(hours),
        skip_days=frozenset(days),
        hub=_linked(feed, "hub", base_url),
        topic=_linked(feed, "self", base_url),
    )


def _linked(feed: Mapping[str, Any], rel: str, base_url: str) -> str | None:
    """The first address that stands in such a relation to the feed, just as it is written but absolute."""
    links = feed.get("links") or ()
    found = (_relative(_text(link, "href")).strip() for link in links if rel in _text(link, "rel").lower().split())
    return next((absolute for address in found if address and (absolute := absolute_link(address, base_url))), None)


def _skipped(head: bytes, kind: str) -> list[str]:
    """The texts of the `hour` or `day` elements. feedparser keeps only the last of them."""
    block = _SKIPPED[kind].search(head)
    found = re.findall(rf"<{kind}\s*>\s*(\w{{1,9}})\s*<".encode(), block[0], re.IGNORECASE) if block else []
    return [text.decode("ascii", "replace").lower() for text in found]


def _update_period(feed: Mapping[str, Any]) -> float | None:
    period = _PERIODS.get(_text(feed, "sy_updateperiod").strip().lower())
    frequency = _number(_text(feed, "sy_updatefrequency")) or 1
    return period / frequency if period else None


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text.strip()) and int(text) > 0 else None
