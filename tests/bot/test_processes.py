"""What becomes of messages when processes are killed, or two of them share a database: real processes, real files."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store import channels, outbox, senders

if TYPE_CHECKING:
    from store.database import Database

NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
SENDER = ("-m", "tests.bot.sender")


def owe(database: Database, rooms: int, each: int) -> list[tuple[str, list[str]]]:
    """Owe messages that are too few at a time to be grouped, or many."""
    owed = []
    with database.transaction() as conn:
        for number in range(rooms):
            room = channels.sync(conn, "console", f"room {number}", title="Room")
            keys = [f"message-{one}" for one in range(each)]
            for key in keys:
                outbox.queue(conn, room, key=key, kind="alert", payload={"key": key}, now=NOW)
            owed.append((str(room), keys))
    return owed


def start(url: str, file: Path, how: str, moment: datetime = NOW) -> subprocess.Popen[bytes]:
    words = [sys.executable, *SENDER, url, str(file), how, moment.isoformat()]
    return subprocess.Popen(words, cwd=ROOT)


def arrived(file: Path) -> list[tuple[str, str, str]]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    found = [line.split() for line in lines]
    return [(room, key, mark) for room, key, mark in found]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("before", [("message-0", "repeat"), ("message-1", "first")]),
        ("after", [("message-0", "first"), ("message-0", "repeat"), ("message-1", "first")]),
    ],
)
def test_a_killed_process_loses_nothing_and_repeats_one_message_marked(
    database: Database, database_url: str, tmp_path: Path, how: str, told: list[tuple[str, str]]
) -> None:
    owe(database, 1, 2)
    file = tmp_path / "arrived"
    assert start(database_url, file, how).wait(60) == -signal.SIGKILL
    later = NOW + max(outbox.LEASE, senders.HOLD)
    assert start(database_url, file, "once", later - timedelta(seconds=1)).wait(60) == 0
    assert [(key, mark) for _, key, mark in arrived(file)] == [one for one in told if how == "after"][:1]
    assert start(database_url, file, "once", later).wait(60) == 0
    assert [(key, mark) for _, key, mark in arrived(file)] == told


@pytest.mark.parametrize("how", ["before", "after"])
def test_a_killed_process_neither_loses_a_group_nor_repeats_it_unmarked(
    database: Database, database_url: str, tmp_path: Path, how: str
) -> None:
    ((_, keys),) = owe(database, 1, 8)
    file = tmp_path / "arrived"
    assert start(database_url, file, how).wait(60) == -signal.SIGKILL
    assert start(database_url, file, "once", NOW + outbox.LEASE).wait(60) == 0
    told = [(key, mark) for _, key, mark in arrived(file)]
    once = [(key, "first") for key in keys] if how == "after" else []
    assert told == [*once, *((key, "repeat") for key in keys)]


def test_two_processes_on_one_database_tell_every_message_once_and_in_order(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    owed = owe(database, 50, 10)
    file = tmp_path / "arrived"
    both = [start(database_url, file, "until done") for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    told = arrived(file)
    assert {mark for _, _, mark in told} == {"first"}
    assert len(told) == 500
    for room, keys in owed:
        assert [key for where, key, _ in told if where == room] == keys
