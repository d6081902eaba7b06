"""The wiring: the one module that imports every part, reads the clock and the environment, and puts all together."""

from __future__ import annotations

import asyncio
import getpass
import logging
import os
import signal
import sys
import tempfile
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot import logs, playing
from bot.bindings import Bindings
from bot.channel import ChannelGoneError
from bot.chats import Listed, Platforms, sync_chats, sync_console
from bot.console import ConsoleChannel
from bot.conversation.conversation import Conversation
from bot.corrections import Corrections
from bot.delivery import Deliverer
from bot.desk import Desk
from bot.digests import Digests
from bot.exports.asked import gather
from bot.feed_lines import FeedLine
from bot.health import late
from bot.jsonl import in_order
from bot.language import detect
from bot.memory import loading
from bot.pictures.timeline import timeline_picture
from bot.questions import Questions, UnknownNameError
from bot.single import AlreadyRunningError, UnusableFolderError, is_exclusive, one_for, only_one
from bot.slack import checking
from bot.slack.hearing import Hearing as SlackHearing
from bot.slack.hearing import way_of
from bot.slack.rights import Trusted
from bot.slack.sending import SlackChannels
from bot.speech import speeches
from bot.telegram.hearing import Hearing
from bot.telegram.rights import trusted
from bot.telegram.sending import TelegramChats
from bot.telegram.webhook import Hook
from bot.treaty_questions import UnreadableDateError
from bot.wording import say
from config.choices import CONFIG_VARIABLE
from config.knowledge import KnowledgeError, load, story_text
from config.known import read_known, write_known
from config.labelled import load_labelled
from config.settings import SettingsError, load_settings
from config.sources import FeedEntry, add_feeds, load_sources, state_languages
from store import audit, channels, copying, events, feeds, jobs, outbox, senders
from store.database import Database, StoreError
from store.feeds import FeedSpec, FeedState
from treaties.known import as_of
from treaties.provisional import generic_stems
from treaties.reading.read import Reader
from treaties.verdict import Corroboration
from watchers import loop
from watchers.asking import FAULTY, ask
from watchers.depositary import UnTreatyReader
from watchers.fetch import Fetcher, Limits, user_agent
from watchers.fulltext import FullText, Taste
from watchers.guard import Guard
from watchers.opml import OpmlError, Outline, read_opml, write_opml
from watchers.pages import PageReader
from watchers.parse import NotAFeedError, ParsedFeed
from watchers.parsing import ParserProcess
from watchers.pipeline import Pipeline
from watchers.politeness import Pace, silent
from watchers.polling import Poller, PollOptions, PollSummary
from watchers.pushing import Pushing
from watchers.queries import queries
from watchers.receiving import ListeningError, Receiver
from watchers.rereading import reread
from watchers.schedule import Scheduler
from watchers.sources import ByAddress
from watchers.troubles import tell_troubles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pydantic import SecretStr

    from bot.channel import Channel
    from bot.message import Message
    from bot.speech import Speech
    from config.settings import Settings
    from store.database import Connection
    from store.outbox import Delivery
    from store.reports import StoredReport
    from treaties.changes import Changes
    from treaties.labelled import Labelled
    from treaties.model import Alert, Case, Fact, Report
    from treaties.registry import Knowledge
    from watchers.asking import Answers
    from watchers.polling import Parsing
    from watchers.sources import BodyReader

__all__ = [
    "EXPECTED_ERRORS",
    "FAULTY",
    "NotAFeedError",
    "ParsedFeed",
    "UnusableFileError",
    "ask_feeds",
    "backup",
    "check",
    "clock",
    "copy_store",
    "demo",
    "export_feeds",
    "export_known",
    "exporting",
    "feed_list",
    "import_feeds",
    "import_known",
    "in_order",
    "knowing",
    "labelled",
    "late_jobs",
    "looking_up",
    "parsed",
    "reader",
    "replaying",
    "rereading",
    "reviewing",
    "run",
    "settings",
    "today",
    "upgrade",
    "write_file",
]

