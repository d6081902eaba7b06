"""Trying until it works: Telegram may be out of reach for hours, and the program hears again when it is back."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from telegram.error import Conflict, RetryAfter, TelegramError, TimedOut

from bot.telegram.errors import reason_of, seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from telegram import Bot

_logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what.

    Attributes:
        poll: how long Telegram may hold an answer back while there is nothing new.
        first: seconds before the first try after a failure; each further failure in a row doubles them.
        longest: seconds between two tries at the most.
        press: seconds after which the one who pressed a button is told that it was noticed.
        finish: seconds that updates in work have at the end.
    """

    poll: timedelta = timedelta(seconds=50)
    first: float = 1.0
    longest: float = 30.0
    press: float = 1.0
    finish: float = 5.0

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row."""
        return float(min(self.longest, self.first * 2 ** min(failures - 1, 16)))


class Trying:
    """Tries again and again, until it is stopped.

    Args:
        bot: whose calls are tried; its token is kept out of what is logged.
        patience: how long to wait between two tries.
        rivalled: called when somebody else asks Telegram with the same token; not again before that was over.
    """

    def __init__(self, bot: Bot, patience: Patience, rivalled: Callable[[], Awaitable[None]]) -> None:
        self.stopped = False
        self._bot = bot
        self._patience = patience
        self._tell = rivalled
        self._rivalled = False
        self._failures = 0
        self._waiting: asyncio.Future[Any] | None = None

    def stop(self) -> None:
        """Give up what is waited for, and try nothing more."""
        self.stopped = True
        if self._waiting:
            self._waiting.cancel()

    async def wait(self) -> None:
        """Wait until stopped."""
        if not self.stopped:
            await self._unless_stopped(asyncio.Event().wait())

    async def until_done(self, call: Callable[[], Coroutine[object, object, T]]) -> T | None:
        """What the call gives once it works; None if stopped before."""
        while not self.stopped:
            try:
                given = await self._unless_stopped(call())
            except Exception as error:  # noqa: BLE001 - whatever goes wrong, hearing goes on
                await self._unless_stopped(asyncio.sleep(await self._pause(error)))
            else:
                if not self.stopped:
                    self._well()
                return given
        return None

    async def _unless_stopped(self, work: Coroutine[object, object, T]) -> T | None:
        self._waiting = task = asyncio.ensure_future(work)
        try:
            return await task
        except asyncio.CancelledError:
            if not self.stopped:
                raise
            return None
        finally:
            self._waiting = None

    async def _pause(self, error: Exception) -> float:
        """What to do about a failure: the seconds until the next try. Only the first failure in a row is logged."""
        self._failures += 1
        if isinstance(error, Conflict):
            await self._conflict(error)
        elif self._failures == 1 and not isinstance(error, TimedOut):
            said = reason_of(error, self._bot.token) if isinstance(error, TelegramError) else type(error).__name__
            _logger.warning("nothing is heard from Telegram: %s", said)
        return seconds(error.retry_after) if isinstance(error, RetryAfter) else self._patience.wait(self._failures)

    async def _conflict(self, error: Conflict) -> None:
        if not self._rivalled:
            self._rivalled = True
            _logger.error("another program hears for this bot: %s", reason_of(error, self._bot.token))
            await self._tell()

    def _well(self) -> None:
        if self._failures:
            _logger.info("Telegram is heard again")
        self._failures = 0
        self._rivalled = False
