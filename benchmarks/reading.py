"""How many reports are read in a second on one core."""

from __future__ import annotations

import time

from benchmarks.reports import reports
from config.knowledge import load
from treaties.reading.read import Reader

COUNT = 5_000

if __name__ == "__main__":
    reader = Reader(load())
    batch = list(reports(COUNT))
    start = time.perf_counter()
    for report in batch:
        reader.read(report)
    print(f"reading: {COUNT / (time.perf_counter() - start):.0f} reports/s")
