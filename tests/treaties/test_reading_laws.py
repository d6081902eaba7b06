"""What holds of reading whatever the text: it never fails, it ends, and how a text is dressed makes no difference."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html.entities import codepoint2name
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.knowledge import load
from config.labelled import load_labelled
from treaties.model import Label, Reading, Report
from treaties.reading.read import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from treaties.registry import Knowledge

REPORTS = Path(__file__).parents[1] / "reports"
MAX_SENTENCES = 80
MAX_QUOTE = 300
PUNCTUATION = [
    ",",
    ".",
    ":",
    ";",
    "—",
    "?",
    "!",
    "(",
    ")",
    "“",
    "”",
    "’",
    "«",
    "…",
    "-",
    "/",
    "\n",
    "&amp;",
    "<b>",
    "*",
]


@cache
def knowledge() -> Knowledge:
    return load()


@cache
def reader() -> Reader:
    return Reader(knowledge())


@cache
def reports() -> tuple[Report, ...]:
    return tuple(row.report for row in load_labelled(REPORTS, knowledge()))


@cache
def readings() -> tuple[Reading, ...]:
    return tuple(map(reader().read, reports()))


def is_sound(report: Report) -> None:
    """Read the report, and see that what comes out keeps to its bounds and is the same by either way of reading."""
    reading, explanation = reader().read(report), reader().explain(report)
    assert (reading.label, reading.claims) == (explanation.reading.label, explanation.reading.claims)
    assert len(explanation.views) <= MAX_SENTENCES
    assert all(0 < len(claim.quote) <= MAX_QUOTE and 0 < claim.confidence <= 1 for claim in reading.claims)
    assert reading.reason
    assert bool(reading.claims) is (reading.label is not Label.NONE)


LANGUAGES = st.deferred(lambda: st.none() | st.sampled_from(sorted(knowledge().words)) | st.text(max_size=3))
PUBLISHED = st.none() | st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@settings(deadline=None)
@given(TEXTS, TEXTS, LANGUAGES, PUBLISHED)
def test_any_text_can_be_read(title: str, summary: str, language: str | None, published: datetime | None) -> None:
    is_sound(Report("r", title, summary, published, language))


def spelled(pattern: str, number: int) -> str:
    """A text that a pattern finds, or nearly."""
    words = [word.split("|") for word in pattern.replace("...", "very").split()]
    return " ".join(options[number % len(options)].removesuffix("*") for options in words)


@cache
def shipped(language: str) -> tuple[str, ...]:
    """The patterns of a language's words, and of the names in it."""
    known = knowledge()
    words = [
        pattern for keys in known.words[language].sections.values() for found in keys.values() for pattern in found
    ]
    named = [treaty.aliases for treaty in known.treaties.values()] + [state.names for state in known.states.values()]
    organs = [pattern for organ in known.institutions if organ.state is None for pattern in organ.patterns]
    return (*words, *organs, *(pattern for names in named for pattern in names.get(language, ())))


@st.composite
def mixtures(draw: st.DrawFn, most: int) -> tuple[str, str]:
    """A language, and a text of what its patterns find, in any order and with any punctuation."""
    language = draw(st.sampled_from(sorted(knowledge().words)))
    phrase = st.builds(spelled, st.sampled_from(shipped(language)), st.integers(0, 20))
    return language, " ".join(draw(st.lists(phrase | st.sampled_from(PUNCTUATION), max_size=most)))


@settings(deadline=None)
@given(mixtures(12), mixtures(40), PUBLISHED)
def test_any_mixture_of_known_words_can_be_read(
    title: tuple[str, str], summary: tuple[str, str], published: datetime | None
) -> None:
    is_sound(Report("r", title[1], summary[1], published, title[0]))
    is_sound(Report("r", title[1], summary[1], published, summary[0]))