_logger = logging.getLogger(__name__)


class UnusableFileError(Exception):
    """A file that somebody named cannot be read, written or understood."""


EXPECTED_ERRORS: Final = (
    SettingsError,
    KnowledgeError,
    StoreError,
    AlreadyRunningError,
    UnusableFolderError,
    ListeningError,
    ChannelGoneError,
    UnknownNameError,
    UnreadableDateError,
    UnusableFileError,
)
"""What can go wrong without being a bug: the command line prints these on one line each."""

DEFAULT_FILE: Final = Path("treatywatch.toml")
POLL_SECONDS: Final = 10
DELIVER_SECONDS: Final = 5
DIGEST_SECONDS: Final = 60
RELEASE_SECONDS: Final = 60
TROUBLE_SECONDS: Final = 900
HUB_SECONDS: Final = 10
LONGEST_WAIT: Final = timedelta(days=8)
"""No feed is left alone for longer; one that is to be was put off by a clock that went wrong."""
SEARCH_SECONDS: Final = 6 * 3_600
JOBS: Final = ("poll", "deliver", "digest", "release", "troubles")
_MEGABYTE: Final = 1_000_000


def clock() -> datetime:
    """The current time; everything else is handed it."""
    return datetime.now(UTC)


def today() -> date:
    """The current day."""
    return clock().date()


def settings(file: Path | None) -> Settings:
    """The settings from the given file, else from the one that the environment names or `treatywatch.toml` if there."""
    named = os.environ.get(CONFIG_VARIABLE)
    chosen = file or (Path(named) if named else None) or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    return load_settings(chosen, os.environ)


def reader() -> Reader:
    """A reader with the shipped knowledge."""
    return _loaded()[1]


def _loaded(overlay: Path | None = None) -> tuple[Knowledge, Reader]:
    """The knowledge, and a reader with it."""
    with loading():
        knowledge = load(overlay=overlay)
        return knowledge, Reader(knowledge, detect)


def knowing(chosen: Settings) -> Knowledge:
    """The knowledge, with what the operator laid over it."""
    return load(overlay=chosen.overlay)


def labelled(path: Path) -> tuple[Labelled, ...]:
    """Labelled reports from a file or a folder, checked against the shipped knowledge."""
    return load_labelled(path, load())


def facts(cases: tuple[Case, ...]) -> Mapping[tuple[str, str], tuple[Fact, ...]]:
    """The facts of the known cases by their key."""
    return {case.key: case.facts for case in cases if case.facts}


@contextmanager
def opened(chosen: Settings, knowledge: Knowledge) -> Iterator[Database]:
    """The store, brought to the newest schema and with the known event set in it."""
    with Database(chosen.database_url) as database:
        database.upgrade()
        with database.transaction() as conn:
            events.seed(conn, knowledge.known, clock())
        yield database


@contextmanager
def looking_up(chosen: Settings) -> Iterator[tuple[Connection, Questions]]:
    """A connection and the answers, for one look-up."""
    knowledge = load(overlay=chosen.overlay)
    with opened(chosen, knowledge) as database, database.reading() as conn:
        yield conn, Questions(knowledge)


@dataclass(frozen=True, slots=True)
class Reviewing:
    """A write transaction, what reviewers can do in it, and who does it."""

    conn: Connection
    bindings: Bindings
    corrections: Corrections
    questions: Questions
    who: str


@contextmanager
def reviewing(chosen: Settings) -> Iterator[Reviewing]:
    """Everything that a reviewer at the command line needs, in one transaction."""
    knowledge = load(overlay=chosen.overlay)
    with opened(chosen, knowledge) as database, database.transaction() as conn:
        yield Reviewing(conn, Bindings(knowledge), Corrections(knowledge), Questions(knowledge), _user())


