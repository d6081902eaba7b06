"""Finding what a sentence mentions: treaties, states, organs, and the words of its language.

Everything found is a `Mark` over tokens. Names are looked for in every language at once (a French report may say "the
Kremlin"), words only in the report's own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from treaties.reading.patterns import Found, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from treaties.reading.text import Sentence, Token
    from treaties.registry import Institution, Knowledge, Treaty, Words

TREATY: Final = "treaty"
SHARED: Final = "shared"
STATE: Final = "state"
ORGAN: Final = "organ"
_NAMES: Final = frozenset({TREATY, SHARED, STATE, ORGAN})
_PREFERRED: Final = (TREATY, SHARED, STATE, ORGAN)
_RIVALS: Final = 2
_LEFT_WITHIN: Final = 3


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


_Name = tuple[str, str, str | None, date | None, date | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence with its marks in order."""

    sentence: Sentence
    marks: tuple[Mark, ...]

    @property
    def tokens(self) -> Sequence[Token]:
        """The sentence's tokens."""
        return self.sentence.tokens

    def of(self, kind: str, *values: str) -> list[Mark]:
        """The marks of a kind, of the given values only if any are given."""
        return [mark for mark in self.marks if mark.kind == kind and (not values or mark.value in values)]

    def break_after(self, at: int) -> int:
        """The first token at or after `at` before which a phrase ends, or the sentence's length."""
        return next((i for i in range(max(at, 1), len(self.tokens)) if self.tokens[i].breaks), len(self.tokens))

    def broken(self, start: int, end: int) -> bool:
        """Whether a phrase ends between tokens `start` and `end`."""
        return any(self.tokens[i].breaks for i in range(start + 1, min(end + 1, len(self.tokens))))


class Lexicon:
    """All patterns of the knowledge, compiled."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._names: Table[_Name] = Table()
        self._near: Table[str] = Table()
        self._unless: Table[str] = Table()
        self._doubtful = frozenset(code for code, state in knowledge.states.items() if state.unless)
        self._personal = frozenset(code for code, state in knowledge.states.items() if state.personal)
        self._words = knowledge.words
        # A language is compiled when the first report in it comes: most programs read a few of many.
        self._tables: dict[str, Table[tuple[str, str]]] = {}
        self._detect = {code: frozenset(words.get("detect", "words")) for code, words in knowledge.words.items()}
        self._small: defaultdict[str, list[str]] = defaultdict(list)
        for code, small in self._detect.items():
            for word in small:
                self._small[word].append(code)
        for treaty in knowledge.treaties.values():
            self._add_treaty(treaty)
        for state in knowledge.states.values():
            code = state.code
            for pattern in state.unless:
                self._unless.add(pattern, code)
            for patterns, capital in ((state.names, True), (state.seats, True), (state.adjectives, False)):
                self._add_names(patterns.values(), (STATE, code, None, None, None), capital=capital)
        for institution in knowledge.institutions:
            self._add_institution(institution)

    def _add_treaty(self, treaty: Treaty) -> None:
        self._add_names(treaty.aliases.values(), (TREATY, treaty.id, None, None, None))
        self._add_names(treaty.shared.values(), (SHARED, treaty.id, None, None, None))
        for pattern in treaty.near:
            self._near.add(pattern, treaty.id)

    def _add_institution(self, organ: Institution) -> None:
        value: _Name = (ORGAN, organ.role, organ.state, organ.since, organ.until)
        self._add_names([organ.patterns], value, capital=organ.since is not None)

    def _add_names(self, lists: Iterable[tuple[str, ...]], value: _Name, *, capital: bool = False) -> None:
        for patterns in lists:
            for pattern in patterns:
                self._names.add(pattern, value, capital=capital)

    def language(self, sentences: Sequence[Sentence], declared: str | None) -> str | None:
        """The language to read in: the declared one, unless the text plainly is in another that is known."""
        counts: Counter[str] = Counter()
        for sentence in sentences[:12]:
            for token in sentence.tokens:
                counts.update(self._small.get(token.key, ()))
        best = max(self._detect, key=lambda code: counts[code], default=None)
        code = declared.lower().split("-")[0] if declared else None
        if code in self._detect and best is not None and counts[code] * _RIVALS >= counts[best]:
            return code
        return best if best is not None and counts[best] else code or self._by_words(sentences)

    def _by_words(self, sentences: Sequence[Sentence]) -> str | None:
        """The language whose words the text has most of, where none of its small words tells it; a bare headline."""
        counts = {
            code: sum(len(table.find(sentence.tokens)) for sentence in sentences[:12])
            for code in self._words
            if (table := self._table(code))
        }
        best = max(counts, key=lambda code: counts[code], default=None)
        return best if best is not None and counts[best] else None

    def _table(self, language: str | None) -> Table[tuple[str, str]] | None:
        if language is None or language not in self._words:
            return None
        if language not in self._tables:
            self._tables[language] = _word_table(self._words[language])
        return self._tables[language]

    def frames(self, sentences: Sequence[Sentence], language: str | None, day: date | None) -> list[Frame]:
        """Every sentence with its marks; shared treaty names are decided by what the whole report says."""
        found = [self._marks(sentence, language, day) for sentence in sentences]
        if any(mark.value in self._doubtful for marks in found for mark in marks):
            other = {hit.value for sentence in sentences for hit in self._unless.find(_unbroken(sentence.tokens))}
            found = [[mark for mark in marks if not _means_another(mark, other)] for marks in found]
        near = Counter(hit.value for sentence in sentences for hit in self._near.find(sentence.tokens))
        named = Counter(mark.value for marks in found for mark in marks if mark.kind == TREATY)
        return [
            Frame(sentence, tuple(sorted(_decide(marks, named, near), key=lambda m: (m.start, -m.end))))
            for sentence, marks in zip(sentences, found, strict=True)
        ]

    def names_in(self, words: Sequence[Token]) -> list[Mark]:
        """Every name of a treaty, state or organ, in any language, without regard to what the rest says."""
        return _longest([_name_mark(hit) for hit in self._names.find(words)])

    def _marks(self, sentence: Sentence, language: str | None, day: date | None) -> list[Mark]:
        names = _longest([_name_mark(hit) for hit in self._names.find(sentence.tokens) if _in_office(hit.value, day)])
        treaties = [mark for mark in names if mark.kind in (TREATY, SHARED)]
        table = self._table(language)
        words = (
            [Mark(hit.value[0], hit.value[1], hit.start, hit.end) for hit in table.find(sentence.tokens)]
            if table
            else []
        )
        taken = {at for mark in treaties for at in range(mark.start, mark.end)}
        organs = {at for mark in names if mark.kind == ORGAN for at in range(mark.start, mark.end)}
        free = [mark for mark in words if mark.start not in (organs if mark.kind == ORGAN else taken)]
        marks = names + _longest_of_key(free)
        small = self._detect.get(language or "", frozenset())
        people = [mark for mark in names if mark.value in self._personal and _is_person(mark, marks, sentence, small)]
        return [mark for mark in marks if mark not in people]


def _unbroken(words: Sequence[Token]) -> list[Token]:
    """The words without the punctuation between them: "Georgia, USA" is one name."""
    return [replace(word, before="") for word in words]


def _means_another(mark: Mark, other: set[str]) -> bool:
    return mark.kind == STATE and mark.value in other


def _is_person(mark: Mark, marks: Sequence[Mark], sentence: Sentence, small: frozenset[str]) -> bool:
    """Whether a state's name stands beside another name that nothing is known of ("Michael Jordan", "Chad Smith").

    In a headline that writes every word with a capital letter this tells nothing. `small` are the language's little
    words, which are no names.
    """
    words = sentence.tokens
    if mark.kind != STATE or sum(word.capital for word in words) * 2 > len(words) + 2:
        return False
    known = {at for other in marks for at in range(other.start, other.end)}
    known |= {at for at, word in enumerate(words) if word.key in small}
    before, behind = mark.start - 1, mark.end
    first_name = before >= 0 and words[before].capital and before not in known and not words[mark.start].breaks
    surname = behind < len(words) and words[behind].capital and behind not in known and not words[behind].breaks
    return first_name or surname


def _word_table(words: Words) -> Table[tuple[str, str]]:
    table: Table[tuple[str, str]] = Table()
    for section, keys in words.sections.items():
        if section == "detect":
            continue
        for key, patterns in keys.items():
            for pattern in patterns:
                table.add(pattern, (section, key))
    return table


def _in_office(name: _Name, day: date | None) -> bool:
    _, _, _, since, until = name
    return day is None or ((since is None or since <= day) and (until is None or day <= until))


def _name_mark(hit: Found[_Name]) -> Mark:
    kind, value, state, _, _ = hit.value
    return Mark(kind, value, hit.start, hit.end, state)


def _longest(marks: list[Mark]) -> list[Mark]:
    """Names that do not lie inside, or across, a longer one; equals of the same span stay (a shared name)."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda m: (m.start - m.end, _PREFERRED.index(m.kind), m.start, m.value)):
        if all(mark.end <= other.start or mark.start >= other.end or _rivals(mark, other) for other in kept):
            kept.append(mark)
    return kept


