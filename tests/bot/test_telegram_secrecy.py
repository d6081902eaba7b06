"""The bot's token appears in no log at any level, no error, no repr and no row of the database."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from bot.slack import secrecy as slack_secrecy
from bot.telegram import secrecy as telegram_secrecy
from store.tables import metadata
from tests.bot.fakes.bot_api import TOKEN, cutting, garbage, page, refused
from tests.bot.hearing import QUICK, Echo, hearing

if TYPE_CHECKING:
    from bot.conversation.model import Reply, Request
    from store.database import Database
    from tests.bot.fakes.bot_api import FakeBotApi

SECRET = TOKEN.partition(":")[2]
METHODS = ("getMe", "setMyCommands", "deleteWebhook", "getUpdates", "sendMessage", "answerCallbackQuery")
FAULTS = (
    refused(400, f"Bad Request: {TOKEN} is wrong"),
    refused(403, f"Forbidden: {TOKEN}"),
    refused(409, f"Conflict: {TOKEN}"),
    page(502, f"<html>{TOKEN}</html>"),
    garbage(f'{{"ok": {TOKEN}'),
    cutting(),
)


class Failing(Echo):
    """Fails with a text that quotes the token."""

    def command(self, request: Request, name: str, text: str) -> Reply:
        if text == "fail":
            raise RuntimeError(f"https://api.telegram.org/bot{TOKEN}/getMe")
        return super().command(request, name, text)


def everything_stored(database: Database) -> str:
    with database.reading() as conn:
        return "".join(str(tuple(row)) for table in metadata.sorted_tables for row in conn.execute(select(table)))


def unused(server: FakeBotApi, *methods: str) -> list[str]:
    """The methods that have faults still to come, but for the first: the menus are tried once at a start."""
    return [
        one.method for one in server.faults if one.method in methods and one.times and one.method != "setMyCommands"
    ]


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every logger at its most talkative."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "telegram", "telegram.ext", "aiohttp"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


async def test_the_token_is_nowhere_to_be_read(
    server: FakeBotApi, sqlite_database: Database, loud: pytest.LogCaptureFixture
) -> None:
    ann = server.private(7, "Ann")
    server.faults += [replace(fault, method=method) for method in METHODS for fault in FAULTS]
    async with hearing(server, sqlite_database, conversation=Failing, patience=replace(QUICK, finish=0.2)) as bot:
        # The library is quieted when the bot is made; somebody may turn it up afterwards.
        logging.getLogger("httpx").setLevel(logging.DEBUG)
        logging.getLogger("httpcore").setLevel(logging.DEBUG)
        for _ in FAULTS:
            ann.says("/cases")
        await server.until(lambda: not unused(server, "getMe", "deleteWebhook", "getUpdates", "sendMessage"))
        await ann.ask("/cases fail")
        answer = await ann.ask("/cases")
        for _ in FAULTS:
            ann.press("Note")
        await server.until(lambda: not unused(server, *METHODS))
        said = repr(vars(bot)) + repr(vars(bot.hearing)) + repr(bot.hearing.application) + repr(vars(bot.chats))
    assert answer.text.startswith("asked cases")
    assert SECRET in server.token
    for text in (loud.text, said, everything_stored(sqlite_database)):
        assert SECRET not in text
    assert "HTTP Request: POST" in loud.text


@pytest.mark.parametrize("secrecy", [telegram_secrecy, slack_secrecy], ids=["telegram", "slack"])
def test_what_is_kept_out_of_logs_again_and_again_is_looked_for_once(secrecy: Any) -> None:
    filters = [logging.getLogger(name).filters for name in secrecy._LOGGERS]
    secrecy.keep_out_of_logs("one secret")
    known = [len(each) for each in filters]
    secrecy.keep_out_of_logs("one secret")
    assert [len(each) for each in filters] == known
    secrecy.keep_out_of_logs("another secret")
    assert [len(each) for each in filters] == [one + 1 for one in known]
    for each in filters:
        each[-2:] = []
