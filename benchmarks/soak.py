"""Two days of the whole program in less than half an hour, with everything around it going wrong; then a ledger.

Three hundred feeds, a Telegram and a Slack on loopback outlive the program, which is killed again and again, and then
left alone so that its memory can be watched. Whatever developments the script holds must have been alerted once in
every channel that asked for them, or again with a mark. `benchmarks.soaking.pace` says how time is made to fly.

    python -m benchmarks.soak [--hours 48] [--kills 210] [--seed N] [--postgresql] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import deque
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import tomli_w
from sqlalchemy import func, select

from benchmarks.soaking.feeds import HOSTS, Outlets
from benchmarks.soaking.ledger import Place
from benchmarks.soaking.news import FEEDS, Step, write
from benchmarks.soaking.pace import START, FastClock, loops
from benchmarks.soaking.processes import alive, busy, children_of, megabytes
from benchmarks.soaking.report import Figures, print_ledger, print_memory, told
from benchmarks.soaking.stores import opened
from bot.speech import speeches
from bot.wiring.ready import loaded
from store.database import Database
from store.tables import outbox
from tests.bot.fakes import bot_api as telegram
from tests.bot.fakes import slack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from benchmarks.soaking.news import Script
    from benchmarks.soaking.stores import Store
    from bot.speech import Speech

ROOT: Final = Path(__file__).parents[1]
STORIES: Final = 150
BETWEEN_KILLS: Final = (1.0, 6.0)
"""Minutes, from one to the other: how long the program lives while it is being killed."""

IN_HAND: Final = 0.3
"""So many of the kills hit while a message is on its way."""

FAULT_MINUTES: Final = 4.0
"""On the average something is about to go wrong so often at each of the chats."""

FAULT_SECONDS: Final = 60.0
"""So long it lies in wait for a message."""

FEED_FAULTS: Final = 0.06
CRASH_MINUTES: Final = 45.0
"""On the average a PostgreSQL server crashes so often."""

SAMPLE_MINUTES: Final = 10.0
TICK: Final = 0.004
"""Seconds of the machine between two grants of time."""

IDLE: Final = 8.0
WORKING: Final = 0.1
"""Simulated seconds that are granted while the program waits, and while it works."""

LAST_HOURS: Final = 8
"""So many hours at the most, without faults, are added at the end."""

STARTING_SECONDS: Final = 60.0
"""Seconds of the machine after which a program that has not begun to work is taken for stuck."""


class StuckError(Exception):
    """The program did not begin, or did not come to an end."""


@dataclass(slots=True)
class Soak:
    """Everything that outlives the program, and the program that lives just now."""

    folder: Path
    clock: FastClock
    dice: random.Random
    outlets: Outlets
    chats: telegram.FakeBotApi
    rooms: slack.FakeSlack
    places: list[Place]
    starter: asyncio.subprocess.Process
    store: Store
    figures: Figures = field(default_factory=Figures)
    pid: int = 0
    starting: bool = True
    waiting: deque[tuple[Any, str, Any]] = field(default_factory=deque)

    # The program

    async def start(self) -> None:
        """Start the program; time stands still until it listens, because starting takes the machine's time."""
        self.starting = True
        asked = len(self.chats.polls)
        line = f"{self.folder / 'program.log'}\t{self.folder / 'treatywatch.toml'}\n"
        if not (self.starter.stdin and self.starter.stdout):
            raise StuckError("nothing can be said to what starts the program")
        self.starter.stdin.write(line.encode())
        self.pid = int(await self.starter.stdout.readline())
        await self._in_earnest(lambda: len(self.chats.polls) > asked)
        self.starting = False

    async def _in_earnest(self, found: Callable[[], bool]) -> None:
        """Wait in the machine's time."""
        until = time.monotonic() + STARTING_SECONDS
        while not found():
            if time.monotonic() > until or not alive(self.pid):
                log = (self.folder / "program.log").read_text(encoding="utf-8", errors="replace")
                raise StuckError(f"the program does not work:\n{log[-3000:]}")
            await asyncio.to_thread(time.sleep, 0.01)

    async def kill(self) -> None:
        """End the program as a power cut does."""
        self.starting = True
        self.clock.grant(0)
        if not alive(self.pid):
            self.figures.deaths += 1
        else:
            os.kill(self.pid, signal.SIGKILL)
        while alive(self.pid):
            await asyncio.to_thread(time.sleep, 0.002)
        self.figures.kills += 1

    async def stop(self) -> None:
        """End the program as an operator does."""
        os.kill(self.pid, signal.SIGTERM)
        await self._in_earnest_ended()

    async def _in_earnest_ended(self) -> None:
        until = time.monotonic() + STARTING_SECONDS
        while alive(self.pid):
            if time.monotonic() > until:
                raise StuckError("the program does not stop")
            await asyncio.to_thread(time.sleep, 0.01)

    async def pace(self) -> None:
        """Grant time: a lot while the program waits for something to happen, little while it works, none at a start."""
        while True:
            if not self.starting:
                self.clock.grant(WORKING if busy(self.pid, *self.store.pids) else IDLE)
            await asyncio.to_thread(time.sleep, TICK)

    # What goes wrong

    async def kills(self, count: int, until: float) -> None:
        """Kill the program so often, at moments of which some are the worst."""
        while self.figures.kills < count and self.clock.seconds() < until:
            await asyncio.sleep(60 * self.dice.uniform(*BETWEEN_KILLS))
            if self.dice.random() < IN_HAND:
                await self._in_hand()
            await self.kill()
            await self.start()

    async def _in_hand(self) -> None:
        """Wait a few minutes for the next message, which is on its way then, and may be there already."""
        accepts = self.dice.random() < 1 / 2
        hanging: list[Any] = [telegram.hanging(accepts=accepts), slack.hanging(accepts=accepts)]
        self.chats.faults.append(hanging[0])
        self.rooms.faults.append(hanging[1])
        until = self.clock.seconds() + 300
        while all(one.times for one in hanging) and self.clock.seconds() < until:  # noqa: ASYNC110 - as for a user
            await asyncio.sleep(1)
        self.figures.kills_in_hand += not all(one.times for one in hanging)
        for one in hanging:
            one.times = 0

    async def faults(self) -> None:
        """Let something go wrong at a chat every now and then."""
        while True:
            await asyncio.sleep(60 * self.dice.expovariate(1 / FAULT_MINUTES) / 2)
            fake: Any = self.dice.choice((telegram, slack))
            server: Any = self.chats if fake is telegram else self.rooms
            name, fault = self._fault(fake)
            server.faults.append(fault)
            self.waiting.append((fault, f"{fake.__name__.rpartition('.')[2]}: {name}", server))
            # Or a quiet hour would save up trouble for the messages of the next one.
            asyncio.get_running_loop().call_later(FAULT_SECONDS, self._over)

    async def crashes(self) -> None:
        """Let the store's server crash every now and then."""
        while self.store.server:
            await asyncio.sleep(60 * self.dice.expovariate(1 / CRASH_MINUTES))
            await asyncio.to_thread(self.store.crash)
            self.figures.crashes += 1

    def _over(self) -> None:
        """What has not gone wrong by now does not any more."""
        fault, name, server = self.waiting.popleft()
        self.figures.faults[name] += fault.times == 0
        fault.times = 0
        server.faults[:] = [one for one in server.faults if one.times != 0]

    def _fault(self, fake: Any) -> tuple[str, Any]:
        accepts = self.dice.random() < 1 / 2
        done = "after acceptance" if accepts else "before acceptance"
        limited = fake.flood if fake is telegram else fake.limited
        kind = self.dice.randrange(6)
        return (
            (f"reset {done}", fake.cutting(accepts=accepts)),
            (f"no answer {done}", fake.hanging(accepts=accepts)),
            ("500", fake.page(500, "<html>internal error</html>")),
            ("429", limited(self.dice.randint(3, 60))),
            ("garbage", fake.garbage()),
            ("slow", fake.slow(self.dice.uniform(5, 60))),
        )[kind]

    # What is looked at

    async def watch(self, until: float) -> None:
        """Note the memory of the program that is left alone; should it end, that is noted and it is started again."""
        begun = self.clock.seconds()
        while self.clock.seconds() < until:
            if not alive(self.pid):
                self.figures.deaths += 1
                await self.start()
            children = [megabytes(int(one)) for one in children_of(self.pid)]
            hours = (self.clock.seconds() - begun) / 3_600
            self.figures.memory.append((hours, megabytes(self.pid)))
            self.figures.written.append((hours, megabytes(self.pid, "RssAnon")))
            self.figures.parsing.append(sum(children))
            await asyncio.sleep(60 * SAMPLE_MINUTES)

    def owed(self) -> dict[str, int]:
        """The messages in the outbox by state."""
        with Database(self.store.url) as database, database.reading() as conn:
            states = select(outbox.c.state, func.count()).group_by(outbox.c.state)
            return {row[0]: row[1] for row in conn.execute(states)}

    def alerted(self) -> set[Step]:
        """Every development for which there is an alert in the outbox."""
        with Database(self.store.url) as database, database.reading() as conn:
            rows = conn.execute(select(outbox.c.payload).where(outbox.c.kind == "alert")).scalars()
            return {Step(row["state"], row["treaty"], row["stage"]) for row in rows}


