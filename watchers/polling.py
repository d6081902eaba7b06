"""One round of polling: due feeds are fetched in parallel, their new reports are handed on one at a time.

This carries and decides nothing: `politeness` decides when a feed is due again, the handler what a report means.
Nothing is lost on the way: a feed's state is saved after its reports were taken in, and a report that comes again is
known by its id.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from store import feeds, reports
from store.database import StoreBusyError
from watchers.errors import FetchError, UnreachableError
from watchers.fetch import FetchRequest
from watchers.links import host_of, shown
from watchers.parse import NotAFeedError, parse
from watchers.politeness import Outcome, Pace, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from store.database import Database
    from store.feeds import FeedSpec, FeedState
    from treaties.model import Report
    from watchers.fetch import Fetched, Fetching
    from watchers.parse import ParsedFeed
    from watchers.politeness import Decision

_log: Final = logging.getLogger(__name__)
_OK: Final = 200
_LONGEST_LINE: Final = 300
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


class Handler(Protocol):
    """What happens to a new report, in one transaction. Called for one report at a time, from a thread."""

    def __call__(self, report: Report, *, feed: int, now: datetime, quiet: bool) -> object:
        """Take a report in; `quiet` ones are from before the feed was listed and alert nobody.

        Raises:
            StoreBusyError: not now; the report will come again.
        """
        ...


class Parsing(Protocol):
    """Makes a body into reports without holding up the loop; see `watchers.parse.parse`."""

    async def __call__(
        self, body: bytes, *, spec: FeedSpec, base_url: str, now: datetime, content_type: str | None
    ) -> ParsedFeed:
        """The reports of a body.

        Raises:
            NotAFeedError: there is no feed in it.
        """
        ...


async def in_a_thread(
    body: bytes, *, spec: FeedSpec, base_url: str, now: datetime, content_type: str | None
) -> ParsedFeed:
    """Parse in a thread."""
    return await asyncio.to_thread(parse, body, spec=spec, base_url=base_url, now=now, content_type=content_type)


@dataclass(frozen=True, slots=True)
class PollSummary:
    """What a round did: feeds by how they went, and how many reports were handed on.

    `busy` says that the store could not be written to: the round ended early, and what it left comes again.
    """

    good: int = 0
    unchanged: int = 0
    failed: int = 0
    reports: int = 0
    busy: bool = False


@dataclass(frozen=True, slots=True)
class _Polled:
    """How one feed went."""

    state: FeedState
    changed: bool = False
    handed: int = 0
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class PollOptions:
    """How to poll.

    Attributes:
        pace: how fast to go.
        parallel: how many feeds are in hand at a time, which also bounds the memory for their bodies.
        baseline_days: of what stands in a new feed, what is older than this is taken in quietly.
        jitter: gives a number from 0 to 1, another one each time.
    """

    pace: Pace = field(default_factory=Pace)
    parallel: int = 32
    baseline_days: float = 3
    jitter: Callable[[], float] = random.random


class Poller:
    """Polls what is due.

    Args:
        database: where feeds and reports are remembered.
        fetcher: asks servers.
        handler: takes one report in.
        options: how to poll.
        parsing: makes a body into reports.
    """

    def __init__(
        self,
        database: Database,
        fetcher: Fetching,
        handler: Handler,
        options: PollOptions = PollOptions(),
        parsing: Parsing = in_a_thread,
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._handler = handler
        self._options = options
        self._parsing = parsing
        self._writing = asyncio.Lock()

    async def poll_due(self, now: datetime) -> PollSummary:
        """Poll every feed that is due at `now`, and save how each went. One bad feed stops no other."""
        due = await asyncio.to_thread(self._due, now)
        places = asyncio.Semaphore(self._options.parallel)
        done: list[_Polled] = []
        busy = False
        try:
            async with asyncio.TaskGroup() as group:
                for same_host in _by_host(due):
                    group.create_task(self._poll_host(same_host, now, places, done))
        except* StoreBusyError as errors:
            busy = True
            _log.warning("polling stopped, what is left comes next time: %s", errors.exceptions[0])
        return _summary(done, busy=busy)

    def _due(self, now: datetime) -> tuple[FeedState, ...]:
        with self._database.reading() as conn:
            return feeds.due(conn, now)

    async def _poll_host(
        self, states: Sequence[FeedState], now: datetime, places: asyncio.Semaphore, done: list[_Polled]
    ) -> None:
        """Poll the feeds of one host, one after the other.

        Where one is out of reach the rest wait for the next round: each could take the whole deadline, and a round that
        lasts keeps all other feeds waiting.
        """
        for state in states:
            async with places:
                polled = await self._poll(state, now)
            done.append(polled)
            if polled.unreachable:
                return

    async def _poll(self, state: FeedState, now: datetime) -> _Polled:
        outcome, handed, unreachable = Outcome(), 0, False
        try:
            answer = await self._fetcher.get(FetchRequest(state.address, state.etag, state.last_modified))
            outcome, handed = await self._taken_in(state, answer, now)
        except FetchError as error:
            outcome = Outcome(error=str(error), hopeless=error.permanent)
            unreachable = isinstance(error, UnreachableError)
        except StoreBusyError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one feed brings up, the others go on, and it must back off
            outcome = Outcome(error=f"an error of the program: {_line(error)}")
        after = decide(state, outcome, now=now, jitter=self._options.jitter(), pace=self._options.pace)
        await self._write(lambda: self._save(after.state))
        _tell(state, after)
        return _Polled(after.state, changed=outcome.hints is not None, handed=handed, unreachable=unreachable)

    async def _taken_in(self, state: FeedState, answer: Fetched, now: datetime) -> tuple[Outcome, int]:
        """What an answer gives, and how many of its reports were handed on."""
        if answer.status != _OK or answer.body is None:
            return Outcome(answer), 0
        body_hash = hashlib.sha256(answer.body).hexdigest()
        if body_hash == state.body_hash:
            return Outcome(answer, body_hash=body_hash), 0
        try:
            parsed = await self._parsing(
                answer.body,
                spec=state.spec,
                base_url=answer.url,
                now=now,
                content_type=answer.headers.content_type,
            )
        except NotAFeedError as error:
            return Outcome(answer, error=str(error)), 0
        unseen = await asyncio.to_thread(self._unseen, parsed.reports)
        oldest_first = sorted(unseen, key=lambda report: report.published or now)
        handed = sum([await self._hand(state, report, now) for report in oldest_first])
        flaw = None if parsed.whole else "the feed breaks off before its end"
        if handed < len(unseen):
            flaw = f"{len(unseen) - handed} of its reports could not be handled"
        else:
            parsed.confirm()
        return Outcome(answer, hints=parsed.hints, body_hash=body_hash, flaw=flaw), handed

    async def _hand(self, state: FeedState, report: Report, now: datetime) -> bool:
        # What stands undated in a feed at first sight is mostly its past; later on, undated means just published.
        quiet = not state.baseline_done and (report.published or _BEGINNING) < now - timedelta(
            days=self._options.baseline_days
        )
        dated = report if report.published or quiet else replace(report, published=now)
        try:
            await self._write(lambda: self._handler(dated, feed=state.id, now=now, quiet=quiet))
        except StoreBusyError:
            raise
        except Exception as error:  # noqa: BLE001 - one report must not hide the others; the feed is asked for it again
            _log.warning("feed %s: report %s could not be handled: %s", shown(state.spec.url), report.id, _line(error))
            _log.debug("report %s", report.id, exc_info=True)
            return False
        return True

    def _unseen(self, found: Iterable[Report]) -> list[Report]:
        with self._database.reading() as conn:
            return [report for report in found if reports.find(conn, report.id) is None]

    def _save(self, state: FeedState) -> None:
        with self._database.transaction() as conn:
            feeds.save(conn, state)

    async def _write(self, work: Callable[[], object]) -> None:
        """Run a transaction in a thread, alone. Cancelled, it waits for the end: a thread cannot be stopped."""
        async with self._writing:
            running = asyncio.create_task(asyncio.to_thread(work))
            try:
                await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.gather(running, return_exceptions=True)
                raise


def _by_host(due: Iterable[FeedState]) -> list[list[FeedState]]:
    hosts: dict[str, list[FeedState]] = {}
    for state in due:
        hosts.setdefault(host_of(state.address), []).append(state)
    return list(hosts.values())


def _tell(before: FeedState, decision: Decision) -> None:
    """One line when a feed begins to fail, is gone, moves, or is well again; not at every poll."""
    name, after = shown(before.spec.url), decision.state
    _log.debug("feed %s: %s", name, decision.reason)
    if after.last_error and (not before.last_error or after.gone != before.gone):
        _log.warning("feed %s: %s", name, after.last_error.removeprefix(f"{name} "))
    if before.last_error and not after.last_error:
        _log.info("feed %s: is well again", name)
    if after.address != before.address:
        _log.info("feed %s: moved to %s", name, shown(after.address))


def _line(error: Exception) -> str:
    """An error on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:_LONGEST_LINE]


def _summary(done: Iterable[_Polled], *, busy: bool) -> PollSummary:
    polled = tuple(done)
    failed = sum(one.state.failures > 0 or one.state.gone for one in polled)
    good = sum(one.changed for one in polled)
    return PollSummary(good, len(polled) - good - failed, failed, sum(one.handed for one in polled), busy)
