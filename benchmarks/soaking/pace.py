"""A clock that is moved on by hand, for several processes at once, and event loops that keep to it.

Somebody grants time, bit by bit, as soon as nobody has work to do; so whoever works takes hardly any, however slow the
machine is. Whoever reads the time sees the simulated one, and whatever an event loop of this module waits for takes as
many simulated seconds as it asked for: waits, limits, windows and time-outs keep the proportions of the real ones.
"""

from __future__ import annotations

import asyncio
import mmap
import selectors
import struct
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START: Final = datetime(2026, 3, 2, tzinfo=UTC)
"""When the simulation begins."""

SPEED: Final = 2_000.0
"""Simulated seconds in one of the machine's, while there is time that was granted."""

_ANCHOR: Final = struct.Struct("ddd")
_NAP: Final = 0.004
"""Seconds of the machine after which a loop that waits looks at the clock again, which may stand still."""


class FastClock:
    """Simulated time, shared through a file.

    Args:
        file: where it is kept; the one who begins makes it with `begin`.
    """

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as handle:
            self._memory = mmap.mmap(handle.fileno(), _ANCHOR.size)

    @classmethod
    def begin(cls, file: Path) -> FastClock:
        """A clock at the beginning of the simulation, which stands still."""
        file.write_bytes(_ANCHOR.pack(0.0, time.monotonic(), 0.0))
        return cls(file)

    def seconds(self) -> float:
        """Simulated seconds since the beginning."""
        then, at, until = _ANCHOR.unpack_from(self._memory)
        return float(min(then + SPEED * (time.monotonic() - at), until))

    def grant(self, seconds: float) -> None:
        """Let so much time pass from now on, and then stand still; what is left of the last grant is void."""
        now = self.seconds()
        _ANCHOR.pack_into(self._memory, 0, now, time.monotonic(), now + seconds)

    def now(self) -> datetime:
        """The simulated time."""
        return START + timedelta(seconds=self.seconds())

    def timestamp(self) -> float:
        """The simulated time in seconds since 1970."""
        return START.timestamp() + self.seconds()


class _Selector(selectors.DefaultSelector):
    """Waits for as many simulated seconds as it is asked to, or ends a little early."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            timeout = max(timeout / SPEED, _NAP)
        return super().select(timeout)


class FastLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds are those of a clock."""

    def __init__(self, clock: FastClock) -> None:
        super().__init__(_Selector())
        self._clock = clock

    def time(self) -> float:
        """Seconds of the clock."""
        return self._clock.seconds()


def loops(clock: FastClock) -> Callable[[], FastLoop]:
    """What makes event loops that keep to a clock."""
    return lambda: FastLoop(clock)