def places(chats: telegram.FakeBotApi, rooms: slack.FakeSlack, script: Script) -> list[Place]:
    """Channels at both chats, of which each wants to hear something else."""
    some = sorted({step.state for step in script.steps})

    def chat(made: telegram.Chat, **wants: Any) -> Place:
        return Place(f"Telegram {made.title}", {"id": made.id, **wants}, lambda: [one.text for one in made.told])

    def room(number: str, name: str, **wants: Any) -> Place:
        made = rooms.channel(number, name)
        return Place(f"Slack {name}", {"id": number, **wants}, lambda: [one.read for one in made.told])

    group = chats.group(-100200, title="Group")
    return [
        chat(chats.private(7, "Ann")),
        chat(group, states=some[::2]),
        chat(chats.private(8, "Bob"), treaties=["cwc", "rome-statute"], language="de"),
        room("C1NEWS", "news"),
        room("C2DESK", "desk", treaties=["ottawa", "ccm", "att"]),
        room("C3LAST", "last steps", stages=["notified_depositary", "parliament_passed"]),
        room("C4OWNER", "owners", role="owner"),
        room("C5REVIEW", "reviewers", role="reviewers"),
        room("C6DIGEST", "digests", stages=["rejoined"], digest="daily"),
    ]


def settings(soak: Soak) -> None:
    """Write the program's settings and its list of feeds."""
    urls = soak.outlets.urls()
    listed = [{"url": url, "outlet": f"Outlet {number}"} for number, url in enumerate(urls)]
    (soak.folder / "feeds.toml").write_text(tomli_w.dumps({"feed": listed}), encoding="utf-8")
    of = {name: [one.settings for one in soak.places if one.name.startswith(name)] for name in ("Telegram", "Slack")}
    chosen = {
        "database_url": soak.store.url,
        "contact": "soak@example.org",
        "feeds": {
            "file": str(soak.folder / "feeds.toml"),
            "added_file": str(soak.folder / "added.toml"),
            "allow_hosts": [f"{host}:{soak.outlets.port}" for host in HOSTS],
        },
        "digest": {"every": "off"},
        "telegram": {"token": soak.chats.token, "base_url": soak.chats.url, "chats": of["Telegram"]},
        "slack": {
            "bot_token": soak.rooms.token,
            "app_token": soak.rooms.app_token,
            "base_url": soak.rooms.url,
            "channels": of["Slack"],
        },
    }
    (soak.folder / "treatywatch.toml").write_text(tomli_w.dumps(chosen), encoding="utf-8")


