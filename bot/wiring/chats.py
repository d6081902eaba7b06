"""The chats put together: where is posted, where people are heard, and whether the tokens are good."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from typing import TYPE_CHECKING

from bot.channel import ChannelGoneError
from bot.chats import Platforms
from bot.wiring.start import clock

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from bot.channel import Channel
    from bot.conversation.conversation import Conversation
    from bot.desk import Desk
    from bot.slack.sending import SlackChannels
    from bot.telegram.sending import TelegramChats
    from config.settings import Settings
    from store.database import Database
    from treaties.reading.read import Reader
    from treaties.registry import Knowledge


async def token_faults(chosen: Settings) -> list[str]:
    """A line for everything that is wrong with the tokens of the chats."""
    faults = []
    async with AsyncExitStack() as stack:
        try:
            if telegram := _telegram(chosen):
                await stack.enter_async_context(telegram)
        except ChannelGoneError as error:
            faults.append(f"telegram: {error}")
    if chosen.slack.bot_token:
        from bot.wiring import slack  # noqa: PLC0415

        found = await slack.faults(chosen, chosen.slack.bot_token.get_secret_value())
        faults += [f"slack: {fault}" for fault in found]
    return faults


@dataclass(frozen=True, slots=True)
class Chats:
    """The bots of the platforms that there is a token for."""

    telegram: TelegramChats | None
    slack: SlackChannels | None

    @classmethod
    def of(cls, chosen: Settings) -> Chats:
        """Those that the settings have tokens for."""
        return cls(_telegram(chosen), _slack(chosen))

    async def open(self, stack: AsyncExitStack) -> Platforms:
        """Be ready to post until the stack is left."""
        makers: dict[str, Callable[[str], Channel]] = {}
        if self.slack:
            makers["slack"] = (await stack.enter_async_context(self.slack)).channel
        if self.telegram:
            makers["telegram"] = (await stack.enter_async_context(self.telegram)).channel
        return Platforms(makers)


@dataclass(frozen=True)
class Heard:
    """What people who are heard are answered from."""

    knowledge: Knowledge
    database: Database
    lock: asyncio.Lock
    reading: Reader
    depositaries: frozenset[str]
    timezone: str

    def desk(self) -> Desk:
        """A desk at which all platforms are answered."""
        from bot.desk import Desk  # noqa: PLC0415

        return Desk(self.database, self._conversation, self.knowledge, self.lock, clock)

    @cached_property
    def _conversation(self) -> Conversation:
        """What answers, made once: whoever leads again and again would make all its names anew each time."""
        # Only where somebody can ask: it brings all that draws and words answers.
        from bot.conversation.conversation import Conversation  # noqa: PLC0415
        from bot.conversation.talk import Drawings  # noqa: PLC0415
        from bot.pictures.calendar import calendar_picture  # noqa: PLC0415
        from bot.pictures.timeline import timeline_picture  # noqa: PLC0415

        return Conversation(
            self.database,
            self.knowledge,
            timezone=self.timezone,
            version=metadata.version("treatywatch"),
            draw=Drawings(timeline_picture, calendar_picture),
            depositaries=self.depositaries,
            read=self.reading.read,
        )


async def hear(stack: AsyncExitStack, chosen: Settings, chats: Chats, heard: Heard) -> None:
    """Hear people on every platform until the stack is left."""
    if not (chats.telegram or chats.slack):
        return
    desk = stack.enter_context(heard.desk())
    if chats.telegram:
        from bot.wiring import telegram  # noqa: PLC0415

        await stack.enter_async_context(telegram.hearing(chosen, chats.telegram, desk))
    if chats.slack:
        from bot.wiring import slack  # noqa: PLC0415

        if hearing := slack.hearing(chosen, chats.slack, desk):
            await stack.enter_async_context(hearing)


# What is not configured is not imported: most run one platform, and each library is large.


def _telegram(chosen: Settings) -> TelegramChats | None:
    """The bot at Telegram; None where there is no token."""
    if not chosen.telegram.token:
        return None
    from bot.wiring import telegram  # noqa: PLC0415

    return telegram.chats(chosen, chosen.telegram.token.get_secret_value())


def _slack(chosen: Settings) -> SlackChannels | None:
    """The app at Slack; None where there is no token."""
    if not chosen.slack.bot_token:
        return None
    from bot.wiring import slack  # noqa: PLC0415

    return slack.channels(chosen, chosen.slack.bot_token.get_secret_value())
