"""The way of reports through the rules: read, then, inside one transaction, remember, match, apply, queue.

Either all of a report is stored or nothing: it is never marked as seen while its verdict is lost. A report that the
rules themselves stumble over is set aside with the reason, so that it is not tried for ever and does not stop the
others; trouble with the database is no fault of the report, so the whole is rolled back and tried again at the next
poll.

Reading needs no store and comes before the transaction. Most reports claim nothing; nothing follows from them but a
row, and many rows are written at once. Those with claims go one after the other, each within a SAVEPOINT.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from store import edits, events, held, reports, versions
from store.database import once_stored
from store.held import Held
from store.owing import ask_reviewers, owe_alerts, owe_late
from treaties.alerts import alert_for, encode_changes, event_id, source_of, told_by
from treaties.copies import is_copy, is_same, pieces
from treaties.matching import match, tells_again
from treaties.model import ALERTING, Alert, Case, Claim, Event, Reading, Report, Verdict, VerdictKind, When
from treaties.verdict import BEARS_OUT, Corroboration, Decision, Release, decide
from treaties.versions import decided_since, unsaid
from watchers.arrivals import Arrival
from watchers.counts import NotCounted
from watchers.naming import named
from watchers.revising import revise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from store.database import Connection, Database
    from treaties.model import Fact, Label, Source
    from treaties.reading.read import Reader
    from treaties.registry import Treaty
    from treaties.stages import Stage
    from watchers.arrivals import Writes
    from watchers.counts import Counts

_logger = logging.getLogger(__name__)

COMPARED: Final = 40
"""With so many sources of an event, the newest, a further one is compared: copies of a wire come within hours."""

# What a bug in the rules raises. Errors of the database are none of these, and must roll everything back.
_CLOCKS: Final = timedelta(days=1)
"""By so much the clocks of outlets differ."""

_RULE_FAULTS: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one report that was new to the store."""

    reading: Reading
    verdicts: tuple[Verdict, ...] = ()
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """An arrival with what it says, or with the fault that the rules ran into over it."""

    arrival: Arrival
    said: Reading | Exception

    @property
    def claims_nothing(self) -> bool:
        return isinstance(self.said, Reading) and not self.said.claims


@dataclass(frozen=True, slots=True)
class _Told:
    """What a stored report tells, ready to be judged.

    Attributes:
        conn: an open write transaction.
        row: the report's.
        arrival: as it came.
        reading: what is to be judged of it.
        first: the place of the first of these claims among all that the report ever made.
        edited: whether its first text was judged before.
    """

    conn: Connection
    row: int
    arrival: Arrival
    reading: Reading
    first: int = 0
    edited: bool = False


