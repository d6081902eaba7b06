"""The reader that the whole program shares: several threads read with it at once, from the first report on."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import TYPE_CHECKING

import pytest

from bot.wiring.ready import loaded
from treaties.model import Label, Report
from treaties.reading.patterns import Table
from treaties.reading.text import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

STATES = ("Malta", "Portugal", "Chile", "Norway", "Ghana", "Nepal", "Latvia", "Kenya", "Brazil", "Estonia")
THREADS = 8


@pytest.fixture(autouse=True)
def _hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_threads_that_read_the_first_reports_at_once_miss_no_name() -> None:
    """Without a lock one of them builds the patterns of a letter, and the others remember that it has none."""
    _, reader = loaded()
    begin = Barrier(THREADS)

    def read(state: str) -> Label:
        begin.wait()
        return reader.read(Report("1", f"{state} announces it will withdraw from the Rome Statute", lang="en")).label

    with ThreadPoolExecutor(THREADS) as threads:
        found = {state: set(threads.map(read, [state] * THREADS)) for state in STATES}
    assert found == {state: {Label.DEVELOPMENT} for state in STATES}


def test_threads_that_look_into_a_table_at_once_miss_no_pattern() -> None:
    """The tables by which the bot understands people: `bot.desk` answers in several threads."""
    letters = "abcdefgh"
    table: Table[str] = Table(Lock())
    for letter in letters:
        table.add_all([f"{letter}{number}nd ... rest" for number in range(3_000)], letter)
    begin = Barrier(THREADS)

    def look(letter: str) -> tuple[str, ...]:
        begin.wait()
        return tuple(hit.value for hit in table.find(tokens(f"{letter}7nd of the rest")))

    with ThreadPoolExecutor(THREADS) as threads:
        found = {letter: set(threads.map(look, [letter] * THREADS)) for letter in letters}
    assert found == {letter: {(letter,)} for letter in letters}
