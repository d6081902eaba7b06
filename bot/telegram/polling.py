"""Long polling: asks Telegram for updates, and confirms them only once they are handled."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from telegram.error import TelegramError

from bot.telegram.errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Bot, Update

    from bot.telegram.inbox import Inbox
    from bot.telegram.trying import Patience, Trying

_logger = logging.getLogger(__name__)

WANTED: Final = ("message", "channel_post", "callback_query", "inline_query", "my_chat_member")
"""The kinds of updates that are heard: an edited command is none of them, and is not followed again."""

_MOST: Final = 100


class Poller:
    """Asks again and again, until stopped.

    Telegram forgets an update once it is asked for a later one. So it is asked only when all it gave are handled: what
    a crash left undone comes again at the next start. (The library's own updater confirms what it has merely queued.)

    Args:
        bot: the bot.
        inbox: handles the updates.
        trying: tries until Telegram answers.
        patience: how long Telegram may hold an answer back.
    """

    def __init__(self, bot: Bot, inbox: Inbox, trying: Trying, patience: Patience) -> None:
        self._bot = bot
        self._inbox = inbox
        self._trying = trying
        self._patience = patience
        self._offset: int | None = None
        self._most = _MOST

    async def run(self) -> None:
        """Ask and handle until `trying` is stopped; what was taken is handled before this returns."""
        await self._trying.until_done(self._bot.delete_webhook)
        while not self._trying.stopped:
            updates = await self._trying.until_done(self._ask)
            if updates:
                await self._inbox.take(updates)
                self._offset = updates[-1].update_id + 1

    async def confirm(self) -> None:
        """Tell Telegram what was handled last: without this the last updates would come again at the next start."""
        if self._offset is not None:
            try:
                await self._bot.get_updates(self._offset, limit=1, timeout=0, allowed_updates=WANTED)
            except TelegramError as error:
                _logger.warning("the last updates could not be confirmed: %s", reason_of(error, self._bot.token))

    async def _ask(self) -> Sequence[Update]:
        try:
            updates = await self._bot.get_updates(
                self._offset, limit=self._most, timeout=self._patience.poll, allowed_updates=WANTED
            )
        except TelegramError:
            raise
        except Exception:
            # The library cannot read one of them. Asked one by one, only that one is left out.
            if self._most == 1 and self._offset is not None:
                _logger.error("update %d cannot be read and is left out", self._offset)  # noqa: TRY400 - it is quoted
                self._offset += 1
            self._most = 1
            raise
        self._most = _MOST
        return updates