class Pipeline:
    """Runs reports through the rules.

    Args:
        database: where everything is remembered.
        reader: reads reports.
        facts: what is known around the cases besides their events, by (state, treaty).
        treaties: the registry, whose clauses say when a state can be out.
        corroboration: when an alert waits for a second source; None lets every alert out at once.
        generic: stems of words that name a kind of treaty, and so do not tell unlisted treaties apart.
        counts: counts what is stored of reports.
        most_sources: an event with so many sources gains no more by reports; None sets no bound.
    """

    def __init__(  # noqa: PLR0913 - each is one more thing that is known or chosen, the last three given by name
        self,
        database: Database,
        reader: Reader,
        facts: Mapping[tuple[str, str], tuple[Fact, ...]] | None = None,
        treaties: Mapping[str, Treaty] | None = None,
        *,
        corroboration: Corroboration | None = None,
        generic: frozenset[str] = frozenset(),
        counts: Counts | None = None,
        most_sources: int | None = None,
    ) -> None:
        self.database = database
        self._reader = reader
        self._facts = facts or {}
        self._treaties = treaties or {}
        self._corroboration = corroboration
        self._generic = generic
        self._counts = counts or NotCounted()
        self._most_sources = most_sources

    def handle(self, report: Report, *, feed: int | None, now: datetime, quiet: bool = False) -> Handled | None:
        """One report, all the way.

        Args:
            report: the news item.
            feed: the row of the feed that brought it, None outside polling.
            now: the current time.
            quiet: what it tells becomes known, but nobody is told (the first poll of a feed brings old news).

        Returns:
            What became of it, or None when it was seen before or had to be set aside. Of a report that was seen before
            with another text, what became of that.

        Raises:
            StoreError: nothing was stored; try again later.
        """
        read = self._read(Arrival(report, feed, now, quiet))
        with self.database.transaction() as conn:
            return self._take_in(conn, read)

    def prepare(self, arrivals: Sequence[Arrival]) -> Writes:
        """Read reports, and give what takes them in, just as `handle` would one after the other.

        What it gives returns how many of them were new.
        """
        read = [self._read(one) for one in arrivals]
        return lambda conn: self._take_in_all(conn, read)

    def judge(self, conn: Connection, arrival: Arrival, reading: Reading) -> Handled | None:
        """What `handle` does from there on with a report that was read elsewhere, in an open write transaction."""
        return self._take_in(conn, _Read(arrival, reading))

    def _read(self, arrival: Arrival) -> _Read:
        try:
            return _Read(arrival, self._reader.read(arrival.report))
        except _RULE_FAULTS as fault:
            return _Read(arrival, fault)

    def _take_in_all(self, conn: Connection, read: Iterable[_Read]) -> int:
        new = 0
        for plain, grouped in groupby(read, key=lambda one: one.claims_nothing):
            run = list(grouped)
            new += self._take_in_plain(conn, run) if plain else sum(bool(self._take_in(conn, one)) for one in run)
        return new

    def _take_in_plain(self, conn: Connection, run: Sequence[_Read]) -> int:
        new = _remember_plain(conn, run)
        # An edited one counts below, where it turns out to say something new.
        read = Counter(one.said.label for one in run if isinstance(one.said, Reading) and not one.arrival.edited)
        once_stored(conn, partial(self._count_plain, new, read))
        if new == len(run):
            return new
        return new + sum(bool(self._revise(conn, one)) for one in run)

    def _take_in(self, conn: Connection, read: _Read) -> Handled | None:
        report, now = read.arrival.report, read.arrival.now
        row = reports.remember(conn, report, feed=read.arrival.feed, now=now, mark=read.arrival.mark)
        if row is None:
            return self._revise(conn, read)
        once_stored(conn, partial(self._counts.reports, 1))
        try:
            with conn.begin_nested():
                reading = self._reading(conn, read)
                reports.save_reading(conn, row, reading)
                handled = self._judge(_Told(conn, row, read.arrival, reading))
        except _RULE_FAULTS as error:
            _logger.exception("report %s is set aside", report.id)
            reports.set_aside(conn, row, f"{type(error).__name__}: {error}")
            once_stored(conn, self._counts.set_aside)
            return None
        once_stored(conn, partial(self._tell, read.arrival, handled))
        return handled

    def _revise(self, conn: Connection, read: _Read) -> Handled | None:
        """A report that is known: where its text is a new one, what that says more is judged."""
        revision = revise(conn, read.arrival)
        if revision is None:
            return None
        try:
            with conn.begin_nested():
                reading = self._reading(conn, read)
                versions.note_reading(conn, revision.row, reading)
                more = unsaid(reading, revision.label, revision.said)
                fresh = replace(reading, claims=tuple(_from_edit(claim) for claim in more))
                reports.add_claims(conn, revision.row, fresh.claims, first=len(revision.said))
                handled = self._judge(_Told(conn, revision.row, read.arrival, fresh, len(revision.said), edited=True))
        except _RULE_FAULTS as error:
            _logger.exception("the edited report %s is set aside", read.arrival.report.id)
            versions.note_fault(conn, revision.row, f"{type(error).__name__}: {error}")
            once_stored(conn, self._counts.set_aside)
            return None
        once_stored(conn, partial(self._tell, read.arrival, handled))
        return handled

    def _count_plain(self, new: int, read: Mapping[Label, int]) -> None:
        self._counts.reports(new)
        for label, number in read.items():
            self._counts.readings(label, number)

    def _tell(self, arrival: Arrival, handled: Handled) -> None:
        """Count what a report came to, and one line for each verdict."""
        self._counts.readings(handled.reading.label, 1)
        for claim, verdict in zip(handled.reading.claims, handled.verdicts, strict=True):
            self._counts.verdict(verdict.kind)
            _tell_verdict(arrival, claim, verdict)

    def _reading(self, conn: Connection, read: _Read) -> Reading:
        """What the report was read as, with the names by which its unlisted treaties are known."""
        if isinstance(read.said, Exception):
            raise read.said
        day = (read.arrival.report.published or read.arrival.now).date()
        return named(conn, read.said, day, self._generic)

    def _judge(self, told: _Told) -> Handled:
        reading, quiet = told.reading, told.arrival.quiet
        verdicts: dict[int, Verdict] = {}
        alerts: list[Alert] = []
        for index in _in_order(reading.claims):
            claim = reading.claims[index]
            step = _Step(told.conn, told.row, told.arrival.report, claim, told.arrival.now, edited=told.edited)
            opened = [one.event for one in verdicts.values() if one.event and one.kind in ALERTING]
            verdict, alert = self._apply(step, reading, told.first + index, opened, quiet=quiet)
            reports.save_verdict(told.conn, told.row, told.first + index, verdict)
            verdicts[index] = verdict
            alerts += [alert] if alert else []
        if not quiet:
            owe_alerts(told.conn, alerts, told.arrival.now)
        return Handled(reading, tuple(verdicts[index] for index in sorted(verdicts)), tuple(alerts))

    def _apply(
        self, step: _Step, reading: Reading, index: int, opened: list[str], *, quiet: bool
    ) -> tuple[Verdict, Alert | None]:
        claim, published = step.claim, step.report.published
        case = self._case(step.conn, claim)
        verdict = match(
            claim,
            case,
            label=reading.label,
            published=published.date() if published else None,
            treaty=self._treaties.get(claim.treaty),
            opened=opened,
            official=step.report.official,
        )
        if step.edited:
            verdict = decided_since(verdict, claim, case, step.report.id)
        original = step.original(case) if verdict.kind in ALERTING else None
        if original:
            reason = f"published again: a copy of a report of {original.stage} of {original.when or 'a day not given'}"
            verdict = Verdict(VerdictKind.KNOWN, reason, original.id)
        dismissed = step.dismissed(verdict) if verdict.kind in ALERTING else None
        if dismissed:
            return self._dismissed_before(step, dismissed, index, quiet=quiet), None
        if verdict.kind in ALERTING:
            return self._open(step, verdict, index, quiet=quiet)
        if verdict.kind is VerdictKind.KNOWN and verdict.event:
            if step.join(case, verdict.event, verdict.stage, quiet=quiet, most=self._most_sources):
                return verdict, self._told_again(step, verdict.event)
        elif verdict.kind is VerdictKind.UNSURE and not quiet:
            ask_reviewers(step.conn, step.row, step.report, claim, index, verdict, step.now)
        return verdict, None

    def _dismissed_before(self, step: _Step, dismissed: Event, index: int, *, quiet: bool) -> Verdict:
        """A step that somebody said was not taken is told again: people are asked, once for all who tell it."""
        step_of = f"{dismissed.stage} of {dismissed.when or 'a day not given'}"
        reason = f"a reviewer dismissed {step_of}, and this report tells it again"
        verdict = Verdict(VerdictKind.UNSURE, reason, dismissed.id)
        asked = reports.has_claim(step.conn, dismissed.id, VerdictKind.UNSURE)
        if not asked and not quiet:
            ask_reviewers(step.conn, step.row, step.report, step.claim, index, verdict, step.now)
        return verdict

    def _open(self, step: _Step, verdict: Verdict, index: int, *, quiet: bool) -> tuple[Verdict, Alert | None]:
        """A new event: its alert goes out, or waits until somebody else tells of it."""
        event = step.open_event(verdict)
        told = replace(verdict, event=event.id)
        case = self._case(step.conn, step.claim)
        decision = self._decide(event, step.claim, timedelta(), doubtful=verdict.doubtful)
        if quiet or decision.release is Release.NOW:
            return told, alert_for(verdict.kind, event, case, step.report, verdict.reason)
        until = step.now + self._waiting_time
        waiting = Held(
            event.id, step.row, index, verdict.kind, verdict.reason, step.now, until, doubtful=verdict.doubtful
        )
        held.hold(step.conn, waiting)
        return replace(told, reason=f"{verdict.reason}; {decision.reason}"), None

    def _told_again(self, step: _Step, known: str) -> Alert | None:
        """One more source of an event: where its alert waits, this may let it out."""
        waiting = held.find(step.conn, known)
        if waiting is None:
            return None
        case = self._case(step.conn, step.claim)
        event = case.event(known)
        if event is None:
            return None
        decision = self._decide(event, step.claim, step.now - waiting.since, doubtful=waiting.doubtful)
        if decision.release is not Release.NOW:
            return None
        held.drop(step.conn, known, step.now)
        first = reports.at(step.conn, waiting.row).report
        return alert_for(waiting.kind, event, case, first, f"{waiting.reason}; {decision.reason}")

    def _decide(self, event: Event, claim: Claim, waited: timedelta, *, doubtful: bool) -> Decision:
        if doubtful:
            rules = replace(self._corroboration or Corroboration(), at_once=BEARS_OUT)
            return decide(event, claim.confidence, rules, waited)
        if self._corroboration is None:
            return Decision(Release.NOW, "every alert goes out at once")
        return decide(event, claim.confidence, self._corroboration, waited)

    @property
    def _waiting_time(self) -> timedelta:
        return self._corroboration.wait if self._corroboration else timedelta()

    def ask_about_held(self, now: datetime) -> int:
        """Put to the reviewers every alert that has waited long enough, all in one transaction.

        Returns:
            How many there were.

        Raises:
            StoreError: nothing was stored; try again later.
        """
        with self.database.transaction() as conn:
            due = held.due(conn, now)
            for waiting in due:
                self._ask(conn, waiting, now)
            return len(due)

    def _ask(self, conn: Connection, waiting: Held, now: datetime) -> None:
        stored = reports.at(conn, waiting.row)
        claim, _ = stored.claims[waiting.position]
        (event,) = events.find(conn, [waiting.event])
        decision = self._decide(event, claim, now - waiting.since, doubtful=waiting.doubtful)
        reason = f"{waiting.reason}; {decision.reason}"
        verdict = Verdict(waiting.kind, reason, waiting.event, stage=event.stage)
        ask_reviewers(conn, waiting.row, stored.report, claim, waiting.position, verdict, now)
        reports.save_verdict(conn, waiting.row, waiting.position, verdict)
        held.asked(conn, waiting.event, now)

    def _case(self, conn: Connection, claim: Claim) -> Case:
        case = events.case(conn, claim.state, claim.treaty)
        return replace(case, facts=self._facts.get(case.key, ()))


