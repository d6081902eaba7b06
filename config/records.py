"""Reading the records of the data files strictly, and collecting every fault instead of stopping at the first.

A record is read through a `Table`: each key that is asked for is ticked off, and `done` reports what nobody asked for.
A faulty value is read as if it were absent; that is safe because `Faults.raise_any` keeps it all from being used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timezone
from difflib import get_close_matches
from functools import cache
from itertools import chain
from sys import intern
from typing import TYPE_CHECKING, Any, TypeVar
from unicodedata import is_normalized
from urllib.parse import urlsplit

from treaties.model import Precision, When

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from treaties.registry import ByLanguage, Patterns

T = TypeVar("T")

_LETTER = r"[^\s|*()\[\]{}\\^$]"
# Nothing here has two ways to match, so that every repetition may keep what it took: this goes over all data files.
_WORD = rf"(?!\.\.\.(?:\s|\Z)){_LETTER}(?:{_LETTER}++\*?+)?+"
_CHOICE = rf"{_WORD}(?:\|{_WORD})*+"
_PATTERN = re.compile(rf"{_CHOICE}(?: (?:\.\.\. )?+{_CHOICE})*+")
_PATTERNS = re.compile(rf"(?:{_PATTERN.pattern}(?:\n(?!\Z)|\Z))*+")
LANGUAGE = re.compile(r"[a-z]{2,3}")
_WHEN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_PRECISIONS = (Precision.YEAR, Precision.MONTH, Precision.DAY)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: the file, and the record's name in it."""

    file: str
    record: str

    def within(self, part: str) -> Place:
        """The place of a part of this record."""
        return Place(self.file, f"{self.record} {part}" if self.record else part)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a data file: where, what, and what to do about it."""

    file: str
    record: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        """One line for a person."""
        where = f"{self.file}: {self.record}" if self.record else self.file
        return f"{where}: {self.reason}; {self.remedy}"


class KnowledgeError(Exception):
    """The data files are faulty.

    Args:
        faults: everything that was found, in the order of the files.
    """

    def __init__(self, faults: Collection[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class Faults:
    """What was found wrong so far, and what is still to be compared once every file has been read."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self._references: list[tuple[str, str, Place]] = []
        self._taken: dict[tuple[str, str, str], Place] = {}

    def add(self, place: Place, reason: str, remedy: str) -> None:
        """Note a fault."""
        self.found.append(Fault(place.file, place.record, reason, remedy))

    def claim(self, kind: str, name: str, place: Place, scope: str = "") -> bool:
        """Take a name that may stand only once in its scope; False, with a fault, where another record has it."""
        first = self._taken.setdefault((scope, kind, name), place)
        if first is place:
            return True
        self.add(place, f"the {kind} {name!r} is already in {first.file}", "keep one of the two")
        return False

    def refer(self, kind: str, name: str, place: Place) -> None:
        """Remember that a record names another one, for `check_references`."""
        self._references.append((kind, name, place))

    def check_references(self, known: Mapping[str, Collection[str]]) -> None:
        """Note every name that stands for nothing. A kind of which no record at all exists is not compared."""
        for kind, name, place in self._references:
            if known[kind] and name not in known[kind]:
                self.add(place, f"unknown {kind} {name!r}", did_you_mean(name, known[kind]) or f"add the {kind} first")

    def raise_any(self) -> None:
        """Raise what was found, if anything was.

        Raises:
            KnowledgeError: with every fault.
        """
        if self.found:
            raise KnowledgeError(self.found)


def did_you_mean(name: str, known: Collection[str]) -> str | None:
    """A remedy that offers the known name most like `name`, or None."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean {str(close[0])!r}?" if close else None


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a pattern, or None."""
    if not pattern.strip():
        return "an empty pattern"
    if not is_normalized("NFC", pattern):
        return f"the pattern {pattern!r} is not in Unicode's composed form (NFC) and would never match"
    if not _PATTERN.fullmatch(pattern):
        return f"the pattern {pattern!r} is malformed"
    return None


@cache  # there are tens of thousands of keys, and few codes
def _is_language(name: str) -> bool:
    return LANGUAGE.fullmatch(name) is not None


