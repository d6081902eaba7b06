"""How many reports go through the whole rule chain with SQLite in a second, and whether a full store slows it down."""

from __future__ import annotations

import tempfile
import time

from benchmarks.reports import reports
from config.knowledge import load
from store.database import Database
from treaties.reading.read import Reader
from watchers.pipeline import Pipeline

STEPS = (1_000, 1_000, 1_000, 1_000)

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, Database(f"sqlite:///{folder}/bench.db") as database:
        database.upgrade()
        pipeline = Pipeline(database, Reader(load()))
        stream = reports(sum(STEPS))
        stored = 0
        for step in STEPS:
            batch = [next(stream) for _ in range(step)]
            start = time.perf_counter()
            for report in batch:
                if report.published:
                    pipeline.handle(report, feed=None, now=report.published)
            speed = step / (time.perf_counter() - start)
            print(f"whole chain with {stored} reports stored: {speed:.0f} reports/s")
            stored += step
