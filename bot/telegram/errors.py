"""What each of the library's errors means for a message, and for the chat to which it was to go."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import httpx
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot import plain
from bot.channel import ChannelGoneError, MaybeSentError, MessageGoneError, MessageRefusedError, NotSentError
from bot.redaction import HIDDEN

_REASON_LIMIT: Final = 200
# What Telegram says where no message will ever arrive any more (its descriptions have no list: these are those that
# healthchecks and other bots have met).
_CHAT_LOST: Final = (
    "administrator rights",
    "channel_private",
    "chat not found",
    "chat was deactivated",
    "chat was deleted",
    "chat_restricted",
    "chat_write_forbidden",
    "group chat was upgraded",
    "no rights",
    "not a member",
    "not enough rights",
    "peer_id_invalid",
    "topic_closed",
    "user is deactivated",
    "user not found",
)
# A topic of a forum that is no more; the forum itself may well be.
_TOPIC_LOST: Final = ("message thread not found", "topic_deleted", "topic_id_invalid")
_UNCHANGED: Final = "not modified"
# A message that will never be edited again.
_MESSAGE_LOST: Final = (
    "message can't be edited",
    "message to edit not found",
    "message_author_required",
    "message_id_invalid",
    "message_edit_time_expired",
)
_WITHOUT_TEXT: Final = "no text in the message"
_BAD_BUTTON: Final = ("button_url_invalid", "button url", "button_invalid")
_TOKEN_WAIT: Final = 60.0
"""Seconds after which it is looked whether a refused token is right again."""
_NEVER_LEFT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def trouble_of(error: TelegramError, token: str = "") -> Exception:
    """What an error of the library means for the message. The order matters: BadRequest is a NetworkError, too."""
    reason = reason_of(error, token)
    match error:
        case _ if isinstance(error.__cause__, TelegramError):
            # The answer was not Telegram's JSON but, say, a proxy's error page: its status says nothing of the chat.
            return MaybeSentError(reason)
        case RetryAfter() | InvalidToken():
            return _later(error)
        case Forbidden():
            return ChannelGoneError(reason)
        case BadRequest():
            return _refusal(reason)
        case NetworkError() if error.__cause__ is None or isinstance(error.__cause__, _NEVER_LEFT):
            # Without a cause it is Telegram's own answer that it could not do it.
            return NotSentError(reason)
        case _:
            return MaybeSentError(reason)


def _later(error: RetryAfter | InvalidToken) -> NotSentError:
    if isinstance(error, RetryAfter):
        return NotSentError("Telegram asks to wait", seconds(error.retry_after))
    # The bot's trouble, not the chat's: once the token is right again, every chat gets what it is owed.
    return NotSentError("Telegram refuses the bot token", _TOKEN_WAIT)


def _refusal(reason: str) -> Exception:
    if _speaks_of(_CHAT_LOST, reason):
        return ChannelGoneError(reason)
    return MessageGoneError(reason) if _speaks_of(_MESSAGE_LOST, reason) else MessageRefusedError(reason)


def unchanged(refusal: MessageRefusedError) -> bool:
    """Whether the message shows already what it was to show."""
    return _speaks_of((_UNCHANGED,), str(refusal))


def without_text(refusal: MessageRefusedError) -> bool:
    """Whether the message that was to be edited is a picture, which has a caption instead."""
    return _speaks_of((_WITHOUT_TEXT,), str(refusal))


def bad_link(refusal: MessageRefusedError) -> bool:
    """Whether a button leads to an address that Telegram does not take: feeds have the strangest ones."""
    return _speaks_of(_BAD_BUTTON, str(refusal))


def topic_lost(error: TelegramError) -> bool:
    """Whether the topic of a forum is no more."""
    return isinstance(error, BadRequest) and _speaks_of(_TOPIC_LOST, error.message)


def reason_of(error: TelegramError, token: str) -> str:
    """The platform's own words; of an error on the way only its type, since its text may quote the address."""
    if error.__cause__ is not None:
        return f"{type(error).__name__} ({type(error.__cause__).__name__})"
    text = error.message.replace(token, HIDDEN) if token else error.message
    return plain.cut(plain.clean(text), _REASON_LIMIT)


def seconds(wait: float | timedelta) -> float:
    """A wait as the library gives it, in either of its forms."""
    return wait.total_seconds() if isinstance(wait, timedelta) else wait


def _speaks_of(words: tuple[str, ...], reason: str) -> bool:
    lowered = reason.lower()
    return any(one in lowered for one in words)
