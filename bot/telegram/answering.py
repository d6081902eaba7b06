"""Answering: shows replies in chats, and keeps to itself what goes wrong with it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import telegram
from telegram.constants import ChatAction, ParseMode
from telegram.error import TelegramError

from bot import plain
from bot.channel import ChannelGoneError, ChannelMovedError, MaybeSentError, MessageRefusedError, NotSentError
from bot.limits import in_pace
from bot.telegram.address import Address
from bot.telegram.errors import reason_of
from bot.telegram.rendering import render
from bot.telegram.sending import NO_PREVIEW

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from datetime import datetime

    from bot.conversation.model import Found, Reply
    from bot.message import Message
    from bot.telegram.sending import TelegramChannel, TelegramChats

_logger = logging.getLogger(__name__)

NOTE_LIMIT: Final = 200
"""Characters that Telegram shows to whoever pressed a button (answerCallbackQuery)."""

_LONGEST_WAIT: Final = 15.0
_TRIES: Final = 3
# How long Telegram may give the same offers to the same person without asking again.
_OFFERED_SECONDS: Final = 60


class Answering:
    """Shows what is answered.

    Nobody waits for an answer for long, and it can be asked for again: so what cannot be shown is logged, and tried
    again only where Telegram asks to wait for a moment.

    Args:
        chats: the bot's chats.
        clock: tells the time.
    """

    def __init__(self, chats: TelegramChats, clock: Callable[[], datetime]) -> None:
        self._chats = chats
        self._clock = clock

    async def post(self, address: Address, message: Message, reply_to: str | None = None) -> None:
        """Post a message in a chat or a topic."""
        with self._kept_to_itself(address):
            await self._patiently(address, lambda channel: channel.post(message, reply_to))

    async def replace(self, address: Address, message_id: str, message: Message) -> None:
        """Put a message in the place of another; post it where the other cannot be changed any more."""
        with self._kept_to_itself(address):
            try:
                await self._patiently(address, lambda channel: channel.edit(message_id, message))
            except MessageRefusedError:
                await self._patiently(address, lambda channel: channel.post(message, None))

    async def note(self, query: telegram.CallbackQuery, text: str | None = None, *, aloud: bool = False) -> None:
        """Answer the press of a button, with a short text for whoever pressed it; `aloud` has to be closed by them."""
        shown = plain.cut(plain.clean(text), NOTE_LIMIT) if text else None
        try:
            await query.answer(shown, show_alert=aloud and bool(shown))
        except TelegramError as error:
            _logger.info("a press could not be answered: %s", reason_of(error, self._chats.bot.token))

    async def busy(self, address: Address) -> None:
        """Show that an answer is being written."""
        try:
            await self._chats.bot.send_chat_action(address.chat, ChatAction.TYPING, message_thread_id=address.topic)
        except TelegramError as error:
            _logger.info("%s: %s", address, reason_of(error, self._chats.bot.token))

    async def offer(self, query: telegram.InlineQuery, found: Iterable[Found]) -> None:
        """Offer answers to somebody who is still typing."""
        try:
            await query.answer([_offered(one) for one in found], cache_time=_OFFERED_SECONDS, is_personal=True)
        except TelegramError as error:
            _logger.info("an inline query could not be answered: %s", reason_of(error, self._chats.bot.token))

    async def _patiently(self, address: Address, call: Callable[[TelegramChannel], Awaitable[object]]) -> None:
        for left in reversed(range(_TRIES)):
            try:
                channel = self._chats.channel(address)
                await in_pace(channel.limits, self._clock, partial(call, channel))
            except NotSentError as error:
                wait = error.retry_after or 1.0
                if not left or wait > _LONGEST_WAIT:
                    raise
                await asyncio.sleep(wait)
            except ChannelMovedError as moved:
                address = Address.parse(moved.address)
            else:
                return

    @contextmanager
    def _kept_to_itself(self, address: Address) -> Iterator[None]:
        try:
            yield
        except (NotSentError, ChannelGoneError, MaybeSentError, MessageRefusedError) as error:
            _logger.warning("%s: an answer could not be shown: %s", address, error)


def in_short(reply: Reply) -> str:
    """A reply as a note for one person: what it says, without its buttons."""
    if reply.note:
        return reply.note
    return "\n".join([reply.message.headline, *reply.message.texts]) if reply.message else ""


def _offered(one: Found) -> telegram.InlineQueryResultArticle:
    """An offer as Telegram shows it. Its message stands where the bot may not be: only buttons that are links work."""
    content = telegram.InputTextMessageContent(
        render(one.message),
        parse_mode=ParseMode.HTML,
        link_preview_options=NO_PREVIEW,
    )
    return telegram.InlineQueryResultArticle(
        id=one.id,
        title=plain.clean(one.title),
        description=plain.clean(one.description),
        input_message_content=content,
    )
