"""A sentence seen from the day of publication: its marks, its dates, and which date belongs to which act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from treaties.model import Precision
from treaties.reading.dates import MONTHS, Dated, find_dates
from treaties.reading.marks import CUE_ACTIONS, CUES, TREATY, Frame, Mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

LEAD: Final = 1
"""The last sentence that belongs to the top of a report: title and first sentence."""

UPPER_BODY: Final = 3
MAX_CUES: Final = 8
"""The leaving words of one sentence that are read; nobody writes more, and a bound keeps hostile text harmless."""
_BEFORE_ITS_ACT: Final = 4
_BEHIND_A_TURN: Final = 12
_COMPLETES_WITHIN: Final = 3
_YEAR_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class View:
    """One sentence.

    Attributes:
        frame: its tokens and marks.
        dates: the dates written in it.
        day: the day of publication, None where nothing tells it.
        reference: the day against which a date is old: that of publication, else the last date in the text.
        updated: the sentence was added to the report later, so that its dates may lie after publication.
    """

    frame: Frame
    dates: tuple[Dated, ...]
    day: date | None
    reference: date | None
    updated: bool

    @property
    def place(self) -> int:
        """0 for the title, 1 for the first sentence, and so on."""
        return self.frame.sentence.place

    def date_of(self, act: Mark) -> Dated | None:
        """The date that belongs to an act: the nearest one that is not nearer to another act of the sentence."""
        plans = self.frame.of("leave", "plan")
        verbs = [
            verb for verb in self.frame.of("leave", "verb") if not any(p.start <= verb.start < p.end for p in plans)
        ]
        acts = (*self.frame.of("action"), *verbs)
        others = [mark for mark in acts if mark.start != act.start]
        mine = [d for d in self.dates if all(self._far(d, act) <= self._far(d, other) for other in others)]
        return min(mine, key=lambda dated: self._far(dated, act), default=None)

    def _far(self, dated: Dated, act: Mark) -> int:
        """How far a date is from an act.

        Dates mostly follow their act; one before it, or behind a word such as "after", belongs to it less.
        """
        gap = dated.start - act.end if dated.start >= act.end else act.start - dated.end + _BEFORE_ITS_ACT
        low, high = min(dated.start, act.start), max(dated.start, act.start)
        turns = sum(low < turn.start < high for turn in self.frame.of("clause", "back"))
        return gap + _BEHIND_A_TURN * turns


def views(frames: Sequence[Frame], day: date | None) -> list[View]:
    """The sentences of a report in order."""
    anchor: int | None = None
    dated: list[tuple[Dated, ...]] = []
    for frame in frames:
        dated.append(tuple(find_dates(frame, day, anchor)))
        anchor = next((found.when.day.year for found in reversed(dated[-1])), anchor)
    reference = day or max((found.when.day for dates in dated for found in dates), default=None)
    return [
        View(frame, dates, day, reference, any(mark.start == 0 for mark in frame.of("clause", "update")))
        for frame, dates in zip(frames, dated, strict=True)
    ]


def dateline(frames: Sequence[Frame]) -> date | None:
    """The day of publication by the report itself: a full date that stands alone, or opens the text."""
    for frame in frames[: UPPER_BODY + 1]:
        dates = find_dates(frame, None, None)
        first = dates[0] if dates else None
        if first is None or first.when.precision is not Precision.DAY:
            continue
        if first.start <= 1 or first.end - first.start == len(frame.tokens):
            return first.when.day
    return None


def cues_of(frame: Frame) -> list[Mark]:
    """The leaving words of a sentence in order; a loose one, or a suspension, counts only beside a treaty.

    A word inside a longer one is none, nor is one that begins an announcement: German "kündigt … an" announces,
    "kündigt" denounces.
    """
    if frame.of(TREATY) or frame.of("pact", "noun", "body", "compound"):
        cues = frame.of("leave", *CUES) + frame.of("action", *CUE_ACTIONS)
    else:
        cues = frame.of("leave", "verb", "noun", "out")
    cues = [cue for cue in cues if not _is_noun_too(frame, cue, cues)]
    announced = {(mark.start, mark.end) for mark in frame.of("action", "announce")}
    cues = [cue for cue in cues if not any(start == cue.start and cue.end < end for start, end in announced)]
    kept = [cue for cue in cues if not any(_holds(other, cue) for other in cues) and not _of_a_time(frame, cue)]
    kept = [cue for cue in kept if not any(_completes(frame, cue, other) for other in kept)]
    return sorted(kept, key=lambda mark: mark.start)[:MAX_CUES]


def _is_noun_too(frame: Frame, cue: Mark, cues: Sequence[Mark]) -> bool:
    """Whether a verb is a noun here: of one form with it, and owned by somebody or with a preposition ("exit from")."""
    if cue.value != "verb" or not any(o.value == "noun" and (o.start, o.end) == (cue.start, cue.end) for o in cues):
        return False
    owned = cue.start > 0 and frame.tokens[cue.start - 1].key == "'s"
    return owned or any(word.start == cue.end for word in frame.of("clause", "object"))


def _of_a_time(frame: Frame, cue: Mark) -> bool:
    """Whether a word is only the end of a month or a year ("at the end of 2026")."""
    at = next((word.end for word in frame.of("clause", "of") if word.start == cue.end), cue.end)
    if at == cue.end or at >= len(frame.tokens):
        return False
    year = frame.tokens[at].text.isdecimal() and len(frame.tokens[at].text) == _YEAR_DIGITS
    return year or any(mark.start == at and mark.value in MONTHS for mark in frame.of("time"))


def _completes(frame: Frame, cue: Mark, other: Mark) -> bool:
    """Whether a loose word only completes a verb before it ("stapte in 2018 *uit* het akkoord")."""
    if cue.value != "loose" or other.value not in {"verb", "out"} or other.end > cue.start:
        return False
    named = any(other.end <= mark.start and mark.end <= cue.start for mark in frame.of(TREATY))
    return not named and cue.start - other.end <= _COMPLETES_WITHIN and not frame.broken(other.end - 1, cue.start)


def _holds(longer: Mark, mark: Mark) -> bool:
    """Whether `mark` lies inside a longer one."""
    inside = longer.start <= mark.start and mark.end <= longer.end
    return inside and longer.end - longer.start > mark.end - mark.start
