"""A clock that runs many times as fast as the machine's, for several processes, and event loops that keep to it.

Whoever reads the time sees the simulated one; whatever an event loop of this module waits for takes as many simulated
seconds as it asked for. So all waits, limits, windows and time-outs keep the proportions that they have in earnest,
with one exception: what computers work takes the time that it takes, and so seems slow.
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

_ANCHOR: Final = struct.Struct("ddd")
_NAP: Final = 0.02
"""Seconds of the machine after which a loop looks whether a clock that stands still goes on."""


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

    @property
    def rate(self) -> float:
        """How many simulated seconds pass in one of the machine's; 0 while the clock stands still."""
        return float(_ANCHOR.unpack_from(self._memory)[2])

    def seconds(self) -> float:
        """Simulated seconds since the beginning."""
        then, at, rate = _ANCHOR.unpack_from(self._memory)
        return float(then + rate * (time.monotonic() - at))

    def now(self) -> datetime:
        """The simulated time."""
        return START + timedelta(seconds=self.seconds())

    def timestamp(self) -> float:
        """The simulated time in seconds since 1970."""
        return START.timestamp() + self.seconds()

    def go(self, rate: float) -> None:
        """From now on run so fast; 0 stands still."""
        _ANCHOR.pack_into(self._memory, 0, self.seconds(), time.monotonic(), rate)


class _Selector(selectors.DefaultSelector):
    """Waits for as many simulated seconds as it is asked to."""

    def __init__(self, clock: FastClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        rate = self._clock.rate
        if timeout is not None and timeout > 0:
            timeout = timeout / rate if rate else min(timeout, _NAP)
        return super().select(timeout)


class FastLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds are those of a clock."""

    def __init__(self, clock: FastClock) -> None:
        super().__init__(_Selector(clock))
        self._clock = clock

    def time(self) -> float:
        """Seconds of the clock."""
        return self._clock.seconds()


def loops(clock: FastClock) -> Callable[[], FastLoop]:
    """What makes event loops that keep to a clock."""
    return lambda: FastLoop(clock)
