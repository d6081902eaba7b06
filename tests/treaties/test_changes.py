"""Two known event sets side by side: what appears, vanishes, changes and moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from treaties.changes import Changes, Moved, Outcome, Relabelled, compare
from treaties.model import Event, Label, When
from treaties.stages import Stage

VOTE = Event("vote", "LV", "ottawa", Stage.PARLIAMENT_PASSED, When(date(2025, 4, 16)))
NOTICE = Event("notice", "LV", "ottawa", Stage.NOTIFIED_DEPOSITARY, When(date(2025, 6, 27)))
READ = Label.DEVELOPMENT


def outcome(*events: Event, labels: dict[str, Label | None] | None = None, **joined: set[str]) -> Outcome:
    """A known set in which the named reports tell of the named events."""
    told = {report: frozenset(names) for report, names in joined.items()}
    return Outcome(events, labels or dict.fromkeys(joined, READ), told)


def test_the_same_outcome_changes_nothing() -> None:
    same = outcome(VOTE, NOTICE, a={"vote"}, b={"vote", "notice"}, c=set())
    assert compare(same, same) == Changes(3)
    assert compare(same, same).none


def test_an_event_that_only_one_set_knows_appears_or_vanishes() -> None:
    changes = compare(outcome(VOTE, a={"vote"}), outcome(NOTICE, labels={"a": READ}))
    assert (changes.appearing, changes.vanishing, changes.changing) == ((NOTICE,), (VOTE,), ())
    assert changes.moved == (Moved("a", ("vote",), ()),)
    assert not changes.none


def test_an_event_of_another_id_is_the_same_where_reports_say_so() -> None:
    renamed = replace(VOTE, id="vote-2")
    assert compare(outcome(VOTE, a={"vote"}), outcome(renamed, a={"vote-2"})).none


@pytest.mark.parametrize(
    "after",
    [replace(VOTE, stage=Stage.SIGNED_INTO_LAW), replace(VOTE, when=When(date(2025, 4, 17))), replace(VOTE, when=None)],
    ids=["stage", "date", "no date"],
)
@pytest.mark.parametrize("name", ["vote", "other"])
def test_an_event_with_another_stage_or_date_changes(after: Event, name: str) -> None:
    after = replace(after, id=name)
    changes = compare(outcome(VOTE, a={"vote"}), outcome(after, a={name}))
    assert changes == Changes(1, changing=((VOTE, after),))


def test_the_counterpart_is_the_one_of_the_same_stage_before_the_one_with_more_reports() -> None:
    signed, vote = replace(VOTE, id="s", stage=Stage.SIGNED_INTO_LAW), replace(VOTE, id="v")
    changes = compare(
        outcome(VOTE, a={"vote"}, b={"vote"}, c={"vote"}), outcome(signed, vote, a={"s"}, b={"s"}, c={"v"})
    )
    assert (changes.appearing, changes.vanishing, changes.changing) == ((signed,), (), ())
    assert [moved.report for moved in changes.moved] == ["a", "b"]


def test_of_several_the_counterpart_is_the_one_that_shares_most_reports() -> None:
    few, many = (
        replace(VOTE, id="few", stage=Stage.ANNOUNCED),
        replace(VOTE, id="many", stage=Stage.SIGNED_INTO_LAW),
    )
    changes = compare(
        outcome(VOTE, a={"vote"}, b={"vote"}, c={"vote"}), outcome(few, many, a={"few"}, b={"many"}, c={"many"})
    )
    assert changes.changing == ((VOTE, many),)
    assert changes.appearing == (few,)


def test_an_event_of_another_case_is_no_counterpart() -> None:
    elsewhere = replace(VOTE, id="fi", state="FI")
    changes = compare(outcome(VOTE, a={"vote"}), outcome(elsewhere, a={"fi"}))
    assert (changes.appearing, changes.vanishing) == ((elsewhere,), (VOTE,))


def test_one_event_is_the_counterpart_of_one_only() -> None:
    second = replace(VOTE, id="second")
    merged = replace(VOTE, id="merged")
    changes = compare(outcome(VOTE, second, a={"vote"}, b={"second"}), outcome(merged, a={"merged"}, b={"merged"}))
    assert changes.vanishing == (second,)
    assert changes.moved == (Moved("b", ("second",), ("merged",)),)


def test_a_report_that_joins_another_event_moves() -> None:
    changes = compare(outcome(VOTE, NOTICE, a={"vote"}, b=set()), outcome(VOTE, NOTICE, a={"notice"}, b={"vote"}))
    assert changes == Changes(2, moved=(Moved("a", ("vote",), ("notice",)), Moved("b", (), ("vote",))))


def test_another_label_is_told_and_so_is_a_report_that_was_set_aside() -> None:
    changes = compare(
        outcome(labels={"a": Label.TALK, "b": None, "c": Label.NONE}),
        outcome(labels={"a": Label.DEVELOPMENT, "b": Label.NONE, "c": Label.NONE}),
    )
    assert changes.relabelled == (
        Relabelled("a", Label.TALK, Label.DEVELOPMENT),
        Relabelled("b", None, Label.NONE),
    )