@settings(deadline=None, max_examples=15)
@given(mixtures(20), st.integers(2, 15))
def test_a_very_long_sentence_can_be_read(mixture: tuple[str, str], times: int) -> None:
    language, text = mixture
    sentence = " ".join([text.translate(str.maketrans("", "", ".?!\n…"))] * times)[:20_000]
    is_sound(Report("r", sentence, lang=language))
    is_sound(Report("r", "Riga", sentence, lang=language))


@pytest.mark.parametrize(
    "repeated",
    [
        "Latvia ",
        "公约",
        "3 March 2023 ",
        "&amp;",
        "Latvia's parliament voted to leave the Ottawa Convention on 3 March 2023 ",
        "storm ",
        "агрессия ",
        "2025 ",
        "Latvia withdraws from the Ottawa Convention. ",
        "Latvia withdraws from the Ottawa Convention\n",
        "Latvia&#39;s parliament voted to leave the Ottawa Convention on 3 March 2023. ",
        "<",
        "<b>",
        "[a](",
        "**",
        "'",
        '"',
        ".",
        "\n",
        "\u200b",
    ],
    ids=ascii,
)
def test_100_kilobytes_of_the_same_can_be_read(repeated: str) -> None:
    text = repeated * (100_000 // len(repeated) + 1)
    is_sound(Report("r", "Latvia leaves the Ottawa Convention", text, datetime(2025, 9, 24, tzinfo=UTC), "en"))


def quoted(text: str) -> str:
    """The text with typographic quotes."""
    marks = cycle("“”")
    return "".join(next(marks) if letter == '"' else letter for letter in text.replace("'", "’"))


def named(text: str) -> str:
    return "".join(f"&{codepoint2name[ord(one)]};" if ord(one) in codepoint2name else one for one in text)


def numbered(text: str) -> str:
    return "".join(one if one.isascii() and (one.isalnum() or one.isspace()) else f"&#{ord(one)};" for one in text)


DRESSED: dict[str, Callable[[str], str]] = {
    "white space around": lambda text: f"\n \t{text}\r\n  ",
    "doubled blanks": lambda text: text.replace(" ", "  "),
    "blanks that do not break": lambda text: text.replace(" ", "\u00a0"),
    "named entities": named,
    "numeric entities": numbered,
    "hexadecimal entities": lambda text: "".join(one if one.isspace() else f"&#x{ord(one):x};" for one in text),
    "entities of entities": lambda text: numbered(text).replace("&", "&amp;"),
    "typographic quotes": quoted,
    "plain quotes": lambda text: text.translate(str.maketrans("’‘“”„«»", '\'\'"""""')),
    "accents apart": lambda text: unicodedata.normalize("NFD", text),
}


@pytest.mark.parametrize("dress", DRESSED.values(), ids=DRESSED)
def test_every_report_is_read_alike_however_it_is_dressed(dress: Callable[[str], str]) -> None:
    dressed = [replace(report, title=dress(report.title), summary=dress(report.summary)) for report in reports()]
    wrong = [one.report for one, report in zip(readings(), dressed, strict=True) if reader().read(report) != one]
    assert wrong == []


def of_listed_treaties(reading: Reading) -> set[tuple[str, ...]]:
    """What is claimed of treaties that the registry lists: of others even the name hangs on capitals."""
    return {
        (claim.state, claim.treaty, str(claim.stage), claim.role)
        for claim in reading.claims
        if claim.treaty in knowledge().treaties
    }


@pytest.mark.parametrize("case", [str.upper, str.lower], ids=["in capitals", "in small letters"])
def test_hardly_a_title_is_read_otherwise_for_its_capitals(case: Callable[[str], str]) -> None:
    wrong = [
        one.report
        for one, report in zip(readings(), reports(), strict=True)
        if of_listed_treaties(reader().read(replace(report, title=case(report.title)))) != of_listed_treaties(one)
    ]
    assert len(wrong) <= 0.02 * len(reports()), wrong


def test_a_report_is_read_alike_before_and_after_all_others() -> None:
    assert [reader().read(report) for report in reversed(reports())] == list(reversed(readings()))
    fresh = Reader(knowledge())
    assert [fresh.read(report) for report in reports()[::40]] == list(readings()[::40])
