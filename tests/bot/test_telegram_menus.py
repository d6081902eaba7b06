"""The menus of commands and the bot's short description, as people see them in each language and place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation.commands import COMMANDS
from bot.speech import LANGUAGES, Speech
from bot.telegram import menus
from tests.bot.fakes.bot_api import refused
from tests.bot.hearing import KNOWLEDGE, hearing

if TYPE_CHECKING:
    from store.database import Database
    from tests.bot.fakes.bot_api import FakeBotApi

EVERYONE = [command.name for command in COMMANDS if command.who == "everyone"]
SETTERS = [command.name for command in COMMANDS if command.who in {"everyone", "setters"}]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def shown(server: FakeBotApi) -> int:
    return len(server.called("setMyCommands")) + len(server.called("setMyShortDescription"))


@pytest.mark.parametrize("lang", [*LANGUAGES, "pt"])
async def test_everybody_sees_what_they_may_use_in_their_language(
    server: FakeBotApi, database: Database, lang: str
) -> None:
    ann, desk = server.private(7, "Ann", lang=lang), server.group(-7, "Desk")
    chief, bob = server.person(5, "Chief", lang=lang), server.person(8, "Bob", lang=lang)
    desk.standings[5], desk.standings[8] = "administrator", "member"
    async with hearing(server, database):
        await server.until(lambda: shown(server) == 24)
    lists = server.methods.commands
    assert ann.person
    assert list(lists.seen_by(ann.person, ann)) == SETTERS
    assert list(lists.seen_by(chief, desk)) == SETTERS
    assert list(lists.seen_by(bob, desk)) == EVERYONE
    case = next(command.description for command in COMMANDS if command.name == "case")
    assert lists.seen_by(bob, desk)["case"] == Speech(lang, KNOWLEDGE).gettext(case)


async def test_they_are_set_once_and_again_only_when_they_change(
    server: FakeBotApi, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        async with hearing(server, database):
            await server.until(lambda: shown(server) == 24)
            await server.private(7, "Ann").ask("/help")
    assert shown(server) == 24
    monkeypatch.setattr(menus, "COMMANDS", (replace(COMMANDS[0], description="Begin"), *COMMANDS[1:]))
    async with hearing(server, database):
        await server.until(lambda: shown(server) == 48)


async def test_what_could_not_be_set_is_set_at_the_next_start(
    server: FakeBotApi, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.append(
        replace(refused(429, "Too Many Requests: retry after 9", retry_after=9), method="setMyCommands")
    )
    async with hearing(server, database):
        await server.private(7, "Ann").ask("/help")
        await server.until(lambda: server.called("setMyCommands"))
    assert "the menus could not be set, the next start tries again: " in caplog.text
    async with hearing(server, database):
        await server.until(lambda: shown(server) == 25)


def test_texts_fit_where_telegram_shows_them() -> None:
    speeches = {lang: Speech(lang, KNOWLEDGE) for lang in LANGUAGES}
    face = menus.face(speeches)
    assert len(face.menus) == 18
    assert all(1 <= len(text) <= 120 for _, text in face.descriptions)
    assert all(1 <= len(text) <= 256 for menu in face.menus for _, text in menu.commands)
