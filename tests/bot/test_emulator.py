"""Whole conversations at an emulator of Telegram that others wrote: it reads our messages in its own way.

It needs Python 3.12; `make emulator` runs these tests where one is found.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bot.conversation.conversation import Conversation
from bot.desk import Desk
from bot.telegram.hearing import Hearing
from bot.telegram.sending import TelegramChats
from store import channels, events
from tests.bot.fakes.bot_api import TOKEN
from tests.bot.hearing import CASES, DRAWINGS, KNOWLEDGE, QUICK, UNHURRIED, Clock
from tests.bot.test_telegram_conversation import ANSWERS, HOSTILE, seen
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from store.channels import ChannelRow
    from store.database import Database

client = pytest.importorskip(
    "tg_auto_test.test_utils.serverless_telegram_client", reason="tg-auto-test needs Python 3.12: see `make emulator`"
)
ANN = 7
SHOWN = ANSWERS | {"/timeline Latvia ottawa": "Passed by parliament, 16 April 2025"}
"""What is told beside the picture of a timeline is its last step."""


@asynccontextmanager
async def talking(database: Database) -> AsyncIterator[Any]:
    """A private chat of Ann's with the bot, as the emulator has it."""
    clock = Clock()
    with database.transaction() as conn:
        events.seed(conn, CASES, clock())
    chats = TelegramChats(TOKEN, pace=UNHURRIED)
    answers = Conversation(database, KNOWLEDGE, version="1.2.3", draw=DRAWINGS)
    with Desk(database, answers, KNOWLEDGE, asyncio.Lock(), clock) as desk:

        def application(builder: Any) -> Any:
            # Its Bot API is a transport of the library's, not an address.
            chats.bot._request = (builder._request, builder._request)
            return Hearing(chats, desk, patience=QUICK).application

        emulator = client.ServerlessTelegramClient(application, user_id=ANN, first_name="Ann")
        await emulator.connect()
        try:
            async with emulator.conversation("test_bot", timeout=10) as conversation:
                yield conversation
        finally:
            await emulator.disconnect()


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
async def ann(database: Database) -> AsyncIterator[Any]:
    """Ann's conversation with the bot."""
    async with talking(database) as conversation:
        yield conversation


async def asked(ann: Any, words: str) -> Any:
    await ann.send_message(words, parse_mode=None)
    return await ann.get_response()


def labels(message: Any) -> list[str]:
    return [button.text for row in message.buttons or () for button in row]


def chosen(database: Database) -> ChannelRow:
    with database.reading() as conn:
        found = channels.at(conn, "telegram", str(ANN))
    assert found
    return found


@pytest.mark.parametrize(("words", "expected"), SHOWN.items(), ids=SHOWN)
async def test_every_command_is_answered(ann: Any, words: str, expected: str) -> None:
    answer = await asked(ann, words)
    assert expected in seen(answer.text)
    assert "Something went wrong" not in answer.text
    assert "<" not in answer.text


async def test_a_chat_is_set_up_with_three_presses(ann: Any, database: Database) -> None:
    message = await asked(ann, "/start")
    for label in ("English", "Europe/London", "Formal steps only"):
        await message.click(text=next(one for one in labels(message) if label in one))
        message = await ann.get_edit()
    settings = chosen(database)
    assert (settings.lang, settings.timezone) == ("en", "Europe/London")
    assert Stage.ANNOUNCED not in settings.subscription.stages
    assert seen(message.text).startswith("You are set.")


async def test_answers_have_pages(ann: Any) -> None:
    first = await asked(ann, "/cases")
    await first.click(text=next(one for one in labels(first) if "›" in one))
    second = await ann.get_edit()
    assert second.id == first.id
    assert second.text != first.text


async def test_a_timeline_is_a_picture(ann: Any) -> None:
    picture = await asked(ann, "/timeline Latvia ottawa")
    assert picture.photo
    assert (await picture.download_media(bytes)).startswith(b"\x89PNG")


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_whatever_is_typed_is_answered_harmlessly(ann: Any, words: str) -> None:
    answer = await asked(ann, words)
    assert "Something went wrong" not in answer.text
    assert seen((await asked(ann, "/cases")).text).startswith("14 cases")
