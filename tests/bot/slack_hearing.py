"""What the tests of hearing Slack share: the app put together, at the fake Slack, over a SQLite file."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation.conversation import Conversation
from bot.delivery import Deliverer
from bot.desk import Desk
from bot.slack.calls import PATH, Calls
from bot.slack.hearing import Hearing, Sockets
from bot.slack.manifest import manifest
from bot.slack.rights import Trusted
from bot.slack.sending import SlackChannels
from bot.wording import say
from store import events
from store.owing import owe_alerts
from tests.bot.fakes.slack import Manifest
from tests.bot.hearing import CASES, KNOWLEDGE, Clock
from treaties.alerts import alert_for
from treaties.model import Report, VerdictKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from bot.conversation.talk import Drawings, Read
    from bot.message import Message
    from store.database import Connection, Database
    from store.outbox import Delivery
    from tests.bot.fakes.slack import FakeSlack
    from treaties.model import Event
    from treaties.registry import Knowledge

MANIFEST = Manifest.of(manifest())
PING = 0.5


@dataclass
class Running:
    """The app at work."""

    channels: SlackChannels
    desk: Desk
    hearing: Hearing
    lock: asyncio.Lock
    clock: Clock


@asynccontextmanager
async def hearing(  # noqa: PLR0913 - an app has that many sides, all named
    server: FakeSlack,
    database: Database,
    *,
    http: bool = False,
    trusted: Trusted | None = None,
    clock: Clock | None = None,
    conversation: type[Conversation] = Conversation,
    knowledge: Knowledge = KNOWLEDGE,
    draw: Drawings | None = None,
    read: Read | None = None,
    ping: float = PING,
) -> AsyncIterator[Running]:
    """The app at work at that server, over sockets or called by it."""
    now = clock or Clock()
    with database.transaction() as conn:
        events.seed(conn, CASES, now())
    lock = asyncio.Lock()
    way: Calls | Sockets = Sockets(server.app_token, ping)
    if http:
        listen = f"127.0.0.1:{free_port()}"
        way = Calls(listen, server.signing_secret)
        server.clock = lambda: now().timestamp()
        server.posts_to(f"http://{listen}{PATH}")
    said = conversation(database, knowledge, version="1.2.3", draw=draw, read=read)
    async with SlackChannels(server.token, base_url=server.url) as channels:
        with Desk(database, said, knowledge, lock, now) as desk:
            async with Hearing(channels, desk, trusted or Trusted(), way) as heard:
                if not http:
                    await server.until(lambda: server.sockets.connections)
                yield Running(channels, desk, heard, lock, now)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def delivering(bot: Running, database: Database) -> Deliverer:
    """What posts and edits in the channels of that app, in its words."""
    say_in = bot.desk.speeches

    def said(delivery: Delivery, now: datetime) -> Message:
        return say(delivery, say_in[delivery.lang], now.date())

    return Deliverer(database, {}, said, bot.lock, make=lambda _, address: bot.channels.channel(address))


def alert(conn: Connection, state: str, treaty: str, moment: datetime) -> Event:
    """An alert on what is known of a case, owed to every channel that wants it."""
    case = events.case(conn, state, treaty)
    event = case.events[-1]
    report = Report(f"report-{event.id}", f"{state} votes to leave", "", moment, outlet="Radio Harbour")
    owe_alerts(conn, [alert_for(VerdictKind.NEW_CASE, event, case, report, "new")], moment)
    return event
