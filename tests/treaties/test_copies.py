"""Near copies: one text in two outlets is found, two texts on one step are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.copies import GRAM, SHORTEST, containment, is_copy, is_same, pieces
from treaties.model import Report

TITLE = "Saeima votes to leave the mine ban treaty"
SUMMARY = "Sixty-six deputies backed the bill late on Wednesday after four hours; the president has ten days to sign."
WIRE = Report("1", TITLE, SUMMARY)
ON_THE_SAME = Report(
    "2", "Latvia quits anti-personnel mine pact", "Lawmakers in Riga approved the exit with a large majority yesterday."
)


def copied(other: Report, wire: Report = WIRE) -> bool:
    return is_copy(pieces(wire), pieces(other)) and is_copy(pieces(other), pieces(wire))


@pytest.mark.parametrize(
    "other",
    [
        WIRE,
        Report("2", TITLE.upper(), f"RIGA (Wire) – {SUMMARY} More soon."),
        Report("2", "Breaking: " + TITLE, SUMMARY[:60]),
        Report("2", SUMMARY, TITLE),
        Report("2", TITLE, SUMMARY.replace("late on Wednesday", "on Wednesday").replace("deputies", "lawmakers")),
    ],
    ids=["the same", "tagged", "cut short", "turned round", "words replaced"],
)
def test_a_printed_wire_story_is_a_copy(other: Report) -> None:
    assert copied(other)


def test_two_texts_on_one_step_are_none() -> None:
    assert not copied(ON_THE_SAME)


def test_a_text_published_again_is_the_same_and_one_with_more_is_not() -> None:
    assert is_same(pieces(WIRE), pieces(Report("2", TITLE.upper(), f"{SUMMARY}..")))
    assert not is_same(pieces(WIRE), pieces(Report("2", TITLE, f"{SUMMARY} The notice went to New York this morning.")))
    assert not is_same(pieces(Report("1", "abc")), pieces(Report("2", "abc")))


def test_a_text_too_short_to_tell_is_nobodys_copy() -> None:
    short = Report("1", TITLE)
    assert len(pieces(short)) < SHORTEST
    assert not copied(short, short)
    assert not copied(Report("1", ""), Report("2", ""))


def test_pieces_know_no_capitals_and_no_punctuation() -> None:
    assert pieces(Report("1", "Ab: cd…", "E—F")) == {"ab cd", "b cd ", " cd e", "cd e ", "d e f"}
    assert pieces(Report("1", "abc")) == frozenset()


def test_nothing_is_contained_in_nothing() -> None:
    assert containment(frozenset(), frozenset({"abcde"})) == 0.0


@given(st.text(max_size=200), st.text(max_size=200))
def test_containment_is_a_share_and_knows_no_order(one: str, other: str) -> None:
    first, second = pieces(Report("1", one)), pieces(Report("2", other))
    assert 0.0 <= containment(first, second) == containment(second, first) <= 1.0
    assert all(len(piece) == GRAM for piece in first)
