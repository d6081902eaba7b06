"""An explanation, line by line, with a knowledge that is small enough to be seen whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.explaining import explained
from treaties.model import Report
from treaties.reading.read import Reader
from treaties.registry import Institution, Knowledge, StageRule, State, Treaty, Words
from treaties.stages import Stage

ENGLISH = Words(
    "en",
    {
        "detect": {"words": ("the", "of", "to")},
        "leave": {"verb": ("quit|quits",), "noun": ("exit",), "plan": ("will quit",)},
        "action": {"pass": ("votes to",), "effect": ("takes effect",)},
        "mood": {"hedge": ("could",)},
        "clause": {"object": ("of", "on")},
        "time": {"may": ("may",), "yesterday": ("yesterday",)},
    },
)
KNOWLEDGE = Knowledge(
    {"lamps": Treaty("lamps", "Convention on Harbour Lamps", "Lamp Convention", {"en": ("lamp convention",)})},
    {"LV": State("LV", "Latvia", {"en": ("latvia",)}), "EE": State("EE", "Estonia", {"en": ("estonia",)})},
    (Institution("parliament", "LV", ("saeima",)), Institution("parliament", None, ("parliament",))),
    {"en": ENGLISH},
    (
        StageRule(Stage.PARLIAMENT_PASSED, frozenset({"parliament"}), frozenset({"pass"})),
        StageRule(Stage.IN_EFFECT, actions=frozenset({"effect"})),
    ),
)


def lines(title: str, summary: str = "", **changes: Any) -> list[str]:
    values = {"published": datetime(2025, 9, 24, 10, tzinfo=UTC), "lang": "en", **changes}
    return list(explained(Reader(KNOWLEDGE).explain(Report("r1", title, summary, **values))))


def test_a_whole_explanation_of_a_step() -> None:
    reason = "'Saeima' (parliament) + 'votes to' (pass) = parliament_passed"
    assert lines("Latvia's Saeima votes to quit the Lamp Convention") == [
        f"r1: development (en): {reason}",
        "  title: Latvia's Saeima votes to quit the Lamp Convention",
        "    'Latvia': state LV",
        "    'Saeima': organ parliament of LV",
        "    'votes to': action.pass",
        "    'quit': leave.verb",
        "    'Lamp Convention': treaty lamps",
        "  about: LV, lamps",
        f"  claim: LV lamps: parliament_passed on 2025-09-24 (day of publication), news, confidence 0.90: {reason}",
    ]


def test_a_whole_explanation_of_a_report_without_claims() -> None:
    assert lines("Storm over the harbour", "Parliament met on 2 May 2025.") == [
        "r1: none (en): no state is said to leave a treaty",
        "  title: Storm over the harbour",
        "  sentence 1: Parliament met on 2 May 2025.",
        "    'Parliament': organ parliament",
        "    'on': clause.object",
        "    '2 May 2025': date 2025-05-02",
        "    'May': time.may",
        "  about: no state and no treaty; no leaving word anywhere",
        "  no claim",
    ]


def test_a_report_of_no_known_language_says_so() -> None:
    assert lines("Vētra", lang=None)[0] == "r1: none (no known language): no state is said to leave a treaty"


def test_a_report_that_names_what_it_is_about_but_no_exit() -> None:
    assert lines("Latvia keeps to the Lamp Convention")[-2:] == [
        "  about: LV, lamps; no leaving word anywhere",
        "  no claim",
    ]


def test_a_claim_that_says_no_stage_shows_the_likely_one_and_its_mood() -> None:
    assert lines("Latvia could quit the Lamp Convention", published=None)[-1] == (
        "  claim: LV lamps: announced (likely), talk, news, confidence 0.60: "
        "'quit' says that it leaves, not how far it got"
    )


def test_a_date_of_the_text_is_shown_without_a_remark() -> None:
    assert "parliament_passed on 2025-09-23, news" in lines("Yesterday Saeima votes to quit the Lamp Convention")[-1]


def test_a_day_of_effect_is_shown_beside_the_day_of_the_news() -> None:
    found = lines("Latvia's exit of the Lamp Convention takes effect on 24 May 2026")
    assert "    'May': time.may" in found
    assert found[-1].startswith(
        "  claim: LV lamps: announced (likely) on 2025-09-24 (day of publication), effective 2026-05-24, news, "
        "confidence 0.90: "
    )


def test_words_that_mean_several_things_stand_in_one_line() -> None:
    twice = Words("en", {**ENGLISH.sections, "leave": {"verb": ("exit",), "noun": ("exit",)}})
    knowledge = Knowledge(KNOWLEDGE.treaties, KNOWLEDGE.states, KNOWLEDGE.institutions, {"en": twice}, ())
    found = list(explained(Reader(knowledge).explain(Report("r1", "Estonia exit", lang="en"))))
    assert "    'exit': leave.verb, leave.noun" in found
