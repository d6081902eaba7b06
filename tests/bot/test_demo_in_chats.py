"""The demo in chats: the program in a process, at a Bot API in another one."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import tomli_w

from bot.channel import NotSentError
from bot.demo.posting import PlayedChannel, as_demo
from bot.message import Button, Line, Message
from bot.speech import Speech
from tests.bot.fakes.bot_api import TOKEN
from tests.bot.hearing import KNOWLEDGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot.fakes.bot_api import FakeBotApi
    from tests.bot.fakes.slack import FakeSlack

ROOT = Path(__file__).parents[2]
STAGES = (
    "approved by the government",
    "bill before parliament",
    "passed by the lower house",
    "passed by the upper house",
    "signed into law",
)
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}


@dataclass
class Away:
    """A Bot API in a process of its own."""

    url: str
    session: aiohttp.ClientSession

    async def do(self, what: str, **body: Any) -> None:
        async with self.session.post(self._control(what), json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def see(self, what: str) -> Any:
        async with self.session.get(self._control(what)) as answer:
            return await answer.json()

    def _control(self, what: str) -> str:
        return f"{self.url.removesuffix('bot')}control/{what}"


@asynccontextmanager
async def bot_api_away() -> AsyncIterator[Away]:
    serving = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bot.fakes.bot_api"), env=ENVIRONMENT, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert serving.stdout
        url = (await serving.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:
            yield Away(url, session)
    finally:
        serving.kill()
        await serving.wait()


async def demo(folder: Path, settings: dict[str, Any], *words: str) -> tuple[int, str]:
    """The exit code of a demo, and what it printed."""
    (folder / "treatywatch.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--data", "demo", "--pace", "0", *words),
        cwd=folder,
        env=ENVIRONMENT | {"HOME": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await asyncio.wait_for(running.communicate(), 300)
    return running.returncode or 0, told.decode()


def at(url: str, *chats: dict[str, Any]) -> dict[str, Any]:
    return {"telegram": {"token": TOKEN, "base_url": url, "chats": list(chats)}}


def alerts(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in messages if "Digest" not in one["text"].splitlines()[0]]


def more_sources(text: str) -> int:
    found = re.search(r"\+(\d+) source", text)
    return int(found[1]) if found else 0


async def test_chats_get_one_message_for_each_development_which_grows(tmp_path: Path) -> None:
    async with bot_api_away() as telegram:
        await telegram.do("private", id=7, name="Ann", started=True)
        await telegram.do("group", id=-8, title="Desk", bot="member")
        code, told = await demo(tmp_path, at(telegram.url, {"id": 7}, {"id": -8}), "--chats")
        chats, violations = await telegram.see("chats"), await telegram.see("violations")

    assert "All as expected." in told
    assert code == 0
    assert TOKEN not in told
    for chat in ("7", "-8"):
        messages = chats[chat]["messages"]
        found = alerts(messages)
        assert [re.sub(r".*: ", "", one["text"].splitlines()[0]) for one in found] == [*STAGES]
        # Each answers the one before it: a thread for the case.
        assert [one["reply_to"] for one in found] == [None, *(one["id"] for one in found[:-1])]
        for one in found:
            grown = [more_sources(text) for text in (*one["edits"], one["text"])]
            assert len(grown) > 1
            assert grown == sorted(set(grown))
        assert all(one["text"].startswith("🎬 DEMO, not news: ") for one in messages)
        assert not any(one["buttons"] for one in messages)
        assert not any(entity["type"] == "text_link" for one in messages for entity in one["entities"])
        assert len({one["text"] for one in messages}) == len(messages)
    assert violations == []


async def test_both_platforms_are_told_each_in_its_own_way(
    tmp_path: Path, server: FakeBotApi, workspace: FakeSlack
) -> None:
    ann = server.private(7, "Ann")
    news = workspace.channel("C1NEWS", "news")
    slack = {"bot_token": workspace.token, "app_token": workspace.app_token, "base_url": workspace.url}
    settings = at(server.url, {"id": 7}) | {"slack": slack | {"channels": [{"id": news.id}]}}
    code, told = await demo(tmp_path, settings, "--chats")

    assert "All as expected." in told
    assert code == 0
    there = [one for one in news.told if "Digest" not in one.text]
    here = [one for one in ann.told if "Digest" not in one.text.splitlines()[0]]
    for stage, message, post in zip(STAGES, here, there, strict=True):
        assert message.text.splitlines()[0].endswith(stage)
        assert stage in post.read.splitlines()[0]
        assert (bool(message.edits), bool(post.edits)) == (True, True)
    assert [one.reply_to for one in here] == [None, *here[:-1]]
    assert [(one.thread, one.broadcast) for one in there] == [(None, False), *((there[0].ts, True),) * 4]


async def test_without_the_switch_no_chat_is_touched(tmp_path: Path, server: FakeBotApi) -> None:
    ann = server.private(7, "Ann")
    code, told = await demo(tmp_path, at(server.url, {"id": 7}))
    assert "All as expected." in told
    assert code == 0
    assert ann.told == []
    assert server.calls == []


async def test_a_demo_for_chats_needs_chats_in_the_settings(tmp_path: Path, server: FakeBotApi) -> None:
    code, told = await demo(tmp_path, at(server.url), "--chats")
    assert code == 1
    assert told == (
        "treatywatch: no chat can be told the demo: list one under telegram.chats or slack.channels, with its token\n"
    )
    assert not (tmp_path / "demo" / "demo.db").exists()


async def test_a_demo_with_a_wrong_token_says_so_in_one_line(tmp_path: Path, server: FakeBotApi) -> None:
    settings = at(server.url, {"id": 7})
    settings["telegram"]["token"] = "123456:somebody-else"  # noqa: S105 - nobody's
    code, told = await demo(tmp_path, settings, "--chats")
    assert code == 1
    assert told == "treatywatch: Telegram refuses the bot token\n"


async def test_what_a_chat_cannot_take_is_told_at_the_end_and_owed(tmp_path: Path, server: FakeBotApi) -> None:
    ann = server.private(7, "Ann")
    ann.blocks()
    code, told = await demo(tmp_path, at(server.url, {"id": 7, "title": "Ann"}), "--chats")
    assert "Not as expected: Ann cannot be told any more: " in told
    assert code == 1


def test_a_demo_s_message_is_marked_and_leads_nowhere() -> None:
    line = Line("Radio Harbour", "small", "https://radio.example/1")
    buttons = ((Button("Why", "why:1"), Button("Site", link="https://radio.example/")),)
    message = Message("alert", "Latvia: left", ("text", line), "https://radio.example/2", "Wire", buttons=buttons)
    shown = as_demo(message, Speech("de", KNOWLEDGE))
    assert shown.headline == "🎬 DEMO, keine Nachricht: Latvia: left"
    assert shown.lines == ("text", Line("Radio Harbour", "small"), "Wire")
    assert (shown.link, shown.buttons) == (None, ())


class Resting:
    """A channel that once asks to be left alone."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked = 0

    async def post(self, message: Message, reply_to: str | None) -> str:  # noqa: ARG002 - a channel's
        self.asked += 1
        if self.asked == 1:
            raise NotSentError("too many requests", self.seconds)
        return "1"

    async def edit(self, message_id: str, message: Message) -> None:
        raise NotImplementedError


async def test_a_chat_that_asks_to_wait_is_left_alone_in_real_time() -> None:
    now = datetime(2025, 10, 1, tzinfo=UTC)
    chat, message = Resting(30), Message("alert", "Latvia")
    played = PlayedChannel(chat, lambda: now)
    for _ in range(3):
        with pytest.raises(NotSentError) as refused:
            await played.post(message, None)
        assert refused.value.retry_after == 30
    assert chat.asked == 1
    now += timedelta(seconds=30)
    assert await played.post(message, None) == "1"
