"""How answers are shown: buttons, replacing, slow and failing work, groups that come and go."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.conversation.model import Reply
from bot.message import Button, Message, Picture
from bot.telegram.sending import Pace
from store import channels
from store.database import StoreBusyError
from tests.bot.fakes.bot_api import flood, refused
from tests.bot.hearing import QUICK, Clock, Echo, hearing

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bot.conversation.model import Request
    from store.channels import ChannelRow
    from store.database import Database
    from tests.bot.fakes.bot_api import FakeBotApi
    from tests.bot.hearing import Running

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def echo(
    server: FakeBotApi, database: Database, conversation: type[Echo] = Echo, **options: Any
) -> AbstractAsyncContextManager[Running]:
    return hearing(server, database, conversation=conversation, **options)


def row(database: Database, address: str) -> ChannelRow:
    with database.reading() as conn:
        found = channels.at(conn, "telegram", address)
    assert found
    return found


def set_up(database: Database, address: str) -> None:
    """As somebody's /start in that chat."""
    with database.transaction() as conn:
        fresh = channels.open_chat(
            conn, "telegram", address, title="Desk", lang="en", timezone="UTC", who="Ann", now=Clock().now
        )
        chosen = replace(fresh.subscription, states=frozenset({"LV"}))
        channels.save(conn, fresh, replace(fresh, subscription=chosen), who="Ann", now=Clock().now)


async def test_a_note_is_shown_to_whoever_pressed_and_nothing_else(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        await ann.ask("/cases")
        note = await ann.tap("Note")
    assert (note.text, note.alert) == ("noted Ann", False)
    assert len(ann.told) == 1


async def test_an_answer_takes_the_place_of_the_message_whose_button_was_pressed(
    server: FakeBotApi, database: Database
) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        first = await ann.ask("/cases")
        await ann.tap("Replace")
        await server.until(lambda: first.edits)
        # Pressed once more it shows the same: Telegram refuses that, and nobody needs to know.
        await ann.tap("Replace")
        await ann.tap("Note")
    assert first.text.startswith("pressed page:replace")
    assert f"message: {first.id}" in first.text
    assert len(ann.told) == 1


async def test_an_answer_to_a_press_may_follow_the_message(server: FakeBotApi, database: Database) -> None:
    desk, bob = server.group(-7, "Desk"), server.person(8, "Bob")
    async with echo(server, database):
        first = await desk.ask("/cases", bob)
        await desk.tap("Post", bob)
        await server.until(lambda: len(desk.told) == 2)
    assert desk.last.text.startswith("pressed case:post")
    assert desk.last.reply_to is first


async def test_a_message_that_cannot_be_changed_any_more_is_followed_by_a_new_one(
    server: FakeBotApi, database: Database
) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        first = await ann.ask("/cases")
        press = ann.press("Replace")
        ann.deletes(first)
        await server.until(lambda: press.note and ann.told)
    assert ann.last.text.startswith("pressed page:replace")


async def test_a_button_nobody_made_is_answered_too(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with hearing(server, database):
        first = await ann.ask("/help")
        press = ann.press_data("🦆:☠" * 7, None, first)
        await server.until(lambda: press.note)
    assert press.note
    assert press.note.text == "This button is out of date. Please ask again."


class Slow(Echo):
    """Works until it is let go on."""

    gate = threading.Event()

    def command(self, request: Request, name: str, text: str) -> Reply:
        self.gate.wait(10)
        return super().command(request, name, text)

    def press(self, request: Request, action: str) -> Reply:
        self.gate.wait(10)
        return super().press(request, action)


async def test_a_press_is_answered_at_once_although_the_work_takes_long(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    Slow.gate.set()
    async with echo(server, database, Slow, patience=replace(QUICK, press=0.01)):
        await ann.ask("/cases")
        Slow.gate.clear()
        note = await ann.tap("Note")
        assert note.text == ""
        Slow.gate.set()
        await server.until(lambda: len(ann.told) == 2)
    assert ann.last.text == "noted Ann"
    assert len(server.called("answerCallbackQuery")) == 1


async def test_somebody_whose_question_takes_long_sees_that_it_is_worked_on(
    server: FakeBotApi, database: Database
) -> None:
    forum, bob = server.group(-9, "Forum", kind="supergroup", forum=True), server.person(8, "Bob")
    forum.topics[56] = "Treaties"
    Slow.gate.clear()
    async with echo(server, database, Slow, patience=replace(QUICK, press=0.01)):
        forum.says("/cases", bob, thread=56)
        await server.until(lambda: forum.actions)
        Slow.gate.set()
        await server.until(lambda: forum.told)
    assert server.called("sendChatAction")[0]["message_thread_id"] == "56"


async def test_one_who_waits_long_keeps_nobody_else_waiting(server: FakeBotApi, database: Database) -> None:
    class SlowForAnn(Echo):
        gate = threading.Event()

        def command(self, request: Request, name: str, text: str) -> Reply:
            if request.person.name == "Ann":
                self.gate.wait(10)
            return super().command(request, name, text)

    ann, bob = server.private(7, "Ann"), server.private(8, "Bob")
    async with echo(server, database, SlowForAnn):
        ann.says("/cases")
        ann.says("/upcoming")
        await bob.ask("/cases")
        assert ann.told == []
        SlowForAnn.gate.set()
        await server.until(lambda: len(ann.told) == 2)
    assert [message.text.split("\n")[0] for message in ann.told] == ["asked cases", "asked upcoming"]


class Failing(Echo):
    """Fails in the way that the words say."""

    def command(self, request: Request, name: str, text: str) -> Reply:
        if text == "busy":
            raise StoreBusyError("database: locked")
        if text == "wrong":
            raise RuntimeError("what somebody wrote")
        return super().command(request, name, text)

    def press(self, request: Request, action: str) -> Reply:
        raise RuntimeError(f"what {request.person} wrote: {action}")


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("busy", "I am busy at the moment. Please try again in a minute."),
        ("wrong", "Something went wrong here. It has been noted; please try again later."),
    ],
)
async def test_an_error_is_one_clear_line_for_the_user_and_hearing_goes_on(
    server: FakeBotApi, database: Database, caplog: pytest.LogCaptureFixture, word: str, line: str
) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database, Failing):
        assert (await ann.ask(f"/cases {word}")).text == line
        assert (await ann.ask("/cases")).text.startswith("asked cases")
        note = await ann.tap("Note")
    assert note.text == "Something went wrong here. It has been noted; please try again later."
    assert "Error in command, line" in caplog.text
    assert "wrote" not in caplog.text


