"""Wiring of what is polled: the lists, how each feed is doing, and lists that come and go."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib import metadata
from typing import TYPE_CHECKING, Final

from bot.feed_lines import FeedLine
from bot.wiring.ready import knowing, opened
from bot.wiring.start import UnusableFileError, clock, said
from config.sources import FeedEntry, add_feeds, load_sources, state_languages
from store import events, feeds
from store.feeds import FeedSpec, FeedState
from watchers.asking import FAULTY, ask
from watchers.fetch import Fetcher, Limits, user_agent
from watchers.guard import Guard
from watchers.opml import OpmlError, Outline, read_opml, write_opml
from watchers.parse import NotAFeedError, ParsedFeed
from watchers.parsing import ParserProcess
from watchers.politeness import silent
from watchers.queries import queries
from watchers.sources import ByAddress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from config.settings import Settings
    from config.sources import Sources
    from store.database import Database
    from treaties.model import Case
    from treaties.registry import Knowledge
    from watchers.asking import Answers
    from watchers.polling import Parsing
    from watchers.sources import BodyReader

__all__ = [
    "FAULTY",
    "Imported",
    "NotAFeedError",
    "ParsedFeed",
    "Watched",
    "ask_feeds",
    "export_feeds",
    "feed_list",
    "feed_spec",
    "fetcher_for",
    "follow_cases",
    "import_feeds",
    "parsed",
    "watched_by",
]


@dataclass(frozen=True, slots=True)
class Watched:
    """What is polled; by listed address how what is no feed is read, and which are searches or depositaries'."""

    specs: tuple[FeedSpec, ...]
    readers: Mapping[str, BodyReader]
    searches: frozenset[str]
    depositaries: frozenset[str]

    def parsing(self, feeds: Parsing) -> ByAddress:
        """What reads every answer; `feeds` reads those that are feeds."""
        return ByAddress(self.readers, self.searches, feeds)


def watched_by(chosen: Settings, knowledge: Knowledge, known: Iterable[Case]) -> Watched:
    """Everything that the lists name, and the searches for the cases that are not over."""
    sources = load_sources(chosen.feeds.file, chosen.feeds.added_file)
    asked = queries(chosen.feeds.query_templates, known, knowledge, state_languages(), chosen.feeds.query_most)
    readers = {**_page_readers(sources), **_depositary_readers(sources)}
    specs = {entry.url: feed_spec(entry) for entry in sources.entries()}
    searched = {query.url: FeedSpec(query.url, "News search", lang=query.lang) for query in asked}
    return Watched(
        specs=tuple((searched | specs).values()),
        readers=readers,
        searches=frozenset(searched) - frozenset(specs),
        depositaries=frozenset(one.feed.url for one in sources.depositaries),
    )


def _page_readers(sources: Sources) -> dict[str, BodyReader]:
    if not sources.pages:
        return {}
    from watchers.pages import PageReader  # noqa: PLC0415 - with libraries that lists of feeds alone have no use for

    return {page.feed.url: PageReader(page.select, page.drop, page.title) for page in sources.pages}


def _depositary_readers(sources: Sources) -> dict[str, BodyReader]:
    if not sources.depositaries:
        return {}
    from watchers.depositary import UnTreatyReader  # noqa: PLC0415 - as above

    return {one.feed.url: UnTreatyReader(one.treaty) for one in sources.depositaries}


def follow_cases(chosen: Settings, knowledge: Knowledge, database: Database, parsing: ByAddress) -> None:
    """Bring the searches up to date with the cases: new ones are asked for, those that are over no more."""
    with database.transaction() as conn:
        fresh = watched_by(chosen, knowledge, events.cases(conn))
        feeds.sync(conn, fresh.specs)
    parsing.searches |= fresh.searches


def states_of(chosen: Settings, database: Database, knowledge: Knowledge) -> tuple[Watched, tuple[FeedState, ...]]:
    """Everything that is polled, with what is known of each; what was never polled has no row yet."""
    with database.reading() as conn:
        watched = watched_by(chosen, knowledge, events.cases(conn))
        stored = {state.spec.url: state for state in feeds.all_feeds(conn)}
    states = (
        stored[spec.url]._replace(spec=spec) if spec.url in stored else FeedState(0, spec, spec.url)
        for spec in watched.specs
    )
    return watched, tuple(states)


