"""The five articles that the known event set was drawn from, read and replayed. They are no part of the project."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parents[2] / "shared" / "sources"
PUBLISHED = {"000": "2025-08-26", "001": "2025-08-27", "002": "2025-09-09", "003": "2025-08-26", "004": "2025-09-18"}

pytestmark = pytest.mark.skipif(not SOURCES.exists(), reason="the articles are not part of the project")


def articles(*, dated: bool) -> list[dict[str, Any]]:
    found = []
    for path in sorted(SOURCES.glob("0*.txt")):
        name = path.name[:3]
        title, _, text = path.read_text(encoding="utf-8").strip().partition("\n")
        published = PUBLISHED[name] if dated else None
        found.append({"id": name, "title": title.lstrip("# "), "summary": text, "published": published, "lang": "en"})
    return found


def treatywatch(*arguments: str, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    command = [sys.executable, "-m", "bot", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=120)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module", params=[True, False], ids=["with their dates", "without dates"])
def readings(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    return {reading["id"]: reading for reading in treatywatch("read", lines=articles(dated=request.param))}


def news(reading: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    return {(c["state"], c["treaty"], c["stage"]) for c in reading["claims"] if c["role"] == "news"}


def background(reading: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    return {(c["state"], c["treaty"], c["date"]) for c in reading["claims"] if c["role"] == "background"}


def dates(reading: dict[str, Any], stage: str) -> set[str | None]:
    return {c["date"] for c in reading["claims"] if c["stage"] == stage and c["role"] == "news"}


def test_every_article_is_a_development(readings: dict[str, dict[str, Any]]) -> None:
    assert {reading["label"] for reading in readings.values()} == {"development"}


def test_the_updated_article_tells_of_decree_and_signature(readings: dict[str, dict[str, Any]]) -> None:
    assert news(readings["000"]) == {("RU", "ecpt", "government_approved"), ("RU", "ecpt", "signed_into_law")}
    assert dates(readings["000"], "signed_into_law") == {"2025-09-29"}
    assert dates(readings["000"], "government_approved") == {"2025-08-23"}


def test_the_aggregator_gives_both_dates_of_the_decree(readings: dict[str, dict[str, Any]]) -> None:
    assert news(readings["001"]) == {("RU", "ecpt", "government_approved")}
    assert dates(readings["001"], "government_approved") == {"2025-08-23", "2025-08-25"}


def test_the_long_article_tells_of_the_bill(readings: dict[str, dict[str, Any]]) -> None:
    assert news(readings["002"]) == {("RU", "ecpt", "bill_submitted")}
    assert dates(readings["002"], "bill_submitted") == {"2025-09-08"}


def test_the_undated_article_tells_of_the_decree(readings: dict[str, dict[str, Any]]) -> None:
    assert news(readings["003"]) == {("RU", "ecpt", "government_approved")}


def test_the_last_article_tells_of_the_lower_house(readings: dict[str, dict[str, Any]]) -> None:
    assert news(readings["004"]) == {("RU", "ecpt", "lower_house_passed")}
    assert dates(readings["004"], "lower_house_passed") == {"2025-09-18"}


@pytest.mark.parametrize(
    ("article", "treaty", "date"),
    [
        ("000", "coe-statute", "2022-03-01"),
        ("000", "echr", "2022-01-01"),
        ("002", "coe-statute", "2022-03-01"),
        ("002", "echr", "2022-09-16"),
        ("003", "coe-statute", "2022-03-01"),
        ("003", "echr", "2023-02-01"),
        ("003", "fcnm", "2023-01-01"),
        ("004", "coe-statute", "2022-02-01"),
    ],
)
def test_earlier_exits_are_background(
    readings: dict[str, dict[str, Any]], article: str, treaty: str, date: str
) -> None:
    assert ("RU", treaty, date) in background(readings[article])


def test_nobody_is_said_to_leave_what_it_does_not_leave(readings: dict[str, dict[str, Any]]) -> None:
    claimed = {(c["state"], c["treaty"]) for reading in readings.values() for c in reading["claims"]}

    assert claimed == {("RU", "ecpt"), ("RU", "coe-statute"), ("RU", "echr"), ("RU", "fcnm")}


@pytest.mark.parametrize("dated", [True, False], ids=["with their dates", "without dates"])
def test_what_is_known_raises_no_alert(*, dated: bool) -> None:
    assert treatywatch("replay", "-", "--known", "default", lines=articles(dated=dated)) == []


@pytest.mark.parametrize("dated", [True, False], ids=["with their dates", "without dates"])
def test_with_nothing_known_every_step_raises_one_alert(*, dated: bool) -> None:
    alerts = treatywatch("replay", "-", "--known", "none", lines=articles(dated=dated))

    assert {(a["state"], a["treaty"]) for a in alerts} == {("RU", "ecpt")}
    assert sorted(a["stage"] for a in alerts) == [
        "bill_submitted",
        "government_approved",
        "lower_house_passed",
        "signed_into_law",
    ]