def _rivals(mark: Mark, other: Mark) -> bool:
    return (mark.start, mark.end) == (other.start, other.end) and mark.kind == other.kind


def _longest_of_key(marks: list[Mark]) -> list[Mark]:
    """Words that do not lie inside a longer match of their own key."""
    return [
        mark
        for mark in marks
        if not any(
            (other.kind, other.value) == (mark.kind, mark.value)
            and other.start <= mark.start
            and other.end >= mark.end
            and other.end - other.start > mark.end - mark.start
            for other in marks
        )
    ]


def _decide(marks: list[Mark], named: Counter[str], near: Counter[str]) -> list[Mark]:
    """The marks with each shared treaty name given to the one treaty it means here, or dropped.

    A name that several treaties share means one of them; a single word that may mean nothing of the kind (WHO, INF)
    counts where the report speaks of the treaty elsewhere, or says right there that somebody leaves.
    """
    shared: dict[tuple[int, int], list[Mark]] = {}
    for mark in marks:
        if mark.kind == SHARED:
            shared.setdefault((mark.start, mark.end), []).append(mark)
    decided = [mark for mark in marks if mark.kind != SHARED]
    for rivals in shared.values():
        best = max(rivals, key=lambda m: (named[m.value] > 0, near[m.value], m.value))
        several_words = len(rivals) > 1 and best.end - best.start > 1
        if named[best.value] or near[best.value] or several_words or _is_left(best, marks):
            decided.append(Mark(TREATY, best.value, best.start, best.end))
    return decided


def _is_left(name: Mark, marks: list[Mark]) -> bool:
    """Whether a leaving word belongs to the name: in the same sentence, for a single word right beside it."""
    leaving = [mark for mark in marks if mark.kind == "leave" and mark.value != "plan"]
    if name.end - name.start > 1:
        return bool(leaving)
    return any(0 <= name.start - mark.end <= _LEFT_WITHIN or 0 <= mark.start - name.end <= 1 for mark in leaving)
