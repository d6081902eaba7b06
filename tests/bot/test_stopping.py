"""Being asked to stop: before the work has begun, while it is under way, and when it does not end."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.stopping import Stopping
from tests.bot.stand import stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.bot.stand import Stand
    from tests.conftest import NewUrl


def never() -> None:
    pytest.fail("the process would be ended")


async def test_a_start_is_cut_short_and_what_it_opened_is_closed() -> None:
    stop, seen = Stopping(never, limit=3_600), list[str]()

    async def work() -> None:
        try:
            seen.append("opened")
            stop.ask()
            stop.ask()
            await asyncio.Event().wait()
        finally:
            seen.append("closed")

    await stop.heeded_by(work())
    assert seen == ["opened", "closed"]


async def test_what_has_begun_ends_in_its_own_order() -> None:
    stop, seen = Stopping(never, limit=3_600), list[str]()

    async def work() -> None:
        stop.begun()
        stop.ask()
        await asyncio.sleep(0)
        await stop.wait()
        seen.append("ended")

    await stop.heeded_by(work())
    assert seen == ["ended"]


async def test_an_error_of_the_start_is_raised() -> None:
    async def work() -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        await Stopping(never, limit=3_600).heeded_by(work())


async def test_work_that_cancels_itself_was_not_stopped() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Stopping(never, limit=3_600).heeded_by(work())


async def test_what_does_not_end_is_ended_even_if_the_loop_hangs(caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()
    stop = Stopping(ended.set, limit=0.01)

    async def work() -> None:
        stop.begun()
        stop.ask()
        ended.wait()  # nothing else runs in this loop meanwhile

    await stop.heeded_by(work())
    assert "the next start takes it up" in caplog.text


@asynccontextmanager
async def unanswering() -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A server that takes connections and never says a word: its port, and whether somebody has connected."""
    asked, over = asyncio.Event(), asyncio.Event()

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await over.wait()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()
        over.set()


@pytest.fixture
async def place(tmp_path: Path, sqlite_urls: NewUrl) -> AsyncIterator[Stand]:
    async with stand(tmp_path, sqlite_urls()) as made:
        yield made


@pytest.mark.parametrize("platform", ["telegram", "slack"])
async def test_a_program_that_waits_for_a_chat_that_never_answers_is_stopped_at_once(
    place: Stand, platform: str
) -> None:
    async with unanswering() as (port, asked):
        settings = {
            "telegram": {"token": place.telegram.token, "base_url": f"http://127.0.0.1:{port}/bot"},
            "slack": {"bot_token": place.slack.token, "base_url": f"http://127.0.0.1:{port}/api/"},
        }
        place.more = {"telegram": {}, platform: settings[platform]}
        program = await place.run()
        await asyncio.wait_for(asked.wait(), 60)
        program.process.send_signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert "Treatywatch watches" in program.said
    for unsaid in ("Traceback", "cannot be reached", "not answered yet", "the next start takes it up"):
        assert unsaid not in program.said
