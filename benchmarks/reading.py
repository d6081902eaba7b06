"""How many reports are read in a second on one core: past the gate alone, in full, and as a feed mixes them.

The gate is what ordinary news meets: a report without any leaving word is done with there.
"""

from __future__ import annotations

import time

from benchmarks.reports import reports
from config.knowledge import load
from treaties.reading.read import Reader

COUNT = 5_000
MIXES = {"at the gate (no word of leaving)": None, "a feed's mix (one in ten tells of an exit)": 0.1, "in full": 1.0}
LONG = 100_000

if __name__ == "__main__":
    reader = Reader(load())
    for name, share in MIXES.items():
        batch = list(reports(COUNT, share=share)) if share is not None else list(reports(COUNT, ordinary=True))
        reader.read(batch[0])
        start = time.perf_counter()
        for report in batch:
            reader.read(report)
        print(f"{name}: {COUNT / (time.perf_counter() - start):.0f} reports/s")
    text = "Latvia leaves the Ottawa Convention, says the Saeima. " * (LONG // 54)
    start = time.perf_counter()
    reader.explain(batch[0].__class__(id="long", title="", summary=text, lang="en"))
    print(f"one report of {len(text)} characters: {time.perf_counter() - start:.2f} s")
