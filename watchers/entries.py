"""From the entries of a feed, as its format has them, to reports: made clean, and each with an identity that lasts.

Every reader of a format gives `Entry` values; what is decided about them is decided here, once for all formats. Nothing
that was well formed is lost: an entry with nothing but a number is a report too, for its words may come later.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urljoin

from treaties.model import Report
from watchers.links import clean_link, identity_of_link
from watchers.plaintext import plain
from watchers.timestamps import moment, plausible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from store.feeds import FeedSpec

LONGEST_TITLE: Final = 500
LONGEST_SUMMARY: Final = 4_000
MOST_ENTRIES: Final = 2_000
"""Of a longer feed the first and the last are taken: what is new stands at one end."""

_T = TypeVar("_T")

_LONGEST_GUID: Final = 2_000
_TITLE_FROM_SUMMARY: Final = 150
_ANYWHERE: Final = "http://any.invalid/"
_GLOBAL_NAMES: Final = ("urn:", "tag:")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands in its feed: unchecked texts, empty where there are none.

    Attributes:
        guid: what the feed calls it.
        link: its address, perhaps relative.
        base: what the link is relative to, itself perhaps relative to the feed's address.
        title: perhaps with markup.
        summary: as `title`; the content where there is no summary.
        dates: of publication, of change, of creation, as far as given, the better first.
        mark: hash of the raw entry, by which an entry that did not change is known at the next poll; empty where it
            could not be cut out of its feed.
        aliases: more ids and links that stand in it, where it is not known yet which of them are its own.
    """

    guid: str = ""
    link: str = ""
    base: str = ""
    title: str = ""
    summary: str = ""
    dates: tuple[str, ...] = ()
    mark: bytes = b""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where entries come from: the feed's description, the address that answered, its language, and the moment."""

    spec: FeedSpec
    url: str
    lang: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class _Draft:
    """An entry made clean, before its identity is known."""

    guid: str
    link: str | None
    title: str
    summary: str
    published: datetime | None
    raw: str


def bounded(entries: Sequence[_T]) -> Sequence[_T]:
    """The entries, without the middle of a feed that is too long."""
    if len(entries) <= MOST_ENTRIES:
        return entries
    half = MOST_ENTRIES // 2
    return [*entries[:half], *entries[-half:]]


def mark_of(raw: bytes) -> bytes:
    """The hash by which a raw entry is known again."""
    return hashlib.blake2b(raw, digest_size=8).digest()


def without_seen(entries: Sequence[Entry], seen: Collection[bytes]) -> Sequence[Entry]:
    """The entries that were not handed on at an earlier poll, just as they stand.

    All of them where several bear one id or address: then none can be judged without the others.
    """
    if not seen or _names_are_shared(entries):
        return entries
    return [entry for entry in entries if entry.mark not in seen]


def reports_of(entries: Iterable[Entry], source: Source) -> dict[str, tuple[Report, str]]:
    """The entries as reports, in their order, each with the name that the feed gives it; what stands there twice once.

    Returns:
        By the report's id: the report, and the guid as the feed has it, empty where it has none.
    """
    drafts = [_draft(entry, source) for entry in entries]
    once: dict[str, tuple[Report, str]] = {}
    for draft, identity in zip(drafts, _identities(drafts, source.spec), strict=True):
        key = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:24]
        once.setdefault(key, (_report(key, draft, source), draft.guid))
    return once


def version_of(report: Report) -> str:
    """What changes when a publisher edits a report that keeps its id: a hash of its words and its address."""
    told = "\n".join((report.title, report.summary, report.url or ""))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:12]


def _names_are_shared(entries: Iterable[Entry]) -> bool:
    seen: set[str] = set()
    for entry in entries:
        guid = " ".join(entry.guid.split())
        names = {_rough(guid) if "/" in guid else guid, *map(_rough, (entry.link, *entry.aliases))} - {""}
        if not guid and not clean_link(entry.link, _ANYWHERE):
            # Known by its words alone, and how they will read is not judged yet.
            names.add("words")
        if names & seen:
            return True
        seen |= names
    return False


