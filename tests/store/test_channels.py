"""Channels hear what they asked for, and nothing once they are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import audit, channels
from store.channels import ChannelRow, Mute, Subscription
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
BALTIC = Subscription(frozenset({"EE", "LV", "LT"}), frozenset({"ottawa", "ccm"}), frozenset({Stage.IN_EFFECT}))


UKRAINIAN = Subscription(langs=frozenset({"uk"}))


@pytest.mark.parametrize(
    ("langs", "wanted"),
    [({"uk", "en"}, True), ({"en"}, False), ({"en", None}, True), (set(), True)],
)
def test_a_filter_by_language_leaves_out_what_is_surely_told_in_others_only(
    langs: set[str | None], *, wanted: bool
) -> None:
    assert UKRAINIAN.wants_told(langs) is wanted
    assert Subscription().wants_told(langs)


def test_an_empty_subscription_wants_everything() -> None:
    assert Subscription().wants("FI", "provisional:some-treaty", Stage.SUSPENDED)


@pytest.mark.parametrize(
    ("state", "treaty", "stage", "wanted"),
    [
        ("LV", "ccm", Stage.IN_EFFECT, True),
        ("LT", "ottawa", Stage.IN_EFFECT, True),
        ("FI", "ccm", Stage.IN_EFFECT, False),
        ("LV", "echr", Stage.IN_EFFECT, False),
        ("LV", "ccm", Stage.ANNOUNCED, False),
    ],
)
def test_any_of_the_states_and_of_the_treaties_and_of_the_stages(
    state: str, treaty: str, stage: Stage, *, wanted: bool
) -> None:
    assert BALTIC.wants(state, treaty, stage) is wanted


def test_a_channel_comes_back_as_it_was(database: Database) -> None:
    with database.transaction() as conn:
        channel = channels.sync(
            conn,
            "telegram",
            "-1001234",
            title="Treaty desk",
            role="reviewers",
            timezone="Europe/Riga",
            lang="lv",
            digest="weekly",
            digest_at="08:15",
            subscription=BALTIC,
        )
        (found,) = channels.enabled(conn)
    assert found == ChannelRow(
        id=channel,
        platform="telegram",
        address="-1001234",
        title="Treaty desk",
        role="reviewers",
        enabled=True,
        disabled_reason=None,
        timezone="Europe/Riga",
        lang="lv",
        digest="weekly",
        digest_at="08:15",
        subscription=BALTIC,
    )


def test_a_channel_seen_again_is_the_same_channel_with_the_new_settings(database: Database) -> None:
    with database.transaction() as conn:
        first = channels.sync(conn, "slack", "C1", title="Old", subscription=BALTIC)
        assert channels.sync(conn, "slack", "C1", title="New", digest="off") == first
        assert channels.sync(conn, "telegram", "C1", title="Other") != first
        found = channels.enabled(conn)
    assert [(row.title, row.digest, row.subscription) for row in found] == [
        ("New", "off", Subscription()),
        ("Other", "daily", Subscription()),
    ]


def test_channels_are_found_by_their_role(database: Database) -> None:
    with database.transaction() as conn:
        channels.sync(conn, "slack", "C1", title="Public")
        owner = channels.sync(conn, "slack", "C2", title="Owner", role="owner")
        assert [row.id for row in channels.by_role(conn, "owner")] == [owner]
        assert channels.by_role(conn, "reviewers") == ()


def test_a_disabled_channel_is_logged_and_comes_back_when_it_is_set_up_again(database: Database) -> None:
    with database.transaction() as conn:
        channel = channels.sync(conn, "slack", "C1", title="Desk")
        channels.disable(conn, channel, "the bot was removed", NOW)
        assert channels.enabled(conn) == ()
        (entry,) = audit.entries(conn)
        channels.sync(conn, "slack", "C1", title="Desk")
        (back,) = channels.enabled(conn)
    assert entry == audit.AuditEntry(
        NOW, "treatywatch", "disable channel", f"channel {channel}", {"reason": "the bot was removed"}
    )
    assert back.disabled_reason is None


def test_a_channel_that_is_not_listed_any_more_is_disabled_and_hears_nothing(database: Database) -> None:
    with database.transaction() as conn:
        kept = channels.sync(conn, "telegram", "1", title="Kept")
        channels.sync(conn, "telegram", "2", title="Dropped")
        channels.keep_only(conn, {kept}, "no longer in the settings", NOW)
        assert [row.title for row in channels.enabled(conn)] == ["Kept"]
        channels.sync(conn, "telegram", "2", title="Back")
        assert [row.title for row in channels.enabled(conn)] == ["Kept", "Back"]


def opened(conn: Connection, address: str = "42") -> ChannelRow:
    return channels.open_chat(
        conn, "telegram", address, title="Ann", lang="uk", timezone="Europe/Kyiv", who="Ann", now=NOW
    )


def test_a_chat_that_is_set_up_again_stays_as_it_is(database: Database) -> None:
    with database.transaction() as conn:
        first = opened(conn)
        changed = channels.save(conn, first, replace(first, lang="de", subscription=UKRAINIAN), who="Ann", now=NOW)
        assert opened(conn) == changed
        assert channels.at(conn, "telegram", "42") == changed
        assert channels.at(conn, "slack", "42") is None
    assert (changed.lang, changed.subscription, changed.origin) == ("de", UKRAINIAN, "chat")


def test_what_changes_in_a_chat_is_logged_and_nothing_else_is(database: Database) -> None:
    with database.transaction() as conn:
        before = opened(conn)
        assert channels.save(conn, before, before, who="Max", now=NOW) == before
        channels.save(conn, before, replace(before, quiet_from="22:00", quiet_to="07:00"), who="Max", now=NOW)
        entry = audit.entries(conn)[0]
        assert len(audit.entries(conn)) == 2
    assert (entry.who, entry.action, entry.detail) == (
        "Max",
        "change chat",
        {"quiet_from": "22:00", "quiet_to": "07:00"},
    )


def test_the_settings_win_at_restart_unless_the_chat_changed_something(database: Database) -> None:
    with database.transaction() as conn:
        channels.sync(conn, "telegram", "1", title="Untouched")
        channels.sync(conn, "telegram", "2", title="Touched", subscription=BALTIC)
        touched = channels.at(conn, "telegram", "2")
        assert touched is not None
        channels.save(conn, touched, replace(touched, lang="de", digest="off"), who="Ann", now=NOW)
        for address in ("1", "2"):
            channels.sync(conn, "telegram", address, title="New", role="reviewers", lang="fr", digest="weekly")
        first, second = channels.enabled(conn)
    assert (first.title, first.role, first.lang, first.digest, first.origin) == (
        "New", "reviewers", "fr", "weekly", "settings",
    )  # fmt: skip
    assert (second.title, second.role, second.lang, second.digest, second.origin) == (
        "New", "reviewers", "de", "off", "chat",
    )  # fmt: skip
    assert second.subscription == BALTIC


def test_a_chat_that_was_ended_stays_so_at_restart_and_one_that_could_not_be_reached_comes_back(
    database: Database,
) -> None:
    with database.transaction() as conn:
        for address, reason in (("1", channels.STOPPED), ("2", "the bot was removed")):
            channel = opened(conn, address)
            channels.save(conn, channel, replace(channel, enabled=False, disabled_reason=reason), who="Ann", now=NOW)
            channels.sync(conn, "telegram", address, title="Listed")
        assert [row.address for row in channels.enabled(conn)] == ["2"]


def test_a_chat_that_people_set_up_is_not_disabled_for_standing_in_no_list(database: Database) -> None:
    with database.transaction() as conn:
        opened(conn)
        channels.keep_only(conn, set(), "no longer in the settings", NOW)
        assert [row.address for row in channels.enabled(conn)] == ["42"]


def test_a_case_is_muted_once_and_for_as_long_as_was_said_last(database: Database) -> None:
    later = NOW + timedelta(days=1)
    with database.transaction() as conn:
        channel = opened(conn)
        channels.mute(conn, channel.id, "LV", "ottawa", until=None, who="Ann", now=NOW)
        channels.mute(conn, channel.id, "LV", "ottawa", until=later, who="Max", now=NOW)
        assert channels.muted(conn, channel.id, NOW) == (Mute("LV", "ottawa", later, "Max"),)
        assert channels.muted(conn, channel.id, later) == ()
        assert channels.unmute(conn, channel.id, "LV", "ottawa", who="Max", now=NOW)
        assert not channels.unmute(conn, channel.id, "LV", "ottawa", who="Max", now=NOW)
        assert channels.muted(conn, channel.id, NOW) == ()
