from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jsonl import LineError, alert_line, claim_json, in_order, parse_report, reading_line
from treaties.model import Alert, Claim, Label, Precision, Reading, Report, Role, VerdictKind, When
from treaties.stages import Stage

CLAIM = Claim(
    "LV",
    "ottawa",
    Stage.PARLIAMENT_PASSED,
    When(date(2025, 4, 16)),
    Role.NEWS,
    "Saeima voted",
    "it says so",
    dated=True,
)


def parsed(**fields: Any) -> Report:
    return parse_report(json.dumps({"id": "a", "title": "Latvia quits", **fields}), 1)


def test_a_full_line_becomes_a_report() -> None:
    report = parsed(
        summary="It did.",
        published="2025-04-16T12:00:00+03:00",
        lang="en",
        url="https://tide.example/1",
        outlet="Tide Table",
        country="LV",
    )
    moment = datetime(2025, 4, 16, 12, tzinfo=timezone(timedelta(hours=3)))
    assert report == Report(
        "a", "Latvia quits", "It did.", moment, "en", "https://tide.example/1", "Tide Table", country="LV"
    )
    assert report.published
    assert report.published.utcoffset() == timedelta(hours=3)


def test_a_title_or_a_summary_is_enough() -> None:
    assert parse_report('{"id": "a", "title": "Latvia quits"}', 1) == Report("a", "Latvia quits")
    assert parse_report('{"id": "a", "summary": "It quits."}', 1) == Report("a", "", "It quits.")


def test_null_says_the_same_as_nothing() -> None:
    nothing = dict.fromkeys(["summary", "published", "lang", "url", "outlet", "country"])
    assert parsed(**nothing) == Report("a", "Latvia quits")


def test_what_else_the_line_says_is_ignored() -> None:
    assert parsed(score=7, tags=["x"]) == Report("a", "Latvia quits")


def test_a_number_can_be_an_id() -> None:
    assert parsed(id=17).id == "17"


@pytest.mark.parametrize(
    ("published", "moment"),
    [
        ("2025-09-17", datetime(2025, 9, 17, tzinfo=UTC)),
        ("2025-09-17T10:00:00", datetime(2025, 9, 17, 10, tzinfo=UTC)),
        ("2025-09-17T10:00:00Z", datetime(2025, 9, 17, 10, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_a_publication_time_without_an_offset_is_utc(published: str | None, moment: datetime | None) -> None:
    assert parsed(published=published).published == moment


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("not json", "not JSON"),
        ('{"id": "a", "title": "x"', "not JSON"),
        ("[1, 2]", "list found where an object"),
        ('"text"', "str found where an object"),
        ("null", "NoneType found where an object"),
        ("[" * 100_000, "no report has values like these"),
        ('{"title": "x"}', 'no "id"'),
        ('{"id": "", "title": "x"}', 'no "id"'),
        ('{"id": null, "title": "x"}', 'no "id"'),
        ('{"id": true, "title": "x"}', 'no "id"'),
        ('{"id": ["a"], "title": "x"}', 'no "id"'),
        ('{"id": "a"}', 'neither "title" nor "summary"'),
        ('{"id": "a", "title": "", "summary": null}', 'neither "title" nor "summary"'),
        ('{"id": "a", "title": 5}', '"title" is not a text'),
        ('{"id": "a", "title": "x", "summary": {"a": 1}}', '"summary" is not a text'),
        ('{"id": "a", "title": "x", "lang": 1}', '"lang" is not a text'),
        ('{"id": "a", "title": "x", "published": "yesterday"}', "\"published\" is 'yesterday'"),
        ('{"id": "a", "title": "x", "published": "2025-02-30"}', "\"published\" is '2025-02-30'"),
        ('{"id": "a", "title": "x", "published": [2025]}', '"published" is [2025]'),
    ],
)
def test_a_bad_line_is_named_with_its_fault(line: str, complaint: str) -> None:
    with pytest.raises(LineError) as refused:
        parse_report(line, 42)
    assert str(refused.value).startswith("line 42: ")
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
FIELDS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["id", "title", "summary", "published", "lang", "url", "outlet", "country"], JSON)
)


