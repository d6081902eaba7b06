"""The whole program in a process of its own, with both chats: one alert reaches both, each in its own way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.corrections import Corrections, Word
from config.knowledge import load
from store import audit, decisions
from store.database import Database
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


async def test_one_alert_reaches_both_chats_and_both_are_answered(place: Stand) -> None:
    ann = place.slack.person("U1ANN", "Ann", admin=True)
    news = place.joined(place.slack.channel("C1NEWS", "news", ann))
    bob = place.listed(place.telegram.private(7, "Bob", lang="en"))
    place.feed.titles.append("Chile announces it will withdraw from the Chemical Weapons Convention")
    program = await place.run()
    await place.until_slack(lambda: news.told)
    await place.until(lambda: bob.told)
    await place.until_slack(lambda: place.slack.sockets.connections)
    ann.asks(news, "/treaty case Chile cwc")
    bob.says("/case Chile cwc")
    await place.until_slack(lambda: news.ephemeral)
    await place.until(lambda: len(bob.told) == 2)
    sources = ann.presses(news.told[0], "Why")
    await place.until_slack(lambda: sources.shown)
    async with asyncio.timeout(30):
        await program.stop()
    assert await program.ended() == 0
    [alert], told = news.told, bob.told[0].text
    for text in (alert.read, told):
        assert "Chile" in text
        assert "Chemical Weapons Convention" in text
    assert "Chemical Weapons Convention" in news.ephemeral[0].read
    assert place.slack.teller.unheard() == []
    for secret in (SLACK_TOKEN, APP_TOKEN):
        assert secret not in program.said


async def test_one_alert_grows_and_is_answered_in_each_chat_in_its_own_way(place: Stand) -> None:
    news = place.joined(place.slack.channel("C1NEWS", "news"))
    bob = place.listed(place.telegram.private(7, "Bob", lang="en"))
    place.feed.titles.append("Chile announces it will withdraw from the Chemical Weapons Convention")
    program = await place.run()
    await place.until_slack(lambda: news.told)
    await place.until(lambda: bob.told)
    await program.stop()
    place.later(hours=2)
    place.feed.echoes.append("Chilean government says it is going to quit the Chemical Weapons Convention")
    program = await place.run()
    await place.until_slack(lambda: news.told[0].edits)
    await place.until(lambda: bob.told[0].edits)
    await program.stop()
    place.later(hours=24)
    place.feed.titles.append("Chile's senate passes bill to leave the Chemical Weapons Convention")
    await place.run()
    await place.until_slack(lambda: len(news.told) == 2)
    await place.until(lambda: len(bob.told) == 2)
    [alert, step], [told, answer] = news.told, bob.told
    for text in (alert.read, told.text):
        assert "+1 source" in text
    assert (alert.edits, len(told.edits)) == (1, 1)
    assert (step.thread, step.broadcast) == (alert.ts, True)
    assert answer.reply_to is told
    assert place.telegram.pace.violations == []


async def test_of_two_curators_at_once_one_decides_and_both_are_told(place: Stand) -> None:
    ann = place.slack.person("U1ANN", "Ann")
    desk = place.joined(place.slack.channel("C1DESK", "desk", ann), role="reviewers")
    bob = place.listed(place.telegram.private(7, "Bob", lang="en"), role="reviewers")
    place.curators = {"slack": [ann.id], "telegram": [bob.id]}
    place.feed.titles.append("Chile has left the Chemical Weapons Convention")
    program = await place.run()
    [question] = await place.until_slack(lambda: desk.told)
    [asked] = await place.until(lambda: bob.told)
    await place.until_slack(lambda: place.slack.sockets.connections)

    tapped, pressed = bob.press("Dismiss"), ann.presses(question, "Confirm")
    await place.until_slack(lambda: pressed.shown)
    await place.until(lambda: len(bob.told) == 2 or tapped.note)
    await program.stop()
    told = [pressed.shown[-1].read, bob.told[1].text if len(bob.told) == 2 else tapped.note.text]  # type: ignore[union-attr]
    with Database(place.database_url) as database, database.reading() as conn:
        [decided] = decisions.newest(conn, 10)
    assert (decided.who, decided.action) in {("Ann", "confirm"), ("Bob", "dismiss")}
    assert sorted("decided this already" in text for text in told) == [False, True]
    assert all(decided.who in text for text in told)

    # An edit keeps a minute away from what it edits.
    place.later(hours=1)
    program = await place.run()
    await place.until_slack(lambda: "✔" in question.read)
    await place.until(lambda: "✔" in asked.text)
    await program.stop()
    assert all(decided.who in text for text in (question.read, asked.text))
    assert (question.labels, asked.labels) == ([], [])

    with Database(place.database_url) as database, database.transaction() as conn:
        Corrections(load()).undo(conn, decided.id, Word("Eve", datetime.now(UTC)))
        assert decisions.newest(conn, 10) == ()
        undone, made = audit.entries(conn, 2)
    place.later(hours=1)
    await place.run()
    await place.until_slack(lambda: question.labels)
    await place.until(lambda: asked.labels)
    accounts = {"Ann": "Ann (slack U1ANN)", "Bob": "Bob (telegram 7)"}
    assert (made.who, made.action) == (accounts[decided.who], f"review: {decided.action}")
    assert (undone.who, undone.action, undone.subject) == ("Eve", f"review: undo {decided.action}", made.subject)


async def test_a_check_names_every_fault_of_the_tokens(place: Stand) -> None:
    place.joined(place.slack.channel("C1NEWS", "news"))
    place.slack_token = "xoxb-somebody-elses"  # noqa: S105 - nobody's
    program = await place.run("check")
    assert await program.ended() == 1
    assert "slack: Slack refuses the bot token (invalid_auth)" in program.said
    assert "somebody-elses" not in program.said
