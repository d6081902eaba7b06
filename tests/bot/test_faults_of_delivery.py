"""The fault table: whatever breaks between the outbox and a chat, nothing is lost, and at most one message may come
twice, marked; order is kept, and Telegram's limits are.

Every test runs the program in processes of its own, on a real database, with a feed and a Bot API on loopback. What
most of them begin with, a store in which alerts wait, was left behind by a program that was killed before it sent any.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel import Locale

from config.knowledge import load
from store.database import Database
from tests.bot.fakes.asking import Asking
from tests.bot.fakes.bot_api import cutting, flood, garbage, hanging, page, refused, slow
from tests.bot.stand import stand, told_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot.fakes.bot_api import Chat
    from tests.bot.stand import Stand
    from tests.conftest import NewUrl

STATES = ("Chile", "Norway", "Ghana")
MARK = "possible repeat"
ANN, DESK, CROWD = 7, -9, range(10, 16)


def news(*states: str, treaty: str = "Chemical Weapons Convention") -> list[str]:
    return [f"{state} announces it will withdraw from the {treaty}" for state in states]


def many_states() -> tuple[str, ...]:
    """States whose names are the same in headlines and in alerts, and part of no other name."""
    spoken = Locale("en").territories
    states = [state for state in load().states.values() if not state.members]
    names = [state.name for state in states if spoken.get(state.code) == state.name]
    return tuple(name for name in names if not any(name != state.name and name in state.name for state in states))


@pytest.fixture(scope="session")
def left_behind(tmp_path_factory: pytest.TempPathFactory, sqlite_urls: NewUrl) -> Path:
    """A SQLite file in which an alert of each of the states waits for each of the chats."""
    folder = tmp_path_factory.mktemp("stored")
    asyncio.run(leave_behind(folder, sqlite_urls()))
    return folder / "copy.db"


async def leave_behind(folder: Path, url: str) -> None:
    async with stand(folder, url) as place:
        place.feed.titles = news(*STATES)
        for chat in (ANN, *CROWD):
            place.listed(place.telegram.private(chat))
        place.listed(place.telegram.group(DESK))
        await place.telegram.stop()
        program = await place.run()
        await place.until_owed(lambda rows: len(rows) == len(STATES) * len(place.chats))
        await program.kill()
        place.later(hours=1)
        with Database(place.database_url) as database:
            database.backup(folder / "copy.db")


@pytest.fixture
async def place(tmp_path: Path, left_behind: Path) -> AsyncIterator[Stand]:
    """A stand with a store of its own in which alerts wait for the chats that the test lists."""
    file = tmp_path / "store.db"
    shutil.copyfile(left_behind, file)
    async with stand(tmp_path, f"sqlite:///{file}") as made:
        yield made


@pytest.fixture
async def fresh(tmp_path: Path, sqlite_urls: NewUrl) -> AsyncIterator[Stand]:
    """A stand that knows of nothing yet."""
    async with stand(tmp_path, sqlite_urls()) as made:
        made.feed.titles = news(*STATES)
        yield made


@pytest.fixture
def ann(place: Stand) -> Chat:
    return place.listed(place.telegram.private(ANN, "Ann"))


@pytest.fixture
def desk(place: Stand) -> Chat:
    return place.listed(place.telegram.group(DESK, "Desk"))


def crowd(place: Stand, count: int) -> list[Chat]:
    return [place.listed(place.telegram.private(number)) for number in CROWD[:count]]


def order(chat: Chat, names: tuple[str, ...] = STATES) -> list[str]:
    """The states that the bot told of, in the order in which they are read."""
    found: list[str] = []
    for message in chat.told:
        found += sorted((name for name in names if name in message.text), key=message.text.index)
    return found


def assert_told_once(chat: Chat) -> None:
    assert order(chat) == list(STATES)
    assert not [message.text for message in chat.told if MARK in message.text]


def assert_told_with_a_repeat_at_most(chat: Chat) -> None:
    """All in order, and at most one message twice, the second time marked."""
    assert list(dict.fromkeys(order(chat))) == list(STATES)
    repeats = [message for message in chat.told if MARK in message.text]
    assert len(repeats) <= 1
    twice = [told_of(chat, state) for state in STATES if len(told_of(chat, state)) > 1]
    assert all(len(messages) == 2 and messages[1] in repeats for messages in twice)


async def test_killed_between_stored_and_sent_it_sends_everything_at_the_next_start(place: Stand, ann: Chat) -> None:
    await place.run()
    await place.until(lambda: set(order(ann)) == set(STATES))
    await place.all_sent()
    assert_told_once(ann)
    assert place.telegram.pace.violations == []


async def test_killed_while_telegram_has_yet_to_take_the_message_it_loses_nothing(place: Stand, ann: Chat) -> None:
    place.telegram.faults = [hanging(accepts=False)]
    first = await place.run()
    await place.until(lambda: place.telegram.called("sendMessage"))
    await first.kill()
    assert ann.told == []

    place.later(hours=1)
    await place.run()
    await place.until(lambda: set(order(ann)) == set(STATES))
    assert order(ann) == list(STATES)
    assert_told_with_a_repeat_at_most(ann)
    assert place.telegram.pace.violations == []


async def test_killed_before_it_noted_the_answer_it_repeats_one_message_marked(place: Stand, ann: Chat) -> None:
    place.telegram.faults = [hanging()]
    first = await place.run()
    await place.until(lambda: ann.told)
    await first.kill()

    place.later(hours=1)
    await place.run()
    await place.until(lambda: set(order(ann)) == set(STATES) and len(ann.told) > 1)
    await place.all_sent()
    assert_told_with_a_repeat_at_most(ann)
    assert [message for message in ann.told if MARK in message.text]
    assert place.telegram.pace.violations == []


async def test_answers_that_never_come_or_say_nothing_make_one_marked_repeat(place: Stand, desk: Chat) -> None:
    faults = (cutting(), hanging(), garbage(), page(502, "<html>try later</html>"))
    people = crowd(place, len(faults))
    for fault, person in zip(faults, people, strict=True):
        fault.chat_id, fault.accepts = person.id, True
    place.telegram.faults = [*faults]
    first = await place.run()
    # The other chat is not kept waiting; these are told nothing more before it is clear how it went.
    await place.until(lambda: order(desk) == list(STATES))
    await place.until_owed(lambda rows: sum(row.possible_repeat for row in rows) >= len(faults))
    await first.kill()
    assert_told_once(desk)
    assert [len(person.told) for person in people] == [1] * len(people)

    place.later(hours=1)
    await place.run()
    await place.all_sent()
    assert_told_once(desk)
    for person in people:
        assert_told_with_a_repeat_at_most(person)
    assert place.telegram.pace.violations == []


async def test_flood_control_is_waited_for_and_holds_up_that_chat_alone(place: Stand, ann: Chat, desk: Chat) -> None:
    fault = flood(8)
    fault.chat_id = ann.id
    place.telegram.faults = [fault]
    await place.run()
    await place.until(lambda: order(desk) == list(STATES))
    await place.until(lambda: order(ann) == list(STATES))
    assert_told_once(ann)
    assert_told_once(desk)
    refusal, again = [call for call in place.telegram.called("sendMessage") if call["chat_id"] == "7"][:2]
    assert (refusal.status, again.status) == (429, 200)
    assert again.at - refusal.at >= 8
    assert place.telegram.pace.violations == []


async def test_a_chat_that_blocked_the_bot_is_left_alone_its_owner_told_and_nothing_lost(
    place: Stand, ann: Chat, desk: Chat
) -> None:
    owner = place.listed(place.telegram.private(1, "Olga"), role="owner")
    ann.blocked = True
    first = await place.run()
    await place.until(lambda: order(desk) == list(STATES))
    await place.until(lambda: told_of(owner, "Ann"))
    await place.all_sent()
    await first.kill()
    assert_told_once(desk)
    assert [call.status for call in place.telegram.called("sendMessage") if call["chat_id"] == "7"] == [403]

    ann.unblocks()
    await place.run()
    await place.until(lambda: set(order(ann)) == set(STATES))
    assert_told_once(ann)
    assert_told_once(desk)
    assert len(told_of(owner, "Ann")) == 1


async def test_a_telegram_that_is_down_for_an_hour_gets_everything_afterwards(place: Stand, ann: Chat) -> None:
    await place.telegram.stop()
    for _ in range(2):
        program = await place.run()
        await place.until_owed(lambda rows: len(rows) >= len(STATES) and any(row.error for row in rows))
        await program.kill()
        place.later(hours=0.5)
    await place.telegram.start()
    await place.run()
    await place.until(lambda: set(order(ann)) == set(STATES))
    await place.all_sent()
    assert_told_once(ann)
    assert place.telegram.pace.violations == []


async def test_a_program_that_is_asked_to_stop_repeats_nothing(place: Stand, ann: Chat) -> None:
    place.telegram.faults = [slow(1)]
    first = await place.run()
    await place.until(lambda: ann.told)
    await first.stop()
    assert first.process.returncode == 0
    await place.run()
    await place.until(lambda: set(order(ann)) == set(STATES))
    await place.all_sent()
    assert_told_once(ann)


async def test_a_second_program_that_polls_with_the_token_keeps_no_alert_back(place: Stand, ann: Chat) -> None:
    await place.run()
    await place.until(lambda: place.telegram.polls)
    async with Asking(place.telegram) as rival:
        while order(ann) != list(STATES):
            await rival.call("getUpdates", timeout=1)
    assert 409 in {call.status for call in place.telegram.polls}
    assert_told_once(ann)

    ann.says("/help")
    await place.until(lambda: len(ann.told) > len(STATES))


async def test_a_second_program_on_the_same_file_gives_way(place: Stand, ann: Chat) -> None:
    await place.run()
    await place.until(lambda: ann.told)
    second = await place.run()
    assert await second.ended() == 1
    assert "runs already" in second.said
    assert [line for line in second.said.strip().splitlines() if "no contact is set" not in line] == [
        line for line in second.said.strip().splitlines() if "runs already" in line
    ]
    await place.until(lambda: set(order(ann)) == set(STATES))
    assert_told_once(ann)


async def test_two_programs_on_one_database_tell_everything_once(tmp_path: Path, postgresql_urls: NewUrl) -> None:
    async with stand(tmp_path, postgresql_urls()) as place:
        chats = [place.listed(place.telegram.private(number)) for number in (7, 8)]
        place.feed.titles = news(*STATES)
        await place.run()
        await place.run()
        await place.until(lambda: all(set(order(chat)) == set(STATES) for chat in chats))
        await place.all_sent()
        for chat in chats:
            assert_told_once(chat)
        assert place.telegram.pace.violations == []


async def test_two_hundred_events_at_once_are_all_told_within_the_limits(fresh: Stand) -> None:
    names = many_states()
    again = names[: 200 - len(names)]
    fresh.feed.titles = [*news(*names), *news(*again, treaty="Convention on Cluster Munitions")]
    ann = fresh.listed(fresh.telegram.private(ANN))
    # Half of them, as a group takes no more than twenty messages a minute.
    heard = names[: len(names) // 2]
    codes = {state.name: state.code for state in load().states.values()}
    desk = fresh.listed(fresh.telegram.group(DESK), states=[codes[name] for name in heard])
    await fresh.run()
    await fresh.until(lambda: set(order(ann, names)) == set(names) and set(order(desk, heard)) == set(heard))
    await fresh.all_sent()
    for chat, told in ((ann, names), (desk, heard)):
        assert list(dict.fromkeys(order(chat, names))) == list(told)
        assert not [name for name in told if len(told_of(chat, name)) > 1 + (name in again)]
        assert not [message.text for message in chat.told if MARK in message.text]
    assert fresh.telegram.pace.violations == []


async def test_the_token_is_nowhere(place: Stand) -> None:
    """Not in the log at its most talkative, not in what is printed, not in the database or any other file."""
    token = place.telegram.token
    faults = [
        refused(400, f"Bad Request: {token}"),
        refused(403, f"Forbidden: {token}"),
        page(502, f"<html>{token}</html>"),
        garbage(f'{{"token": "{token}"'),
        cutting(),
        flood(1),
    ]
    for person, fault in zip(crowd(place, len(faults)), faults, strict=True):
        fault.chat_id = person.id
    place.telegram.faults = [*faults]
    program = await place.run()
    await place.until(lambda: not any(fault.times for fault in faults))
    await program.stop()
    await place.telegram.stop()
    place.later(hours=1)
    down = await place.run()
    await place.until_owed(lambda rows: any("ConnectError" in (row.error or "") for row in rows))
    await down.kill()
    await place.telegram.start()
    place.token = wrong = "123456:other-secret-token"  # noqa: S105 - the test's own
    for words in ("run", "check"):
        refusal = await place.run(words)
        assert await refusal.ended() == 1
        assert "refuses the bot token" in refusal.said
    files = (*place.folder.iterdir(), *Path(place.database_url.removeprefix("sqlite:///")).parent.iterdir())
    assert not [
        file.name
        for file in files
        if file.is_file() and file.name != "treatywatch.toml"
        if token.encode() in file.read_bytes() or wrong.encode() in file.read_bytes()
    ]
