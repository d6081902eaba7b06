from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from treaties.labelled import Labelled
from treaties.model import Alert, Claim, Label, Reading, Report, Role, VerdictKind
from treaties.scoring import Miss, numbers, score_alerts, score_readings
from treaties.stages import Stage

DAY = datetime(2025, 4, 16, tzinfo=UTC)
LOOKALIKES = [Label.NONE, Label.BACKGROUND]
SOFT = [Label.TALK, Label.REACTION]


def row(name: str = "a", label: Label = Label.DEVELOPMENT, lang: str = "en", **more: Any) -> Labelled:
    """A report of Latvia's exit from the Ottawa convention, unless the label says that it tells of none."""
    exit_told = {} if label in LOOKALIKES else {"states": ("LV",), "treaties": (("ottawa",),), "stage": Stage.ANNOUNCED}
    return Labelled(Report(name, "A title", published=DAY, lang=lang), label, **(exit_told | more))


def claim(
    stage: Stage | None = Stage.ANNOUNCED, state: str = "LV", treaty: str = "ottawa", role: Role = Role.NEWS
) -> Claim:
    return Claim(state, treaty, stage, None, role, "", "")


def read(name: str = "a", label: Label = Label.DEVELOPMENT, *claims: Claim) -> Reading:
    return Reading(name, label, "en", claims or (claim(),), "")


def alert(report: str = "a", state: str = "LV", treaty: str = "ottawa", stage: Stage = Stage.ANNOUNCED) -> Alert:
    return Alert("key", VerdictKind.NEW_CASE, state, treaty, stage, None, report, "A title", "")


# Recall


def test_nothing_at_all_gives_figures_too() -> None:
    assert numbers(score_readings([], [])) == {
        "items": 0,
        "recall": 0,
        "precision": 0,
        "false_alarm": 0,
        "loud": 0,
        "stage": 0,
        "stage_near": 0,
        "c_det": 1,
    }
    assert numbers(score_alerts([], [])) == {"developments": 0, "alerts": 0, "found": 0, "extra": 0, "false": 0}


def test_a_perfect_reader() -> None:
    rows = [row("a"), row("b", Label.DENIAL), *(row(label, label) for label in (*LOOKALIKES, *SOFT))]
    figures = score_readings(rows, [read(each.report.id, each.label) for each in rows])
    assert numbers(figures) == {
        "items": 6,
        "recall": 1,
        "precision": 1,
        "false_alarm": 0,
        "loud": 0,
        "stage": 1,
        "stage_near": 1,
        "c_det": 0,
    }
    assert figures.misses == ()


@pytest.mark.parametrize(
    ("reading", "recall"),
    [
        (read(), 1),
        (read("a", Label.DENIAL), 1),
        (read("a", Label.TALK), 0),
        (read("a", Label.DEVELOPMENT, claim(role=Role.BACKGROUND)), 0),
        (read("a", Label.DEVELOPMENT, claim(state="LT")), 0),
        (read("a", Label.DEVELOPMENT, claim(treaty="ccm")), 0),
        (read("a", Label.DEVELOPMENT, claim(state="LT"), claim()), 1),
        (read("another"), 0),
    ],
)
def test_a_development_is_found_by_a_news_claim_on_its_own_state_and_treaty(reading: Reading, recall: float) -> None:
    assert score_readings([row()], [reading]).recall == recall


def test_only_developments_must_be_found() -> None:
    rows = [row("a"), row("b", Label.DENIAL), row("c", Label.TALK)]
    assert score_readings(rows, [read()]).recall == 1


@pytest.mark.parametrize(("field", "recall"), [("label", 1), ("state", 1), ("treaty", 1), ("stage", 0.5)])
def test_what_cannot_be_inferred_from_the_text_need_not_be_found(field: str, recall: float) -> None:
    assert score_readings([row("a"), row("b", weak=frozenset({field}))], [read()]).recall == recall


def test_recall_by_language_has_the_largest_language_first() -> None:
    rows = [row("a", lang="lv"), row("b"), row("c"), row("d", Label.NONE, lang="fr")]
    figures = score_readings(rows, [read("b")])
    assert list(figures.by_language.items()) == [("en", (1, 2)), ("lv", (0, 1))]


# Precision and false alarms


def test_precision_is_the_share_of_steps_in_what_is_read_as_a_development() -> None:
    rows = [row("a"), row("b", Label.DENIAL), row("c", Label.TALK), row("d", Label.NONE), row("e", Label.NONE)]
    readings = [read("a"), read("b"), read("c"), read("d"), read("e", Label.DENIAL)]
    assert score_readings(rows, readings).precision == 0.5


@pytest.mark.parametrize("label", LOOKALIKES)
def test_a_look_alike_read_as_a_development_is_a_false_alarm(label: Label) -> None:
    rows = [row("a", label), row("b", label), row("c")]
    figures = score_readings(rows, [read("a"), read("c")])
    assert (figures.false_alarm, figures.loud, figures.precision) == (50, 0, 0.5)
    assert figures.misses == (Miss("false alarm", "a", "development: LV ottawa announced"),)


