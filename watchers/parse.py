"""A feed's bytes made into reports. The only module that imports feedparser.

`parse` takes and returns plain values, so that it can run in a thread or in a child process. Feeds are hostile and
sloppy: one bad date or entry does not cost the others, and no title, link or number is taken as it comes.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import feedparser

from treaties.model import Report
from watchers.links import clean_link, identity_of_link, shown
from watchers.plaintext import plain
from watchers.timestamps import from_parts, moment, plausible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from store.feeds import FeedSpec

LONGEST_BODY: Final = 2_000_000
LONGEST_TITLE: Final = 500
LONGEST_SUMMARY: Final = 4_000
_TITLE_FROM_SUMMARY: Final = 150
_MOST_ATTRIBUTES: Final = 1_000
_LOOKED_AT: Final = 200_000
"""How much of a body is looked at to tell what it is instead of a feed."""

_ATTRIBUTE: Final = re.compile(rb"""\s*[^\s=<>"'/]+\s*=\s*(?:"[^"]*"|'[^']*')""")
_REFERENCE: Final = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|(\d{1,8}));?")
_XML_CHARACTERS: Final = ((9, 10, 13), range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
_END: Final = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_ALTERNATE: Final = re.compile(
    rb"<link\b(?=[^>]{0,500}application/(?:rss|atom)\+xml)[^>]{0,500}?\bhref\s*=\s*[\"']?([^\s\"'>]{1,500})",
    re.IGNORECASE,
)
_SKIPPED: Final = {
    "hour": re.compile(rb"<skiphours\b.{0,2000}?</skiphours", re.IGNORECASE | re.DOTALL),
    "day": re.compile(rb"<skipdays\b.{0,2000}?</skipdays", re.IGNORECASE | re.DOTALL),
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS: Final = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_GLOBAL_NAMES: Final = ("urn:", "tag:")


class NotAFeedError(Exception):
    """The body is no feed, or none that may be parsed. The message is one line that says what it is instead."""


@dataclass(frozen=True, slots=True)
class FeedHints:
    """How often a feed wants to be asked: seconds between, hours of the day and days (0 is Monday) to skip, GMT."""

    ttl: float | None = None
    update_period: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a body held. `whole` is False where the feed breaks off before its end."""

    reports: tuple[Report, ...]
    hints: FeedHints
    title: str
    whole: bool = True


def parse(body: bytes, *, spec: FeedSpec, base_url: str, now: datetime, content_type: str | None = None) -> ParsedFeed:
    """Read the reports of a feed, in the order in which they stand there.

    Args:
        body: the unpacked answer.
        spec: what the settings say of the feed.
        base_url: the address that answered, for relative links.
        now: the moment of the poll; a report from much later has a broken date.
        content_type: as the server said.

    Raises:
        NotAFeedError: there is no feed in it.
    """
    if len(body) > LONGEST_BODY:
        raise NotAFeedError(f"{shown(base_url)} is a feed of more than {LONGEST_BODY:,} bytes")
    try:
        body = _utf8(body, content_type)
        _check_attributes(body, base_url)
        found = _feedparsed(body)
    except NotAFeedError:
        raise
    except Exception as error:  # feedparser raises whatever comes up deep inside, and hostile input finds new ways
        raise NotAFeedError(f"{shown(base_url)} cannot be parsed ({type(error).__name__})") from error
    if not (found.get("version") or found.entries):
        raise NotAFeedError(f"{shown(base_url)} {_instead(body, base_url)}")
    lang = _language(spec.lang or _text(found.feed, "language"))
    drafts = [draft for entry in found.entries if (draft := _draft(entry, base_url, now))]
    return ParsedFeed(
        reports=tuple(_reports(drafts, spec, lang)),
        hints=_hints(found.feed, body),
        title=plain(_text(found.feed, "title"), LONGEST_TITLE),
        whole=bool(_END.search(body)),
    )


def _utf8(body: bytes, content_type: str | None) -> bytes:
    """The body in UTF-8, so that what is checked below is what the parser sees.

    What reads as UTF-8 is UTF-8, whatever it says of itself, and a few broken characters do not change that: the parser
    alone would take every character for a wrong one.
    """
    text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    broken, beyond_ascii = text.count("\ufffd"), len(text) - len(text.encode("ascii", "ignore"))
    if "\0" not in text and "\x1b" not in text and broken * 20 <= beyond_ascii:
        return text.encode()
    headers = {"content-type": content_type or "application/xml"}
    return bytes(feedparser.encodings.convert_to_utf8(headers, body, {})).decode("utf-8", "replace").encode()


def _feedparsed(body: bytes) -> Any:
    # A stream, because feedparser takes bytes for the name of a file first. Its sanitiser is slow and not relied on.
    return feedparser.parse(
        io.BytesIO(_REFERENCE.sub(_harmless, body)),
        # No address of the feed: it would become part of relative guids, and those must survive a move of the feed.
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _check_attributes(body: bytes, base_url: str) -> None:
    """Refuse what the parser would take minutes for: it is quadratic in the attributes of one element."""
    if any(_has_too_many_attributes(tag) for tag in body.split(b"<") if tag.count(b"=") > _MOST_ATTRIBUTES):
        raise NotAFeedError(f"{shown(base_url)} has an element of more than {_MOST_ATTRIBUTES:,} attributes")


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
        named = _ALTERNATE.search(head)
        link = clean_link(named[1].decode("utf-8", "replace").replace("&amp;", "&"), base_url) if named else None
        return "is HTML, not a feed" + (f"; it names a feed at {shown(link)}" if link else "")
    return "is JSON, not a feed of RSS or Atom" if head[:1] in b"{[" else "is not a feed"


@dataclass(frozen=True, slots=True)
class _Draft:
    """An entry made clean, before its identity is known."""

    guid: str
    link: str | None
    title: str
    summary: str
    published: datetime | None


def _draft(entry: Mapping[str, Any], base_url: str, now: datetime) -> _Draft | None:
    summary = plain(_text(entry, "summary") or _content(entry), LONGEST_SUMMARY)
    title = plain(_text(entry, "title"), LONGEST_TITLE) or plain(summary, _TITLE_FROM_SUMMARY)
    if not title:
        return None
    return _Draft(
        guid=" ".join(_text(entry, "id").split()),
        link=_link(entry, base_url),
        title=title,
        summary=summary,
        published=plausible(_published(entry), now),
    )


def _link(entry: Mapping[str, Any], base_url: str) -> str | None:
    link = _text(entry, "link").strip()
    # feedparser takes a guid that does not say what it is for a link, a mere number too.
    if not link or (link == _text(entry, "id").strip() and "/" not in link):
        return None
    return clean_link(link, base_url)


def _reports(drafts: Sequence[_Draft], spec: FeedSpec, lang: str | None) -> Iterable[Report]:
    """The drafts with their identities; what stands in the feed twice comes once."""
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    for draft in drafts:
        for name in _names(draft, spec):
            bearers[name].add(draft.title)
    once: dict[str, Report] = {}
    for draft in drafts:
        # A name that entries of different titles share is none: it would hide all of them but one.
        identity = next(name for name in _names(draft, spec) if len(bearers[name]) == 1)
        key = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:24]
        once.setdefault(key, _report(key, draft, spec, lang))
    return once.values()


def _names(draft: _Draft, spec: FeedSpec) -> list[str]:
    """What can tell a report from all others, the most lasting first; the last always can."""
    guid = [_named(draft.guid, spec)] if draft.guid else []
    link = [f"link:{identity_of_link(draft.link)}"] if draft.link else []
    return [*guid, *link, f"text:{spec.outlet}\n{draft.title}\n{draft.summary}"]


def _named(guid: str, spec: FeedSpec) -> str:
    """The identity that a guid gives: for all feeds where it is an address or a global name, else for this one."""
    link = clean_link(guid, "")
    if link:
        return f"link:{identity_of_link(link)}"
    return f"guid:{guid}" if guid.startswith(_GLOBAL_NAMES) else f"guid:{spec.url} {guid}"


def _report(key: str, draft: _Draft, spec: FeedSpec, lang: str | None) -> Report:
    return Report(
        id=key,
        title=draft.title,
        summary=draft.summary,
        published=draft.published,
        lang=lang,
        url=draft.link,
        outlet=spec.outlet,
        country=spec.country,
        group=spec.group,
        official=spec.kind == "official",
        record=spec.kind == "agency",
    )


def _published(entry: Mapping[str, Any]) -> datetime | None:
    """When the entry says that it was published, else changed. The text is read first, because it keeps the offset."""
    # `in` and [] only: asking feedparser for a missing `updated` gives `published`, with a warning.
    for name in ("published", "updated", "created"):
        if name in entry:
            read = moment(_text(entry, name)) or from_parts(entry.get(f"{name}_parsed"))
            if read:
                return read
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


def _hints(feed: Mapping[str, Any], body: bytes) -> FeedHints:
    head = body[:_LOOKED_AT]
    hours = {int(text) % 24 for text in _skipped(head, "hour") if text.isdigit()}
    days = {_DAYS.index(text) for text in _skipped(head, "day") if text in _DAYS}
    ttl = _number(_text(feed, "ttl"))
    return FeedHints(ttl * 60 if ttl else None, _update_period(feed), frozenset(hours), frozenset(days))


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