@contextmanager
def exporting(chosen: Settings) -> Iterator[tuple[Connection, Knowledge]]:
    """A write transaction and the knowledge: what a calendar gives out is remembered."""
    knowledge = load(overlay=chosen.overlay)
    with opened(chosen, knowledge) as database, database.transaction() as conn:
        yield conn, knowledge


def export_known(chosen: Settings) -> str:
    """The known event set as TOML, with the facts around it."""
    with exporting(chosen) as (conn, knowledge):
        return write_known(one.case for one in gather(conn, knowledge, clock()).cases)


def import_known(chosen: Settings, file: Path) -> tuple[int, int]:
    """Take over the events of a file, and return how many were added and how many changed. It is logged.

    Raises:
        KnowledgeError: the file is faulty.
        StoreError: one of its ids names an event of another case.
    """
    with exporting(chosen) as (conn, knowledge):
        now = clock()
        added, changed = events.adopt(conn, read_known(file, knowledge), now)
        detail = {"added": added, "changed": changed}
        audit.record(conn, who=_user(), action="import known events", subject=file.name, detail=detail, now=now)
        return added, changed


def _user() -> str:
    """Who runs the command line, as the system knows them."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container's user has a number, and no name
        return f"user {os.getuid()} (command line)"


def _pipeline(
    database: Database,
    reading: Reader,
    knowledge: Knowledge,
    *,
    known: tuple[Case, ...] | None = None,
    corroboration: Corroboration | None = None,
) -> Pipeline:
    """The whole chain of rules over a store; `known` cases instead of the knowledge's own give the facts."""
    return Pipeline(
        database,
        reading,
        facts(knowledge.known if known is None else known),
        knowledge.treaties,
        corroboration=corroboration,
        generic=generic_stems(knowledge.words.values()),
    )


@contextmanager
def replaying(*, with_known: bool) -> Iterator[Callable[[Report, datetime], tuple[Alert, ...]]]:
    """A fresh store that forgets, and a function that runs one report through the whole rule chain."""
    knowledge, reading = _loaded()
    with _forgetting() as database:
        if with_known:
            with database.transaction() as conn:
                events.seed(conn, knowledge.known, clock())
        pipeline = _pipeline(database, reading, knowledge)

        def handle(report: Report, moment: datetime) -> tuple[Alert, ...]:
            handled = pipeline.handle(report, feed=None, now=moment)
            return handled.alerts if handled else ()

        yield handle


