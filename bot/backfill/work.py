"""What a worker does: the reports of one chunk, each past the gate and, where it speaks of leaving, read in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.backfill.model import Fault, Found, Outcome
from bot.jsonl import LineError, parse_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.backfill.model import Chunk, Page
    from treaties.model import Reading, Report

MOST_FAULTS: Final = 20
"""So many faults of a chunk are told one by one; all are counted."""

# What a bug in the rules raises: it costs the report, and no other.
_RULE_FAULTS: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def outcome_of(chunk: Chunk, read: Callable[[Report], Reading], report_of: Callable[[Page], Report | None]) -> Outcome:
    """What is in a chunk.

    Args:
        chunk: the piece of an archive.
        read: reads a report.
        report_of: the report that a page is, None where it is no article.
    """
    found: list[Found] = []
    faults = list(chunk.faults)
    reports, last = 0, None
    for number, report in _reports(chunk, report_of):
        if isinstance(report, str):
            faults.append(Fault(number, report))
            continue
        reports += 1
        try:
            reading = read(report)
        except _RULE_FAULTS as error:
            faults.append(Fault(number, f"the rules stumble over it ({type(error).__name__}); please tell the authors"))
            continue
        if reading.claims:
            found.append(Found(report, reading, last))
        last = report.published or last
    told = tuple(faults[:MOST_FAULTS])
    return Outcome(chunk.archive, chunk.place, chunk.size, reports, tuple(found), told, len(faults), last)


def _reports(chunk: Chunk, report_of: Callable[[Page], Report | None]) -> Iterator[tuple[int, Report | str]]:
    """Every report with its number, or what is wrong with its line."""
    for number, line in enumerate(chunk.lines.split(b"\n"), chunk.first):
        if line and not line.isspace():
            try:
                yield number, parse_report(line.decode("utf-8", "replace"), number)
            except LineError as error:
                yield number, str(error).removeprefix(f"line {number}: ")
    for page in chunk.pages:
        report = report_of(page)
        if report:
            yield page.number, report
