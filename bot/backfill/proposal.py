"""From what was found to what is proposed: matching, in order of publication, in a store that forgets."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot import plain
from store import events
from treaties.model import VerdictKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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
"""So many reports of one day that claim the very same are matched; further ones would only add sources."""

MOST_SOURCES: Final = 50
"""So many sources of an event are kept. Nobody reviews more, and matching looks at all of them for every report."""

_MENTIONING: Final = frozenset({VerdictKind.BACKGROUND, VerdictKind.TALK, VerdictKind.REACTION})
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
                if crowd.needs_no_matching(one, moment):
                    continue
                report = names.told_apart(one.report)
                judged = list(judge(conn, report, one.reading, moment))
                crowd.matched(conn, one, [verdict for _, verdict in judged])
                for claim, verdict in judged:
                    _doubt(proposal, report, claim, verdict)
    with database.reading() as conn:
        changed = (_changed(case, known) for case in events.cases(conn))
        proposal.cases = tuple(case for case in changed if case.events)
    return proposal


class _Names:
    """Tells reports apart that bear one name in different archives, as they do where each counts from 1."""

    def __init__(self) -> None:
        self._places: dict[str, dict[tuple[str | None, str | None], int]] = {}

    def told_apart(self, report: Report) -> Report:
        """The report, under another name where its own is that of a report from another place."""
        places = self._places.setdefault(report.id, {})
        number = places.setdefault((report.outlet, report.url), len(places))
        return replace(report, id=f"{report.id}#{number + 1}") if number else report


class _Crowd:
    """Knows which reports of one day need no matching, as others that claim the very same were matched before.

    That is so of every report after `MOST_ALIKE` alike, and of those before whose verdict would change nothing: they
    join events that have sources enough, or none. As soon as a case changes, its reports are matched again.
    """

    def __init__(self) -> None:
        self._day: date | None = None
        self._counts: Counter[object] = Counter()
        self._settled: defaultdict[tuple[str, str], set[object]] = defaultdict(set)

    def needs_no_matching(self, found: Found, moment: datetime) -> bool:
        """Whether enough like this one were matched; asked in order of publication."""
        if moment.date() != self._day:
            self._day = moment.date()
            self._counts.clear()
            self._settled.clear()
        alike = (found.reading.label, *((*_told(claim), claim.role, claim.modality) for claim in found.reading.claims))
        self._counts[alike] += 1
        if self._counts[alike] > MOST_ALIKE:
            return True
        very_same = _judged_by(found)
        return all(very_same in self._settled[_case_of(claim)] for claim in found.reading.claims)

    def matched(self, conn: Connection, found: Found, verdicts: Collection[Verdict]) -> None:
        """Note what became of a report, in the transaction in which it was matched."""
        cases = {_case_of(claim) for claim in found.reading.claims}
        if not all(verdict.kind is VerdictKind.UNSURE or _changes_nothing(conn, verdict) for verdict in verdicts):
            for case in cases:
                self._settled[case].clear()
        elif verdicts and all(verdict.kind is not VerdictKind.UNSURE for verdict in verdicts):
            for case in cases:
                self._settled[case].add(_judged_by(found))


def _told(claim: Claim) -> tuple[object, ...]:
    return claim.state, claim.treaty, claim.stage, claim.likely, claim.when, claim.dated, claim.effective


def _case_of(claim: Claim) -> tuple[str, str]:
    return claim.state, claim.treaty


def _judged_by(found: Found) -> tuple[object, ...]:
    """All of a report that its verdicts hang on, besides what is known: everything but its words and its source."""
    report, published = found.report, found.report.published
    claims = (replace(claim, quote="", reason="") for claim in found.reading.claims)
    return (found.reading.label, report.official, published.date() if published else None, *claims)


def _changes_nothing(conn: Connection, verdict: Verdict) -> bool:
    """Whether the same verdict on a further report would leave everything as it is."""
    if verdict.kind is VerdictKind.KNOWN and verdict.event and verdict.stage is None:
        return events.count_sources(conn, verdict.event) >= MOST_SOURCES
    return verdict.kind in _MENTIONING


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
