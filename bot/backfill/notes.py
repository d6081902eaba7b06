"""What was found as a line of JSON, and back: the state of a run holds it until all is matched."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bot.backfill.model import Found
from treaties.alerts import decode_when
from treaties.model import Claim, Label, Reading, Report, Role, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping


def as_note(found: Found) -> dict[str, Any]:
    """A report with what was read in it, as JSON values; what is not said is left out."""
    reading = found.reading
    return {
        "report": _values(found.report),
        "label": reading.label.value,
        "lang": reading.lang,
        "reason": reading.reason,
        "claims": [_values(claim) for claim in reading.claims],
        "after": _text(found.after),
    }


def from_note(note: Mapping[str, Any]) -> Found:
    """The same again.

    Raises:
        LookupError, TypeError, ValueError: it is no such note.
    """
    told: dict[str, Any] = dict(note["report"])
    told["published"] = _moment(told.get("published"))
    report = Report(**told)
    claims = tuple(_claim(dict(one)) for one in note["claims"])
    reading = Reading(report.id, Label(note["label"]), note["lang"], claims, note["reason"])
    return Found(report, reading, _moment(note["after"]))


def _values(value: Report | Claim) -> dict[str, Any]:
    named = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: _text(one) for name, one in named if one is not None}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, When) else value


def _claim(told: dict[str, Any]) -> Claim:
    given: dict[str, Any] = {
        "stage": Stage(told["stage"]) if "stage" in told else None,
        "likely": Stage(told["likely"]) if "likely" in told else None,
        "when": decode_when(told.get("when")),
        "effective": decode_when(told.get("effective")),
        "role": Role(told["role"]),
        "modality": Label(told["modality"]),
    }
    return Claim(**(told | given))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
