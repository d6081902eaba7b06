"""Several programs on one PostgreSQL database: how many feeds they poll together, and ten kills of the leader.

The first figure is the store's: processes with the real poller over one database, of which every feed answers at once
that nothing has changed. Each feed must be asked once.

The second is a ledger: two programs with a feed, a Telegram and a Slack on loopback. All the time something new is
published and somebody asks a question; ten times, at random moments, whoever leads is killed (SIGKILL), and a new
program is started. In the end every alert must have reached every chat, once, or once more with the mark of a possible
repeat, and no feed may have been asked more often than it was due.

The server runs on this machine and does not wait for the disk. An argument says how many kills there are.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, update

from config.knowledge import load
from store.database import Database
from store.hosts import Hosts
from store.leadership import leader
from store.tables import feeds as feed_rows
from tests.bot.fakes.bot_api import slow
from tests.bot.stand import read_of, stand, told_of
from tests.bot.test_faults_of_delivery import MARK, many_states, news
from tests.postgresql import started
from watchers.fetch import Fetched, Headers
from watchers.polling import Poller, PollOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bot.stand import Program, Stand
    from watchers.arrivals import Arrival, Writes
    from watchers.fetch import FetchRequest

KILLS: Final = 10
FEEDS: Final = 20_000
PER_HOST: Final = 2
PARALLEL: Final = 128
CHATS: Final = (7, 8, 9)
PATIENCE: Final = 300.0
ANSWER_SECONDS: Final = 1.0
LIMIT_SECONDS: Final = 30.0
"""Within so many seconds somebody must lead again."""


class Unchanged:
    """A network in which nothing has changed."""

    def __init__(self) -> None:
        self.asked = 0

    async def get(self, request: FetchRequest) -> Fetched:
        """Ask."""
        self.asked += 1
        await asyncio.sleep(0)
        return Fetched(304, request.url, headers=Headers(etag=request.etag))


def nothing_new(arrivals: Sequence[Arrival]) -> Writes:
    """Take in what does not come."""
    raise AssertionError(f"feeds that have not changed bring no reports: {arrivals}")


def fill(url: str) -> None:
    """Put feeds into the store, all of them due."""
    now = datetime.now(UTC)
    fresh = {"outlet": "Wire", "kind": "outlet", "listed": True, "etag": b'"x"', "next_poll": now, "full_at": now}
    counts = {"interval": 1_800.0, "failures": 0, "gone": False, "baseline_done": True}
    urls = [f"https://host{number // PER_HOST}.example/feed{number}" for number in range(FEEDS)]
    with Database(url) as database:
        database.upgrade()
        with database.transaction() as conn:
            conn.execute(insert(feed_rows), [fresh | counts | {"url": one, "address": one} for one in urls])


async def poll(url: str) -> None:
    """Poll what is due, as one of several programs, and say how many feeds were asked; begins when it is told to."""
    logging.disable()
    network = Unchanged()
    with Database(url) as database, closing(Hosts(database)) as hosts:
        options = PollOptions(parallel=PARALLEL, sleep=lambda _: asyncio.sleep(0), turns=hosts)
        poller = Poller(database, network, nothing_new, options)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        while waiting(database):
            await poller.poll_due(datetime.now(UTC))
    print(network.asked)


def waiting(database: Database) -> int:
    """How many feeds are due."""
    with database.reading() as conn:
        due = feed_rows.c.next_poll <= datetime.now(UTC)
        return int(conn.execute(select(func.count()).select_from(feed_rows).where(due)).scalar_one())


async def together(url: str, number: int) -> None:
    """So many programs poll all feeds."""
    fill(url)
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.instances", "poll", url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(number)
    ]
    for process in processes:
        if process.stdout:
            await process.stdout.readline()
    begun = time.perf_counter()
    said = [out for out, _ in await asyncio.gather(*(process.communicate(b"go\n") for process in processes))]
    seconds = time.perf_counter() - begun
    shares = [int(out) for out in said]
    print(
        f"{number} programs: {FEEDS:,} feeds that have not changed in {seconds:.1f} s, {FEEDS / seconds:.0f} feeds/s;"
        f" asked by each: {', '.join(f'{one:,}' for one in shares)}",
        flush=True,
    )
    if sum(shares) != FEEDS:
        raise SystemExit(f"{sum(shares):,} requests for {FEEDS:,} feeds that were due once")


class Ledger:
    """What was published, asked, killed, and told."""

    def __init__(self, place: Stand, chance: random.Random) -> None:
        self.place = place
        self.chance = chance
        self.chats = [place.listed(place.telegram.private(number)) for number in CHATS]
        self.room = place.joined(place.slack.channel("C1DESK", "desk"))
        self.published: list[str] = []
        self.due = 0
        self.questions = 0
        self.gaps: list[float] = []
        self._states = list(many_states())
        chance.shuffle(self._states)
        self._over = False

    def publish(self) -> None:
        """Something happens, and the feed is due: as if half an hour had passed since it was asked."""
        if self._states:
            self.published.append(self._states.pop())
            self.place.feed.titles += news(self.published[-1])
            self.make_due()

    def make_due(self) -> None:
        """Have the feed asked, if it is not about to be."""
        with Database(self.place.database_url) as database, database.transaction() as conn:
            later = feed_rows.c.next_poll > datetime.now(UTC)
            self.due += conn.execute(update(feed_rows).where(later).values(next_poll=datetime.now(UTC))).rowcount

    async def go_on(self) -> None:
        """Publish and ask all the time, until it is over."""
        while not self._over:
            await asyncio.to_thread(self.publish)
            if self.chance.random() < 0.3:  # noqa: PLR2004 - now and then
                self.chats[0].says("/help")
                self.questions += 1
            await asyncio.sleep(self.chance.uniform(0.5, 3.0))

    async def kill_leaders(self, kills: int) -> None:
        """Kill whoever leads, again and again."""
        for number in range(1, kills + 1):
            await asyncio.sleep(self.chance.uniform(0.0, 8.0))
            leading = await self.leader()
            await leading.kill()
            begun = time.perf_counter()
            await self.leader(leading)
            self.gaps.append(time.perf_counter() - begun)
            print(f"  kill {number}: another leads after {self.gaps[-1]:.1f} s", flush=True)
            await self.follower()

    async def follower(self) -> None:
        """Start one more program, which follows."""
        made = await self.place.run()
        await self.place.until_so(lambda: "this one follows" in made.said)

    async def leader(self, before: Program | None = None) -> Program:
        """The program that leads, once one does that is not the one `before`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = await asyncio.to_thread(self._leader)
                if found and found is not before and "this program leads" in found.said:
                    return found
                await asyncio.sleep(0.05)

    def _leader(self) -> Program | None:
        with Database(self.place.database_url) as database:
            name = leader(database)
        pid = int(name.rpartition(":")[2]) if name else None
        return next((one for one in self.place.programs if one.process.pid == pid), None)

    async def settle(self) -> None:
        """Publish no more, and wait until everything is told."""
        self._over = True
        wanted = len(self.published) * (len(self.chats) + 1)
        async with asyncio.timeout(PATIENCE):
            while True:
                rows = [row for row in await asyncio.to_thread(self.place.owed) if row.kind == "alert"]
                if len(rows) >= wanted and {row.state for row in rows} == {"sent"}:
                    return
                await asyncio.to_thread(self.make_due)
                await asyncio.sleep(1.0)

    def close(self) -> list[str]:
        """Print what came of it, and return what went wrong."""
        lost, twice, marked = [], [], 0
        readers: list[Callable[[str], Sequence[Any]]] = [*(partial(told_of, chat) for chat in self.chats)]
        readers.append(partial(read_of, self.room))
        for number, read in enumerate(readers):
            for state in self.published:
                messages = read(state)
                repeats = [one for one in messages if MARK in shown_first(one)]
                marked += len(repeats)
                if not messages:
                    lost.append(f"chat {number}: {state} was not told")
                if len(messages) > len(repeats) + 1:
                    twice.append(f"chat {number}: {state} was told {len(messages)} times, {len(repeats)} with a mark")
        asked = self.place.feed.asked
        helped = sum("/watch" in one.looks[0].said.text for one in self.chats[0].told)
        print(
            f"{len(self.gaps)} kills of the leader: another leads after {median(self.gaps):.1f} s (median),"
            f" {max(self.gaps):.1f} s (worst)"
        )
        print(
            f"ledger: {len(self.published)} developments for {len(readers)} chats: {len(lost)} lost, {len(twice)} told"
            f" twice without a mark, {marked} possible repeats with one; {self.questions} questions, {helped} answers;"
            f" the feed was due {self.due} times and asked {asked} times;"
            f" {len(self.place.telegram.pace.violations)} violations of Telegram's limits"
        )
        faults = [*lost, *twice, *map(str, self.place.telegram.pace.violations)]
        if asked > self.due + 1:  # the first time it was new
            faults.append("the feed was asked more often than it was due")
        if max(self.gaps) > LIMIT_SECONDS:
            faults.append(f"nobody led for {max(self.gaps):.0f} s")
        if helped < self.questions:
            faults.append("a question was not answered")
        return faults


