"""The program in a process of its own, between a feed, a Bot API, a Slack and a database that outlive it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import tomli_w
from aiohttp import web
from sqlalchemy import select, update

from store.database import Database
from store.tables import UtcDateTime, channels, feeds, metadata, outbox
from tests.bot.fakes.bot_api import FakeBotApi, bot_api
from tests.bot.fakes.slack import FakeSlack, slack_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy import Row

    from tests.bot.fakes.bot_api import Chat, Message
    from tests.bot.fakes.slack import Channel
    from tests.bot.fakes.slack import Message as SlackMessage

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 180
"""Seconds after which a test gives up; nothing is meant to take so long."""


@dataclass(slots=True)
class Feed:
    """A feed on loopback; `titles` are its items, the oldest first, a minute apart.

    `echoes` are those of another outlet, whose feed stands beside it.
    """

    titles: list[str] = field(default_factory=list)
    echoes: list[str] = field(default_factory=list)
    asked: int = 0
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        return self._feed("Wire", self.titles)

    async def echo(self, _: web.Request) -> web.Response:
        return self._feed("Courier", self.echoes)

    def _feed(self, outlet: str, titles: Sequence[str]) -> web.Response:
        newest = datetime.now(UTC) - timedelta(minutes=1)
        items = "".join(
            f"<item><title>{escape(title)}</title><guid isPermaLink='false'>{number}</guid>"
            f"<link>http://{self.host}/{outlet}/{number}</link>"
            f"<pubDate>{format_datetime(newest - timedelta(minutes=len(titles) - number))}</pubDate></item>"
            for number, title in enumerate(titles, 1)
        )
        text = f'<rss version="2.0"><channel><title>{outlet}</title>{items}</channel></rss>'
        return web.Response(text=text, content_type="application/rss+xml")


@dataclass(slots=True)
class Program:
    """One run of the program."""

    process: asyncio.subprocess.Process
    log: Path

    async def kill(self) -> None:
        """End it as a power cut does."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """End it as an operator does."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    @property
    def said(self) -> str:
        """Its log and what it printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@dataclass(slots=True)
class Stand:
    """What stays while programs come and go.

    Attributes:
        chats: the Telegram chats that the settings list, `rooms` the Slack channels.
        token: the Telegram token of the settings, if not the right one; `slack_token` that of Slack.
        curators: who may correct what the bot told, by platform.
        more: further settings.
        slack_listen: where the program is called by Slack, as `host:port`; else it opens a connection.
    """

    folder: Path
    telegram: FakeBotApi
    slack: FakeSlack
    feed: Feed
    database_url: str
    chats: list[dict[str, Any]] = field(default_factory=list)
    rooms: list[dict[str, Any]] = field(default_factory=list)
    token: str | None = None
    slack_token: str | None = None
    slack_listen: str | None = None
    curators: dict[str, list[Any]] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)

    def listed(self, chat: Chat, **more: Any) -> Chat:
        """A chat that the settings list."""
        self.chats.append({"id": chat.id, "title": chat.title} | more)
        return chat

    def joined(self, room: Channel, **more: Any) -> Channel:
        """A Slack channel that the settings list."""
        self.rooms.append({"id": room.id, "title": room.name} | more)
        return room

    async def run(self, *words: str) -> Program:
        """Start the program with the stand's settings."""
        listed = [{"url": f"http://{self.feed.host}/feed", "outlet": "Wire", "lang": "en"}]
        if self.feed.echoes:
            listed.append({"url": f"http://{self.feed.host}/echo", "outlet": "Courier", "lang": "en"})
        self._write("feeds.toml", {"feed": listed})
        settings = {
            "database_url": self.database_url,
            "log_level": "debug",
            "feeds": {"file": "feeds.toml", "allow_hosts": [self.feed.host]},
            "digest": {"every": "off"},
            **self._platforms(),
            **self.more,
        }
        self._write("treatywatch.toml", settings)
        log = self.folder / f"{len(self.programs)}.log"
        with log.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *(words or ("run",)), "--config", "treatywatch.toml"),
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(self.folder)},
                stdout=sink,
                stderr=asyncio.subprocess.STDOUT,
            )
        self.programs.append(Program(process, log))
        return self.programs[-1]

    def _platforms(self) -> dict[str, Any]:
        """The platforms on which anything is listed; Telegram, where nothing is: its chats set themselves up."""
        found: dict[str, Any] = {}
        if self.chats or not self.rooms:
            token = self.token or self.telegram.token
            found["telegram"] = {"token": token, "base_url": self.telegram.url, "chats": self.chats}
        if self.rooms:
            tokens = {"bot_token": self.slack_token or self.slack.token, "app_token": self.slack.app_token}
            found["slack"] = {**tokens, "base_url": self.slack.url, "channels": self.rooms}
            if self.slack_listen:
                found["slack"] |= {"http_listen": self.slack_listen, "signing_secret": self.slack.signing_secret}
        for platform, people in self.curators.items():
            found[platform]["curators"] = people
        return found

    def _write(self, name: str, content: dict[str, Any]) -> None:
        (self.folder / name).write_text(tomli_w.dumps(content), encoding="utf-8")

    # Looking on

    async def until(self, found: Callable[[], Any]) -> Any:
        """Wait for something that users see at Telegram or that its server was asked."""
        return await self._until(self.telegram, found)

    async def until_slack(self, found: Callable[[], Any]) -> Any:
        """Wait for something that users see at Slack or that its server was asked."""
        return await self._until(self.slack, found)

    async def _until(self, server: FakeBotApi | FakeSlack, found: Callable[[], Any]) -> Any:
        try:
            return await server.until(found, PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.owed()}\n{self.programs[-1].said[-3000:]}") from None

    async def until_owed(self, found: Callable[[Sequence[Row[Any]]], Any]) -> None:
        """Wait for something in the outbox."""
        async with asyncio.timeout(PATIENCE):
            while not found(self.owed()):  # noqa: ASYNC110 - a database tells nobody that it has changed
                await asyncio.sleep(0.05)

    async def until_so(self, found: Callable[[], Any]) -> None:
        """Wait for something that nobody is told of when it comes about."""
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(found):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)

    def owed(self) -> list[Row[Any]]:
        """Every message owed or told to chats that can be reached."""
        with Database(self.database_url) as database, database.reading() as conn:
            return list(conn.execute(select(outbox).join(channels).where(channels.c.enabled).order_by(outbox.c.id)))

    async def all_sent(self) -> None:
        """Wait until nothing is owed any more."""
        await self.until_owed(lambda rows: rows and {row.state for row in rows} == {"sent"})

    def due(self) -> None:
        """Let the feeds be due now, also for programs that run: what is new in them is to be told."""
        with Database(self.database_url) as database, database.transaction() as conn:
            conn.execute(update(feeds).values(next_poll=None))

    def later(self, hours: float) -> None:
        """Let time pass between two runs: all that the store remembers is older by as much."""
        shift = timedelta(hours=hours)
        with Database(self.database_url) as database, database.transaction() as conn:
            for table in metadata.sorted_tables:
                moments = [column for column in table.c if column.type is UtcDateTime]
                if table.name == "reports" or not moments:
                    continue  # when a report was published is no memory of the program
                key = [*table.primary_key.columns]
                for row in conn.execute(select(table)).mappings().all():
                    here = [column == row[column.name] for column in key]
                    older = {one.name: row[one.name] - shift for one in moments if row[one.name]}
                    if older:
                        conn.execute(update(table).where(*here).values(**older))


@asynccontextmanager
async def stand(folder: Path, database_url: str) -> AsyncIterator[Stand]:
    """A stand on ports and in a folder of its own; programs that still run at the end are killed."""
    feed = Feed()
    app = web.Application()
    app.router.add_get("/feed", feed.answer)
    app.router.add_get("/echo", feed.echo)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    feed.port = runner.addresses[0][1]
    async with bot_api() as telegram, slack_api() as slack:
        made = Stand(folder, telegram, slack, feed, database_url)
        try:
            yield made
        finally:
            for program in made.programs:
                await program.kill()
            await runner.cleanup()


def told_of(chat: Chat, name: str) -> list[Message]:
    """The bot's messages in a chat whose words, as they are now, name somebody."""
    return [message for message in chat.told if name in message.text]


def read_of(room: Channel, name: str) -> list[SlackMessage]:
    """The app's messages in a Slack channel whose words, as they are now, name somebody."""
    return [message for message in room.told if name in message.read]
