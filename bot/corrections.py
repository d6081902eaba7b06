"""Corrections: what people decide on a claim or an event, what follows from it, and how it is undone.

The first decision on a subject counts; whoever comes later is told whose it was. Every decision is logged with who,
when and why; messages already sent are edited, and where an alert told something wrong an answer to it says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from store import decisions, edits, events, held, outbox, reports, reviews
from store.database import StoreError
from store.decisions import Action, of_claim, of_event
from store.owing import owe_alerts, owe_correction
from treaties.alerts import alert_for, alert_key, encode_changes, event_id, source_of, told_by
from treaties.model import Case, Event, Source, Verdict, VerdictKind, When
from treaties.stages import Stage, is_reversal

if TYPE_CHECKING:
    from datetime import date, datetime

    from store.database import Connection
    from store.decisions import HumanDecision
    from store.reviews import Question
    from treaties.model import Fact
    from treaties.registry import Knowledge


class NeedsStageError(StoreError):
    """A claim that names no step can be confirmed only with one."""

    def __init__(self, claim: int) -> None:
        super().__init__(f"claim {claim} names no step; say which: `treatywatch review confirm {claim} --stage STAGE`")


@dataclass(frozen=True, slots=True)
class Word:
    """Who says so, when, and why.

    Attributes:
        who: the person as shown to others and as logged.
        now: the current time.
        why: the reason, if one was given.
        account: by which the person is logged, where names are not enough to know them by.
    """

    who: str
    now: datetime
    why: str = ""
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Corrections:
    """What curators can do.

    Attributes:
        knowledge: facts around the known cases.
    """

    knowledge: Knowledge

    def confirm(self, conn: Connection, claim: int, word: Word, stage: Stage | None = None) -> HumanDecision:
        """A claim is right: its step becomes known, and everybody who wants to hear of it does.

        Args:
            conn: an open write transaction.
            claim: the row of the claim.
            word: who says so.
            stage: the step, where the claim names none or the wrong one.

        Raises:
            NeedsStageError: neither the claim nor the caller names the step.
            StoreError: there is no such claim, or somebody decided on it before.
        """
        question = reviews.find(conn, claim)
        waiting = self._held(conn, question)
        told = question.claim.stage or (question.verdict.stage if question.verdict else None)
        chosen = stage or (waiting.stage if waiting else None) or told
        if chosen is None:
            raise NeedsStageError(claim)
        event = waiting or self._new(conn, question, chosen, word)
        detail = {"event": event.id, "created": waiting is None, "stage": event.stage, **_before(question)}
        decision = self._decide(conn, of_claim(claim), Action.CONFIRM, word, detail)
        if event.stage is not chosen:
            events.settle(conn, event.id, chosen, word.now)
        held.drop(conn, event.id, word.now)
        self._tell(conn, question, event.id, word)
        self._close(conn, question, decision)
        return decision

    def dismiss(self, conn: Connection, claim: int, word: Word) -> HumanDecision:
        """A claim is wrong, or no news: nobody is told of it.

        Raises:
            StoreError: there is no such claim, or somebody decided on it before.
        """
        question = reviews.find(conn, claim)
        waiting = self._held(conn, question)
        detail = {"event": waiting.id if waiting else None, **_before(question)}
        decision = self._decide(conn, of_claim(claim), Action.DISMISS, word, detail)
        if waiting:
            events.dismiss(conn, waiting.id, word.now)
        self._judge(conn, question, VerdictKind.BACKGROUND, f"dismissed by {word.who}", waiting.id if waiting else None)
        self._close(conn, question, decision)
        return decision

    def join(self, conn: Connection, claim: int, event: str, word: Word) -> HumanDecision:
        """A claim tells of a known event: its report becomes one more source of that one.

        Raises:
            StoreError: there is no such claim or event, or somebody decided on the claim before.
        """
        question = reviews.find(conn, claim)
        known = _event(conn, event)
        waiting = self._held(conn, question)
        detail = {"event": known.id, "dismissed": waiting.id if waiting else None, **_before(question)}
        decision = self._decide(conn, of_claim(claim), Action.JOIN, word, detail)
        if waiting:
            events.dismiss(conn, waiting.id, word.now, merged_into=known.id)
        stored, says = question.stored, question.claim.when if question.claim.dated else None
        events.cover(conn, stored.row, known.id, question.claim.role)
        if events.add_source(conn, known.id, source_of(stored.report, says), word.now):
            self._amend(conn, known.id, word.now)
        self._judge(conn, question, VerdictKind.KNOWN, f"{word.who} says that it tells of this event", known.id)
        self._close(conn, question, decision)
        return decision

    def wrong(self, conn: Connection, event: str, word: Word) -> HumanDecision:
        """An event did not happen: it is known no more, and whoever was told of it is told so.

        Raises:
            StoreError: there is no such event, or somebody decided on it before.
        """
        known = _event(conn, event)
        decision = self._decide(conn, of_event(known.id), Action.DISMISS, word, {"event": known.id})
        events.dismiss(conn, known.id, word.now)
        self._correct(conn, known, None, decision)
        return decision

    def restage(self, conn: Connection, event: str, stage: Stage, word: Word) -> HumanDecision:
        """An event is another step than the one that was told.

        Raises:
            StoreError: there is no such event, it is that step already, or somebody decided on it before.
        """
        known = _event(conn, event)
        if known.stage is stage:
            raise StoreError(f"{known.id} is known as {stage} already")
        detail = {"event": known.id, "stage": known.stage, "vague": known.vague, "to": stage}
        decision = self._decide(conn, of_event(known.id), Action.STAGE, word, detail)
        events.settle(conn, known.id, stage, word.now)
        self._correct(conn, known, replace(known, stage=stage), decision)
        return decision

    def merge(self, conn: Connection, event: str, into: str, word: Word) -> HumanDecision:
        """Two events are one: the sources of the first become the other's.

        Raises:
            StoreError: there is no such event, both are the same, or somebody decided on the first before.
        """
        known, other = _event(conn, event), _event(conn, into)
        if known.id == other.id:
            raise StoreError(f"{known.id} cannot be merged with itself")
        moved = [source for source in known.sources if events.add_source(conn, other.id, source, word.now)]
        detail = {"event": known.id, "into": other.id, "moved": len(moved)}
        decision = self._decide(conn, of_event(known.id), Action.MERGE, word, detail)
        events.dismiss(conn, known.id, word.now, merged_into=other.id)
        self._amend(conn, other.id, word.now)
        self._correct(conn, known, other, decision)
        return decision

    def in_effect(self, conn: Connection, notified: str, day: date, word: Word) -> HumanDecision:
        """An exit took effect: that becomes known without a report, and nobody is told twice.

        Args:
            conn: an open write transaction.
            notified: the id of the event that is the notification.
            day: when it took effect.
            word: who says so.

        Raises:
            StoreError: there is no such event, or somebody said so before.
        """
        known = _event(conn, notified)
        proposal = Event(
            id=event_id(known.state, known.treaty, Stage.IN_EFFECT, When(day)),
            state=known.state,
            treaty=known.treaty,
            stage=Stage.IN_EFFECT,
            when=When(day),
            sources=(Source(word.who, published=word.now.date(), says=When(day)),),
        )
        detail = {"event": proposal.id, "notified": known.id}
        decision = self._decide(conn, f"effect:{known.id}:{day}", Action.CONFIRM, word, detail)
        if not any(event.stage is Stage.IN_EFFECT for event in self._case(conn, known).events):
            events.add_event(conn, proposal, word.now, origin="curator")
        return decision

    def undo(self, conn: Connection, decision: int, word: Word) -> HumanDecision:
        """Take a decision back: what it changed is as it was before, and whoever was told of it is told so.

        Sources that a merge or a joined report brought stay where they are.

        Raises:
            StoreError: there is no such decision.
        """
        undone = decisions.undo(conn, decision, who=word.account or word.who, now=word.now, why=word.why)
        detail = undone.detail
        if undone.subject.startswith("claim:"):
            self._undo_claim(conn, undone, word)
            return undone
        if undone.subject.startswith("effect:"):
            events.dismiss(conn, detail["event"], word.now)
            return undone
        known = _event(conn, detail["event"])
        if undone.action is Action.STAGE:
            events.unsettle(conn, known.id, Stage(detail["stage"]), vague=detail["vague"])
        else:
            events.restore(conn, known.id)
        after = _event(conn, known.id)
        self._correct(conn, known, after, replace(undone, who=word.who, why=word.why), restored=True)
        return undone

    def _undo_claim(self, conn: Connection, undone: HumanDecision, word: Word) -> None:
        detail = undone.detail
        question = reviews.find(conn, int(undone.subject.removeprefix("claim:")))
        before = detail["before"]
        verdict = Verdict(VerdictKind(before["kind"]), before["reason"], before["event"]) if before else None
        if verdict:
            reports.save_verdict(conn, question.stored.row, question.position, verdict)
        if undone.action is Action.CONFIRM:
            known = _event(conn, detail["event"])
            events.dismiss(conn, known.id, word.now)
            self._correct(conn, known, None, replace(undone, who=word.who, why=word.why), restored=False)
        elif detail.get("event") and undone.action is Action.DISMISS:
            events.restore(conn, detail["event"])
        elif detail.get("dismissed"):
            events.restore(conn, detail["dismissed"])
        edits.amend(conn, question.key, {"decided": None}, word.now)

    def _decide(
        self, conn: Connection, subject: str, action: Action, word: Word, detail: dict[str, Any]
    ) -> HumanDecision:
        return decisions.decide(
            conn,
            subject=subject,
            action=action,
            who=word.who,
            why=word.why,
            detail=detail,
            now=word.now,
            account=word.account,
        )

    def _held(self, conn: Connection, question: Question) -> Event | None:
        """The event that the claim opened and that nobody was told of yet."""
        verdict = question.verdict
        if verdict is None or verdict.event is None or held.find(conn, verdict.event) is None:
            return None
        return next(iter(events.find(conn, [verdict.event])), None)

    def _new(self, conn: Connection, question: Question, stage: Stage, word: Word) -> Event:
        claim, report = question.claim, question.stored.report
        when = claim.when
        proposal = Event(
            id=event_id(claim.state, claim.treaty, stage, when),
            state=claim.state,
            treaty=claim.treaty,
            stage=stage,
            when=when,
            sources=(source_of(report, when if claim.dated else None),),
        )
        event = events.add_event(conn, proposal, word.now, origin="curator")
        events.cover(conn, question.stored.row, event.id, claim.role)
        return event

    def _tell(self, conn: Connection, question: Question, event: str, word: Word) -> None:
        known = _event(conn, event)
        case = self._case(conn, known)
        kind = _kind(known, case)
        reason = f"confirmed by {word.who}"
        self._judge(conn, question, kind, reason, known.id)
        owe_alerts(conn, [alert_for(kind, known, case, question.stored.report, reason)], word.now)

    def _judge(self, conn: Connection, question: Question, kind: VerdictKind, reason: str, event: str | None) -> None:
        reports.save_verdict(conn, question.stored.row, question.position, Verdict(kind, reason, event))

    def _close(self, conn: Connection, question: Question, decision: HumanDecision) -> None:
        """Let every reviewer see who decided: the question's buttons go, and its message says so."""
        told = {"id": decision.id, "action": decision.action, "who": decision.who, "at": decision.at.isoformat()}
        edits.amend(conn, question.key, {"decided": told}, decision.at)

    def _amend(self, conn: Connection, event: str, now: datetime) -> None:
        known = _event(conn, event)
        edits.amend(conn, told_by(known), encode_changes(known), now)

    def _correct(
        self, conn: Connection, was: Event, now: Event | None, decision: HumanDecision, *, restored: bool = False
    ) -> None:
        """Edit the alert and answer it with what is put right; one that is not out yet is changed, or taken back."""
        correction = {
            "action": f"undo {decision.action}" if restored else decision.action.value,
            "who": decision.who,
            "why": decision.why,
            "at": decision.at.isoformat(),
            "was": was.stage,
            "now": now.stage if now else None,
        }
        key = alert_key(was.id)
        if now is None:
            outbox.withdraw(conn, key)
        owe_correction(conn, key, correction, decision.at)
        changes = encode_changes(now) if now and now.id == was.id and not was.told_with else {}
        edits.amend(conn, key, {**changes, "correction": correction}, decision.at)

    def _case(self, conn: Connection, event: Event) -> Case:
        case = events.case(conn, event.state, event.treaty)
        return replace(case, facts=self._facts(case.key))

    def _facts(self, key: tuple[str, str]) -> tuple[Fact, ...]:
        return next((case.facts for case in self.knowledge.known if case.key == key), ())


def _event(conn: Connection, name: str) -> Event:
    """The event of that id, dismissed ones too.

    Raises:
        StoreError: there is none.
    """
    found = events.find(conn, [name])
    if not found:
        raise StoreError(f"no event is called {name!r}; `treatywatch case STATE TREATY --json` lists the ids of a case")
    return found[0]


def _before(question: Question) -> dict[str, Any]:
    """The verdict that a decision replaces, for undoing it."""
    verdict = question.verdict
    return {"before": {"kind": verdict.kind, "reason": verdict.reason, "event": verdict.event} if verdict else None}


_OPENING_KINDS: Final = (VerdictKind.NEW_CASE, VerdictKind.NEW_DEVELOPMENT)


def _kind(event: Event, case: Case) -> VerdictKind:
    if is_reversal(event.stage):
        return VerdictKind.REVERSAL
    return _OPENING_KINDS[len(case.events) > 1]
