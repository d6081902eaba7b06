"""Reminders: exits that take effect soon are told of again, and on their day curators are asked whether they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from store import channels, coverage, events, outbox
from store.audience import audience
from treaties.countdown import DAYS, due_reminder
from treaties.projection import Basis, coming
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from store.channels import ChannelRow
    from store.database import Connection, Database
    from treaties.model import Case, Event
    from treaties.projection import Projection
    from treaties.registry import Knowledge

PRIORITY: Final = 7


@dataclass(frozen=True, slots=True)
class Reminders:
    """Queues the reminders that are due.

    Attributes:
        database: where everything is remembered.
        knowledge: the clauses, which give the day.
        days: how many days before the exit takes effect people are reminded; 0 is the day itself.
    """

    database: Database
    knowledge: Knowledge
    days: tuple[int, ...] = DAYS

    def queue_due(self, now: datetime) -> int:
        """Queue what is due for every channel at its own time of day, and return how many reminders that were."""
        with self.database.transaction() as conn:
            known = {one.event.id: one.changed_at for one in events.recorded(conn, Stage.NOTIFIED_DEPOSITARY)}
            # A day west of here may still be yesterday: what takes effect then is not left out.
            found = coming(events.cases(conn), self.knowledge.treaties, _earliest_today(now))
            return sum(
                self._queue(conn, channel, case, projection, known, now)
                for case, projection in found
                if projection.basis is Basis.NOTIFIED
                for channel in _told(conn, case, now)
            )

    def _queue(  # noqa: PLR0913, PLR0917 - a reminder joins a channel, a case, and what is known of both
        self,
        conn: Connection,
        channel: ChannelRow,
        case: Case,
        projection: Projection,
        known: dict[str, datetime],
        now: datetime,
    ) -> bool:
        local = now.astimezone(ZoneInfo(channel.timezone))
        notified = _notified(case)
        if notified is None or local.time() < time.fromisoformat(channel.digest_at):
            return False
        since = known[notified.id].astimezone(ZoneInfo(channel.timezone)).date()
        number = due_reminder(projection.day, local.date(), since, self.days)
        if number is None or (channel.role != "public" and number > 0):
            return False
        return outbox.queue(
            conn,
            channel.id,
            key=f"reminder:{case.state}:{case.treaty}:{projection.day}:{number}",
            kind="reminder",
            payload=_payload(case, projection, notified, events.row_of(conn, notified.id)),
            now=now,
            priority=PRIORITY,
        )


def _told(conn: Connection, case: Case, now: datetime) -> Iterator[ChannelRow]:
    """The channels that would hear of the exit itself, as alerts are filtered; and those of reviewers and owners."""
    langs = coverage.languages(conn, [event.id for event in case.events])
    hearing = audience(conn, [case.state], case.treaty, Stage.IN_EFFECT, langs, now)
    for channel in channels.enabled(conn):
        if channel.role != "public" or (channel.id in hearing and hearing[channel.id] is None):
            yield channel


def _notified(case: Case) -> Event | None:
    """The notification that the day is counted from: the last one."""
    found = [event for event in case.events if event.stage is Stage.NOTIFIED_DEPOSITARY]
    return found[-1] if found else None


def _payload(case: Case, projection: Projection, notified: Event, row: int | None) -> dict[str, Any]:
    return {
        "state": case.state,
        "treaty": case.treaty,
        "day": projection.day.isoformat(),
        "notified": str(notified.when) if notified.when else None,
        "article": projection.effect.article,
        "residual": projection.effect.residual,
        "row": row,
    }


def _earliest_today(now: datetime) -> date:
    return now.astimezone(ZoneInfo("Etc/GMT+12")).date()
