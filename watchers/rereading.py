"""Rereading: every stored report goes through the present rules once more, into a store that forgets.

The reports come in the order in which they were first seen, each as of the moment at which it was handled. Nothing is
written where they are stored.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import merge
from typing import TYPE_CHECKING, Final

from store import coverage, events, provisional, reports, versions
from treaties.changes import Outcome, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from store.database import Connection
    from store.reports import StoredReport
    from treaties.changes import Changes
    from treaties.model import Label
    from watchers.pipeline import Pipeline

_PAGE: Final = 500


def reread(
    stored: Connection,
    pipeline: Pipeline,
    shown: Callable[[Iterable[StoredReport], int], Iterable[StoredReport]] = lambda items, _: items,
) -> Changes:
    """Run all stored reports through a pipeline, and say what would be different.

    What reviewers bound to the registry's treaties holds from the first report on.

    Args:
        stored: one consistent view of the store.
        pipeline: the present rules, over another store that holds the listed events and nothing else.
        shown: is handed the reports and their number, and gives them back one by one: a place for a progress bar.
    """
    with pipeline.database.transaction() as fresh:
        provisional.adopt(fresh, provisional.bindings(stored))
    before: dict[str, Label | None] = {}
    after: dict[str, Label | None] = {}
    for one in shown(_in_order(stored), reports.count(stored) + versions.count(stored)):
        handled = pipeline.handle(one.report, feed=None, now=one.seen_at, quiet=True)
        # What a version is read as is no matter of the report's own reading.
        if one.report.id not in before:
            before[one.report.id] = one.label
            after[one.report.id] = handled.reading.label if handled else None
    with pipeline.database.reading() as fresh:
        return compare(_outcome(stored, before), _outcome(fresh, after))


def _in_order(stored: Connection) -> Iterator[StoredReport]:
    """All reports, and the latest versions of those that were edited, as they came."""
    return merge(_first_texts(stored), versions.in_order(stored, _PAGE), key=lambda one: one.seen_at)


def _first_texts(stored: Connection) -> Iterator[StoredReport]:
    """All reports, a page at a time: there may be more of them than there is memory."""
    row = 0
    while page := reports.after(stored, row, _PAGE):
        yield from page
        row = page[-1].row


def _outcome(conn: Connection, labels: dict[str, Label | None]) -> Outcome:
    joined: defaultdict[str, set[str]] = defaultdict(set)
    for told in coverage.told(conn):
        joined[told.report].add(told.event)
    known = tuple(event for case in events.cases(conn) for event in case.events)
    return Outcome(known, labels, {report: frozenset(told) for report, told in joined.items()})
