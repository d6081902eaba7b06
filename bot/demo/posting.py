"""The demo in chats: its messages say that they are no news, lead nowhere, and come at the pace that chats take."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from bot import plain
from bot.channel import NotSentError
from bot.limits import Limit, Limited, in_pace
from bot.message import Line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from bot.channel import Channel
    from bot.message import Message
    from bot.speech import Speech

T = TypeVar("T")

_SHORT: Final = timedelta(seconds=8)
"""A chat that asks to be left alone is waited for so long within a day of the story; else it is owed to a later day."""


def as_demo(message: Message, speech: Speech) -> Message:
    """The message marked as a demo in its first line, which is what a notification shows.

    It has no buttons, since nobody hears them, and no links: the demo's reports are on the machine that plays it.
    """
    mark = speech.gettext("DEMO, not news")
    source = [plain.link_name(message)] if message.link else []
    return replace(
        message,
        headline=f"🎬 {speech.told(mark, message.headline)}",
        lines=(*(_unlinked(line) for line in message.lines), *source),
        link=None,
        buttons=(),
    )


def _unlinked(line: str | Line) -> str | Line:
    return replace(line, link=None) if isinstance(line, Line) else line


class PlayedChannel:
    """A chat of the demo: days of the story pass in a moment, but the chat counts seconds.

    Args:
        channel: the chat.
        clock: tells the real time, in which the chat's limits are kept.
    """

    def __init__(self, channel: Channel, clock: Callable[[], datetime]) -> None:
        self._channel = channel
        self._clock = clock
        self._limits: Sequence[Limit] = channel.limits if isinstance(channel, Limited) else ()
        self._rests_until: datetime | None = None

    async def post(self, message: Message, reply_to: str | None) -> str:
        """Post a message; see `bot.channel.Channel`."""
        return await self._patiently(lambda: self._channel.post(message, reply_to))

    async def edit(self, message_id: str, message: Message) -> None:
        """Edit a message; see `bot.channel.Channel`."""
        await self._patiently(lambda: self._channel.edit(message_id, message))

    async def _patiently(self, send: Callable[[], Awaitable[T]]) -> T:
        """Send in the chat's pace, and not before it may be asked again.

        Raises:
            NotSentError: it wants to be left alone for longer.
        """
        rest = self._rests_until - self._clock() if self._rests_until else timedelta()
        if rest > _SHORT:
            raise NotSentError("the chat asked to wait", rest.total_seconds())
        if rest > timedelta():
            await asyncio.sleep(rest.total_seconds())
        try:
            return await in_pace(self._limits, self._clock, send)
        except NotSentError as error:
            if error.retry_after is not None:
                self._rests_until = self._clock() + timedelta(seconds=error.retry_after)
            raise
