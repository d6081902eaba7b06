"""The JSON Lines formats of the command line: reports in, readings and alerts out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from treaties.model import Alert, Claim, Reading, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_YEARS: Final = (1900, 2100)
_TEXTS: Final = ("title", "summary", "lang", "url", "outlet")


class LineError(ValueError):
    """A line is no report; the message says which line, what is wrong, and what is expected."""


def parse_report(line: str, number: int) -> Report:
    """The report of one line.

    Raises:
        LineError: the line is not such an object; `number` says where.
    """
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise LineError(
            f"line {number}: not JSON ({error.msg} at column {error.colno}); one object per line is expected"
        ) from None
    except (RecursionError, ValueError):  # nested without end, or a number of thousands of digits
        raise LineError(f"line {number}: no report has values like these; one plain object is expected") from None
    if not isinstance(data, dict):
        raise LineError(
            f"line {number}: {type(data).__name__} found where an object with id, title and summary is expected"
        )
    return _report(data, number)


def _report(data: dict[str, Any], number: int) -> Report:
    if not isinstance(data.get("id"), str | int) or isinstance(data["id"], bool) or data["id"] == "":
        raise LineError(f'line {number}: no "id"; give every report a text that names it')
    for name in _TEXTS:
        if not isinstance(data.get(name), str | None):
            raise LineError(f'line {number}: "{name}" is not a text; write it in quotation marks, or null')
    if not (data.get("title") or data.get("summary")):
        raise LineError(f'line {number}: neither "title" nor "summary"; there is nothing to read')
    return Report(
        id=_sound(str(data["id"])),
        title=_sound(data.get("title") or ""),
        summary=_sound(data.get("summary") or ""),
        published=_published(data.get("published"), number),
        lang=_sound(data.get("lang") or "") or None,
        url=_sound(data.get("url") or "") or None,
        outlet=_sound(data.get("outlet") or "") or None,
        country=_sound(data["country"]) if isinstance(data.get("country"), str) else None,
    )


def _sound(text: str) -> str:
    """The text without halves of surrogate pairs, which no output can encode."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _published(value: object, number: int) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise LineError(
            f'line {number}: "published" is {value!r}; write it as 2025-09-17 or 2025-09-17T10:00:00Z, or null'
        ) from None
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise LineError(f'line {number}: "published" is {value!r}; no report is of that year')
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def reading_line(reading: Reading) -> str:
    """One reading as one line of JSON."""
    return _dump(
        {
            "id": reading.report,
            "label": reading.label.value,
            "lang": reading.lang,
            "claims": [claim_json(c) for c in reading.claims],
        }
    )


def claim_json(claim: Claim) -> dict[str, Any]:
    """One claim as JSON values; a month or a year is given by its first day.

    A claim that only says that the state leaves gives the likeliest stage, marked as `vague`.
    """
    stage = claim.stage or claim.likely
    found: dict[str, Any] = {
        "state": claim.state,
        "treaty": claim.treaty,
        "stage": stage.value if stage else None,
        "date": claim.when.day.isoformat() if claim.when else None,
        "precision": claim.when.precision.value if claim.when else None,
        "role": claim.role.value,
        "quote": claim.quote,
        "reason": claim.reason,
    }
    if claim.effective:
        found["effective"] = str(claim.effective)
    return found | ({"vague": True} if claim.likely and not claim.stage else {})


def alert_line(alert: Alert) -> str:
    """One alert of a replay as one line of JSON."""
    return _dump(
        {
            "report": alert.report,
            "kind": alert.kind.value,
            "state": alert.state,
            "treaty": alert.treaty,
            "stage": alert.stage.value,
            "date": alert.when.day.isoformat() if alert.when else None,
            "reason": alert.reason,
        }
    )


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def in_order(reports: Iterable[Report]) -> Iterator[tuple[Report, datetime]]:
    """Reports in order of publication, each with the moment at which it is handled.

    A report without a date keeps its place behind the one before it.
    """
    last = datetime(1970, 1, 1, tzinfo=UTC)
    placed = []
    for number, report in enumerate(reports):
        last = report.published or last
        placed.append((last, number, report))
    for moment, _, report in sorted(placed, key=lambda one: one[:2]):
        yield report, moment
