"""Matching by the law and by the habits of reports: too early an exit, one decision in two words, a step taken anew."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from treaties.matching import match
from treaties.model import Case, Claim, Event, Label, Precision, Role, Source, Verdict, VerdictKind, When
from treaties.registry import Clause, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Collection

NEW, KNOWN, UNSURE = VerdictKind.NEW_DEVELOPMENT, VerdictKind.KNOWN, VerdictKind.UNSURE
PRECISIONS = {10: Precision.DAY, 7: Precision.MONTH, 4: Precision.YEAR}
LAMPS = Treaty(
    "lamps",
    "Convention on Harbour Lamps",
    "Lamp Convention",
    {},
    in_force=date(1990, 1, 1),
    clause=Clause("Article 20", "from_receipt_by_depositary", "P6M"),
)
ONE_REPORT = (Source("Tide Table", report="r1"),)
TWO_REPORTS = (*ONE_REPORT, Source("Harbour Post", report="r2"))
LISTED = (Source("Depositary"),)


def when(text: str) -> When:
    return When(date.fromisoformat(f"{text}-01-01"[:10]), PRECISIONS[len(text)])


def case(known: str, sources: tuple[Source, ...] = ()) -> Case:
    """The case of `announced 2025-03-01, in_effect`; the id of an event is its text."""
    events = []
    for text in known.split(", ") if known else []:
        stage, _, day = text.partition(" ")
        events.append(Event(text, "LV", "lamps", Stage(stage), when(day) if day else None, sources))
    return Case("LV", "lamps", tuple(events))


def judged(known: Case, report: str, opened: Collection[str] = (), **changes: Any) -> Verdict:
    """The verdict on `stage day-in-the-text @ day-of-publication`; without a stage the claim is vague."""
    text, _, published = report.partition("@ ")
    stage, _, day = text.strip().partition(" ")
    told = day or published
    claim = Claim(
        "LV",
        "lamps",
        Stage(stage) if stage else None,
        when(told) if told else None,
        Role.NEWS,
        "…",
        "…",
        dated=bool(day),
        **{"confidence": 0.9, **changes},
    )
    published_on = date.fromisoformat(published) if published else None
    return match(claim, known, label=Label.DEVELOPMENT, published=published_on, treaty=LAMPS, opened=opened)


def row(sentence: str, known: str, report: str, outcome: str) -> Any:
    """A case's life: what is known, a report, and `verdict: event` or `verdict: stage`."""
    kind, _, rest = outcome.partition(": ")
    return pytest.param(known, report, VerdictKind(kind), rest, id=sentence)


def outcome(verdict: Verdict) -> tuple[VerdictKind, str | None]:
    return verdict.kind, verdict.event or verdict.stage


NOTIFIED = "announced 2025-01-10, notified_depositary 2025-06-27"
CONSIDERED = "considered 2025-01-10"
RETURNED = "lower_house_passed 2025-04-16, returned 2025-05-03"


@pytest.mark.parametrize(
    ("known", "report", "kind", "rest"),
    [
        row(
            "out before the clause allows is one more telling of the notification",
            NOTIFIED,
            "in_effect @ 2025-07-01",
            "known: notified_depositary 2025-06-27",
        ),
        row(
            "without a notification, of the last step",
            "announced 2025-01-10",
            "in_effect @ 2025-02-01",
            "known: announced 2025-01-10",
        ),
        row(
            "even with a day in the text",
            NOTIFIED,
            "in_effect 2025-07-01 @ 2025-07-02",
            "known: notified_depositary 2025-06-27",
        ),
        row("out when it is due is new", NOTIFIED, "in_effect @ 2025-12-27", "new_development: in_effect"),
        row("or a few days sooner", NOTIFIED, "in_effect @ 2025-12-22", "new_development: in_effect"),
        row(
            "long after the first step, no notification being known, it may be out if the report is of that day",
            "announced 2025-01-10",
            "in_effect 2025-08-01 @ 2025-08-01",
            "new_development: in_effect",
        ),
        row(
            "of an unknown case nothing can be counted",
            "",
            "in_effect 2025-07-01 @ 2025-07-01",
            "new_case: in_effect",
        ),
        row(
            "out too early says no more than that it leaves, which is new where it was only considered",
            "considered 2025-01-10, announced 2025-01-20, rejected 2025-02-01, considered 2025-05-01",
            "in_effect @ 2025-06-01",
            "new_development: announced",
        ),
    ],
)
def test_a_state_is_not_out_before_its_time(known: str, report: str, kind: VerdictKind, rest: str) -> None:
    assert outcome(judged(case(known), report)) == (kind, rest)


def test_the_reason_says_what_the_law_says() -> None:
    reason = judged(case(NOTIFIED), "in_effect @ 2025-07-01").reason
    assert reason.startswith("it is not out before 2025-12-27 by Article 20, counted from the notification")
    assert "stands at notified_depositary" in reason


