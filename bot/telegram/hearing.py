"""Hearing: python-telegram-bot's Application, and what becomes of each update.

    Telegram ──poll or webhook──▶ Inbox ──▶ Application ──▶ Hearing ──Request──▶ Desk ──Reply──▶ Answering ──▶ Telegram

An update is confirmed once it is handled, so a crash may make an answer come twice, but no update is lost.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self

from telegram.error import TelegramError
from telegram.ext import ApplicationBuilder

from bot.redaction import where
from bot.telegram import menus
from bot.telegram.answering import Answering
from bot.telegram.errors import reason_of
from bot.telegram.inbox import Inbox
from bot.telegram.listening import Listener
from bot.telegram.polling import Poller
from bot.telegram.rights import Rights, Trusted
from bot.telegram.trying import Patience, Trying
from bot.telegram.webhook import Hook, Webhook
from store.database import StoreError

if TYPE_CHECKING:
    from types import TracebackType

    from bot.desk import Desk
    from bot.telegram.sending import TelegramChats

_logger = logging.getLogger(__name__)


class Hearing:
    """Hears people at Telegram and answers them. Use it as an async context manager.

    Args:
        chats: the bot; it is opened and closed by whoever sends with it.
        desk: answers what is heard.
        trusted: whom the settings name.
        hook: where Telegram calls; None to ask it instead.
        patience: how long to wait for what.
    """

    def __init__(
        self,
        chats: TelegramChats,
        desk: Desk,
        trusted: Trusted | None = None,
        hook: Hook | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._desk = desk
        self._patience = patience or Patience()
        self._bot = chats.bot
        self.application = ApplicationBuilder().bot(chats.bot).updater(None).job_queue(None).build()
        rights = Rights(chats.bot, trusted or Trusted(), desk.clock)
        Listener(chats.bot, desk, rights, Answering(chats, desk.clock), self._patience).add_to(self.application)
        self._trying = Trying(chats.bot, self._patience, self._rivalled)
        self._inbox = Inbox(self.application.process_update)
        self._ear: Poller | Webhook = (
            Webhook(chats.bot, self._inbox, self._trying, hook)
            if hook
            else Poller(chats.bot, self._inbox, self._trying, self._patience)
        )
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to hear; a Telegram that is out of reach is no error."""
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hear no more; what is in work has a moment to be finished."""
        await self.stop()

    async def stop(self) -> None:
        """Hear no more; what is in work has a moment to be finished."""
        self._trying.stop()
        running, self._running = self._running, None
        if running is None:
            return
        await asyncio.wait([running], timeout=self._patience.finish)
        if running.cancel():
            _logger.warning("updates were still in work; they come again at the next start")
        await asyncio.wait([running])
        await self._inbox.drop()
        try:
            async with asyncio.timeout(self._patience.finish):
                await self._ear.confirm()
        except TimeoutError:
            _logger.warning("Telegram did not take the confirmation of the last updates; they may come again")

    async def _run(self) -> None:
        try:
            # The bot is closed by whoever opened it, so the application, which would do it, is never shut down.
            await self._trying.until_done(self.application.initialize)
            if not self._trying.stopped:
                await self._hear()
        except OSError as error:
            _logger.error("nothing is heard from Telegram: the webhook cannot listen: %s", error.strerror)  # noqa: TRY400
        except Exception as error:  # noqa: BLE001 - nobody waits for this, so nobody else would tell
            _logger.error("nothing is heard from Telegram any more: %s", where(error))  # noqa: TRY400

    async def _hear(self) -> None:
        menus_shown = asyncio.create_task(self._show_menus())
        try:
            await self._ear.run()
        finally:
            menus_shown.cancel()
            await asyncio.wait([menus_shown])

    async def _show_menus(self) -> None:
        try:
            await menus.show(self._bot, menus.face(self._desk.speeches), self._desk.mark, self._desk.keep)
        except (TelegramError, StoreError) as error:
            said = reason_of(error, self._bot.token) if isinstance(error, TelegramError) else str(error)
            _logger.warning("the menus could not be set, the next start tries again: %s", said)

    async def _rivalled(self) -> None:
        try:
            await self._desk.tell_owner(
                "Another program hears for this Telegram bot",
                ["Only one may ask Telegram with the same token. This one hears nothing until the other stops."],
            )
        except StoreError as error:
            _logger.warning("the owner could not be told: %s", error)
