"""Sending to Telegram: one bot, its chats as channels, and what each of the library's errors means for a message."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self, TypeVar

import httpx
import telegram
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot import plain
from bot.channel import ChannelGoneError, MaybeSentError, MessageRefusedError, NotSentError
from bot.delivery import Limit
from bot.telegram.rendering import render

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from types import TracebackType

    from bot.message import Message

_logger = logging.getLogger(__name__)

T = TypeVar("T")

API: Final = "https://api.telegram.org/bot"
_REASON_LIMIT: Final = 200
# These log whole addresses, and with them the token, or what a server said.
_LOGGERS_WITH_TOKEN: Final = ("httpx", "telegram.Bot", "telegram.request.BaseRequest", "telegram.ext.ExtBot")
_CHAT_LOST: Final = (
    "chat not found",
    "chat was deactivated",
    "chat was deleted",
    "chat_write_forbidden",
    "channel_private",
    "chat_restricted",
    "administrator rights",
    "not a member",
    "not enough rights",
    "no rights",
    "peer_id_invalid",
    "user not found",
)
_NEVER_LEFT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class _Bot(telegram.Bot):
    """A bot that does not show its token: the library's own repr does."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Bot[token=***]"


class _Redaction(logging.Filter):
    """Replaces the token in log records, whatever level somebody turns the library's loggers to."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if self._token in text:
            record.msg, record.args = text.replace(self._token, "***"), ()
        return True


class TelegramChats:
    """The bot at Telegram, shared by all its chats. Use it as an async context manager.

    Args:
        token: the bot's token. It appears in no log, error or repr.
        base_url: address of the Bot API, to which the token is appended.
        connect_timeout: seconds to wait for a connection.
        read_timeout: seconds to wait for an answer; a message without one may have arrived.
    """

    def __init__(
        self, token: str, *, base_url: str = API, connect_timeout: float = 10.0, read_timeout: float = 20.0
    ) -> None:
        # The library's documented way to have waits as timedelta; without it every RetryAfter comes with a warning.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        _keep_out_of_logs(token)
        request = HTTPXRequest(
            connection_pool_size=32,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            write_timeout=read_timeout,
            pool_timeout=read_timeout,
        )
        self.bot: telegram.Bot = _Bot(token, base_url=base_url, request=request)
        self._overall = Limit(30, 1)

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
            trouble = ChannelGoneError("Telegram refuses the bot token") if refused else trouble_of(error)
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

    def channel(self, chat_id: int | str) -> TelegramChannel:
        """The chat of that id, or of that public name ("@name"), as a channel."""
        return TelegramChannel(self.bot, chat_id, overall=self._overall)


class TelegramChannel:
    """One chat, group or Telegram channel.

    Args:
        bot: the bot that posts.
        chat_id: id of the chat (groups have negative ones), or its public name with "@".
        overall: the limit that all chats of this bot share.
    """

    def __init__(self, bot: telegram.Bot, chat_id: int | str, overall: Limit | None = None) -> None:
        self._bot = bot
        self._chat_id = chat_id
        own = [Limit(1, 1)]
        if str(chat_id).startswith(("-", "@")):
            own.append(Limit(20, 60))
        self.limits: Sequence[Limit] = (*own, overall) if overall else tuple(own)

    async def post(self, message: Message, reply_to: str | None) -> str:
        """Send a new message; see `bot.channel.Channel`."""
        reply = telegram.ReplyParameters(int(reply_to), allow_sending_without_reply=True) if reply_to else None
        sent = await self._answer(
            self._bot.send_message(
                self._chat_id,
                render(message),
                parse_mode=ParseMode.HTML,
                link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
                reply_parameters=reply,
            )
        )
        return str(sent.message_id)

    async def edit(self, message_id: str, message: Message) -> None:
        """Replace a message; see `bot.channel.Channel`."""
        try:
            await self._answer(
                self._bot.edit_message_text(
                    render(message),
                    chat_id=self._chat_id,
                    message_id=int(message_id),
                    parse_mode=ParseMode.HTML,
                    link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
                )
            )
        except MessageRefusedError as refusal:
            if "not modified" not in str(refusal):
                raise

    async def _answer(self, request: Awaitable[T]) -> T:
        try:
            return await request
        except ChatMigrated as error:
            _logger.warning("the group %s is now the supergroup %d", self._chat_id, error.new_chat_id)
            self._chat_id = error.new_chat_id
            trouble: Exception = NotSentError("the group has become a supergroup", retry_after=1)
        except TelegramError as error:
            trouble = trouble_of(error, self._bot.token)
        # Raised out here so that the library's error, which may quote the address with the token, is not its context.
        raise trouble


def trouble_of(error: TelegramError, token: str = "") -> Exception:
    """What an error of the library means for the message. The order matters: BadRequest is a NetworkError, too."""
    reason = _reason(error, token)
    match error:
        case _ if isinstance(error.__cause__, TelegramError):
            # The answer was not Telegram's JSON but, say, a proxy's error page: its status says nothing of the chat.
            return MaybeSentError(reason)
        case RetryAfter():
            return NotSentError("Telegram asks to wait", _seconds(error.retry_after))
        case Forbidden() | InvalidToken():
            return ChannelGoneError(reason)
        case BadRequest():
            lost = any(words in reason.lower() for words in _CHAT_LOST)
            return ChannelGoneError(reason) if lost else MessageRefusedError(reason)
        case NetworkError() if error.__cause__ is None or isinstance(error.__cause__, _NEVER_LEFT):
            # Without a cause it is Telegram's own answer that it could not do it.
            return NotSentError(reason)
        case _:
            return MaybeSentError(reason)


def _reason(error: TelegramError, token: str) -> str:
    """The platform's own words; of an error on the way only its type, since its text may quote the address."""
    if error.__cause__ is not None:
        return f"{type(error).__name__} ({type(error.__cause__).__name__})"
    text = error.message.replace(token, "***") if token else error.message
    return plain.cut(plain.clean(text), _REASON_LIMIT)


def _seconds(wait: float | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else wait


def _keep_out_of_logs(token: str) -> None:
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    redaction = _Redaction(token)
    for name in _LOGGERS_WITH_TOKEN:
        logging.getLogger(name).addFilter(redaction)
