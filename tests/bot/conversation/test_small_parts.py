"""The small parts of a conversation: actions, pages, the memo and the throttle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.actions import StaleActionError, case_action, number, read_case
from bot.conversation.memo import Memo
from bot.conversation.paging import again, page_of, recalled
from bot.conversation.throttle import Throttle
from tests.bot.conversation.cases import LONG

if TYPE_CHECKING:
    from tests.bot.conversation.chat import Chat

NOW = datetime(2025, 10, 3, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("treaty", ["ecpt", "provisional:moons", LONG])
@pytest.mark.parametrize("rest", [(), ("7d",)])
def test_an_action_on_a_case_is_read_as_it_was_made(chat: Chat, treaty: str, rest: tuple[str, ...]) -> None:
    state = "LT" if treaty == LONG else "RU"
    with chat.database.reading() as conn:
        action = case_action(conn, "mute", state, treaty, *rest)
        assert action is not None
        assert len(action.encode()) <= 64
        ref = read_case(conn, action.removeprefix("mute:"))
    assert (ref.state, ref.treaty, ref.rest) == (state, treaty, rest)


def test_a_long_id_without_any_event_gives_no_button(chat: Chat) -> None:
    with chat.database.reading() as conn:
        assert case_action(conn, "mute", "RU", LONG) is None


@pytest.mark.parametrize("words", ["", ":", "RU", "RU:", ":ecpt", "#", "#x", "#99999999999999"])
def test_what_names_no_case_is_stale(chat: Chat, words: str) -> None:
    with chat.database.reading() as conn, pytest.raises(StaleActionError):
        read_case(conn, words)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "٣", "99999999999", "2147483648", " 1", "1\n"])
def test_a_row_that_no_database_holds_is_stale(text: str) -> None:
    with pytest.raises(StaleActionError):
        number(text)


@given(st.lists(st.integers(), max_size=60), st.integers(-5, 20), st.integers(1, 12))
def test_every_item_stands_on_one_page_and_no_page_is_too_long(items: list[int], page: int, size: int) -> None:
    shown, at, pages = page_of(items, page, size)
    assert len(shown) <= size
    assert 1 <= at <= pages
    everything = [one for each in range(1, pages + 1) for one in page_of(items, each, size)[0]]
    assert everything == items


@given(st.text(max_size=100))
def test_a_question_comes_back_from_a_button_as_it_was_asked(text: str) -> None:
    memo = Memo()
    action = again(memo, "search", text)
    assert len(action.encode("utf-8", "replace")) <= 64
    assert recalled(memo, action.removeprefix("do:search:")) == text


def test_a_memo_forgets_the_oldest_first() -> None:
    memo = Memo(kept=2)
    first, second = memo.put("first"), memo.put("second")
    memo.put("first")
    third = memo.put("third")
    assert [memo.get(one) for one in (first, second, third)] == ["first", None, "third"]


def test_a_throttle_lets_so_many_through_at_once_and_then_one_by_one() -> None:
    throttle = Throttle(rate=3)
    assert [throttle.take("ann", NOW) for _ in range(3)] == [0, 0, 0]
    assert throttle.take("ann", NOW) == pytest.approx(20)
    assert throttle.take("max", NOW) == 0
    assert throttle.take("ann", NOW + timedelta(seconds=19)) == pytest.approx(1)
    assert throttle.take("ann", NOW + timedelta(seconds=20)) == 0
    assert throttle.take("ann", NOW + timedelta(seconds=20)) == pytest.approx(20)


@given(st.lists(st.floats(0, 30), max_size=80))
def test_no_minute_has_more_than_twice_the_rate(pauses: list[float]) -> None:
    throttle, now = Throttle(rate=5), NOW
    granted = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if throttle.take("ann", now) == 0:
            granted.append(now)
    for start in granted:
        within = [one for one in granted if start <= one < start + timedelta(minutes=1)]
        assert len(within) <= 10


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    throttle = Throttle(rate=1)
    assert throttle.take("ann", NOW) == 0
    assert throttle.take("ann", NOW - timedelta(hours=1)) > 0