def _rough(link: str) -> str:
    """What links of one identity have in common, found faster than the identity."""
    link = link.strip()
    if "?" in link or "#" in link:
        link = identity_of_link(clean_link(link, _ANYWHERE) or link)
    behind_scheme = link.partition("//")[2].lstrip("/")
    return behind_scheme.partition("/")[2].rstrip("/") or link.lstrip("/")


def _draft(entry: Entry, source: Source) -> _Draft:
    summary = plain(entry.summary, LONGEST_SUMMARY)
    return _Draft(
        guid=" ".join(entry.guid.split())[:_LONGEST_GUID],
        link=_link(entry, source.url),
        title=plain(entry.title, LONGEST_TITLE) or plain(summary, _TITLE_FROM_SUMMARY),
        summary=summary,
        published=next((when for date in entry.dates if (when := plausible(moment(date), source.now))), None),
        raw="" if summary or entry.title else f"{entry.mark.hex()} {' '.join(entry.dates)}",
    )


def _link(entry: Entry, url: str) -> str | None:
    link = entry.link.strip()
    # A guid that does not say what it is passes for a link, a mere number too.
    if not link or (link == entry.guid.strip() and "/" not in link):
        return None
    try:
        base = urljoin(url, entry.base)
    except ValueError:
        base = url
    return clean_link(link, base)


def _names(draft: _Draft, spec: FeedSpec) -> list[str]:
    """What can tell a report from all others, the most lasting first; the last always can."""
    guid = [_named(draft.guid, spec), f"exact guid:{spec.url} {draft.guid}"] if draft.guid else []
    link = [f"link:{identity_of_link(draft.link)}"] if draft.link else []
    text = f"text:{spec.outlet}\n{draft.title}\n{draft.summary}{draft.raw}"
    # Once each: an address is often both.
    return list(dict.fromkeys([*guid, *link, text, f"{text}\n{draft.published}"]))


def _are_one(drafts: Sequence[_Draft]) -> bool:
    """Whether entries of one name are one, standing there more than once.

    Those that a feed calls the same are, as long as they have one title; without such a word they must say the same,
    and of the same moment.
    """
    if len(drafts) == 1:
        return True
    if len({draft.title for draft in drafts}) > 1:
        return False
    called_the_same = drafts[0].guid and len({draft.guid for draft in drafts}) == 1
    return bool(called_the_same) or len({(draft.summary, draft.published, draft.raw) for draft in drafts}) == 1


def _identities(drafts: Sequence[_Draft], spec: FeedSpec) -> list[str]:
    """By what each draft is known: its most lasting name that no other goes by.

    A name that different entries go by is none, it would hide all of them but one. A name that another entry has too
    but does not go by takes nothing away: who is known by an address must not change what its neighbour is known by,
    or that would be a new report once the two do not stand in one feed.
    """
    names = [_names(draft, spec) for draft in drafts]
    hiding: set[str] = set()
    while True:
        chosen = [next(name for name in own if name not in hiding) for own in names]
        bearers: defaultdict[str, list[_Draft]] = defaultdict(list)
        for name, draft in zip(chosen, drafts, strict=True):
            bearers[name].append(draft)
        shared = {name for name, bearing in bearers.items() if not _are_one(bearing)}
        if not shared:
            return chosen
        hiding |= shared


def _named(guid: str, spec: FeedSpec) -> str:
    """The identity that a guid gives: for all feeds where it is an address or a global name, else for this one."""
    link = clean_link(guid, "")
    if link:
        return f"link:{identity_of_link(link)}"
    return f"guid:{guid}" if guid.startswith(_GLOBAL_NAMES) else f"guid:{spec.url} {guid}"


def _report(key: str, draft: _Draft, source: Source) -> Report:
    spec = source.spec
    return Report(
        id=key,
        title=draft.title,
        summary=draft.summary,
        published=draft.published,
        lang=source.lang,
        url=draft.link,
        outlet=spec.outlet,
        country=spec.country,
        group=spec.group,
        official=spec.kind == "official",
        record=spec.kind == "agency",
    )
