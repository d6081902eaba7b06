"""Memory that lies unused goes back to the system."""

from __future__ import annotations

import asyncio
import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from bot import memory

ROOT = Path(__file__).parents[2]
# Blocks that the C library does not get from the system one by one, with small ones between them that stay.
SCATTERED = """
from pathlib import Path
from bot.memory import give_back, share_arenas

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4_096

share_arenas()
large, small = [], []
for number in range(1_000):
    large.append(bytes([number % 256]) * 60_000)
    small.append(bytes([number % 256]) * 2_000)
large.clear()
before = held()
give_back()
print(before - held())
"""


def on_glibc() -> bool:
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")


@pytest.mark.skipif(not on_glibc(), reason="another C library gives back by itself, or cannot")
def test_freed_blocks_between_lasting_ones_are_given_back() -> None:
    ended = subprocess.run([sys.executable, "-c", SCATTERED], check=True, capture_output=True, text=True, cwd=ROOT)

    assert int(ended.stdout) > 40_000_000


async def test_it_is_given_back_again_and_again_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []
    monkeypatch.setattr(memory, "give_back", lambda: times.append(1))
    async with memory.giving_back(0.001):
        async with asyncio.timeout(30):
            while len(times) < 3:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.001)
    done = len(times)
    await asyncio.sleep(0.02)
    assert len(times) == done


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    memory.share_arenas()
    memory.give_back()