@dataclass(frozen=True, slots=True)
class _Step:
    """One claim of one report on its way into the known event set."""

    conn: Connection
    row: int
    report: Report
    claim: Claim
    now: datetime
    edited: bool = False

    @property
    def says(self) -> When | None:
        """The date that this report gives, None where it only happens to be published then."""
        return self.claim.when if self.claim.dated else None

    def open_event(self, verdict: Verdict) -> Event:
        """Store the new event that the verdict asks for, with this report as its first source."""
        claim = self.claim
        stage = verdict.stage or claim.stage
        if stage is None:
            raise ValueError(f"a verdict of {verdict.kind} names no stage")
        proposal = Event(
            id=event_id(claim.state, claim.treaty, stage, claim.when),
            state=claim.state,
            treaty=claim.treaty,
            stage=stage,
            when=claim.when,
            sources=(source_of(self.report, self.says),),
            vague=claim.stage is None,
        )
        event = events.add_event(self.conn, proposal, self.now)
        events.cover(self.conn, self.row, event.id, claim.role)
        return event

    def dismissed(self, verdict: Verdict) -> Event | None:
        """The event that somebody dismissed and that this claim tells again; None where it tells of another step."""
        stage = verdict.stage or self.claim.stage
        found = events.dismissed(self.conn, self.claim.state, self.claim.treaty)
        return next((one for one in found if stage and tells_again(one, stage, self.claim.when)), None)

    def original(self, case: Case) -> Event | None:
        """The event of the case that this very text has told of before; a feed may publish old items as new."""
        told = {source.report: event for event in reversed(case.events) for source in event.sources if source.report}
        mine = pieces(self.report)
        for other in reports.of_ids(self.conn, told.keys()):
            if other.id != self.report.id and is_same(mine, pieces(other)):
                return told[other.id]
        return None

    def join(self, case: Case, known: str, stage: Stage | None, *, quiet: bool, most: int | None) -> bool:
        """Add this report to the coverage of a known event, and see to it that the event's alert is edited.

        Args:
            case: what was known before.
            known: the event's id.
            stage: the stage that it turns out to have, None where it keeps its own.
            quiet: no alert is edited.
            most: so many sources are enough; None sets no bound.

        Returns:
            Whether the event has one more source by this.
        """
        before = case.event(known)
        events.cover(self.conn, self.row, known, self.claim.role)
        # A report that only says that the case is under way gives no date for the step it is joined to.
        says = self.says if before and (stage or before.stage) is self.claim.stage else None
        if stage and not events.is_settled(self.conn, known):
            events.restage(self.conn, known, stage)
        if before is None:
            return False
        enough = most is not None and len(before.sources) >= most
        added = not enough and events.add_source(self.conn, known, self._source(before, says), self.now)
        if not added and not stage:
            return False
        (after,) = events.find(self.conn, [known])
        preferred = _preferred(after)
        if preferred and preferred != after.when:
            events.prefer(self.conn, known, preferred, self.now)
            after = replace(after, when=preferred)
        grown = _told_of(after) != _told_of(before)
        if grown and not quiet:
            edits.amend(self.conn, told_by(after), encode_changes(after), self.now)
        if not quiet:
            owe_late(self.conn, told_by(after), self.now)
        return added

    def _source(self, event: Event, says: When | None) -> Source:
        """This report as a source of the event; a near copy of another source speaks with that one's voice."""
        source = source_of(self.report, says)
        voices = {one.report: one.voice for one in event.sources[-COMPARED:] if one.report}
        if source.voice in {one.voice for one in event.sources} or not voices:
            return source
        mine = pieces(self.report)
        for other in reports.of_ids(self.conn, voices.keys()):
            if is_copy(mine, pieces(other)):
                return replace(source, copy_of=voices[other.id])
        return source