def shown_first(message: Any) -> str:
    """What a message said when it was sent."""
    return str(message.looks[0].said.text) if hasattr(message.looks[0], "said") else str(message.read)


async def kill(url: str, kills: int) -> None:
    """Kill leaders, and hold the ledger against what was told."""
    with Database(url) as database:
        database.upgrade()
    with tempfile.TemporaryDirectory() as folder:
        async with stand(Path(folder), url) as place:
            # Every message takes a while to be answered for, so that many a kill comes between sent and known.
            place.telegram.faults = [replace(slow(ANSWER_SECONDS), times=None)]
            ledger = Ledger(place, random.Random(5))  # noqa: S311 - a benchmark repeats itself
            await place.run()
            await ledger.leader()
            await ledger.follower()
            going = asyncio.create_task(ledger.go_on())
            await ledger.kill_leaders(kills)
            await ledger.settle()
            await going
            await ledger.settle()
            faults = ledger.close()
    if faults:
        raise SystemExit("\n".join(faults))


def main(kills: int) -> None:
    """Both figures."""
    load()
    with tempfile.TemporaryDirectory() as folder:
        server = started(Path(folder) / "data")
        try:
            for number in (1, 2, 3):
                asyncio.run(together(made(server, f"polls_{number}"), number))
            asyncio.run(kill(made(server, "kills"), kills))
        finally:
            server.cleanup()


def made(server: Any, name: str) -> str:
    """The address of a new database."""
    server.psql(f"CREATE DATABASE {name}")
    return str(server.get_uri(database=name))


if __name__ == "__main__":
    if sys.argv[1:2] == ["poll"]:
        asyncio.run(poll(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS)
