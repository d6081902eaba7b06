"""Who may talk to the bot, and who may change what a chat hears."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from bot.conversation.model import Person
from bot.telegram.address import Address
from bot.telegram.errors import reason_of
from bot.telegram.incoming import language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from telegram import Bot, Chat, Message, User

_logger = logging.getLogger(__name__)

REMEMBERED: Final = timedelta(minutes=1)
"""For how long it is remembered whether somebody is an administrator."""

_MOST: Final = 10_000
_ADMINISTRATORS: Final = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Trusted:
    """The people and chats that the settings name, by their numbers.

    Attributes:
        owners: may do everything, everywhere.
        curators: may correct what the bot told.
        chats: may talk to the bot; empty: all may.
    """

    owners: frozenset[int] = frozenset()
    curators: frozenset[int] = frozenset()
    chats: frozenset[int] = frozenset()


def trusted(owners: Iterable[int], curators: Iterable[int], allowed: Iterable[int], listed: Iterable[str]) -> Trusted:
    """Whom the settings name; where they bound who may talk, the chats that they list to be told may talk as well.

    Args:
        owners: numbers of users.
        curators: numbers of users.
        allowed: numbers of the chats that may talk; none: all may.
        listed: addresses of the chats that are told.
    """
    numbers = {address.chat for address in map(Address.parse, listed) if isinstance(address.chat, int)}
    bounds = frozenset(allowed)
    return Trusted(frozenset(owners), frozenset(curators), bounds | numbers if bounds else bounds)


class Rights:
    """Decides who may do what, and asks Telegram who is an administrator.

    Args:
        bot: asks.
        trusted: whom the settings name.
        clock: tells the time.
    """

    def __init__(self, bot: Bot, trusted: Trusted, clock: Callable[[], datetime]) -> None:
        self._bot = bot
        self._trusted = trusted
        self._clock = clock
        self._known: dict[tuple[int, int], tuple[bool, datetime]] = {}

    def welcome(self, chat: int, user: int) -> bool:
        """Whether the bot talks in that chat, to that user."""
        everybody = not self._trusted.chats
        return everybody or chat in self._trusted.chats or user in self._trusted.owners

    async def author(self, message: Message) -> Person:
        """Who wrote a message. Those who write as a chat itself are its administrators: nobody else can."""
        as_chat = message.sender_chat
        if as_chat and as_chat.id == message.chat.id:
            name = message.author_signature or as_chat.title or str(as_chat.id)
            return Person(str(as_chat.id), name, None, may_set=True)
        if message.from_user is None:
            return Person(str(message.chat.id), message.chat.title or "", None, may_set=False)
        return await self.person(message.from_user, message.chat)

    async def person(self, user: User, chat: Chat | None) -> Person:
        """A user in a chat; without one, in their private chat."""
        owner = user.id in self._trusted.owners
        return Person(
            id=str(user.id),
            name=user.full_name,
            lang=language(user),
            may_set=owner or await self._may_set(user, chat),
            owner=owner,
            curator=owner or user.id in self._trusted.curators,
        )

    async def _may_set(self, user: User, chat: Chat | None) -> bool:
        if chat is None or chat.type == ChatType.PRIVATE:
            return True
        now = self._clock()
        may, until = self._known.pop((chat.id, user.id), (False, now))
        if until <= now:
            may, until = await self._asked(chat.id, user.id), now + REMEMBERED
        # Put back at the end: those who spoke longest ago stand first, and are the first to be forgotten.
        self._known[chat.id, user.id] = (may, until)
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return may

    async def _asked(self, chat: int, user: int) -> bool:
        try:
            member = await self._bot.get_chat_member(chat, user)
        except TelegramError as error:
            _logger.warning("chat %d: who may change its settings is not known: %s", chat, self._said(error))
            return False
        return member.status in _ADMINISTRATORS

    def _said(self, error: TelegramError) -> str:
        return reason_of(error, self._bot.token)
