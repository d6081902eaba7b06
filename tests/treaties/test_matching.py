"""The life of a case, told report by report: what is new, what is one more telling, and what people have to judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.matching import SURE, SURE_ENOUGH, latest, match
from treaties.model import ALERTING, Case, Claim, Event, Label, Precision, Role, Verdict, VerdictKind, When
from treaties.stages import Stage, is_reversal

NEW, KNOWN, BACK = VerdictKind.NEW_DEVELOPMENT, VerdictKind.KNOWN, VerdictKind.REVERSAL
PRECISIONS = {10: Precision.DAY, 7: Precision.MONTH, 4: Precision.YEAR}


def when(text: str) -> When:
    return When(date.fromisoformat(f"{text}-01-01"[:10]), PRECISIONS[len(text)])


def case(*told: str) -> Case:
    """The case of what was told: `announced 2025-09-01`, or `announced` where no date is known. The id is the text."""
    events = []
    for text in told:
        stage, _, day = text.partition(" ")
        events.append(Event(text, "LV", "ottawa", Stage(stage), when(day) if day else None))
    return Case("LV", "ottawa", tuple(events))


def claim(text: str, published: str | None = None, **changes: Any) -> Claim:
    """A claim: `announced 2025-09-01` is dated in its text, `announced` is not, and an empty text says no stage."""
    stage, _, day = text.partition(" ")
    known_day = day or published
    values = {"role": Role.NEWS, "quote": "…", "reason": "…", "dated": bool(day), **changes}
    return Claim(
        values.pop("state", "LV"),
        values.pop("treaty", "ottawa"),
        Stage(stage) if stage else None,
        when(known_day) if known_day else None,
        **values,
    )


def judged(text: str, known: Case, published: str | None, label: Label = Label.DEVELOPMENT, **changes: Any) -> Verdict:
    day = date.fromisoformat(published) if published else None
    return match(claim(text, published, **changes), known, label=label, published=day)


def row(sentence: str, known: str, report: str, outcome: str) -> Any:
    """A case's life: what is known, a report (`stage day-in-the-text @ day-of-publication`), and `verdict: event`."""
    text, _, published = report.partition("@ ")
    kind, _, event = outcome.partition(": ")
    values = (known.split(", ") if known else [], text.strip(), published, VerdictKind(kind), event or None)
    return pytest.param(*values, id=sentence)


WAY = "announced 2025-03-01, government_approved 2025-03-18, bill_submitted 2025-03-20"
VOTED = f"{WAY}, lower_house_passed 2025-04-16"
GONE = f"{VOTED}, signed_into_law 2025-04-24, notified_depositary 2025-06-27, in_effect 2025-12-27"
RETURNED = f"{VOTED}, returned 2025-05-03"


