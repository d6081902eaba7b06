from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.knowledge import load
from treaties.model import FactKind
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treaties.model import Case

ARTICLES = Path(__file__).parents[3] / "shared" / "sources"
RUN = 8


@pytest.fixture(scope="module")
def known() -> dict[tuple[str, str], Case]:
    return {case.key: case for case in load().known}


def test_every_case_of_the_reports_is_known(known: dict[tuple[str, str], Case]) -> None:
    russia = {("RU", treaty) for treaty in ("ecpt", "coe-statute", "echr", "fcnm", "cat")}
    assert set(known) >= russia | {("UA", "echr")}


def test_every_event_has_an_id_of_its_own_and_a_source(known: dict[tuple[str, str], Case]) -> None:
    events = [event for case in known.values() for event in case.events]
    assert len({event.id for event in events}) == len(events)
    assert all(event.sources for event in events)


def test_the_exit_from_the_torture_prevention_convention_is_told_step_by_step(
    known: dict[tuple[str, str], Case],
) -> None:
    assert [(event.stage, str(event.when)) for event in known["RU", "ecpt"].events] == [
        (Stage.GOVERNMENT_APPROVED, "2025-08-23"),
        (Stage.BILL_SUBMITTED, "2025-09-08"),
        (Stage.LOWER_HOUSE_PASSED, "2025-09-18"),
        (Stage.SIGNED_INTO_LAW, "2025-09-29"),
    ]


def test_the_two_days_given_for_the_decree_stand_side_by_side(known: dict[tuple[str, str], Case]) -> None:
    decree = known["RU", "ecpt"].events[0]
    assert decree.disputed
    assert str(decree.told_dates[0]) == str(decree.when) == "2025-08-23"
    said = {source.outlet: str(source.says) for source in decree.sources if source.says}
    assert said["The Moscow Times"] == said["Politico"] == "2025-08-23"
    assert said["Ground News"] == "2025-08-25"


def test_the_two_years_given_for_joining_stand_side_by_side(known: dict[tuple[str, str], Case]) -> None:
    (joined,) = [fact for fact in known["RU", "ecpt"].facts if fact.kind is FactKind.JOINED]
    assert {str(source.says) for source in joined.sources} == {"1997", "1998"}


def test_the_vote_of_the_duma_has_no_day_of_its_own(known: dict[tuple[str, str], Case]) -> None:
    vote = known["RU", "ecpt"].events[2]
    assert vote.told_dates == ()
    assert "latest" in vote.note


def test_notification_and_date_of_effect_are_open(known: dict[tuple[str, str], Case]) -> None:
    assert [fact.kind for fact in known["RU", "ecpt"].facts].count(FactKind.OPEN) == 1


def test_the_worldwide_convention_against_torture_has_no_event(known: dict[tuple[str, str], Case]) -> None:
    case = known["RU", "cat"]
    assert case.events == ()
    assert case.facts[0].kind is FactKind.PARTY


def test_a_derogation_is_no_exit(known: dict[tuple[str, str], Case]) -> None:
    case = known["UA", "echr"]
    assert case.events == ()
    assert [fact.kind for fact in case.facts] == [FactKind.DEROGATION]


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts_of(each)


def runs_of(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


@pytest.mark.skipif(not ARTICLES.is_dir(), reason="the source articles are not part of the project")
def test_no_sentence_of_a_source_article_is_copied() -> None:
    articles: set[tuple[str, ...]] = set()
    for path in ARTICLES.glob("0*.txt"):
        articles |= runs_of(path.read_text(encoding="utf-8"))
    assert articles
    for file in (resources.files("config") / "known_events").iterdir():
        content = file.read_text(encoding="utf-8")
        comments = " ".join(line.removeprefix("#") for line in content.splitlines() if line.startswith("#"))
        for text in (comments, *texts_of(tomllib.loads(content))):
            # Addresses are links, which carry over.
            assert text.startswith("https://") or not runs_of(text) & articles, text
