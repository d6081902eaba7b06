"""Whole replays of the stories: their reports run through the rules day by day, and everything that is told is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.conversation.conversation import Conversation
from bot.conversation.model import Person, Place, Request
from bot.digests import Digests
from bot.reminders import Reminders
from bot.speech import Speech
from bot.wording import say
from store import channels, events, outbox
from treaties.alerts import decode
from treaties.digest import decode as decode_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from bot.message import Message
    from store.database import Connection, Database
    from treaties.digest import Digest
    from treaties.model import Alert, Case, Report
    from treaties.registry import Knowledge
    from watchers.pipeline import Pipeline

ZONE: Final = ZoneInfo("Europe/Riga")
MORNING: Final = time(7)
"""When digests and reminders come, by the clocks of `ZONE`."""

NOON: Final = time(12)
"""When the reports of a day come, in UTC: after the morning's messages."""

ByDay = Mapping["date", "Sequence[tuple[str, str]]"]
"""Cases, as (state, treaty), by day."""

DECIDED: Final = {"effect": time(9), "dismiss": time(20)}
"""When curators press a button, in UTC: before the reports of the day, and after what follows from them."""

PUBLIC, DESK = "public", "desk"


@dataclass(frozen=True, slots=True)
class Said:
    """One message as a channel got it."""

    channel: str
    kind: str
    on: date
    key: str
    message: Message


@dataclass(frozen=True, slots=True)
class Decided:
    """What curators decide.

    Attributes:
        in_effect: on which days, before any report says so, they press that the exits of these cases are in effect.
        dismissed: on which days they dismiss what they are asked.
    """

    in_effect: ByDay
    dismissed: frozenset[date]


@dataclass(slots=True)
class Replay:
    """A story that is lived through.

    Attributes:
        database: an empty store.
        knowledge: names and clauses.
        pipeline: the chain of rules over that store.
        said: every message in the order in which it was sent.
        seen: the cases as they stood at the end of the days on which they were looked at, by day, state and treaty.
    """

    database: Database
    knowledge: Knowledge
    pipeline: Pipeline
    said: list[Said] = field(default_factory=list)
    seen: dict[tuple[date, str, str], Case] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)

    def run(self, reports: Iterable[Report], decided: Decided, looked_at: ByDay, after: timedelta) -> None:
        """Live through the days of the reports.

        Args:
            reports: dated ones.
            decided: what curators decide.
            looked_at: on which days these cases are looked at.
            after: how long the bot runs on when the last report has come.
        """
        by_day: defaultdict[date, list[Report]] = defaultdict(list)
        for report in reports:
            assert report.published
            by_day[report.published.date()].append(report)
        self._open()
        day, last = min(by_day) - timedelta(days=1), max(by_day) + after
        while day <= last:
            self._morning(day)
            for case in decided.in_effect.get(day, ()):
                self._confirm(day, case)
            self._news(day, by_day[day])
            if day in decided.dismissed:
                self._dismiss(day)
            self._look(day, looked_at.get(day, ()))
            day += timedelta(days=1)

    def _open(self) -> None:
        with self.database.transaction() as conn:
            zone, at = ZONE.key, MORNING.isoformat("minutes")
            public = channels.sync(
                conn, "console", PUBLIC, title=PUBLIC, timezone=zone, digest="weekly", digest_at=at, digest_empty=True
            )
            desk = channels.sync(
                conn, "console", DESK, title=DESK, role="reviewers", timezone=zone, digest="off", digest_at=at
            )
        self._names = {public: PUBLIC, desk: DESK}

    def _morning(self, day: date) -> None:
        now = datetime.combine(day, MORNING, ZONE).astimezone(UTC)
        Reminders(self.database, self.knowledge).queue_due(now)
        Digests(self.database, self.knowledge).queue_due(now)
        self._deliver(now)

    def _news(self, day: date, reports: Iterable[Report]) -> None:
        now = datetime.combine(day, NOON, UTC)
        for number, report in enumerate(reports):
            self.pipeline.handle(report, feed=None, now=now + timedelta(seconds=number))
        self._deliver(now + timedelta(hours=1))
        self.pipeline.ask_about_held(now + timedelta(hours=7))
        self._deliver(now + timedelta(hours=7))

    def _confirm(self, day: date, case: tuple[str, str]) -> None:
        """A curator says that an exit is in effect, by the button under the reminder of that day."""
        key = "reminder:{}:{}:".format(*case)
        self._press(day, [one for one in self.said if one.kind == "reminder" and one.key.startswith(key)], "effect")

    def _dismiss(self, day: date) -> None:
        """A curator dismisses what they are asked on that day."""
        self._press(day, [one for one in self.said if one.kind == "review"], "dismiss")

    def _press(self, day: date, told: Iterable[Said], verb: str) -> None:
        messages = [one.message for one in told if (one.channel, one.on) == (DESK, day)]
        buttons = [button for message in messages for row in message.buttons for button in row]
        (action,) = [button.action for button in buttons if button.action.startswith(f"{verb}:")]
        now = datetime.combine(day, DECIDED[verb], UTC)
        request = Request(
            place=Place("console", DESK, DESK, kind="group"),
            person=Person("1", "Anna", "en", may_set=True, curator=True),
            now=now,
        )
        Conversation(self.database, self.knowledge).press(request, action)

    def _look(self, day: date, cases: Iterable[tuple[str, str]]) -> None:
        with self.database.reading() as conn:
            for state, treaty in cases:
                self.seen[day, state, treaty] = events.case(conn, state, treaty)

    def _deliver(self, now: datetime) -> None:
        with self.database.transaction() as conn:
            for channel in self._names:
                while self._sent(conn, channel, now):
                    pass

    def _sent(self, conn: Connection, channel: int, now: datetime) -> bool:
        delivery = outbox.claim(conn, channel, now)
        if delivery is None:
            return False
        message = say(delivery, Speech(delivery.lang, self.knowledge), now.astimezone(ZONE).date())
        if not delivery.is_edit:
            self.said.append(
                Said(self._names[channel], delivery.kind, now.astimezone(ZONE).date(), delivery.key, message)
            )
        outbox.sent(conn, delivery.id, str(delivery.id), now)
        return True

    def alerts(self) -> list[Alert]:
        """The alerts of the public channel, one for each state."""
        with self.database.reading() as conn:
            owed = [row for row in outbox.history(conn) if row.kind == "alert" and row.state == "sent"]
        return [alert for row in owed for alert in apart(decode(row.payload))]

    def digests(self) -> dict[date, Digest]:
        """The digests of the public channel by the day on which they came."""
        with self.database.reading() as conn:
            owed = [decode_digest(row.payload) for row in outbox.history(conn) if row.kind == "digest"]
        return {one.end.astimezone(ZONE).date(): one for one in owed}


def apart(alert: Alert) -> list[Alert]:
    """An alert on states that acted together as one for each of them."""
    own = replace(alert, companions=())
    return [own, *(replace(own, key=one.key, state=one.state, when=one.when) for one in alert.companions)]