@pytest.mark.parametrize(
    ("known", "text", "published", "kind", "event"),
    [
        row("the first step of an unknown case opens it", "", "announced @ 2025-03-01", "new_case"),
        row("any stage opens an unknown case", "", "in_effect 2025-03-01 @ 2025-03-02", "new_case"),
        row(
            "out since nobody says when, without a notification, is for people", "", "in_effect @ 2025-03-02", "unsure"
        ),
        row(
            "a state that still votes was not out",
            "announced 2024-03-01, in_effect 2024-10-12",
            "parliament_passed @ 2025-06-19",
            "new_development",
        ),
        row(
            "the notification on the day of the announcement is one act",
            "announced 2025-03-01",
            "notified_depositary @ 2025-03-01",
            "known: announced 2025-03-01",
        ),
        row(
            "on the next day it is a second",
            "announced 2025-03-01",
            "notified_depositary @ 2025-03-02",
            "new_development",
        ),
        row("a setback of an unknown case is a reversal", "", "rejected @ 2025-03-01", "reversal"),
        row("the next step is new", WAY, "lower_house_passed 2025-04-16 @ 2025-04-17", "new_development"),
        row("a step over several others is new", WAY, "notified_depositary @ 2025-06-27", "new_development"),
        row(
            "the same step told again is known", WAY, "bill_submitted @ 2025-03-21", "known: bill_submitted 2025-03-20"
        ),
        row(
            "the same step told with another day is known",
            WAY,
            "bill_submitted 2025-03-19 @ 2025-03-21",
            "known: bill_submitted 2025-03-20",
        ),
        row(
            "the same step retold months later is known",
            WAY,
            "bill_submitted @ 2025-11-21",
            "known: bill_submitted 2025-03-20",
        ),
        row("the same step without any date is known", "suspended", "suspended @ 2025-03-21", "known: suspended"),
        row(
            "an earlier step told again joins where the case stands",
            VOTED,
            "considered @ 2025-04-20",
            "known: lower_house_passed 2025-04-16",
        ),
        row(
            "an earlier step that was missing is new when dated before what is known",
            "announced 2025-03-01, signed_into_law 2025-04-24",
            "lower_house_passed 2025-04-16 @ 2025-04-25",
            "new_development",
        ),
        row(
            "a missing opening step is not worth an alert once the case is further",
            "lower_house_passed 2025-04-16",
            "announced 2025-03-01 @ 2025-04-17",
            "known: lower_house_passed 2025-04-16",
        ),
        row(
            "a missing step told without its date is an earlier step told again",
            "announced 2025-03-01, signed_into_law 2025-04-24",
            "lower_house_passed @ 2025-04-25",
            "known: signed_into_law 2025-04-24",
        ),
        row(
            "a vague telling joins where the case stands", VOTED, "@ 2025-04-20", "known: lower_house_passed 2025-04-16"
        ),
        row("a vague telling of a finished exit joins its end", GONE, "@ 2026-01-20", "known: in_effect 2025-12-27"),
    ],
)
def test_a_case_moves_forward(
    known: list[str], text: str, published: str, kind: VerdictKind, event: str | None
) -> None:
    verdict = judged(text, case(*known), published)
    assert (verdict.kind, verdict.event) == (kind, event)


@pytest.mark.parametrize(
    ("known", "text", "published", "kind", "event"),
    [
        row(
            "parliament passed it, the day after the lower house, is the same vote",
            VOTED,
            "parliament_passed @ 2025-04-17",
            "known: lower_house_passed 2025-04-16",
        ),
        row(
            "a chamber's vote is what was told as parliament's",
            "parliament_passed 2025-04-16",
            "upper_house_passed @ 2025-04-18",
            "known: parliament_passed 2025-04-16",
        ),
        row(
            "parliament passed it, weeks after the lower house, is another vote",
            VOTED,
            "parliament_passed @ 2025-05-30",
            "new_development",
        ),
        row(
            "parliament passed it joins the nearer of two votes",
            f"{VOTED}, upper_house_passed 2025-04-23",
            "parliament_passed 2025-04-22 @ 2025-04-23",
            "known: upper_house_passed 2025-04-23",
        ),
        row(
            "the upper house after the lower is new however soon",
            VOTED,
            "upper_house_passed @ 2025-04-17",
            "new_development",
        ),
        row(
            "the lower house after the upper is told late",
            "upper_house_passed 2025-04-23",
            "lower_house_passed @ 2025-04-24",
            "known: upper_house_passed 2025-04-23",
        ),
        row(
            "a chamber's vote joins parliament's vote of an unknown day",
            "parliament_passed",
            "lower_house_passed @ 2025-04-18",
            "known: parliament_passed",
        ),
    ],
)
def test_the_votes_of_a_parliament(
    known: list[str], text: str, published: str, kind: VerdictKind, event: str | None
) -> None:
    verdict = judged(text, case(*known), published)
    assert (verdict.kind, verdict.event) == (kind, event)


