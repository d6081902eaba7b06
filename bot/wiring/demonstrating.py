"""Wiring of the demo: a story over a store of its own, told on the console and in chats."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from importlib import metadata
from typing import TYPE_CHECKING

from bot import logs, playing
from bot.chats import Listed, Platforms, sync_chats
from bot.console import ConsoleChannel
from bot.delivery import Deliverer
from bot.demo.posting import PlayedChannel, as_demo
from bot.digests import Digests
from bot.single import only_one
from bot.speech import speeches
from bot.wiring.chats import Chats
from bot.wiring.ready import loaded
from bot.wiring.rules import pipeline_over
from bot.wiring.start import clock
from bot.wiring.telling import said_to
from config.knowledge import story_text
from config.settings import SettingsError
from store import channels, events, feeds
from treaties.known import as_of
from watchers.fetch import Fetcher, user_agent
from watchers.polling import Poller, PollOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from bot.channel import Channel
    from bot.message import Message
    from config.settings import Settings
    from store.database import Database
    from store.outbox import Delivery
    from treaties.registry import Knowledge


def demo(folder: Path, pace: float, *, fresh: bool, into: Settings | None = None) -> bool:
    """Play the demo in a folder of its own and return whether everything went as it should.

    Args:
        folder: keeps its store.
        pace: seconds that a day lasts.
        fresh: begin again.
        into: the settings that list the chats which are told as well; None for the console alone.

    Raises:
        SettingsError: the settings list no chat that can be posted to.
        ChannelGoneError: a platform refuses its token.
    """
    logs.set_up("warning")
    with only_one(folder / "lock", f"a demo in {folder}"):
        return asyncio.run(_demo(folder, pace, _told_the_demo(into) if into else (), fresh=fresh, into=into))


def _told_the_demo(chosen: Settings) -> tuple[Listed, ...]:
    """The chats that the settings list, as the demo tells them: a digest for each of its days would be a flood."""
    tokens = {"telegram": chosen.telegram.token, "slack": chosen.slack.bot_token}
    listed = [Listed(**asdict(one)) for one in chosen.channels() if tokens[one.platform]]
    if not listed:
        raise SettingsError(
            [
                *chosen.unheard(),
                "no chat can be told the demo: list one under telegram.chats or slack.channels, with its token",
            ]
        )
    return tuple(replace(one, digest="off" if one.digest == "off" else "weekly") for one in listed)


async def _demo(folder: Path, pace: float, listed: tuple[Listed, ...], *, fresh: bool, into: Settings | None) -> bool:
    story = playing.parse_story(story_text())
    knowledge, reading = loaded()
    known = as_of(knowledge.known, playing.eve(story))
    place = playing.Place(folder, story)
    if fresh or place.finished():
        place.clear()
    async with AsyncExitStack() as stack:
        platforms = await Chats.of(into).open(stack) if into else Platforms({})
        database, server = stack.enter_context(place.database()), stack.enter_context(place.server())
        with database.transaction() as conn:
            events.seed(conn, known, playing.moments(story)[0])
            feeds.sync(conn, playing.feed_specs(story, server))
            console = channels.sync(conn, "console", "stdout", title="Console", digest="weekly")
            told = sync_chats(conn, listed, platforms)
            channels.keep_only(conn, {console, *told}, "not told the demo", playing.moments(story)[0])
        if told:
            print(
                f"Told as well: {', '.join(one.title for one in listed)}. Every message there says that it is a demo."
            )
        agent = user_agent(metadata.version("treatywatch"), "demo")
        fetcher = await stack.enter_async_context(Fetcher(agent, allow_hosts=[f"127.0.0.1:{server.port}"]))
        pipeline = pipeline_over(database, reading, knowledge, known=known)
        # A day that was interrupted is played again from its morning, so its feeds are asked again.
        poller = Poller(database, fetcher, pipeline.prepare, PollOptions(plan_ahead=False))
        play = playing.Play(
            story=story,
            server=server,
            database=database,
            poll=poller.poll_due,
            deliverer=_demo_deliverer(database, {console: ConsoleChannel(None, sys.stdout)}, platforms, knowledge),
            digests=Digests(database, knowledge),
            pace=pace,
            console=console,
            told=told,
        )
        return await play.run()


def _demo_deliverer(
    database: Database, console: Mapping[int, Channel], platforms: Platforms, knowledge: Knowledge
) -> Deliverer:
    """What tells the demo: the console as always, chats in their own pace and with a mark."""
    spoken = speeches(knowledge)

    def render(delivery: Delivery, now: datetime) -> Message:
        message = said_to(spoken, delivery, now)
        return message if delivery.channel_id in console else as_demo(message, spoken.get(delivery.lang, spoken["en"]))

    def make(platform: str, address: str) -> Channel | None:
        channel = platforms.channel(platform, address)
        return PlayedChannel(channel, clock) if channel else None

    return Deliverer(database, console, render, make=make)