@pytest.mark.parametrize("label", SOFT)
def test_talk_or_reaction_read_as_a_development_is_loud(label: Label) -> None:
    rows = [row("a", label), row("b", label), row("c")]
    figures = score_readings(rows, [read("a"), read("c")])
    assert (figures.false_alarm, figures.loud, figures.precision) == (0, 50, 0.5)
    assert figures.misses == (Miss("loud", "a", "development: LV ottawa announced"),)


@pytest.mark.parametrize("label", [*LOOKALIKES, *SOFT])
@pytest.mark.parametrize(
    "reading",
    [
        read("a", Label.TALK),
        read("a", Label.DENIAL),
        Reading("a", Label.DEVELOPMENT, "en", (), ""),
        read("a", Label.DEVELOPMENT, claim(role=Role.BACKGROUND)),
    ],
)
def test_no_alarm_is_raised_without_a_development_that_is_news(label: Label, reading: Reading) -> None:
    figures = score_readings([row("a", label)], [reading])
    assert (figures.false_alarm, figures.loud, figures.misses) == (0, 0, ())


def test_a_borderline_look_alike_counts_in_no_figure() -> None:
    rows = [row("a", Label.NONE, borderline=True), row("b", Label.NONE), row("c")]
    figures = score_readings(rows, [read("a"), read("b"), read("c")])
    assert (figures.false_alarm, figures.precision) == (100, 0.5)


@pytest.mark.parametrize("doubt", [{"soft_ok": True}, {"weak": frozenset({"label"})}])
def test_talk_that_may_be_a_development_counts_in_no_figure(doubt: dict[str, Any]) -> None:
    rows = [row("a", Label.TALK, **doubt), row("b", Label.TALK), row("c")]
    figures = score_readings(rows, [read("a"), read("b"), read("c")])
    assert (figures.loud, figures.precision) == (100, 0.5)


def test_a_weak_label_of_a_look_alike_takes_it_out_of_the_precision_alone() -> None:
    rows = [row("a", Label.NONE, weak=frozenset({"label"})), row("c")]
    figures = score_readings(rows, [read("a"), read("c")])
    assert (figures.false_alarm, figures.precision) == (100, 1)


def test_the_detection_cost_weighs_a_miss_ten_times_a_false_alarm() -> None:
    rows = [row("a"), row("b"), row("c", Label.NONE), row("d", Label.NONE)]
    assert score_readings(rows, [read("a"), read("c")]).c_det == pytest.approx(0.5 + 0.1 * 0.5 * 0.98 / 0.02)


# Stages


@pytest.mark.parametrize(
    ("told", "gold", "right", "near"),
    [
        (Stage.ANNOUNCED, Stage.ANNOUNCED, 1, 1),
        (Stage.CONSIDERED, Stage.ANNOUNCED, 0, 1),
        (Stage.GOVERNMENT_APPROVED, Stage.ANNOUNCED, 0, 1),
        (Stage.BILL_SUBMITTED, Stage.ANNOUNCED, 0, 0),
        (None, Stage.ANNOUNCED, 0, 0),
        (Stage.SUSPENDED, Stage.IN_EFFECT, 0, 0),
        (Stage.REJECTED, Stage.POSTPONED, 0, 0),
        (Stage.REJECTED, Stage.REJECTED, 1, 1),
        (Stage.PARLIAMENT_PASSED, Stage.UPPER_HOUSE_PASSED, 1, 1),
        (Stage.UPPER_HOUSE_PASSED, Stage.PARLIAMENT_PASSED, 1, 1),
        (Stage.LOWER_HOUSE_PASSED, Stage.PARLIAMENT_PASSED, 0, 1),
        (Stage.UPPER_HOUSE_PASSED, Stage.LOWER_HOUSE_PASSED, 0, 1),
        (Stage.UPPER_HOUSE_PASSED, Stage.SIGNED_INTO_LAW, 0, 1),
        (Stage.LOWER_HOUSE_PASSED, Stage.UPPER_HOUSE_PASSED, 0, 0),
        (Stage.SIGNED_INTO_LAW, Stage.UPPER_HOUSE_PASSED, 0, 0),
    ],
)
def test_a_stage_is_right_or_near(told: Stage | None, gold: Stage, right: float, near: float) -> None:
    figures = score_readings([row(stage=gold)], [read("a", Label.DEVELOPMENT, claim(told))])
    assert (figures.stage, figures.stage_near) == (right, near)


def test_a_vague_claim_is_held_to_its_likeliest_stage() -> None:
    vague = Claim("LV", "ottawa", None, None, Role.NEWS, "", "", likely=Stage.ANNOUNCED)
    figures = score_readings([row()], [read("a", Label.DEVELOPMENT, vague)])
    assert (figures.stage, figures.misses) == (1, ())


@pytest.mark.parametrize("told", [None, Stage.IN_EFFECT])
def test_every_stage_that_can_be_defended_is_right(told: Stage | None) -> None:
    rows = [row(accept_stages=(Stage.ANNOUNCED, Stage.IN_EFFECT, None))]
    figures = score_readings(rows, [read("a", Label.DEVELOPMENT, claim(told))])
    assert (figures.stage, figures.stage_near) == (1, 1)


