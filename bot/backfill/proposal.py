"""From what was found to what is proposed: matching, in order of publication, in a store that forgets."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot import plain
from store import events
from treaties.model import VerdictKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date, datetime

    from bot.backfill.model import Found
    from store.database import Connection, Database
    from treaties.model import Case, Claim, Event, Reading, Report, Verdict

    Judge = Callable[[Connection, Report, Reading, datetime], Iterable[tuple[Claim, Verdict]]]

TOGETHER: Final = 500
"""So many reports share a transaction."""

MOST_DOUBTS: Final = 1_000
"""So many unsure claims are listed; all are counted."""

MOST_ALIKE: Final = 50
"""So many reports of one day that claim the very same are matched. Further ones would only add sources that nobody
reviews, while the time that matching takes grows with the sources of an event."""

_LONGEST: Final = 300


@dataclass(slots=True)
class Proposal:
    """What is proposed for review.

    Attributes:
        cases: every case with the events that are new, or of which the archives tell more than was known.
        doubts: a line for each claim that a reviewer would be asked about.
        unsure: how many such claims there are.
    """

    cases: tuple[Case, ...] = ()
    doubts: list[str] = field(default_factory=list)
    unsure: int = 0

    @property
    def events(self) -> int:
        """How many events there are."""
        return sum(len(case.events) for case in self.cases)


def propose(database: Database, judge: Judge, found: Iterable[tuple[Found, datetime]]) -> Proposal:
    """Match everything found against what the store knows.

    Args:
        database: a store that forgets, with what is known in it.
        judge: runs what was read in one report through the rules, in an open transaction.
        found: in order of publication, each with the moment at which it is handled.
    """
    with database.reading() as conn:
        known = {event.id: event for case in events.cases(conn) for event in case.events}
    proposal = Proposal()
    names, crowd = _Names(), _Crowd()
    batches = iter(found)
    while batch := list(itertools.islice(batches, TOGETHER)):
        with database.transaction() as conn:
            for one, moment in batch:
                if crowd.is_too_large(one, moment):
                    continue
                report = names.told_apart(one.report)
                for claim, verdict in judge(conn, report, one.reading, moment):
                    _doubt(proposal, report, claim, verdict)
    with database.reading() as conn:
        changed = (_changed(case, known) for case in events.cases(conn))
        proposal.cases = tuple(case for case in changed if case.events)
    return proposal


class _Names:
    """Tells reports apart that bear one name in different archives, as they do where each counts from 1."""

    def __init__(self) -> None:
        self._places: dict[str, list[tuple[str | None, str | None]]] = {}

    def told_apart(self, report: Report) -> Report:
        """The report, under another name where its own is that of a report from another place."""
        places = self._places.setdefault(report.id, [])
        place = (report.outlet, report.url)
        if place not in places:
            places.append(place)
        number = places.index(place)
        return replace(report, id=f"{report.id}#{number + 1}") if number else report


class _Crowd:
    """Counts the reports of one day that claim the very same."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._counts: Counter[object] = Counter()

    def is_too_large(self, found: Found, moment: datetime) -> bool:
        """Whether enough like this one were matched; asked in order of publication."""
        if moment.date() != self._day:
            self._day = moment.date()
            self._counts.clear()
        alike = (found.reading.label, *((*_told(claim), claim.role, claim.modality) for claim in found.reading.claims))
        self._counts[alike] += 1
        return self._counts[alike] > MOST_ALIKE


def _told(claim: Claim) -> tuple[object, ...]:
    return claim.state, claim.treaty, claim.stage, claim.likely, claim.when, claim.dated, claim.effective


def _changed(case: Case, known: Mapping[str, Event]) -> Case:
    return replace(case, events=tuple(event for event in case.events if known.get(event.id) != event))


def _doubt(proposal: Proposal, report: Report, claim: Claim, verdict: Verdict) -> None:
    if verdict.kind is not VerdictKind.UNSURE:
        return
    proposal.unsure += 1
    if len(proposal.doubts) < MOST_DOUBTS:
        step = f"{claim.state}–{claim.treaty} {claim.stage or claim.likely or 'no stage'} {claim.when or 'no date'}"
        where = plain.web_address(report.url) if report.url else None
        told = (step, report.outlet or "unnamed outlet", report.title or report.summary, where or "", verdict.reason)
        proposal.doubts.append("; ".join(_short(part) for part in told if part))


def _short(text: str) -> str:
    return plain.cut(" ".join(plain.clean(text).split()), _LONGEST, len)


def head(archives: Iterable[str], reports: int, claiming: int) -> Iterator[str]:
    """The lines that open the file of a proposal."""
    yield f"Proposed by `treatywatch backfill` from {reports:,} reports, of which {claiming:,} claim something."
    yield f"Archives: {', '.join(_short(name) for name in archives)}."
    yield "Strike out and put right, then take it over: treatywatch known import FILE. Layout: config/known_events/."


def tail(proposal: Proposal) -> Iterator[str]:
    """The lines that close it: what is too unsure to be proposed."""
    if proposal.unsure:
        yield f"Not proposed, as the rules are unsure and would ask a reviewer ({proposal.unsure:,} claims):"
        yield from proposal.doubts
    if proposal.unsure > len(proposal.doubts):
        yield f"… and {proposal.unsure - len(proposal.doubts):,} more"