def _all_sound(lists: Collection[Any]) -> bool:
    """Whether these are lists of patterns without fault, looked at together: there are tens of thousands."""
    if not all(type(patterns) is list for patterns in lists):
        return False
    try:
        joined = "\n".join(chain.from_iterable(lists))
    except TypeError:
        return False
    return is_normalized("NFC", joined) and _PATTERNS.fullmatch(joined) is not None


def when_of(text: str) -> When | None:
    """The date that `2025-09-29`, `2025-09` or `2025` names, None where it names none."""
    found = _WHEN.fullmatch(text)
    if not found:
        return None
    parts = [int(part) for part in found.groups() if part]
    try:
        return When(date(*([*parts, 1, 1])[:3]), _PRECISIONS[len(parts) - 1])
    except ValueError:
        return None


class Table:
    """One record being read: values of the wanted type, or a fault.

    Args:
        values: what TOML gave; a fault where that is no table.
        place: where it stands.
        faults: where faults go.
    """

    def __init__(self, values: object, place: Place, faults: Faults) -> None:
        self.place = place
        self.faults = faults
        self._asked: set[str] = set()
        self._values: Mapping[str, Any] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            faults.add(place, "is not a table", "write it as a [table] of keys and values")

    def has(self, key: str) -> bool:
        """Whether the key is given, be its value right or wrong."""
        return key in self._values

    def names(self) -> Iterator[str]:
        """Every key, each ticked off: for tables whose keys are names."""
        self._asked.update(self._values)
        return iter(self._values)

    def done(self) -> None:
        """Report the keys that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                remedy = did_you_mean(key, self._asked) or f"known keys are {', '.join(sorted(self._asked))}"
                self.faults.add(self.place, f"unknown key {key!r}", remedy)

    def wrong(self, key: str, reason: str, remedy: str) -> None:
        """Note a fault of one key."""
        self.faults.add(self.place, f"{key} {reason}", remedy)

    def text(self, key: str) -> str:
        """A text that must be there."""
        value = self.optional_text(key)
        if value is None and not self.has(key):
            self.wrong(key, "is missing", "add it")
        return value or ""

    def optional_text(self, key: str) -> str | None:
        """A text, or None."""
        value = self._typed(key, str, "a text in quotes")
        if value is not None and not value.strip():
            self.wrong(key, "is empty", "fill it in or leave the key out")
        return value

    def loose_text(self, key: str) -> str:
        """A text that may be empty, and is where it is not given."""
        return self._typed(key, str, "a text in quotes") or ""

    def shaped(self, key: str, shape: re.Pattern[str], what: str) -> str | None:
        """A text of a certain shape, or None."""
        value = self.optional_text(key)
        if value is not None and not shape.fullmatch(value):
            self.wrong(key, f"is {value!r}", f"write {what}")
            return None
        return value

    def choice(self, key: str, known: Collection[str], default: str | None = None) -> str:
        """One of the known words; it must be there unless there is a default."""
        value = self.text(key) if default is None else self.optional_text(key) or default
        if value and value not in known:
            self.wrong(key, f"has the unknown value {value!r}", self._suggest(value, known))
        return value

    def day(self, key: str) -> date | None:
        """A TOML date, or None."""
        return self._typed(key, date, "a date such as 2025-09-29, without quotes")

    def moment(self, key: str) -> datetime | None:
        """A TOML date or time stamp, or None; a date alone is its midnight, and what has no offset is UTC."""
        exact = isinstance(self._values.get(key), datetime)
        found = self._typed(key, datetime if exact else date, "a date such as 2025-09-29, without quotes")
        if found is None:
            return None
        moment = found if isinstance(found, datetime) else datetime.combine(found, time())
        # The parser's own kind of time zone becomes the standard library's.
        offset = moment.utcoffset()
        return moment.replace(tzinfo=timezone(offset) if offset else UTC)

    def when(self, key: str) -> When | None:
        """A date in quotes, exact to the day, the month or the year, or None."""
        text = self.optional_text(key)
        found = when_of(text) if text else None
        if text and not found:
            self.wrong(key, f"is {text!r}", 'write "2025-09-29", "2025-09" or "2025"')
        return found

    def flag(self, key: str) -> bool:
        """True or false; false where it is not given."""
        return bool(self._typed(key, bool, "true or false"))

    def number(self, key: str, least: int = 1) -> int | None:
        """A whole number that is not below `least`, or None."""
        value = self._typed(key, int, "a whole number, without quotes")
        if value is not None and value < least:
            self.wrong(key, f"is {value}", f"write {least} or more")
            return None
        return value

    def address(self, key: str) -> str | None:
        """A web address, or None."""
        value = self.optional_text(key)
        if value and not is_web_address(value):
            self.wrong(key, f"is {value!r}", "write an address that begins with https:// or http://")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where it is not given."""
        values = self._typed(key, list, "a list of texts") or []
        if not all(isinstance(value, str) and value.strip() for value in values):
            self.wrong(key, "has an entry that is no text", "write every entry in quotes and leave none empty")
            return ()
        return tuple(values)

    def patterns(self, key: str) -> Patterns:
        """A list of patterns, empty where it is not given."""
        patterns = self._typed(key, list, "a list of patterns") or []
        if _all_sound((patterns,)):
            return tuple(dict.fromkeys(patterns))
        for pattern in patterns:
            fault = pattern_fault(pattern) if isinstance(pattern, str) else f"{pattern!r} is no text"
            if fault:
                remedy = "write words with single spaces; `word*`, `one|two` and `...` between words are all there is"
                self.wrong(key, f"has {fault}", remedy)
        return tuple(dict.fromkeys(pattern for pattern in patterns if isinstance(pattern, str)))

    def by_language(self, key: str) -> ByLanguage:
        """Lists of patterns under language codes, empty where not given."""
        table = self.table(key)
        return table.languages() if table else {}

    def languages(self) -> ByLanguage:
        """This table's keys as language codes, its values as lists of patterns."""
        self.check_languages()
        return self.lists()

    def texts_by_language(self, key: str) -> Mapping[str, str]:
        """Texts under language codes, empty where not given."""
        table = self.table(key)
        if table is None:
            return {}
        table.check_languages()
        return {name: table.text(name) for name in table.names()}

    def check_languages(self) -> None:
        """Note every key that is no language code."""
        for name in self.names():
            if not _is_language(name):
                self.wrong(name, "is no language code", "write two or three small letters, such as en")

    def lists(self) -> Mapping[str, Patterns]:
        """All of this table's values as lists of patterns."""
        names = self.names()
        if _all_sound(self._values.values()):
            # The parser makes a text of its own of every key: there are tens of thousands, and few codes.
            return {intern(name): tuple(dict.fromkeys(self._values[name])) for name in names}
        return {name: self.patterns(name) for name in names}

    def table(self, key: str) -> Table | None:
        """A table inside this one, or None."""
        self._asked.add(key)
        if not self.has(key):
            return None
        return Table(self._values[key], self.place.within(key), self.faults)

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables inside this one, empty where it is not given."""
        rows = self._typed(key, list, f"a list of tables: [[{key}]]") or []
        return tuple(Table(row, self.place.within(f"{key} {n}"), self.faults) for n, row in enumerate(rows, 1))

    def refer(self, kind: str, name: str) -> None:
        """Say that this record names another one, to be compared once every file has been read."""
        self.faults.refer(kind, name, self.place)

    def reference(self, key: str, kind: str) -> str | None:
        """The name of another record, to be compared later, or None."""
        name = self.optional_text(key)
        if name:
            self.refer(kind, name)
        return name

    def _typed(self, key: str, kind: type[T], what: str) -> T | None:
        self._asked.add(key)
        value = self._values.get(key)
        # The exact type: for isinstance a boolean would be a number and a time stamp a date.
        if value is None or type(value) is kind:
            return value
        self.wrong(key, "has the wrong type", f"write {what}")
        return None

    def _suggest(self, value: str, known: Collection[str]) -> str:
        return did_you_mean(value, known) or f"use one of {', '.join(sorted(known))}"


def is_web_address(text: str) -> bool:
    """Whether a text is a complete http or https address."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(map(str.isspace, text))
