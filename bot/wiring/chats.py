"""The chats put together: where is posted, where people are heard, and whether the tokens are good."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from bot.channel import ChannelGoneError
from bot.chats import Platforms
from bot.conversation.conversation import Conversation
from bot.conversation.talk import Drawings
from bot.desk import Desk
from bot.pictures.calendar import calendar_picture
from bot.pictures.timeline import timeline_picture
from bot.slack import checking
from bot.slack.hearing import Hearing as SlackHearing
from bot.slack.hearing import way_of
from bot.slack.rights import Trusted
from bot.slack.sending import SlackChannels
from bot.telegram.hearing import Hearing as TelegramHearing
from bot.telegram.rights import trusted
from bot.telegram.sending import TelegramChats
from bot.telegram.webhook import Hook
from bot.wiring.start import clock

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from pydantic import SecretStr

    from bot.channel import Channel
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
    mine = chosen.slack
    if token := _plain(mine.bot_token):
        found = await checking.faults(token, _plain(mine.app_token), base_url=mine.base_url)
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


@dataclass(frozen=True, slots=True)
class Heard:
    """What people who are heard are answered from."""

    knowledge: Knowledge
    database: Database
    lock: asyncio.Lock
    reading: Reader
    depositaries: frozenset[str]

    def desk(self, timezone: str) -> Desk:
        """The desk at which all platforms are answered."""
        conversation = Conversation(
            self.database,
            self.knowledge,
            timezone=timezone,
            version=metadata.version("treatywatch"),
            draw=Drawings(timeline_picture, calendar_picture),
            depositaries=self.depositaries,
            read=self.reading.read,
        )
        return Desk(self.database, conversation, self.knowledge, self.lock, clock)


async def hear(stack: AsyncExitStack, chosen: Settings, chats: Chats, heard: Heard) -> None:
    """Hear people on every platform until the stack is left."""
    if not (chats.telegram or chats.slack):
        return
    desk = stack.enter_context(heard.desk(chosen.timezone))
    if chats.telegram:
        await stack.enter_async_context(_at_telegram(chosen, chats.telegram, desk))
    if chats.slack and (slack := _at_slack(chosen, chats.slack, desk)):
        await stack.enter_async_context(slack)


def _telegram(chosen: Settings) -> TelegramChats | None:
    """The bot at Telegram; None where there is no token."""
    token = _plain(chosen.telegram.token)
    return TelegramChats(token, base_url=chosen.telegram.base_url) if token else None


def _slack(chosen: Settings) -> SlackChannels | None:
    """The app at Slack; None where there is no token."""
    token = _plain(chosen.slack.bot_token)
    return SlackChannels(token, base_url=chosen.slack.base_url) if token else None


def _at_telegram(chosen: Settings, chats: TelegramChats, desk: Desk) -> TelegramHearing:
    """What hears people at Telegram."""
    mine = chosen.telegram
    people = trusted(mine.owners, mine.curators, mine.allowed_chats, [chat.id for chat in mine.chats])
    hook = None
    if mine.webhook_url and mine.webhook_secret:
        hook = Hook(mine.webhook_url, mine.webhook_listen, mine.webhook_secret.get_secret_value())
    return TelegramHearing(chats, desk, people, hook)


def _at_slack(chosen: Settings, channels: SlackChannels, desk: Desk) -> SlackHearing | None:
    """What hears people at Slack; None where the settings give no way."""
    mine = chosen.slack
    way = way_of(_plain(mine.app_token), _plain(mine.signing_secret), mine.http_listen)
    people = Trusted(frozenset(mine.owners), frozenset(mine.admins), frozenset(mine.curators))
    return SlackHearing(channels, desk, people, way) if way else None


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
