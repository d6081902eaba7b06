"""Digests: what each channel's period held, queued once for each channel and period.

What a period held is gathered once for all channels of that period; what of it a channel wants to hear is a filter, the
same as for alerts. The numbers are kept as they are then; they are worded when they are sent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from store import channels, coverage, events, feeds, outbox, reports, reviews
from store.seen import NOTHING, all_seen
from treaties.alerts import told_by
from treaties.digest import (
    AHEAD,
    Coverage,
    Digest,
    FeedHealth,
    Question,
    TakingEffect,
    development_of,
    dispute_of,
    due_period,
    encode,
    talk_of,
    tally,
)
from treaties.projection import Basis, coming
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    from store.channels import ChannelRow
    from store.coverage import Telling
    from store.database import Connection, Database
    from store.seen import Seen
    from treaties.digest import Development
    from treaties.model import Case, Event, Mention
    from treaties.registry import Knowledge

_logger = logging.getLogger(__name__)

_QUESTIONS: Final = 3
"""So many of the claims that wait are named."""

_JUDGES: Final = frozenset({"reviewers", "owner"})


@dataclass(frozen=True, slots=True)
class Digests:
    """Queues the digests that are due.

    Attributes:
        database: where everything is remembered.
        knowledge: the clauses, by which is told what is coming.
        depositaries: the addresses of the feeds that are records of depositaries.
    """

    database: Database
    knowledge: Knowledge
    depositaries: frozenset[str] = frozenset()

    def queue_due(self, now: datetime) -> int:
        """Queue a digest for every channel whose period has ended, and return how many were.

        A channel that is looked at for the first time gets its first digest when its next period ends.
        """
        with self.database.transaction() as conn:
            channels.forget_digests(conn)
            due = [(channel, period) for channel in channels.enabled(conn) if (period := _due(channel, now))]
            gathered: dict[tuple[datetime, datetime, Seen], Period] = {}
            seen = all_seen(conn) if due else NOTHING
            return sum(self._queue(conn, channel, period, (gathered, seen), now) for channel, period in due)

    def _queue(
        self,
        conn: Connection,
        channel: ChannelRow,
        span: tuple[datetime, datetime],
        known: tuple[dict[tuple[datetime, datetime, Seen], Period], Seen],
        now: datetime,
    ) -> bool:
        gathered, seen = known
        start, end = span
        if not channels.digested(conn, channel, end, seen) or channel.digest_until is None:
            return False
        key = (start, end, channel.digest_seen)
        if key not in gathered:
            gathered[key] = gather(conn, start, end, self.depositaries, channel.digest_seen)
        digest = digest_for(conn, channel, gathered[key], self.knowledge, now)
        if digest.is_empty and not channel.digest_empty:
            return False
        return outbox.queue(
            conn,
            channel.id,
            key=f"digest:{end.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
            kind="digest",
            payload=encode(digest),
            now=now,
        )


def _due(channel: ChannelRow, now: datetime) -> tuple[datetime, datetime] | None:
    try:
        return due_period(now, channel.timezone, channel.digest, channel.digest_at, channel.digest_until)
    except (KeyError, ValueError) as error:
        # A zone or an hour that there is not costs that channel its digest, and no other.
        _logger.warning("no digest for channel %s (%s): %s", channel.id, channel.title, error)
        return None


@dataclass(frozen=True, slots=True)
class Period:
    """What a period held, for everybody.

    Attributes:
        start: when it begins.
        end: when it ends.
        told: the events that became known in it.
        opened_before: the cases of which something was known before it.
        disputed: the events on whose date somebody disagreed in it.
        languages: of the reports that tell of these events, by the event's id.
        mentions: talk and reactions.
        tellings: the reports that tell of cases.
        reports: how many reports were read.
        waiting: how many claims wait for somebody to judge them.
        questions: some of them.
        feeds: how the feeds are.
        cases: everything that is known.
    """

    start: datetime
    end: datetime
    told: tuple[Event, ...]
    opened_before: frozenset[tuple[str, str]]
    disputed: tuple[Event, ...]
    languages: dict[str, frozenset[str | None]]
    mentions: tuple[Mention, ...]
    tellings: tuple[Telling, ...]
    reports: int
    waiting: int
    questions: tuple[Question, ...]
    feeds: FeedHealth
    cases: tuple[Case, ...]


def gather(
    conn: Connection, start: datetime, end: datetime, depositaries: Collection[str] = (), seen: Seen = NOTHING
) -> Period:
    """What [start, end) held.

    Args:
        conn: an open connection.
        start: when the period begins.
        end: when it ends.
        depositaries: the addresses of the feeds that are records of depositaries.
        seen: what could be seen when the period before was looked at.
    """
    told = events.told_between(conn, start, end, seen)
    disputed = events.disputed_between(conn, start, end)
    return Period(
        start=start,
        end=end,
        told=told,
        opened_before=events.opened_before(conn, start, but={event.id for event in told}),
        disputed=disputed,
        languages=coverage.languages_by_event(conn, {event.id for event in (*told, *disputed)}),
        mentions=reports.mentions_between(conn, start, end, seen),
        tellings=coverage.telling_between(conn, start, end, seen),
        reports=reports.count_between(conn, start, end, seen),
        waiting=reviews.count_waiting(conn),
        questions=tuple(_question(one) for one in reviews.waiting(conn, _QUESTIONS)),
        feeds=_feed_health(conn, depositaries),
        cases=events.told_cases(conn),
    )


def _question(waiting: reviews.Question) -> Question:
    return Question(waiting.claim.state, waiting.claim.treaty, waiting.claim.stage)


def _feed_health(conn: Connection, depositaries: Collection[str]) -> FeedHealth:
    listed = [feed for feed in feeds.all_feeds(conn) if feed.twin_of is None]
    read = [feed.last_ok for feed in listed if feed.spec.url in depositaries and feed.last_ok]
    return FeedHealth(sum(feed.healthy for feed in listed), len(listed), max(read, default=None))


def digest_for(conn: Connection, channel: ChannelRow, period: Period, knowledge: Knowledge, now: datetime) -> Digest:
    """What of a period a channel wants to hear, by the same filters as for alerts.

    Args:
        conn: an open connection.
        channel: the channel; one that is not stored hears everything.
        period: what the period held.
        knowledge: the clauses, by which is told what is coming.
        now: the current time, by which cases are muted.
    """
    ear = _Ear(channel, frozenset((mute.state, mute.treaty) for mute in channels.muted(conn, channel.id, now)))
    told = [event for event in period.told if ear.hears(event, period)]
    judges = channel.role in _JUDGES
    return Digest(
        start=period.start,
        end=period.end,
        developments=_developments(conn, channel, told, period),
        talk=talk_of(one for one in period.mentions if ear.hears_case(one.state, one.treaty, [one.lang])),
        coming=_coming(ear, period.cases, knowledge, period.end.astimezone(ZoneInfo(channel.timezone)).date()),
        disputes=tuple(dispute_of(event) for event in period.disputed if ear.hears(event, period)),
        waiting=period.waiting,
        questions=period.questions if judges else (),
        coverage=_coverage(one for one in period.tellings if ear.hears_case(one.state, one.treaty, [one.lang])),
        reports=period.reports,
        feeds=period.feeds,
    )


@dataclass(frozen=True, slots=True)
class _Ear:
    """What a channel hears: its subscription, without the cases that are muted there."""

    channel: ChannelRow
    muted: frozenset[tuple[str, str]]

    def hears(self, event: Event, period: Period) -> bool:
        """Whether it hears of an event; one that no report tells of comes from a person, in no language."""
        wants = self.channel.subscription
        told = wants.wants(event.state, event.treaty, event.stage) and wants.wants_told(period.languages[event.id])
        return told and (event.state, event.treaty) not in self.muted

    def hears_case(self, state: str, treaty: str, langs: Collection[str | None]) -> bool:
        """Whether it hears of what reports in these languages say about a case."""
        wants = self.channel.subscription
        return wants.wants_case(state, treaty) and wants.wants_told(langs) and (state, treaty) not in self.muted

    def hears_end(self, state: str, treaty: str) -> bool:
        """Whether it hears that the exit takes effect."""
        return self.channel.subscription.wants(state, treaty, Stage.IN_EFFECT) and (state, treaty) not in self.muted


def _developments(
    conn: Connection, channel: ChannelRow, told: Iterable[Event], period: Period
) -> tuple[Development, ...]:
    """The events with the new cases first, and among each those first that most voices tell of."""
    known = list(told)
    heard = outbox.heard(conn, channel.id, {told_by(event) for event in known}) if known else frozenset()
    made = [
        development_of(
            event,
            opens=(event.state, event.treaty) not in period.opened_before,
            alerted=told_by(event) in heard,
        )
        for event in known
    ]
    loudest: dict[tuple[str, str], int] = {}
    for one in made:
        loudest[one.case] = max(one.voices, loudest.get(one.case, 0))
    # Steps of one case stay together, in the order in which they became known.
    return tuple(sorted(made, key=lambda one: (not one.opens, -loudest[one.case], one.case)))


def _coming(ear: _Ear, cases: Iterable[Case], knowledge: Knowledge, today: date) -> tuple[TakingEffect, ...]:
    latest = today + timedelta(days=AHEAD)
    return tuple(
        TakingEffect(case.state, case.treaty, projection.day, projection.basis is Basis.NOTIFIED)
        for case, projection in coming(cases, knowledge.treaties, today)
        if projection.day <= latest and ear.hears_end(case.state, case.treaty)
    )


def _coverage(tellings: Iterable[Telling]) -> Coverage:
    once = {one.row: one for one in tellings}.values()
    return Coverage(
        reports=len(once),
        outlets=tally(one.outlet for one in once),
        countries=tally(one.country for one in once),
        languages=tally(one.lang for one in once),
    )
