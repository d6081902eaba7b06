"""The fault table for Slack: whatever breaks between the outbox and a channel, nothing is lost, and at most one message
may come twice, marked; order is kept, and Slack's limits are. One platform that is down keeps nothing from the other.

Every test runs the program in processes of its own, on a real database, with a feed and a Slack on loopback. What most
of them begin with, a store in which alerts wait, was left behind by a program that was killed before it sent any.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from babel import Locale

from config.knowledge import load
from store.database import Database
from tests.bot.fakes.bot_api import hanging as telegram_hanging
from tests.bot.fakes.slack import cutting, garbage, hanging, limited, page, refused, slow
from tests.bot.stand import read_of, stand, told_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot.fakes.slack import Channel, Message
    from tests.bot.stand import Stand
    from tests.conftest import NewUrl

STATES = ("Chile", "Norway", "Ghana")
MARK = "possible repeat"
NEWS, DESK, OWNER = "C1NEWS", "C2DESK", "C3OWNER"
CROWD: Final = tuple(f"C4CROWD{number}" for number in range(4))


def news(*states: str, treaty: str = "Chemical Weapons Convention") -> list[str]:
    return [f"{state} announces it will withdraw from the {treaty}" for state in states]


def many_states() -> tuple[str, ...]:
    """States whose names are the same in headlines and in alerts, and part of no other name."""
    spoken = Locale("en").territories
    states = [state for state in load().states.values() if not state.members]
    names = [state.name for state in states if spoken.get(state.code) == state.name]
    return tuple(name for name in names if not any(name != state.name and name in state.name for state in states))


def room(place: Stand, number: str) -> Channel:
    """A channel in which the app is, and where one message a second is the most, without bursts."""
    place.slack.pace.burst = 1
    return place.joined(place.slack.channel(number, number.lower()))


@pytest.fixture(scope="session")
def left_behind(tmp_path_factory: pytest.TempPathFactory, sqlite_urls: NewUrl) -> Path:
    """A SQLite file in which an alert of each of the states waits for each of the channels."""
    folder = tmp_path_factory.mktemp("stored")
    asyncio.run(leave_behind(folder, sqlite_urls()))
    return folder / "copy.db"


async def leave_behind(folder: Path, url: str) -> None:
    async with stand(folder, url) as place:
        place.feed.titles = news(*STATES)
        for number in (NEWS, DESK, *CROWD):
            room(place, number)
        await place.slack.stop()
        program = await place.run()
        await place.until_owed(lambda rows: len(rows) == len(STATES) * len(place.rooms))
        await program.kill()
        place.later(hours=1)
        with Database(place.database_url) as database:
            database.backup(folder / "copy.db")


@pytest.fixture
async def place(tmp_path: Path, left_behind: Path) -> AsyncIterator[Stand]:
    """A stand with a store of its own in which alerts wait for the channels that the test lists."""
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
def wire(place: Stand) -> Channel:
    return room(place, NEWS)


@pytest.fixture
def desk(place: Stand) -> Channel:
    return room(place, DESK)


def order(channel: Channel, names: tuple[str, ...] = STATES) -> list[str]:
    """The states that the app told of, in the order in which they are read."""
    found: list[str] = []
    for message in channel.told:
        found += sorted((name for name in names if name in message.read), key=message.read.index)
    return found


def marked(channel: Channel) -> list[Message]:
    return [message for message in channel.told if MARK in message.read]


def assert_told_once(channel: Channel) -> None:
    assert order(channel) == list(STATES)
    assert marked(channel) == []


def assert_told_with_a_repeat_at_most(channel: Channel) -> None:
    """All in order, and at most one message twice, the second time marked."""
    assert list(dict.fromkeys(order(channel))) == list(STATES)
    repeats = marked(channel)
    assert len(repeats) <= 1
    twice = [read_of(channel, state) for state in STATES if len(read_of(channel, state)) > 1]
    assert all(len(messages) == 2 and messages[1] in repeats for messages in twice)


async def test_killed_between_stored_and_sent_it_sends_everything_at_the_next_start(
    place: Stand, wire: Channel
) -> None:
    await place.run()
    await place.until_slack(lambda: set(order(wire)) == set(STATES))
    await place.all_sent()
    assert_told_once(wire)
    assert place.slack.pace.violations == []


async def test_killed_while_slack_has_yet_to_take_the_message_it_loses_nothing(place: Stand, wire: Channel) -> None:
    place.slack.faults = [hanging(accepts=False)]
    first = await place.run()
    await place.until_slack(lambda: place.slack.called("chat.postMessage"))
    await first.kill()
    assert wire.told == []

    place.later(hours=1)
    await place.run()
    await place.until_slack(lambda: set(order(wire)) == set(STATES))
    assert order(wire) == list(STATES)
    assert_told_with_a_repeat_at_most(wire)
    assert place.slack.pace.violations == []


async def test_killed_before_it_noted_the_answer_it_repeats_one_message_marked(place: Stand, wire: Channel) -> None:
    place.slack.faults = [hanging()]
    first = await place.run()
    await place.until_slack(lambda: wire.told)
    await first.kill()

    place.later(hours=1)
    await place.run()
    await place.until_slack(lambda: set(order(wire)) == set(STATES) and len(wire.told) > 1)
    await place.all_sent()
    assert_told_with_a_repeat_at_most(wire)
    assert len(marked(wire)) == 1
    assert place.slack.pace.violations == []


async def test_answers_that_never_come_or_say_nothing_make_one_marked_repeat(place: Stand, desk: Channel) -> None:
    faults = (cutting(), hanging(), garbage(), page(502))
    crowd = [room(place, number) for number in CROWD]
    for fault, channel in zip(faults, crowd, strict=True):
        fault.channel, fault.accepts = channel.id, True
    place.slack.faults = [*faults]
    first = await place.run()
    # The other channel is not kept waiting; these are told nothing more before it is clear how it went.
    await place.until_slack(lambda: order(desk) == list(STATES))
    await place.until_owed(lambda rows: sum(row.possible_repeat for row in rows) >= len(faults))
    await first.kill()
    assert_told_once(desk)
    assert [len(channel.told) for channel in crowd] == [1] * len(crowd)

    place.later(hours=1)
    await place.run()
    await place.all_sent()
    assert_told_once(desk)
    for channel in crowd:
        assert_told_with_a_repeat_at_most(channel)
    assert place.slack.pace.violations == []


async def test_a_rate_limit_is_waited_for_and_holds_up_that_channel_alone(
    place: Stand, wire: Channel, desk: Channel
) -> None:
    fault = limited(8)
    fault.channel = wire.id
    place.slack.faults = [fault]
    await place.run()
    await place.until_slack(lambda: order(desk) == list(STATES))
    await place.until_slack(lambda: order(wire) == list(STATES))
    assert_told_once(wire)
    assert_told_once(desk)
    refusal, again = [call for call in place.slack.called("chat.postMessage") if call["channel"] == wire.id][:2]
    assert (refusal.status, again.status) == (429, 200)
    assert again.at - refusal.at >= 8
    assert place.slack.pace.violations == []


def lose(place: Stand, channel: Channel, how: str) -> None:
    """Make a channel one in which nothing can be posted, in one of Slack's ways."""
    match how:
        case "channel_not_found":
            channel.deleted = True
        case "not_in_channel":
            place.slack.forbid("chat:write.public")
            channel.members.clear()
        case "is_archived":
            channel.archived = True
        case _:
            fault = refused(how)
            fault.channel, fault.times = channel.id, None
            place.slack.faults = [fault]


