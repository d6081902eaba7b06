"""Alerts: from a verdict and its event to a message free of any chat's markup, and to JSON and back for the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from treaties.model import Alert, Case, Companion, Event, FactKind, Precision, Report, Source, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WITH: Final = "with:"
"""Stands before the id of a companion's event in an alert's JSON."""


def event_id(state: str, treaty: str, stage: Stage, when: When | None) -> str:
    """The proposed id of a new event: readable, and lasting even when its date is corrected later."""
    day = str(when) if when else "undated"
    return f"{state}-{treaty}-{stage}-{day}".lower()


def alert_key(event: str) -> str:
    """The name of an event's alert in the outbox."""
    return f"alert:{event}"


def told_by(event: Event) -> str:
    """The name, in the outbox, of the alert that tells of an event: its own, or that of those who acted together."""
    return alert_key(event.told_with or event.id)


def joint(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """The alerts of one report with those made one whose states take the same step of the same treaty together."""
    groups: dict[tuple[str, str, str], list[Alert]] = {}
    for alert in alerts:
        groups.setdefault((alert.treaty, alert.stage, alert.kind), []).append(alert)
    return tuple(
        replace(lead, companions=tuple(Companion(other.key, other.state, other.when) for other in others))
        for lead, *others in groups.values()
    )


def source_of(report: Report, says: When | None) -> Source:
    """The report as a source that gives the date `says`."""
    return Source(
        outlet=report.outlet or "unnamed outlet",
        url=report.url,
        published=report.published.date() if report.published else None,
        says=says,
        report=report.id,
        group=report.group,
        official=report.official,
        record=report.record,
    )


def alert_for(kind: VerdictKind, event: Event, case: Case, report: Report, reason: str) -> Alert:
    """The alert on an event; `case` is the case with it, so that the stage bar and the thread can be drawn."""
    others = [other for other in case.events if other.id != event.id]
    return Alert(
        key=event.id,
        kind=kind,
        state=event.state,
        treaty=event.treaty,
        stage=event.stage,
        when=event.when,
        report=report.id,
        title=report.title,
        reason=reason,
        outlet=report.outlet,
        url=report.url,
        sources=event.sources,
        done=tuple((other.stage, other.when) for other in others),
        reply_to=others[-1].id if others else None,
        open_points=tuple(fact.note for fact in case.facts if fact.kind is FactKind.OPEN),
    )


def encode(alert: Alert) -> dict[str, Any]:
    """The alert as JSON values."""
    return {
        "key": alert.key,
        "kind": alert.kind.value,
        "state": alert.state,
        "treaty": alert.treaty,
        "stage": alert.stage.value,
        "when": _encode_when(alert.when),
        "report": alert.report,
        "title": alert.title,
        "reason": alert.reason,
        "outlet": alert.outlet,
        "url": alert.url,
        "sources": [_encode_source(source) for source in alert.sources],
        "done": [[stage.value, _encode_when(when)] for stage, when in alert.done],
        "reply_to": alert.reply_to,
        "open_points": list(alert.open_points),
        **({"row": alert.row} if alert.row is not None else {}),
        **{f"{_WITH}{one.key}": _encode_companion(one.state, one.when) for one in alert.companions},
    }


def encode_changes(event: Event) -> dict[str, Any]:
    """What the JSON of the alert that tells of an event takes over from it when coverage has grown."""
    if event.told_with:
        return {f"{_WITH}{event.id}": _encode_companion(event.state, event.when)}
    return {
        "stage": event.stage.value,
        "when": _encode_when(event.when),
        "sources": [_encode_source(source) for source in event.sources],
    }


def decode(data: Mapping[str, Any]) -> Alert:
    """The alert from what `encode` gave.

    Raises:
        KeyError, ValueError: the data is not from `encode`.
    """
    return Alert(
        key=data["key"],
        row=data.get("row"),
        kind=VerdictKind(data["kind"]),
        state=data["state"],
        treaty=data["treaty"],
        stage=Stage(data["stage"]),
        when=decode_when(data["when"]),
        report=data["report"],
        title=data["title"],
        reason=data["reason"],
        outlet=data["outlet"],
        url=data["url"],
        sources=tuple(_decode_source(source) for source in data["sources"]),
        done=tuple((Stage(stage), decode_when(when)) for stage, when in data["done"]),
        reply_to=data["reply_to"],
        open_points=tuple(data["open_points"]),
        companions=tuple(
            Companion(key.removeprefix(_WITH), one["state"], decode_when(one["when"]))
            for key, one in data.items()
            if key.startswith(_WITH)
        ),
    )


def told_cases(data: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """The cases, as (state, treaty), of which the JSON of an alert tells; none where it is not from `encode`."""
    treaty = data.get("treaty")
    states = [data.get("state"), *(one["state"] for key, one in data.items() if key.startswith(_WITH))]
    return frozenset((state, treaty) for state in states if state and treaty)


def _encode_companion(state: str, when: When | None) -> dict[str, Any]:
    return {"state": state, "when": _encode_when(when)}


def _encode_when(when: When | None) -> str | None:
    return str(when) if when else None


_PRECISION: Final = {len("2025-09-29"): Precision.DAY, len("2025-09"): Precision.MONTH, len("2025"): Precision.YEAR}


def decode_when(text: str | None) -> When | None:
    """The date that its text names, None where there is none.

    Raises:
        KeyError, ValueError: the text is no date.
    """
    if not text:
        return None
    return When(date.fromisoformat((text + "-01-01")[: len("2025-09-29")]), _PRECISION[len(text)])


def _encode_source(source: Source) -> dict[str, Any]:
    return {
        "outlet": source.outlet,
        "url": source.url,
        "published": source.published.isoformat() if source.published else None,
        "says": _encode_when(source.says),
        "note": source.note,
        "report": source.report,
        "group": source.group,
        "official": source.official,
        "record": source.record,
        "copy_of": source.copy_of,
    }


def _decode_source(data: Mapping[str, Any]) -> Source:
    published = date.fromisoformat(data["published"]) if data["published"] else None
    return Source(**{**data, "published": published, "says": decode_when(data["says"])})