async def test_an_answer_that_telegram_refuses_is_logged_and_hearing_goes_on(
    server: FakeBotApi, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        await ann.ask("/help")
        server.faults.append(refused(403, "Forbidden: bot was blocked by the user"))
        ann.says("/upcoming")
        await server.until(lambda: not server.updates.pending)
        assert (await ann.ask("/cases")).text.startswith("asked cases")
    assert "7: an answer could not be shown: Forbidden: bot was blocked by the user" in caplog.text


async def test_an_answer_waits_as_long_as_telegram_asks(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        fault = flood(1)
        fault.method = "sendMessage"
        server.faults.append(fault)
        assert (await ann.ask("/cases")).text.startswith("asked cases")
    assert [call.status for call in server.called("sendMessage")] == [429, 200]


class Various(Echo):
    """Shows what Telegram has a form of its own for."""

    def command(self, request: Request, name: str, text: str) -> Reply:  # noqa: ARG002 - as it is called
        buttons = ((Button("More", "page:replace"), Button("Source", link="https://news.example/1")),)
        if name == "timeline":
            picture = Picture(PIXEL, "Two steps", "timeline.png")
            return Reply(Message("answer", "Timeline", ("Two steps",), buttons=buttons, picture=picture))
        return Reply(Message("answer", "Long", tuple("x" * 3000 for _ in range(3)), buttons=buttons))


async def test_a_picture_is_sent_with_its_words_and_buttons(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database, Various):
        answer = await ann.ask("/timeline")
        await ann.tap("More")
        await server.until(lambda: len(ann.told) == 2)
    assert answer.attachment
    assert (answer.attachment.kind, answer.attachment.name) == ("photo", "timeline.png")
    assert answer.text == "Timeline\nTwo steps"
    assert answer.labels == [["More", "Source"]]
    # A text cannot take the place of a picture: it follows it.
    assert ann.last.text.startswith("pressed page:replace")


async def test_a_long_answer_is_several_messages_with_the_buttons_under_the_last(
    server: FakeBotApi, database: Database
) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database, Various):
        await ann.ask("/cases")
        await server.until(lambda: ann.last.buttons)
    assert "".join(message.text for message in ann.told).count("x") == 9000
    assert [bool(message.buttons) for message in ann.told] == [False, False, True]
    assert [message.reply_to for message in ann.told[1:]] == [ann.told[0]] * 2


async def test_a_link_that_telegram_does_not_take_costs_its_button_and_nothing_else(
    server: FakeBotApi, database: Database
) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database, Various):
        fault = refused(400, "Bad Request: inline keyboard button URL 'https://news.example/1' is invalid")
        fault.method = "sendPhoto"
        server.faults.append(fault)
        answer = await ann.ask("/timeline")
    assert answer.attachment
    assert answer.labels == [["More"]]


