"""Loading labelled reports: what a careful person reads in a report, for measuring the rules.

They come as TOML, one file per language (`tests/reports/README.md` explains every key), as a folder of such files, or
as JSON Lines. One `KnowledgeError` tells of every fault.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from config.records import LANGUAGE, Faults, Place, Table, did_you_mean
from config.toml import TomlError, read_toml
from treaties.labelled import PROVISIONAL, WEAK_FIELDS, Labelled
from treaties.model import Label, Report
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from treaties.registry import Knowledge

__all__ = ["FLOOR", "load_labelled"]

FLOOR: Final = "floor.toml"
"""Stands in the folder of the project's own reports and holds figures, no reports."""

# The words as sets: `in` on an enumeration refuses plain texts before Python 3.12.
_LABELS: Final = frozenset(Label)
_STAGES: Final = frozenset(Stage)
_NO_STAGE: Final = "none"
_STATE: Final = re.compile(r"[A-Z]{2}")
_STEPS: Final = frozenset({Label.DEVELOPMENT, Label.DENIAL})

# JSON Lines carry notes of those who collected the reports; nothing is measured by them.
_NOTES: Final = frozenset({"kind", "treaty_names", "features", "background"})
# They also call a list weak where one of several entries is doubtful. The others can be inferred: the row counts.
_WEAK_LISTS: Final = frozenset({"states", "treaties"})


def load_labelled(path: Path, knowledge: Knowledge) -> tuple[Labelled, ...]:
    """The labelled reports of a `.jsonl` or `.toml` file, or of all `.toml` files of a folder.

    Args:
        path: the file or folder.
        knowledge: which treaties and states there are.

    Raises:
        KnowledgeError: with every fault of every file.
    """
    faults = Faults()
    rows = tuple(row for table, lang in _tables(path, faults) if (row := _read_row(table, lang)))
    if not rows and not faults.found:
        faults.add(Place(str(path), ""), "holds no report", "give a file of labelled reports, or a folder of them")
    treaties = {PROVISIONAL, *knowledge.treaties}
    states = [code for code in knowledge.states if _STATE.fullmatch(code)]
    faults.check_references({"treaty": treaties, "state": states})
    faults.raise_any()
    return rows


def _tables(path: Path, faults: Faults) -> Iterator[tuple[Table, str]]:
    """Every record with its language."""
    if path.is_dir():
        for file in sorted(path.glob("*.toml")):
            if file.name != FLOOR:
                yield from _toml_tables(file, faults)
    elif path.suffix == ".toml":
        yield from _toml_tables(path, faults)
    elif path.suffix == ".jsonl":
        yield from _json_tables(path, faults)
    else:
        remedy = "give a .jsonl file, a .toml file, or a folder of .toml files"
        faults.add(Place(str(path), ""), "is no file of labelled reports", remedy)


def _toml_tables(file: Path, faults: Faults) -> Iterator[tuple[Table, str]]:
    place = Place(str(file), "")
    try:
        top = Table(read_toml(file), place, faults)
    except TomlError as error:
        faults.add(place, str(error), "correct the file")
        return
    lang = _language(top, "language")
    for table in top.tables("report"):
        yield table, lang
    top.done()


def _json_tables(file: Path, faults: Faults) -> Iterator[tuple[Table, str]]:
    try:
        lines = file.read_bytes().decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"byte {error.start} is no UTF-8"
        faults.add(Place(str(file), ""), f"cannot be read: {reason}", "give a file of labelled reports")
        return
    for number, line in enumerate(lines, 1):
        place = Place(str(file), f"line {number}")
        if line.strip() and (values := _parsed(line, place, faults)):
            table = Table(values, place, faults)
            yield table, _language(table, "lang")


