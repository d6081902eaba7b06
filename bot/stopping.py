"""Being asked to stop: a start is cut short, what is under way ends in its own order, and nothing outlasts its time.

Whoever stops a container waits ten seconds. A start may wait longer for servers that accept and never answer, and so
may an end.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_logger: Final = logging.getLogger(__name__)

LAST_SECONDS: Final = 9.0
"""How long the end may take."""


class Stopping:
    """One request to stop, and what heeds it. Make it in a running loop.

    Args:
        end: ends the process at once. What it leaves undone is taken up again as after a kill: the store is whole, and
            a message that was on its way comes again, marked.
        limit: seconds from the request until that; counted apart from the loop, which may be what does not end.
    """

    def __init__(self, end: Callable[[], object], limit: float = LAST_SECONDS) -> None:
        self._end = end
        self._limit = limit
        self._asked = asyncio.Event()
        self._beginning: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Stop. Asked again, nothing more happens."""
        if self._asked.is_set():
            return
        self._asked.set()
        if self._beginning is not None:
            self._beginning.cancel()
        last = threading.Timer(self._limit, self._give_up)
        last.daemon = True
        last.start()

    def begun(self) -> None:
        """From now on what is under way waits for the request itself, and is not cut short."""
        self._beginning = None

    async def wait(self) -> None:
        """Wait until somebody asks."""
        await self._asked.wait()

    async def heeded_by(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work to its end; if asked before it has `begun`, cut it short, which is no error.

        Whatever the work itself raises is raised.
        """
        self._beginning = task = asyncio.create_task(work)
        await asyncio.wait({task})
        self._beginning = None
        if not (task.cancelled() and self._asked.is_set()):
            task.result()

    def _give_up(self) -> None:
        _logger.warning("not everything came to its end within %.0f seconds; the next start takes it up", self._limit)
        self._end()
