"""Whole conversations, as people hold them: every command, buttons, pages, filters, rights and languages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.conversation.commands import COMMANDS
from bot.telegram.rights import Trusted
from store import channels
from tests.bot.hearing import hearing
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.channels import ChannelRow
    from store.database import Database
    from tests.bot.fakes.bot_api import FakeBotApi, Message

ANSWERS = {
    "/start": "I tell every step of a state out of a treaty, once.",
    "/stop": "",
    "/watch Latvia Tide Convention": "States: Latvia",
    "/unwatch all": "This chat now hears everything.",
    "/subscription": "This chat is not set up yet. /start does it in a minute.",
    "/case Latvia ottawa": "Passed by parliament, 16 April 2025",
    "/cases": "14 cases",
    "/timeline Latvia ottawa": "16 April 2025: passed by parliament",
    "/treaty ottawa": "Convention on Mines",
    "/effective tides 2025-06-27": "Notified on 27 June 2025",
    "/upcoming 365": "Nothing is known to take effect within 365 days.",
    "/search harbour": "",
    "/why harbour": "",
    "/digest weekly 08:30": "08:30",
    "/mute Latvia ottawa 7d": "Muted until 8 Oct 2025",
    "/unmute all": "No case is muted any more.",
    "/snooze 8h": "Snoozed until 1 Oct 2025, 17:30",
    "/quiet 22:00-07:00": "Quiet hours: 22:00 to 07:00",
    "/language de": "Deutsch",
    "/timezone Europe/Paris": "Europe/Paris",
    "/sources": "",
    "/status": "",
    "/test": "",
    "/help": "What I can do",
}


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def chosen(database: Database, address: str) -> ChannelRow:
    with database.reading() as conn:
        found = channels.at(conn, "telegram", address)
    assert found
    return found


def edited(message: Message, times: int) -> bool:
    return len(message.edits) == times


def seen(text: str) -> str:
    """A text without what stands unseen in names and numbers."""
    return text.replace("\u2060", "")


def test_every_command_is_tried() -> None:
    assert {words.split()[0].removeprefix("/") for words in ANSWERS} == {command.name for command in COMMANDS}


@pytest.mark.parametrize(("words", "expected"), ANSWERS.items(), ids=ANSWERS)
async def test_every_command_is_answered(server: FakeBotApi, database: Database, words: str, expected: str) -> None:
    ann = server.private(7, "Ann", lang="en")
    async with hearing(server, database):
        answer = await ann.ask(words)
    assert expected in seen(answer.text)
    assert "I do not know" not in answer.text
    assert "Something went wrong" not in answer.text


async def test_a_chat_is_set_up_with_three_presses(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann", lang="fr")
    async with hearing(server, database):
        message = await ann.ask("/start")
        assert message.labels[1][0] == "✓ Français"
        for steps, label in enumerate(("English", "Europe/London", "Formal steps only"), 1):
            await ann.tap(label)
            await server.until(partial(edited, message, steps))
    settings = chosen(database, "7")
    assert (settings.origin, settings.lang, settings.timezone) == ("chat", "en", "Europe/London")
    assert Stage.BILL_SUBMITTED in settings.subscription.stages
    assert Stage.ANNOUNCED not in settings.subscription.stages
    assert seen(message.text).startswith("You are set.")
    assert len(ann.told) == 1


async def test_filters_are_kept_in_the_store(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with hearing(server, database):
        await ann.ask("/watch Latvia Finland ottawa passed lang:uk")
        wanted = chosen(database, "7").subscription
        await ann.ask("/unwatch Finland")
        narrowed = chosen(database, "7").subscription
    assert wanted.states == {"LV", "FI"}
    assert wanted.treaties == {"ottawa"}
    assert wanted.langs == {"uk"}
    assert Stage.PARLIAMENT_PASSED in wanted.stages
    assert narrowed.states == {"LV"}


async def test_answers_have_pages(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with hearing(server, database):
        first = await ann.ask("/cases")
        beginning = first.text
        await ann.tap("›")
        await server.until(lambda: first.edits)
    assert first.text != beginning
    assert first.edits == [beginning]
    assert len(ann.told) == 1


async def test_a_misspelt_command_offers_the_right_one(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with hearing(server, database):
        guess = await ann.ask("/caess")
        await ann.tap("cases")
        await server.until(lambda: guess.edits or len(ann.told) == 2)
    assert "Did you mean" in seen(guess.edits[0] if guess.edits else guess.text)
    assert seen(ann.last.text).startswith("14 cases")


@pytest.mark.parametrize("words", ["/help", "/start", "/snooze", "/subscription", "/why", "/quiet", "/nothing-like-it"])
async def test_commands_in_answers_can_be_tapped(server: FakeBotApi, database: Database, words: str) -> None:
    ann = server.private(7, "Ann", lang="en")
    async with hearing(server, database):
        answer = await ann.ask(words)
        if words == "/start":
            await ann.tap("English")
            await server.until(partial(edited, answer, 1))
    assert "bot_command" in {entity.type for entity in answer.entities}


async def test_only_administrators_change_a_group_with_commands_and_with_buttons(
    server: FakeBotApi, database: Database
) -> None:
    desk, bob, chief = server.group(-7, "Desk"), server.person(8, "Bob"), server.person(5, "Chief")
    desk.standings[8], desk.standings[5] = "member", "administrator"
    async with hearing(server, database):
        refusal = await desk.ask("/watch Latvia", bob)
        await desk.ask("/watch Finland", chief)
        await desk.ask("/start", chief)
        note = await desk.tap(desk.last.buttons[0][-1].data or "", bob)
    assert refusal.text == "Only administrators of this chat may change what it hears."
    assert note.text == refusal.text
    assert chosen(database, "-7").subscription.states == {"FI"}


async def test_topics_of_a_forum_choose_for_themselves(server: FakeBotApi, database: Database) -> None:
    forum, chief = server.group(-9, "Forum", kind="supergroup", forum=True), server.person(5, "Chief")
    forum.standings[5] = "creator"
    forum.topics[56] = "Treaties"
    async with hearing(server, database):
        await forum.ask("/watch Latvia", chief, thread=56)
        await forum.ask("/watch Finland", chief)
    assert chosen(database, "-9/56").subscription.states == {"LV"}
    assert chosen(database, "-9").subscription.states == {"FI"}


async def test_a_channel_is_set_up_by_whoever_may_post_there(server: FakeBotApi, database: Database) -> None:
    news = server.channel(-9, "News")
    async with hearing(server, database):
        await news.ask("/watch Latvia")
    assert chosen(database, "-9").subscription.states == {"LV"}
    assert chosen(database, "-9").title == "News"


async def test_look_ups_are_offered_while_somebody_types(server: FakeBotApi, database: Database) -> None:
    async with hearing(server, database):
        offers = await server.world.offered(server.person(8, "Bob", lang="en"), "latvia mine")
    assert "Latvia" in offers[0]["title"]
    assert "16 April 2025" in seen(offers[0]["input_message_content"]["message_text"])


async def test_a_curator_s_buttons_are_for_curators(server: FakeBotApi, database: Database) -> None:
    desk = server.group(-7, "Desk")
    curator, bob = server.person(2, "Curt"), server.person(8, "Bob")
    async with hearing(server, database, trusted=Trusted(curators=frozenset({2}))):
        shown = await desk.ask("/cases", bob)
        refused = desk.press_data("wrong:1", bob, shown)
        done = desk.press_data("wrong:1", curator, shown)
        await server.until(lambda: refused.note and done.note)
    assert refused.note
    assert done.note
    assert refused.note.text == "Only curators of this bot may do that."
    assert done.note.text != refused.note.text


@pytest.mark.parametrize("lang", ["ru", "uk", "fr", "de", "es"])
async def test_a_chat_is_answered_in_the_language_it_chose(server: FakeBotApi, database: Database, lang: str) -> None:
    ann = server.private(7, "Ann", lang="en")
    async with hearing(server, database):
        await ann.ask(f"/language {lang}")
        answer = await ann.ask("/case Latvia ottawa")
    states = {"ru": "Латвия", "uk": "Латвія", "fr": "Lettonie", "de": "Lettland", "es": "Letonia"}
    assert states[lang] in answer.text


HOSTILE = [
    "/search <b>A & B</b> <!channel> @all",
    "/case </b></a><script>alert(1)</script>",
    "/watch \u202eaivtaL\u202c \u200b\ufeff",
    "/why https://x.example/?a=1&b=<2>",
    "/treaty " + "\U0001f986" * 2000,
    "/help " + "\u0301" * 500,
    "/timezone ../../etc/passwd",
    "/effective ottawa 9999-99-99 ZZ",
    "/upcoming 99999999999999999999",
    "/snooze 99999999999999999999d",
    "/mute \x00\x01\x02 ottawa",
    "/" + "a" * 60,
    "/cases %s {name} {0} %(x)s",
    "'; DROP TABLE channels; --",
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_whatever_is_typed_is_answered_harmlessly(server: FakeBotApi, database: Database, words: str) -> None:
    ann = server.private(7, "Ann", lang="en")
    async with hearing(server, database):
        answer = await ann.ask(words)
        after = await ann.ask("/cases")
    assert "Something went wrong" not in answer.text
    assert not {entity.type for entity in answer.entities} & {"mention", "url", "hashtag", "email", "cashtag"}
    assert seen(after.text).startswith("14 cases")
    assert all(call.status == 200 for call in server.called("sendMessage"))
