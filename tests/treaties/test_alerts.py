from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.alerts import alert_for, decode, encode, encode_changes, event_id, joint, source_of
from treaties.model import (
    ALERTING,
    Alert,
    Case,
    Companion,
    Event,
    Fact,
    FactKind,
    Precision,
    Report,
    Source,
    VerdictKind,
    When,
)
from treaties.stages import Stage

REPORT = Report(
    "r1",
    "Latvia votes to leave",
    published=datetime(2025, 4, 16, 23, 30, tzinfo=UTC),
    url="https://tide.example/1",
    outlet="Tide Table",
    group="Tide Group",
    official=True,
)
ANNOUNCED = Event("announced", "LV", "ottawa", Stage.ANNOUNCED, When(date(2025, 3, 1)))
VOTED = Event(
    "voted",
    "LV",
    "ottawa",
    Stage.PARLIAMENT_PASSED,
    When(date(2025, 4, 16)),
    (source_of(REPORT, None),),
    note="66 to 14",
)

TEXTS = st.text(max_size=20)
MAYBE = st.none() | TEXTS
DAYS = st.dates()
WHENS = st.none() | st.one_of(
    st.builds(When, DAYS),
    st.builds(When, DAYS.map(lambda day: day.replace(day=1)), st.just(Precision.MONTH)),
    st.builds(When, DAYS.map(lambda day: day.replace(month=1, day=1)), st.just(Precision.YEAR)),
)
SOURCES = st.builds(Source, TEXTS, MAYBE, st.none() | DAYS, WHENS, TEXTS, MAYBE, MAYBE, st.booleans())
ALERTS = st.builds(
    Alert,
    key=TEXTS,
    kind=st.sampled_from(sorted(ALERTING)),
    state=TEXTS,
    treaty=TEXTS,
    stage=st.sampled_from(Stage),
    when=WHENS,
    report=TEXTS,
    title=TEXTS,
    reason=TEXTS,
    outlet=MAYBE,
    url=MAYBE,
    sources=st.lists(SOURCES, max_size=3).map(tuple),
    done=st.lists(st.tuples(st.sampled_from(Stage), WHENS), max_size=3).map(tuple),
    reply_to=MAYBE,
    open_points=st.lists(TEXTS, max_size=2).map(tuple),
    companions=st.lists(
        st.builds(Companion, TEXTS, TEXTS, WHENS), max_size=2, unique_by=lambda companion: companion.key
    ).map(tuple),
)


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


@given(ALERTS)
def test_an_alert_comes_back_from_json_as_it_was(alert: Alert) -> None:
    assert decode(through_json(encode(alert))) == alert


@given(ALERTS, WHENS, st.lists(SOURCES, max_size=3).map(tuple))
def test_grown_coverage_changes_nothing_but_date_and_sources(
    alert: Alert, when: When | None, sources: tuple[Source, ...]
) -> None:
    grown = Event("e", "XX", "other", Stage.SUSPENDED, when, sources)
    after = decode(through_json({**encode(alert), **encode_changes(grown)}))
    assert (after.when, after.sources) == (when, sources)
    assert encode(after) | encode_changes(VOTED) == encode(alert) | encode_changes(VOTED)


def test_a_companion_changes_its_own_line_of_the_joint_alert() -> None:
    one, other = (replace(VOTED, id=f"vote-{state}", state=state) for state in ("EE", "LV"))
    alerts = [
        alert_for(VerdictKind.NEW_CASE, each, Case(each.state, "ottawa", (each,)), REPORT, "…") for each in (one, other)
    ]
    (alert,) = joint(alerts)
    later = When(date(2025, 4, 20))
    after = decode({**encode(alert), **encode_changes(replace(other, told_with="vote-EE", when=later))})
    assert (after.state, after.when) == ("EE", VOTED.when)
    assert after.companions == (Companion("vote-LV", "LV", later),)


@pytest.mark.parametrize("fault", [{"stage": "vanished"}, {"kind": "guess"}, {"when": "soon"}, {"sources": [{}]}])
def test_what_is_no_alert_is_refused(fault: dict[str, Any]) -> None:
    data = encode(alert_for(VerdictKind.NEW_CASE, VOTED, Case("LV", "ottawa", (VOTED,)), REPORT, "…"))
    with pytest.raises((KeyError, ValueError)):
        decode({**data, **fault})


@pytest.mark.parametrize(
    "missing", sorted(encode(Alert("", VerdictKind.REVERSAL, "", "", Stage.RETURNED, None, "", "", "")))
)
def test_an_alert_without_one_of_its_keys_is_refused(missing: str) -> None:
    data = encode(alert_for(VerdictKind.NEW_CASE, VOTED, Case("LV", "ottawa", (VOTED,)), REPORT, "…"))
    del data[missing]
    with pytest.raises(KeyError):
        decode(data)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (When(date(2025, 4, 16)), "lv-ottawa-parliament_passed-2025-04-16"),
        (When(date(2025, 4, 1), Precision.MONTH), "lv-ottawa-parliament_passed-2025-04"),
        (None, "lv-ottawa-parliament_passed-undated"),
    ],
)
def test_an_event_is_named_after_what_happened(when: When | None, expected: str) -> None:
    assert event_id("LV", "ottawa", Stage.PARLIAMENT_PASSED, when) == expected


def test_a_report_becomes_a_source() -> None:
    says = When(date(2025, 4, 15))
    assert source_of(REPORT, says) == Source(
        "Tide Table", "https://tide.example/1", date(2025, 4, 16), says, report="r1", group="Tide Group", official=True
    )


def test_a_report_of_nobody_becomes_a_source_too() -> None:
    assert source_of(Report("r2", "…"), None) == Source("unnamed outlet", report="r2")


def test_the_first_alert_of_a_case_answers_nothing() -> None:
    alert = alert_for(VerdictKind.NEW_CASE, VOTED, Case("LV", "ottawa", (VOTED,)), REPORT, "nothing is known")
    assert alert == Alert(
        key="voted",
        kind=VerdictKind.NEW_CASE,
        state="LV",
        treaty="ottawa",
        stage=Stage.PARLIAMENT_PASSED,
        when=VOTED.when,
        report="r1",
        title="Latvia votes to leave",
        reason="nothing is known",
        outlet="Tide Table",
        url="https://tide.example/1",
        sources=VOTED.sources,
    )


def test_the_next_alert_answers_the_last_and_lists_what_was_done() -> None:
    alert = alert_for(VerdictKind.NEW_DEVELOPMENT, VOTED, Case("LV", "ottawa", (ANNOUNCED, VOTED)), REPORT, "…")
    assert alert.reply_to == "announced"
    assert alert.done == ((Stage.ANNOUNCED, ANNOUNCED.when),)


def test_an_alert_names_the_open_questions_of_its_case() -> None:
    facts = (Fact(FactKind.OPEN, "From which day?"), Fact(FactKind.CONTEXT, "A neighbour left."))
    alert = alert_for(VerdictKind.NEW_CASE, VOTED, Case("LV", "ottawa", (VOTED,), facts), REPORT, "…")
    assert alert.open_points == ("From which day?",)
