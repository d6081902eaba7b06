"""What is owed to whom: the outbox rows that follow from an alert, from a claim to judge, and from a correction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from store import channels, coverage, events, outbox, reviews
from store.audience import audience
from treaties.alerts import alert_key, decode, encode, joint, told_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from store.database import Connection
    from store.outbox import Withheld
    from treaties.model import Alert, Claim, Report, Verdict

ALERT_PRIORITY: Final = 10
REVIEW_PRIORITY: Final = 5


def owe_alerts(conn: Connection, alerts: Sequence[Alert], now: datetime) -> None:
    """Owe the alerts of one report to every channel that wants them; states that act together are told of in one."""
    for alert in joint(alerts):
        for other in alert.companions:
            events.tell_with(conn, other.key, alert.key)
        payload = encode(replace(alert, row=events.row_of(conn, alert.key)))
        outbox.queue_all(
            conn,
            _audience(conn, alert, now),
            key=alert_key(alert.key),
            kind="alert",
            payload=payload,
            now=now,
            replies=outbox.newest(conn, _earlier(conn, alert)),
            priority=ALERT_PRIORITY,
        )


def owe_late(conn: Connection, key: str, now: datetime) -> None:
    """Owe an alert to the channels that waited for a report in a language of theirs, now that one tells of it.

    Args:
        conn: an open write transaction.
        key: the alert's name in the outbox.
        now: the current time.
    """
    waiting = outbox.withheld(conn, key, "language")
    if not waiting:
        return
    alert = decode(next(iter(waiting.values())))
    replies = outbox.newest(conn, _earlier(conn, alert))
    for channel_id, reason in _audience(conn, alert, now).items():
        if reason is None and channel_id in waiting:
            outbox.release(conn, channel_id, key, now, replies.get(channel_id))


def _audience(conn: Connection, alert: Alert, now: datetime) -> dict[int, Withheld | None]:
    """Who hears of an alert: every channel that wants to hear of one of its states."""
    states = [alert.state, *(other.state for other in alert.companions)]
    langs = coverage.languages(conn, [alert.key, *(other.key for other in alert.companions)])
    return audience(conn, states, alert.treaty, alert.stage, langs, now)


def _earlier(conn: Connection, alert: Alert) -> list[str]:
    """The alerts on earlier steps of its cases: it answers the last of them that a channel got."""
    mine = {alert.key, *(other.key for other in alert.companions)}
    states = [alert.state, *(other.state for other in alert.companions)]
    known = [event for state in states for event in events.case(conn, state, alert.treaty).events]
    return [told_by(event) for event in known if event.id not in mine]


def ask_reviewers(  # noqa: PLR0913, PLR0917 - a question has that many sides
    conn: Connection, row: int, report: Report, claim: Claim, position: int, verdict: Verdict, now: datetime
) -> None:
    """Ask the reviewers about a claim; without any, everybody is asked, since silence would be worse.

    Args:
        conn: an open write transaction.
        row: the row of the report.
        report: what was read.
        claim: what it says.
        position: the place of the claim in the report's reading.
        verdict: why people are asked.
        now: the current time.
    """
    payload = _review(report, claim, verdict) | {"claim": reviews.claim_id(conn, row, position)}
    asked = channels.by_role(conn, "reviewers") or channels.by_role(conn, "owner") or channels.enabled(conn)
    for channel in asked:
        if channel.enabled:
            outbox.queue(
                conn,
                channel.id,
                key=reviews.review_key(report, position),
                kind="review",
                payload=payload,
                now=now,
                priority=REVIEW_PRIORITY,
            )


def _review(report: Report, claim: Claim, verdict: Verdict) -> dict[str, Any]:
    return {
        "report": report.id,
        "title": report.title,
        "outlet": report.outlet,
        "url": report.url,
        "state": claim.state,
        "treaty": claim.treaty,
        "stage": claim.stage.value if claim.stage else None,
        "when": str(claim.when) if claim.when else None,
        "quote": claim.quote,
        "reason": verdict.reason,
    }


def owe_correction(conn: Connection, alert: str, correction: Mapping[str, Any], now: datetime) -> int:
    """Owe a correction of an alert to every channel that got it, as an answer to it; the alert itself is edited, too.

    An alert that still waits to be sent is corrected before it goes out, and nothing follows it.

    Args:
        conn: an open write transaction.
        alert: the key of the alert's message.
        correction: what is put right: `action`, `who`, `why`, and the step as it `was` and as it is `now`.
        now: the current time.

    Returns:
        How many channels will hear of it.
    """
    told = 0
    for row in outbox.told(conn, alert):
        number = outbox.answers(conn, row.channel_id, alert, "correction") + 1
        told += outbox.queue(
            conn,
            row.channel_id,
            key=f"{alert}:correction:{number}",
            kind="correction",
            payload={**row.payload, "correction": dict(correction)},
            now=now,
            reply_to_key=alert,
            priority=ALERT_PRIORITY,
        )
    return told
