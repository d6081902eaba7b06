"""Looking back: bounded, and the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import channels, coverage, events, feeds, looking, outbox, reports
from store.feeds import FeedSpec
from treaties.model import Event, Report, Role
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)


def remembered(conn: Connection, *texts: str, feed: int | None = None) -> list[int]:
    rows = [
        reports.remember(conn, Report(f"{number}", text, f"summary {number}"), feed=feed, now=NOW)
        for number, text in enumerate(texts)
    ]
    return [row for row in rows if row]


@pytest.mark.parametrize("words", [["tide"], ["TIDE"], ["Tide", "high"], ["ide"], ["summary", "0"]])
def test_reports_are_found_by_all_the_words_in_any_case(database: Database, words: list[str]) -> None:
    with database.transaction() as conn:
        rows = remembered(conn, "The high Tide", "The moon")
        assert looking.reports_with(conn, words) == (rows[0],)


@pytest.mark.parametrize("word", ["сейм", "СЕЙМ", "Сейм"])
def test_letters_of_any_script_are_found_in_any_case(database: Database, word: str) -> None:
    with database.transaction() as conn:
        rows = remembered(conn, "Сейм за выход", "Сенат")
        assert looking.reports_with(conn, [word]) == (rows[0],)


@pytest.mark.parametrize("word", ["%", "_", "T_de", "T%e", "\\", "'"])
def test_no_sign_stands_for_others(database: Database, word: str) -> None:
    with database.transaction() as conn:
        remembered(conn, "Tide")
        assert looking.reports_with(conn, [word]) == ()


def test_the_newest_come_first_and_no_more_than_are_read_through(database: Database) -> None:
    with database.transaction() as conn:
        rows = remembered(conn, "tide one", "tide two", "tide three")
        assert looking.reports_with(conn, ["tide"]) == tuple(reversed(rows))
        assert looking.reports_with(conn, ["tide"], searched=2) == (rows[2], rows[1])
        assert looking.reports_with(conn, []) == ()


def test_a_message_is_found_by_its_key_and_by_the_id_that_the_chat_knows(database: Database) -> None:
    with database.transaction() as conn:
        one, other = (channels.sync(conn, "telegram", address, title=address) for address in ("1", "2"))
        outbox.queue(conn, one, key="alert:a", kind="alert", payload={}, now=NOW)
        delivery = outbox.claim(conn, one, NOW)
        assert delivery is not None
        outbox.sent(conn, delivery.id, "55", NOW + timedelta(seconds=3))
        (message,) = looking.messages_at(conn, one, "55")
        assert (message.key, message.state, message.attempts, message.sent_at) == (
            "alert:a", "sent", 1, NOW + timedelta(seconds=3),
        )  # fmt: skip
        assert looking.message_of(conn, one, "alert:a") == message
        assert looking.messages_at(conn, other, "55") == ()
        assert looking.message_of(conn, other, "alert:a") is None


def test_the_feed_and_the_languages_of_reports_are_found(database: Database) -> None:
    with database.transaction() as conn:
        feeds.sync(conn, [FeedSpec("https://tide.example/feed", "Tide Table")])
        (state,) = feeds.all_feeds(conn)
        (row,) = remembered(conn, "tide", feed=state.id)
        alone = reports.remember(conn, Report("x", "moon", lang="uk-UA"), feed=None, now=NOW)
        assert alone is not None
        events.add_event(conn, Event("vote", "LV", "ottawa", Stage.ANNOUNCED, None), NOW)
        assert coverage.languages(conn, ["vote"]) == frozenset()
        events.cover(conn, row, "vote", Role.NEWS)
        events.cover(conn, alone, "vote", Role.NEWS)
        found = looking.feed_of(conn, row)
        assert found is not None
        assert (found.outlet, found.url) == ("Tide Table", "https://tide.example/feed")
        assert looking.feed_of(conn, alone) is None
        assert coverage.languages(conn, ["vote"]) == {None, "uk"}


def test_treaties_that_only_reports_name_are_listed(database: Database) -> None:
    with database.transaction() as conn:
        for name in ("ottawa", "provisional:moons", "provisional:tides"):
            events.add_event(conn, Event(name, "LV", name, Stage.ANNOUNCED, None), NOW)
        assert looking.unlisted(conn, "provisional:") == ("provisional:moons", "provisional:tides")


def test_an_empty_store_is_healthy_in_nothing(database: Database) -> None:
    with database.reading() as conn:
        assert looking.health(conn, []) == looking.Health(0, 0, None, None, None, 0)
