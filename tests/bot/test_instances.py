"""Several programs on one PostgreSQL database, as processes: one leads, and when it is killed another one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from store.database import Database
from store.leadership import leader as leader_of
from tests.bot.stand import stand, told_of
from tests.bot.test_faults_of_delivery import MARK, many_states, news

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from sqlalchemy import Row

    from tests.bot.fakes.bot_api import Chat
    from tests.bot.stand import Program, Stand
    from tests.conftest import NewUrl


@pytest.fixture
async def place(tmp_path: Path, postgresql_urls: NewUrl) -> AsyncIterator[Stand]:
    async with stand(tmp_path, postgresql_urls()) as made:
        yield made


def leading(place: Stand) -> Program | None:
    """The program that leads, if one does."""
    with Database(place.database_url) as database:
        name = leader_of(database)
    pid = int(name.rpartition(":")[2]) if name else None
    return next((one for one in place.programs if one.process.pid == pid), None)


async def answered(place: Stand, chat: Chat) -> None:
    """Somebody asks, and is answered: by the program that leads, as no other hears anybody."""
    before = len(chat.told)
    chat.says("/help")
    await place.until(lambda: len(chat.told) > before)


def assert_told_once(chats: Sequence[Chat], names: Sequence[str]) -> None:
    """Each alert came, and what came twice is marked."""
    for chat in chats:
        for name in names:
            unmarked = [one for one in told_of(chat, name) if MARK not in one.looks[0].said.text]
            assert len(unmarked) <= 1, name
            assert told_of(chat, name), name


async def test_when_the_leader_is_gone_another_leads_and_everything_is_told_once(place: Stand) -> None:
    names = many_states()[:9]
    chats = [place.listed(place.telegram.private(number)) for number in (7, 8)]
    place.feed.titles = news(*names[:3])
    first = await place.run()
    await led_by(place, first)
    second = await another(place, chats[0])
    place.feed.titles += news(*names[3:6])
    place.due()
    await place.until_owed(lambda rows: told(rows) > 6)
    await first.kill()
    await led_by(place, second)
    third = await another(place, chats[1])
    place.feed.titles += news(*names[6:])
    place.due()
    await place.until_owed(lambda rows: told(rows) > 12)
    await second.stop()
    assert second.process.returncode == 0
    await led_by(place, third)
    await answered(place, chats[0])
    await place.until_owed(lambda rows: told(rows) == 2 * len(names))
    await place.all_sent()
    assert_told_once(chats, names)
    assert place.telegram.pace.violations == []


async def led_by(place: Stand, program: Program) -> None:
    """Wait until a program leads."""
    await place.until_so(lambda: leading(place) is program and "this program leads" in program.said)


async def another(place: Stand, chat: Chat) -> Program:
    """One more program, which follows; the one before goes on to answer."""
    made = await place.run()
    await place.until_so(lambda: "another program leads, this one follows" in made.said)
    assert leading(place) is not made
    await answered(place, chat)
    return made


def told(rows: Sequence[Row[Any]]) -> int:
    return len([row for row in rows if row.kind == "alert"])
