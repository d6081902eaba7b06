"""Which language a report is read in: what the feed declares, unless the text plainly says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.reading.language import Languages
from treaties.reading.text import sentences
from treaties.registry import Words

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = {
    "en": ("the", "of", "and", "to"),
    "fr": ("le", "la", "de", "et"),
    "es": ("el", "la", "de", "y"),
}
WORDS = {code: Words(code, {"detect": {"words": small}}) for code, small in SMALL.items()}
ENGLISH = "The fall of the house and the garden"
FRENCH = "Le port et le phare"
TWO_OF_EACH = "The end of le port et"


def chosen(
    title: str, declared: str | None = None, *, summary: str = "", detect: Callable[[str], str | None] | None = None
) -> str | None:
    return Languages(WORDS, detect).choose(sentences(title, summary), declared)


@pytest.mark.parametrize("declared", ["en", "EN", "en-GB", "en-us"])
def test_the_declared_language_is_read_whatever_its_country(declared: str) -> None:
    assert chosen(ENGLISH, declared) == "en"


def test_a_text_without_small_words_is_of_the_declared_language() -> None:
    assert chosen("Riga quits", "fr") == "fr"
    assert chosen("", "fr") == "fr"


def test_more_than_twice_as_many_small_words_of_another_language_overrule_the_declared_one() -> None:
    assert chosen("the le", "fr") == "fr"
    assert chosen("the of le", "fr") == "fr"
    assert chosen("the of and le", "fr") == "en"
    assert chosen(ENGLISH, "fr") == "en"


def test_the_detector_is_not_asked_about_a_declared_language_that_can_be_read() -> None:
    def refuse(text: str) -> str | None:
        raise AssertionError(text)

    assert chosen(FRENCH, "fr", detect=refuse) == "fr"
    assert chosen(ENGLISH, "fr", detect=refuse) == "en"


def test_without_a_declaration_the_detector_decides() -> None:
    assert chosen(ENGLISH, detect=lambda _: "fr") == "fr"


@pytest.mark.parametrize("told", [None, "tlh"], ids=["cannot tell", "tells a language that cannot be read"])
def test_where_the_detector_is_of_no_use_the_small_words_decide(told: str | None) -> None:
    assert chosen(FRENCH, detect=lambda _: told) == "fr"


@pytest.mark.parametrize(("title", "language"), [(ENGLISH, "en"), (FRENCH, "fr"), ("Riga quits", None), ("", None)])
def test_without_a_detector_the_small_words_decide(title: str, language: str | None) -> None:
    assert chosen(title) == language


def test_a_declared_language_that_cannot_be_read_stays_where_nothing_else_tells() -> None:
    assert chosen("Riga quits", "tlh") == "tlh"
    assert chosen("Riga quits", "tlh-KX", detect=lambda _: None) == "tlh"


def test_a_declared_language_that_cannot_be_read_gives_way_to_one_that_the_text_shows() -> None:
    assert chosen(ENGLISH, "tlh") == "en"
    assert chosen("Riga quits", "tlh", detect=lambda _: "es") == "es"


def test_the_detector_sees_the_first_dozen_sentences_of_title_and_text() -> None:
    seen: list[str] = []

    def note(text: str) -> str | None:
        seen.append(text)
        return "en"

    chosen("Title", summary="\n".join(f"Line {number}" for number in range(1, 100)), detect=note)
    assert seen == ["Title " + " ".join(f"Line {number}" for number in range(1, 12))]


def test_small_words_below_the_first_dozen_sentences_do_not_count() -> None:
    lines = ["Riga"] * 12
    assert chosen("Riga", summary="\n".join([*lines, ENGLISH])) is None
    assert chosen("Riga", "fr", summary="\n".join([*lines, ENGLISH])) == "fr"


def test_a_program_without_words_reads_what_is_declared() -> None:
    languages = Languages({}, lambda _: "en")
    assert languages.choose(sentences(ENGLISH, ""), "en-GB") == "en"
    assert languages.choose(sentences(ENGLISH, ""), None) is None


@given(st.text(max_size=200), st.none() | st.text(max_size=8))
def test_any_text_and_any_declaration_have_an_answer(text: str, declared: str | None) -> None:
    assert chosen(text, declared) == chosen(text, declared)
    assert chosen(text) in {None, *SMALL}
