"""Finding what a sentence mentions: treaties, states, organs, and the words of its language.

Everything found is a `Mark` over tokens. Names are looked for in every language at once (a French report may say "the
Kremlin"), words only in the report's own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from treaties.reading.marks import CUE_ACTIONS, CUES, ORGAN, SHARED, STATE, TREATY, Frame, Mark
from treaties.reading.patterns import Found, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from treaties.reading.text import Sentence, Token
    from treaties.registry import Institution, Knowledge, Treaty, Words

_NAMES: Final = frozenset({TREATY, SHARED, STATE, ORGAN})
_PREFERRED: Final = (TREATY, SHARED, STATE, ORGAN)
_LEFT_WITHIN: Final = 3
_CHANNEL_DIGITS: Final = 2

_Name = tuple[str, str, str | None, date | None, date | None]


class Lexicon:
    """All patterns of the knowledge, compiled. `small` are the little words of each language, which are no names."""

    def __init__(self, knowledge: Knowledge, small: Mapping[str, frozenset[str]] | None = None) -> None:
        self._names: Table[_Name] = Table()
        self._near: Table[str] = Table()
        self._unless: Table[str] = Table()
        self._doubtful = frozenset(code for code, state in knowledge.states.items() if state.unless)
        self._personal = frozenset(code for code, state in knowledge.states.items() if state.personal)
        self._words = knowledge.words
        self._endings = {code: words.get("pact", "endings") for code, words in knowledge.words.items()}
        self._whole = {code: frozenset(endings) for code, endings in self._endings.items()}
        self._gates: dict[str, Table[None]] = {}
        self._homonyms = {code: frozenset(words.get("detect", "homonyms")) for code, words in knowledge.words.items()}
        self._cases = [case.key for case in knowledge.known if case.events]
        # A language is compiled when the first report in it comes: most programs read a few of many.
        self._tables: dict[str, Table[tuple[str, str]]] = {}
        self._small = small or {}
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
            self._names.add_all(patterns, value, capital=capital)

    def _table(self, language: str | None) -> Table[tuple[str, str]] | None:
        if language is None or language not in self._words:
            return None
        if language not in self._tables:
            self._tables[language] = _word_table(self._words[language])
        return self._tables[language]

    def _compounds(self, sentence: Sentence, language: str | None, taken: set[int]) -> list[Mark]:
        """Words that end in a word for a treaty or a body: Barentsrådet, Fischereiabkommen."""
        endings = self._endings.get(language or "")
        if not endings:
            return []
        return [
            Mark("pact", "compound", at, at + 1)
            for at, token in enumerate(sentence.tokens)
            if at not in taken and token.key.endswith(endings) and token.key not in self._whole[language or ""]
        ]

    def leaves(self, sentences: Sequence[Sentence], language: str | None) -> bool:
        """Whether a word that can mean leaving stands anywhere: without one there is nothing to read."""
        if language is None or language not in self._words:
            return False
        if language not in self._gates:
            self._gates[language] = _gate(self._words[language])
        gate = self._gates[language]
        return any(gate.find(sentence.tokens) for sentence in sentences)

    def frames(
        self, sentences: Sequence[Sentence], language: str | None, day: date | None, home: str | None = None
    ) -> list[Frame]:
        """Every sentence with its marks; shared treaty names are decided by what the whole report says.

        `home` is the outlet's own state: that is meant by "our country".
        """
        found = [self._marks(sentence, language, day, home) for sentence in sentences]
        if any(mark.value in self._doubtful for marks in found for mark in marks):
            other = {hit.value for sentence in sentences for hit in self._unless.find(_unbroken(sentence.tokens))}
            found = [[mark for mark in marks if not _means_another(mark, other)] for marks in found]
        if any(mark.kind == ORGAN for marks in found for mark in marks):
            states = {mark.value for marks in found for mark in marks if mark.kind == STATE}
            found = [_of_one_state(marks, {home} if home else set(), states) for marks in found]
        near = Counter(hit.value for sentence in sentences for hit in self._near.find(sentence.tokens))
        named = Counter(mark.value for marks in found for mark in marks if mark.kind == TREATY)
        states = {mark.state or mark.value for marks in found for mark in marks if mark.kind in (STATE, ORGAN)}
        open_cases = {treaty for state, treaty in self._cases if state in states}
        return [
            Frame(
                sentence,
                tuple(sorted(_decide(sentence, marks, named, near, open_cases), key=lambda m: (m.start, -m.end))),
            )
            for sentence, marks in zip(sentences, found, strict=True)
        ]

    def names_in(self, words: Sequence[Token]) -> list[Mark]:
        """Every name of a treaty, state or organ, in any language, without regard to what the rest says."""
        return _longest([_name_mark(hit) for hit in self._names.find(words)])

    def _marks(self, sentence: Sentence, language: str | None, day: date | None, home: str | None) -> list[Mark]:
        names = _longest([_name_mark(hit) for hit in self._names.find(sentence.tokens) if _in_office(hit.value, day)])
        names = [m for m in names if not _is_currency(m, sentence.tokens) and not _is_channel(m, sentence.tokens)]
        homonyms = self._homonyms.get(language or "")
        if homonyms and all(token.text.isupper() for token in sentence.tokens):
            # Capitals mark no acronym here: WHO and CAN are words.
            names = [m for m in names if m.end - m.start > 1 or sentence.tokens[m.start].key not in homonyms]
        names = _of_named_state(names)
        treaties = [mark for mark in names if mark.kind == TREATY]
        table = self._table(language)
        words = (
            [Mark(hit.value[0], hit.value[1], hit.start, hit.end) for hit in table.find(sentence.tokens)]
            if table
            else []
        )
        taken = {at for mark in treaties for at in range(mark.start, mark.end)}
        organs = {at for mark in names if mark.kind == ORGAN for at in range(mark.start, mark.end)}
        spans = {(mark.start, mark.end) for mark in treaties}
        free = [
            mark
            for mark in words
            if mark.start not in (organs if mark.kind == ORGAN else taken) or (mark.start, mark.end) in spans
        ]
        free = [mark for mark in free if not _is_month(mark, free, sentence.tokens)]
        if home:
            own = [mark for mark in free if (mark.kind, mark.value) == ("clause", "home")]
            names += [Mark(STATE, home, mark.start, mark.end) for mark in own]
        marks = names + _longest_of_key(free) + self._compounds(sentence, language, taken)
        small = self._small.get(language or "", frozenset())
        people = [mark for mark in names if mark.value in self._personal and _is_person(mark, marks, sentence, small)]
        return [mark for mark in marks if mark not in people]


def _unbroken(words: Sequence[Token]) -> list[Token]:
    """The words without the punctuation between them: "Georgia, USA" is one name."""
    return [word._replace(before="") for word in words]


def _is_channel(mark: Mark, words: Sequence[Token]) -> bool:
    """Whether a number makes a state's name that of a broadcaster ("France 24"), and no day or year follows it."""
    at = mark.end
    if mark.kind != STATE or at >= len(words) or words[at].before or not words[at].text.isdecimal():
        return False
    last = at + 1 == len(words) or bool(words[at + 1].before) or not words[at + 1].capital
    return len(words[at].text) <= _CHANNEL_DIGITS and last


