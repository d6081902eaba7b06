"""What is heard: who speaks, where and with what rights. An echo stands in for the conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.telegram.rights import Trusted, trusted
from tests.bot.fakes.bot_api import refused
from tests.bot.hearing import Clock, Echo, hearing

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from store.database import Database
    from tests.bot.fakes.bot_api import FakeBotApi, Fault
    from tests.bot.hearing import Running

ALLOWED = Trusted(owners=frozenset({1}), curators=frozenset({2}), chats=frozenset({7, -7}))


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def echo(server: FakeBotApi, database: Database, **options: Any) -> AbstractAsyncContextManager[Running]:
    return hearing(server, database, conversation=Echo, **options)


def said(text: str) -> dict[str, str]:
    """What the echo was told, by its name; without what stands unseen in addresses."""
    text = text.replace("\u2060", "")
    return dict(line.split(": ", maxsplit=1) for line in text.splitlines() if ": " in line)


async def test_a_person_is_heard_in_their_private_chat(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann", lang="uk")
    async with echo(server, database):
        answer = await ann.ask("/case RU ecpt")
    assert answer.text.startswith("asked case RU ecpt\n")
    assert said(answer.text)["place"] == "telegram 7 private Ann"
    assert said(answer.text)["person"] == "7 Ann uk may_set"
    assert answer.reply_to is None


async def test_a_command_may_call_the_bot_by_its_name_and_another_bot_s_is_left_alone(
    server: FakeBotApi, database: Database
) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        ann.says("/case@other_bot RU ecpt")
        answer = await ann.ask("/Case@TreatyWatch_bot  RU\necpt")
    assert answer.text.startswith("asked Case RU ecpt\n")
    assert len(ann.told) == 1


async def test_what_is_edited_afterwards_is_not_followed_again(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        await ann.ask("/help")
        ann.edits_own(ann.messages[0], "/stop")
        answer = await ann.ask("/cases")
    assert answer.text.startswith("asked cases")
    assert len(ann.told) == 2


async def test_a_command_under_a_picture_or_forwarded_is_none(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        written = ann.says("hello").as_json()
        command = {"text": "/stop", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]}
        origin = {"type": "hidden_user", "date": 1, "sender_user_name": "Eve"}
        picture = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
        captioned = {"caption": "/stop", "caption_entities": command["entities"], "photo": picture}
        bare = {name: value for name, value in written.items() if name not in {"text", "entities"}}
        server.updates.publish("message", bare | captioned)
        server.updates.publish("message", written | command | {"forward_origin": origin})
        await server.until(lambda: len(ann.told) == 1)
        answer = await ann.ask("/help")
    assert [message.text.split("\n")[0] for message in ann.told] == ["asked search hello", "asked help"]
    assert answer.text.startswith("asked help")


@pytest.mark.parametrize(
    ("words", "heard"), [("cases Latvia", "asked cases Latvia"), ("who leaves?", "asked search who leaves?")]
)
async def test_words_without_a_slash_are_a_command_or_a_search_in_private(
    server: FakeBotApi, database: Database, words: str, heard: str
) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        answer = await ann.ask(words)
    assert answer.text.startswith(f"{heard}\n")


async def test_a_group_is_answered_under_the_question(server: FakeBotApi, database: Database) -> None:
    desk, bob = server.group(-7, "Desk"), server.person(8, "Bob")
    async with echo(server, database):
        answer = await desk.ask("/case RU ecpt", bob)
    assert said(answer.text)["place"] == "telegram -7 group Desk"
    assert said(answer.text)["person"] == "8 Bob None"
    assert answer.reply_to is desk.messages[0]


@pytest.mark.parametrize(("standing", "may"), [("creator", True), ("administrator", True), ("member", False)])
async def test_only_administrators_may_change_what_a_group_hears(
    server: FakeBotApi, database: Database, standing: Any, *, may: bool
) -> None:
    desk, bob = server.group(-7, "Desk"), server.person(8, "Bob")
    desk.standings[8] = standing
    async with echo(server, database):
        answer = await desk.ask("/help", bob)
    assert ("may_set" in said(answer.text)["person"]) is may


async def test_whether_somebody_is_an_administrator_is_remembered_for_a_minute(
    server: FakeBotApi, database: Database
) -> None:
    desk, bob, clock = server.group(-7, "Desk"), server.person(8, "Bob"), Clock()
    desk.standings[8] = "administrator"
    async with echo(server, database, clock=clock):
        await desk.ask("/help", bob)
        desk.standings[8] = "member"
        clock.now += timedelta(seconds=59)
        assert "may_set" in (await desk.ask("/help", bob)).text
        clock.now += timedelta(seconds=2)
        assert "may_set" not in (await desk.ask("/help", bob)).text
    assert len(server.called("getChatMember")) == 2


async def test_who_cannot_be_looked_up_may_not_change_anything(server: FakeBotApi, database: Database) -> None:
    desk, bob = server.group(-7, "Desk"), server.person(8, "Bob")
    desk.standings[8] = "creator"
    async with echo(server, database):
        server.faults.append(refusal_of("getChatMember"))
        answer = await desk.ask("/help", bob)
    assert "may_set" not in answer.text


async def test_an_anonymous_administrator_speaks_as_the_group(server: FakeBotApi, database: Database) -> None:
    desk = server.group(-7, "Desk", kind="supergroup")
    async with echo(server, database):
        desk.says("/help", anonymous=True)
        await server.until(lambda: desk.told)
    assert said(desk.last.text)["person"] == "-7 Desk None may_set"
    assert server.called("getChatMember") == []


async def test_whoever_writes_in_a_channel_is_its_administrator(server: FakeBotApi, database: Database) -> None:
    news = server.channel(-9, "News")
    async with echo(server, database):
        answer = await news.ask("/subscription")
    assert said(answer.text)["place"] == "telegram -9 channel News"
    assert said(answer.text)["person"] == "-9 News None may_set"


async def test_a_topic_of_a_forum_is_a_place_of_its_own(server: FakeBotApi, database: Database) -> None:
    forum, bob = server.group(-9, "Forum", kind="supergroup", forum=True), server.person(8, "Bob")
    forum.topics[56] = "Treaties"
    async with echo(server, database):
        in_topic = await forum.ask("/help", bob, thread=56)
        in_general = await forum.ask("/help", bob)
    assert said(in_topic.text)["place"] == "telegram -9/56 group Forum"
    assert in_topic.thread == 56
    assert said(in_general.text)["place"] == "telegram -9 group Forum"
    assert in_general.thread is None


async def test_in_a_group_only_what_may_be_meant_for_this_bot_is_answered(
    server: FakeBotApi, database: Database
) -> None:
    desk, bob = server.group(-7, "Desk"), server.person(8, "Bob")
    async with echo(server, database):
        desk.says("/ban Eve", bob)
        desk.says("just talking about cases", bob)
        near = await desk.ask("/caes", bob)
        named = await desk.ask("/ban@treatywatch_bot", bob)
    assert near.text.startswith("asked caes\n")
    assert named.text.startswith("asked ban\n")
    assert len(desk.told) == 2


async def test_the_message_replied_to_is_what_a_question_is_about(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        first = await ann.ask("/help")
        ann.says("/why", reply_to=first)
        await server.until(lambda: len(ann.told) == 2)
    assert said(ann.last.text)["message"] == str(first.id)


async def test_owners_and_curators_are_known_by_their_numbers(server: FakeBotApi, database: Database) -> None:
    desk, trusted = server.group(-7, "Desk"), Trusted(frozenset({1}), frozenset({2}))
    async with echo(server, database, trusted=trusted):
        owner = await desk.ask("/help", server.person(1, "Olga"))
        curator = await desk.ask("/help", server.person(2, "Curt"))
        other = await desk.ask("/help", server.person(3, "Tom"))
    assert said(owner.text)["person"] == "1 Olga None may_set owner curator"
    assert said(curator.text)["person"] == "2 Curt None curator"
    assert said(other.text)["person"] == "3 Tom None"


async def test_chats_that_are_not_listed_get_one_polite_line_and_nothing_else(
    server: FakeBotApi, database: Database
) -> None:
    eve, ann, owner = server.private(9, "Eve", lang="en"), server.private(7, "Ann"), server.private(1, "Olga")
    async with echo(server, database, trusted=ALLOWED):
        refusal = await eve.ask("/start")
        eve.says("/cases")
        assert await server.world.offered(server.person(9, "Eve"), "Latvia") == []
        assert (await ann.ask("/cases")).text.startswith("asked cases")
        assert (await owner.ask("/cases")).text.startswith("asked cases")
    assert refusal.text == "I am sorry, this bot serves only the chats that its owner has listed."
    assert len(eve.told) == 1


def test_the_chats_that_the_settings_list_may_talk_where_talking_is_bounded() -> None:
    assert trusted([1], [2], [], ["-7"]).chats == frozenset()
    bounded = trusted([1], [2], [5], ["-7", "-8/56", "@news"])
    assert bounded == Trusted(frozenset({1}), frozenset({2}), frozenset({5, -7, -8}))


async def test_a_listed_group_is_served_whoever_speaks_there_and_an_owner_everywhere(
    server: FakeBotApi, database: Database
) -> None:
    desk, other = server.group(-7, "Desk"), server.group(-8, "Other")
    async with echo(server, database, trusted=ALLOWED):
        assert (await desk.ask("/cases", server.person(9, "Eve"))).text.startswith("asked cases")
        assert (await other.ask("/cases", server.person(1, "Olga"))).text.startswith("asked cases")
        assert "its owner has listed" in (await other.ask("/cases", server.person(9, "Eve"))).text


async def test_who_asks_too_fast_is_told_once_and_may_go_on_later(server: FakeBotApi, database: Database) -> None:
    ann, clock = server.private(7, "Ann"), Clock()
    async with echo(server, database, clock=clock):
        for _ in range(20):
            ann.says("/cases")
        await server.until(lambda: len(ann.told) == 20)
        refusal = await ann.ask("/cases")
        ann.says("/cases")
        note = await ann.tap("Note")
        clock.now += timedelta(minutes=1)
        answer = await ann.ask("/upcoming")
    assert refusal.text == "That is too fast for me. Please ask again in 3 seconds."
    assert note.text.startswith("That is too fast for me.")
    assert answer.text.startswith("asked upcoming")
    assert len(ann.told) == 22


async def test_inline_look_ups_are_offered_to_whoever_types(server: FakeBotApi, database: Database) -> None:
    async with echo(server, database):
        (offer,) = await server.world.offered(server.person(8, "Bob", lang="fr"), "Latvia")
    assert (offer["title"], offer["description"]) == ("<Latvia>", "Bob")
    assert "place: telegram 8 private Bob" in offer["input_message_content"]["message_text"]


def refusal_of(method: str) -> Fault:
    fault = refused(400, "Bad Request: user not found")
    fault.method = method
    return fault