@pytest.mark.parametrize(
    ("known", "text", "published", "kind", "event"),
    [
        row("a setback is a reversal", VOTED, "returned 2025-05-03 @ 2025-05-04", "reversal"),
        row("the same setback told again is known", RETURNED, "returned @ 2025-05-20", "known: returned 2025-05-03"),
        row("the same setback weeks later is known", RETURNED, "returned @ 2025-06-15", "known: returned 2025-05-03"),
        row("a setback of the same kind months later is another", RETURNED, "returned @ 2025-06-30", "reversal"),
        row("a setback of another kind is a reversal however soon", RETURNED, "postponed @ 2025-05-04", "reversal"),
        row(
            "a setback known to its month only is given the month's length",
            f"{VOTED}, postponed 2025-05",
            "postponed @ 2025-07-10",
            "known: postponed 2025-05",
        ),
        row("an exit that is taken back is a reversal", GONE, "rejoined @ 2026-03-01", "reversal"),
        row(
            "a step after a setback may be the same step again",
            RETURNED,
            "lower_house_passed @ 2025-05-20",
            "new_development",
        ),
        row(
            "a step of the time before the setback, told with its day, is known",
            RETURNED,
            "lower_house_passed 2025-04-16 @ 2025-05-20",
            "known: lower_house_passed 2025-04-16",
        ),
        row(
            "a step taken again is known once it is told again",
            f"{RETURNED}, lower_house_passed 2025-05-20",
            "lower_house_passed @ 2025-05-22",
            "known: lower_house_passed 2025-05-20",
        ),
        row(
            "an earlier step of the new round is told again",
            f"{RETURNED}, lower_house_passed 2025-05-20",
            "bill_submitted @ 2025-05-22",
            "known: lower_house_passed 2025-05-20",
        ),
        row(
            "a vague telling after a setback joins the setback", RETURNED, "@ 2025-05-20", "known: returned 2025-05-03"
        ),
        row("a vague telling long after a setback begins anew", RETURNED, "@ 2026-07-01", "new_development"),
    ],
)
def test_a_case_moves_back(known: list[str], text: str, published: str, kind: VerdictKind, event: str | None) -> None:
    verdict = judged(text, case(*known), published)
    assert (verdict.kind, verdict.event) == (kind, event)


@pytest.mark.parametrize(
    ("known", "text", "published", "kind", "event"),
    [
        row("a suspension is new", WAY, "suspended @ 2025-04-01", "new_development"),
        row("a suspension is new even of a finished exit", GONE, "suspended @ 2026-02-01", "new_development"),
        row(
            "a suspension told again is known",
            f"{WAY}, suspended 2025-04-01",
            "suspended @ 2025-09-01",
            "known: suspended 2025-04-01",
        ),
        row(
            "a step after a suspension is new",
            f"{WAY}, suspended 2025-04-01",
            "lower_house_passed @ 2025-04-16",
            "new_development",
        ),
        row(
            "a step from before the suspension stays known",
            f"{WAY}, suspended 2025-04-01",
            "bill_submitted @ 2025-04-16",
            "known: bill_submitted 2025-03-20",
        ),
        row(
            "an announcement is one telling for a year",
            "announced 2025-03-01",
            "announced @ 2026-03-20",
            "known: announced 2025-03-01",
        ),
        row(
            "an announcement after a long silence is a new round",
            "announced 2025-03-01",
            "announced @ 2026-05-01",
            "new_development",
        ),
        row(
            "an announcement after a long silence is no news once the case went on",
            WAY,
            "announced @ 2026-05-01",
            "known: announced 2025-03-01",
        ),
        row(
            "a vote is no new vote after a long silence",
            "lower_house_passed 2024-01-01",
            "lower_house_passed @ 2026-05-01",
            "known: lower_house_passed 2024-01-01",
        ),
    ],
)
def test_a_case_pauses_and_begins_anew(
    known: list[str], text: str, published: str, kind: VerdictKind, event: str | None
) -> None:
    verdict = judged(text, case(*known), published)
    assert (verdict.kind, verdict.event) == (kind, event)


def test_a_vague_first_report_counts_as_announced() -> None:
    verdict = judged("", case(), "2025-03-01")
    assert (verdict.kind, verdict.stage) == (VerdictKind.NEW_CASE, Stage.ANNOUNCED)
    assert "not said" in verdict.reason


def test_a_vague_report_long_after_a_setback_counts_as_announced() -> None:
    assert judged("", case(*RETURNED.split(", ")), "2026-07-01").stage is Stage.ANNOUNCED


@pytest.mark.parametrize("stage", Stage)
def test_what_raises_an_alert_names_the_stage_that_it_opens(stage: Stage) -> None:
    verdict = judged(f"{stage} 2025-03-01", case(), "2025-03-01")
    assert verdict.kind in ALERTING
    assert verdict.stage is stage
    assert (verdict.kind is BACK) == is_reversal(stage)


@pytest.mark.parametrize(
    ("label", "modality"), [(Label.REACTION, Label.DEVELOPMENT), (Label.DEVELOPMENT, Label.REACTION)]
)
def test_a_comment_is_a_reaction_whatever_it_claims(label: Label, modality: Label) -> None:
    verdict = judged("in_effect", case(), "2025-03-01", label, modality=modality)
    assert (verdict.kind, verdict.event) == (VerdictKind.REACTION, None)


