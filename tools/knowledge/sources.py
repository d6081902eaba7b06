"""What the build-time packages know: names of states and capitals (Babel), and the forms of words (simplemma)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from babel.core import Locale, get_global
from babel.localedata import locale_identifiers
from simplemma.strategies.dictionaries import DefaultDictionaryFactory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LOCALES: Final = {"no": ("no", "nb", "nn")}
"""Languages whose locales are not all named after them."""
_SCRIPTS: Final = {"sr": ("Cyrl", "Latn"), "zh": ("Hans", "Hant")}
"""Languages that newspapers write in several scripts."""
_VARIANTS: Final = {"be": "TARASK"}
"""Languages with a second orthography that newspapers use."""
_DICTIONARIES: Final = {"no": ("nb", "nn"), "hr": ("hbs",), "sr": ("hbs",)}
"""Languages whose dictionary is not named after them."""


def versions() -> str:
    """The packages with their versions, for the head of the files."""
    return " and ".join(f"{name} {version(package)}" for name, package in (("Babel", "babel"), ("simplemma",) * 2))


def states_in(language: str) -> dict[str, set[str]]:
    """The names of every state, by code; all that the regional variants of the language use."""
    names: dict[str, set[str]] = {}
    for locale in _locales(language):
        for code, name in locale.territories.items():
            names.setdefault(code, set()).add(str(name))
    return names


def cities_in(language: str) -> dict[str, set[str]]:
    """The names of the cities after which time zones are called, by zone, as `states_in` gives those of states."""
    names: dict[str, set[str]] = {}
    for locale in _locales(language):
        for zone, texts in locale.time_zones.items():
            if "city" in texts:
                names.setdefault(zone, set()).add(str(texts["city"]))
    return names


def cities_of_zones() -> Iterator[tuple[str, str, str]]:
    """Every time zone with the state where it lies and the English name of its city."""
    english = Locale("en").time_zones
    states: Mapping[str, str] = get_global("zone_territories")
    for zone, state in sorted(states.items()):
        yield zone, state, english.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")


def _locales(language: str) -> Iterator[Locale]:
    for identifier in sorted(locale_identifiers()):
        locale = Locale.parse(identifier)
        if (
            locale.language in _LOCALES.get(language, (language,))
            and locale.script in {None, *_SCRIPTS.get(language, ())}
            and locale.variant in {None, _VARIANTS.get(language)}
        ):
            yield locale


def _parts(names: Iterable[str]) -> Iterator[Mapping[str, str]]:
    factory = DefaultDictionaryFactory(cache_max_size=0)
    for name in names:
        try:
            yield factory.get_dictionary(name)
        except ValueError:  # there is none of that name
            return


class Dictionary:
    """The dictionary of one language: which word each form belongs to.

    Args:
        language: its code; a language without a dictionary has an empty one.
    """

    def __init__(self, language: str) -> None:
        self._parts = list(_parts(_DICTIONARIES.get(language, (language,))))

    def word(self, form: str) -> str | None:
        """The word that a form belongs to, None for a form that is not listed."""
        return next((word for part in self._parts if (word := part.get(form)) is not None), None)

    def forms(self, words: Iterable[str]) -> dict[str, list[str]]:
        """Every listed form of the given words, in order."""
        found: dict[str, list[str]] = {word: [] for word in words}
        heads = {word[:2] for word in found}
        for part in self._parts:
            for form in part:
                if form[:2] in heads and (word := part[form]) in found:
                    found[word].append(form)
        return {word: sorted(forms) for word, forms in found.items()}
