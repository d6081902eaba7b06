"""Run every benchmark, each in a process of its own so that memory figures stand alone."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    *("knowledge", "names", "reading", "backfill", "pipeline", "polling"),
    *("scheduling", "delay", "delivery", "footprint", "instances"),
)

if __name__ == "__main__":
    for name in BENCHMARKS:
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
