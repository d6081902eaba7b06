"""The catalogs as they are shipped: every text of the chats in every language, soundly."""

from __future__ import annotations

import re

import pytest
from babel.messages.plurals import get_plural

from bot.speech import LANGUAGES, Speech
from bot.wording.steps import STAGE_WORDS
from config.knowledge import load
from tools.locales import catalog_path, faults, read, texts

TRANSLATED = LANGUAGES[1:]


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_text_is_translated_and_nothing_else(lang: str) -> None:
    assert list(faults(lang, texts())) == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_catalog_names_no_day_no_machine_and_no_tool(lang: str) -> None:
    text = catalog_path(lang).read_text(encoding="utf-8")
    assert not re.search(r"Date:|Generator|Generated|Translator|Team|^#:|/home/|/work/|\.py\b", text, re.MULTILINE)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_catalog_counts_as_its_language_does(lang: str) -> None:
    assert read(catalog_path(lang), lang).num_plurals == get_plural(lang).num_plurals


@pytest.mark.parametrize(
    ("lang", "n", "said"),
    [
        ("ru", 1, "+1 источник, независимых: 4"),
        ("ru", 2, "+2 источника, независимых: 4"),
        ("ru", 5, "+5 источников, независимых: 4"),
        ("ru", 21, "+21 источник, независимых: 4"),
        ("uk", 22, "+22 джерела, незалежних: 4"),
        ("fr", 1, "+1 source, indépendantes : 4"),
        ("de", 6, "+6 Quellen, unabhängig: 4"),
        ("es", 6, "+6 fuentes, independientes: 4"),
        ("en", 6, "+6 sources, 4 independent"),
    ],
)
def test_things_are_counted_as_each_language_does(lang: str, n: int, said: str) -> None:
    speech = Speech(lang, load())
    one, many = "+{n} source, {voices} independent", "+{n} sources, {voices} independent"
    assert speech.ngettext(one, many, n, voices=4) == said


@pytest.mark.parametrize("lang", TRANSLATED)
def test_no_two_stages_sound_alike_in_any_language(lang: str) -> None:
    speech = Speech(lang, load())
    assert len({speech.gettext(words) for words in STAGE_WORDS.values()}) == len(STAGE_WORDS)


@pytest.mark.parametrize(
    ("lang", "treaty", "name"),
    [
        ("en", "istanbul", "Istanbul Convention"),
        ("uk", "istanbul", "Стамбульська конвенція"),
        ("ru", "rome-statute", "Римский статут МУС"),
        ("fr", "ect", "Traité sur la charte de l’énergie"),
        ("de", "refugee-1951", "Genfer Flüchtlingskonvention"),
        ("es", "paris", "Acuerdo de París"),
        ("de", "provisional:pact-of-tides", "pact of tides"),
    ],
)
def test_treaties_have_their_usual_names(lang: str, treaty: str, name: str) -> None:
    assert Speech(lang, load()).treaty(treaty) == name


def test_names_of_treaties_are_given_in_all_languages_or_in_none() -> None:
    named = [treaty for treaty in load().treaties.values() if treaty.names]
    assert len(named) > 100
    assert [treaty.id for treaty in named if set(treaty.names) != set(TRANSLATED)] == []