def test_the_law_asks_nothing_of_any_other_step() -> None:
    assert outcome(judged(case("announced 2025-01-10"), "notified_depositary @ 2025-02-01")) == (
        NEW,
        Stage.NOTIFIED_DEPOSITARY,
    )


@pytest.mark.parametrize("one", ["announced", "government_approved", "signed_into_law"])
@pytest.mark.parametrize("other", ["announced", "government_approved", "signed_into_law"])
@pytest.mark.parametrize("days", [0, 3])
def test_a_decision_of_the_executive_is_one_whatever_it_is_called(one: str, other: str, days: int) -> None:
    known = case(f"{one} 2025-03-10")
    assert outcome(judged(known, f"{other} @ 2025-03-{10 + days}")) == (KNOWN, f"{one} 2025-03-10")


def test_after_more_than_three_days_it_is_the_next_step() -> None:
    known = case("announced 2025-03-10")
    assert outcome(judged(known, "government_approved @ 2025-03-14")) == (NEW, Stage.GOVERNMENT_APPROVED)
    assert outcome(judged(known, "signed_into_law @ 2025-03-14")) == (NEW, Stage.SIGNED_INTO_LAW)


def test_a_decision_that_the_text_dates_to_another_day_is_another() -> None:
    known = case("announced 2025-03-10")
    assert outcome(judged(known, "government_approved 2025-03-12 @ 2025-03-12")) == (NEW, Stage.GOVERNMENT_APPROVED)
    assert outcome(judged(known, "government_approved 2025-03-10 @ 2025-03-12")) == (KNOWN, "announced 2025-03-10")


@pytest.mark.parametrize("vote", ["bill_submitted", "lower_house_passed", "upper_house_passed", "parliament_passed"])
def test_where_a_parliament_is_at_work_the_signature_stands_apart(vote: str) -> None:
    known = case(f"{vote} 2025-03-09, announced 2025-03-10")
    assert outcome(judged(known, "signed_into_law @ 2025-03-11")) == (NEW, Stage.SIGNED_INTO_LAW)


@pytest.mark.parametrize("stage", ["suspended", "in_effect", "considered"])
def test_on_one_day_or_the_next_a_decision_and_all_that_it_brings_are_one(stage: str) -> None:
    known = case("signed_into_law 2024-09-10")
    assert outcome(judged(known, f"{stage} @ 2024-09-11")) == (KNOWN, "signed_into_law 2024-09-10")


@pytest.mark.parametrize("stage", ["notified_depositary", "suspended"])
def test_two_days_later_they_are_two(stage: str) -> None:
    known = case("signed_into_law 2025-03-10")
    assert outcome(judged(known, f"{stage} @ 2025-03-12")) == (NEW, stage)


@pytest.mark.parametrize("stage", ["notified_depositary", "suspended"])
def test_with_a_parliament_at_work_what_follows_stands_apart_even_on_one_day(stage: str) -> None:
    known = case("bill_submitted 2025-03-01, announced 2025-03-10")
    assert outcome(judged(known, f"{stage} @ 2025-03-10")) == (NEW, stage)


@pytest.mark.parametrize("vote", ["lower_house_passed", "parliament_passed"])
def test_a_vote_is_no_decision_of_the_executive(vote: str) -> None:
    known = case("announced 2025-03-10")
    assert outcome(judged(known, f"{vote} @ 2025-03-11")) == (NEW, vote)


def test_what_one_report_says_twice_is_one_event() -> None:
    known = case("announced 2025-03-01, notified_depositary 2025-03-10")
    opened = ["notified_depositary 2025-03-10"]
    for stage in ("parliament_passed", "in_effect", ""):
        verdict = judged(known, f"{stage} @ 2025-03-10", opened)
        assert outcome(verdict) == (KNOWN, opened[0])
        assert "in other words" in verdict.reason


def test_what_it_dates_apart_are_two() -> None:
    known = case("announced 2025-01-01, lower_house_passed 2025-03-10")
    opened = ["lower_house_passed 2025-03-10"]
    assert outcome(judged(known, "upper_house_passed 2025-03-12 @ 2025-03-13", opened)) == (
        NEW,
        Stage.UPPER_HOUSE_PASSED,
    )
    assert outcome(judged(known, "upper_house_passed 2025-03 @ 2025-03-13", opened)) == (KNOWN, opened[0])


def test_what_another_report_opened_is_judged_as_ever() -> None:
    known = case("announced 2025-01-01, lower_house_passed 2025-03-10")
    assert outcome(judged(known, "upper_house_passed @ 2025-03-10")) == (NEW, Stage.UPPER_HOUSE_PASSED)


