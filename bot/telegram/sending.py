"""Sending to Telegram: one bot, and its chats as channels."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeVar

import telegram
from telegram.constants import ParseMode
from telegram.error import ChatMigrated, InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.channel import (
    ChannelGoneError,
    ChannelMovedError,
    MaybeSentError,
    MessageRefusedError,
    NotSentError,
)
from bot.limits import Limit
from bot.telegram.address import Address
from bot.telegram.errors import bad_link, topic_lost, trouble_of, unchanged, without_text
from bot.telegram.rendering import caption, keyboard, render, render_parts
from bot.telegram.secrecy import SecretiveBot, keep_out_of_logs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType

    from bot.message import Button, Message, Picture

_logger = logging.getLogger(__name__)

T = TypeVar("T")

API: Final = "https://api.telegram.org/bot"
NO_PREVIEW: Final = telegram.LinkPreviewOptions(is_disabled=True)
_LONGEST_WAIT: Final = 30.0
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a bot may post (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).

    Attributes:
        chat: messages a second to one chat.
        group: messages a minute to a group or channel.
        overall: messages a second to all chats together.
        between: seconds between the parts of a long message.
    """

    chat: int = 1
    group: int = 20
    overall: int = 30
    between: float = 1.0


PACE: Final = Pace()


class TelegramChats:
    """The bot at Telegram, shared by all its chats. Use it as an async context manager.

    Args:
        token: the bot's token. It appears in no log, error or repr.
        base_url: address of the Bot API, to which the token is appended.
        connect_timeout: seconds to wait for a connection.
        read_timeout: seconds to wait for an answer; a message without one may have arrived.
        pace: how fast it may post.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = API,
        connect_timeout: float = 10.0,
        read_timeout: float = 20.0,
        pace: Pace = PACE,
    ) -> None:
        # The library's documented way to have waits as timedelta; without it every RetryAfter comes with a warning.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        keep_out_of_logs(token)

        def request(connections: int) -> HTTPXRequest:
            return HTTPXRequest(
                connection_pool_size=connections,
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                write_timeout=read_timeout,
                pool_timeout=read_timeout,
            )

        # A poll is held open for long: it has connections of its own.
        self.bot: telegram.Bot = SecretiveBot(
            token, base_url=base_url, request=request(32), get_updates_request=request(2)
        )
        self._pace = pace
        self._overall = Limit(pace.overall, 1)
        self._own: dict[int | str, tuple[Limit, ...]] = {}

    async def start(self) -> None:
        """Make the bot ready and check its token; a Telegram that cannot be reached now is no error.

        Raises:
            ChannelGoneError: Telegram does not know the token.
        """
        trouble: Exception | None = None
        try:
            await self.bot.initialize()
        except TelegramError as error:
            # Not the error's own text: on a wrong token the library quotes it.
            refused = isinstance(error, InvalidToken)
            trouble = (
                ChannelGoneError("Telegram refuses the bot token") if refused else trouble_of(error, self.bot.token)
            )
        if isinstance(trouble, ChannelGoneError):
            await self.bot.shutdown()
            raise trouble
        if trouble:
            _logger.warning("Telegram cannot be reached yet: %s", trouble)

    async def close(self) -> None:
        """Close the connections."""
        await self.bot.shutdown()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        await self.close()

    def channel(self, address: Address | int | str) -> TelegramChannel:
        """The chat, or topic of a forum, at that address as a channel; all channels of a chat share its limits."""
        place = address if isinstance(address, Address) else Address.parse(str(address))
        if place.chat not in self._own:
            own = (Limit(self._pace.chat, 1),)
            self._own[place.chat] = (*own, Limit(self._pace.group, 60)) if place.shared else own
        return TelegramChannel(self.bot, place, (*self._own[place.chat], self._overall), self._pace.between)


class TelegramChannel:
    """One chat, group, topic of a forum, or Telegram channel.

    Args:
        bot: the bot that posts.
        address: where to.
        limits: how fast it may post.
        pause: seconds between the parts of a long message.
    """

    def __init__(
        self, bot: telegram.Bot, address: Address, limits: Sequence[Limit] = (), pause: float = PACE.between
    ) -> None:
        self._bot = bot
        self._address = address
        self._pause = pause
        self.limits: Sequence[Limit] = limits

    async def post(self, message: Message, reply_to: str | None) -> str:
        """Send a new message; see `bot.channel.Channel`. A long one may become several, of which the first is named."""
        reply = telegram.ReplyParameters(int(reply_to), allow_sending_without_reply=True) if reply_to else None
        return await self._with_sound_buttons(message, lambda buttons: self._post(message, buttons, reply))

    async def _post(
        self, message: Message, buttons: telegram.InlineKeyboardMarkup | None, reply: telegram.ReplyParameters | None
    ) -> str:
        if message.picture:
            try:
                return await self._send_picture(message, message.picture, buttons, reply)
            except MessageRefusedError as refusal:
                if bad_link(refusal):
                    raise
                _logger.warning("a picture was refused, its text is sent: %s", refusal)
        first, *others = render_parts(message)
        number = await self._send_text(first, None if others else buttons, reply)
        for place, text in enumerate(others, 1):
            await self._send_further(text, buttons if place == len(others) else None, int(number))
        return number

    async def _send_text(
        self, text: str, buttons: telegram.InlineKeyboardMarkup | None, reply: telegram.ReplyParameters | None
    ) -> str:
        sent = await self._answer(
            self._bot.send_message(
                self._address.chat,
                text,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_parameters=reply,
                reply_markup=buttons,
                message_thread_id=self._address.topic,
            )
        )
        return str(sent.message_id)

    async def _send_further(self, text: str, buttons: telegram.InlineKeyboardMarkup | None, first: int) -> None:
        """Send a part after the first. It cannot be told that only the first has arrived: it may have to come again."""
        wait = self._pause
        for left in reversed(range(_TRIES)):
            await asyncio.sleep(wait)
            try:
                await self._send_text(text, buttons, telegram.ReplyParameters(first, allow_sending_without_reply=True))
            except NotSentError as error:
                wait = error.retry_after or self._pause
                if not left or wait > _LONGEST_WAIT:
                    raise MaybeSentError(f"only the beginning was sent: {error}") from None
            else:
                return

    async def _send_picture(
        self,
        message: Message,
        picture: Picture,
        buttons: telegram.InlineKeyboardMarkup | None,
        reply: telegram.ReplyParameters | None,
    ) -> str:
        sent = await self._answer(
            self._bot.send_photo(
                self._address.chat,
                telegram.InputFile(picture.png, filename=picture.name),
                caption=caption(message),
                parse_mode=ParseMode.HTML,
                reply_parameters=reply,
                reply_markup=buttons,
                message_thread_id=self._address.topic,
            )
        )
        return str(sent.message_id)

    async def edit(self, message_id: str, message: Message) -> None:
        """Replace a message; see `bot.channel.Channel`."""
        try:
            await self._with_sound_buttons(message, lambda buttons: self._edit(int(message_id), message, buttons))
        except MessageRefusedError as refusal:
            if not unchanged(refusal):
                raise

    async def _edit(self, number: int, message: Message, buttons: telegram.InlineKeyboardMarkup | None) -> None:
        try:
            await self._answer(
                self._bot.edit_message_text(
                    render(message),
                    chat_id=self._address.chat,
                    message_id=number,
                    parse_mode=ParseMode.HTML,
                    link_preview_options=NO_PREVIEW,
                    reply_markup=buttons,
                )
            )
        except MessageRefusedError as refusal:
            if not without_text(refusal):
                raise
        else:
            return
        await self._answer(
            self._bot.edit_message_caption(
                self._address.chat,
                number,
                caption=caption(message),
                parse_mode=ParseMode.HTML,
                reply_markup=buttons,
            )
        )

    async def _with_sound_buttons(
        self, message: Message, send: Callable[[telegram.InlineKeyboardMarkup | None], Awaitable[T]]
    ) -> T:
        """Send with all buttons; if Telegram does not take where one of them leads, with those that lead nowhere."""
        try:
            return await send(buttons_of(message))
        except MessageRefusedError as refusal:
            if not bad_link(refusal):
                raise
        return await send(buttons_of(message, links=False))

    async def _answer(self, request: Awaitable[T]) -> T:
        try:
            return await request
        except ChatMigrated as error:
            trouble: Exception = ChannelMovedError(str(Address(error.new_chat_id, self._address.topic)))
        except TelegramError as error:
            lost = self._address.topic is not None and topic_lost(error)
            general = str(self._address.general)
            trouble = ChannelMovedError(general, lost=True) if lost else trouble_of(error, self._bot.token)
        # Raised out here so that the library's error, which may quote the address with the token, is not its context.
        raise trouble


def buttons_of(message: Message, *, links: bool = True) -> telegram.InlineKeyboardMarkup | None:
    """The buttons of a message as Telegram's; None where it has none."""
    rows = [[_button(one) for one in row if one.action or links] for row in keyboard(message)]
    filled = [row for row in rows if row]
    return telegram.InlineKeyboardMarkup(filled) if filled else None


def _button(button: Button) -> telegram.InlineKeyboardButton:
    if button.action:
        return telegram.InlineKeyboardButton(button.label, callback_data=button.action)
    return telegram.InlineKeyboardButton(button.label, url=button.link)
