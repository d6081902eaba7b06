"""Feeds follow their list, keep their history, and come up when they are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import event

from store import engines, feeds
from store.database import Database
from store.feeds import FeedSpec, FeedState

if TYPE_CHECKING:
    from tests.conftest import NewUrl

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
ONE = FeedSpec("https://one.example/feed", "One", "FI", "fi", "agency", "Group")
TWO = FeedSpec("https://two.example/feed", "Two")


def synced(database: Database, *specs: FeedSpec) -> dict[str, FeedState]:
    with database.transaction() as conn:
        feeds.sync(conn, specs)
        return {state.spec.outlet: state for state in feeds.all_feeds(conn)}


def saved(database: Database, *states: FeedState) -> None:
    with database.transaction() as conn:
        feeds.save(conn, *states)


def due(database: Database, now: datetime = NOW, limit: int = 500) -> list[str]:
    with database.reading() as conn:
        return [state.spec.outlet for state in feeds.due(conn, now, limit)]


def test_a_listed_feed_comes_in_fresh(database: Database) -> None:
    assert synced(database, ONE) == {"One": FeedState(id=1, spec=ONE, address=ONE.url)}


def test_a_feed_listed_twice_is_one_feed(database: Database) -> None:
    assert len(synced(database, ONE, TWO, ONE)) == 2


def test_how_polling_went_comes_back_as_it_was(database: Database) -> None:
    state = FeedState(
        id=synced(database, ONE)["One"].id,
        spec=ONE,
        address="https://one.example/moved",
        etag=b'W/"\xff\x00"',
        last_modified=b"Wed, 01 Oct 2025 09:00:00 GMT",
        body_hash="abc",
        next_poll=NOW + timedelta(minutes=7),
        interval=420.5,
        failures=3,
        last_ok=NOW - timedelta(days=1),
        last_status=503,
        last_error="HTTP 503",
        gone=False,
        baseline_done=True,
        asked_at=NOW,
        full_at=NOW - timedelta(hours=1),
        failing_since=NOW - timedelta(hours=2),
        last_item=NOW - timedelta(hours=3),
        rhythm=720.5,
        longest_gap=9_000.5,
        validated=False,
        wished=3_600.0,
        skip_hours=0b101,
        skip_days=0b1000001,
    )
    saved(database, state)
    assert synced(database, ONE) == {"One": state}


def test_a_description_follows_the_list_and_the_history_stays(database: Database) -> None:
    state = synced(database, ONE)["One"]._replace(failures=2, baseline_done=True)
    saved(database, state)
    described = replace(ONE, outlet="One Renamed", kind="official", group=None)
    assert synced(database, described) == {"One Renamed": state._replace(spec=described)}


def test_saving_cannot_change_what_the_list_says(database: Database) -> None:
    state = synced(database, ONE)["One"]
    saved(database, state._replace(spec=TWO))
    assert list(synced(database, ONE)) == ["One"]


def test_a_feed_no_longer_listed_rests_and_keeps_its_history(database: Database) -> None:
    state = synced(database, ONE, TWO)["One"]._replace(etag=b"x", baseline_done=True)
    saved(database, state)
    assert list(synced(database, TWO)) == ["Two"]
    assert due(database) == ["Two"]
    assert synced(database, ONE, TWO)["One"] == state


def test_a_gone_feed_gets_a_new_chance_only_after_it_was_off_the_list(database: Database) -> None:
    state = synced(database, ONE)["One"]._replace(gone=True, failures=9, next_poll=NOW + timedelta(days=9))
    saved(database, state)
    assert synced(database, ONE)["One"].gone
    assert due(database) == []
    synced(database)
    assert synced(database, ONE)["One"] == state._replace(gone=False, failures=0, next_poll=None)


def test_a_feed_listed_again_is_not_asked_sooner_than_it_would_have_been(database: Database) -> None:
    state = synced(database, ONE)["One"]._replace(next_poll=NOW + timedelta(minutes=20))
    saved(database, state)
    synced(database)
    assert synced(database, ONE)["One"] == state


def test_a_feed_that_moved_to_the_address_of_another_is_polled_there(database: Database) -> None:
    states = synced(database, ONE, TWO)
    moved = states["One"]._replace(address=TWO.url)
    saved(database, moved)
    with database.transaction() as conn:
        assert feeds.join(conn, moved.id, TWO.url) == states["Two"].id
        assert feeds.join(conn, states["Two"].id, TWO.url) is None
    assert due(database) == ["Two"]
    assert synced(database, ONE, TWO)["One"].twin_of == states["Two"].id
    assert synced(database, ONE)["One"] == moved
    assert due(database) == ["One"]


def test_a_host_that_rests_is_asked_for_no_feed_until_then(database: Database) -> None:
    specs = [
        FeedSpec("https://one.example/never", "never"),
        FeedSpec("http://One.example:8080/soon", "soon"),
        FeedSpec("https://one.example/late", "late"),
        FeedSpec("https://one.example.org/other", "other"),
        FeedSpec("https://not-one.example/", "another"),
    ]
    states = synced(database, *specs)
    until = NOW + timedelta(hours=2)
    saved(
        database,
        states["soon"]._replace(next_poll=NOW),
        states["late"]._replace(next_poll=until + timedelta(hours=1)),
    )
    with database.transaction() as conn:
        feeds.rest_host(conn, "one.example", until)
    after = synced(database, *specs)
    planned = {name: state.next_poll for name, state in after.items()}
    assert planned == {
        "never": until,
        "soon": until,
        "late": until + timedelta(hours=1),
        "other": None,
        "another": None,
    }


def test_a_feed_that_a_wrong_clock_put_off_for_years_is_due_again(database: Database) -> None:
    specs = [FeedSpec(f"https://{name}.example/", name) for name in ("astray", "late", "never", "gone")]
    found = synced(database, *specs)
    latest, years = NOW + timedelta(days=8), NOW + timedelta(days=3_000)
    with database.transaction() as conn:
        feeds.plan(conn, [(found["astray"].id, years), (found["late"].id, latest)])
        feeds.save(conn, found["gone"]._replace(gone=True, next_poll=years))
        assert feeds.bring_back(conn, latest, NOW) == 1
    after = synced(database, *specs)
    assert {name: state.next_poll for name, state in after.items()} == {
        "astray": NOW,
        "late": latest,
        "never": None,
        "gone": years,
    }


def test_the_next_poll_is_stored_apart_from_all_else(database: Database) -> None:
    state = synced(database, ONE)["One"]
    with database.transaction() as conn:
        feeds.plan(conn, [(state.id, NOW)])
        feeds.plan(conn, [])
    assert synced(database, ONE)["One"] == state._replace(next_poll=NOW)


def test_the_longest_overdue_comes_first_and_the_never_polled_before_all(database: Database) -> None:
    names = ["hour", "now", "soon", "never"]
    states = synced(database, *(FeedSpec(f"https://{name}.example/", name) for name in names))
    waits = {"hour": timedelta(hours=-1), "now": timedelta(0), "soon": timedelta(seconds=1)}
    saved(database, *(states[name]._replace(next_poll=NOW + wait) for name, wait in waits.items()))
    assert due(database) == ["never", "hour", "now"]
    assert due(database, limit=2) == ["never", "hour"]


def test_nothing_is_due_where_nothing_is_listed(database: Database) -> None:
    with database.reading() as conn:
        assert feeds.due(conn, NOW) == ()


def claimed(database: Database, until: datetime, *states: FeedState) -> list[str]:
    with database.transaction() as conn:
        taken = feeds.claim(conn, [(one, until) for one in states])
    return sorted(one.spec.outlet for one in states if one.id in taken)


def test_a_feed_is_claimed_once_in_an_interval(database: Database) -> None:
    states = synced(database, ONE, TWO)
    until = NOW + timedelta(minutes=30)
    assert claimed(database, until, *states.values()) == ["One", "Two"]
    assert claimed(database, until + timedelta(hours=1), *states.values()) == []
    assert due(database, until) == ["One", "Two"]
    again = states["Two"]._replace(next_poll=until)
    assert claimed(database, until + timedelta(hours=1), states["One"], again) == ["Two"]


def test_a_feed_that_was_polled_since_is_not_claimed_by_what_was_known_before(database: Database) -> None:
    before = synced(database, ONE)["One"]
    after = before._replace(etag=b'"2"', next_poll=NOW)
    saved(database, after)
    assert claimed(database, NOW + timedelta(hours=1), before) == []
    assert claimed(database, NOW + timedelta(hours=1), after) == ["One"]


def test_what_is_gone_or_not_listed_any_more_is_not_claimed(database: Database) -> None:
    states = synced(database, ONE, TWO)
    saved(database, states["One"]._replace(gone=True))
    synced(database, ONE)
    assert claimed(database, NOW + timedelta(hours=1), *states.values()) == []


def test_a_claim_passes_over_a_feed_that_another_transaction_holds(postgresql_urls: NewUrl) -> None:
    with Database(postgresql_urls()) as opened:
        event.remove(opened._engine, "begin", engines.take_turn)  # so that two can write at a time
        states = synced(opened, ONE, TWO)
        until = NOW + timedelta(hours=1)
        with opened.transaction() as first, opened.transaction() as second:
            assert feeds.claim(first, [(states["One"], until)]) == {states["One"].id}
            second.exec_driver_sql("SET LOCAL lock_timeout = 1000")
            assert feeds.claim(second, [(state, until) for state in states.values()]) == {states["Two"].id}
