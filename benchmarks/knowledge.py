"""How long loading and compiling the knowledge takes, and how much memory it needs."""

from __future__ import annotations

import resource
import time

from bot.memory import loading
from config.knowledge import load
from treaties.reading.read import Reader


def megabytes() -> float:
    """The most memory that this process has had, in MB (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    before = megabytes()
    with loading():
        start = time.perf_counter()
        knowledge = load()
        loaded = time.perf_counter()
        reader = Reader(knowledge)
        done = time.perf_counter()
    print(f"treaties: {len(knowledge.treaties)}, states: {len(knowledge.states)}, languages: {len(knowledge.words)}")
    print(f"load: {loaded - start:.2f} s, compile: {done - loaded:.2f} s, memory: +{megabytes() - before:.0f} MB")
