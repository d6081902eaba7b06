"""Catalogs of what the chats say: `python -m tools.locales` brings them up to date and tells what is not translated.

A new text gets an empty translation, which its translator fills in; one that is used no more is dropped. With `--check`
nothing is written. Exit 1 where something is left to do.
"""

from __future__ import annotations

import argparse
import ast
import io
import string
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from bot.speech import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SOURCES: Final = Path(__file__).parents[1] / "bot"
LOCALES: Final = SOURCES / "locales"
KEYWORDS: Final = {"gettext": 1, "ngettext": 2, "N_": 1}
"""The functions and methods whose first arguments are translated, and how many: `Speech.gettext` and its like.

A name that a module binds to one of them, such as `say = talk.gettext`, counts as that one.
"""

_TEMPLATES: Final = Environment(autoescape=True)
_TEMPLATE_KEYWORD: Final = "t"
_WIDTH: Final = 110
_HEADER: Final = """msgid ""
msgstr ""
"Language: {lang}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""

Forms = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the program: its form for one thing and, where it counts, the form for many."""

    one: str
    many: str | None = None

    @property
    def forms(self) -> Forms:
        """All its forms."""
        return (self.one, self.many) if self.many is not None else (self.one,)


def texts(sources: Path = SOURCES) -> tuple[Text, ...]:
    """Every text that the program shows, in order.

    Read from the syntax tree: Babel's own extraction overlooks what stands inside of an f-string before Python 3.12.
    """
    found = {text for path in sources.rglob("*.py") for text in _in_module(path.read_text(encoding="utf-8"))}
    found |= {text for path in sources.rglob("templates/*.html") for text in _in_template(path.read_text("utf-8"))}
    return tuple(sorted(found, key=lambda text: text.forms))


def _in_template(source: str) -> Iterator[Text]:
    """The texts of a page: `t("…")`, where `t` is the `gettext` of the page's language."""
    for call in _TEMPLATES.parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == _TEMPLATE_KEYWORD:
            yield from (Text(one.value) for one in call.args[:1] if isinstance(one, nodes.Const))


def _in_module(source: str) -> Iterator[Text]:
    tree = ast.parse(source)
    keywords = KEYWORDS | dict(_aliases(tree))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return (text for call in calls if (text := _text(call, keywords)))


def _aliases(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that stand for a keyword in a module, each with how many texts it takes."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            for name, value in zip(_parts(target), _parts(node.value), strict=False):
                if isinstance(name, ast.Name) and isinstance(value, ast.Attribute) and value.attr in KEYWORDS:
                    yield name.id, KEYWORDS[value.attr]


def _parts(side: ast.expr) -> list[ast.expr]:
    """What stands on one side of an assignment: several things where it is of a tuple."""
    return side.elts if isinstance(side, ast.Tuple) else [side]


def _text(call: ast.Call, keywords: Mapping[str, int]) -> Text | None:
    """The text that a call has translated, None where it is another call or the text stands elsewhere."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    wanted = keywords.get(name, 0)
    forms = [one.value for one in call.args[:wanted] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return Text(*forms) if forms and len(forms) == wanted else None


def catalog_path(lang: str, locales: Path = LOCALES) -> Path:
    """Where the catalog of a language stands."""
    return locales / lang / "LC_MESSAGES" / "treatywatch.po"


def read(path: Path, lang: str) -> Catalog:
    """A catalog; an empty one where there is none yet."""
    if not path.exists():
        return Catalog(locale=lang)
    with path.open("rb") as file:
        return read_po(file, lang)


def updated(old: Catalog, wanted: Iterable[Text]) -> Catalog:
    """A catalog of just these texts, with the translations that are there."""
    fresh = Catalog(locale=old.locale, charset="utf-8")
    for text in wanted:
        known = old.get(text.one)
        ident = text.forms if text.many is not None else text.one
        counts = text.many is not None
        same = known is not None and known.pluralizable == counts
        fresh.add(ident, known.string if known is not None and same else ("",) * fresh.num_plurals if counts else "")
    return fresh


def written(catalog: Catalog, lang: str) -> str:
    """The catalog as a file: sorted, without dates, places and tools, so that it changes only where a text does."""
    body = io.BytesIO()
    write_po(body, catalog, width=_WIDTH, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return _HEADER.format(lang=lang, plurals=catalog.plural_forms) + body.getvalue().decode().strip() + "\n"


def faults(lang: str, wanted: Iterable[Text], locales: Path = LOCALES) -> Iterator[str]:
    """A line for every text that is not translated, or not soundly, and for every translation of no text."""
    path = catalog_path(lang, locales)
    if not path.exists():
        yield f"{lang}: there is no catalog"
        return
    catalog, left = read(path, lang), {text.one: text for text in wanted}
    for message in catalog:
        if not message.id:
            continue
        one = _strings(message.id)[0]
        text = left.pop(one, None)
        if text is None or (text.many is not None) != message.pluralizable:
            yield f"{lang}: the program has no text {one!r}"
            continue
        yield from (f"{lang}: {one!r} {fault}" for fault in _faults(text, _strings(message.string), catalog))
        if message.fuzzy:
            yield f"{lang}: {one!r} is marked as fuzzy"
    yield from (f"{lang}: {one!r} is missing" for one in left)
    if path.read_text(encoding="utf-8") != written(catalog, lang):
        yield f"{lang}: the file is not as `make locales` writes it"


def _strings(value: str | Sequence[str] | None) -> Forms:
    return (value or "",) if value is None or isinstance(value, str) else tuple(value)


def _faults(text: Text, told: Forms, catalog: Catalog) -> Iterator[str]:
    wanted = catalog.num_plurals if text.many is not None else 1
    if len(told) != wanted:
        yield f"has {len(told)} forms and needs {wanted}"
    if not all(form.strip() for form in told):
        yield "is not translated"
        return
    for form in told:
        if (have := placeholders(form)) != (need := placeholders(text.forms[-1])):
            yield f"says {sorted(have)} where the text says {sorted(need)}"


def placeholders(text: str) -> frozenset[str]:
    """The names in braces, of which a translation must have the same.

    Raises:
        ValueError: a brace stands alone.
    """
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def main() -> int:
    """Bring every catalog up to date, and say what is left to translate."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tools.locales")
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    wanted = texts()
    left = 0
    for lang in LANGUAGES[1:]:
        path = catalog_path(lang)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written(updated(read(path, lang), wanted), lang), encoding="utf-8")
        for fault in faults(lang, wanted):
            left += 1
            print(fault)
    print(f"{len(wanted)} texts in {len(LANGUAGES) - 1} languages besides English, {left} faults.")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