async def test_what_a_channel_s_reader_presses_is_shown_to_them_alone(server: FakeBotApi, database: Database) -> None:
    news, reader, chief = server.channel(-9, "News"), server.person(8, "Bob"), server.person(5, "Chief")
    news.standings[8], news.standings[5] = "member", "administrator"
    async with echo(server, database):
        await news.ask("/cases")
        note = await news.tap("Post", reader)
        assert len(news.told) == 1
        await news.tap("Post", chief)
        await server.until(lambda: len(news.told) == 2)
    assert note.alert
    assert note.text.startswith("pressed case:post")


async def test_a_group_is_greeted_once_when_the_bot_is_added(server: FakeBotApi, database: Database) -> None:
    desk, bob = server.group(-7, "Desk", bot="left"), server.person(8, "Bob", lang="en")
    async with echo(server, database):
        desk.becomes(server.world.bot, "member", bob)
        await server.until(lambda: desk.told)
        desk.becomes(server.world.bot, "administrator", bob)
        await desk.ask("/help", bob)
    assert desk.told[0].text.startswith("Hello! I tell of states that leave treaties.\n")
    assert desk.told[0].labels == [["Set up this chat"]]
    assert len(desk.told) == 2


async def test_a_group_is_greeted_in_the_language_of_whoever_added_the_bot(
    server: FakeBotApi, database: Database
) -> None:
    news = server.channel(-9, "News")
    news.standings[server.world.bot.id] = "left"
    async with echo(server, database):
        news.becomes(server.world.bot, "administrator", server.person(8, "Bob", lang="uk"))
        await server.until(lambda: news.told)
    assert news.last.text.startswith("Вітаю!")


async def test_a_chat_from_which_the_bot_is_removed_is_left_alone_and_served_again_when_it_is_back(
    server: FakeBotApi, database: Database
) -> None:
    forum, bob = server.group(-7, "Desk", kind="supergroup", forum=True), server.person(8, "Bob", lang="en")
    set_up(database, "-7")
    set_up(database, "-7/56")
    set_up(database, "-77")
    async with echo(server, database):
        forum.becomes(server.world.bot, "kicked", bob)
        await server.until(lambda: not row_enabled(database, "-7"))
        assert [row_enabled(database, address) for address in ("-7/56", "-77")] == [False, True]
        forum.becomes(server.world.bot, "member", bob)
        await server.until(lambda: forum.told)
    assert row_enabled(database, "-7")
    assert row_enabled(database, "-7/56")
    assert forum.last.text.startswith("Here I am again.")


def row_enabled(database: Database, address: str) -> bool:
    return row(database, address).enabled


async def test_who_blocks_the_bot_is_left_alone(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    set_up(database, "7")
    async with echo(server, database):
        ann.blocks()
        await server.until(lambda: server.called("getUpdates") and not server.updates.pending)
        await server.until(lambda: not row_enabled(database, "7"))
    assert row(database, "7").disabled_reason == "the bot was removed from the chat"
    assert ann.told == []


async def test_a_group_that_becomes_a_supergroup_keeps_what_it_chose(server: FakeBotApi, database: Database) -> None:
    desk, bob = server.group(-7, "Desk"), server.person(8, "Bob")
    set_up(database, "-7")
    before = row(database, "-7")
    async with echo(server, database):
        upgraded = desk.becomes_supergroup(-1007)
        answer = await upgraded.ask("/help@treatywatch_bot", bob)
    assert "telegram -1007 group Desk" in answer.text
    assert row(database, "-1007") == replace(before, address="-1007")
    with database.reading() as conn:
        assert channels.at(conn, "telegram", "-7") is None


async def test_answers_count_towards_the_limits_that_alerts_keep(server: FakeBotApi, database: Database) -> None:
    desk, bob = server.group(-7, "Desk"), server.person(8, "Bob")
    async with echo(server, database, pace=Pace(chat=1, group=1)) as bot:
        await desk.ask("/cases", bob)
        # An alert for that group, or for a topic of it, has to wait now; one for another chat has not.
        a_second, a_minute, overall = bot.chats.channel("-7/56").limits
        other = bot.chats.channel("8").limits
    now = Clock().now
    assert [limit.ready_at(now) - now for limit in (a_second, a_minute)] == [timedelta(seconds=1), timedelta(minutes=1)]
    assert overall.ready_at(now) == now
    assert all(limit.ready_at(now) == now for limit in other)
