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
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot import logs, playing
from bot.bindings import Bindings
from bot.channel import ChannelGoneError
from bot.console import ConsoleChannel
from bot.delivery import Deliverer
from bot.digests import Digests
from bot.health import late
from bot.jsonl import in_order
from bot.language import detect
from bot.memory import loading
from bot.questions import Questions, UnknownNameError
from bot.single import AlreadyRunningError, UnusableFolderError, one_for, only_one
from bot.slack import SlackChannels
from bot.telegram import TelegramChats
from bot.treaty_questions import UnreadableDateError
from bot.wording import say
from config.choices import CONFIG_VARIABLE
from config.knowledge import FeedEntry, KnowledgeError, load, load_feeds, story_text
from config.labelled import load_labelled
from config.settings import SettingsError, load_settings
from store import channels, events, feeds, jobs, outbox
from store.channels import Subscription
from store.database import Database, StoreError
from store.feeds import FeedSpec
from treaties.known import as_of
from treaties.provisional import generic_stems
from treaties.reading.read import Reader
from treaties.verdict import Corroboration
from watchers.fetch import Fetcher, Limits, user_agent
from watchers.parse import NotAFeedError, ParsedFeed
from watchers.parsing import ParserProcess
from watchers.pipeline import Pipeline
from watchers.politeness import Pace
from watchers.polling import Poller, PollOptions
from watchers.rereading import reread
from watchers.schedule import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bot.channel import Channel, Message
    from config.settings import ChannelSettings, Settings
    from store.database import Connection
    from store.outbox import Delivery
    from store.reports import StoredReport
    from treaties.changes import Changes
    from treaties.labelled import Labelled
    from treaties.model import Alert, Case, Fact, Report
    from treaties.registry import Knowledge

__all__ = [
    "EXPECTED_ERRORS",
    "NotAFeedError",
    "ParsedFeed",
    "backup",
    "check",
    "clock",
    "demo",
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
]

_logger = logging.getLogger(__name__)

EXPECTED_ERRORS: Final = (
    SettingsError,
    KnowledgeError,
    StoreError,
    AlreadyRunningError,
    UnusableFolderError,
    ChannelGoneError,
    UnknownNameError,
    UnreadableDateError,
)
"""What can go wrong without being a bug: the command line prints these on one line each."""

DEFAULT_FILE: Final = Path("treatywatch.toml")
POLL_SECONDS: Final = 30
DELIVER_SECONDS: Final = 5
DIGEST_SECONDS: Final = 60
RELEASE_SECONDS: Final = 60
JOBS: Final = ("poll", "deliver", "digest", "release")
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


@contextmanager
def reviewing(chosen: Settings) -> Iterator[tuple[Connection, Bindings, str]]:
    """A write transaction, what reviewers can do in it, and who does it."""
    knowledge = load(overlay=chosen.overlay)
    with opened(chosen, knowledge) as database, database.transaction() as conn:
        yield conn, Bindings(knowledge), _user()


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
        lambda: load_feeds(chosen.feeds.file),
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
        for platform in ("telegram", "slack"):
            try:
                await _platform(stack, chosen, platform)
            except ChannelGoneError as error:
                faults.append(f"{platform}: {error}")
    return faults


async def _platform(stack: AsyncExitStack, chosen: Settings, platform: str) -> Callable[[str], Channel] | None:
    """What makes channels of a platform, ready and with its token checked; None where it is not configured."""
    if platform == "telegram" and chosen.telegram.token:
        token = chosen.telegram.token.get_secret_value()
        return (await stack.enter_async_context(TelegramChats(token, base_url=chosen.telegram.base_url))).channel
    if platform == "slack" and chosen.slack.bot_token:
        token = chosen.slack.bot_token.get_secret_value()
        return (await stack.enter_async_context(SlackChannels(token, base_url=chosen.slack.base_url))).channel
    return None


@dataclass(frozen=True, slots=True)
class _Bot:
    """Everything that runs, put together."""

    poller: Poller
    deliverer: Deliverer
    digests: Digests
    pipeline: Pipeline

    async def poll(self) -> None:
        await self.poller.poll_due(clock())

    async def deliver(self) -> None:
        await self.deliverer.deliver(clock())

    async def digest(self) -> None:
        await asyncio.to_thread(self.digests.queue_due, clock())

    async def release(self) -> None:
        await asyncio.to_thread(self.pipeline.ask_about_held, clock())


def parsed(body: bytes, url: str, content_type: str | None) -> ParsedFeed:
    """What the program reads in a feed.

    Raises:
        NotAFeedError: there is no feed in it.
    """

    async def ask() -> ParsedFeed:
        async with ParserProcess() as parse:
            return await parse(body, spec=FeedSpec(url, "feed"), base_url=url, now=clock(), content_type=content_type)

    return asyncio.run(ask())


