"""What a channel is to delivery: something that can post and edit a text, and that says honestly how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.message import Message


class NotSentError(Exception):
    """The message was surely not delivered, and trying again can help.

    Args:
        reason: one line for the log, without secrets.
        retry_after: seconds that the platform asked to wait, if it did.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class ChannelGoneError(Exception):
    """The message was not delivered and never will be: the chat is gone, the bot was removed, the token is wrong."""


class MaybeSentError(Exception):
    """The request left and no answer came: the message may or may not have arrived.

    Neither chat has an idempotency key.
    """


class MessageRefusedError(Exception):
    """The platform refuses this one message for what it says or refers to; the channel itself is well."""


class MessageGoneError(MessageRefusedError):
    """The message that was to be edited is not there any more, or is too old to be edited: it never will be."""


class ChannelMovedError(Exception):
    """The message was not delivered: the chat has another address from now on, and takes it there.

    Args:
        address: the platform's new name for the chat.
        lost: where in the chat it was is no more, such as a topic of a forum: people there have not moved it
            themselves, and are to be told.
    """

    def __init__(self, address: str, *, lost: bool = False) -> None:
        super().__init__(f"moved to {address}")
        self.address = address
        self.lost = lost


class Channel(Protocol):
    """A place to post to: the console, a Telegram chat, a Slack channel."""

    async def post(self, message: Message, reply_to: str | None) -> str:
        """Post a message, as a reply to the message id `reply_to` if given, and return the new message's id.

        Raises:
            NotSentError: not delivered; try again.
            ChannelGoneError: not delivered; never try again.
            ChannelMovedError: not delivered; try again at the new address.
            MessageRefusedError: not delivered; other messages may be.
            MaybeSentError: unknown.
        """
        ...

    async def edit(self, message_id: str, message: Message) -> None:
        """Replace the content of an earlier message.

        A change that changes nothing is no error. Raises as `post` does.

        Raises:
            MessageGoneError: the message cannot be edited any more.
        """
        ...
