"""Telegram put together. Imported only where there is a token: its library takes a quarter of a second and 20 MB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.telegram.hearing import Hearing
from bot.telegram.rights import trusted
from bot.telegram.sending import TelegramChats
from bot.telegram.webhook import Hook

if TYPE_CHECKING:
    from bot.desk import Desk
    from config.settings import Settings


def chats(chosen: Settings, token: str) -> TelegramChats:
    """The bot."""
    return TelegramChats(token, base_url=chosen.telegram.base_url)


def hearing(chosen: Settings, bot: TelegramChats, desk: Desk) -> Hearing:
    """What hears people."""
    mine = chosen.telegram
    people = trusted(mine.owners, mine.curators, mine.allowed_chats, [chat.id for chat in mine.chats])
    hook = None
    if mine.webhook_url and mine.webhook_secret:
        hook = Hook(mine.webhook_url, mine.webhook_listen, mine.webhook_secret.get_secret_value())
    return Hearing(bot, desk, people, hook)