def give_back(place: Stand, channel: Channel) -> None:
    channel.deleted = channel.archived = False
    channel.invites()
    place.slack.faults = []


@pytest.mark.parametrize("how", ["channel_not_found", "not_in_channel", "is_archived", "token_revoked"])
async def test_a_channel_that_is_lost_is_left_alone_its_owner_told_and_nothing_lost(
    place: Stand, wire: Channel, desk: Channel, how: str
) -> None:
    owner = place.joined(place.slack.channel(OWNER, "owners"), role="owner")
    lose(place, wire, how)
    first = await place.run()
    await place.until_slack(lambda: order(desk) == list(STATES))
    await place.until_slack(lambda: read_of(owner, wire.name))
    await place.all_sent()
    await first.kill()
    assert_told_once(desk)
    assert [call.error for call in place.slack.called("chat.postMessage") if call["channel"] == wire.id] == [how]

    give_back(place, wire)
    await place.run()
    await place.until_slack(lambda: set(order(wire)) == set(STATES))
    assert_told_once(wire)
    assert_told_once(desk)
    assert len(read_of(owner, wire.name)) == 1


async def test_a_slack_that_is_down_for_an_hour_gets_everything_afterwards(place: Stand, wire: Channel) -> None:
    await place.slack.stop()
    for _ in range(2):
        program = await place.run()
        await place.until_owed(lambda rows: len(rows) >= len(STATES) and any(row.error for row in rows))
        await program.kill()
        place.later(hours=0.5)
    await place.slack.start()
    await place.run()
    await place.until_slack(lambda: set(order(wire)) == set(STATES))
    await place.all_sent()
    assert_told_once(wire)
    assert place.slack.pace.violations == []


async def test_a_program_that_is_asked_to_stop_repeats_nothing(place: Stand, wire: Channel) -> None:
    place.slack.faults = [slow(1)]
    first = await place.run()
    await place.until_slack(lambda: wire.told)
    await first.stop()
    assert first.process.returncode == 0
    await place.run()
    await place.until_slack(lambda: set(order(wire)) == set(STATES))
    await place.all_sent()
    assert_told_once(wire)


async def test_a_second_program_on_the_same_file_gives_way(place: Stand, wire: Channel) -> None:
    await place.run()
    await place.until_slack(lambda: wire.told)
    second = await place.run()
    assert await second.ended() == 1
    assert "runs already" in second.said
    await place.until_slack(lambda: set(order(wire)) == set(STATES))
    assert_told_once(wire)


