"""Digests: what each channel's period held, queued once for each channel and period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.speech import Speech
from bot.wording.digest import digest_message, encode_lines
from store import channels, events, feeds, outbox, reports
from treaties.digest import due_period
from treaties.model import Digest

if TYPE_CHECKING:
    from store.channels import ChannelRow
    from store.database import Connection, Database
    from treaties.registry import Knowledge


@dataclass(frozen=True, slots=True)
class Digests:
    """Queues the digests that are due.

    Attributes:
        database: where everything is remembered.
        knowledge: names of states and treaties.
    """

    database: Database
    knowledge: Knowledge

    def queue_due(self, now: datetime) -> int:
        """Queue a digest for every channel whose period has ended, and return how many were."""
        with self.database.transaction() as conn:
            return sum(self._queue(conn, channel, now) for channel in channels.enabled(conn))

    def _queue(self, conn: Connection, channel: ChannelRow, now: datetime) -> bool:
        last = outbox.latest(conn, channel.id, "digest")
        since = datetime.fromisoformat(last.payload["end"]) if last else None
        period = due_period(now, channel.timezone, channel.digest, channel.digest_at, since)
        if period is None or (since and period[1] <= since):
            return False
        digest = collect(conn, channel, *period)
        if last is None and not digest.reports:
            # A period before the bot saw anything says nothing.
            return False
        return outbox.queue(
            conn,
            channel.id,
            key=f"digest:{period[1].astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%MZ}",
            kind="digest",
            payload=payload(digest, channel, self.knowledge),
            now=now,
        )


def payload(digest: Digest, channel: ChannelRow, knowledge: Knowledge) -> dict[str, Any]:
    """A digest as the outbox keeps it for a channel."""
    message = digest_message(digest, Speech(channel.lang, knowledge), ZoneInfo(channel.timezone))
    return {"headline": message.headline, "lines": encode_lines(message), "end": digest.end.isoformat()}


def collect(conn: Connection, channel: ChannelRow, start: datetime, end: datetime) -> Digest:
    """What happened in [start, end) as far as the channel wants to hear of it."""
    wants = channel.subscription.wants
    every_feed = feeds.all_feeds(conn)
    return Digest(
        start=start,
        end=end,
        developments=tuple(e for e in events.events_between(conn, start, end) if wants(e.state, e.treaty, e.stage)),
        mentions=tuple(
            m for m in reports.mentions_between(conn, start, end) if channel.subscription.wants_case(m.state, m.treaty)
        ),
        unsure=reports.unsure_between(conn, start, end),
        reports=reports.count_between(conn, start, end),
        feeds_healthy=sum(feed.healthy for feed in every_feed),
        feeds_total=len(every_feed),
    )