@asynccontextmanager
async def starter(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """What starts the program; it ends with the block, and so does whatever it started."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.soaking.program", str(folder / "clock")),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def soak(chosen: argparse.Namespace, clock: FastClock, folder: Path) -> bool:
    """Simulate, print, and return whether the ledger is clean."""
    dice = random.Random(chosen.seed)  # noqa: S311 - chance for a benchmark needs no cryptography
    knowledge, reading = loaded()
    script = write(knowledge, reading, random.Random(dice.random()), hours=chosen.hours, stories=STORIES)  # noqa: S311
    tellings = sum(map(len, script.items)) - script.ordinary
    print(f"script: {len(script.steps)} developments, {tellings} reports of them, {script.ordinary} others", flush=True)
    async with AsyncExitStack() as stack:
        chats = await stack.enter_async_context(telegram.bot_api(clock=clock.timestamp))
        rooms = await stack.enter_async_context(slack.slack_api(clock=clock.timestamp))
        outlets = Outlets(script, clock, random.Random(dice.random()))  # noqa: S311
        await stack.enter_async_context(outlets.open())
        process = await stack.enter_async_context(starter(folder))
        store = stack.enter_context(opened(folder, postgresql=chosen.postgresql))
        listening = places(chats, rooms, script)
        made = Soak(folder, clock, dice, outlets, chats, rooms, listening, process, store)
        settings(made)
        await _simulate(made, chosen)
        return _report(made, script, speeches(knowledge))


async def _simulate(made: Soak, chosen: argparse.Namespace) -> None:
    # As a group: what ends by a fault of its own must not leave the others waiting for a time that stands still.
    async with asyncio.TaskGroup() as group:
        pacing = group.create_task(made.pace())
        await made.start()
        await _in_trouble(made, chosen)
        await _in_peace(made, 3_600 * chosen.hours + 2 * 3_600)
        await made.stop()
        pacing.cancel()


async def _in_trouble(made: Soak, chosen: argparse.Namespace) -> None:
    """Let everything go wrong until the program is left alone, and things around it until it has had its hours."""
    end = 3_600 * chosen.hours
    async with asyncio.TaskGroup() as group:
        made.outlets.share = FEED_FAULTS
        trouble = [group.create_task(made.faults()), group.create_task(made.crashes())]
        await made.kills(chosen.kills, end)
        print(f"killed {made.figures.kills} times in {made.clock.seconds() / 3_600:.1f} simulated hours", flush=True)
        await made.watch(end)
        for one in trouble:
            one.cancel()


async def _in_peace(made: Soak, until: float) -> None:
    """Give the feeds that failed their turn, and the messages that wait for another try."""
    made.outlets.share = 0.0
    made.chats.faults.clear()
    made.rooms.faults.clear()
    for _ in range(LAST_HOURS):
        await asyncio.sleep(3_600)
        if not {"pending", "sending"} & made.owed().keys() and made.clock.seconds() >= until:
            break


def _report(made: Soak, script: Script, spoken: dict[str, Speech]) -> bool:
    """Print what happened; whether all is well."""
    figures = made.figures
    print(f"kills: {figures.kills}, of which {figures.kills_in_hand} with a message on its way")
    print(f"program ended by itself: {figures.deaths} times")
    if made.store.server:
        print(f"PostgreSQL crashed: {figures.crashes} times")
    print(f"feeds: {made.outlets.asked} requests, faults: {told(made.outlets.faults)}")
    print(f"chats: faults: {told(figures.faults)}")
    print(f"limits broken: Telegram {len(made.chats.pace.violations)}, Slack {len(made.rooms.pace.violations)}")
    print(f"outbox: {told(made.owed())}")
    seen = {place.name: list(place.seen()) for place in made.places}
    (made.folder / "seen.json").write_text(json.dumps(seen, ensure_ascii=False, indent=1), encoding="utf-8")
    well = print_ledger(made.places, script.steps, spoken)
    if more := made.alerted() - set(script.steps):
        print(f"NOT in the script: {sorted(map(str, more))}")
    digests = [place for place in made.places if place.settings.get("digest")]
    for place in digests:
        print(f"{place.name}: {len(place.seen())} digests")
    flat = print_memory(figures)
    print("the ledger is clean" if well and not more else "the ledger is NOT clean")
    return well and not more and flat and not figures.deaths


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Where the program works: a folder that is kept, or one that is gone afterwards."""
    if kept is not None:
        kept.mkdir(parents=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="treatywatch-soak-") as name:
        yield Path(name)


def main() -> None:
    """Run it; exit code 1 where something was lost, came twice without a mark, or grew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description="A soak test of the whole program.")
    parser.add_argument("--hours", type=float, default=48.0, help="simulated hours")
    parser.add_argument("--kills", type=int, default=210, help="how often the program is killed")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="for the same script and dice again")
    parser.add_argument(
        "--postgresql", action="store_true", help="the store is a PostgreSQL server, which crashes, too"
    )
    parser.add_argument("--keep", type=Path, help="a new folder for the store and the log, which stay there")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}, {chosen.hours:g} hours of {FEEDS} feeds", flush=True)
    begun = time.monotonic()
    # The fakes would log every connection that a kill cuts off.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with _folder(chosen.keep) as folder:
        clock = FastClock.begin(folder / "clock")
        with asyncio.Runner(loop_factory=loops(clock)) as runner:
            well = runner.run(soak(chosen, clock, folder))
    print(f"simulated from {START:%Y-%m-%d}; took {(time.monotonic() - begun) / 60:.1f} minutes")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
