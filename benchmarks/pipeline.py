"""How many reports go through the whole rule chain with SQLite in a second, and whether a full store slows it down.

The store holds a thousand known cases and so many reports as each line says, put there beforehand in bulk; then a
thousand reports of a feed's mix go through reading, matching and storing, each in its own durable transaction.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import insert

from benchmarks.knowledge import megabytes
from benchmarks.reports import reports
from config.knowledge import load
from store import events
from store.database import Database
from store.tables import fingerprint
from store.tables import reports as report_rows
from treaties.model import Case, Event, When
from treaties.reading.read import Reader
from treaties.stages import Stage
from watchers.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treaties.registry import Knowledge

STORED = (0, 10_000, 100_000, 1_000_000)
MEASURED = 1_000
CASES = 1_000
BULK = 10_000
NOW = datetime(2025, 1, 1, tzinfo=UTC)


def known_cases(knowledge: Knowledge) -> Iterator[Case]:
    """Cases that are known beforehand, one announcement each."""
    pairs = ((state, treaty) for treaty in knowledge.treaties for state in knowledge.states if len(state) == len("LV"))
    for state, treaty in islice(pairs, CASES):
        told = Event(f"{state}-{treaty}", state, treaty, Stage.ANNOUNCED, When(date(2020, 1, 1)))
        yield Case(state, treaty, (told,))


def fill(database: Database, start: int, end: int) -> None:
    """Put reports of noise into the store, as if they had been read: numbers [start, end)."""
    for first in range(start, end, BULK):
        rows = [
            {
                "fingerprint": fingerprint(f"stored-{number}"),
                "id": f"stored-{number}",
                "title": f"Grain prices rise for the {number}th time",
                "summary": "Farmers expect a good harvest.",
                "official": False,
                "record": False,
                "seen_at": NOW,
                "label": "none",
                "reason": "it has no leaving word",
            }
            for number in range(first, min(first + BULK, end))
        ]
        with database.transaction() as conn:
            conn.execute(insert(report_rows), rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, Database(f"sqlite:///{folder}/bench.db") as database:
        database.upgrade()
        knowledge = load()
        with database.transaction() as conn:
            events.seed(conn, known_cases(knowledge), NOW)
        pipeline = Pipeline(database, Reader(knowledge), treaties=knowledge.treaties)
        stream = reports(MEASURED * (len(STORED) + 1))
        for report in islice(stream, MEASURED):
            pipeline.handle(report, feed=None, now=NOW)
        filled = 0
        for stored in STORED:
            fill(database, filled, stored)
            filled = stored
            start = time.perf_counter()
            for report in islice(stream, MEASURED):
                pipeline.handle(report, feed=None, now=NOW)
            speed = MEASURED / (time.perf_counter() - start)
            print(f"whole chain with {stored} reports stored: {speed:.0f} reports/s, {megabytes():.0f} MB")