def _parsed(line: str, place: Place, faults: Faults) -> dict[str, Any] | None:
    """The values of one line as a TOML file would give them."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or not values:
        faults.add(place, "is no JSON object", "write one object with id, title and label on each line")
        return None
    found = {key: value for key, value in values.items() if value is not None and key not in _NOTES}
    if "dev" in found:
        found["development"] = found.pop("dev")
    if isinstance(stages := found.get("accept_stages"), list):
        found["accept_stages"] = [_NO_STAGE if stage is None else stage for stage in stages]
    if isinstance(weak := found.get("weak"), list):
        found["weak"] = [name for name in weak if name not in _WEAK_LISTS]
    for key, kind in (("published", datetime), ("event_date", date)):
        _parse_day(found, key, kind, place, faults)
    return found


def _parse_day(values: dict[str, Any], key: str, kind: type[date], place: Place, faults: Faults) -> None:
    """Put a date in the place of the text that names it; a fault, and nothing, where it names none."""
    text = values.pop(key, "")
    if text == "":
        return
    try:
        values[key] = kind.fromisoformat(str(text))
    except ValueError:
        faults.add(place, f"{key} is {text!r}", "write it as 2025-09-29, or null")


def _language(table: Table, key: str) -> str:
    if not table.has(key):
        table.wrong(key, "is missing", "name the language of the reports, such as lv")
    return table.shaped(key, LANGUAGE, "two or three small letters, such as lv") or ""


def _read_row(table: Table, lang: str) -> Labelled | None:
    name = table.text("id")
    table.place = table.place.within(f"({name})")
    if name:
        table.faults.claim("report", name, table.place)
    label, stage = table.choice("label", _LABELS), table.optional_text("stage")
    if stage:
        _check(table, "stage", (stage,), _STAGES)
    row = Labelled(
        report=_read_report(table, name, lang),
        label=Label(label) if label in _LABELS else Label.NONE,
        states=_read_states(table),
        treaties=_read_treaties(table),
        stage=Stage(stage) if stage in _STAGES else None,
        accept_stages=_read_accepted(table),
        development=table.optional_text("development"),
        event_date=table.day("event_date"),
        weak=frozenset(_check(table, "weak", table.words("weak"), WEAK_FIELDS)),
        soft_ok=table.flag("soft_ok"),
        borderline=table.flag("borderline"),
    )
    table.done()
    for key in ("states", "treaties"):
        if row.label in _STEPS and not table.has(key):
            table.wrong(key, "is missing", f"a {row.label} is of a state and a treaty: name them")
    return row


def _read_report(table: Table, name: str, lang: str) -> Report:
    country = table.shaped("country", _STATE, "two capital letters, such as LV")
    if country:
        table.refer("state", country)
    return Report(
        id=name,
        title=table.text("title"),
        summary=table.loose_text("summary"),
        published=table.moment("published"),
        lang=lang or None,
        url=table.optional_text("url"),
        outlet=table.optional_text("outlet"),
        country=country,
    )


def _read_states(table: Table) -> tuple[str, ...]:
    states = table.words("states")
    for state in states:
        table.refer("state", state)
    return states


def _read_treaties(table: Table) -> tuple[tuple[str, ...], ...]:
    treaties = tuple(tuple(choice.split("|")) for choice in table.words("treaties"))
    for treaty in (treaty for choice in treaties for treaty in choice):
        table.refer("treaty", treaty)
    return treaties


def _read_accepted(table: Table) -> tuple[Stage | None, ...]:
    found = _check(table, "accept_stages", table.words("accept_stages"), {_NO_STAGE, *_STAGES})
    return tuple(None if stage == _NO_STAGE else Stage(stage) for stage in found)


def _check(table: Table, key: str, values: Collection[str], known: Collection[str]) -> list[str]:
    """The values that are known; a fault for each that is not."""
    for value in values:
        if value not in known:
            remedy = did_you_mean(value, known) or f"use {', '.join(sorted(known))}"
            table.wrong(key, f"has the unknown value {value!r}", remedy)
    return [value for value in values if value in known]
