"""What is owed to whom: the outbox rows that follow from an alert, and from a claim that people have to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from store import channels, events, outbox
from treaties.alerts import alert_key, encode, joint, told_by

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.database import Connection
    from treaties.model import Alert, Claim, Report, Verdict

ALERT_PRIORITY: Final = 10
REVIEW_PRIORITY: Final = 5


def owe_alerts(conn: Connection, alerts: Sequence[Alert], now: datetime) -> None:
    """Owe the alerts of one report to every channel that wants them; states that act together are told of in one."""
    for alert in joint(alerts):
        for other in alert.companions:
            events.tell_with(conn, other.key, alert.key)
        _owe_alert(conn, alert, now)


def _owe_alert(conn: Connection, alert: Alert, now: datetime) -> None:
    """Owe an alert to every channel that wants to hear of one of its states.

    It answers the last alert on any of its cases that the channel got.
    """
    states = [alert.state, *(other.state for other in alert.companions)]
    mine = {alert.key, *(other.key for other in alert.companions)}
    known = [event for state in states for event in events.case(conn, state, alert.treaty).events]
    earlier = [told_by(event) for event in known if event.id not in mine]
    wanting = {one.id: one for state in states for one in channels.wanting(conn, state, alert.treaty, alert.stage)}
    for channel in wanting.values():
        outbox.queue(
            conn,
            channel.id,
            key=alert_key(alert.key),
            kind="alert",
            payload=encode(alert),
            now=now,
            reply_to_key=outbox.newest(conn, channel.id, earlier),
            priority=ALERT_PRIORITY,
        )


def ask_reviewers(  # noqa: PLR0913, PLR0917 - a question has that many sides
    conn: Connection, report: Report, claim: Claim, position: int, verdict: Verdict, now: datetime
) -> None:
    """Ask the reviewers about a claim; without any, everybody is asked, since silence would be worse.

    Args:
        conn: an open write transaction.
        report: what was read.
        claim: what it says.
        position: the place of the claim in the report's reading.
        verdict: why people are asked.
        now: the current time.
    """
    asked = channels.by_role(conn, "reviewers") or channels.by_role(conn, "owner") or channels.enabled(conn)
    for channel in asked:
        if channel.enabled:
            outbox.queue(
                conn,
                channel.id,
                key=f"review:{report.id}:{position}",
                kind="review",
                payload=_review(report, claim, verdict),
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