@pytest.mark.parametrize("modality", [Label.TALK, Label.DENIAL])
def test_what_is_only_talked_of_or_denied_is_talk(modality: Label) -> None:
    assert judged("announced", case(), "2025-03-01", modality=modality).kind is VerdictKind.TALK


def test_background_is_no_news_and_names_the_event_that_it_recalls() -> None:
    verdict = judged("parliament_passed", case(*VOTED.split(", ")), "2025-06-01", role=Role.BACKGROUND)
    assert (verdict.kind, verdict.event) == (VerdictKind.BACKGROUND, "lower_house_passed 2025-04-16")


def test_background_of_an_unknown_case_opens_nothing() -> None:
    verdict = judged("in_effect 2022-03-16", case(), "2025-06-01", role=Role.BACKGROUND)
    assert (verdict.kind, verdict.event) == (VerdictKind.BACKGROUND, None)


@pytest.mark.parametrize(
    ("known", "text"),
    [("", "announced"), (WAY, "notified_depositary"), (VOTED, "returned")],
    ids=["case", "step", "setback"],
)
def test_a_weak_reading_that_would_raise_an_alert_goes_to_people(known: str, text: str) -> None:
    known_case = case(*known.split(", ")) if known else case()
    verdict = judged(text, known_case, "2025-05-01", confidence=SURE_ENOUGH - 0.01)
    assert (verdict.kind, verdict.stage) == (VerdictKind.UNSURE, Stage(text))
    assert verdict.confidence == SURE_ENOUGH - 0.01
    assert judged(text, known_case, "2025-05-01", confidence=SURE_ENOUGH).kind in ALERTING


@pytest.mark.parametrize("text", ["in_effect 2025-02-01", "in_effect"])
def test_the_end_of_a_case_under_way_waits_for_a_second_voice_where_no_notification_is_known(text: str) -> None:
    assert judged(text, case("announced 2024-03-01"), "2025-03-02").doubtful
    assert not judged(text, case("notified_depositary 2024-03-01"), "2025-03-02").doubtful


def test_an_official_source_is_believed_that_a_state_is_out() -> None:
    verdict = match(claim("in_effect"), case(), label=Label.DEVELOPMENT, published=date(2025, 3, 2), official=True)
    assert verdict.kind is VerdictKind.NEW_CASE


@pytest.mark.parametrize(
    ("published", "kind"),
    [("2025-03-30", VerdictKind.KNOWN), ("2025-04-10", NEW)],
)
def test_a_bill_that_parliament_deals_with_later_is_a_step_of_its_own(published: str, kind: VerdictKind) -> None:
    assert judged("bill_submitted", case(*WAY.split(", ")), published, taken_up=True).kind is kind


def test_a_bill_is_not_dealt_with_anew_behind_the_vote() -> None:
    assert judged("bill_submitted", case(*VOTED.split(", ")), "2025-06-10", taken_up=True).kind is KNOWN


def test_a_weak_reading_of_what_is_known_is_one_more_telling() -> None:
    assert judged("bill_submitted", case(*WAY.split(", ")), "2025-03-21", confidence=0.1).kind is KNOWN


@pytest.mark.parametrize(("text", "confidence"), [("announced", SURE - 0.01), ("", 1.0)])
def test_a_vague_exit_from_a_treaty_that_is_not_listed_waits_for_a_second_voice(text: str, confidence: float) -> None:
    verdict = judged(text, case(), "2025-03-01", treaty="provisional:convention-on-tides", confidence=confidence)
    assert verdict.kind is VerdictKind.NEW_CASE
    assert verdict.doubtful
    assert "registry" in verdict.reason


@pytest.mark.parametrize(
    ("published", "stage"),
    [("2025-03-01", Stage.PARLIAMENT_PASSED), ("2025-03-02", Stage.PARLIAMENT_PASSED), ("2025-03-03", None)],
)
def test_a_guessed_stage_is_put_right_by_who_knows_it_a_day_later(published: str, stage: Stage | None) -> None:
    known = case("announced 2025-03-01")
    guess = replace(known, events=(replace(known.events[0], vague=True),))
    verdict = judged("parliament_passed", guess, published)
    assert (verdict.kind, verdict.stage) == ((KNOWN, stage) if stage else (NEW, Stage.PARLIAMENT_PASSED))


