"""Provisional treaties: whether two names that the registry does not list mean the same treaty.

Policy on mistakes: reports of one state's exit that come within two weeks mostly tell of one treaty. Two names for one
treaty that are kept apart tell each step twice; two treaties taken for one hide a step of the same stage, but only for
two weeks, and `why` and `bind` show and mend it. So a shared word is enough, and between two languages, whose words
cannot be compared, none is needed; only two names of one report, without a word in common, stay apart. A name that has
a case already keeps it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from treaties.registry import Words

PREFIX: Final = "provisional:"

SPAN: Final = timedelta(days=14)
"""How far apart two reports may lie and still tell of one treaty by different names."""

STEM: Final = 5
"""So many letters of a word are compared, and a shorter word tells nothing: endings differ from report to report."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_KINDS: Final = ("noun", "weak", "body", "about")


@dataclass(frozen=True, slots=True)
class Telling:
    """One report, or event, that tells of a treaty under a provisional id."""

    treaty: str
    day: date
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class SameTreaty:
    """The id under which a case stands already, and why it is taken for the same treaty."""

    treaty: str
    reason: str


def is_provisional(treaty: str) -> bool:
    """Whether the registry does not list it."""
    return treaty.startswith(PREFIX)


def same_treaty(
    told: Telling, tellings: Iterable[Telling], *, generic: Collection[str] = (), taken: Collection[str] = ()
) -> SameTreaty | None:
    """The earliest provisional id of the same state that means the same treaty.

    Args:
        told: what a report calls it, when, and in which language.
        tellings: what the state's other reports and events call theirs, the earliest first.
        generic: stems of words that name a kind of treaty and none of them in particular, see `generic_stems`.
        taken: ids that the same report already uses; another name in it is no translation of one of them.

    Returns:
        None where the name keeps an id of its own.
    """
    near = [one for one in tellings if abs(one.day - told.day) <= SPAN]
    if any(one.treaty == told.treaty for one in near):
        return None
    mine = stems(told.treaty) - set(generic)
    for one in near:
        shared = mine & stems(one.treaty)
        if shared:
            return SameTreaty(one.treaty, f"both name {min(shared)!r}…")
        if told.lang and one.lang and told.lang != one.lang and one.treaty not in taken:
            return SameTreaty(one.treaty, f"told in {one.lang} within {SPAN.days} days")
    return None


def stems(text: str) -> frozenset[str]:
    """The first letters of every word that is long enough, without accents and capitals."""
    letters = unicodedata.normalize("NFKD", text.removeprefix(PREFIX).lower())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return frozenset(word[:STEM] for word in _WORD.findall(plain) if len(word) >= STEM)


def generic_stems(words: Iterable[Words]) -> frozenset[str]:
    """The stems of all words that say what kind of paper or body it is, in any language; names in capitals stay out."""
    patterns = (pattern for one in words for kind in _KINDS for pattern in one.get("pact", kind))
    parts = (part for pattern in patterns for part in re.split(r"[|\s]+", pattern) if not part.isupper())
    return frozenset(stem for part in parts for stem in stems(part))
