from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.reading.patterns import Found, PatternError, Table, compile_pattern
from treaties.reading.text import plain, tokens

LETTERS = st.text("abcdxyz", min_size=1, max_size=5)


def found(text: str, *patterns: str, capital: bool = False) -> list[str]:
    """The words of the text that the patterns cover."""
    table: Table[str] = Table()
    for pattern in patterns:
        table.add(pattern, pattern, capital=capital)
    words = tokens(plain(text))
    return [" ".join(word.text for word in words[hit.start : hit.end]) for hit in table.find(words)]


@pytest.mark.parametrize(
    ("pattern", "text", "hits"),
    [
        pytest.param("duma", "The Duma votes, DUMA says, dumas", ["Duma", "DUMA"], id="a word in any case"),
        pytest.param("WHO", "WHO said who? Who", ["WHO"], id="a word in capitals only in capitals"),
        pytest.param("ЕСПЧ", "ЕСПЧ и еспч", ["ЕСПЧ"], id="Cyrillic capitals too"),
        pytest.param("denounc*", "denounce denouncing denounc", ["denounce", "denouncing", "denounc"], id="a stem"),
        pytest.param("конвенц*", "Конвенциями конвенционального", ["Конвенциями"], id="at most six more letters"),
        pytest.param("quit|leave", "quit, leave, quits", ["quit", "leave"], id="one of several words"),
        pytest.param("a|конвенц*|UN", "A конвенции UN un", ["A", "конвенции", "UN"], id="options of each kind"),
        pytest.param("ottawa treaty", "the Ottawa Treaty and Ottawa", ["Ottawa Treaty"], id="words that follow"),
        pytest.param("pull ... out", "pull out", ["pull out"], id="a gap may be empty"),
        pytest.param("pull ... out", "pull a b c out", ["pull a b c out"], id="a gap of three words"),
        pytest.param("pull ... out", "pull a b c d out", [], id="no gap of four words"),
        pytest.param("pull ... out", "pull back, and out", [], id="no gap over a comma"),
        pytest.param("pull ... out", "pull back, out", [], id="no gap up to a comma"),
        pytest.param("ottawa treaty", "in Ottawa. Treaty law", [], id="no match over the end of a phrase"),
        pytest.param("a ... b ... c", "a 1 b 2 3 c", ["a 1 b 2 3 c"], id="two gaps"),
        pytest.param("a ... b", "a b b", ["a b b"], id="the longest match of a gap"),
        pytest.param("l'homme", "droits de l'homme", ["l' homme"], id="an elision is cut as in a text"),
        pytest.param("l’homme", "droits de l'homme", ["l' homme"], id="a typographic quote in a pattern"),
        pytest.param("europe 's statute", "Europe's Statute", ["Europe 's Statute"], id="a genitive"),
        pytest.param("anti-torture pact", "the anti-torture pact", ["anti-torture pact"], id="a hyphen"),
    ],
)  # fmt: skip
def test_a_pattern_finds_what_its_language_says(pattern: str, text: str, hits: list[str]) -> None:
    assert found(text, pattern) == hits


def test_a_name_can_ask_for_a_capital_initial() -> None:
    assert found("Chad chad CHAD", "chad", capital=True) == ["Chad", "CHAD"]
    assert found("White House, white House", "white house", capital=True) == ["White House"]


def test_of_one_value_at_one_place_only_the_longest_match_is_found() -> None:
    table: Table[str] = Table()
    for pattern in ("council", "council of europe", "council of"):
        table.add(pattern, "coe")
    assert table.find(tokens("the Council of Europe")) == [Found(1, 4, "coe")]


def test_different_values_are_found_side_by_side_in_order_of_their_start() -> None:
    table: Table[int] = Table()
    table.add("europe", 1)
    table.add("council of europe", 2)
    table.add("counc*", 3)
    hits = table.find(tokens("the Council of Europe"))
    assert sorted((hit.start, hit.end, hit.value) for hit in hits) == [(1, 2, 3), (1, 4, 2), (3, 4, 1)]
    assert [hit.start for hit in hits] == [1, 1, 3]


def test_a_table_that_has_grown_since_it_was_used_finds_the_new_pattern_in_new_words() -> None:
    table: Table[int] = Table()
    table.add("one", 1)
    table.find(tokens("one"))
    table.add("two", 2)
    assert [hit.value for hit in table.find(tokens("one two"))] == [1, 2]


def test_a_table_remembers_few_of_the_words_that_it_meets_in_years() -> None:
    table: Table[str] = Table()
    table.add("leave*", "leave")
    names = ("".join(letters) for letters in product("abcdefghijklmnopqrst", repeat=3))
    words = tokens(" ".join(f"{name}{end}" for name in names for end in "xyz") + " leaves")

    assert [found.value for found in table.find(words)] == ["leave"]
    assert len(set(words)) > 20_000
    assert len(table._memory) <= 10_001


@pytest.mark.parametrize(
    "pattern", ["", "  ", "... word", "word ...", "...", "*", "a*", "wo*rd", "*word", "one||two", "one|", "|"]
)
def test_a_malformed_pattern_is_refused_and_named(pattern: str) -> None:
    with pytest.raises(PatternError) as refused:
        compile_pattern(pattern)
    assert repr(pattern) in str(refused.value)


def test_a_table_refuses_what_compiling_refuses() -> None:
    with pytest.raises(PatternError):
        Table[int]().add("... word", 1)


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    table: Table[int] = Table()
    for number, pattern in enumerate(["a|b ... c", "de*", "WHO", "l'homme", "x"]):
        table.add(pattern, number)
    words = tokens(text)
    assert all(0 <= hit.start < hit.end <= len(words) for hit in table.find(words))


@given(st.lists(LETTERS, min_size=1, max_size=4), st.lists(LETTERS, max_size=4), st.lists(LETTERS, max_size=4))
def test_words_are_found_wherever_they_stand(pattern: list[str], before: list[str], after: list[str]) -> None:
    table: Table[str] = Table()
    table.add(" ".join(pattern), "here")
    words = tokens(" ".join([*before, *pattern, *after]))
    assert Found(len(before), len(before) + len(pattern), "here") in table.find(words)


@given(LETTERS, st.text("abcdxyz", max_size=9))
def test_a_stem_takes_up_to_six_more_letters(stem: str, ending: str) -> None:
    stem = f"st{stem}"
    assert bool(found(stem + ending, f"{stem}*")) == (len(ending) <= 6)


def test_a_chinese_name_is_cut_into_the_characters_that_a_text_is_cut_into() -> None:
    table: Table[str] = Table()
    table.add("白俄罗斯", "BY")
    table.add("俄罗斯|俄羅斯", "RU")
    found = {(hit.start, hit.end, hit.value) for hit in table.find(tokens("白俄罗斯退出"))}
    assert found == {(0, 4, "BY"), (1, 4, "RU")}
