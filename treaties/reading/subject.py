"""What is left: the treaty that a leaving word belongs to, or the proof that it is about something else.

Troops are withdrawn, tournaments are left and home is left too; the object right beside the word decides. A treaty that
the registry does not list becomes `provisional:<slug>`, flagged, never dropped.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from treaties.reading.mentions import TREATY, Frame, Mark

_OBJECT_WITHIN: Final = 3
_AFTER_WITHIN: Final = 14
_BEFORE_WITHIN: Final = 10
_SLUG_WORDS: Final = 6
_TURNS: Final = frozenset({"action", "speech", "mood", "leave", "time"})
_ATTRIBUTE_WITHIN: Final = 2


def is_other_object(frame: Frame, cue: Mark) -> bool:
    """Whether something that is no treaty is withdrawn or left: troops, a team, a post, or parts of a treaty."""
    treaties = [mark.start for mark in frame.of(TREATY) if mark.start >= cue.end]
    limit = min([*treaties, cue.end + _OBJECT_WITHIN])
    for mark in frame.of("other", "object", "derogation"):
        if cue.end <= mark.start <= limit and not frame.broken(cue.end - 1, mark.start):
            return True
        if cue.value == "noun" and mark.end == cue.start and mark.value == "object":
            return True
    return False


def treaties_of(frame: Frame, cue: Mark, cues: list[Mark]) -> tuple[str, ...]:
    """The treaties named with the leaving word: those behind it up to the next such word, else the last before it."""
    named = [mark for mark in frame.of(TREATY) if not _is_attribute(frame, mark)]
    stop = min((other.start for other in cues if other.start >= cue.end), default=len(frame.tokens))
    behind = [
        mark for mark in named if cue.end <= mark.start < max(stop, cue.end) and mark.start - cue.end <= _AFTER_WITHIN
    ]
    if behind:
        return _listed(behind)
    inside = [mark for mark in named if mark.start <= cue.start < mark.end or cue.start <= mark.start < cue.end]
    before = [mark for mark in named if mark.end <= cue.start and cue.start - mark.end <= _BEFORE_WITHIN]
    nearest = inside or before[-1:]
    return tuple(mark.value for mark in nearest)


def _listed(behind: list[Mark]) -> tuple[str, ...]:
    """The first treaty and those that are listed with it."""
    kept = [behind[0]]
    for mark in behind[1:]:
        if mark.start - kept[-1].end > _AFTER_WITHIN // 2:
            break
        kept.append(mark)
    return tuple(dict.fromkeys(mark.value for mark in kept))


def _is_attribute(frame: Frame, mark: Mark) -> bool:
    """Whether an organisation's name only says whose treaty is meant ("agreements with the Council of Europe")."""
    return any(
        noun.gap(mark) <= _ATTRIBUTE_WITHIN
        and not frame.broken(min(noun.end, mark.end) - 1, max(noun.start, mark.start))
        for noun in frame.of("pact", "noun")
    )


def provisional(frame: Frame, cue: Mark) -> str | None:
    """A provisional id from the words of an unlisted treaty that says what it is about; None for a bare one."""
    for noun in frame.of("pact", "noun"):
        if not cue.end <= noun.start <= cue.end + _AFTER_WITHIN:
            continue
        about = next((mark for mark in frame.of("pact", "about") if mark.start == noun.end), None)
        if about:
            turns = [mark.start for mark in frame.marks if mark.kind in _TURNS and mark.start > about.end]
            end = min([frame.break_after(noun.end), noun.end + _SLUG_WORDS, *turns])
            return f"provisional:{_slug(frame.sentence.words(noun.start, end))}"
    return None


def _slug(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower())
    return re.sub(r"[^\w]+", "-", "".join(c for c in letters if not unicodedata.combining(c))).strip("-")
