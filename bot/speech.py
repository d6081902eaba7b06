"""One language's way of saying things: texts from a gettext catalog, dates and plurals as that language has them.

Catalogs are `bot/locales/<language>/LC_MESSAGES/treatywatch.po`; English needs none. They are compiled when first used.
"""

from __future__ import annotations

import gettext
import io
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.units import format_unit

from treaties.model import Precision

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from treaties.model import When
    from treaties.periods import Period
    from treaties.registry import Knowledge

LANGUAGES: Final = ("en", "ru", "uk", "fr", "de", "es")
"""The languages in which the bot speaks."""

_LEAP_YEAR: Final = 2000
_FIRST_INDICATOR: Final = 0x1F1E6
_CODE_LENGTH: Final = 2


def N_(text: str) -> str:  # noqa: N802 - the name by which gettext's tools find texts that are translated later
    """The text itself: it is translated where it is shown."""
    return text


class Speech:
    """What the bot says, in one language.

    Args:
        lang: a language of `LANGUAGES`; any other is answered in English.
        knowledge: names of states and treaties.
    """

    def __init__(self, lang: str, knowledge: Knowledge) -> None:
        self.lang = lang if lang in LANGUAGES else "en"
        self.knowledge = knowledge
        self._texts = _translations(self.lang)
        self._locale = Locale(self.lang)

    def gettext(self, text: str, /, **values: object) -> str:
        """The text in this language, its `{names}` filled in."""
        return self._texts.gettext(text).format(**values) if values else self._texts.gettext(text)

    def ngettext(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The text for `n` things in the plural form that this language has for that number."""
        return self._texts.ngettext(one, many, n).format(n=n, **values)

    def day(self, when: When | None) -> str:
        """A date as people write it: 29 September 2025, September 2025, or 2025."""
        if when is None:
            return self.gettext("day not given")
        match when.precision:
            case Precision.DAY:
                return self._ordinal(format_date(when.day, "d MMMM y" if self.lang == "en" else "long", self._locale))
            case Precision.MONTH:
                return format_skeleton("yMMMM", when.day, locale=self._locale)
            case _:
                return str(when.day.year)

    def day_of_year(self, month: int, day: int) -> str:
        """A day of every year: 31 December."""
        if self.lang == "en":
            return format_date(date(_LEAP_YEAR, month, day), "d MMMM", self._locale)
        return self._ordinal(format_skeleton("MMMMd", date(_LEAP_YEAR, month, day), locale=self._locale))

    def _ordinal(self, day: str) -> str:
        """The day with the first of a month as French has it, which CLDR leaves out: 1er décembre."""
        return f"1er {day.removeprefix('1 ')}" if self.lang == "fr" and day.startswith("1 ") else day

    def told(self, name: str, text: str) -> str:
        """Something with what is said of it: Latvia: passed by parliament."""
        return self.gettext("{name}: {text}", name=name, text=text)

    def period(self, period: Period) -> str:
        """A length of time: 6 months; 1 year, 6 months."""
        parts = (("year", period.years), ("month", period.months), ("day", period.days))
        told = [format_unit(number, f"duration-{unit}", locale=self._locale) for unit, number in parts if number]
        return ", ".join(told) or format_unit(0, "duration-day", locale=self._locale)

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """A moment as a clock in that time zone shows it."""
        return self._clock(moment, zone, "d MMM y, ", "yMMMd")

    def hour(self, moment: datetime, zone: ZoneInfo) -> str:
        """A moment of these days, without its year."""
        return self._clock(moment, zone, "d MMM ", "MMMd")

    def time(self, moment: datetime, zone: ZoneInfo) -> str:
        """The time of day of a moment: 06:00."""
        return format_datetime(moment, "HH:mm", tzinfo=zone, locale=self._locale)

    def _clock(self, moment: datetime, zone: ZoneInfo, english: str, skeleton: str) -> str:
        """A moment in that time zone: CLDR's English is American, which this is not."""
        time = self.time(moment, zone)
        if self.lang == "en":
            return format_datetime(moment, english, tzinfo=zone, locale=self._locale) + time
        return f"{format_skeleton(skeleton, moment, tzinfo=zone, locale=self._locale)}, {time}"

    def state(self, code: str) -> str:
        """The name of a state by its code."""
        name = None if self.lang == "en" else self._locale.territories.get(code)
        return str(name) if name else self.knowledge.state_name(code)

    def language(self, code: str) -> str:
        """The name of a language by its code: Latvian; the code where there is none."""
        return str(self._locale.languages.get(code, code))

    def treaty(self, treaty: str) -> str:
        """The usual short name of a treaty, or what reports call one that the registry does not list."""
        found = self.knowledge.treaties.get(treaty)
        return (found.names.get(self.lang) if found else None) or self.knowledge.treaty_name(treaty)


def speeches(knowledge: Knowledge) -> dict[str, Speech]:
    """Every language by its code."""
    return {lang: Speech(lang, knowledge) for lang in LANGUAGES}


def flag(state: str) -> str:
    """The flag of a state by its code; empty where no letters stand for one."""
    if len(state) != _CODE_LENGTH or not (state.isascii() and state.isalpha() and state.isupper()):
        return ""
    return "".join(chr(_FIRST_INDICATOR + ord(letter) - ord("A")) for letter in state)


@cache
def _translations(lang: str) -> gettext.NullTranslations:
    path = resources.files("bot").joinpath("locales", lang, "LC_MESSAGES", "treatywatch.po")
    if lang == "en" or not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalog = read_po(file, lang)
    for message in list(catalog):
        forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if not all(forms):
            # Not translated yet: without an entry the English text stands.
            catalog.delete(message.id)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
