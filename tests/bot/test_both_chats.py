"""The whole program in a process of its own, with both chats: one alert reaches both, each in its own way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.bot.fakes.slack import APP_TOKEN
from tests.bot.fakes.slack import TOKEN as SLACK_TOKEN
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


async def test_a_channel_that_starts_and_a_chat_that_starts_hear_of_the_same(place: Stand) -> None:
    ann = place.slack.person("U1ANN", "Ann", admin=True)
    news = place.joined(place.slack.channel("C1NEWS", "news", ann))
    place.rooms.clear()
    bob = place.telegram.private(7, "Bob", lang="en")
    program = await place.run()
    await place.until_slack(lambda: place.slack.sockets.connections)
    for say in (lambda: ann.asks(news, "/treaty start"), lambda: bob.says("/start")):
        say()
    await place.until_slack(lambda: news.ephemeral)
    await place.until(lambda: bob.told)
    ann.asks(news, "/treaty test")
    bob.says("/test")
    await place.until_slack(lambda: news.told)
    await place.until(lambda: len(bob.told) == 3)
    async with asyncio.timeout(30):
        await program.stop()
    assert await program.ended() == 0
    [alert] = news.told
    told = bob.told[-1].text
    assert "this is an example, not news" in alert.read.casefold() or "this is an example, not news" in alert.read
    assert "this is an example, not news" in told
    assert place.slack.teller.unheard() == []
    for secret in (SLACK_TOKEN, APP_TOKEN):
        assert secret not in program.said


async def test_a_check_names_every_fault_of_the_tokens(place: Stand) -> None:
    place.joined(place.slack.channel("C1NEWS", "news"))
    place.slack_token = "xoxb-somebody-elses"  # noqa: S105 - nobody's
    program = await place.run("check")
    assert await program.ended() == 1
    assert "slack: Slack refuses the bot token (invalid_auth)" in program.said
    assert "somebody-elses" not in program.said