def test_a_guess_is_not_put_right_by_an_end_of_which_no_notification_is_known() -> None:
    known = case("announced 2025-03-01")
    guess = replace(known, events=(replace(known.events[0], vague=True),))
    verdict = judged("in_effect", guess, "2025-03-02")
    assert (verdict.kind, verdict.stage) == (KNOWN, None)


def test_what_was_said_to_be_announced_is_no_guess() -> None:
    assert judged("parliament_passed", case("announced 2025-03-01"), "2025-03-01").kind is NEW


def test_a_notification_taken_back_and_a_return_are_one() -> None:
    known = case("notified_depositary 2025-01-01", "rescinded 2025-03-01")
    assert judged("rejoined", known, "2025-03-02").event == "rescinded 2025-03-01"


@pytest.mark.parametrize("vote", ["lower_house_passed", "upper_house_passed", "parliament_passed"])
def test_a_vote_that_suspends_is_one_with_the_suspension(vote: str) -> None:
    assert judged("suspended", case(f"{vote} 2025-03-01"), "2025-03-02").kind is KNOWN
    assert judged(vote, case("suspended 2025-03-01"), "2025-03-02").kind is KNOWN


def test_the_votes_of_two_chambers_stay_two() -> None:
    assert judged("upper_house_passed", case("lower_house_passed 2025-03-01"), "2025-03-02").kind is NEW


def test_a_plain_step_out_of_a_treaty_that_is_not_listed_is_told() -> None:
    verdict = judged("parliament_passed", case(), "2025-03-01", treaty="provisional:convention-on-tides")
    assert verdict.kind is VerdictKind.NEW_CASE
    assert not verdict.doubtful


def test_a_disagreeing_date_is_named_in_the_reason() -> None:
    verdict = judged("bill_submitted 2025-03-19", case(*WAY.split(", ")), "2025-03-21")
    assert "2025-03-20" in verdict.reason
    assert "2025-03-19" in verdict.reason
    assert "both dates" in verdict.reason


def test_a_vaguer_date_is_no_disagreement() -> None:
    assert "both dates" not in judged("bill_submitted 2025-03", case(*WAY.split(", ")), "2025-03-21").reason


def test_a_report_without_any_date_is_judged_too() -> None:
    assert judged("lower_house_passed", case(*WAY.split(", ")), None).kind is NEW
    assert judged("bill_submitted", case(*WAY.split(", ")), None).kind is KNOWN
    assert judged("returned", case(*RETURNED.split(", ")), None).kind is KNOWN


@pytest.mark.parametrize(
    ("told", "last"),
    [
        (("announced 2025-03-01", "considered 2025-03-02"), "considered 2025-03-02"),
        (("signed_into_law 2025-03-01", "lower_house_passed 2025-03-01"), "signed_into_law 2025-03-01"),
        (("bill_submitted", "announced 2025-03-01"), "announced 2025-03-01"),
        (("announced", "bill_submitted"), "bill_submitted"),
        (("in_effect 2022-03-16", "lower_house_passed 2025-03-01"), "in_effect 2022-03-16"),
        (("in_effect", "suspended 2025-03-01"), "in_effect"),
        (("in_effect 2022-03-16", "rejoined 2024-01-01", "announced 2025-03-01"), "announced 2025-03-01"),
        (("in_effect 2022-03-16", "rejoined 2024-01-01"), "rejoined 2024-01-01"),
        (("rejoined 2024-01-01", "in_effect 2025-03-01"), "in_effect 2025-03-01"),
    ],
    ids=[
        "the last by date",
        "the furthest of one day",
        "a dated one before an undated",
        "the furthest of the undated",
        "out, whatever parliament passes afterwards",
        "out, though nobody knows since when",
        "a new exit after it came back",
        "back after an exit",
        "out again",
    ],
)
def test_a_case_stands_at(told: tuple[str, ...], last: str) -> None:
    assert latest(case(*told).events).id == last