def _tell_verdict(arrival: Arrival, claim: Claim, verdict: Verdict) -> None:
    report, stage = arrival.report, verdict.stage or claim.stage
    facts = {
        "event": "verdict",
        "report": report.id,
        "outlet": report.outlet,
        "url": report.url,
        "state": claim.state,
        "treaty": claim.treaty,
        "stage": stage.value if stage else None,
        "date": str(claim.when) if claim.when else None,
        "verdict": verdict.kind.value,
        "known_event": verdict.event,
        "reason": verdict.reason,
        "quiet": arrival.quiet,
        "edited": arrival.edited,
    }
    said = (report.id, claim.state, claim.treaty, verdict.kind, verdict.reason)
    _logger.info("report %s: %s %s %s: %s", *said, extra={"facts": facts})


def _remember_plain(conn: Connection, run: Iterable[_Read]) -> int:
    """Store reports that claim nothing."""
    read = [(one.arrival, one.said) for one in run]
    plain = (
        reports.PlainReport(one.report, said, one.feed, one.now, one.mark)
        for one, said in read
        if isinstance(said, Reading)
    )
    return reports.remember_plain(conn, plain)


def _from_edit(claim: Claim) -> Claim:
    """A claim that says that it was not in the first text."""
    return replace(claim, reason=f"{claim.reason}; in an edited text")


