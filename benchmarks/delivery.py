"""Delivery to 1,000 channels: choosing who hears of an alert, and a burst of alerts at a platform's limits.

The platform is a fake in the same process that answers at once and counts what it gets; time is simulated, since at 30
messages a second a burst takes minutes whatever the program does. What is printed as work is real time.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert

from benchmarks.knowledge import megabytes
from bot.delivery import Deliverer
from bot.limits import Limit
from bot.message import Message
from store import channels, edits, outbox
from store.audience import audience
from store.database import Database
from store.tables import subscriptions
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.outbox import Delivery

NOW: Final = datetime(2025, 11, 3, 12, tzinfo=UTC)
CHANNELS: Final = 1_000
ALERTS: Final = 100
OVERALL: Final = 30
STATES: Final = ("EE", "FI", "LT", "LV", "PL", "RU", "UA", "US", "VE", "HU")
TREATIES: Final = ("ottawa", "ccm", "ecpt", "echr", "rome-statute", "inf")
LANGUAGES: Final = ("uk", "ru", "en", "de", "fr")
TEXT: Final = (
    "What happened, in about as many words as the title of a report has, with its outlet and its address. " * 12
)


class Platform:
    """A platform that takes everything and counts it, as the busiest second and the busiest second of one chat."""

    def __init__(self) -> None:
        self.now = NOW
        self.messages = 0
        self.told: Counter[int] = Counter()
        self.busiest = 0
        self._lately: deque[datetime] = deque()

    def take(self, channel: int, message: Message) -> str:
        """Count one message."""
        self.messages += 1
        self.told[channel] += max(1, len(message.lines))
        self._lately.append(self.now)
        while self._lately[0] <= self.now - timedelta(seconds=1):
            self._lately.popleft()
        self.busiest = max(self.busiest, len(self._lately))
        return str(self.messages)


class Chat:
    """One chat of the platform, with Telegram's limits."""

    def __init__(self, platform: Platform, number: int, overall: Limit) -> None:
        self._platform = platform
        self._number = number
        self.limits = (Limit(1, 1), Limit(20, 60), overall)

    async def post(self, message: Message, reply_to: str | None) -> str:  # noqa: ARG002 - a chat's signature
        """Take a message."""
        return self._platform.take(self._number, message)

    async def edit(self, message_id: str, message: Message) -> None:  # noqa: ARG002 - a chat's signature
        """Take an edit."""
        self._platform.take(self._number, message)


def some(chance: random.Random, values: tuple[str, ...]) -> list[str]:
    """A few of the values, or none, which asks for all."""
    return chance.sample(values, chance.choice((0, 0, 1, 2, 3)))


def set_up(database: Database, *, filtered: bool) -> list[int]:
    """The channels, each with a filter of its own if they are to have any."""
    chance = random.Random(7)  # noqa: S311 - a benchmark repeats itself
    with database.transaction() as conn:
        ids = [channels.sync(conn, "telegram", f"-{number}", title=f"Room {number}") for number in range(CHANNELS)]
        wanted = [
            {"channel_id": one, "dimension": dimension, "value": value}
            for one in ids
            for dimension, values in (("state", STATES), ("treaty", TREATIES), ("lang", LANGUAGES))
            for value in some(chance, values)
        ]
        if filtered:
            conn.execute(insert(subscriptions), wanted)
    return ids


def choosing(database: Database) -> None:
    """How long it takes to choose who hears of an alert, and to owe it to them."""
    set_up(database, filtered=True)
    chosen, owed, changed = [], [], []
    for number in range(50):
        state, treaty = STATES[number % len(STATES)], TREATIES[number % len(TREATIES)]
        with database.transaction() as conn:
            start = time.perf_counter()
            wanted = audience(conn, [state], treaty, Stage.ANNOUNCED, ["uk", "en"], NOW)
            chosen.append(time.perf_counter() - start)
        with database.transaction() as conn:
            start = time.perf_counter()
            payload = {"text": TEXT, "number": number}
            outbox.queue_all(conn, wanted, key=f"alert {number}", kind="alert", payload=payload, now=NOW, priority=10)
            owed.append(time.perf_counter() - start)
        with database.transaction() as conn:
            start = time.perf_counter()
            edits.amend(conn, f"alert {number}", {"number": -number}, NOW)
            changed.append(time.perf_counter() - start)
    told = sum(reason is None for reason in wanted.values())
    print(
        f"{CHANNELS} channels with filters: choosing who hears {1000 * median(chosen):.1f} ms"
        f" (slowest {1000 * max(chosen):.1f}; {told} of the last), owing it {1000 * median(owed):.1f} ms,"
        f" a change of it {1000 * median(changed):.1f} ms"
    )


def render(delivery: Delivery, _now: datetime) -> Message:
    """An alert, or a list of them."""
    return Message(delivery.kind, delivery.key, tuple(one["text"] for one in delivery.payload.get("alerts", ())))


async def draining(database: Database) -> None:
    """How long a burst takes by the platform's clock and by this machine's, and what it takes in memory."""
    ids = set_up(database, filtered=False)
    start = time.perf_counter()
    for number in range(ALERTS):
        with database.transaction() as conn:
            wanted = dict.fromkeys(ids)
            payload = {"text": TEXT, "number": number}
            outbox.queue_all(conn, wanted, key=f"alert {number}", kind="alert", payload=payload, now=NOW, priority=10)
    queued = time.perf_counter() - start
    platform, overall = Platform(), Limit(OVERALL, 1)
    bot = Deliverer(database, {one: Chat(platform, one, overall) for one in ids}, render)
    start = time.perf_counter()
    again_at: datetime | None = NOW
    while again_at is not None:
        platform.now = again_at
        again_at = (await bot.deliver(again_at)).again_at
    work = time.perf_counter() - start
    taken = (platform.now - NOW).total_seconds()
    whole = all(platform.told[one] == ALERTS for one in ids)
    print(
        f"{ALERTS} alerts to {CHANNELS} channels: {platform.messages} messages in {taken:.0f} s of the platform's time,"
        f" {platform.messages / taken:.1f}/s, at most {platform.busiest} in a second"
        f" ({'every alert told once' if whole else 'NOT every alert was told once'});"
        f" queueing {queued:.1f} s and sending {work:.1f} s of work"
        f" ({1000 * work / platform.messages:.1f} ms a message), {megabytes():.0f} MB"
    )


if __name__ == "__main__":
    for measure in (choosing, lambda database: asyncio.run(draining(database))):
        with tempfile.TemporaryDirectory() as folder, Database(f"sqlite:///{folder}/bench.db") as opened:
            opened.upgrade()
            measure(opened)
