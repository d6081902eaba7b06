"""The program as it runs: watchers, chats, scheduler and web page put together; and the check."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack, closing
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from bot import logs
from bot.channel import ChannelGoneError
from bot.chats import Listed, Platforms, sync_chats, sync_console
from bot.console import ConsoleChannel
from bot.delivery import Deliverer
from bot.digests import Digests
from bot.keeping import forget
from bot.memory import giving_back, share_arenas
from bot.questions import UnknownNameError
from bot.reminders import Reminders
from bot.single import AlreadyRunningError, UnusableFolderError, is_exclusive, one_for
from bot.speech import speeches
from bot.stopping import Stopping
from bot.treaty_questions import UnreadableDateError
from bot.wiring import start
from bot.wiring.awaiting import await_server
from bot.wiring.chats import Chats, Heard, hear, token_faults
from bot.wiring.leading import Leading
from bot.wiring.observing import Observed
from bot.wiring.ready import loaded, opened
from bot.wiring.rules import pipeline_over
from bot.wiring.sources import (
    MEGABYTE,
    Watched,
    fetcher_for,
    follow_cases,
    watched_by,
)
from bot.wiring.start import clock, said, settings
from bot.wiring.stores import late_lines, upgrade
from bot.wiring.telling import said_to
from config.knowledge import KnowledgeError, load
from config.settings import SettingsError
from config.sources import load_sources
from store import channels, events, feeds, outbox, senders
from store.hosts import Hosts
from store.lives import Life
from treaties.verdict import Corroboration
from watchers import loop
from watchers.errors import ListeningError
from watchers.fulltext import FullText, Taste
from watchers.parsing import ParserProcess
from watchers.politeness import Pace
from watchers.polling import Poller, PollOptions, PollSummary
from watchers.pushing import Pushing
from watchers.troubles import tell_troubles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.channel import Channel
    from config.settings import Settings
    from store.database import Connection, Database
    from treaties.reading.read import Reader
    from treaties.registry import Knowledge
    from watchers.fetch import Fetcher
    from watchers.pipeline import Pipeline
    from watchers.schedule import Scheduler

_logger = logging.getLogger(__name__)


class UnusablePlaceError(Exception):
    """The program cannot listen where the settings say."""


EXPECTED_ERRORS: Final = (
    *start.EXPECTED_ERRORS,
    UnusablePlaceError,
    KnowledgeError,
    AlreadyRunningError,
    UnusableFolderError,
    ListeningError,
    ChannelGoneError,
    UnknownNameError,
    UnreadableDateError,
)
"""What can go wrong without being a bug: the command line prints these on one line each."""

POLL_SECONDS: Final = 10
DELIVER_SECONDS: Final = 5
DIGEST_SECONDS: Final = 60
RELEASE_SECONDS: Final = 60
TROUBLE_SECONDS: Final = 900
HUB_SECONDS: Final = 10
PRUNE_SECONDS: Final = 6 * 3_600
LONGEST_WAIT: Final = timedelta(days=8)
"""No feed is left alone for longer; one that is to be was put off by a clock that went wrong."""
SEARCH_SECONDS: Final = 6 * 3_600


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
    return faults + asyncio.run(token_faults(chosen))


@dataclass(frozen=True, slots=True)
class _Bot:
    """Everything that runs, put together."""

    poller: Poller
    deliverer: Deliverer
    digests: Digests
    reminders: Reminders
    pipeline: Pipeline
    keep_days: int

    async def once(self) -> PollSummary:
        """Every job one time, each to its end."""
        polled = await self.poller.poll_due(clock())
        await self.release()
        await self.troubles()
        await self.digest()
        await self.deliverer.deliver(clock())
        await self.prune()
        return polled

    async def poll(self) -> None:
        await self.poller.start_due(clock)

    async def deliver(self) -> None:
        self.deliverer.start_due(clock)

    async def digest(self) -> None:
        await asyncio.to_thread(self.digests.queue_due, clock())
        await asyncio.to_thread(self.reminders.queue_due, clock())

    async def release(self) -> None:
        await asyncio.to_thread(self.pipeline.ask_about_held, clock())

    async def prune(self) -> None:
        if self.keep_days:
            await forget(self.pipeline.database, self.keep_days, clock())

    async def troubles(self) -> None:
        await asyncio.to_thread(tell_troubles, self.pipeline.database, clock())


def run(chosen: Settings, *, once: bool = False) -> None:
    """Run until SIGTERM or Ctrl-C, or until what is due was polled and told `once`."""
    share_arenas()
    logs.set_up(chosen.log_level, chosen.log_format)
    knowledge, reading = loaded(chosen.overlay)
    extract = _article_text(chosen)
    for line in chosen.unheard():
        _logger.warning("%s", line)
    if not chosen.contact:
        _logger.warning("no contact is set: publishers whom this program disturbs cannot write to you; set `contact`")
    if not once:
        await_server(chosen.database_url)
    with one_for(chosen.database_url), opened(chosen, knowledge, for_long=not once) as database:
        with database.transaction() as conn:
            watched = watched_by(chosen, knowledge, events.cases(conn))
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
    watched: Watched
    once: bool = False


async def _run(chosen: Settings, knowledge: Knowledge, database: Database, parts: _Parts) -> None:
    stop = Stopping(partial(os._exit, 0))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.ask)
    await stop.heeded_by(_work(chosen, knowledge, database, parts, stop))


async def _work(chosen: Settings, knowledge: Knowledge, database: Database, parts: _Parts, stop: Stopping) -> None:
    async with AsyncExitStack() as stack:
        observed = Observed(chosen, database)
        if not parts.once:
            await _serve_metrics(stack, chosen, observed)
            await stack.enter_async_context(giving_back())
        fetcher = await stack.enter_async_context(fetcher_for(chosen, keep=not parts.once))
        lock = asyncio.Lock()
        chats = Chats.of(chosen)
        platforms = await chats.open(stack)
        waiting = Corroboration(frozenset(chosen.alerts.at_once), timedelta(hours=chosen.alerts.wait_hours))
        pipeline = pipeline_over(database, parts.reading, knowledge, corroboration=waiting, counts=observed.counts)
        parsing = parts.watched.parsing(await stack.enter_async_context(ParserProcess()))
        full_text = _full_text(fetcher, parts.reading, parts.extract)
        spoken, console = partial(said_to, speeches(knowledge)), _listed(chosen, database, platforms)
        public_url = None if parts.once else chosen.websub.public_url
        pushing = Pushing(database, fetcher, public_url, clock) if public_url else None
        hosts = stack.enter_context(closing(Hosts(database))) if database.is_shared else None
        life = stack.enter_context(closing(Life(database)))
        options = replace(_poll_options(chosen, full_text, pushing), turns=hosts, counts=observed.counts)
        bot = _Bot(
            poller=Poller(database, fetcher, pipeline.prepare, options, parsing),
            deliverer=Deliverer(
                *(database, console, spoken, lock), make=platforms.channel, counted=observed.sent, life=life
            ),
            digests=Digests(database, knowledge, parts.watched.depositaries),
            reminders=Reminders(database, knowledge, chosen.reminders.days),
            pipeline=pipeline,
            keep_days=chosen.retention.report_days,
        )
        if parts.once:
            stop.begun()
            await _once(bot, stop)
            return

        heard = Heard(knowledge, database, lock, parts.reading, parts.watched.depositaries, chosen.timezone)

        async def lead(led: AsyncExitStack) -> None:
            await hear(led, chosen, chats, heard)
            if pushing:
                await pushing.tend(clock(), leads=False)
                await _listen(led, chosen, pushing, bot.poller)

        leads = (await stack.enter_async_context(Leading(database, lead))).leads
        scheduler = observed.scheduler()
        _schedule(scheduler, bot, leads, chosen.feeds.interval_minutes)
        if chosen.feeds.query_templates:
            follow = partial(asyncio.to_thread, follow_cases, chosen, knowledge, database, parsing)
            scheduler.every(SEARCH_SECONDS, "searches", follow, when=leads)
        if chosen.web.enabled:
            await _show(stack, chosen, knowledge, database, lock)
        if pushing:
            scheduler.every(HUB_SECONDS, "hubs", lambda: pushing.tend(clock(), leads=leads()))
        stop.begun()
        scheduler.start()
        await stop.wait()
        observed.stop()
        await scheduler.stop()
        await bot.poller.stop()
        await bot.deliverer.stop()


def _schedule(scheduler: Scheduler, bot: _Bot, leads: Callable[[], bool], interval_minutes: float) -> None:
    """Plan the jobs that every program has; some are done by the one that leads."""
    scheduler.every(POLL_SECONDS, "poll", bot.poll, limit=interval_minutes * 60)
    scheduler.every(DELIVER_SECONDS, "deliver", bot.deliver, limit=600)
    scheduler.every(DIGEST_SECONDS, "digest", bot.digest, limit=600, when=leads)
    scheduler.every(RELEASE_SECONDS, "release", bot.release, limit=600, when=leads)
    scheduler.every(TROUBLE_SECONDS, "troubles", bot.troubles, when=leads)
    scheduler.every(PRUNE_SECONDS, "prune", bot.prune, when=leads)


async def _show(
    stack: AsyncExitStack, chosen: Settings, knowledge: Knowledge, database: Database, lock: asyncio.Lock
) -> None:
    """Serve the web page until the stack is left.

    Raises:
        UnusablePlaceError: the place to listen at is taken, or may not be opened.
    """
    from bot.web.server import WebPage  # noqa: PLC0415 - with all that it draws and exports, for those who want it

    page = WebPage(database, knowledge, clock, late_lines, lock=lock, public_url=chosen.web.public_url)
    try:
        address = await stack.enter_async_context(page.serving(chosen.web.listen))
    except OSError as error:
        raise UnusablePlaceError(
            f"web.listen: {chosen.web.listen} cannot be listened at: {said(error)}; choose another port"
        ) from error
    print(f"The web page is at {address}", flush=True)


async def _serve_metrics(stack: AsyncExitStack, chosen: Settings, observed: Observed) -> None:
    """Serve metrics and probes until the stack is left, where they are wanted.

    Raises:
        UnusablePlaceError: the place to listen at is taken, or may not be opened.
    """
    try:
        address = await observed.serve(stack)
    except OSError as error:
        raise UnusablePlaceError(
            f"metrics.listen: {chosen.metrics.listen} cannot be listened at: {said(error)}; choose another port"
        ) from error
    if address:
        print(f"Metrics are at {address}metrics", flush=True)


async def _once(bot: _Bot, stop: Stopping) -> None:
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
    from watchers.receiving import Receiver  # noqa: PLC0415 - with a web server, for those who want it

    host, _, port = chosen.websub.listen.rpartition(":")
    receiver = Receiver(pushing, host.strip("[]"), int(port), size=chosen.feeds.max_megabytes * MEGABYTE)
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


def _listed(chosen: Settings, database: Database, platforms: Platforms) -> dict[int, Channel]:
    """Bring the store up to date with the chats of the settings; returns the channels that no platform makes."""
    console: dict[int, Channel] = {}
    with database.transaction() as conn:
        listed = sync_chats(conn, [Listed(**asdict(one)) for one in chosen.channels()], platforms)
        if chosen.console_wanted:
            times = (chosen.timezone, chosen.digest.every, chosen.digest.at)
            row = sync_console(conn, *times, digest_empty=chosen.digest.empty)
            console[row] = ConsoleChannel(None, sys.stdout)
        channels.keep_only(conn, {*listed, *console}, "no longer in the settings", clock())
    return console