def _of_one_state(marks: list[Mark], *preferred: set[str]) -> list[Mark]:
    """The marks, where several states have an organ of that name, with the one that is at home or named elsewhere."""
    rivals: dict[tuple[int, int, str], set[str]] = {}
    for mark in marks:
        if mark.kind == ORGAN and mark.state:
            rivals.setdefault((mark.start, mark.end, mark.value), set()).add(mark.state)
    chosen = {
        place: next((codes & states for codes in preferred if codes & states), states)
        for place, states in rivals.items()
        if len(states) > 1
    }
    return [
        mark
        for mark in marks
        if mark.kind != ORGAN
        or not mark.state
        or mark.state in chosen.get((mark.start, mark.end, mark.value), {mark.state})
    ]


def _of_named_state(names: list[Mark]) -> list[Mark]:
    """The names with every organ given to the state whose name stands right before it ("Zwitserse Eerste Kamer")."""
    owners = {mark.end: mark.value for mark in names if mark.kind == STATE}
    return [
        replace(mark, state=owners[mark.start]) if mark.kind == ORGAN and mark.state and mark.start in owners else mark
        for mark in names
    ]


def _is_currency(mark: Mark, words: Sequence[Token]) -> bool:
    """Whether a state's name is a part of an amount of money ("US$8.5 billion")."""
    return mark.kind == STATE and mark.end < len(words) and words[mark.end].before.startswith("$")


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
    surname = (
        behind < len(words)
        and words[behind].capital
        and words[behind].text[0].isalpha()  # not "Jordan's"
        and behind not in known
        and not words[behind].breaks
    )
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


