"""Corrections: the first decision counts, everybody who was told hears of it, and undoing restores what was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.corrections import Corrections, NeedsStageError, Word
from store import audit, channels, decisions, events, held, outbox, reports, reviews
from store.database import Database, StoreError
from store.decisions import AlreadyDecidedError
from store.held import Held
from store.owing import ask_reviewers, owe_alerts
from treaties.alerts import alert_for, alert_key, decode
from treaties.model import (
    Case,
    Claim,
    Event,
    Label,
    Reading,
    Report,
    Role,
    Source,
    Verdict,
    VerdictKind,
    When,
)
from treaties.registry import Knowledge
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.database import Connection
    from store.decisions import HumanDecision
    from store.outbox import OutboxRow
    from tests.bot.program import Run

NOW = datetime(2025, 4, 17, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
VOTED = When(date(2025, 4, 16))
CORRECTIONS = Corrections(Knowledge(treaties={}, states={}, institutions=(), words={}, stage_rules=()))
ANNA, BEN = Word("Anna", LATER, "read the minutes"), Word("Ben", LATER)
CLAIM = Claim("LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTED, Role.NEWS, "voted to quit", "words", dated=True)
REPORT = Report("r1", "Parliament votes to quit", "", NOW, outlet="Tide Table", url="https://tide.example/1")
ANNOUNCED = Event("first", "LV", "ottawa", Stage.ANNOUNCED, When(date(2025, 3, 18)), (Source("Wire"),))


def remember(conn: Connection, report: Report, claim: Claim, verdict: Verdict) -> int:
    row = reports.remember(conn, report, feed=None, now=NOW)
    assert row is not None
    reports.save_reading(conn, row, Reading(report.id, Label.DEVELOPMENT, "en", (claim,), "read"))
    reports.save_verdict(conn, row, 0, verdict)
    return row


def asked(conn: Connection, claim: Claim = CLAIM, report: Report = REPORT) -> int:
    """A claim that the reviewers were asked about."""
    verdict = Verdict(VerdictKind.UNSURE, "not sure")
    row = remember(conn, report, claim, verdict)
    ask_reviewers(conn, row, report, claim, 0, verdict, NOW)
    return reviews.claim_id(conn, row, 0)


def alerted(conn: Connection, *, told: bool = True) -> str:
    """An event whose alert every channel was told, or is about to be."""
    event = events.add_event(
        conn, Event("vote", "LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTED, (Source("Tide"),)), NOW
    )
    row = remember(conn, REPORT, CLAIM, Verdict(VerdictKind.NEW_CASE, "new", event.id))
    events.cover(conn, row, event.id, Role.NEWS)
    case = events.case(conn, "LV", "ottawa")
    owe_alerts(conn, [alert_for(VerdictKind.NEW_CASE, event, case, REPORT, "new")], NOW)
    if told:
        deliver(conn)
    return event.id


def deliver(conn: Connection) -> None:
    """Everything that waits is told."""
    for channel in channels.enabled(conn):
        while delivery := outbox.claim(conn, channel.id, LATER):
            outbox.sent(conn, delivery.id, f"m{delivery.id}", LATER)


@pytest.fixture
def rooms(database: Database) -> tuple[int, int]:
    """A public channel, and one of the reviewers."""
    with database.transaction() as conn:
        return (
            channels.sync(conn, "console", "public", title="Public"),
            channels.sync(conn, "console", "desk", title="Desk", role="reviewers"),
        )


def messages(conn: Connection, channel: int) -> list[OutboxRow]:
    return [row for row in outbox.history(conn) if row.channel_id == channel]


def stages(conn: Connection) -> list[Stage]:
    return [event.stage for event in events.case(conn, "LV", "ottawa").events]


def test_a_confirmed_claim_becomes_known_and_is_told(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        claim = asked(conn)
        decision = CORRECTIONS.confirm(conn, claim, ANNA)
        (event,) = events.case(conn, "LV", "ottawa").events
        (alert,) = messages(conn, rooms[0])
        stored = reports.find(conn, "r1")
    assert (event.stage, event.when, event.sources[0].outlet) == (Stage.PARLIAMENT_PASSED, VOTED, "Tide Table")
    assert decode(alert.payload).reason == "confirmed by Anna"
    assert stored
    assert stored.claims[0][1] == Verdict(VerdictKind.NEW_CASE, "confirmed by Anna", event.id)
    assert (decision.who, decision.why) == ("Anna", "read the minutes")


def test_a_confirmed_step_of_a_known_case_is_a_development_and_a_setback_a_reversal(
    database: Database, rooms: tuple[int, int]
) -> None:
    with database.transaction() as conn:
        events.add_event(conn, ANNOUNCED, NOW)
        CORRECTIONS.confirm(conn, asked(conn), ANNA)
        back = replace(CLAIM, stage=Stage.RETURNED)
        CORRECTIONS.confirm(conn, asked(conn, back, replace(REPORT, id="r2")), ANNA)
        kinds = [decode(row.payload).kind for row in messages(conn, rooms[0])]
    assert kinds == [VerdictKind.NEW_DEVELOPMENT, VerdictKind.REVERSAL]


def test_a_claim_without_a_step_is_confirmed_with_one(database: Database) -> None:
    with database.transaction() as conn:
        claim = asked(conn, replace(CLAIM, stage=None, likely=Stage.ANNOUNCED))
        with pytest.raises(NeedsStageError, match=f"treatywatch review confirm {claim} --stage STAGE"):
            CORRECTIONS.confirm(conn, claim, ANNA)
        CORRECTIONS.confirm(conn, claim, ANNA, Stage.BILL_SUBMITTED)
        assert stages(conn) == [Stage.BILL_SUBMITTED]


def test_a_waiting_alert_goes_out_once_it_is_confirmed(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        claim = hold(conn)
        CORRECTIONS.confirm(conn, claim, ANNA, Stage.SIGNED_INTO_LAW)
        (alert,) = messages(conn, rooms[0])
        assert stages(conn) == [Stage.SIGNED_INTO_LAW]
        assert held.find(conn, "vote") is None
    assert decode(alert.payload).stage is Stage.SIGNED_INTO_LAW


def hold(conn: Connection) -> int:
    """An event whose alert waits for a second source; the reviewers were asked."""
    event = events.add_event(conn, Event("vote", "LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTED), NOW)
    row = remember(conn, REPORT, CLAIM, Verdict(VerdictKind.NEW_CASE, "new", event.id))
    held.hold(conn, Held(event.id, row, 0, VerdictKind.NEW_CASE, "new", NOW, LATER))
    held.asked(conn, event.id, NOW)
    return reviews.claim_id(conn, row, 0)


def test_a_dismissed_waiting_event_is_known_no_more(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        decision = CORRECTIONS.dismiss(conn, hold(conn), ANNA)
        assert stages(conn) == []
        assert messages(conn, rooms[0]) == []
        CORRECTIONS.undo(conn, decision.id, BEN)
        assert stages(conn) == [Stage.PARLIAMENT_PASSED]


def test_a_claim_that_tells_of_a_known_event_becomes_its_source(database: Database) -> None:
    with database.transaction() as conn:
        events.add_event(conn, ANNOUNCED, NOW)
        CORRECTIONS.join(conn, asked(conn), "first", ANNA)
        (event,) = events.case(conn, "LV", "ottawa").events
        stored = reports.find(conn, "r1")
    assert [source.outlet for source in event.sources] == ["Wire", "Tide Table"]
    assert stored
    assert stored.claims[0][1]
    assert stored.claims[0][1].kind is VerdictKind.KNOWN


def test_the_reviewers_see_who_decided(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        claim = asked(conn)
        deliver(conn)
        decision = CORRECTIONS.dismiss(conn, claim, ANNA)
        (question,) = messages(conn, rooms[1])
    assert question.payload["claim"] == claim
    assert question.upkeep == "stale"
    assert question.payload["decided"] == {
        "id": decision.id,
        "action": "dismiss",
        "who": "Anna",
        "at": LATER.isoformat(),
    }


@pytest.mark.parametrize(
    "second",
    [
        lambda conn, claim: CORRECTIONS.confirm(conn, claim, BEN),
        lambda conn, claim: CORRECTIONS.dismiss(conn, claim, BEN),
        lambda conn, claim: CORRECTIONS.join(conn, claim, "first", BEN),
    ],
    ids=["confirm", "dismiss", "join"],
)
def test_the_first_decision_counts(
    database: Database, rooms: tuple[int, int], second: Callable[[Connection, int], HumanDecision]
) -> None:
    with database.transaction() as conn:
        events.add_event(conn, ANNOUNCED, NOW)
        claim = asked(conn)
        CORRECTIONS.dismiss(conn, claim, ANNA)
    with database.transaction() as conn:
        with (
            pytest.raises(AlreadyDecidedError, match=r"Anna decided this already \(dismiss\)") as late,
            conn.begin_nested(),
        ):
            second(conn, claim)
        assert late.value.decision.who == "Anna"
        assert stages(conn) == [Stage.ANNOUNCED]
        assert messages(conn, rooms[0]) == []


def test_what_did_not_happen_is_known_no_more_and_whoever_was_told_hears_it(
    database: Database, rooms: tuple[int, int]
) -> None:
    with database.transaction() as conn:
        event = alerted(conn)
        CORRECTIONS.wrong(conn, event, ANNA)
        told, correction = messages(conn, rooms[0])
        assert events.case(conn, "LV", "ottawa").events == ()
    assert (told.kind, told.upkeep, correction.kind) == ("alert", "stale", "correction")
    assert correction.payload["correction"] == told.payload["correction"]
    assert correction.payload["correction"] == {
        "action": "dismiss",
        "who": "Anna",
        "why": "read the minutes",
        "at": LATER.isoformat(),
        "was": "parliament_passed",
        "now": None,
    }


def test_a_correction_answers_the_alert(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        event = alerted(conn)
        first = messages(conn, rooms[0])[0]
        CORRECTIONS.wrong(conn, event, ANNA)
        delivery = outbox.claim(conn, rooms[0], LATER)
    assert delivery
    assert delivery.kind == "correction"
    assert delivery.reply_to == "m1"
    assert first.key == alert_key(event)


def test_an_alert_that_nobody_got_yet_is_taken_back(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        CORRECTIONS.wrong(conn, alerted(conn, told=False), ANNA)
        assert messages(conn, rooms[0]) == []


def test_an_alert_that_nobody_got_yet_is_put_right_before_it_goes_out(
    database: Database, rooms: tuple[int, int]
) -> None:
    with database.transaction() as conn:
        CORRECTIONS.restage(conn, alerted(conn, told=False), Stage.LOWER_HOUSE_PASSED, ANNA)
        (alert,) = messages(conn, rooms[0])
    assert decode(alert.payload).stage is Stage.LOWER_HOUSE_PASSED


def test_another_step_is_told_and_stays_whatever_reports_say(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        event = alerted(conn)
        decision = CORRECTIONS.restage(conn, event, Stage.LOWER_HOUSE_PASSED, ANNA)
        told, correction = messages(conn, rooms[0])
        assert stages(conn) == [Stage.LOWER_HOUSE_PASSED]
        assert events.is_settled(conn, event)
        CORRECTIONS.undo(conn, decision.id, BEN)
        assert stages(conn) == [Stage.PARLIAMENT_PASSED]
        assert not events.is_settled(conn, event)
        again = messages(conn, rooms[0])[-1]
    assert correction.payload["correction"]["now"] == "lower_house_passed"
    assert decode(told.payload).stage is Stage.LOWER_HOUSE_PASSED
    assert again.payload["correction"]["action"] == "undo stage"
    assert again.payload["correction"]["now"] == "parliament_passed"


def test_the_configuration_does_not_change_back_what_somebody_settled(database: Database) -> None:
    listed = Case("LV", "ottawa", (ANNOUNCED,))
    with database.transaction() as conn:
        events.seed(conn, [listed], NOW)
        CORRECTIONS.restage(conn, "first", Stage.CONSIDERED, ANNA)
        events.seed(conn, [listed], LATER)
        assert stages(conn) == [Stage.CONSIDERED]


def test_merged_events_are_one_with_all_sources(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        events.add_event(conn, ANNOUNCED, NOW)
        event = alerted(conn)
        decision = CORRECTIONS.merge(conn, event, "first", ANNA)
        (left,) = events.case(conn, "LV", "ottawa").events
        assert [source.outlet for source in left.sources] == ["Wire", "Tide"]
        assert messages(conn, rooms[0])[1].payload["correction"]["now"] == "announced"
        CORRECTIONS.undo(conn, decision.id, BEN)
        assert stages(conn) == [Stage.ANNOUNCED, Stage.PARLIAMENT_PASSED]


def test_undoing_a_dismissal_restores_the_event_and_tells_so(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        event = alerted(conn)
        decision = CORRECTIONS.wrong(conn, event, ANNA)
        deliver(conn)
        CORRECTIONS.undo(conn, decision.id, BEN)
        assert stages(conn) == [Stage.PARLIAMENT_PASSED]
        told = [row.payload["correction"]["action"] for row in messages(conn, rooms[0]) if row.kind == "correction"]
        assert told == ["dismiss", "undo dismiss"]
        # The subject is open again.
        CORRECTIONS.wrong(conn, event, BEN)


def test_undoing_a_confirmation_puts_the_question_again(database: Database, rooms: tuple[int, int]) -> None:
    with database.transaction() as conn:
        claim = asked(conn)
        decision = CORRECTIONS.confirm(conn, claim, ANNA)
        assert reviews.waiting(conn, 10) == ()
        CORRECTIONS.undo(conn, decision.id, BEN)
        assert stages(conn) == []
        assert messages(conn, rooms[0]) == []
        assert [question.id for question in reviews.waiting(conn, 10)] == [claim]
        CORRECTIONS.dismiss(conn, claim, BEN)


def test_everything_is_logged(database: Database) -> None:
    with database.transaction() as conn:
        decision = CORRECTIONS.dismiss(conn, asked(conn), ANNA)
        CORRECTIONS.undo(conn, decision.id, BEN)
        log = [(entry.who, entry.action, entry.at) for entry in audit.entries(conn)]
    assert log == [("Ben", "review: undo dismiss", LATER), ("Anna", "review: dismiss", LATER)]


@pytest.mark.parametrize(
    "work",
    [
        lambda conn: CORRECTIONS.wrong(conn, "nothing", ANNA),
        lambda conn: CORRECTIONS.confirm(conn, 99, ANNA),
        lambda conn: CORRECTIONS.undo(conn, 99, ANNA),
        lambda conn: CORRECTIONS.merge(conn, "first", "first", ANNA),
        lambda conn: CORRECTIONS.restage(conn, "first", Stage.ANNOUNCED, ANNA),
    ],
    ids=["wrong", "confirm", "undo", "merge", "restage"],
)
def test_what_cannot_be_done_is_refused(database: Database, work: Callable[[Connection], object]) -> None:
    with database.transaction() as conn:
        events.add_event(conn, ANNOUNCED, NOW)
        with pytest.raises(StoreError):
            work(conn)
        assert audit.entries(conn) == ()


def test_alike_misreadings_are_counted_together(database: Database) -> None:
    with database.transaction() as conn:
        for number, quote in enumerate(["a", "b", "c"]):
            report = replace(REPORT, id=f"r{number}")
            CORRECTIONS.dismiss(conn, asked(conn, replace(CLAIM, quote=quote, reason="verb"), report), ANNA)
        CORRECTIONS.dismiss(conn, asked(conn, replace(CLAIM, reason="noun"), replace(REPORT, id="x")), ANNA)
        found = decisions.misses(conn, 10)
    assert [(miss.times, miss.lang, miss.reason, miss.quote) for miss in found] == [
        (3, "en", "verb", "a"),
        (1, "en", "noun", "voted to quit"),
    ]


def test_the_command_line_lists_decides_and_undoes(run: Run, url: str) -> None:
    store = Database(url)
    store.upgrade()
    assert run("review") == (0, "nothing waits for a decision\n", "")
    with store.transaction() as conn:
        claim = asked(conn)
    code, listed, _ = run("review")
    assert code == 0
    assert listed.startswith(f"{claim}\tLatvia – Ottawa Convention")
    assert "Rests on: voted to quit" in listed
    code, out, err = run("review", "confirm", str(claim), "--why", "seen")
    assert (code, err) == (0, "")
    assert f"confirm claim:{claim}: seen; undo it with `treatywatch review undo 1`" in out
    assert run("review", "dismiss", str(claim))[0] == 1
    assert run("review", "log")[1].startswith("1\t2025-10-01 09:30\t")
    assert run("review", "log", "--all")[1].splitlines()[0].endswith(f"\treview: confirm\tclaim:{claim}: seen")
    assert run("review", "undo", "1")[1].startswith("undone: 1\t")
    assert run("review", "dismiss", str(claim))[0] == 0
    assert run("review", "misses")[1] == "1 × en: words: “voted to quit”\n"


def test_the_command_line_puts_an_event_right(run: Run, url: str) -> None:
    store = Database(url)
    store.upgrade()
    with store.transaction() as conn:
        event = alerted(conn)
        events.add_event(conn, ANNOUNCED, NOW)
    assert run("review", "restage", event, "signed_into_law")[0] == 0
    assert run("review", "undo", "1")[0] == 0
    assert run("review", "merge", event, "first")[0] == 0
    assert run("review", "undo", "2")[0] == 0
    assert run("review", "wrong", event, "--why", "a rumour")[0] == 0
    code, _, err = run("review", "wrong", "vot")
    assert (code, err) == (
        1,
        "treatywatch: no event is called 'vot'; `treatywatch case STATE TREATY --json` lists the ids of a case\n",
    )