@contextmanager
def _forgetting() -> Iterator[Database]:
    """A fresh store that is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="treatywatch-") as folder,
        Database(f"sqlite:///{folder}/replay.db") as database,
    ):
        database.upgrade()
        yield database


def rereading(
    chosen: Settings, shown: Callable[[Iterable[StoredReport], int], Iterable[StoredReport]]
) -> tuple[Knowledge, Changes]:
    """What the present rules would make of all stored reports; `shown` may draw a progress bar.

    The store is only read: an older one is not brought to the newest schema for this.
    """
    knowledge, reading = _loaded(chosen.overlay)
    with Database(chosen.database_url) as stored, _forgetting() as fresh:
        stored.require_current()
        with fresh.transaction() as conn:
            events.seed(conn, knowledge.known, clock())
        pipeline = _pipeline(fresh, reading, knowledge)
        with stored.reading() as conn:
            return knowledge, reread(conn, pipeline, shown)


def upgrade(chosen: Settings) -> str:
    """Bring the database to the newest schema and say which it is."""
    with Database(chosen.database_url) as database:
        database.upgrade()
        return database.address


def backup(chosen: Settings, file: Path) -> None:
    """Copy the database while the bot runs."""
    with Database(chosen.database_url) as database:
        database.require_current()
        database.backup(file)


def copy_store(source: str, target: str, told: Callable[[str, int], None]) -> int:
    """Copy one store into another, empty one, and return how many rows there were.

    Raises:
        StoreError: an address names no database, the target is not empty, or the copy is not whole.
    """
    with Database(source) as one, Database(target) as other:
        return copying.copy(one, other, told).total


def late_jobs(chosen: Settings) -> list[str]:
    """A line for every job that has not ended within its time."""
    with Database(chosen.database_url) as database:
        database.require_current()
        with database.reading() as conn:
            return late(jobs.all_jobs(conn), JOBS, clock())


def check(file: Path | None) -> list[str]:
    """A line for every fault of settings, data files, feed list, store and tokens."""
    try:
        chosen = settings(file)
    except SettingsError as error:
        return str(error).splitlines()
    faults: list[str] = []
    steps: tuple[Callable[[], object], ...] = (
        lambda: load(overlay=chosen.overlay),
        lambda: load_sources(chosen.feeds.file, chosen.feeds.added_file),
        lambda: _article_text(chosen),
        lambda: upgrade(chosen),
    )
    for step in steps:
        try:
            step()
        except EXPECTED_ERRORS as error:
            faults += str(error).splitlines()
    return faults + asyncio.run(_token_faults(chosen))


async def _token_faults(chosen: Settings) -> list[str]:
    faults = []
    async with AsyncExitStack() as stack:
        try:
            if telegram := _telegram(chosen):
                await stack.enter_async_context(telegram)
        except ChannelGoneError as error:
            faults.append(f"telegram: {error}")
    mine = chosen.slack
    if token := _plain(mine.bot_token):
        found = await checking.faults(token, _plain(mine.app_token), base_url=mine.base_url)
        faults += [f"slack: {fault}" for fault in found]
    return faults


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _telegram(chosen: Settings) -> TelegramChats | None:
    """The bot at Telegram; None where there is no token."""
    token = _plain(chosen.telegram.token)
    return TelegramChats(token, base_url=chosen.telegram.base_url) if token else None


def _slack(chosen: Settings) -> SlackChannels | None:
    """The app at Slack; None where there is no token."""
    token = _plain(chosen.slack.bot_token)
    return SlackChannels(token, base_url=chosen.slack.base_url, clock=clock) if token else None


def _hearing(chosen: Settings, chats: TelegramChats, desk: Desk) -> Hearing:
    """What hears people at Telegram."""
    mine = chosen.telegram
    people = trusted(mine.owners, mine.curators, mine.allowed_chats, [chat.id for chat in mine.chats])
    hook = None
    if mine.webhook_url and mine.webhook_secret:
        hook = Hook(mine.webhook_url, mine.webhook_listen, mine.webhook_secret.get_secret_value())
    return Hearing(chats, desk, people, hook)


def _hearing_slack(chosen: Settings, channels: SlackChannels, desk: Desk) -> SlackHearing | None:
    """What hears people at Slack; None where the settings give no way."""
    mine = chosen.slack
    way = way_of(_plain(mine.app_token), _plain(mine.signing_secret), mine.http_listen)
    people = Trusted(frozenset(mine.owners), frozenset(mine.admins), frozenset(mine.curators))
    return SlackHearing(channels, desk, people, way) if way else None


@dataclass(frozen=True, slots=True)
class _Bot:
    """Everything that runs, put together."""

    poller: Poller
    deliverer: Deliverer
    digests: Digests
    pipeline: Pipeline

    async def once(self) -> PollSummary:
        """Every job one time, each to its end."""
        polled = await self.poller.poll_due(clock())
        await self.release()
        await self.troubles()
        await self.digest()
        await self.deliverer.deliver(clock())
        return polled

    async def poll(self) -> None:
        await self.poller.start_due(clock)

    async def deliver(self) -> None:
        self.deliverer.start_due(clock)

    async def digest(self) -> None:
        await asyncio.to_thread(self.digests.queue_due, clock())

    async def release(self) -> None:
        await asyncio.to_thread(self.pipeline.ask_about_held, clock())

    async def troubles(self) -> None:
        await asyncio.to_thread(tell_troubles, self.pipeline.database, clock())


def parsed(body: bytes, url: str, content_type: str | None) -> ParsedFeed:
    """What the program reads in a feed.

    Raises:
        NotAFeedError: there is no feed in it.
    """

    async def ask() -> ParsedFeed:
        async with ParserProcess() as parse:
            return await parse(body, spec=FeedSpec(url, "feed"), base_url=url, now=clock(), content_type=content_type)

    return asyncio.run(ask())


def run(chosen: Settings, *, once: bool = False) -> None:
    """Run until SIGTERM or Ctrl-C, or until what is due was polled and told `once`."""
    logs.set_up(chosen.log_level)
    knowledge, reading = _loaded(chosen.overlay)
    extract = _article_text(chosen)
    for line in chosen.unheard():
        _logger.warning("%s", line)
    if not chosen.contact:
        _logger.warning("no contact is set: publishers whom this program disturbs cannot write to you; set `contact`")
    with one_for(chosen.database_url), opened(chosen, knowledge) as database:
        with database.transaction() as conn:
            watched = _watched(chosen, knowledge, events.cases(conn))
            feeds.sync(conn, watched.specs)
            feeds.bring_back(conn, clock() + LONGEST_WAIT, clock())
            _take_over(conn, chosen.database_url)
        count = len(watched.specs)
        stopping = "" if once else " Stop with Ctrl-C."
        print(f"Treatywatch watches {count} feeds. Store: {database.address}.{stopping}", flush=True)
        loop.run(_run(chosen, knowledge, database, _Parts(reading, extract, watched, once=once)))


def _take_over(conn: Connection, database_url: str) -> None:
    """Take over from the run before. Nobody else uses a SQLite file (`one_for`); on a server others may be sending."""
    alone = is_exclusive(database_url)
    if alone:
        senders.clear(conn)
    outbox.recover(conn, clock(), alone=alone)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What `run` has made ready before the loop begins."""

    reading: Reader
    extract: Callable[[bytes, str], str | None] | None
    watched: _Watched
    once: bool = False


