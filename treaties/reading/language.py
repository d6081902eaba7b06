"""Which language a report is read in: the declared one, unless the text plainly is in another that is known."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from treaties.reading.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from treaties.reading.text import Sentence
    from treaties.registry import Words

_LOOKED_AT: Final = 12
"""How many sentences are looked at."""
_PLAINLY: Final = 3
"""How many small words of another language it takes at least to overrule the declared one."""
_RIVALS: Final = 2
"""How many times more small words of another language overrule the declared one."""


class Languages:
    """The languages that can be read, and how to tell them apart.

    Args:
        words: the words of every language.
        detect: tells the language of a text for which none is declared, None where it cannot; without it the small
            words of `[detect]` do, less surely.
    """

    def __init__(self, words: Mapping[str, Words], detect: Callable[[str], str | None] | None) -> None:
        self._detect = detect
        self.small = {code: frozenset(map(fold, known.get("detect", "words"))) for code, known in words.items()}
        self._places = {code: place for place, code in enumerate(self.small)}
        self._by_word: defaultdict[str, list[str]] = defaultdict(list)
        for code, small in self.small.items():
            for word in small:
                self._by_word[word].append(code)

    def choose(self, sentences: Sequence[Sentence], declared: str | None) -> str | None:
        """The language to read in; the declared one also where it cannot be read, None where nothing tells it."""
        code = declared.lower().partition("-")[0] if declared else None
        counts = self._counted(sentences)
        rival = min(counts, key=lambda language: (-counts[language], self._places[language]), default=None)
        if code in self.small:
            overruled = rival and counts[rival] >= _PLAINLY and counts.get(code, 0) * _RIVALS < counts[rival]
            return rival if overruled else code
        return self._told(sentences) or rival or code

    def _counted(self, sentences: Sequence[Sentence]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for sentence in sentences[:_LOOKED_AT]:
            for token in sentence.tokens:
                for code in self._by_word.get(token.key, ()):
                    counts[code] = counts.get(code, 0) + 1
        return counts

    def _told(self, sentences: Sequence[Sentence]) -> str | None:
        if self._detect is None:
            return None
        code = self._detect(" ".join(sentence.text for sentence in sentences[:_LOOKED_AT]))
        return code if code in self.small else None
