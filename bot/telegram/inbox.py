"""Updates on their way to the application: side by side, in order within a chat, each of them once."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from telegram import Update

_logger = logging.getLogger(__name__)

PARALLEL: Final = 8
"""How many updates are in work at a time."""

HANDLE_SECONDS: Final = 60.0
"""How long one may take. What is still not done then is given up, so that the others go on."""

_REMEMBERED: Final = 2_000


class Inbox:
    """Hands updates to the application and waits until they are handled.

    Telegram sends an update again while it is not confirmed, or if our answer to a webhook's call got lost: one that is
    in work or done is not handled twice.

    Args:
        handle: handles one update; it never raises.
        parallel: how many are handled at a time.
    """

    def __init__(self, handle: Callable[[Update], Awaitable[None]], parallel: int = PARALLEL) -> None:
        self._handle = handle
        self._room = asyncio.Semaphore(parallel)
        self._latest: dict[int, asyncio.Task[None]] = {}
        self._seen: OrderedDict[int, asyncio.Task[None]] = OrderedDict()

    async def take(self, updates: Iterable[Update]) -> None:
        """Handle these updates; when this returns, all of them are."""
        tasks = [self._task(update) for update in updates]
        if tasks:
            # Not gathered: whoever stops waiting does not stop the work.
            await asyncio.wait(tasks)

    async def drop(self) -> None:
        """Give up what is in work."""
        working = [task for task in self._seen.values() if not task.done()]
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)

    def _task(self, update: Update) -> asyncio.Task[None]:
        number = update.update_id
        if number not in self._seen:
            self._seen[number] = self._queue(update)
            while len(self._seen) > _REMEMBERED and next(iter(self._seen.values())).done():
                self._seen.popitem(last=False)
        return self._seen[number]

    def _queue(self, update: Update) -> asyncio.Task[None]:
        """Handle it after the one before it of the same chat."""
        chat = update.effective_chat or update.effective_user
        key = chat.id if chat else 0
        task = asyncio.create_task(self._after(self._latest.get(key), update))
        self._latest[key] = task

        def forget(done: asyncio.Task[None]) -> None:
            if self._latest.get(key) is done:
                del self._latest[key]

        task.add_done_callback(forget)
        return task

    async def _after(self, before: asyncio.Task[None] | None, update: Update) -> None:
        if before:
            await asyncio.wait([before])
        try:
            async with self._room, asyncio.timeout(HANDLE_SECONDS):
                await self._handle(update)
        except TimeoutError:
            _logger.error("an update was given up after %d seconds", HANDLE_SECONDS)  # noqa: TRY400 - it tells all
