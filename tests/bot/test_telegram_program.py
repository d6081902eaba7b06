"""The whole program in a process of its own, from nothing to the first alert in a chat that no settings name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.bot.fakes.bot_api import TOKEN
from tests.bot.stand import stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.bot.stand import Stand
    from tests.conftest import NewUrl


@pytest.fixture
async def place(tmp_path: Path, sqlite_urls: NewUrl) -> AsyncIterator[Stand]:
    async with stand(tmp_path, sqlite_urls()) as made:
        yield made


async def test_a_chat_that_sends_start_gets_alerts_without_a_restart(place: Stand) -> None:
    ann = place.telegram.private(7, "Ann", lang="en")
    # Telegram is out of reach at first: the program starts all the same.
    await place.telegram.stop()
    program = await place.run()
    ann.says("/start")
    ann.says("/test")
    await place.telegram.start()
    await place.until(lambda: len(ann.told) == 3)
    ann.says("/subscription")
    await place.until(lambda: len(ann.told) == 4)
    async with asyncio.timeout(20):
        await program.stop()
    assert await program.ended() == 0
    # Alerts go their own way: one may be there before the answer that announces it.
    first, *texts = [message.text for message in ann.told]
    assert first.startswith("I tell every step of a state out of a treaty, once.")
    for words in ("An example is on its way to this chat.", "this is an example, not news", "What this chat hears"):
        assert sum(words in text for text in texts) == 1
    assert place.telegram.updates.pending == []
    assert TOKEN not in program.said


async def test_a_check_names_every_fault_of_the_settings(place: Stand) -> None:
    place.token = "123456:somebody-else"  # noqa: S105 - nobody's
    program = await place.run("check")
    assert await program.ended() == 1
    assert "telegram: Telegram refuses the bot token" in program.said
    assert "somebody-else" not in program.said
