"""What one of several programs does for all: it is begun when this one leads, and ended when it does so no more.

    follows ──the lock is free──▶ waits a little ──still holds it──▶ leads ──asked to stop · the lock is lost──▶ follows

A leader whose connection to the database ends, or that gets no answer from it, ends what it leads at once; the one that
takes over waits for as long as that may take. So two never lead at a time.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, Self

from bot.redaction import where
from store.database import StoreError
from store.leadership import Leadership
from watchers.errors import ListeningError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from store.database import Database

_logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""From one look at who leads to the next."""

ANSWER_SECONDS: Final = 8.0
"""How long a leader waits for the database: less than the server takes to give its lock away."""

RETRY_SECONDS: Final = 30.0
"""How long a program that could not begin to lead leaves it to others."""


class Leading:
    """Takes part in choosing who leads while it is open: an async context manager.

    Args:
        database: where the programs meet; with SQLite there is only one, which leads.
        led: begins what only a leader does; what it puts on the stack ends with the leading.
        look: seconds from one look at who leads to the next.
    """

    def __init__(
        self, database: Database, led: Callable[[AsyncExitStack], Awaitable[None]], *, look: float = LOOK_SECONDS
    ) -> None:
        self._leadership = Leadership(database)
        self._shared = database.is_shared
        self._led = led
        self._look = look
        self._stack: AsyncExitStack | None = None
        self._watching: asyncio.Task[None] | None = None

    def leads(self) -> bool:
        """Whether this program leads now."""
        return self._stack is not None

    async def __aenter__(self) -> Self:
        """Lead, if nobody else does; whatever goes wrong in beginning to is raised."""
        if await self._holds():
            try:
                await self._begin()
            except BaseException:
                self._leadership.let_go()
                raise
        elif self._shared:
            _logger.info("another program leads, this one follows")
        if self._shared:
            self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lead no more, and let another do so."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._end()
        await asyncio.to_thread(self._leadership.let_go)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._look)
            holds = await self._holds()
            if holds and not self.leads():
                await self._take_over()
            elif self.leads() and not holds:
                await self._lose("its lock is lost")

    async def _holds(self) -> bool:
        """Whether this program is the one that may lead."""
        asked = asyncio.create_task(asyncio.to_thread(self._leadership.hold))
        asked.add_done_callback(_heard)
        await asyncio.wait({asked}, timeout=ANSWER_SECONDS)
        if not asked.done():
            await self._lose("the database does not answer")
        try:
            return await asked
        except StoreError as error:
            await self._lose(str(error))
            return False

    async def _take_over(self) -> None:
        """Lead, once the one before has surely noticed that it does so no more."""
        await asyncio.sleep(2 * self._look)
        if not await self._holds():
            return
        try:
            await self._begin()
        except Exception as error:  # noqa: BLE001 - another program may be able to, and this one in a while
            said = str(error) if isinstance(error, StoreError | ListeningError) else where(error)
            _logger.error("this program cannot lead, another may: %s", said)  # noqa: TRY400 - it may quote a token
            await asyncio.to_thread(self._leadership.let_go)
            await asyncio.sleep(RETRY_SECONDS)

    async def _begin(self) -> None:
        async with AsyncExitStack() as stack:
            await self._led(stack)
            self._stack = stack.pop_all()
        if self._shared:
            _logger.info("this program leads")

    async def _lose(self, reason: str) -> None:
        if self.leads():
            _logger.warning("this program leads no more: %s", reason)
            await self._end()

    async def _end(self) -> None:
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()


def _heard(asked: asyncio.Task[bool]) -> None:
    """Whoever asked may be gone: an error that nobody hears is none."""
    if not asked.cancelled():
        asked.exception()
