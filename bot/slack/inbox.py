"""What Slack tells, on its way to be answered: acknowledged at once, done after, each of it once."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from bot.redaction import where

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_logger = logging.getLogger(__name__)

PARALLEL: Final = 8
"""How much is in work at a time."""

WAITING: Final = 500
"""How much may wait for its turn; what comes beyond that is dropped, as nobody would wait for it."""

HANDLE_SECONDS: Final = 60.0
"""How long one thing may take. What is still not done then is given up, so that the others go on."""

_REMEMBERED: Final = 5_000


class Inbox:
    """Does what is to be done after an acknowledgement, in order for each person.

    Args:
        parallel: how much is done at a time.
    """

    def __init__(self, parallel: int = PARALLEL) -> None:
        self._room = asyncio.Semaphore(parallel)
        self._working: set[asyncio.Task[None]] = set()
        self._latest: dict[str, asyncio.Task[None]] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()

    def first(self, name: str | None) -> bool:
        """Whether something of that name is told for the first time; what has none always is."""
        if name is None:
            return True
        fresh = name not in self._seen
        self._seen[name] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return fresh

    def take(self, person: str, work: Callable[[], Coroutine[object, object, None]]) -> bool:
        """Do something after what the same person asked for before; returns whether there is room for it."""
        if len(self._working) >= WAITING:
            _logger.error("more is asked at Slack than can be answered: something was dropped")
            return False
        task = asyncio.create_task(self._after(self._latest.get(person), work))
        self._working.add(task)
        self._latest[person] = task

        def forget(done: asyncio.Task[None]) -> None:
            self._working.discard(done)
            if self._latest.get(person) is done:
                del self._latest[person]

        task.add_done_callback(forget)
        return True

    async def finish(self, seconds: float) -> None:
        """Let what is in work be done, for so long; what is not done then is given up."""
        if not self._working:
            return
        _, late = await asyncio.wait(self._working, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            _logger.warning("%d questions from Slack were still in work, and are given up", len(late))
            await asyncio.wait(late)

    async def _after(
        self, before: asyncio.Task[None] | None, work: Callable[[], Coroutine[object, object, None]]
    ) -> None:
        if before:
            await asyncio.wait([before])
        try:
            async with self._room, asyncio.timeout(HANDLE_SECONDS):
                await work()
        except TimeoutError:
            _logger.error("a question from Slack was given up after %d seconds", HANDLE_SECONDS)  # noqa: TRY400 - all is said
        except Exception as error:  # noqa: BLE001 - nobody waits for this, so nobody else would tell
            _logger.error("a question from Slack could not be answered: %s", where(error))  # noqa: TRY400 - it may quote
