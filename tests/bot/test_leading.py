"""What only one of several programs does begins when it leads and ends when it does not."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING

import pytest

from bot.wiring import leading
from bot.wiring.leading import Leading
from store.database import Database, StoreBusyError
from store.leadership import Leadership
from tests.store.test_leadership import cut
from watchers.errors import ListeningError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewUrl

SOON = 0.02


class Work:
    """What a leader does; of all programs together, so that two at a time are noticed."""

    def __init__(self) -> None:
        self.now: list[str] = []
        self.said: list[str] = []
        self.fails: dict[str, list[Exception]] = {}

    def of(self, name: str, database: Database) -> Leading:
        async def led(stack: AsyncExitStack) -> None:
            await asyncio.sleep(0)
            if self.fails.get(name):
                raise self.fails[name].pop()
            assert self.now == [], "two lead at a time"
            self.now.append(name)
            self.said.append(name)
            stack.callback(self.now.remove, name)

        return Leading(database, led, look=SOON)

    async def until(self, *names: str) -> None:
        async with asyncio.timeout(60):
            while self.now != [*names]:  # noqa: ASYNC110 - a database tells nobody that it has changed
                await asyncio.sleep(SOON)


@pytest.fixture
def shared(emptied_postgresql: NewUrl) -> Iterator[list[Database]]:
    url = emptied_postgresql()
    with ExitStack() as stack:
        yield [stack.enter_context(Database(url)) for _ in range(2)]


async def test_the_only_program_of_a_sqlite_file_leads_from_the_start(sqlite_database: Database) -> None:
    work = Work()
    async with work.of("alone", sqlite_database) as alone:
        assert (alone.leads(), work.now) == (True, ["alone"])
    assert (alone.leads(), work.now) == (False, [])


async def test_another_program_leads_once_the_first_has_stopped(shared: list[Database]) -> None:
    work = Work()
    async with AsyncExitStack() as second:
        async with work.of("one", shared[0]) as one:
            other = await second.enter_async_context(work.of("other", shared[1]))
            assert (one.leads(), other.leads(), work.now) == (True, False, ["one"])
        await work.until("other")
        assert other.leads()
    assert (work.now, work.said) == ([], ["one", "other"])


async def test_whose_connection_is_ended_stops_leading_and_somebody_leads_again(
    shared: list[Database], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, leading.__name__)
    work = Work()
    async with work.of("one", shared[0]) as one, work.of("other", shared[1]) as other:
        for number in range(3):
            before = len(work.said)
            assert await asyncio.to_thread(cut, shared[0], "treatywatch leader%") >= 1
            async with asyncio.timeout(60):
                while len(work.said) == before:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(SOON)
            assert [one.leads(), other.leads()].count(True) == 1, number
    said = [record.getMessage() for record in caplog.records if record.name == leading.__name__]
    lost = [line for line in said if line.startswith("this program leads no more: database postgresql")]
    assert len(lost) == said.count("this program leads") - 1 >= 3


async def test_a_leader_that_hears_nothing_from_the_database_leads_no_more(
    shared: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "ANSWER_SECONDS", SOON)
    work = Work()
    async with work.of("one", shared[0]) as one:
        held, hold = asyncio.Event(), one._leadership.hold
        loop = asyncio.get_running_loop()

        def slow() -> bool:
            asyncio.run_coroutine_threadsafe(held.wait(), loop).result(60)
            return hold()

        monkeypatch.setattr(one._leadership, "hold", slow)
        await work.until()
        assert not one.leads()
        held.set()
        await work.until("one")  # its lock was never lost


async def test_a_database_that_is_away_lets_nobody_lead(
    shared: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work()
    async with work.of("one", shared[0]) as one:

        def away() -> bool:
            raise StoreBusyError("the server is away")

        with monkeypatch.context() as patch:
            patch.setattr(one._leadership, "hold", away)
            await work.until()
            assert not one.leads()
        await work.until("one")


async def test_what_goes_wrong_in_beginning_is_raised_at_the_start_and_left_to_others_later(
    shared: list[Database], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(leading, "RETRY_SECONDS", SOON)
    work = Work()
    work.fails = {"one": [ListeningError("cannot listen at one")], "other": [ValueError("123:token")] * 2}
    with pytest.raises(ListeningError):
        await work.of("one", shared[0]).__aenter__()
    first = Leadership(shared[0])
    assert first.hold()
    async with work.of("other", shared[1]) as other:
        assert not other.leads()
        first.let_go()
        await work.until("other")
    assert "this program cannot lead, another may: ValueError in led" in caplog.text
    assert "123:token" not in caplog.text