@given(st.text() | FIELDS.map(json.dumps))
def test_any_line_is_a_report_or_an_error_with_its_number(line: str) -> None:
    try:
        report = parse_report(line, 7)
    except LineError as error:
        assert str(error).startswith("line 7: ")  # noqa: PT017 - either outcome is right
    else:
        assert report.id
        assert report.title or report.summary
        assert report.published is None or report.published.tzinfo


def test_a_reading_is_one_line_with_the_documented_fields() -> None:
    line = reading_line(Reading("a", Label.DEVELOPMENT, "lv", (CLAIM,), "it says so"))
    assert "\n" not in line
    assert json.loads(line) == {
        "id": "a",
        "label": "development",
        "lang": "lv",
        "claims": [
            {
                "state": "LV",
                "treaty": "ottawa",
                "stage": "parliament_passed",
                "date": "2025-04-16",
                "precision": "day",
                "role": "news",
                "quote": "Saeima voted",
                "reason": "it says so",
            }
        ],
    }


def test_letters_of_every_script_stay_readable() -> None:
    assert "Росія" in reading_line(Reading("Росія", Label.NONE, None, (), "…"))


def test_what_a_claim_does_not_say_is_null() -> None:
    found = claim_json(Claim("LV", "ottawa", None, None, Role.BACKGROUND, "…", "…"))
    assert (found["stage"], found["date"], found["precision"], found["role"]) == (None, None, None, "background")


def test_a_date_of_effect_is_told_where_it_is_another() -> None:
    found = claim_json(Claim("LV", "ottawa", None, None, Role.NEWS, "…", "…", effective=When(date(2025, 12, 27))))
    assert found["effective"] == "2025-12-27"


def test_an_alert_is_one_line_with_the_documented_fields() -> None:
    alert = Alert(
        "key", VerdictKind.REVERSAL, "LV", "ottawa", Stage.RETURNED, When(date(2025, 5, 3)), "a", "title", "moves back"
    )
    assert json.loads(alert_line(alert)) == {
        "report": "a",
        "kind": "reversal",
        "state": "LV",
        "treaty": "ottawa",
        "stage": "returned",
        "date": "2025-05-03",
        "reason": "moves back",
    }


def dated(name: str, day: int | None) -> Report:
    return Report(name, "x", published=datetime(2025, 9, day, tzinfo=UTC) if day else None)


def test_reports_come_in_order_of_publication_with_their_moment() -> None:
    placed = list(in_order([dated("late", 9), dated("early", 3)]))
    assert [(report.id, moment.day) for report, moment in placed] == [("early", 3), ("late", 9)]


def test_a_report_without_a_date_keeps_its_place_behind_the_one_before_it() -> None:
    placed = in_order([dated("first", 3), dated("undated", None), dated("second", 3), dated("zero", 1)])
    assert [report.id for report, _ in placed] == ["zero", "first", "undated", "second"]


def test_reports_of_one_moment_keep_their_order() -> None:
    assert [report.id for report, _ in in_order([dated("b", 3), dated("a", 3)])] == ["b", "a"]


@pytest.mark.parametrize(
    ("when", "day"),
    [
        (When(date(2025, 9, 1), Precision.MONTH), "2025-09-01"),
        (When(date(2025, 1, 1), Precision.YEAR), "2025-01-01"),
    ],
)
def test_a_vague_date_is_given_by_its_first_day_and_its_precision(when: When, day: str) -> None:
    found = claim_json(Claim("LV", "ottawa", None, when, Role.NEWS, "…", "…"))
    assert (found["date"], found["precision"]) == (day, when.precision.value)
