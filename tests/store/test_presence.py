from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from store import channels, marks, presence

if TYPE_CHECKING:
    from store.channels import ChannelRow
    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)


def opened(conn: Connection, address: str, state: str = "LV") -> ChannelRow:
    row = channels.open_chat(conn, "telegram", address, title="Desk", lang="en", timezone="UTC", who="Ann", now=NOW)
    wanted = replace(row.subscription, states=frozenset({state}))
    channels.mute(conn, row.id, "LV", "ottawa", until=NOW + timedelta(days=1), who="Ann", now=NOW)
    return channels.save(conn, row, replace(row, subscription=wanted), who="Ann", now=NOW)


def at(conn: Connection, address: str) -> ChannelRow | None:
    return channels.at(conn, "telegram", address)


def test_a_chat_that_is_left_is_disabled_with_its_topics_and_no_other(database: Database) -> None:
    with database.transaction() as conn:
        for address in ("-7", "-7/56", "-77", "-7_/1"):
            opened(conn, address)
        assert presence.leave(conn, "telegram", "-7", NOW) == 2
        assert presence.leave(conn, "telegram", "-7", NOW) == 0
        assert {row.address for row in channels.enabled(conn)} == {"-77", "-7_/1"}


def test_a_chat_that_the_bot_comes_back_to_is_as_it_was(database: Database) -> None:
    with database.transaction() as conn:
        before = opened(conn, "-7")
        presence.leave(conn, "telegram", "-7", NOW)
        assert presence.come_back(conn, "telegram", "-7", NOW) == 1
        assert at(conn, "-7") == before


def test_a_chat_that_people_ended_stays_so_when_the_bot_comes_back(database: Database) -> None:
    with database.transaction() as conn:
        row = opened(conn, "-7")
        channels.save(conn, row, replace(row, enabled=False, disabled_reason=channels.STOPPED), who="Ann", now=NOW)
        presence.leave(conn, "telegram", "-7", NOW)
        assert presence.come_back(conn, "telegram", "-7", NOW) == 0
        found = at(conn, "-7")
        assert found
        assert (found.enabled, found.disabled_reason) == (False, channels.STOPPED)


def test_a_chat_that_moves_takes_its_topics_and_all_its_choices_along(database: Database) -> None:
    with database.transaction() as conn:
        chat, topic = opened(conn, "-7"), opened(conn, "-7/56")
        opened(conn, "-77")
        assert presence.move(conn, "telegram", "-7", "-1007", NOW) == 2
        assert presence.move(conn, "telegram", "-7", "-1007", NOW) == 0
        assert at(conn, "-7") is None
        assert at(conn, "-1007") == replace(chat, address="-1007")
        assert at(conn, "-1007/56") == replace(topic, address="-1007/56")
        assert at(conn, "-77")
        assert channels.muted(conn, chat.id, NOW)


def test_a_mark_is_kept_until_another_replaces_it(database: Database) -> None:
    with database.transaction() as conn:
        assert marks.get(conn, "menus") is None
        marks.put(conn, "menus", "a")
        marks.put(conn, "menus", "b")
        marks.put(conn, "other", "c")
        assert marks.get(conn, "menus") == "b"
