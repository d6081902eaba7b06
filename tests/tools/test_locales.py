"""Catalogs are brought up to date, and what is wrong with them is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.locales import Text, catalog_path, faults, placeholders, read, texts, updated, written

if TYPE_CHECKING:
    from pathlib import Path

WANTED = (Text("Hello {name}"), Text("{n} day", "{n} days"))
PLURALS = "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2"
SOUND = f"""msgid ""
msgstr ""
"Language: ru\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=3; plural=({PLURALS});\\n"

#, python-brace-format
msgid "Hello {{name}}"
msgstr "Привет, {{name}}"

#, python-brace-format
msgid "{{n}} day"
msgid_plural "{{n}} days"
msgstr[0] "{{n}} день"
msgstr[1] "{{n}} дня"
msgstr[2] "{{n}} дней"
"""


def catalog(folder: Path, text: str) -> Path:
    path = catalog_path("ru", folder)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_a_sound_catalog_has_no_fault(tmp_path: Path) -> None:
    assert list(faults("ru", WANTED, catalog(tmp_path, SOUND))) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Привет, {name}", "", "ru: 'Hello {name}' is not translated"),
        ("{n} дня", "", "ru: '{n} day' is not translated"),
        ("Привет, {name}", "Привет", "ru: 'Hello {name}' says [] where the text says ['name']"),
        ("{n} дней", "{m} дней", "ru: '{n} day' says ['m'] where the text says ['n']"),
        ('msgid "Hello {name}"', 'msgid "Bye {name}"', "ru: the program has no text 'Bye {name}'"),
        ('msgid "Hello {name}"', 'msgid "Bye {name}"', "ru: 'Hello {name}' is missing"),
        (
            '#, python-brace-format\nmsgid "Hello',
            '#, fuzzy, python-brace-format\nmsgid "Hello',
            "ru: 'Hello {name}' is marked as fuzzy",
        ),
        ("Language: ru", "Generated-By: hand", "ru: the file is not as `make locales` writes it"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert fault in faults("ru", WANTED, catalog(tmp_path, SOUND.replace(old, new)))


def test_a_language_without_a_catalog_is_told(tmp_path: Path) -> None:
    assert list(faults("ru", WANTED, tmp_path)) == ["ru: there is no catalog"]


def test_a_new_text_is_added_empty_and_an_old_one_dropped(tmp_path: Path) -> None:
    old = read(catalog_path("ru", catalog(tmp_path, SOUND)), "ru")
    text = written(updated(old, [WANTED[0], Text("{n} night", "{n} nights")]), "ru")
    assert 'msgstr "Привет, {name}"' in text
    assert 'msgid_plural "{n} nights"\nmsgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""\n' in text
    assert "day" not in text


def test_texts_are_found_wherever_they_stand(tmp_path: Path) -> None:
    source = """
speech.gettext("one")
talk.ngettext("{n} two", "{n} twos", count, more=1)
WORDS = {1: N_("three " "and four")}
f"({speech.gettext('five')})"
speech.gettext(WORDS[1])
other("six")
"""
    (tmp_path / "a.py").write_text(source, encoding="utf-8")
    assert texts(tmp_path) == (Text("five"), Text("one"), Text("three and four"), Text("{n} two", "{n} twos"))


def test_texts_are_found_where_a_module_has_a_name_of_its_own_for_gettext(tmp_path: Path) -> None:
    own = """
def lines(talk):
    say, report = talk.gettext, talk.report
    count = talk.ngettext
    return say("one") if report else say("two", name=1), count("{n} three", "{n} threes", 3), tell("four")
"""
    (tmp_path / "a.py").write_text(own, encoding="utf-8")
    (tmp_path / "b.py").write_text('say("five")', encoding="utf-8")
    assert texts(tmp_path) == (Text("one"), Text("two"), Text("{n} three", "{n} threes"))


def test_texts_are_found_in_the_templates_of_pages(tmp_path: Path) -> None:
    page = """{% extends "base.html" %}
{% block content %}
<nav aria-label="{{ t("one") }}">{% if rows %}{{ t('say "two" on {day}', day=generated) }}{% endif %}</nav>
{{ t(title) }} {{ other("three") }} t("four")
{# t("five") #}
{% endblock %}
"""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.html").write_text(page, encoding="utf-8")
    (tmp_path / "b.html").write_text('{{ t("six") }}', encoding="utf-8")
    assert texts(tmp_path) == (Text("one"), Text('say "two" on {day}'))


def test_a_lone_brace_is_an_error() -> None:
    assert placeholders("{a} and {b}") == {"a", "b"}
    with pytest.raises(ValueError, match="end of string"):
        placeholders("{a")
