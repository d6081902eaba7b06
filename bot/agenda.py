"""The agenda: which channel is served next, within what the platforms take."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.limits import Limit, Limited, Rest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.channel import Channel
    from store.outbox import Waiting

PARALLEL: Final = 32
"""So many channels are served at a time: what their messages hold in memory is bounded, however many are owed."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A channel that is being served."""

    waiting: Waiting
    channel: Channel

    @property
    def id(self) -> int:
        """The channel's row."""
        return self.waiting.channel_id

    @property
    def limits(self) -> Sequence[Limit]:
        """What bounds its pace."""
        return self.channel.limits if isinstance(self.channel, Limited) else ()

    def end(self, now: datetime, *, tried: bool) -> None:
        """A message of this turn, which the limits have counted since its beginning, is dealt with."""
        for limit in self.limits:
            if tried:
                limit.end(now)
            else:
                limit.cancel()


class Agenda:
    """Decides whose turn it is: the most urgent message first, among equals the channel served longest ago.

    So at a platform's overall limit an alert overtakes every digest, and no channel starves.
    """

    def __init__(self) -> None:
        self._turns: list[Turn] = []
        self._busy: set[int] = set()
        self._rests: defaultdict[str, Rest] = defaultdict(Rest)
        self._served: dict[int, int] = {}
        self._numbers = itertools.count(1)
        self.again_at: datetime | None = None

    def fill(self, turns: Iterable[Turn]) -> None:
        """These are the channels with something to send now; what was planned before is forgotten."""
        self._turns = sorted(turns, key=lambda one: (-one.waiting.priority, self._served.get(one.id, 0)))

    def pick(self, now: datetime) -> Turn | None:
        """Begin the turn of the next channel that is free and may be sent to; None where there is none now.

        Then `again_at` is when the first that a limit holds back may be sent to, if there is one.
        """
        self.again_at = None
        if len(self._busy) >= PARALLEL:
            return None
        for place, turn in enumerate(self._turns):
            if turn.id in self._busy:
                continue
            ready = self._ready_at(turn, now)
            if ready <= now:
                del self._turns[place]
                self._busy.add(turn.id)
                self._served[turn.id] = next(self._numbers)
                self._begin(turn)
                return turn
            self.again_at = min(self.again_at or ready, ready)
        return None

    def go_on(self, turn: Turn, now: datetime) -> bool:
        """Begin another message of the same turn, if the channel may be sent to at once."""
        if self._ready_at(turn, now) > now:
            return False
        self._begin(turn)
        return True

    def asked_to_wait(self, turn: Turn, until: datetime, now: datetime) -> None:
        """The platform says at `now` that it wants nothing for this channel until then."""
        self._rests[turn.waiting.platform].asked(turn.id, until, now)

    def done(self, turn: Turn, *, more: bool) -> None:
        """The turn is over; `more`: only because of a limit, so that another is due."""
        self._busy.discard(turn.id)
        if more:
            self._turns.append(turn)

    def is_busy(self, channel_id: int) -> bool:
        """Whether the channel is being served."""
        return channel_id in self._busy

    def _ready_at(self, turn: Turn, now: datetime) -> datetime:
        rest = self._rests[turn.waiting.platform].ready_at(turn.id, now)
        return max((limit.ready_at(now) for limit in turn.limits), default=now) if rest <= now else rest

    @staticmethod
    def _begin(turn: Turn) -> None:
        for limit in turn.limits:
            limit.begin()