def _is_month(mark: Mark, marks: Sequence[Mark], words: Sequence[Token]) -> bool:
    """Whether a word of doubt is a month: "may" beside a number, or behind "in"."""
    if mark.kind != "mood" or mark.end - mark.start > 1:
        return False
    times = [other for other in marks if other.kind == "time"]
    if not any((time.start, time.end) == (mark.start, mark.end) for time in times):
        return False
    beside = [words[at].text for at in (mark.start - 1, mark.end) if 0 <= at < len(words)]
    behind = any(time.end == mark.start and time.value == "in_month" for time in times)
    return behind or any(text[0].isdigit() for text in beside)


def _gate(words: Words) -> Table[None]:
    """The words of which one must stand in a report that tells of an exit."""
    table: Table[None] = Table()
    for section, key in (*(("leave", key) for key in CUES), *(("action", key) for key in CUE_ACTIONS)):
        for pattern in words.get(section, key):
            table.add(pattern, None)
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


def _decide(
    sentence: Sentence, marks: list[Mark], named: Counter[str], near: Counter[str], open_cases: set[str]
) -> list[Mark]:
    """The marks with each shared treaty name given to the one treaty it means here, or dropped.

    A name that several treaties share means one of them; where nothing else tells, the one that a state of the report
    is known to be leaving. A single word that may mean nothing of the kind (WHO, INF)
    counts where the report speaks of the treaty elsewhere, or says right there that somebody leaves; and where it heads
    a sentence about leaving ("ICC: Burundi notifies its withdrawal").
    """
    shared: dict[tuple[int, int], list[Mark]] = {}
    for mark in marks:
        if mark.kind == SHARED:
            shared.setdefault((mark.start, mark.end), []).append(mark)
    decided = [mark for mark in marks if mark.kind != SHARED]
    spans: list[tuple[int, int]] = []
    for rivals in shared.values():
        best = max(rivals, key=lambda m: (named[m.value] > 0, m.value in open_cases, near[m.value], m.value))
        several_words = len(rivals) > 1 and best.end - best.start > 1
        if (
            named[best.value]
            or near[best.value]
            or several_words
            or _is_left(best, marks)
            or _heads(sentence, best, marks)
        ):
            decided.append(Mark(TREATY, best.value, best.start, best.end))
            spans.append((best.start, best.end))
    inside = {at for start, end in spans for at in range(start, end)}
    return [m for m in decided if m.kind in _NAMES or m.start not in inside or (m.start, m.end) in spans]


def _heads(sentence: Sentence, name: Mark, marks: list[Mark]) -> bool:
    """Whether the name stands before a colon at the head of a sentence that has a leaving word."""
    headed = name.start == 0 and name.end < len(sentence.tokens) and ":" in sentence.tokens[name.end].before
    return headed and any(mark.kind == "leave" and mark.value != "plan" for mark in marks)


def _is_left(name: Mark, marks: list[Mark]) -> bool:
    """Whether a leaving word belongs to the name: in the same sentence, for a single word right beside it."""
    leaving = [mark for mark in marks if mark.kind == "leave" and mark.value != "plan"]
    if name.end - name.start > 1:
        return bool(leaving)
    return any(
        0 <= name.start - mark.end <= _LEFT_WITHIN
        or 0 <= mark.start - name.end <= 1
        or (mark.start <= name.start and name.end <= mark.end)
        for mark in leaving
    )
