"""Delivery: takes what the outbox owes each channel, sends it, and marks honestly how it went.

A row is claimed in a transaction of its own before anything is sent, and marked in another one after. So a crash in
between leaves a row that says "sending", which `store.outbox.recover` turns into a possible repeat at the next start:
one message may come twice, marked, but none is lost. Channels are drained side by side, each in order and one row at a
time.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, runtime_checkable

from bot.channel import ChannelGoneError, MaybeSentError, MessageRefusedError, NotSentError
from store import channels as store_channels
from store import outbox
from store.database import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.channel import Channel
    from bot.message import Message
    from store.database import Connection, Database
    from store.outbox import Delivery

_logger = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(hours=1)
# How long to wait before a message that may have arrived is sent once more, marked as a possible repeat. Each repeat
# can be one too many, so their number is bounded; the waits grow to outlast a usual outage.
REPEAT_WAITS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


class Limit:
    """At most `count` sends in any `seconds`; the caller says what time it is.

    Args:
        count: how many sends may fall into the window.
        seconds: length of the window.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self._sent: deque[datetime] = deque(maxlen=count)
        self._window = timedelta(seconds=seconds)

    def ready_at(self, now: datetime) -> datetime:
        """The earliest moment, `now` or later, at which one more send keeps the limit."""
        if len(self._sent) < (self._sent.maxlen or 0):
            return now
        return max(now, self._sent[0] + self._window)

    def take(self, now: datetime) -> None:
        """Count one send."""
        self._sent.append(now)


@runtime_checkable
class Limited(Protocol):
    """A channel whose platform bounds the pace; several channels may share one of the limits."""

    limits: Sequence[Limit]


class Result(StrEnum):
    """How one attempt to deliver a row went."""

    SENT = "sent"
    RETRY = "retry"
    UNKNOWN = "unknown"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt with what belongs to it.

    Attributes:
        result: how it went.
        detail: the platform's message id if sent, otherwise the reason in one line, without secrets.
        wait: seconds that the platform asked to wait, if it did.
    """

    result: Result
    detail: str
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """What one round of delivery did.

    Attributes:
        counts: attempts by result.
        again_at: when the first channel that its pace limit held back may go on; None if none was held back.
    """

    counts: Counter[Result] = field(default_factory=Counter)
    again_at: datetime | None = None

    def __add__(self, other: DeliverySummary) -> DeliverySummary:
        """Both rounds taken together."""
        moments = [moment for moment in (self.again_at, other.again_at) if moment]
        return DeliverySummary(self.counts + other.counts, min(moments, default=None))

    @property
    def sent(self) -> int:
        """How many messages were sent or edited."""
        return self.counts[Result.SENT]


class Deliverer:
    """Delivers what is due. Rounds may overlap: a channel that is still busy with one is left out of the next.

    Args:
        database: where the outbox is.
        channels: the channels that can be reached, by their row in the store.
        render: says what a delivery says at the moment at which it is sent.
        lock: held during every write, so that writes go one at a time; one of its own if not given.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[int, Channel],
        render: Callable[[Delivery, datetime], Message],
        lock: asyncio.Lock | None = None,
    ) -> None:
        self._database = database
        self._channels = channels
        self._render = render
        self._lock = lock or asyncio.Lock()
        self._turns: dict[int, asyncio.Lock] = {}
        self._unmarked: dict[int, tuple[Delivery, Outcome]] = {}
        self._unknowns: Counter[int] = Counter()

    async def deliver(self, now: datetime) -> DeliverySummary:
        """Send what is due at `now`, channels side by side.

        Channels never delay or stop each other. An error of the store itself is raised after all channels are done.
        """
        waiting = await asyncio.to_thread(self._waiting, now)
        reachable = [channel_id for channel_id in {*waiting, *self._unmarked} if channel_id in self._channels]
        rounds = await asyncio.gather(
            *(self._drain(channel_id, now) for channel_id in reachable), return_exceptions=True
        )
        total = DeliverySummary()
        for done in rounds:
            if isinstance(done, BaseException):
                raise done
            total += done
        return total

    async def _drain(self, channel_id: int, now: datetime) -> DeliverySummary:
        turn = self._turns.setdefault(channel_id, asyncio.Lock())
        summary = DeliverySummary()
        if turn.locked():
            return summary
        async with turn:
            try:
                await self._settle(channel_id, now)
                while step := await self._step(channel_id, now):
                    summary += step
                    if step.again_at or step.counts[Result.GONE]:
                        break
            except StoreBusyError as error:
                _logger.warning(
                    "channel %d: the store is busy, delivery goes on in the next round: %s", channel_id, error
                )
        return summary

    async def _step(self, channel_id: int, now: datetime) -> DeliverySummary | None:
        """Deliver the channel's next row. None if nothing is due; `again_at` is set if the pace forbids it yet."""
        channel = self._channels[channel_id]
        limits = channel.limits if isinstance(channel, Limited) else ()
        ready = max((limit.ready_at(now) for limit in limits), default=now)
        if ready > now:
            return DeliverySummary(again_at=ready)
        delivery = await self._write(lambda conn: outbox.claim(conn, channel_id, now))
        if delivery is None:
            return None
        for limit in limits:
            limit.take(now)
        outcome = self._bounded(delivery, await self._attempt(channel, delivery, now))
        self._unmarked[channel_id] = (delivery, outcome)
        await self._settle(channel_id, now)
        return DeliverySummary(Counter({outcome.result: 1}))

    async def _attempt(self, channel: Channel, delivery: Delivery, now: datetime) -> Outcome:
        try:
            message = self._render(delivery, now)
        except Exception as error:  # noqa: BLE001 - a row that cannot be rendered is set aside: the others go on
            return Outcome(Result.FAILED, f"it could not be rendered: {_place(error)}")
        try:
            return Outcome(Result.SENT, await _send(channel, delivery, message))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in one channel stays that channel's trouble
            return outcome_of(error)

    def _bounded(self, delivery: Delivery, outcome: Outcome) -> Outcome:
        """The outcome, or a failure where the message may have arrived too often already."""
        if outcome.result is not Result.UNKNOWN:
            self._unknowns.pop(delivery.id, None)
            return outcome
        self._unknowns[delivery.id] += 1
        if self._unknowns[delivery.id] <= len(REPEAT_WAITS):
            return replace(outcome, wait=REPEAT_WAITS[self._unknowns[delivery.id] - 1].total_seconds())
        del self._unknowns[delivery.id]
        return Outcome(Result.FAILED, f"given up after {len(REPEAT_WAITS)} repeats: {outcome.detail}")

    async def _settle(self, channel_id: int, now: datetime) -> None:
        """Mark the channel's last attempt. What the store had no time for is kept, and marked before the next claim."""
        unmarked = self._unmarked.get(channel_id)
        if unmarked is None:
            return
        await self._write(lambda conn: mark(conn, *unmarked, now))
        del self._unmarked[channel_id]

    def _waiting(self, now: datetime) -> tuple[int, ...]:
        with self._database.reading() as conn:
            return outbox.waiting_channels(conn, now)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        async with self._lock:
            return await asyncio.to_thread(self._transact, work)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._database.transaction() as conn:
            return work(conn)