async def test_two_programs_on_one_database_tell_everything_once(tmp_path: Path, postgresql_urls: NewUrl) -> None:
    async with stand(tmp_path, postgresql_urls()) as place:
        channels = [room(place, number) for number in (NEWS, DESK)]
        place.feed.titles = news(*STATES)
        await place.run()
        await place.run()
        await place.until_slack(lambda: all(set(order(channel)) == set(STATES) for channel in channels))
        await place.all_sent()
        for channel in channels:
            assert_told_once(channel)
        assert place.slack.pace.violations == []


async def test_two_hundred_events_at_once_are_all_told_within_the_limits(fresh: Stand) -> None:
    names = many_states()
    again = names[: 200 - len(names)]
    fresh.feed.titles = [*news(*names), *news(*again, treaty="Convention on Cluster Munitions")]
    wire = room(fresh, NEWS)
    await fresh.run()
    await fresh.until_slack(lambda: set(order(wire, names)) == set(names))
    await fresh.all_sent()
    assert list(dict.fromkeys(order(wire, names))) == list(names)
    assert not [name for name in names if len(read_of(wire, name)) > 1 + (name in again)]
    assert marked(wire) == []
    assert fresh.slack.pace.violations == []


async def test_a_slack_that_hangs_keeps_nothing_from_telegram(fresh: Stand) -> None:
    ann = fresh.listed(fresh.telegram.private(7, "Ann"))
    wire = room(fresh, NEWS)
    stuck = hanging(accepts=False)
    stuck.method, stuck.times = "*", None
    fresh.slack.faults = [stuck]
    first = await fresh.run()
    await fresh.until(lambda: all(told_of(ann, state) for state in STATES))
    # The first question to Slack is still waited for: nobody has waited with it.
    assert fresh.slack.calls
    assert not [call.method for call in fresh.slack.calls if call.given_up]
    assert wire.told == []

    await first.kill()
    fresh.slack.faults = []
    fresh.later(hours=1)
    await fresh.run()
    await fresh.until_slack(lambda: set(order(wire)) == set(STATES))
    assert_told_with_a_repeat_at_most(wire)


async def test_a_telegram_that_hangs_keeps_nothing_from_slack(fresh: Stand) -> None:
    ann = fresh.listed(fresh.telegram.private(7, "Ann"))
    wire = room(fresh, NEWS)
    stuck = telegram_hanging(accepts=False)
    stuck.method, stuck.times = "*", None
    fresh.telegram.faults = [stuck]
    first = await fresh.run()
    await fresh.until_slack(lambda: set(order(wire)) == set(STATES))
    assert fresh.telegram.calls
    assert ann.told == []

    await first.kill()
    fresh.telegram.faults = []
    fresh.later(hours=1)
    await fresh.run()
    await fresh.until(lambda: all(told_of(ann, state) for state in STATES))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def somebody_asks(place: Stand, channel: Channel) -> list[str]:
    """Have a command answered; what in it would let others answer as well, and connect, is returned."""
    ann = place.slack.person("U1ANN", "Ann")
    if place.slack_listen:
        place.slack.posts_to(f"http://{place.slack_listen}/slack/events")
    asked = ann.asks(channel, "/treaty help")
    await asked.answer()
    address = str(asked.telling.payload["response_url"])
    return [address.rpartition("/")[2], *place.slack.sockets.tickets]


@pytest.mark.parametrize("called", [False, True], ids=["over a socket", "called"])
async def test_no_secret_is_anywhere(place: Stand, called: bool) -> None:  # noqa: FBT001 - pytest's parameter
    """Not in the log at its most talkative, not in what is printed, not in the database or any other file."""
    place.slack_listen = f"127.0.0.1:{free_port()}" if called else None
    secrets = [place.slack.token, place.slack.app_token, place.slack.signing_secret]
    told = " ".join(secrets)
    faults = [refused(f"odd_{told}"), page(502, f"<html>{told}</html>"), garbage(f'{{"token": "{told}"'), cutting()]
    crowd = [room(place, number) for number in CROWD]
    for channel, fault in zip(crowd, faults, strict=True):
        fault.channel = channel.id
    place.slack.faults = [*faults]
    program = await place.run()
    await place.until_slack(lambda: not any(fault.times for fault in faults))
    secrets += await somebody_asks(place, crowd[0])
    await program.stop()
    await place.slack.stop()
    place.later(hours=1)
    down = await place.run()
    await place.until_owed(lambda rows: any("no answer from Slack" in (row.error or "") for row in rows))
    await down.kill()
    await place.slack.start()
    place.slack_token = "xoxb-other-secret-token"  # noqa: S105 - the test's own
    for words in ("run", "check"):
        refusal = await place.run(words)
        assert await refusal.ended() == 1
        assert "refuses the bot token" in refusal.said
    files = (*place.folder.iterdir(), *Path(place.database_url.removeprefix("sqlite:///")).parent.iterdir())
    assert not [
        (file.name, secret)
        for file in files
        if file.is_file() and file.name != "treatywatch.toml"
        for secret in (*secrets, place.slack_token)
        if secret.encode() in file.read_bytes()
    ]
