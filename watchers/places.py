"""Places for tasks that would else all work at a time: a number of them, or one for each name.

asyncio's semaphore looks through everybody who waits whenever somebody leaves, which among hundreds of hosts costs as
much as the request itself; here whoever leaves hands the place to the first in the queue.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Places:
    """Used with `async with`: waits for a place, keeps it, gives it to whoever has waited longest.

    Args:
        number: how many there are.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._free = number
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def taken(self) -> int:
        """How many somebody has."""
        return self._number - self._free

    async def __aenter__(self) -> None:
        """Take a place."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # It may have come to pass just before; a place that nobody leaves would be lost for good.
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it."""
        self._leave()

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Turns:
    """One place for each name: `async with turns.of(name)`.

    Args:
        most: names are remembered, beyond those whose place somebody has.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._places: dict[str, Places] = {}

    def __len__(self) -> int:
        """How many names are remembered."""
        return len(self._places)

    def of(self, name: str) -> Places:
        """The place of a name, to be taken at once."""
        place = self._places.get(name)
        if place is None:
            if len(self._places) >= self._most:
                self._places = {one: its for one, its in self._places.items() if its.taken}
            place = self._places[name] = Places(1)
        return place
