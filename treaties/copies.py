"""Near copies: whether two reports are one text, such as a wire story that another outlet prints.

Policy on mistakes: a copy that is not noticed counts as one voice too many, and an alert goes out early; two texts that
are wrongly taken for one keep an alert waiting, and then people are asked. So only what is plainly one text counts, and
a text too short to tell is nobody's copy.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from treaties.model import Report

GRAM: Final = 5
"""How many letters a piece has; in Chinese or Japanese that is two or three words."""

COPY: Final = 0.6
"""From this share on of the shorter text's pieces that the other has too, both are one text.

Measured on 1,100 labelled reports: of 1,165 pairs in one language on one state and treaty none reaches it; texts that
were tagged, cut short or lost 12 % of their words all do, and 98.9 % of those with 15 % of their words replaced.
"""

SAME: Final = 0.9
"""From this share on the text is not only taken over but the same: nothing new can stand in it."""

SHORTEST: Final = 60
"""Below so many pieces (about ten words) two outlets may well write the same by themselves."""

_GAP: Final = re.compile(r"[\W_]+")


def pieces(report: Report) -> frozenset[str]:
    """Every run of five letters in title and summary, in small letters, with one blank for all between the words."""
    text = _GAP.sub(" ", f"{report.title} {report.summary}".casefold()).strip()
    return frozenset(text[start : start + GRAM] for start in range(len(text) - GRAM + 1))


def is_copy(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the shorter text stands mostly in the longer one; both as given by `pieces`."""
    return min(len(one), len(other)) >= SHORTEST and containment(one, other) >= COPY


def is_same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both are the very same text, but for a word or two; both as given by `pieces`."""
    fewer, more = sorted((len(one), len(other)))
    return fewer >= SHORTEST and fewer >= SAME * more and containment(one, other) >= SAME


def containment(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the smaller set that the other has too."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0