def test_one_right_claim_is_enough_but_only_on_the_rows_own_case() -> None:
    own, other = claim(Stage.IN_EFFECT), claim(Stage.ANNOUNCED, state="LT")
    assert score_readings([row()], [read("a", Label.DEVELOPMENT, own, claim())]).stage == 1
    assert score_readings([row()], [read("a", Label.DEVELOPMENT, own, other)]).stage == 0


@pytest.mark.parametrize("unstaged", [{"stage": None}, {"weak": frozenset({"stage"})}])
def test_stages_are_compared_where_the_text_tells_one_and_the_report_was_found(unstaged: dict[str, Any]) -> None:
    rows = [row("a"), row("b", **unstaged), row("missed")]
    readings = [read("a"), read("b", Label.DEVELOPMENT, claim(Stage.IN_EFFECT))]
    assert score_readings(rows, readings).stage == 1


def test_misses_say_what_was_read_instead() -> None:
    rows = [row("a"), row("b"), row("c")]
    readings = [read("b", Label.TALK), read("c", Label.DEVELOPMENT, claim(None), claim(state="LT"))]
    assert score_readings(rows, readings).misses == (
        Miss("missed", "a", "none"),
        Miss("missed", "b", "talk: LV ottawa announced"),
        Miss("stage, not announced", "c", "development: LV ottawa no stage, LT ottawa announced"),
    )


# Alerts


def told_row(name: str = "a", key: str | None = "lv-ottawa-announced-2025-04-16", **more: Any) -> Labelled:
    return row(name, development=key, **more)


@pytest.mark.parametrize(
    ("raised", "found"),
    [
        (alert(), 1),
        (alert(stage=Stage.IN_EFFECT), 1),
        (alert(state="LT"), 0),
        (alert(treaty="ccm"), 0),
        (alert("other"), 0),
        (alert("unknown"), 0),
    ],
)
def test_a_development_is_found_by_an_alert_on_its_case_by_a_report_of_its_own(raised: Alert, found: float) -> None:
    figures = score_alerts([told_row(), row("other")], [raised])
    assert (figures.developments, figures.alerts, figures.found) == (1, 1, found)
    assert figures.false == 0


def test_reports_of_one_development_are_one_however_many_tell_of_it() -> None:
    rows = [told_row("a"), told_row("b"), told_row("c", "lt-ottawa-announced-2025-05-08")]
    figures = score_alerts(rows, [alert("b")])
    assert (figures.developments, figures.found) == (2, 0.5)
    assert figures.misses == (Miss("missed", "lt-ottawa-announced-2025-05-08"),)


def test_every_alert_beyond_the_first_for_one_state_is_extra() -> None:
    both = told_row("a", states=("LV", "LT"))
    alerts = [alert(), alert(state="LT"), alert(), alert("b"), alert("b", treaty="ccm")]
    figures = score_alerts([both, told_row("b")], alerts)
    assert (figures.found, figures.extra) == (1, 2)
    assert figures.misses == (Miss("repeated", "lv-ottawa-announced-2025-04-16", "3 alerts for LV"),)


@pytest.mark.parametrize(
    "left_out",
    [
        {"key": None},
        {"label": Label.DENIAL},
        *({"weak": frozenset({field})} for field in ("label", "state", "treaty")),
    ],
)
def test_what_need_not_be_told_is_no_development_of_the_stream(left_out: dict[str, Any]) -> None:
    assert score_alerts([told_row(**left_out)], []).developments == 0


def test_a_development_without_a_day_never_enters_the_stream() -> None:
    undated = Labelled(Report("a", "A title"), Label.DEVELOPMENT, development="lv-ottawa-announced")
    assert score_alerts([undated], []).developments == 0


def test_alerts_of_a_denial_are_extra_but_never_false() -> None:
    denial = told_row("a", "lv-ottawa-rescinded-2025-04-20", label=Label.DENIAL)
    figures = score_alerts([denial, told_row("b")], [alert("a"), alert("a")])
    assert (figures.developments, figures.found, figures.extra, figures.false) == (1, 0, 1, 0)


@pytest.mark.parametrize("label", [*LOOKALIKES, *SOFT])
def test_an_alert_by_what_is_no_step_is_false(label: Label) -> None:
    rows = [row("a", label), row("b", label), told_row("c")]
    figures = score_alerts(rows, [alert("a"), alert("a", treaty="ccm")])
    assert figures.false == 100
    assert figures.misses[1:] == (
        Miss("false", "a", "new_case: LV ottawa announced"),
        Miss("false", "a", "new_case: LV ccm announced"),
    )


@pytest.mark.parametrize("label", [*LOOKALIKES, *SOFT])
@pytest.mark.parametrize("doubt", [{"soft_ok": True}, {"borderline": True}, {"weak": frozenset({"label"})}])
def test_an_alert_by_what_may_be_a_step_is_not_false(label: Label, doubt: dict[str, Any]) -> None:
    figures = score_alerts([row("a", label, **doubt), row("b", label)], [alert("a"), alert("b")])
    assert figures.false == 100