DATES = st.none() | st.builds(
    lambda day, precision: when(day.isoformat()[: {v: k for k, v in PRECISIONS.items()}[precision]]),
    st.dates(date(1950, 1, 1), date(2100, 12, 31)),
    st.sampled_from(Precision),
)
CLAIMS = st.builds(
    Claim,
    state=st.just("LV"),
    treaty=st.sampled_from(["ottawa", "provisional:convention-on-tides"]),
    stage=st.none() | st.sampled_from(Stage),
    when=DATES,
    role=st.sampled_from(Role),
    quote=st.just("…"),
    reason=st.just("…"),
    confidence=st.floats(0, 1),
    dated=st.booleans(),
    modality=st.sampled_from([Label.DEVELOPMENT, Label.TALK, Label.REACTION, Label.DENIAL]),
)
CASES = st.lists(st.tuples(st.sampled_from(Stage), DATES), max_size=6).map(
    lambda told: Case(
        "LV", "ottawa", tuple(Event(f"e{n}", "LV", "ottawa", stage, day) for n, (stage, day) in enumerate(told))
    )
)
PUBLISHED = st.none() | st.dates(date(1950, 1, 1), date(2100, 12, 31))


@given(CLAIMS, CASES, st.sampled_from(Label), PUBLISHED)
def test_every_claim_gets_one_verdict_with_a_reason(
    one: Claim, known: Case, label: Label, published: date | None
) -> None:
    verdict = match(one, known, label=label, published=published)
    assert verdict == match(one, known, label=label, published=published)
    assert verdict.reason
    assert verdict.event is None or known.event(verdict.event)
    if verdict.kind is KNOWN:
        assert verdict.event
    if verdict.kind in ALERTING | {VerdictKind.UNSURE}:
        assert verdict.stage
        assert verdict.event is None
        assert one.role is Role.NEWS


@given(
    st.sampled_from([stage for stage in Stage if not is_reversal(stage)]), st.dates(date(1950, 1, 1), date(2099, 1, 1))
)
def test_what_was_just_told_is_known_when_told_again(stage: Stage, day: date) -> None:
    first = judged(f"{stage} {day}", case(), day.isoformat())
    assert first.kind is VerdictKind.NEW_CASE
    told = case(f"{stage} {day}")
    for later in (0, 1, 30):
        again = judged(stage, told, (day + timedelta(days=later)).isoformat())
        assert (again.kind, again.event) == (KNOWN, f"{stage} {day}")


@pytest.mark.parametrize(
    ("known", "report", "published", "kind"),
    [
        ("lower_house_passed 2025-04-16", "signed_into_law 2025-04-01", "2025-04-20", VerdictKind.UNSURE),
        ("lower_house_passed 2025-04-16", "signed_into_law 2025-04-14", "2025-04-20", NEW),
        ("lower_house_passed 2025-04-16", "signed_into_law", "2025-04-01", NEW),
        ("announced 2025-04-16", "bill_submitted 2025-04-01", "2025-04-20", NEW),
    ],
    ids=[
        "a signature clearly before the vote contradicts what is known",
        "a few days are a slip of the clock",
        "a day that the text does not give contradicts nothing",
        "an announcement need not come first",
    ],
)
def test_a_date_against_the_order_of_steps_is_for_people_to_judge(
    known: str, report: str, published: str, kind: VerdictKind
) -> None:
    verdict = judged(report, case(known), published)
    assert verdict.kind is kind
    assert verdict.stage is not None


def test_a_step_without_a_date_after_a_setback_is_new_once() -> None:
    known = case("parliament_passed 2025-01-01", "returned 2025-02-01", "parliament_passed")
    assert judged("parliament_passed", known, None).kind is KNOWN


def test_a_step_taken_again_on_the_day_of_the_setback_is_known_when_told_again() -> None:
    known = case("lower_house_passed 2025-08-01", "returned 2025-09-01", "lower_house_passed 2025-09-01")
    assert judged("lower_house_passed", known, "2025-09-10").kind is KNOWN


def test_a_setback_long_before_a_known_one_is_another() -> None:
    assert judged("rejected 2024-05-01", case("rejected 2025-10-30"), "2025-11-01").kind is BACK


def test_a_bill_that_passed_again_can_be_returned_again() -> None:
    known = case("returned 2025-09-01", "parliament_passed 2025-09-20")
    assert judged("returned 2025-10-05", known, "2025-10-06").kind is BACK
