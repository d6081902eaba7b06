from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.places import Places, Turns


class Room:
    """Notes who is inside at a time."""

    def __init__(self, number: int) -> None:
        self.places = Places(number)
        self.inside: list[int] = []
        self.entered: list[int] = []
        self.most = 0

    async def visit(self, name: int, leave: asyncio.Event) -> None:
        async with self.places:
            self.inside.append(name)
            self.entered.append(name)
            self.most = max(self.most, len(self.inside))
            try:
                await leave.wait()
            finally:
                self.inside.remove(name)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_whoever_waits_longest_comes_in_next() -> None:
    room, doors = Room(2), [asyncio.Event() for _ in range(5)]
    tasks = [asyncio.create_task(room.visit(number, door)) for number, door in enumerate(doors)]
    await settled()
    assert room.inside == [0, 1]
    doors[1].set()
    await settled()
    assert room.inside == [0, 2]
    for door in doors:
        door.set()
    await asyncio.gather(*tasks)
    assert room.entered == [0, 1, 2, 3, 4]


async def test_a_place_is_left_by_an_error_too() -> None:
    room = Room(1)
    with pytest.raises(ValueError, match="no"):
        async with room.places:
            raise ValueError("no")
    await asyncio.wait_for(room.visit(0, done()), 1)


def done() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


async def test_a_place_is_not_lost_where_its_next_one_is_called_off_at_the_same_moment() -> None:
    room, first = Room(1), asyncio.Event()
    inside = asyncio.create_task(room.visit(0, first))
    waiting = asyncio.create_task(room.visit(1, done()))
    await settled()
    first.set()
    await inside  # the place is handed on, and the task that gets it has not run yet
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(room.visit(2, done()), 1)
    assert room.entered[-1] == 2


@given(st.integers(1, 3), st.lists(st.tuples(st.sampled_from(["enter", "leave", "cancel"]), st.integers(0, 9))))
def test_there_are_never_more_inside_and_never_fewer_than_could_be(number: int, steps: list[tuple[str, int]]) -> None:
    async def play() -> None:
        room = Room(number)
        doors: list[asyncio.Event] = []
        tasks: list[asyncio.Task[None]] = []
        for step, which in steps:
            if step == "enter":
                doors.append(asyncio.Event())
                tasks.append(asyncio.create_task(room.visit(len(doors), doors[-1])))
            elif tasks and step == "leave":
                doors[which % len(doors)].set()
            elif tasks:
                tasks[which % len(tasks)].cancel()
            await settled()
            there = [task for task in tasks if not task.done()]
            assert len(room.inside) == min(number, len(there))
        for door in doors:
            door.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert room.most <= number

    asyncio.run(play())


async def test_each_name_has_one_place_and_no_other_name_waits_for_it() -> None:
    turns, leave, entered = Turns(), asyncio.Event(), []

    async def visit(name: str, number: int) -> None:
        async with turns.of(name):
            entered.append((name, number))
            await leave.wait()

    tasks = [asyncio.create_task(visit(name, number)) for number in range(2) for name in ("a", "b")]
    await settled()
    assert entered == [("a", 0), ("b", 0)]
    leave.set()
    await asyncio.gather(*tasks)
    assert sorted(entered) == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


async def test_names_whose_place_nobody_has_are_forgotten_when_there_are_too_many() -> None:
    turns = Turns(most=3)
    async with turns.of("taken"):
        place = turns.of("taken")
        for number in range(10):
            async with turns.of(f"free {number}"):
                pass
            assert len(turns) <= 3
        assert turns.of("taken") is place