async def _run(chosen: Settings, knowledge: Knowledge, database: Database, parts: _Parts) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        fetcher = await stack.enter_async_context(_fetcher(chosen))
        lock = asyncio.Lock()
        opened_chats = _Chats(_telegram(chosen), _slack(chosen))
        platforms = await opened_chats.open(stack)
        if not parts.once:
            await _hear(stack, chosen, opened_chats, _Heard(knowledge, database, lock, parts.reading))
        waiting = Corroboration(frozenset(chosen.alerts.at_once), timedelta(hours=chosen.alerts.wait_hours))
        pipeline = _pipeline(database, parts.reading, knowledge, corroboration=waiting)
        parsing = parts.watched.parsing(await stack.enter_async_context(ParserProcess()))
        full_text = _full_text(fetcher, parts.reading, parts.extract)
        spoken, console = partial(_say, speeches(knowledge)), _listed(chosen, database, platforms)
        public_url = None if parts.once else chosen.websub.public_url
        pushing = Pushing(database, fetcher, public_url, clock) if public_url else None
        options = _poll_options(chosen, full_text, pushing)
        bot = _Bot(
            poller=Poller(database, fetcher, pipeline.prepare, options, parsing),
            deliverer=Deliverer(database, console, spoken, lock, make=platforms.channel),
            digests=Digests(database, knowledge),
            pipeline=pipeline,
        )
        if parts.once:
            await _once(bot, stop)
            return
        scheduler = _scheduler(database)
        scheduler.every(POLL_SECONDS, "poll", bot.poll, limit=chosen.feeds.interval_minutes * 60)
        scheduler.every(DELIVER_SECONDS, "deliver", bot.deliver, limit=600)
        scheduler.every(DIGEST_SECONDS, "digest", bot.digest, limit=600)
        scheduler.every(RELEASE_SECONDS, "release", bot.release, limit=600)
        if chosen.feeds.query_templates:
            follow = partial(asyncio.to_thread, _follow_cases, chosen, knowledge, database, parsing)
            scheduler.every(SEARCH_SECONDS, "searches", follow)
        scheduler.every(TROUBLE_SECONDS, "troubles", bot.troubles)
        if pushing:
            await _listen(stack, chosen, pushing, bot.poller)
            scheduler.every(HUB_SECONDS, "hubs", lambda: pushing.tend(clock()))
        scheduler.start()
        await stop.wait()
        await scheduler.stop()
        await bot.poller.stop()
        await bot.deliverer.stop()


