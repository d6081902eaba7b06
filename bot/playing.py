"""Playing the demo: the story's days pass, the real watchers poll its feeds, the console shows what follows.

An interrupted demo goes on where it was: its store keeps the last day that was finished.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.demo.comparison import Comparison, Raised, compare
from bot.demo.server import StoryServer
from bot.demo.story import Story, days, parse_story, story_id
from store import channels, coverage, jobs, outbox, senders
from store.database import Database
from store.feeds import FeedSpec
from treaties.model import Role
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date, datetime
    from pathlib import Path

    from bot.delivery import Deliverer
    from bot.digests import Digests

__all__ = ["Place", "Play", "eve", "feed_specs", "moments", "parse_story"]

_DAY: Final = "demo day"

_LAST_WAITS: Final = (0, 2, 5, 10, 20, 30)
"""Seconds between the last attempts to reach chats, once the story is over."""


def moments(story: Story) -> tuple[datetime, ...]:
    """The moments at which the feeds are polled: the end of every day of the story."""
    return days(story)


def eve(story: Story) -> date:
    """The first day of the story: what happened later is not known yet."""
    return moments(story)[0].date()


def feed_specs(story: Story, server: StoryServer) -> list[FeedSpec]:
    """The story's outlets as feeds to poll."""
    return [FeedSpec(server.url(o.id), o.name, o.country, o.lang, o.kind, o.group) for o in story.outlets]


@dataclass(frozen=True, slots=True)
class Place:
    """The demo's folder: its store, and the port that its feeds had, so that their addresses last over a restart."""

    folder: Path
    story: Story

    def database(self) -> Database:
        """The demo's own store, at the newest schema."""
        database = Database(f"sqlite:///{self.folder / 'demo.db'}")
        database.upgrade()
        return database

    def finished(self) -> bool:
        """Whether an earlier demo here came to its end."""
        if not (self.folder / "demo.db").exists():
            return False
        with self.database() as database:
            return last_day(database) == moments(self.story)[-1]

    def clear(self) -> None:
        """Forget the earlier demo."""
        for name in ("demo.db", "demo.db-wal", "demo.db-shm", "port"):
            (self.folder / name).unlink(missing_ok=True)

    def server(self) -> StoryServer:
        """The server of the story's feeds, on the port of last time where it is free."""
        port = self.folder / "port"
        text = port.read_text(encoding="ascii") if port.exists() else ""
        return StoryServer(self.story, int(text) if text.isdigit() else 0, port)


def last_day(database: Database) -> datetime | None:
    """The last moment of the story that was played to its end."""
    with database.reading() as conn:
        return next((row.finished for row in jobs.all_jobs(conn) if row.name == _DAY), None)


@dataclass(frozen=True, slots=True)
class Play:
    """One playing of the story.

    Attributes:
        story: what happens.
        server: publishes it.
        database: the demo's store.
        poll: polls the feeds that are due at a moment.
        deliverer: sends what is owed.
        digests: queues digests.
        pace: seconds that a day lasts.
        console: the console's row: what it is told is what is compared.
        told: the rows of the chats that are told as well.
    """

    story: Story
    server: StoryServer
    database: Database
    poll: Callable[[datetime], Awaitable[object]]
    deliverer: Deliverer
    digests: Digests
    pace: float
    console: int
    told: frozenset[int] = frozenset()

    async def run(self) -> bool:
        """Let the days pass, print what follows, and return whether all was as expected."""
        done = last_day(self.database)
        left = [moment for moment in moments(self.story) if done is None or moment > done]
        self._open(done)
        with self.database.transaction() as conn:
            senders.clear(conn)
            outbox.recover(conn, left[0], alone=True)
        for moment in left:
            self.server.publish_until(moment)
            await self._day(moment)
            await asyncio.sleep(self.pace)
        await self._bring_to_end(moments(self.story)[-1])
        comparison = self._compare()
        comparison = replace(comparison, faults=(*comparison.faults, *self._undelivered()))
        show(comparison)
        return comparison.ok

    def _open(self, done: datetime | None) -> None:
        feeds = len(self.story.outlets)
        print(f"{self.story.title}: {feeds} feeds on {self.server.base_url}, {len(self.story.reports)} reports.")
        print(f"Going on after {done:%d %B %Y}." if done else f"It is {moments(self.story)[0]:%d %B %Y}.", flush=True)

    async def _day(self, moment: datetime) -> None:
        with self.database.transaction() as conn:
            jobs.started(conn, _DAY, moment, timedelta(days=1).total_seconds())
        await self.poll(moment)
        await asyncio.to_thread(self.digests.queue_due, moment)
        await self.deliverer.deliver(moment)
        with self.database.transaction() as conn:
            jobs.finished(conn, _DAY, moment)

    async def _bring_to_end(self, moment: datetime) -> None:
        """Send what chats could not take in their day."""
        for wait in _LAST_WAITS:
            # Of the story's time enough passes for whatever is to be tried again.
            moment += timedelta(hours=2)
            with self.database.reading() as conn:
                if not outbox.waiting(conn, moment):
                    return
            await self.deliverer.deliver(moment)
            await asyncio.sleep(wait)

    def _undelivered(self) -> list[str]:
        """A sentence for every chat that was lost, and one for the messages that the others are still owed."""
        with self.database.reading() as conn:
            lost, owed = channels.lost(conn, self.told), outbox.depth(conn)
        faults = [f"{one.title} cannot be told any more: {one.disabled_reason}" for one in lost]
        return [*faults, f"{owed} messages could not be delivered"] if owed else faults

    def _compare(self) -> Comparison:
        with self.database.reading() as conn:
            rows, told = outbox.history(conn), coverage.told(conn)

        def is_told(row: outbox.OutboxRow) -> bool:
            return row.channel_id == self.console and row.kind == "alert" and row.state == "sent"

        alerts = [
            Raised(p["state"], p["treaty"], Stage(p["stage"]), story_id(p["url"]))
            for p in (row.payload for row in rows if is_told(row))
        ]
        joined: defaultdict[str, set[Stage]] = defaultdict(set)
        for one in told:
            report = story_id(one.url)
            if report and one.role is Role.NEWS and (one.state, one.treaty) == (self.story.state, self.story.treaty):
                joined[report].add(one.stage)
        return compare(self.story, alerts, joined)


def show(comparison: Comparison) -> None:
    """Print what was expected beside what happened."""
    console = Console()
    table = Table("Step", "Day", "Alerts", "Reports that joined", title="What happened beside what was expected")
    for row in comparison.rows:
        alerts = f"{row.alerts} of {row.expected_alerts}"
        cells = (row.stage, f"{row.day:%d %b %Y}", alerts, f"{row.joined} of {row.should_join}")
        table.add_row(*(Text(cell) for cell in cells), style="" if row.ok else "red")
    console.print(table)
    quiet = f"{comparison.quiet} of {comparison.should_be_quiet}"
    print(f"Quiet as expected: {quiet} reports (reactions, talk, background, look-alikes, other news)")
    for fault in comparison.faults:
        print(f"Not as expected: {fault}")
    print("All as expected." if comparison.ok else "Not all was as expected.", flush=True)
