"""Whose turn it is: the most urgent, then whoever waited longest, and never more at a time than a few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.agenda import PARALLEL, Agenda, Turn
from bot.limits import Limit
from bot.places import Places
from store.outbox import Waiting

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.message import Message

NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)


class Silent:
    """A channel to which nothing is sent here."""

    async def post(self, message: Message, reply_to: str | None) -> str:
        raise NotImplementedError

    async def edit(self, message_id: str, message: Message) -> None:
        raise NotImplementedError


class Paced(Silent):
    """The same with a pace."""

    def __init__(self) -> None:
        self.limits = (Limit(1, 1),)


def turn(number: int, priority: int = 0, channel: Channel | None = None) -> Turn:
    return Turn(Waiting(number, "console", f"room {number}", priority), channel or Silent())


def picked(agenda: Agenda, now: datetime = NOON) -> list[int]:
    found = []
    while one := agenda.pick(now):
        found.append(one.id)
        agenda.done(one, more=False)
    return found


def test_the_most_urgent_message_goes_first() -> None:
    agenda = Agenda()
    agenda.fill([turn(1), turn(2, 10), turn(3, -1), turn(4, 10)])
    assert picked(agenda) == [2, 4, 1, 3]


def test_among_equals_whoever_was_served_longest_ago_goes_first() -> None:
    agenda = Agenda()
    agenda.fill([turn(2)])
    assert picked(agenda) == [2]
    agenda.fill([turn(1), turn(2), turn(3)])
    assert picked(agenda) == [1, 3, 2]


def test_only_so_many_are_served_at_a_time_and_none_twice() -> None:
    agenda = Agenda()
    agenda.fill(turn(number) for number in range(PARALLEL + 5))
    begun = [one for _ in range(PARALLEL + 5) if (one := agenda.pick(NOON))]
    assert len(begun) == PARALLEL
    agenda.done(begun[0], more=False)
    agenda.fill([begun[1]])
    assert agenda.pick(NOON) is None


def test_who_is_held_back_by_a_limit_is_passed_over_and_named() -> None:
    agenda, slow = Agenda(), turn(1, 10, Paced())
    agenda.fill([slow, turn(2)])
    first = agenda.pick(NOON)
    assert first == slow
    first.end(NOON, tried=True)
    agenda.done(first, more=True)
    assert picked(agenda) == [2]
    assert agenda.again_at == NOON + timedelta(seconds=1)
    assert picked(agenda, NOON + timedelta(seconds=1)) == [1]


def test_a_turn_goes_on_as_long_as_its_limits_allow() -> None:
    agenda, free, slow = Agenda(), turn(1), turn(2, channel=Paced())
    slow.limits[0].take(NOON)
    assert agenda.go_on(free, NOON)
    assert not agenda.go_on(slow, NOON)


def test_places_are_made_once_and_again_for_another_address() -> None:
    made: list[tuple[str, str]] = []

    def make(platform: str, address: str) -> Channel | None:
        made.append((platform, address))
        return Silent() if platform == "telegram" else None

    console = Silent()
    places = Places({1: console}, make)
    assert places.find(Waiting(1, "console", "stdout", 0)) is console
    first = places.find(Waiting(2, "telegram", "-1", 0))
    assert first is places.find(Waiting(2, "telegram", "-1", 0))
    assert first is not places.find(Waiting(2, "telegram", "-1001", 0))
    assert places.find(Waiting(3, "slack", "C1", 0)) is None
    assert made == [("console", "stdout"), ("telegram", "-1"), ("telegram", "-1001"), ("slack", "C1")]
