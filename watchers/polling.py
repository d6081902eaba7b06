"""Polling: due feeds are fetched in parallel, their new reports are handed on one after the other.

This carries and decides nothing: `politeness` decides when a feed is due again, the handler what a report means.

    due ──▶ a queue for each host ──▶ its next poll is stored ──▶ asked ──▶ reports handed on ──▶ state stored

The next poll is stored before the request goes out, so that a program that is killed again and again asks nobody more
often than one that is not, and so that of several programs on one database only one asks. Nothing is lost on the way:
validators are saved in one transaction with the reports of their answer, and a report that comes again is known by its
id. Word that nothing has changed is stored soon, and nobody waits for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from logging import DEBUG, INFO, WARNING
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from store import feeds, versions
from store.database import StoreBusyError, StoreError
from treaties.versions import mark_of
from watchers.arrivals import Arrival
from watchers.counts import NotCounted
from watchers.errors import FetchError, NoConnectionError, on_one_line
from watchers.fetch import Fetched, FetchRequest, Headers
from watchers.guard import names_inside
from watchers.links import host_of, shown
from watchers.parse import NotAFeedError, parse
from watchers.places import Places
from watchers.politeness import Decision, Outcome, Pace, decide, lease, pushed
from watchers.writing import Answered, Claim, Intake, Writer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from store.database import Database
    from store.feeds import FeedSpec, FeedState
    from treaties.model import Report
    from watchers.arrivals import Handler
    from watchers.counts import Counts, PollOutcome
    from watchers.fetch import Fetching
    from watchers.parse import ParsedFeed

_log: Final = logging.getLogger(__name__)
_PART: Final = 226
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_OUT_OF_REACH: Final = timedelta(minutes=1)
"""For how long the other feeds of a host wait that could not be reached just now."""


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


class Pushes(Protocol):
    """What hubs push; see `watchers.pushing.Pushing`."""

    def until(self, feed: int, now: datetime) -> datetime | None:
        """Until when a hub has promised to push a feed; None where none has."""
        ...

    async def noted(self, state: FeedState, answer: Fetched, outcome: Outcome, now: datetime) -> None:
        """Note what a poll brought."""
        ...


class Turns(Protocol):
    """Whose turn it is at a host, where several programs share a database; see `store.hosts.Hosts`."""

    def take(self, host: str) -> bool:
        """Take the turn at a host; False while another program has it.

        Raises:
            StoreError: nobody knows whose turn it is.
        """
        ...

    def give(self, host: str) -> None:
        """Give the turn back.

        Raises:
            StoreError: it was lost before.
        """
        ...


class _ElsewhereError(Exception):
    """Another program asks this host just now."""


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


class _Polled(NamedTuple):
    """How one feed went."""

    state: FeedState
    changed: bool = False
    handed: int = 0
    host_rests: datetime | None = None


class _Told(NamedTuple):
    """What a feed told when it was asked: how that went, its new reports, and whom to tell that they were taken in."""

    outcome: Outcome
    intake: Intake | None = None
    confirm: Callable[[], object] = tuple

    @property
    def handed(self) -> int:
        """How many reports were handed on; known once they were written."""
        return len(self.intake.arrivals) - self.intake.failed if self.intake else 0


@dataclass(frozen=True, slots=True)
class PollOptions:
    """How to poll.

    Attributes:
        pace: how fast to go.
        parallel: how many feeds are asked at a time, which also bounds the memory for what they told.
        waiting: how many due feeds wait for their turn in memory.
        host_pause: seconds between two requests to a host of the open internet.
        baseline_days: of what stands in a new feed, what is older than this is taken in quietly.
        plan_ahead: whether the next poll is stored before the request goes out.
        jitter: gives a number from 0 to 1, another one each time.
        sleep: waits so many seconds.
        full_text: gives a report its article's text where that is worth it; None where it is not wanted.
        pushes: what hubs push; None where nobody can push.
        counts: counts polls by how they went.
        turns: whose turn it is at a host; None where no other program asks.
    """

    pace: Pace = field(default_factory=Pace)
    parallel: int = 32
    waiting: int = 2_000
    host_pause: float = 1.0
    baseline_days: float = 3
    plan_ahead: bool = True
    jitter: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    full_text: Callable[[Report, datetime], Awaitable[Report]] | None = None
    pushes: Pushes | None = None
    counts: Counts = field(default_factory=NotCounted)
    turns: Turns | None = None


class Poller:
    """Polls what is due.

    Args:
        database: where feeds and reports are remembered.
        fetcher: asks servers.
        handler: takes reports in.
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
        self._places = Places(options.parallel)
        self._writer = Writer(database, lambda: self._places.taken)
        self._queues: dict[str, deque[FeedState]] = {}
        self._in_hand: set[int] = set()
        self._turns: set[str] = set()
        self._elsewhere: set[str] = set()
        self._room = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: list[_Polled] = []
        self._stuck: StoreError | None = None

    async def poll_due(self, now: datetime) -> PollSummary:
        """Poll every feed that is due at `now`, and wait until all are done. One bad feed stops no other."""
        self._done = []
        await self._start(lambda: now)
        while self._tasks:
            await asyncio.gather(*self._tasks)
        await self._writer.flush()
        stuck = self._fault()
        if stuck and not isinstance(stuck, StoreBusyError):
            raise stuck
        if stuck:
            _log.warning("polling stopped, what is left comes next time: %s", stuck)
        return _summary(self._done, busy=stuck is not None)

    async def start_due(self, clock: Callable[[], datetime]) -> None:
        """Start to poll every feed that is due, and do not wait for those that are slow.

        Called again and again, it leaves alone what is still in hand from before.

        Args:
            clock: tells the time at which each feed is asked and answers.

        Raises:
            StoreError: the store could not be written to, here or since the last call; what is left comes next time.
        """
        self._done = []
        stuck = self._fault()
        if stuck:
            raise stuck
        await self._start(clock)

    async def push(self, feed: int, body: bytes, content_type: str | None, now: datetime) -> int:
        """Take in what a hub pushed of a feed, just as if a poll had brought it; how many reports were handed on.

        Raises:
            NotAFeedError: there is no feed in it.
            StoreError: the store could not be written to; a poll will find what was in it.
        """
        state = await asyncio.to_thread(self._polled, feed)
        if state is None:
            return 0
        # A hub may push only what is new; what it pushes stands for no whole feed, and has no validators.
        answer = Fetched(_PART, state.address, headers=Headers(content_type=content_type), body=body)
        being_polled = feed in self._in_hand
        self._in_hand.add(feed)
        try:
            async with self._places:
                told = await self._told(state, answer, now)

            def settle(failed: int) -> Decision:
                return Decision(pushed(state, _flawed(told.outcome, failed), now=now), "pushed by a hub")

            # Of a feed that is being polled the poll tells how it goes.
            await self._store(Answered(state, None if being_polled else settle, shared=False, intake=told.intake), told)
        finally:
            if not being_polled:
                self._in_hand.discard(feed)
        return told.handed

    def _polled(self, feed: int) -> FeedState | None:
        with self._database.reading() as conn:
            return feeds.polled(conn, feed)

    async def stop(self) -> None:
        """Leave off what is in hand, and wait until it has ended and what is known is stored."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._writer.flush()

    def _fault(self) -> StoreError | None:
        """Why something could not be stored, if that has happened since this was asked last."""
        fault = self._writer.fault()
        stuck, self._stuck = self._stuck or fault, None
        return stuck

    async def _start(self, clock: Callable[[], datetime]) -> None:
        """Queue what is due, as far as there is room, until nothing more is."""
        self._elsewhere.clear()
        while not self._stuck:
            self._room.clear()
            # One that is polled to its end while the store is asked may still look due there.
            before = frozenset(self._in_hand)
            room = self._options.waiting - len(before)
            found = await asyncio.to_thread(self._due, clock(), len(before) + room)
            fresh = [state for state in found if state.id not in before and self._is_free(state)][:room]
            for state in fresh:
                self._queue(state, clock)
            if len(fresh) < room:
                return
            await self._room.wait()

    def _is_free(self, state: FeedState) -> bool:
        """Whether nobody has it in hand, here or, as far as is known since the last call, in another program."""
        return state.id not in self._in_hand and host_of(state.address) not in self._elsewhere

    def _due(self, now: datetime, limit: int) -> tuple[FeedState, ...]:
        with self._database.reading() as conn:
            return feeds.due(conn, now, limit)

    def _queue(self, state: FeedState, clock: Callable[[], datetime]) -> None:
        self._in_hand.add(state.id)
        host = host_of(state.address)
        if host in self._queues:
            self._queues[host].append(state)
            return
        self._queues[host] = deque([state])
        task = asyncio.create_task(self._poll_host(host, clock))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("polling a host failed: %s", on_one_line(error))

    async def _poll_host(self, host: str, clock: Callable[[], datetime]) -> None:
        """Poll the feeds of one host, one after the other."""
        waiting = self._queues[host]
        pause = 0.0 if names_inside(host) else self._options.host_pause
        try:
            while waiting and not self._stuck:
                polled = await self._poll(waiting[0], clock)
                self._let_go((waiting.popleft(),))
                if polled is None:
                    continue
                self._done.append(polled)
                if polled.host_rests:
                    await self._leave(waiting, polled.host_rests)
                elif waiting and pause:
                    await self._options.sleep(pause)
        except _ElsewhereError:
            self._elsewhere.add(host)
        except StoreError as error:
            self._stuck = error
        finally:
            self._let_go(waiting)
            del self._queues[host]
            self._room.set()
            await self._give_turn(host)

    async def _leave(self, waiting: deque[FeedState], until: datetime) -> None:
        """Leave the rest of a host for later: each could take the whole deadline, or would be turned away, too."""
        left = list(waiting)
        waiting.clear()
        await self._writer.commit(lambda batch: batch.plans.extend((state.id, until) for state in left))
        self._let_go(left)

    def _let_go(self, states: Iterable[FeedState]) -> None:
        self._in_hand.difference_update(state.id for state in states)
        if 2 * len(self._in_hand) <= self._options.waiting:
            self._room.set()

    async def _take_turn(self, host: str) -> None:
        """Be the one program that asks a host, until its queue is empty.

        Raises:
            _ElsewhereError: another program is; what is due there still is.
        """
        turns = self._options.turns
        if turns and host not in self._turns:
            if not await asyncio.to_thread(turns.take, host):
                raise _ElsewhereError
            self._turns.add(host)

    async def _give_turn(self, host: str) -> None:
        if self._options.turns and host in self._turns:
            self._turns.discard(host)
            try:
                await asyncio.to_thread(self._options.turns.give, host)
            except StoreError as error:
                _log.debug("the turn at %s is lost already: %s", host, error)

    async def _claimed(self, state: FeedState, clock: Callable[[], datetime]) -> bool:
        """Whether a feed is this program's to ask; False where another one has taken it since it was found due."""
        if not self._options.plan_ahead:
            return True
        claim = Claim(state, clock() + timedelta(seconds=lease(state, self._options.pace)))
        await self._writer.commit(lambda batch: batch.claims.append(claim))
        return claim.taken

    async def _poll(self, state: FeedState, clock: Callable[[], datetime]) -> _Polled | None:
        """Poll a feed; None where another program has done so meanwhile."""
        host = host_of(state.address)
        # A machine of our own serves feeds that have nothing to do with each other, under one address.
        shared = not names_inside(host)
        async with self._places:
            await self._take_turn(host)
            if not await self._claimed(state, clock):
                return None
            told, no_connection = await self._asked(state, clock)
            # What a feed told takes room until it is written; where it told nothing, another is asked meanwhile.
            after = await self._written(state, told, clock(), shared=shared) if told.intake else None
        after = after or await self._written(state, told, clock(), shared=shared)
        self._options.counts.poll(_outcome(after.state, told.handed))
        _tell(state, after, told)
        rests = after.host_rests if shared else None
        return _Polled(
            after.state,
            changed=told.outcome.hints is not None,
            handed=told.handed,
            host_rests=clock() + _OUT_OF_REACH if no_connection and shared else rests,
        )

    async def _asked(self, state: FeedState, clock: Callable[[], datetime]) -> tuple[_Told, bool]:
        """Ask a feed: what it told, and whether there was no connection."""
        try:
            alone = state.failures > 0
            answer = await self._fetcher.get(FetchRequest(state.address, state.etag, state.last_modified, alone))
            told = await self._told(state, answer, clock())
            if self._options.pushes:
                await self._options.pushes.noted(state, answer, told.outcome, clock())
        except FetchError as error:
            return _Told(Outcome(error=str(error), hopeless=error.permanent)), isinstance(error, NoConnectionError)
        except StoreBusyError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one feed brings up, the others go on, and it must back off
            return _Told(Outcome(error=f"an error of the program: {on_one_line(error)}")), False
        return told, False

    async def _written(self, state: FeedState, told: _Told, now: datetime, *, shared: bool) -> Decision:
        """Store what a feed told together with its next state."""
        lot, pace, pushes = self._options.jitter(), self._options.pace, self._options.pushes
        until = pushes.until(state.id, now) if pushes else None

        def settle(failed: int) -> Decision:
            outcome = _flawed(told.outcome, failed)
            return decide(state, outcome, now=now, jitter=lot, pace=pace, pushed_until=until)

        answered = Answered(state, settle, shared, told.intake)
        if told.intake is None and self._options.plan_ahead:
            answered.decision = decision = settle(0)
            if not (decision.host_rests or decision.state.failures or decision.state.address != state.address):
                self._writer.leave(answered)
                told.confirm()
                return decision
        await self._store(answered, told)
        return answered.decision or settle(0)

    async def _store(self, answered: Answered, told: _Told) -> None:
        await self._writer.commit(lambda batch: batch.answer(answered))
        if told.intake is None or not told.intake.failed:
            told.confirm()

    async def _told(self, state: FeedState, answer: Fetched, now: datetime) -> _Told:
        """What an answer gives."""
        if answer.body is None:
            return _Told(Outcome(answer))
        body_hash = hashlib.sha256(answer.body).hexdigest()
        if body_hash == state.body_hash:
            return _Told(Outcome(answer, body_hash=body_hash))
        try:
            parsed = await self._parsing(
                answer.body,
                spec=state.spec,
                base_url=answer.url,
                now=now,
                content_type=answer.headers.content_type,
            )
        except NotAFeedError as error:
            self._options.counts.parse_error("no_feed")
            return _Told(Outcome(answer, error=str(error)))
        if not parsed.whole:
            self._options.counts.parse_error("cut_off")
        # It may be large, and what was found in it may wait long to be written.
        answer = answer._replace(body=None)
        fresh = await asyncio.to_thread(self._fresh, state, parsed.reports, now)
        published = tuple(arrival.report.published or now for arrival in fresh if not arrival.edited)
        flaw = None if parsed.whole else "the feed breaks off before its end"
        outcome = Outcome(answer, hints=parsed.hints, body_hash=body_hash, published=published, flaw=flaw)
        return _Told(outcome, await self._intake(state, fresh), parsed.confirm)

    def _fresh(self, state: FeedState, found: Sequence[Report], now: datetime) -> list[Arrival]:
        """The reports that were not seen before, or not with this text, the oldest first."""
        if not found:
            return []
        with self._database.reading() as conn:
            known = versions.marks(conn, [report.id for report in found])
        arrivals = (self._arrival(state, report, now, edited=report.id in known) for report in found)
        fresh = [one for one in arrivals if one.mark not in known.get(one.report.id, ())]
        return sorted(fresh, key=lambda one: one.report.published or now)

    def _arrival(self, state: FeedState, report: Report, now: datetime, *, edited: bool) -> Arrival:
        # What stands undated in a feed at first sight is mostly its past; later on, undated means just published.
        quiet = not state.baseline_done and (report.published or _BEGINNING) < now - timedelta(
            days=self._options.baseline_days
        )
        dated = report if report.published or quiet else replace(report, published=now)
        return Arrival(dated, state.id, now, quiet, mark_of(report), edited)

    async def _intake(self, state: FeedState, fresh: Sequence[Arrival]) -> Intake | None:
        """New reports, ready to be written."""
        if not fresh:
            return None
        if self._options.full_text:
            fresh = [await _enriched(arrival, self._options.full_text) for arrival in fresh]
        intake = Intake(state, fresh, self._handler)
        await asyncio.to_thread(intake.prepare)
        return intake