def outcome_of(error: Exception) -> Outcome:
    """What an exception out of a channel says about the message. One that was not foreseen leaves it unknown."""
    match error:
        case NotSentError():
            return Outcome(Result.RETRY, str(error), error.retry_after)
        case ChannelGoneError():
            return Outcome(Result.GONE, str(error))
        case MessageRefusedError():
            return Outcome(Result.FAILED, str(error))
        case MaybeSentError():
            return Outcome(Result.UNKNOWN, str(error))
        case _:
            return Outcome(Result.UNKNOWN, f"unexpected {_place(error)}")


def retry_wait(attempts: int, asked: float | None) -> timedelta:
    """How long to wait after attempt number `attempts`: what the platform asked for, else twice as long each time."""
    if asked is not None:
        return timedelta(seconds=max(1.0, asked))
    # The exponent is bounded too: after weeks without a network the doubled time would not fit a timedelta.
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(max(attempts - 1, 0), 16)))


def mark(conn: Connection, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """Record the outcome of one attempt in the outbox, and what follows from it."""
    if outcome.result is not Result.SENT:
        _logger.warning(
            "channel %d: %s %r: %s: %s",
            delivery.channel_id,
            delivery.kind,
            delivery.key,
            outcome.result,
            outcome.detail,
        )
    match outcome.result:
        case Result.SENT:
            outbox.sent(conn, delivery.id, outcome.detail, now)
        case Result.RETRY:
            outbox.retry(conn, delivery.id, outcome.detail, now + retry_wait(delivery.attempts, outcome.wait))
        case Result.UNKNOWN:
            outbox.unknown(conn, delivery.id, outcome.detail, now, now + retry_wait(delivery.attempts, outcome.wait))
        case Result.FAILED:
            outbox.failed(conn, delivery.id, outcome.detail, now)
            # No notice about a notice; nor about an edit: the message that it edits is there, or was told of.
            if delivery.kind not in {"notice", "edit"}:
                headline = f"A message could not be delivered to {_title(conn, delivery)}"
                _tell_owner(conn, delivery, headline, outcome.detail, now)
        case Result.GONE:
            title = _title(conn, delivery)
            # Still owed, like all else of that channel: it goes out once the token or the chat is put right.
            outbox.retry(conn, delivery.id, outcome.detail, now)
            store_channels.disable(conn, delivery.channel_id, outcome.detail, now)
            _tell_owner(conn, delivery, f"{title} cannot be reached any more and was disabled", outcome.detail, now)


async def _send(channel: Channel, delivery: Delivery, message: Message) -> str:
    """Post or edit, and return the id of the message that now shows it."""
    if delivery.edits is not None:
        # An edit that comes twice shows nothing twice: there is nothing to mark.
        await channel.edit(delivery.edits, message)
        return delivery.edits
    if delivery.kind == "edit":
        raise MessageRefusedError("superseded: the message that it edits was never sent")
    return await channel.post(replace(message, possible_repeat=delivery.possible_repeat), delivery.reply_to)


def _tell_owner(conn: Connection, delivery: Delivery, headline: str, reason: str, now: datetime) -> None:
    """Queue a notice for the owner's channels, or log it where there is none."""
    owners = store_channels.by_role(conn, "owner")
    if not owners:
        _logger.error("%s, and no owner can be told: %s", headline, reason)
    payload = {"headline": headline, "lines": [reason, f"Message: {delivery.key}"]}
    # With the number of the attempt, so that a channel that was put right and is lost again is told of again.
    key = f"notice:{delivery.channel_id}:{delivery.key}:{delivery.attempts}"
    for owner in owners:
        outbox.queue(conn, owner.id, key=key, kind="notice", payload=payload, now=now)


def _title(conn: Connection, delivery: Delivery) -> str:
    titles = {row.id: f"{row.title} ({row.platform})" for row in store_channels.enabled(conn)}
    return titles.get(delivery.channel_id, f"number {delivery.channel_id}")


def _place(error: Exception) -> str:
    """The error's type and where it was raised. Not its text: that may quote an address with a token in it."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frames[-1].name}, line {frames[-1].lineno}" if frames else type(error).__name__
