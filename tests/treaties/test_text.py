from __future__ import annotations

import html
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.reading import text as text_module
from treaties.reading.text import MAX_CHARACTERS, fold, plain, sentences, split, tokens

WORDY = st.text("aé'Яï  -.,*_[]()<>0123…\n", max_size=60)


def words(text: str) -> list[str]:
    return [token.text for token in tokens(plain(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Latvia&#39;s &amp;quot;no&amp;quot;", 'Latvia\'s "no"'),
        ("<p>Latvia <b>quits</b></p>", "Latvia quits"),
        ("Latvia\u00a0quits\tthe  pact", "Latvia quits the pact"),
        ("“Latvia’s” ‘way’ «out»", '"Latvia\'s" \'way\' "out"'),
        ("Lat\u00advia qu\u200bits", "Latvia quits"),
        ("Cafe\u0301", "Café"),
        ("see [the decree](https://law.example/1?a=b) now", "see the decree now"),
        ("see https://law.example/1 now", "see now"),
        ("**Latvia** _quits_", "Latvia quits"),
        ("first\nsecond", "first\nsecond"),
        ("", ""),
    ],
)
def test_markup_and_typography_are_made_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_what_is_endless_is_cut() -> None:
    assert len(plain("x" * (MAX_CHARACTERS + 5))) == MAX_CHARACTERS


@given(st.text())
def test_any_text_can_be_read_as_sentences(text: str) -> None:
    for place, sentence in enumerate(found := sentences(text, text)):
        assert sentence.place == place
        assert sentence.text == sentence.text.strip() != ""
        for token in sentence.tokens:
            # A sentence without any capital is read as if it had them all.
            written = sentence.text[token.start : token.end]
            assert token.text in (written, written.upper())
            assert token.key == fold(written)
    assert len(found) <= 2 + len(text)


@given(st.text())
def test_tokens_stand_in_order_and_never_overlap(text: str) -> None:
    found = tokens(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(one.start < one.end for one in found)


@given(st.text(), st.text(" \t\n\u00a0\u2009", max_size=4), st.text(" \t\n\u00a0\u2009", max_size=4))
def test_white_space_around_a_text_changes_nothing(text: str, before: str, after: str) -> None:
    assert plain(before + text + after) == plain(text)


@given(WORDY)
def test_white_space_of_any_width_separates_words_alike(text: str) -> None:
    assert words(text.replace(" ", "\u202f\t ")) == words(text)


@given(WORDY)
def test_entities_change_nothing(text: str) -> None:
    assert plain(html.escape(text)) == plain(text)
    assert plain("".join(f"&#{ord(character)};" for character in text)) == plain(text)


@given(WORDY, st.sampled_from("‘’ʼ`"))
def test_typographic_quotes_change_nothing(text: str, quote: str) -> None:
    assert plain(text.replace("'", quote)) == plain(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Europe's anti-torture pact", ["Europe", "'s", "anti-torture", "pact"]),
        ("l'Ukraine quitte", ["l'", "Ukraine", "quitte"]),
        ("qu'elle dénonce", ["qu'", "elle", "dénonce"]),
        ("dell'Ungheria", ["dell'", "Ungheria"]),
        ("doesn't", ["doesn't"]),
        ("пам'ять", ["пам'ять"]),
        ("the U.S. says", ["the", "U.S.", "says"]),
        ("on 29th of 12", ["on", "29th", "of", "12"]),
        ("2025-09-29, 29.09.2025", ["2025-09-29", "29.09.2025"]),
        ("Росія вийшла", ["Росія", "вийшла"]),
        ("…!", []),
    ],
)
def test_a_text_is_cut_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_token_knows_its_case_and_the_punctuation_before_it() -> None:
    _, comma, capitals, number = tokens("and, said WHO (2025")
    assert (comma.before, comma.breaks, comma.capital) == (",", True, False)
    assert (capitals.upper, capitals.capital, capitals.breaks) == (True, True, False)
    assert number.breaks


def test_a_hyphen_or_a_quote_breaks_no_phrase() -> None:
    assert not any(token.breaks for token in tokens('the "long" way - out'))


def test_letters_without_case_count_as_capital() -> None:
    (token,) = tokens("روسيا")
    assert token.capital


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It quits. It says so.", ["It quits.", "It says so."]),
        ('It quits! "Why?" they ask.', ["It quits!", '"Why?" they ask.']),
        ("First line\nsecond line", ["First line", "second line"]),
        ("Mr. Smith of St. Gallen left.", ["Mr. Smith of St. Gallen left."]),
        ("The U.S. Senate voted.", ["The U.S. Senate voted."]),
        ("It left on Sept. 29 for good.", ["It left on Sept. 29 for good."]),
        ("It cost 1.5 million.", ["It cost 1.5 million."]),
        ("Дума прийняла. Рада мовчить.", ["Дума прийняла.", "Рада мовчить."]),
        ("  ", []),
    ],
)
def test_a_text_is_split_into_sentences(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_the_title_is_one_sentence_and_comes_first() -> None:
    found = sentences("Latvia quits. Again", "It did. Yes.")
    assert [(s.text, s.place) for s in found] == [("Latvia quits. Again", 0), ("It did.", 1), ("Yes.", 2)]


def test_a_summary_without_a_title_still_begins_at_the_title_place() -> None:
    assert [s.place for s in sentences("", "It did. Yes.")] == [0, 1]


@pytest.mark.parametrize("joint", [". ", "\n", " – ", ": "])
def test_a_summary_that_repeats_the_title_loses_the_repetition(joint: str) -> None:
    found = sentences("Latvia quits", f"Latvia quits{joint}Parliament voted.")
    assert [s.text for s in found] == ["Latvia quits", "Parliament voted."]


def test_the_words_of_a_span_are_given_as_written() -> None:
    (sentence,) = sentences("Latvia, at last, quits", "")
    assert sentence.words(0, 3) == "Latvia, at last"
    assert sentence.words(2, 99) == "last, quits"
    assert sentence.words(2, 2) == ""


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("Kremlin", "kremlin"),
        ("İstanbul", "istanbul"),
        ("της", "τησ"),
        ("والأمم", "امم"),
        ("بالاتفاقية", "اتفاقيه"),
        ("USA:n", "usa"),
    ],
)
def test_a_word_is_compared_without_what_its_script_adds(word: str, key: str) -> None:
    assert fold(word) == key


def test_chinese_is_cut_into_characters_sentences_and_dates() -> None:
    assert words("WHO退出") == ["WHO", "退", "出"]
    assert plain("2025年9月8日，退出。") == "2025-09-08 ,退出."


@pytest.mark.parametrize(
    ("text", "broken"),
    [("13. juunil", False), ("St. Lucia", False), ("N. Korea", False), ("left. Then", True)],
)
def test_a_dot_that_shortens_or_orders_ends_no_phrase(text: str, broken: bool) -> None:  # noqa: FBT001  a parameter of the case
    assert tokens(text)[1].breaks is broken


@given(WORDY | st.text(max_size=60))
def test_the_short_way_to_a_plain_word_cuts_as_the_long_one(text: str) -> None:
    spans = [match.span() for match in text_module._TOKEN.finditer(text)]

    assert spans == [match.span() for match in re.finditer(text_module._TOKEN_PARTS, text, re.IGNORECASE)]
