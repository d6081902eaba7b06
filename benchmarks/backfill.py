"""How many reports of an archive are read in a second with all cores: refused at the gate, and in full.

The archives are packed with gzip. Measured is all of the reading from the first chunk on: unpacking, cutting, decoding,
the way to the workers and back, and the state that is kept. The start of the workers, and matching, stand beside it. On
a machine that others use, too, the time that the cores gave says more than the clock: it stands there with the load.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import tempfile
import time
from pathlib import Path

from benchmarks.reports import reports
from bot.wiring.backfilling import Wanted, Watching, backfill
from bot.wiring.start import settings

ARCHIVES = {"at the gate (no word of leaving)": (60_000, None), "in full": (6_000, 1.0)}


def write(file: Path, count: int, share: float | None) -> None:
    """An archive of so many reports."""
    made = reports(count, ordinary=True) if share is None else reports(count, share=share)
    with gzip.open(file, "wt", encoding="utf-8", compresslevel=1) as archive:
        for one in made:
            fields = {name: getattr(one, name) for name in ("id", "title", "summary", "lang", "url", "outlet")}
            published = one.published.isoformat() if one.published else None
            archive.write(json.dumps(fields | {"published": published}, ensure_ascii=False) + "\n")


def spent() -> float:
    """Seconds that the cores gave to this process and to its workers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(name: str, file: Path, workers: int) -> None:
    """Read one archive, match what was found, and print the figures."""
    done: list[tuple[float, float, int]] = []
    watching = Watching(
        lambda _total, _done: None,
        lambda _size, count: done.append((time.perf_counter(), spent(), count)),
        lambda _name, _fault: None,
    )
    began, given = time.perf_counter(), spent()
    found = backfill(settings(None), Wanted((file,), file.with_suffix(".toml"), workers=workers), watching)
    ended = time.perf_counter()
    # The first chunk of each worker comes with its start; the workers' own time is known once they have ended.
    count = sum(one for _, _, one in done[workers:])
    speed = count / (done[-1][0] - done[workers - 1][0])
    each = (spent() - given) / found.reports
    print(
        f"{name}: {speed:.0f} reports/s with {workers} workers; {each * 1e6:.0f} µs of a core for each, start and "
        f"matching included; workers began in {done[0][0] - began:.1f} s; "
        f"{found.claiming} with claims matched in {ended - done[-1][0]:.1f} s"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name, (count, share) in ARCHIVES.items():
            file = Path(folder) / f"{count}.jsonl.gz"
            write(file, count, share)
            print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
            measure(name, file, os.cpu_count() or 1)