@pytest.mark.parametrize("stage", ["considered", "announced", "bill_submitted"])
def test_a_first_step_is_taken_anew_after_more_than_400_days(stage: str) -> None:
    known = case(f"{stage} 2024-01-01")
    assert outcome(judged(known, f"{stage} @ 2025-02-04")) == (KNOWN, f"{stage} 2024-01-01")
    assert outcome(judged(known, f"{stage} @ 2025-02-05")) == (NEW, stage)


def test_a_first_step_is_not_taken_anew_where_the_case_went_on() -> None:
    known = case("bill_submitted 2024-01-01, lower_house_passed 2024-03-01")
    assert outcome(judged(known, "bill_submitted @ 2025-09-01")) == (KNOWN, "bill_submitted 2024-01-01")


def test_nor_while_any_step_of_the_round_is_younger() -> None:
    known = case("considered 2024-12-01, announced 2024-01-01")
    assert outcome(judged(known, "announced @ 2025-03-01")) == (KNOWN, "announced 2024-01-01")


@pytest.mark.parametrize(
    ("known", "report", "kind", "rest"),
    [
        row(
            "an undated telling within days of the setback is of the step that was undone",
            RETURNED,
            "lower_house_passed @ 2025-05-05",
            "known: lower_house_passed 2025-04-16",
        ),
        row(
            "with a day of its own it is another",
            RETURNED,
            "lower_house_passed 2025-05-05 @ 2025-05-05",
            "new_development: lower_house_passed",
        ),
        row(
            "so it is later on",
            RETURNED,
            "lower_house_passed @ 2025-05-07",
            "new_development: lower_house_passed",
        ),
        row(
            "a step that was never taken is new however soon",
            RETURNED,
            "upper_house_passed @ 2025-05-05",
            "new_development: upper_house_passed",
        ),
    ],
)
def test_within_days_of_a_setback_what_was_undone_is_told_again(
    known: str, report: str, kind: VerdictKind, rest: str
) -> None:
    assert outcome(judged(case(known), report)) == (kind, rest)


LATER = "announced 2025-01-10, signed_into_law 2025-03-10"


@pytest.mark.parametrize(
    ("sources", "report", "kind", "rest"),
    [
        pytest.param(
            ONE_REPORT,
            "lower_house_passed @ 2025-03-20",
            NEW,
            "lower_house_passed",
            id="a vote after the signature of which but one report tells",
        ),
        pytest.param(
            TWO_REPORTS,
            "lower_house_passed @ 2025-03-20",
            KNOWN,
            "signed_into_law 2025-03-10",
            id="of which two tell",
        ),
        pytest.param(
            LISTED,
            "lower_house_passed @ 2025-03-20",
            KNOWN,
            "signed_into_law 2025-03-10",
            id="which people listed",
        ),
        pytest.param(
            TWO_REPORTS,
            "lower_house_passed 2025-03-18 @ 2025-03-20",
            NEW,
            "lower_house_passed",
            id="a vote that the text dates clearly after it",
        ),
        pytest.param(
            TWO_REPORTS,
            "lower_house_passed 2025-03-12 @ 2025-03-20",
            KNOWN,
            "signed_into_law 2025-03-10",
            id="a few days are a slip of the clock",
        ),
        pytest.param(
            ONE_REPORT,
            "considered @ 2025-03-20",
            KNOWN,
            "signed_into_law 2025-03-10",
            id="an opening step contradicts nothing",
        ),
    ],
)
def test_a_hard_step_after_a_later_stage_speaks_against_it(
    sources: tuple[Source, ...], report: str, kind: VerdictKind, rest: str
) -> None:
    assert outcome(judged(case(LATER, sources), report)) == (kind, rest)


def test_a_weak_claim_does_not_stand_against_a_single_report() -> None:
    verdict = judged(case(LATER, ONE_REPORT), "lower_house_passed @ 2025-03-20", confidence=0.8)
    assert outcome(verdict) == (KNOWN, "signed_into_law 2025-03-10")


@pytest.mark.parametrize(
    ("known", "report", "kind", "rest"),
    [
        row(
            "it leaves, after it was considered, is an announcement",
            CONSIDERED,
            "@ 2025-01-20",
            "new_development: announced",
        ),
        row("within days it is one more telling", CONSIDERED, "@ 2025-01-13", "known: considered 2025-01-10"),
        row(
            "after a month that is all that is known, only once that is over",
            "considered 2025-01",
            "@ 2025-02-03",
            "known: considered 2025-01",
        ),
        row("it leaves, after it was announced, is not", f"{CONSIDERED}, announced 2025-01-12", "@ 2025-03-01",
            "known: announced 2025-01-12"),
    ],
)  # fmt: skip
def test_a_vague_telling_is_news_only_after_a_mere_idea(known: str, report: str, kind: VerdictKind, rest: str) -> None:
    assert outcome(judged(case(known), report)) == (kind, rest)