def run(chosen: Settings) -> None:
    """Run until SIGTERM or Ctrl-C."""
    logs.set_up(chosen.log_level)
    knowledge, reading = _loaded(chosen.overlay)
    specs = [feed_spec(entry) for entry in load_feeds(chosen.feeds.file)]
    for line in chosen.unheard():
        _logger.warning("%s", line)
    with one_for(chosen.database_url), opened(chosen, knowledge) as database:
        with database.transaction() as conn:
            feeds.sync(conn, specs)
            outbox.recover(conn, clock())
        print(f"Treatywatch watches {len(specs)} feeds. Store: {database.address}. Stop with Ctrl-C.", flush=True)
        asyncio.run(_run(chosen, knowledge, reading, database))


async def _run(chosen: Settings, knowledge: Knowledge, reading: Reader, database: Database) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        limits = Limits(seconds=chosen.feeds.timeout_seconds, size=chosen.feeds.max_megabytes * _MEGABYTE)
        agent = user_agent(metadata.version("treatywatch"), chosen.contact or "no contact configured")
        fetcher = await stack.enter_async_context(Fetcher(agent, limits=limits, allow_hosts=chosen.feeds.allow_hosts))
        reachable = await _channels(stack, chosen, database)
        waiting = Corroboration(frozenset(chosen.alerts.at_once), timedelta(hours=chosen.alerts.wait_hours))
        pipeline = _pipeline(database, reading, knowledge, corroboration=waiting)
        parsing = await stack.enter_async_context(ParserProcess())
        bot = _put_together(chosen, knowledge, pipeline, (fetcher, parsing), reachable)
        scheduler = _scheduler(database)
        scheduler.every(POLL_SECONDS, "poll", bot.poll, limit=chosen.feeds.interval_minutes * 60)
        scheduler.every(DELIVER_SECONDS, "deliver", bot.deliver, limit=600)
        scheduler.every(DIGEST_SECONDS, "digest", bot.digest, limit=600)
        scheduler.every(RELEASE_SECONDS, "release", bot.release, limit=600)
        scheduler.start()
        await stop.wait()
        await scheduler.stop()


def _put_together(
    chosen: Settings,
    knowledge: Knowledge,
    pipeline: Pipeline,
    source: tuple[Fetcher, ParserProcess],
    reachable: Mapping[int, Channel],
) -> _Bot:
    options = PollOptions(
        pace=Pace(interval=chosen.feeds.interval_minutes * 60),
        parallel=chosen.feeds.concurrency,
        baseline_days=chosen.feeds.baseline_days,
    )
    database = pipeline.database
    return _Bot(
        poller=Poller(database, source[0], pipeline.handle, options, source[1]),
        deliverer=Deliverer(database, reachable, partial(_say, knowledge)),
        digests=Digests(database, knowledge),
        pipeline=pipeline,
    )


def _say(knowledge: Knowledge, delivery: Delivery, now: datetime) -> Message:
    return say(delivery, knowledge, now.date())


def _scheduler(database: Database) -> Scheduler:
    def started(name: str, now: datetime, limit_seconds: float) -> None:
        with database.transaction() as conn:
            jobs.started(conn, name, now, limit_seconds)

    def finished(name: str, now: datetime, error: str | None) -> None:
        with database.transaction() as conn:
            jobs.finished(conn, name, now, error)

    return Scheduler(started=started, finished=finished, clock=clock)


async def _channels(stack: AsyncExitStack, chosen: Settings, database: Database) -> dict[int, Channel]:
    """Every configured channel that can be posted to, by its row in the store."""
    makers = {platform: await _platform(stack, chosen, platform) for platform in ("telegram", "slack")}
    reachable: dict[int, Channel] = {}
    with database.transaction() as conn:
        for wanted in chosen.channels():
            make = makers.get(wanted.platform)
            if make:
                reachable[_sync(conn, wanted)] = make(wanted.address)
        if chosen.console_wanted:
            row = channels.sync(
                conn,
                "console",
                "stdout",
                title="Console",
                timezone=chosen.timezone,
                digest=chosen.digest.every,
                digest_at=chosen.digest.at,
            )
            reachable[row] = ConsoleChannel(None, sys.stdout)
        channels.keep_only(conn, reachable, "no longer in the settings", clock())
    return reachable


def _sync(conn: Connection, wanted: ChannelSettings) -> int:
    return channels.sync(
        conn,
        wanted.platform,
        wanted.address,
        title=wanted.title,
        role=wanted.role,
        timezone=wanted.timezone,
        lang=wanted.lang,
        digest=wanted.digest,
        digest_at=wanted.digest_at,
        subscription=Subscription(wanted.states, wanted.treaties, wanted.stages),
    )


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
            play = playing.Play(
                story=story,
                server=server,
                database=database,
                poll=Poller(database, fetcher, pipeline.handle).poll_due,
                deliverer=Deliverer(database, {console: screen}, partial(_say, knowledge)),
                digests=Digests(database, knowledge),
                pace=pace,
            )
            return await play.run()
