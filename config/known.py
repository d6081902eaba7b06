"""The known event set as a file: written for people who review it, and read back to the same cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import tomli_w

from config.cases import read_case, usual_id
from config.records import Faults, Place, Table, is_web_address
from config.toml import TomlError, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from treaties.model import Case, Event, Fact, Source
    from treaties.registry import Knowledge

_HEAD: Final = ("The known event set, as `treatywatch known export` wrote it. Layout: config/known_events/.",)


def read_known(file: Path, knowledge: Knowledge) -> tuple[Case, ...]:
    """The cases of a file laid out like those of `config/known_events/`.

    Raises:
        KnowledgeError: with every fault of the file.
    """
    faults = Faults()
    place = Place(str(file), "")
    cases: list[Case] = []
    try:
        top = Table(read_toml(file), place, faults)
    except TomlError as error:
        faults.add(place, str(error), "correct the file")
        top = None
    for row in top.tables("case") if top else ():
        case = read_case(row)
        if faults.claim("case", f"{case.state}–{case.treaty}", row.place):
            cases.append(case)
    if top:
        top.done()
    faults.check_references({"treaty": knowledge.treaties, "state": knowledge.states})
    faults.raise_any()
    return tuple(cases)


def write_known(cases: Iterable[Case], head: Iterable[str] = _HEAD, tail: Iterable[str] = ()) -> str:
    """The cases as TOML that `read_known` reads back; the same cases give the same text.

    Args:
        cases: in any order.
        head: lines that open the file as comments.
        tail: lines that close it as comments.
    """
    rows = [_case(case) for case in sorted(cases, key=lambda case: case.key)]
    told = tomli_w.dumps({"case": rows}, multiline_strings=False)
    closing = _comments(tail)
    return f"{_comments(head)}\n{told}" + (f"\n{closing}" if closing else "")


def _comments(lines: Iterable[str]) -> str:
    return "".join(f"# {line}\n" for line in lines)


def _case(case: Case) -> dict[str, Any]:
    return _filled(
        {
            "state": case.state,
            "treaty": case.treaty,
            "event": [_event(event) for event in case.events],
            "fact": [_fact(fact) for fact in case.facts],
        }
    )


def _event(event: Event) -> dict[str, Any]:
    return _filled(
        {
            "id": event.id,
            "named": "" if event.id == usual_id(event) else "before",
            "stage": event.stage.value,
            "date": str(event.when) if event.when else None,
            "vague": event.vague,
            "note": event.note,
            "source": [_source(source) for source in event.sources],
        }
    )


def _fact(fact: Fact) -> dict[str, Any]:
    return _filled(
        {
            "kind": fact.kind.value,
            "date": str(fact.when) if fact.when else None,
            "note": fact.note,
            "source": [_source(source) for source in fact.sources],
        }
    )


def _source(source: Source) -> dict[str, Any]:
    published: date | None = source.published
    return _filled(
        {
            "outlet": source.outlet,
            "group": source.group,
            # Older stores may hold an address of another kind, which no file may.
            "url": source.url if source.url and is_web_address(source.url) else None,
            "published": published,
            "says": str(source.says) if source.says else None,
            "note": source.note,
            "official": source.official,
            "record": source.record,
            "report": source.report,
            "copy_of": source.copy_of,
        }
    )


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """What is there: TOML has no word for nothing, and defaults are left out."""
    return {key: value for key, value in values.items() if value not in (None, "", False, [])}
