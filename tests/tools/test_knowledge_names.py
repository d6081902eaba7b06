"""Which of the names that `make knowledge` finds it keeps, and how it writes them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from config.knowledge import load
from config.records import pattern_fault
from tools.knowledge.names import Name, Sieve, forms_of, patterns_of, variants
from treaties.reading.marks import STATE
from treaties.reading.mentions import Lexicon
from treaties.reading.text import plain, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.knowledge.names import Kind
    from treaties.registry import Knowledge


@cache
def by_hand() -> Knowledge:
    return load(generated=False)


class Forms:
    """A dictionary of a few words: form to word."""

    def __init__(self, **words: str) -> None:
        self._words = words

    def word(self, form: str) -> str | None:
        return self._words.get(form)

    def forms(self, words: Iterable[str]) -> dict[str, list[str]]:
        return {word: [form for form, base in self._words.items() if base == word] for word in words}


def name(text: str, code: str = "XK", language: str = "uk", base: str = "", kind: Kind = "names") -> Name:
    return Name(language, kind, code, text, base or text)


def sieve(**left_out: dict[str, str]) -> Sieve:
    return Sieve(by_hand(), left_out)


@pytest.mark.parametrize(
    ("packed", "spellings"),
    [
        ("Kosovo", ["Kosovo"]),
        ("Myanmar (Birma)", ["Myanmar", "Birma"]),
        ("Kongo - Kinshasa", []),
        ("Конго — Киншаса", []),
        ("Timor-Leste", ["Timor-Leste"]),
    ],
)
def test_what_cldr_packs_into_one_name_is_taken_apart(packed: str, spellings: list[str]) -> None:
    assert list(variants(packed)) == spellings


def test_the_forms_of_a_name_are_those_that_differ_in_the_ending_and_are_written_like_a_name() -> None:
    listed = Forms(Косовом="Косово", косовський="Косово", Косівський="Косово", Ко="Косово", Косовο="Косово")
    found = [each.text for each in forms_of([name("Косово"), name("Сан-Марино", "SM")], listed)]
    assert found == ["Косово", "Косовом", "Сан-Марино"]


def test_names_that_have_no_cases_have_no_forms() -> None:
    assert list(forms_of([name("Polonia", "PL", "es")], Forms(Polonias="Polonia"))) == [name("Polonia", "PL", "es")]


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("Mali", "ML", None),  # covered, which is no reason to tell of
        ("Того", "TG", None),
        ("Ніл", "XK", "short"),
        ("острів Кука", "CK", "small"),
        ("Аб, Вгд", "XK", "no pattern"),
        ("Аб(вг", "XK", "no pattern"),
    ],
)
def test_only_names_that_can_be_written_and_found_are_kept(text: str, code: str, reason: str | None) -> None:
    each = sieve()
    kept = each.worth_writing([name(text, code)])
    assert [why.partition(":")[0] for why in each.reasons.values()] == ([reason] if reason else [])
    assert kept == ([name(text, code)] if text == "Того" else [])


def test_a_name_of_two_states_and_the_name_of_another_are_left_out() -> None:
    each = sieve()
    names = [name("Abcdef", "TG"), name("ABCDEF", "XK", "de"), name("Франція", "XK"), name("Ghijkl", "TG")]
    assert each.of_one_state(names) == [name("Ghijkl", "TG")]
    assert set(each.reasons.values()) == {"several states: TG, XK", "another name: FR"}


def test_the_beginning_of_a_longer_name_does_not_make_it_another_states() -> None:
    longer = name("Папуа-Новая Гвінея", "PG", "be")
    assert sieve().of_one_state([longer]) == [longer]


def test_a_word_of_any_language_is_no_name_unless_it_is_the_name_itself() -> None:
    each = sieve()
    words = Forms(tога="тога", abcdef="abcdefo", косовом="косово", ghijkl="ghijkl", Ghijkl="Ghijkl")
    names = [name("Abcdef"), name("Косовом", base="Косово"), name("Ghijkl"), name("Xyzxyz")]
    assert each.no_words(names, "uk", words) == [name("Косовом", base="Косово"), name("Xyzxyz")]
    assert set(each.reasons.values()) == {"word: abcdefo (uk)", "word: ghijkl (uk)"}


def test_a_word_that_the_program_reads_is_no_name() -> None:
    each = sieve()
    assert each.no_words([name("Withdraws", language="en")], "en", Forms()) == []
    assert set(each.reasons.values()) == {"word: of the words that the program reads"}


def test_what_reviewers_leave_out_takes_its_forms_along_and_must_be_of_use() -> None:
    each = sieve(uk={"Abcdef": "because", "Nobody": "whatever"})
    names = [name("Abcdef"), name("Abcdefom", base="Abcdef"), name("Ghijkl")]
    assert each.reviewed(names) == [name("Ghijkl")]
    assert set(each.reasons.values()) == {"reviewed: because"}
    assert each.unused() == ["uk: Nobody"]


def test_a_form_goes_where_its_name_goes() -> None:
    each = sieve()
    each.of_one_state([name("Abcdef", "TG"), name("Abcdef", "XK")])
    assert each.with_base([name("Abcdefom", "TG", base="Abcdef"), name("Ghijkl")]) == [name("Ghijkl")]


@pytest.mark.parametrize(
    ("language", "text", "pattern"),
    [
        ("uk", "Abcdef", "Abcdef|Abcdefom"),
        ("tr", "Abcdef", "Abcdef|Abcdef'*|Abcdefom|Abcdefom'*"),
        ("ko", "Abcdef", "Abcdef*|Abcdefom*"),
    ],
)
def test_a_pattern_has_what_its_language_joins_to_a_name(language: str, text: str, pattern: str) -> None:
    names = [name(text, language=language), name(f"{text}om", language=language), name("Sao Abc", language=language)]
    assert patterns_of(names)[0] == pattern
    assert patterns_of(names)[1].startswith("Sao Abc")


def test_a_hebrew_name_is_found_behind_its_prefixes() -> None:
    (pattern,) = patterns_of([name("בגדד", language="he")])
    assert {"בגדד", "בבגדד", "ומבגדד"} <= set(pattern.split("|"))


@cache
def everything() -> tuple[Knowledge, Lexicon]:
    knowledge = load()
    return knowledge, Lexicon(knowledge)


def test_every_generated_name_finds_its_state_and_no_other() -> None:
    knowledge, lexicon = everything()
    wrong = []
    for code, state in knowledge.states.items():
        old = by_hand().states[code]
        for now, before in ((state.names, old.names), (state.seats, old.seats)):
            for pattern in (p for language in now for p in now[language][len(before.get(language, ())) :]):
                assert pattern_fault(pattern) is None
                for text in [pattern] if " " in pattern else pattern.split("|"):
                    marks = lexicon.names_in(tokens(plain(text.rstrip("*"))))
                    wrong += [(code, text)] if {m.value for m in marks if m.kind == STATE} != {code} else []
    assert wrong == []


def test_there_are_many_generated_names_and_they_add_to_those_by_hand() -> None:
    knowledge, _ = everything()
    assert (
        knowledge.states["VA"].names["el"][: len(by_hand().states["VA"].names["el"])]
        == (by_hand().states["VA"].names["el"])
    )
    assert knowledge.states["MM"].names["cs"] != by_hand().states["MM"].names["cs"]
