"""Marks over the tokens of a sentence, and the sentence with them: what everything that reads is written against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treaties.reading.text import Sentence, Token

TREATY: Final = "treaty"
SHARED: Final = "shared"
STATE: Final = "state"
ORGAN: Final = "organ"
DEPOSITARY: Final = "depositary"
"""The organ that receives notifications, which is no state's."""
CUES: Final = ("verb", "noun", "out", "loose")
"""The keys of `[leave]` that say that somebody leaves; the rest say how."""
CUE_ACTIONS: Final = ("suspend", "rejoin")
"""The keys of `[action]` that do so beside a treaty."""
_STATE_CODE: Final = len("LV")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something found at tokens [start, end): its kind, what it is, and for organs the state it belongs to.

    For words of the language, `kind` is the section and `value` the key: `leave`/`verb`, `action`/`sign`,
    `mood`/`unreal`.
    """

    kind: str
    value: str
    start: int
    end: int
    state: str | None = None

    def gap(self, other: Mark) -> int:
        """How many tokens lie between the two; 0 when they touch or overlap."""
        return max(0, other.start - self.end, self.start - other.end)

    @property
    def group(self) -> bool:
        """Whether it is a group of states ("the Baltics"): its code is longer than a state's (ISO 3166-1 alpha-2)."""
        return self.kind == STATE and len(self.value) > _STATE_CODE


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence with its marks in order."""

    sentence: Sentence
    marks: tuple[Mark, ...]
    _kinds: dict[str, list[Mark]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the marks by kind once: they are asked for a hundred times."""
        kinds: dict[str, list[Mark]] = {}
        for mark in self.marks:
            kinds.setdefault(mark.kind, []).append(mark)
        object.__setattr__(self, "_kinds", kinds)

    @property
    def tokens(self) -> Sequence[Token]:
        """The sentence's tokens."""
        return self.sentence.tokens

    @property
    def shouts(self) -> bool:
        """Whether all words are in capitals, so that capitals mark no acronym."""
        return all(token.upper for token in self.tokens)

    def of(self, kind: str, *values: str) -> list[Mark]:
        """The marks of a kind, of the given values only if any are given."""
        found = self._kinds.get(kind, [])
        return [mark for mark in found if mark.value in values] if values else found.copy()

    def after_preposition(self, mark: Mark) -> bool:
        """Whether a preposition stands before the mark, with at most an article between."""
        return any(mark.start - word.end in {0, 1} for word in self.of("clause", "object"))

    def break_after(self, at: int) -> int:
        """The first token at or after `at` before which a phrase ends, or the sentence's length."""
        return next((i for i in range(max(at, 1), len(self.tokens)) if self.tokens[i].breaks), len(self.tokens))

    def broken(self, start: int, end: int) -> bool:
        """Whether a phrase ends between tokens `start` and `end`."""
        return any(self.tokens[i].breaks for i in range(start + 1, min(end + 1, len(self.tokens))))
