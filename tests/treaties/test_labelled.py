from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from treaties.labelled import Half, Labelled, stream
from treaties.model import Label, Report


def row(name: str = "a", label: Label = Label.DEVELOPMENT, published: datetime | None = None, **more: Any) -> Labelled:
    return Labelled(Report(name, "A title", published=published), label, **more)


def test_a_report_enters_the_stream_on_its_own_day() -> None:
    late = datetime(2025, 4, 16, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    told = row(published=late, event_date=date(2025, 4, 1), development="lv-ottawa-announced-2025-03-01")
    assert told.day == date(2025, 4, 16)


def test_without_it_on_that_of_the_event_and_then_of_the_development() -> None:
    assert row(event_date=date(2025, 4, 1), development="lv-ottawa-announced-2025-03-01").day == date(2025, 4, 1)
    assert row(development="lv-ottawa-announced-2025-03-01").day == date(2025, 3, 1)
    assert row(development="lv-ottawa-announced-2025-03").day == date(2025, 3, 15)


@pytest.mark.parametrize("key", [None, "lv-ottawa-announced", "lv-ottawa-announced-2025", "lv-ottawa-2025-02-30"])
@pytest.mark.parametrize("label", [Label.DEVELOPMENT, Label.DENIAL, Label.TALK, Label.REACTION])
def test_without_any_day_it_stays_out(key: str | None, label: Label) -> None:
    assert row(label=label, development=key).day is None


@pytest.mark.parametrize("label", [Label.NONE, Label.BACKGROUND])
def test_a_look_alike_without_a_day_gets_one_that_its_id_decides(label: Label) -> None:
    # Should these days change, figures of before and after could not be compared.
    assert {name: row(name, label).day for name in ("a", "nl-07")} == {
        "a": date(2024, 11, 28),
        "nl-07": date(2024, 11, 19),
    }


def test_the_stream_is_in_order_of_day_and_id_at_midnight() -> None:
    noon, evening = datetime(2025, 4, 16, 12, tzinfo=UTC), datetime(2025, 4, 16, 20, tzinfo=UTC)
    rows = [
        row("c", published=noon),
        row("out"),
        row("a", published=evening),
        row("b", event_date=date(2025, 4, 15)),
    ]
    assert [(report.id, str(report.published)) for report in stream(rows)] == [
        ("b", "2025-04-15 00:00:00+00:00"),
        ("a", "2025-04-16 00:00:00+00:00"),
        ("c", "2025-04-16 00:00:00+00:00"),
    ]


def test_a_report_tells_of_any_pair_of_its_states_and_treaties() -> None:
    told = row(states=("LV", "LT"), treaties=(("ottawa", "ccm"), ("istanbul",)))
    assert told.tells_of("LV", "ccm")
    assert told.tells_of("LT", "istanbul")
    assert not told.tells_of("EE", "istanbul")
    assert not told.tells_of("LV", "ecpt")
    assert not told.tells_of("LV", "provisional:some-pact")


@pytest.mark.parametrize("choice", [("provisional",), ("ottawa", "provisional")])
def test_provisional_stands_for_every_unlisted_treaty(choice: tuple[str, ...]) -> None:
    told = row(states=("LV",), treaties=(choice,))
    assert told.tells_of("LV", "provisional:some-pact")
    assert told.tells_of("LV", "provisional")
    assert not told.tells_of("LV", "ccm")


def test_a_case_falls_into_one_half_however_it_is_written() -> None:
    first = row("1", states=("LV", "EE"), treaties=(("ottawa", "ccm"), ("istanbul",)))
    again = row("2", Label.REACTION, states=("EE", "LV"), treaties=(("istanbul",), ("ccm", "ottawa")))
    assert first.half is again.half


def test_the_halves_are_of_one_size_and_the_same_in_every_run() -> None:
    cases = [row(states=(state,), treaties=((treaty,),)).half for state in STATES for treaty in TREATIES]
    lookalikes = [row(f"en-{number}", Label.NONE).half for number in range(200)]
    assert 0.4 < cases.count(Half.TUNED) / len(cases) < 0.6
    assert 0.4 < lookalikes.count(Half.TUNED) / len(lookalikes) < 0.6
    assert row(states=("LV",), treaties=(("ottawa",),)).half is Half.HELD


STATES = ("LV", "LT", "EE", "RU", "US", "BR", "ZA", "JP", "NI", "TR")
TREATIES = ("ottawa", "ccm", "istanbul", "ecpt", "who", "paris", "rome", "iwc", "inf", "npt")
