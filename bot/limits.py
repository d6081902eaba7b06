"""Limits: how much a platform takes, kept before it complains, and how long it asks to be left alone."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

T = TypeVar("T")


class Limit:
    """At most `count` sends in any `seconds`, as the platform counts them; the caller says what time it is.

    A send counts from its beginning until `seconds` after its end: the platform may count it at any moment in between.

    Args:
        count: how many sends may fall into the window.
        seconds: length of the window.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._window = timedelta(seconds=seconds)
        self._under_way = 0
        self._ended: deque[datetime] = deque()

    def ready_at(self, now: datetime) -> datetime:
        """The earliest moment, `now` or later, at which one more send may keep the limit."""
        while self._ended and self._ended[0] + self._window <= now:
            self._ended.popleft()
        surplus = self._under_way + len(self._ended) - self._count
        if surplus < 0:
            return now
        if surplus < len(self._ended):
            return self._ended[surplus] + self._window
        return now + self._window

    def begin(self) -> None:
        """A send begins."""
        self._under_way += 1

    def end(self, now: datetime) -> None:
        """A send that began has ended, however it went."""
        self._under_way -= 1
        self.take(now)

    def cancel(self) -> None:
        """There was nothing to send after all."""
        self._under_way -= 1

    def take(self, now: datetime) -> None:
        """Count one send that began and ended at a moment."""
        self._ended.append(now)


@runtime_checkable
class Limited(Protocol):
    """A channel whose platform bounds the pace; several channels may share one of the limits."""

    limits: Sequence[Limit]


async def in_pace(limits: Sequence[Limit], clock: Callable[[], datetime], send: Callable[[], Awaitable[T]]) -> T:
    """Send once the limits allow it, and count it."""
    # Looked at again after every wait: others wait for the same moment.
    while (wait := _wait(limits, clock())) > timedelta():  # noqa: ASYNC110 - it is known how long to wait
        await asyncio.sleep(wait.total_seconds())
    for limit in limits:
        limit.begin()
    try:
        return await send()
    finally:
        for limit in limits:
            limit.end(clock())


def _wait(limits: Sequence[Limit], now: datetime) -> timedelta:
    return max((limit.ready_at(now) for limit in limits), default=now) - now


class Rest:
    """What a platform asked for in "too many requests": its chat rests, and the whole platform where a second one does.

    The answer does not tell whether a chat or the bot sent too much. One chat alone is that chat's own trouble; when
    another is told the same before the first may go on, it is the bot's.
    """

    def __init__(self) -> None:
        self._until: dict[int, datetime] = {}
        self._everyone_until: datetime | None = None

    def asked(self, channel_id: int, until: datetime, now: datetime) -> None:
        """The platform says at `now` that it wants nothing for this channel until then."""
        resting = {one: moment for one, moment in self._until.items() if moment > now}
        self._until = resting | {channel_id: max(until, resting.get(channel_id, until))}
        if len(self._until) > 1:
            self._everyone_until = max(self._until.values())

    def ready_at(self, channel_id: int, now: datetime) -> datetime:
        """The earliest moment, `now` or later, at which the channel may be sent to."""
        return max(now, self._until.get(channel_id, now), self._everyone_until or now)