@dataclass(frozen=True, slots=True)
class _Chats:
    """The bots of the platforms that there is a token for."""

    telegram: TelegramChats | None
    slack: SlackChannels | None

    async def open(self, stack: AsyncExitStack) -> Platforms:
        """Be ready to post until the stack is left."""
        makers: dict[str, Callable[[str], Channel]] = {}
        if self.slack:
            makers["slack"] = (await stack.enter_async_context(self.slack)).channel
        if self.telegram:
            makers["telegram"] = (await stack.enter_async_context(self.telegram)).channel
        return Platforms(makers)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What people who are heard are answered from."""

    knowledge: Knowledge
    database: Database
    lock: asyncio.Lock
    reading: Reader

    def desk(self, timezone: str) -> Desk:
        """The desk at which all platforms are answered."""
        conversation = Conversation(
            self.database,
            self.knowledge,
            timezone=timezone,
            version=metadata.version("treatywatch"),
            draw=timeline_picture,
            read=self.reading.read,
        )
        return Desk(self.database, conversation, self.knowledge, self.lock, clock)


async def _hear(stack: AsyncExitStack, chosen: Settings, chats: _Chats, heard: _Heard) -> None:
    """Hear people on every platform until the stack is left."""
    if not (chats.telegram or chats.slack):
        return
    desk = stack.enter_context(heard.desk(chosen.timezone))
    if chats.telegram:
        await stack.enter_async_context(_hearing(chosen, chats.telegram, desk))
    if chats.slack and (slack := _hearing_slack(chosen, chats.slack, desk)):
        await stack.enter_async_context(slack)


async def _once(bot: _Bot, stop: asyncio.Event) -> None:
    """Do every job one time and say what came of the polls, unless stopped before."""
    doing, stopping = asyncio.create_task(bot.once()), asyncio.create_task(stop.wait())
    await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not doing.done():
        doing.cancel()
        await bot.poller.stop()
        return
    done = doing.result()
    feeds_asked = done.good + done.unchanged + done.failed
    print(
        f"{feeds_asked} feeds were due: {done.good} with something new, {done.unchanged} unchanged, "
        f"{done.failed} failed; {done.reports} new reports.",
        flush=True,
    )


async def _listen(stack: AsyncExitStack, chosen: Settings, pushing: Pushing, poller: Poller) -> None:
    """Hear hubs, and take in what they push, until the stack is left."""
    host, _, port = chosen.websub.listen.rpartition(":")
    receiver = Receiver(pushing, host.strip("[]"), int(port), size=chosen.feeds.max_megabytes * _MEGABYTE)
    await stack.enter_async_context(receiver)
    taking = asyncio.create_task(pushing.take_in(poller.push))
    stack.callback(taking.cancel)


def _poll_options(chosen: Settings, full_text: FullText | None, pushing: Pushing | None) -> PollOptions:
    return PollOptions(
        pace=Pace(interval=chosen.feeds.interval_minutes * 60, fastest=chosen.feeds.fastest_minutes * 60),
        parallel=chosen.feeds.concurrency,
        baseline_days=chosen.feeds.baseline_days,
        full_text=full_text,
        pushes=pushing,
    )


def _say(speeches: Mapping[str, Speech], delivery: Delivery, now: datetime) -> Message:
    speech = speeches.get(delivery.lang, speeches["en"])
    return say(delivery, speech, now.astimezone(ZoneInfo(delivery.timezone)).date())


def _fetcher(chosen: Settings) -> Fetcher:
    limits = Limits(seconds=chosen.feeds.timeout_seconds, size=chosen.feeds.max_megabytes * _MEGABYTE)
    agent = user_agent(metadata.version("treatywatch"), chosen.contact or "no contact configured")
    return Fetcher(agent, limits=limits, allow_hosts=chosen.feeds.allow_hosts)


def _article_text(chosen: Settings) -> Callable[[bytes, str], str | None] | None:
    """What extracts an article's text; None where that is not wanted.

    Raises:
        SettingsError: it is wanted, and the library is not installed.
    """
    if not chosen.feeds.full_text:
        return None
    try:
        # Only here: the library takes its memory once it is imported.
        from watchers.article import article_text  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(["feeds.full_text needs trafilatura; install it with `make full-text`"]) from error
    return article_text


def _full_text(
    fetcher: Fetcher, reading: Reader, extract: Callable[[bytes, str], str | None] | None
) -> FullText | None:
    if extract is None:
        return None
    taste = Taste(lambda report: reading.leaves(replace(report, summary="")), extract)
    return FullText(fetcher, taste, "Treatywatch")


@dataclass(frozen=True, slots=True)
class _Watched:
    """What is polled; how answers that are no feeds are read, and which are news searches, by listed address."""

    specs: tuple[FeedSpec, ...]
    readers: Mapping[str, BodyReader]
    searches: frozenset[str]

    def parsing(self, feeds: Parsing) -> ByAddress:
        """What reads every answer; `feeds` reads those that are feeds."""
        return ByAddress(self.readers, self.searches, feeds)


def _watched(chosen: Settings, knowledge: Knowledge, known: Iterable[Case]) -> _Watched:
    """Everything that the lists name, and the searches for the cases that are not over."""
    sources = load_sources(chosen.feeds.file, chosen.feeds.added_file)
    asked = queries(chosen.feeds.query_templates, known, knowledge, state_languages(), chosen.feeds.query_most)
    readers: dict[str, BodyReader] = {
        page.feed.url: PageReader(page.select, page.drop, page.title) for page in sources.pages
    }
    readers |= {one.feed.url: UnTreatyReader(one.treaty) for one in sources.depositaries}
    specs = {entry.url: feed_spec(entry) for entry in sources.entries()}
    searched = {query.url: FeedSpec(query.url, "News search", lang=query.lang) for query in asked}
    return _Watched(tuple((searched | specs).values()), readers, frozenset(searched) - frozenset(specs))


def _follow_cases(chosen: Settings, knowledge: Knowledge, database: Database, parsing: ByAddress) -> None:
    """Bring the searches up to date with the cases: new ones are asked for, those that are over no more."""
    with database.transaction() as conn:
        fresh = _watched(chosen, knowledge, events.cases(conn))
        feeds.sync(conn, fresh.specs)
    parsing.searches |= fresh.searches


def _states(chosen: Settings, database: Database, knowledge: Knowledge) -> tuple[_Watched, tuple[FeedState, ...]]:
    """Everything that is polled, with what is known of each; what was never polled has no row yet."""
    with database.reading() as conn:
        watched = _watched(chosen, knowledge, events.cases(conn))
        stored = {state.spec.url: state for state in feeds.all_feeds(conn)}
    states = (
        replace(stored[spec.url], spec=spec) if spec.url in stored else FeedState(0, spec, spec.url)
        for spec in watched.specs
    )
    return watched, tuple(states)


def feed_list(chosen: Settings) -> tuple[FeedLine, ...]:
    """How every feed is doing, as far as the store knows."""
    knowledge = knowing(chosen)
    with opened(chosen, knowledge) as database:
        _, states = _states(chosen, database, knowledge)
    return tuple(FeedLine(state, silent(state), clock()) for state in states)


def ask_feeds(chosen: Settings) -> Answers:
    """How every feed answers now."""
    knowledge = knowing(chosen)
    with opened(chosen, knowledge) as database:
        watched, states = _states(chosen, database, knowledge)
    return asyncio.run(_ask(chosen, watched, states))


async def _ask(chosen: Settings, watched: _Watched, states: tuple[FeedState, ...]) -> Answers:
    async with _fetcher(chosen) as fetcher, ParserProcess() as parser:
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
        raise UnusableFileError(f"{document}: {_said(error)}") from error
    listed = {entry.url for entry in load_sources(chosen.feeds.file, into).entries()}
    fresh = [feed for feed in found.feeds if feed.url not in listed]
    try:
        if fresh:
            add_feeds(into, [FeedEntry(**asdict(feed)) for feed in fresh])
    except OSError as error:
        raise UnusableFileError(f"{into}: {_said(error)}") from error
    return Imported(into, len(fresh), len(found.feeds) - len(fresh), found.faults)


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


def write_file(file: Path, content: str | bytes) -> None:
    """Write a file that somebody named; a text is written as UTF-8.

    Raises:
        UnusableFileError: it cannot be written.
    """
    try:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise UnusableFileError(f"{file}: {_said(error)}") from error


def _said(error: Exception) -> str:
    return f"{error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)


def _scheduler(database: Database) -> Scheduler:
    def started(name: str, now: datetime, limit_seconds: float) -> None:
        with database.transaction() as conn:
            jobs.started(conn, name, now, limit_seconds)

    def finished(name: str, now: datetime, error: str | None) -> None:
        with database.transaction() as conn:
            jobs.finished(conn, name, now, error)

    return Scheduler(started=started, finished=finished, clock=clock)


def _listed(chosen: Settings, database: Database, platforms: Platforms) -> dict[int, Channel]:
    """Bring the store up to date with the chats of the settings; returns the channels that no platform makes."""
    console: dict[int, Channel] = {}
    with database.transaction() as conn:
        listed = sync_chats(conn, [Listed(**asdict(one)) for one in chosen.channels()], platforms)
        if chosen.console_wanted:
            times = (chosen.timezone, chosen.digest.every, chosen.digest.at)
            console[sync_console(conn, *times)] = ConsoleChannel(None, sys.stdout)
        channels.keep_only(conn, {*listed, *console}, "no longer in the settings", clock())
    return console


def feed_spec(entry: FeedEntry) -> FeedSpec:
    """A feed of the configuration as the store knows it."""
    return FeedSpec(entry.url, entry.outlet, entry.country, entry.lang, entry.kind, entry.group)


def demo(folder: Path, pace: float, *, fresh: bool) -> bool:
    """Play the demo in a folder of its own and return whether everything went as it should."""
    logs.set_up("warning")
    with only_one(folder / "lock", f"a demo in {folder}"):
        return asyncio.run(_demo(folder, pace, fresh=fresh))


async def _demo(folder: Path, pace: float, *, fresh: bool) -> bool:
    story = playing.parse_story(story_text())
    knowledge, reading = _loaded()
    known = as_of(knowledge.known, playing.eve(story))
    place = playing.Place(folder, story)
    if fresh or place.finished():
        place.clear()
    with place.database() as database, place.server() as server:
        with database.transaction() as conn:
            events.seed(conn, known, playing.moments(story)[0])
            feeds.sync(conn, playing.feed_specs(story, server))
            console = channels.sync(conn, "console", "stdout", title="Console", digest="weekly")
        screen = ConsoleChannel(None, sys.stdout)
        agent = user_agent(metadata.version("treatywatch"), "demo")
        async with Fetcher(agent, allow_hosts=[f"127.0.0.1:{server.port}"]) as fetcher:
            pipeline = _pipeline(database, reading, knowledge, known=known)
            # A day that was interrupted is played again from its morning, so its feeds are asked again.
            poller = Poller(database, fetcher, pipeline.prepare, PollOptions(plan_ahead=False))
            play = playing.Play(
                story=story,
                server=server,
                database=database,
                poll=poller.poll_due,
                deliverer=Deliverer(database, {console: screen}, partial(_say, speeches(knowledge))),
                digests=Digests(database, knowledge),
                pace=pace,
            )
            return await play.run()
