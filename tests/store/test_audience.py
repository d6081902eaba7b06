"""Who hears of an alert: whoever's filter asks for it, in every dimension, and has not muted the case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from store import channels
from store.audience import audience
from store.channels import Subscription
from store.tables import mutes, subscriptions
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
BALTIC = Subscription(frozenset({"EE", "LV", "LT"}), frozenset({"ottawa", "ccm"}), frozenset({Stage.IN_EFFECT}))


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


def room(conn: Connection, name: str, subscription: Subscription | None = None, *langs: str) -> int:
    channel = channels.sync(conn, "slack", name, title=name, subscription=subscription or Subscription())
    rows = [{"channel_id": channel, "dimension": "lang", "value": lang} for lang in langs]
    if rows:
        conn.execute(insert(subscriptions), rows)
    return channel


def mute(conn: Connection, channel: int, state: str, until: datetime | None) -> None:
    conn.execute(insert(mutes).values(channel_id=channel, state=state, treaty="ccm", until=until, who="Anna"))


def hears(conn: Connection, *states: str, langs: tuple[str | None, ...] = ("en",)) -> dict[int, str | None]:
    return dict(audience(conn, states, "ccm", Stage.IN_EFFECT, langs, NOW))


def test_only_enabled_public_channels_that_want_it_hear_of_it(conn: Connection) -> None:
    everything, baltic = room(conn, "all"), room(conn, "baltic", BALTIC)
    channels.sync(conn, "slack", "reviewers", title="Reviewers", role="reviewers")
    channels.disable(conn, room(conn, "gone"), "archived", NOW)
    assert hears(conn, "LV") == {everything: None, baltic: None}
    assert hears(conn, "FI") == {everything: None}


def test_the_database_chooses_as_a_subscription_says(conn: Connection) -> None:
    wants = [
        Subscription(frozenset(states), frozenset(treaties), frozenset(stages))
        for states, treaties, stages in product(
            ((), ("LV",), ("FI", "EE")),
            ((), ("ccm",), ("ottawa", "echr")),
            ((), (Stage.IN_EFFECT,), (Stage.ANNOUNCED,)),
        )
    ]
    rooms = {room(conn, f"room {number}", want): want for number, want in enumerate(wants)}
    for state, treaty, stage in product(("LV", "EE", "PL"), ("ccm", "ottawa"), (Stage.IN_EFFECT, Stage.SUSPENDED)):
        found = audience(conn, [state], treaty, stage, ["en"], NOW)
        assert set(found) == {one for one, want in rooms.items() if want.wants(state, treaty, stage)}


def test_states_that_act_together_are_wanted_for_any_of_them(conn: Connection) -> None:
    baltic, finland = room(conn, "baltic", BALTIC), room(conn, "finland", Subscription(states=frozenset({"FI"})))
    assert hears(conn, "LV", "FI") == {baltic: None, finland: None}
    assert hears(conn, "LV", "EE") == {baltic: None}


def test_a_muted_case_is_withheld_until_the_mute_ends(conn: Connection) -> None:
    for_good, for_now, before = (room(conn, name) for name in ("for good", "for now", "before"))
    mute(conn, for_good, "LV", None)
    mute(conn, for_now, "LV", NOW + HOUR)
    mute(conn, before, "LV", NOW)
    assert hears(conn, "LV") == {for_good: "muted", for_now: "muted", before: None}
    assert hears(conn, "EE") == {for_good: None, for_now: None, before: None}
    assert hears(conn, "LV", "EE") == {for_good: None, for_now: None, before: None}


@pytest.mark.parametrize(
    ("langs", "reason"),
    [(("uk",), None), (("en", "ru"), None), (("en", "de"), "language"), (("en", None), None), ((), None)],
)
def test_a_filter_by_language_waits_for_a_report_in_one_of_them(
    conn: Connection, langs: tuple[str | None, ...], reason: str | None
) -> None:
    channel, other = room(conn, "uk", None, "uk", "ru"), room(conn, "all")
    assert hears(conn, "LV", langs=langs) == {channel: reason, other: None}


def test_languages_count_only_where_the_rest_is_wanted(conn: Connection) -> None:
    room(conn, "finland", Subscription(states=frozenset({"FI"})), "uk")
    assert hears(conn, "LV", langs=("uk",)) == {}
