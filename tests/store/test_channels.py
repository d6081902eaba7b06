"""Channels hear what they asked for, and nothing once they are gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from store import audit, channels
from store.channels import ChannelRow, Subscription
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
BALTIC = Subscription(frozenset({"EE", "LV", "LT"}), frozenset({"ottawa", "ccm"}), frozenset({Stage.IN_EFFECT}))


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