def feed_list(chosen: Settings) -> tuple[FeedLine, ...]:
    """How every feed is doing, as far as the store knows."""
    knowledge = knowing(chosen)
    with opened(chosen, knowledge) as database:
        _, states = states_of(chosen, database, knowledge)
    return tuple(FeedLine(state, silent(state), clock()) for state in states)


def ask_feeds(chosen: Settings) -> Answers:
    """How every feed answers now."""
    knowledge = knowing(chosen)
    with opened(chosen, knowledge) as database:
        watched, states = states_of(chosen, database, knowledge)
    return asyncio.run(_ask(chosen, watched, states))


async def _ask(chosen: Settings, watched: Watched, states: tuple[FeedState, ...]) -> Answers:
    async with fetcher_for(chosen) as fetcher, ParserProcess() as parser:
        lately = timedelta(minutes=chosen.feeds.interval_minutes)
        parallel = chosen.feeds.concurrency
        parsing = watched.parsing(parser)
        return await ask(states, fetcher, clock(), parsing=parsing, lately=lately, parallel=parallel)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the feeds of an OPML file: how many were added to which file, how many were listed already."""

    file: Path
    added: int
    known: int
    faults: tuple[str, ...]


def import_feeds(chosen: Settings, document: Path) -> Imported:
    """Add the feeds of an OPML file to those that are polled.

    Raises:
        UnusableFileError: it cannot be read, or the list cannot be written.
    """
    into = chosen.feeds.added_file
    try:
        found = read_opml(document.read_bytes(), Guard(chosen.feeds.allow_hosts))
    except (OSError, OpmlError) as error:
        raise UnusableFileError(f"{document}: {said(error)}") from error
    listed = {entry.url for entry in load_sources(chosen.feeds.file, into).entries()}
    fresh = [feed for feed in found.feeds if feed.url not in listed]
    try:
        if fresh:
            add_feeds(into, [FeedEntry(**asdict(feed)) for feed in fresh])
    except OSError as error:
        raise UnusableFileError(f"{into}: {said(error)}") from error
    return Imported(into, len(fresh), len(found.feeds) - len(fresh), found.faults)


_FOR_ARTICLES: Final = 16
"""Connections beside those to feeds: to articles, to hubs, and for `robots.txt`."""
_FOLDERS: Final = {
    "official": "Official sources",
    "agency": "Agencies",
    "outlet": "Outlets",
    "ngo": "Organisations",
    "blog": "Blogs",
}


def export_feeds(chosen: Settings) -> tuple[str, int]:
    """The feeds that are polled as OPML, those without a folder by their kind, and how many they are."""
    entries = load_sources(chosen.feeds.file, chosen.feeds.added_file).feeds
    outlines = [Outline(**(asdict(entry) | {"folder": entry.folder or _FOLDERS[entry.kind]})) for entry in entries]
    return write_opml(outlines, title="Treatywatch", now=clock()), len(outlines)


def feed_spec(entry: FeedEntry) -> FeedSpec:
    """A feed of the configuration as the store knows it."""
    return FeedSpec(entry.url, entry.outlet, entry.country, entry.lang, entry.kind, entry.group)


def fetcher_for(chosen: Settings, *, keep: bool = True) -> Fetcher:
    """A fetcher within the bounds of the settings, under the name that they give it; see there for `keep`."""
    limits = Limits(
        seconds=chosen.feeds.timeout_seconds,
        size=chosen.feeds.max_megabytes * MEGABYTE,
        connections=chosen.feeds.concurrency + _FOR_ARTICLES,
    )
    agent = user_agent(metadata.version("treatywatch"), chosen.contact or "no contact configured")
    return Fetcher(agent, limits=limits, allow_hosts=chosen.feeds.allow_hosts, keep=keep)


MEGABYTE: Final = 1_000_000


def parsed(body: bytes, url: str, content_type: str | None) -> ParsedFeed:
    """What the program reads in a feed.

    Raises:
        NotAFeedError: there is no feed in it.
    """

    async def ask() -> ParsedFeed:
        async with ParserProcess() as parse:
            return await parse(body, spec=FeedSpec(url, "feed"), base_url=url, now=clock(), content_type=content_type)

    return asyncio.run(ask())
