"""Reminders: at the channel's own time of day, once each, for as long as the exit is on its way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from bot.corrections import Corrections, Word
from bot.reminders import Reminders
from bot.speech import Speech
from bot.wording.reminder import reminder_message
from store import channels, events, outbox, reports
from store.channels import Subscription
from store.database import StoreError
from store.tables import mutes
from treaties.model import Event, Report, Role, When
from treaties.registry import Clause, Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Database

KNOWLEDGE = Knowledge(
    treaties={
        "ottawa": Treaty(
            id="ottawa",
            name="Mine Ban Convention",
            short_name="Mine Ban Treaty",
            aliases={},
            in_force=date(1999, 3, 1),
            clause=Clause(rule="from_notification", article="Article 20", text="Six months.", notice="P6M"),
        )
    },
    states={"LV": State("LV", "Latvia", {})},
    institutions=(),
    words={},
    stage_rules=(),
)
NOTIFIED = Event("note", "LV", "ottawa", Stage.NOTIFIED_DEPOSITARY, When(date(2026, 2, 27)))
KNOWN = datetime(2026, 2, 28, 12, tzinfo=UTC)
DAY = date(2026, 8, 27)


def noon(left: int) -> datetime:
    """Twelve o'clock UTC so many days before the exit takes effect."""
    return datetime(2026, 8, 27, 12, tzinfo=UTC) - timedelta(days=left)


class Desk:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.reminders = Reminders(database, KNOWLEDGE)
        with database.transaction() as conn:
            events.add_event(conn, NOTIFIED, KNOWN)

    def channel(self, address: str = "C1", **settings: Any) -> int:
        with self.database.transaction() as conn:
            return channels.sync(conn, "console", address, title=address, **settings)

    def told(self) -> list[str]:
        with self.database.reading() as conn:
            return [row.key.rpartition(":")[2] for row in outbox.history(conn) if row.kind == "reminder"]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_every_reminder_comes_once(desk: Desk) -> None:
    desk.channel()
    for left in range(170, -5, -1):
        for hour in range(2):
            desk.reminders.queue_due(noon(left) + timedelta(hours=hour))
    assert desk.told() == ["90", "30", "7", "1", "0"]


def test_after_an_outage_one_comes_not_three(desk: Desk) -> None:
    desk.channel()
    desk.reminders.queue_due(noon(100))
    desk.reminders.queue_due(noon(5))
    assert desk.told() == ["7"]


def test_it_waits_for_the_channels_own_time_of_day(desk: Desk) -> None:
    desk.channel(timezone="America/New_York", digest_at="09:00")
    morning = datetime(2026, 5, 29, 12, 59, tzinfo=UTC)
    assert desk.reminders.queue_due(morning) == 0
    assert desk.reminders.queue_due(morning + timedelta(minutes=1)) == 1


def test_a_channel_west_of_here_is_reminded_on_its_own_day(desk: Desk) -> None:
    desk.channel(timezone="Pacific/Honolulu", digest_at="20:00")
    assert desk.reminders.queue_due(datetime(2026, 8, 28, 6, tzinfo=UTC)) == 1
    assert desk.told() == ["0"]


def test_only_who_wants_to_hear_of_it_is_reminded(desk: Desk) -> None:
    desk.channel("others", subscription=Subscription(states=frozenset({"FI"})))
    desk.channel("no exits", subscription=Subscription(stages=frozenset({Stage.ANNOUNCED})))
    assert desk.reminders.queue_due(noon(30)) == 0


def test_a_muted_case_is_not_reminded_of(desk: Desk) -> None:
    muted, other = desk.channel("muted"), desk.channel("other")
    with desk.database.transaction() as conn:
        conn.execute(insert(mutes).values(channel_id=muted, state="LV", treaty="ottawa", until=None, who="Anna"))
    assert desk.reminders.queue_due(noon(30)) == 1
    with desk.database.reading() as conn:
        assert [row.channel_id for row in outbox.history(conn)] == [other]


def test_a_channel_that_wants_sources_in_other_languages_is_not_reminded(desk: Desk) -> None:
    desk.channel("uk", subscription=Subscription(langs=frozenset({"uk"})))
    with desk.database.transaction() as conn:
        row = reports.remember(conn, Report("r", "News", lang="en"), feed=None, now=KNOWN)
        assert row is not None
        events.cover(conn, row, "note", Role.NEWS)
    assert desk.reminders.queue_due(noon(30)) == 0


@pytest.mark.parametrize("stage", [Stage.RESCINDED, Stage.IN_EFFECT])
def test_an_exit_that_is_taken_back_or_done_is_not_told_of_again(desk: Desk, stage: Stage) -> None:
    desk.channel()
    with desk.database.transaction() as conn:
        events.add_event(conn, Event("end", "LV", "ottawa", stage, When(date(2026, 5, 1))), KNOWN)
    assert desk.reminders.queue_due(noon(30)) == 0


def test_a_corrected_notification_gives_another_day(desk: Desk) -> None:
    desk.channel()
    desk.reminders.queue_due(noon(30))
    with desk.database.transaction() as conn:
        events.prefer(conn, "note", When(date(2026, 3, 10)), noon(20))
    assert desk.reminders.queue_due(noon(20)) == 0
    assert desk.reminders.queue_due(noon(0)) == 1
    assert desk.told() == ["30", "30"]


def test_curators_are_asked_on_the_day_and_confirm_it_once(desk: Desk) -> None:
    desk.channel("desk", role="reviewers")
    assert desk.reminders.queue_due(noon(1)) == 0
    assert desk.reminders.queue_due(noon(0)) == 1
    corrections, word = Corrections(KNOWLEDGE), Word("Anna", noon(0))
    with desk.database.transaction() as conn:
        decision = corrections.in_effect(conn, "note", DAY, word)
        assert [event.stage for event in events.case(conn, "LV", "ottawa").events][-1] is Stage.IN_EFFECT
        with pytest.raises(StoreError, match="Anna decided this already"), conn.begin_nested():
            corrections.in_effect(conn, "note", DAY, Word("Ben", noon(0)))
        corrections.undo(conn, decision.id, word)
        assert [event.stage for event in events.case(conn, "LV", "ottawa").events] == [Stage.NOTIFIED_DEPOSITARY]


@pytest.mark.parametrize(
    ("lang", "today", "curators", "headline"),
    [
        ("en", date(2026, 8, 20), False, "takes effect in 7 days"),
        ("en", date(2026, 8, 26), False, "takes effect in 1 day"),
        ("en", DAY, True, "takes effect today"),
        ("en", date(2026, 8, 29), False, "took effect 2 days ago"),
    ],
)
def test_a_reminder_says_how_many_days_are_left(lang: str, today: date, curators: bool, headline: str) -> None:  # noqa: FBT001 - a value
    payload = {
        "state": "LV",
        "treaty": "ottawa",
        "day": "2026-08-27",
        "notified": "2026-02-27",
        "article": "Article 20",
        "row": 5,
    }
    message = reminder_message(payload, Speech(lang, KNOWLEDGE), today, curators=curators)
    assert headline in message.headline
    assert message.texts[0] == "27 August 2026 · Article 20"
    actions = [button.action for row in message.buttons for button in row]
    assert actions == ["timeline:LV:ottawa", *(["effect:5"] if curators else [])]
