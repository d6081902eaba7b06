"""Loading what the rules know from the TOML files that people review.

The files stand in the package (`treaties/`, `states/`, `institutions/`, `words/`, `known_events/`, `stages.toml`). A
folder of the same layout may be laid over them: its records replace those of the same name and add to the rest. A
missing folder is an empty one. Everything is validated, and one `KnowledgeError` tells of every fault.

Only the package has `states/generated/`: what `make knowledge` adds to the names that stand in `states/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import resources
from typing import TYPE_CHECKING

from config.cases import in_order, read_case
from config.entries import Sections, read_generated, read_institutions, read_rule, read_state, read_treaty, read_words
from config.records import LANGUAGE, Fault, Faults, KnowledgeError, Place, Table
from config.toml import TomlError, read_toml
from treaties.registry import Institution, Knowledge, StageRule, State, Treaty, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from treaties.model import Case, Event
    from treaties.registry import ByLanguage, Patterns

__all__ = ["Fault", "KnowledgeError", "load"]


@dataclass(slots=True)
class _Layer:
    """The records of one folder tree."""

    treaties: dict[str, Treaty] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    organs: dict[tuple[str | None, str], Institution] = field(default_factory=dict)
    people: list[Institution] = field(default_factory=list)
    words: dict[str, Sections] = field(default_factory=dict)
    rules: tuple[StageRule, ...] = ()
    cases: dict[tuple[str, str], Case] = field(default_factory=dict)


def load(*, overlay: Path | None = None, root: Traversable | None = None, generated: bool = True) -> Knowledge:
    """Everything the rules know.

    Args:
        overlay: a folder laid out like the package's, whose records replace and add to the packaged ones. Its
            `stages.toml`, where it has one, replaces the packaged rules as a whole, because their order matters.
        root: where the base files stand; by default inside the installed package.
        generated: whether the generated names count too; what generates them asks for those written by hand alone.

    Raises:
        KnowledgeError: with every fault of every file.
    """
    faults = Faults()
    reader = _Reader(root or resources.files("config"), "config" if root is None else str(root), faults)
    layer = reader.read()
    if generated:
        reader.add_generated()
    if overlay:
        if not overlay.is_dir():
            faults.add(Place(str(overlay), ""), "is no folder", "correct the path, or leave the overlay out")
        layer = _laid_over(layer, _Reader(overlay, str(overlay), faults).read())
    faults.check_references({"treaty": layer.treaties, "state": layer.states})
    faults.raise_any()
    return Knowledge(
        treaties=layer.treaties,
        states=layer.states,
        institutions=(*layer.organs.values(), *layer.people),
        words={language: Words(language, sections) for language, sections in layer.words.items()},
        stage_rules=layer.rules,
        known=tuple(layer.cases.values()),
    )


def _open(source: Path | Traversable, name: str, faults: Faults) -> Table | None:
    place = Place(name, "")
    try:
        return Table(read_toml(source), place, faults)
    except TomlError as error:
        faults.add(place, str(error), "correct the file")
        return None


class _Reader:
    """Reads one folder tree into a layer. `label` is what faults call the tree."""

    def __init__(self, root: Traversable, label: str, faults: Faults) -> None:
        self._root = root
        self._label = label
        self._faults = faults
        self._layer = _Layer()

    def read(self) -> _Layer:
        """Every file of the tree."""
        self._read_treaties()
        self._read_states()
        self._read_institutions()
        self._read_words()
        self._read_rules()
        self._read_cases()
        return self._layer

    def _files(self, folder: str) -> Iterator[Table]:
        at = self._root / folder
        if not at.is_dir():
            return
        for file in sorted(at.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".toml") and (
                table := _open(file, f"{self._label}/{folder}/{file.name}", self._faults)
            ):
                yield table

    def _records(self, folder: str, kind: str) -> Iterator[tuple[str, Table]]:
        """The named tables of a folder, each name once."""
        for file in self._files(folder):
            for name in file.names():
                record = file.table(name)
                if record and self._claim(kind, name, record):
                    yield name, record

    def _claim(self, kind: str, name: str, table: Table) -> bool:
        # An overlay may name what the package names: only within one tree does a name stand once.
        return self._faults.claim(kind, name, table.place, scope=self._label)

    def _read_treaties(self) -> None:
        for name, record in self._records("treaties", "treaty"):
            self._layer.treaties[name] = read_treaty(record, name)

    def _read_states(self) -> None:
        for code, record in self._records("states", "state"):
            self._layer.states[code] = read_state(record, code)

    def add_generated(self) -> None:
        """Add the generated names to those of the states that were read."""
        states = self._layer.states
        more: dict[str, dict[str, dict[str, Patterns]]] = {code: {"names": {}, "seats": {}} for code in states}
        for file in self._files("states/generated"):
            language, found = read_generated(file, states.keys())
            if self._claim("language of generated names", language, file):
                for kind, by_state in found.items():
                    for code in by_state.keys() & more.keys():
                        more[code][kind][language] = by_state[code]
        for code, state in states.items():
            if any(more[code].values()):
                names, seats = (
                    _joined(old, more[code][kind]) for kind, old in (("names", state.names), ("seats", state.seats))
                )
                states[code] = replace(state, names=names, seats=seats)

    def _read_institutions(self) -> None:
        for state, record in self._records("institutions", "state with institutions"):
            organs, people = read_institutions(record, state)
            self._layer.organs.update({(organ.state, organ.role): organ for organ in organs})
            self._layer.people.extend(people)

    def _read_words(self) -> None:
        for file in self._files("words"):
            language, sections = read_words(file)
            if not LANGUAGE.fullmatch(language):
                file.wrong("language", f"is {language!r}", "write two or three small letters, such as en")
            if self._claim("language", language, file):
                self._layer.words[language] = sections

    def _read_rules(self) -> None:
        source = self._root / "stages.toml"
        top = _open(source, f"{self._label}/stages.toml", self._faults) if source.is_file() else None
        if top:
            self._layer.rules = tuple(rule for row in top.tables("rule") if (rule := read_rule(row)))
            top.done()

    def _read_cases(self) -> None:
        for file in self._files("known_events"):
            for row in file.tables("case"):
                case = read_case(row)
                if self._claim("case", f"{case.state}–{case.treaty}", row):
                    self._layer.cases[case.key] = case
            file.done()


def _joined(one: ByLanguage, other: ByLanguage) -> ByLanguage:
    return {**one, **{language: one.get(language, ()) + patterns for language, patterns in other.items()}}


def _laid_over(base: _Layer, top: _Layer) -> _Layer:
    return _Layer(
        treaties=base.treaties | top.treaties,
        states=base.states | top.states,
        organs=base.organs | top.organs,
        people=base.people + top.people,
        words=base.words | {lang: _sections_over(base.words.get(lang, {}), each) for lang, each in top.words.items()},
        rules=top.rules or base.rules,
        cases=base.cases | {key: _case_over(base.cases.get(key), case) for key, case in top.cases.items()},
    )


def _sections_over(base: Sections, top: Sections) -> Sections:
    return {**base, **{name: {**base.get(name, {}), **keys} for name, keys in top.items()}}


def _case_over(base: Case | None, top: Case) -> Case:
    if base is None:
        return top
    return replace(top, events=in_order(_by_id((*base.events, *top.events))), facts=base.facts + top.facts)


def _by_id(events: Iterable[Event]) -> Iterable[Event]:
    return {event.id: event for event in events}.values()


def story_text() -> str:
    """The story that the demo plays, as TOML."""
    return (resources.files("config") / "demo" / "story.toml").read_text(encoding="utf-8")
