"""Clauses: the day of effect as surely as it is known, and what the clause says in every language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.speech import LANGUAGES, Speech
from bot.wording.clause import article, clause_sentence, clause_text, residual_text, takes_effect
from config.knowledge import load
from tests.bot.wording.cases import CLAUSE, ENGLISH, GERMAN, KNOWLEDGE, OTTAWA, TODAY, VOTE
from treaties.model import Precision, When
from treaties.registry import Clause, ClauseParams
from treaties.stages import Stage
from treaties.timetable import RULES

NOTIFIED = Stage.NOTIFIED_DEPOSITARY
IN_MONTH = When(date(2025, 6, 1), Precision.MONTH)


@pytest.mark.parametrize(
    ("steps", "today", "told"),
    [
        ([], TODAY, "Not before 18 October 2025 if notified today (Article 20)"),
        ([(Stage.PARLIAMENT_PASSED, VOTE)], TODAY, "Not before 18 October 2025 if notified today (Article 20)"),
        ([(NOTIFIED, When(date(2025, 6, 27)))], TODAY, "Takes effect on 27 December 2025 (Article 20)"),
        ([(NOTIFIED, When(date(2025, 6, 27)))], date(2025, 12, 27), "Took effect on 27 December 2025 (Article 20)"),
        ([(NOTIFIED, IN_MONTH)], TODAY, "Not before 1 December 2025 (Article 20)"),
        ([(NOTIFIED, None)], TODAY, ""),
        ([(NOTIFIED, VOTE), (Stage.IN_EFFECT, When(date(2025, 10, 16)))], TODAY, ""),
        ([(NOTIFIED, VOTE), (Stage.RESCINDED, When(date(2025, 5, 1)))], TODAY, ""),
        (
            [(NOTIFIED, VOTE), (Stage.RESCINDED, IN_MONTH), (Stage.ANNOUNCED, None)],
            TODAY,
            "Not before 18 October 2025 if notified today (Article 20)",
        ),
        (
            [(NOTIFIED, VOTE), (Stage.REJOINED, IN_MONTH), (NOTIFIED, When(date(2025, 8, 31)))],
            TODAY,
            "Takes effect on 28 February 2026 (Article 20)",
        ),
    ],
)
def test_the_day_of_effect_follows_from_how_far_the_exit_has_come(
    steps: list[tuple[Stage, When | None]], today: date, told: str
) -> None:
    assert takes_effect(OTTAWA, "LV", steps, today, ENGLISH) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"article": "none"}, "Takes effect on 16 October 2025"),
        ({"article": "none", "rule": "practice"}, "Takes effect on 16 October 2025 (by practice)"),
        ({"params": ClauseParams(depends_on="The council decides.")}, "Not before 16 October 2025 (Article 20)"),
        ({"rule": "none"}, ""),
    ],
)
def test_a_day_is_told_only_as_surely_as_it_is_known(changes: dict[str, Any], told: str) -> None:
    vague = replace(OTTAWA, clause=replace(CLAUSE, **changes))
    assert takes_effect(vague, "LV", [(NOTIFIED, VOTE)], TODAY, ENGLISH) == told


def test_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    steps = [(NOTIFIED, When(date(2025, 6, 1)))]
    assert (
        takes_effect(OTTAWA, "LV", steps, TODAY, Speech("fr", KNOWLEDGE))
        == "Effectif le 1er décembre 2025 (article 20)"
    )


@pytest.mark.parametrize(
    ("name", "english", "german"),
    [
        ("none", "", ""),
        ("Article 20", "Article 20", "Artikel 20"),
        ("Article XV(2)", "Article XV(2)", "Artikel XV(2)"),
        ("Articles 21-22", "Articles 21-22", "Artikel 21-22"),
        ("Article 21 of the Statute", "Article 21 of the Statute", "Article 21 of the Statute"),
    ],
)
def test_an_article_has_its_name_in_the_language_where_that_is_only_a_number(
    name: str, english: str, german: str
) -> None:
    assert (article(name, ENGLISH), article(name, GERMAN)) == (english, german)


def test_english_has_the_sentence_of_the_registry() -> None:
    assert clause_text(CLAUSE, ENGLISH) == "Article 20: Six months after the notice."
    assert residual_text(CLAUSE, ENGLISH) == "Old mines stay cleared."


@pytest.mark.parametrize(
    ("clause", "told"),
    [
        (CLAUSE, "Frist bis zum Austritt ab Eingang der Notifikation beim Depositar: 6 Monate."),
        (
            Clause("Article 1", "end_of_year_after", params=ClauseParams(day=(12, 31), years_after=0, cutoff=(9, 30))),
            "Notifikation bis zum 30. September: Austritt am 31. Dezember desselben Jahres; danach ein Jahr später.",
        ),
        (
            Clause("Article 1", "fixed_date", params=ClauseParams(day=(1, 1), years_after=2)),
            "Austritt am 1. Januar; Jahre nach dem der Notifikation: 2.",
        ),
        (
            Clause("Article 1", "periodic", "P1Y", params=ClauseParams(first_period_years=10, period_years=5)),
            (
                "Austritt zum Ende einer Laufzeit (erste: 10 Jahre, jede weitere: 5 Jahre)."
                " Notifikation vor deren Ende: 1 Jahr."
            ),
        ),
        (
            Clause("Article 1", "immediate", earliest="P2Y", params=ClauseParams(later_date_allowed=True)),
            (
                "Austritt am Tag der Notifikation; keine Frist."
                " Notifikation erst nach einer Zeit als Vertragspartei von: 2 Jahre."
                " Die Notifikation darf einen späteren Tag nennen."
            ),
        ),
    ],
)
def test_other_languages_have_sentences_made_of_what_the_clause_counts_with(clause: Clause, told: str) -> None:
    assert clause_sentence(clause, GERMAN) == told


def test_every_rule_has_a_sentence_of_its_own() -> None:
    params = ClauseParams(day=(12, 31), years_after=1, n=3, first_period_years=2, period_years=1)
    said = {rule: clause_sentence(Clause("Article 1", rule, "P6M", params=params), GERMAN) for rule in RULES}
    # Two names for one way of counting.
    assert len(set(said.values())) == len(said) - 1
    assert said["end_of_year_after"] == said["fixed_date"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_clause_of_the_registry_can_be_said(lang: str) -> None:
    knowledge = load()
    speech = Speech(lang, knowledge)
    for treaty in knowledge.treaties.values():
        if treaty.clause:
            assert clause_text(treaty.clause, speech)
            assert "{" not in clause_text(treaty.clause, speech) + residual_text(treaty.clause, speech)