async def _enriched(arrival: Arrival, full_text: Callable[[Report, datetime], Awaitable[Report]]) -> Arrival:
    if arrival.quiet or arrival.edited:
        return arrival
    return replace(arrival, report=await full_text(arrival.report, arrival.now))


def _outcome(after: FeedState, handed: int) -> PollOutcome:
    if after.gone:
        return "gone"
    if after.failures:
        return "failed"
    return "new" if handed else "unchanged"


def _tell(before: FeedState, decision: Decision, told: _Told) -> None:
    """One line for a poll: a warning when the feed begins to fail or is gone, DEBUG where nothing has changed."""
    after = decision.state
    ills = after.last_error and (not before.last_error or after.gone != before.gone)
    news = _news(before, after, told.handed)
    level = WARNING if ills else INFO if news else DEBUG
    if not _log.isEnabledFor(level):
        return  # nearly always; an address fit to be shown is not made for nothing
    name = shown(before.spec.url)
    error = (after.last_error or "").removeprefix(f"{name} ")
    answer = told.outcome.answer
    facts = {
        "event": "poll",
        "feed": name,
        "outlet": before.spec.outlet,
        "outcome": _outcome(after, told.handed),
        "status": answer.status if answer else None,
        "reports": told.handed,
        "error": error or None,
        "moved_to": shown(after.address) if after.address != before.address else None,
        "next_poll": after.next_poll.isoformat() if after.next_poll else None,
        "reason": decision.reason,
    }
    _log.log(
        level,
        "feed %s: %s",
        name,
        "; ".join([error, *news] if ills else news) or decision.reason,
        extra={"facts": facts},
    )


def _news(before: FeedState, after: FeedState, handed: int) -> list[str]:
    """What a poll has changed for the better, or at least changed."""
    return [
        *(["is well again"] if before.last_error and not after.last_error else []),
        *([f"moved to {shown(after.address)}"] if after.address != before.address else []),
        *([f"{handed} new report{'s' if handed > 1 else ''}"] if handed else []),
    ]


def _flawed(outcome: Outcome, failed: int) -> Outcome:
    """The outcome where so many reports could not be handled: the feed must be asked for them again."""
    return outcome._replace(flaw=f"{failed} of its reports could not be handled") if failed else outcome


def _summary(done: Iterable[_Polled], *, busy: bool) -> PollSummary:
    polled = tuple(done)
    failed = sum(one.state.failures > 0 or one.state.gone for one in polled)
    good = sum(one.changed for one in polled)
    return PollSummary(good, len(polled) - good - failed, failed, sum(one.handed for one in polled), busy)
