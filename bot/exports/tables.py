"""The known event set as JSON, after the schema beside this file, and as CSV with a row for every event."""

from __future__ import annotations

import csv
import io
import json
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from bot import plain
from bot.questions import event_json, fact_json
from treaties.projection import Basis

if TYPE_CHECKING:
    from bot.exports.asked import Export, Exported
    from treaties.model import Event
    from treaties.registry import Knowledge

VERSION: Final = 1
COLUMNS: Final = (
    "state",
    "state_name",
    "treaty",
    "treaty_name",
    "stage",
    "date",
    "disputed",
    "independent_sources",
    "reports",
    "outlet",
    "url",
    "note",
    "id",
)
# A cell that begins so is run as a formula by spreadsheets; names of outlets and addresses come from feeds.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `as_json`."""
    text = resources.files("bot.exports").joinpath("known-events.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def as_json(export: Export) -> str:
    """Every case with events, facts, sources and when its exit takes effect, as one JSON document."""
    document = {
        "version": VERSION,
        "generated": export.now.isoformat(),
        "cases": [_case(one, export.knowledge) for one in export.cases],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def as_csv(export: Export) -> str:
    """A row for every event, in order of state, treaty and date, with the columns `COLUMNS` (RFC 4180)."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in export.cases:
        for event in one.case.events:
            writer.writerow([_cell(value) for value in _row(event, export.knowledge)])
    return file.getvalue()


def _case(one: Exported, knowledge: Knowledge) -> dict[str, Any]:
    case, projection = one.case, one.projection
    treaty = knowledge.treaties.get(case.treaty)
    return {
        "state": case.state,
        "state_name": knowledge.state_name(case.state),
        "treaty": case.treaty,
        "treaty_name": knowledge.treaty_name(case.treaty),
        "series": treaty.series if treaty else None,
        "events": [event_json(event) for event in case.events],
        "facts": [fact_json(fact) for fact in case.facts],
        "takes_effect": projection
        and {
            "date": projection.day.isoformat(),
            "basis": projection.basis.value,
            "article": projection.effect.article if projection.effect.article != "none" else None,
            "certain": projection.basis is Basis.NOTIFIED,
        },
    }


def _row(event: Event, knowledge: Knowledge) -> list[Any]:
    first = event.sources[0] if event.sources else None
    return [
        event.state,
        knowledge.state_name(event.state),
        event.treaty,
        knowledge.treaty_name(event.treaty),
        event.stage.value,
        event.when or "",
        "yes" if event.disputed else "no",
        event.voices,
        len(event.sources),
        first.outlet if first else "",
        (plain.web_address(first.url) or "") if first else "",
        event.note,
        event.id,
    ]


def _cell(value: object) -> str:
    text = plain.clean(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text
