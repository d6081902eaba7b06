"""What comes of an attempt to deliver a message: how it went, what is recorded of it, and when it is tried again."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.channel import (
    ChannelGoneError,
    ChannelMovedError,
    MaybeSentError,
    MessageGoneError,
    MessageRefusedError,
    NotSentError,
)
from bot.redaction import where
from bot.troubles import tell_lost, tell_of_lost_place, tell_refused
from store import channels as store_channels
from store import moves, outbox

if TYPE_CHECKING:
    from store.database import Connection
    from store.outbox import Delivery

_logger = logging.getLogger(__name__)

FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(hours=1)
# How long to wait before a message that may have arrived is sent once more, marked as a possible repeat. Each repeat
# can be one too many, so their number is bounded, and what follows in the channel waits meanwhile; the waits grow to
# outlast an outage of some hours, in which a platform answers every request with an error of its own.
REPEAT_WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 60, 120))


class Result(StrEnum):
    """How one attempt to deliver a row went."""

    SENT = "sent"
    RETRY = "retry"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CLOSED = "closed"
    GONE = "gone"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt with what belongs to it.

    Attributes:
        result: how it went.
        detail: the platform's message id if sent, the new address if moved, otherwise the reason in one line, without
            secrets.
        wait: seconds that the platform asked to wait, if it did.
        shown: fingerprint of what the message shows now, if sent.
        lost: if moved, whether the place in the chat is no more.
    """

    result: Result
    detail: str
    wait: float | None = None
    shown: str | None = None
    lost: bool = False


_RESULTS: Final = (
    (NotSentError, Result.RETRY),
    (ChannelGoneError, Result.GONE),
    (MessageGoneError, Result.CLOSED),
    (MessageRefusedError, Result.FAILED),
    (MaybeSentError, Result.UNKNOWN),
)


def outcome_of(error: Exception) -> Outcome:
    """What an exception out of a channel says about the message. One that was not foreseen leaves it unknown."""
    if isinstance(error, ChannelMovedError):
        return Outcome(Result.MOVED, error.address, lost=error.lost)
    for kind, result in _RESULTS:
        if isinstance(error, kind):
            return Outcome(result, str(error), error.retry_after if isinstance(error, NotSentError) else None)
    return Outcome(Result.UNKNOWN, f"unexpected {where(error)}")


def retry_wait(attempts: int, asked: float | None) -> timedelta:
    """How long to wait after attempt number `attempts`: what the platform asked for, else twice as long each time."""
    if asked is not None:
        return timedelta(seconds=max(1.0, asked))
    # The exponent is bounded too: after weeks without a network the doubled time would not fit a timedelta.
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(max(attempts - 1, 0), 16)))


def bounded(delivery: Delivery, outcome: Outcome) -> Outcome:
    """The outcome, or a failure where the message may have arrived too often already; an edit may come any number."""
    if outcome.result is not Result.UNKNOWN or delivery.is_edit:
        return outcome
    if delivery.repeats < len(REPEAT_WAITS):
        return replace(outcome, wait=REPEAT_WAITS[delivery.repeats].total_seconds())
    return Outcome(Result.FAILED, f"given up after {len(REPEAT_WAITS)} repeats: {outcome.detail}")


def mark(conn: Connection, delivery: Delivery, outcome: Outcome, now: datetime, by: str) -> None:
    """Record the outcome of one attempt in the outbox, and what follows from it."""
    again_at = now + retry_wait(delivery.attempts, outcome.wait)
    match outcome.result:
        case Result.SENT:
            outbox.sent(conn, delivery.id, outcome.detail, now, by=by, shown=outcome.shown)
        case Result.RETRY:
            outbox.retry(conn, delivery.id, outcome.detail, again_at, by=by)
        case Result.UNKNOWN:
            outbox.unknown(conn, delivery.id, outcome.detail, now, again_at, by=by)
        case Result.CLOSED:
            outbox.failed(conn, delivery.id, outcome.detail, now, by=by, for_good=delivery.is_edit)
        case Result.FAILED:
            outbox.failed(conn, delivery.id, outcome.detail, now, by=by)
            # No notice about a notice; nor about an edit: the message is there, if not quite up to date; nor about a
            # group: its members go out alone now.
            if delivery.kind not in {"notice", "group"} and not delivery.is_edit:
                tell_refused(conn, delivery, outcome.detail, now)
        case Result.GONE:
            # Still owed, like all else of that channel: it goes out once the token or the chat is put right.
            outbox.retry(conn, delivery.id, outcome.detail, now, by=by)
            store_channels.disable(conn, delivery.channel_id, outcome.detail, now)
            tell_lost(conn, delivery, outcome.detail, now)
        case Result.MOVED:
            outbox.retry(conn, delivery.id, f"moved to {outcome.detail}", now, by=by)
            _move(conn, delivery, outcome, now)


def tell(delivery: Delivery, outcome: Outcome) -> None:
    """One line for an attempt: a warning unless it arrived."""
    sent = outcome.result is Result.SENT
    facts = {
        "event": "delivery",
        "channel": delivery.channel_id,
        "platform": delivery.platform,
        "kind": delivery.kind,
        "key": delivery.key,
        "outcome": outcome.result.value,
        "attempt": delivery.attempts,
        "possible_repeat": delivery.possible_repeat,
        "message_id" if sent else "detail": outcome.detail,
    }
    said = (delivery.channel_id, delivery.kind, delivery.key, outcome.result, "" if sent else f": {outcome.detail}")
    level = logging.INFO if sent else logging.WARNING
    _logger.log(level, "channel %d: %s %r: %s%s", *said, extra={"facts": facts})


def _move(conn: Connection, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    target = moves.move(conn, delivery.channel_id, outcome.detail, now)
    if outcome.lost:
        tell_of_lost_place(conn, target, delivery.address, now)
