"""Arrivals: reports on their way from a feed into the store, and who takes them in.

All that can be thought about them without the store is thought before a transaction opens; what is left is written in
one, together with the state of the feed that brought them, and with other feeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from store.database import Connection
from treaties.versions import mark_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from treaties.model import Report

Writes = Callable[[Connection], object]
"""Writes in an open transaction. Whatever it raises, nothing of the transaction is stored."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report that a feed brought.

    Attributes:
        report: the news item.
        feed: the row of the feed, None outside polling.
        now: when it came.
        quiet: it is from before the feed was listed, and alerts nobody.
        given: the mark of the text as the feed gave it, where `report` has another.
        edited: a report of that id was known when it came, with another text.
    """

    report: Report
    feed: int | None
    now: datetime
    quiet: bool = False
    given: str | None = None
    edited: bool = False

    @property
    def mark(self) -> str:
        """The mark of its text as the feed gave it."""
        return self.given or mark_of(self.report)


class Handler(Protocol):
    """Takes reports in. Called in a thread, before the transaction."""

    def __call__(self, arrivals: Sequence[Arrival]) -> Writes:
        """Think about reports, and give what writes them, one after the other in this order."""
        ...