def _told_of(event: Event) -> tuple[Any, ...]:
    """What an alert says of an event: where this changes, the alert is edited."""
    return event.stage, event.voices, event.when, event.told_dates


def _preferred(event: Event) -> When | None:
    """The date that most voices bear out, the most exact of those that agree; None where two that disagree are level.

    A vaguer date that agrees ("in August") bears an exact one out. A day after others had told of the step is another
    step's, or a slip: such a date is kept with its source, but not preferred.
    """
    latest = _latest_possible(event)
    votes = {when: _voices_for(event, when) for when in event.told_dates if latest is None or when.day <= latest}
    if not votes:
        return None
    best = max(votes, key=lambda when: (votes[when], len(str(when))))
    level = any(votes[when] == votes[best] and not when.agrees(best) for when in votes)
    return None if level else best


def _latest_possible(event: Event) -> date | None:
    """The day after the first report of a step; None where none is dated, or the step was told of ahead of its day."""
    first = min((source.published for source in event.sources if source.published), default=None)
    if first is None or (event.when and event.when.day > first + _CLOCKS):
        return None
    return first + _CLOCKS


def _voices_for(event: Event, when: When) -> int:
    return len({source.voice for source in event.sources if source.says and source.says.agrees(when)})


def _in_order(claims: Iterable[Claim]) -> list[int]:
    """The places of the claims, earlier events first, so that a report of two steps opens them in their order."""
    return [
        index for index, _ in sorted(enumerate(claims), key=lambda pair: (pair[1].when is None, _day(pair[1]), pair[0]))
    ]


def _day(claim: Claim) -> int:
    return claim.when.day.toordinal() if claim.when else 0
