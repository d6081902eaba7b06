"""Limits are kept as the platform counts, and a platform that asks to be left alone is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.limits import Limit, Rest

NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_limit_lets_no_window_hold_more_than_its_count() -> None:
    limit = Limit(2, 60)
    limit.take(NOON)
    limit.take(NOON + 50 * SECOND)
    assert limit.ready_at(NOON + 50 * SECOND) == NOON + 60 * SECOND
    limit.take(NOON + 60 * SECOND)
    assert limit.ready_at(NOON + 61 * SECOND) == NOON + 110 * SECOND
    assert limit.ready_at(NOON + 200 * SECOND) == NOON + 200 * SECOND


def test_a_send_under_way_counts_until_a_window_after_its_end() -> None:
    limit = Limit(1, 10)
    limit.begin()
    assert limit.ready_at(NOON + 30 * SECOND) > NOON + 30 * SECOND
    limit.end(NOON + 30 * SECOND)
    assert limit.ready_at(NOON + 31 * SECOND) == NOON + 40 * SECOND


def test_a_send_that_did_not_happen_does_not_count() -> None:
    limit = Limit(1, 10)
    limit.begin()
    limit.cancel()
    assert limit.ready_at(NOON) == NOON


def test_one_chat_that_is_to_wait_delays_no_other() -> None:
    rest = Rest()
    rest.asked(1, NOON + 30 * SECOND, NOON)
    assert rest.ready_at(1, NOON) == NOON + 30 * SECOND
    assert rest.ready_at(2, NOON) == NOON


def test_two_chats_that_are_to_wait_at_the_same_time_mean_everybody() -> None:
    rest = Rest()
    rest.asked(1, NOON + 30 * SECOND, NOON)
    rest.asked(2, NOON + 40 * SECOND, NOON + SECOND)
    assert rest.ready_at(3, NOON + 35 * SECOND) == NOON + 40 * SECOND
    assert rest.ready_at(3, NOON + 41 * SECOND) == NOON + 41 * SECOND


def test_two_chats_that_are_to_wait_one_after_the_other_mean_each_for_itself() -> None:
    rest = Rest()
    rest.asked(1, NOON + 30 * SECOND, NOON)
    rest.asked(2, NOON + 60 * SECOND, NOON + 30 * SECOND)
    assert rest.ready_at(3, NOON + 31 * SECOND) == NOON + 31 * SECOND
