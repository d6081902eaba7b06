"""The fault table's second half: what breaks around delivery. Nothing is lost, one message at most comes twice, marked.

Every test runs the program in a process of its own, on a SQLite file, with a feed and a Bot API on loopback.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.bot.stand import stand, told_of
from tests.bot.test_faults_of_delivery import MARK, many_states, news, order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.bot.fakes.bot_api import Chat
    from tests.bot.stand import Stand
    from tests.conftest import NewUrl

TRICKS = (
    "\u202egnol\u202c \u2066turned\u2069",
    "z̸̢̛̼͖̮͗̓̑a̷͕̞͌l̶̡͇̈́͝g̵̙̈́o̵",
    "<b>bold</b> <a href='https://evil.example'>here</a> &amp; <!channel>",
    "@everyone @admin #tag $USD",
    "t.me/evil https://evil.example evil.example",
    "+380 67 123 45 67 call",
    "/stop /start@bot now",
    "tg://user?id=7 mail@evil.example",
)
INERT = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}


@pytest.fixture
async def place(tmp_path: Path, sqlite_urls: NewUrl) -> AsyncIterator[Stand]:
    """A stand that knows of nothing yet."""
    async with stand(tmp_path, sqlite_urls()) as made:
        yield made


def burst(place: Stand, count: int) -> tuple[str, ...]:
    """So many developments at once; the states that they are about, in order."""
    names = many_states()[:count]
    place.feed.titles = news(*names)
    return names


def assert_told_with_a_marked_message_at_most(chat: Chat, names: tuple[str, ...]) -> None:
    """Every state in order, and twice only those of one message, which is marked the second time."""
    assert list(dict.fromkeys(order(chat, names))) == list(names)
    marked = [message for message in chat.told if MARK in message.text]
    assert len(marked) <= 1
    for name in names:
        messages = told_of(chat, name)
        assert len(messages) == 1 or (len(messages) == 2 and messages[1] in marked)


async def test_a_program_killed_again_and_again_while_a_burst_drains_repeats_one_message_at_most_each_time(
    place: Stand,
) -> None:
    names = burst(place, 50)
    ann = place.listed(place.telegram.private(7, "Ann"))
    program = await place.run()
    await place.until(lambda: len(ann.told) >= 2)
    await program.kill()
    told = len(ann.told)
    await place.run()
    await place.until(lambda: set(order(ann, names)) == set(names))
    await place.all_sent()
    assert told < len(ann.told)
    assert_told_with_a_marked_message_at_most(ann, names)
    assert place.telegram.pace.violations == []


async def test_a_token_that_is_revoked_and_given_back_costs_nobody_a_message(place: Stand) -> None:
    # A chat that set itself up: no settings bring it back.
    ann, right = place.telegram.private(7, "Ann", lang="en"), place.telegram.token
    place.token = right
    first = await place.run()
    ann.says("/start")
    await place.until(lambda: ann.told)
    await first.stop()
    names = burst(place, 4)
    place.later(hours=1)
    running = await place.run()
    await place.until(lambda: len(ann.told) >= 3)
    place.telegram.token = "123456:renewed"  # noqa: S105 - the fake's own
    await place.until_owed(lambda rows: any("refuses the bot token" in (row.error or "") for row in rows))
    await running.stop()
    place.telegram.token = right
    place.later(hours=1)
    await place.run()
    await place.until(lambda: set(order(ann, names)) == set(names))
    assert_told_with_a_marked_message_at_most(ann, names)


async def test_a_store_that_others_lock_for_a_while_loses_and_repeats_nothing(place: Stand) -> None:
    names = burst(place, 12)
    ann = place.listed(place.telegram.private(7, "Ann"))
    program = await place.run()
    await place.until(lambda: ann.told)
    other = sqlite3.connect(place.database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=60)
    other.execute("BEGIN IMMEDIATE")
    ann.says("/case Russia ecpt")
    # Longer than the program waits for the store by itself.
    await place.until(lambda: "busy" in program.said)
    other.execute("ROLLBACK")
    other.close()
    await place.until(lambda: set(order(ann, names)) == set(names))
    await place.all_sent()
    assert [order(ann, names).count(name) for name in names] == [1] * len(names)
    assert not [message for message in ann.told if MARK in message.text]


async def test_a_group_that_becomes_a_supergroup_in_a_burst_gets_all_of_it_once(place: Stand) -> None:
    names = burst(place, 30)
    old = place.listed(place.telegram.group(-9, "Desk"))
    await place.run()
    await place.until(lambda: old.told)
    new = old.becomes_supergroup(-1009)
    await place.until(lambda: set(order(old, names)) | set(order(new, names)) == set(names))
    await place.all_sent()
    both = [*order(old, names), *order(new, names)]
    assert sorted(both) == sorted(names)
    assert place.telegram.pace.violations == []


async def test_titles_with_every_trick_show_as_words(place: Stand) -> None:
    ann = place.listed(place.telegram.private(7, "Ann"))
    names = many_states()[: len(TRICKS)]
    place.feed.titles = [
        f"{name} announces it will withdraw from the Chemical Weapons Convention {trick}"
        for name, trick in zip(names, TRICKS, strict=True)
    ]
    await place.run()
    await place.until(lambda: set(order(ann, names)) == set(names))
    found = {(entity.type, message.id) for message in ann.told for entity in message.entities if entity.type in INERT}
    assert found == set()
    text = "".join(message.text for message in ann.told)
    assert not {"\u202e", "\u202c"} & set(text)
