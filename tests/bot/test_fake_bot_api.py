"""The fake Bot API refuses what Telegram refuses, in its words, and shows what users would see."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from tests.bot.fakes.asking import Asking, png
from tests.bot.fakes.bot_api import (
    BOT_ID,
    TOKEN,
    FakeBotApi,
    bot_api,
    cutting,
    flood,
    from_html,
    garbage,
    hanging,
    page,
    refused,
    slow,
)
from tests.bot.fakes.bot_api.limits import Pace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot.fakes.bot_api import Chat

ROOT = Path(__file__).parents[2]


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_762_171_200.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[FakeBotApi]:
    async with bot_api(clock=clock) as fake:
        yield fake


@pytest.fixture
async def bot(server: FakeBotApi) -> AsyncIterator[Asking]:
    async with Asking(server) as asking:
        yield asking


@pytest.fixture
def ann(server: FakeBotApi) -> Chat:
    return server.private(7, "Ann", username="ann_a", lang="uk")


@pytest.fixture
def group(server: FakeBotApi, ann: Chat) -> Chat:
    """A forum whose owner is Ann and to which Bob belongs."""
    chat = server.group(-1009, "Desk", kind="supergroup", forum=True)
    chat.topics |= {1: "General", 5: "Exits", 6: "Old"}
    chat.closed_topics.add(6)
    chat.standings |= {7: "creator", server.person(8, "Bob").id: "member"}
    assert ann.person
    return chat


# Addresses and tokens


async def test_only_the_right_token_and_known_methods_are_served(bot: Asking) -> None:
    assert (await bot.call("getMe"))["result"]["id"] == BOT_ID
    assert (await bot.call("GETME"))["ok"]
    assert (await bot.call("getMe", as_bot="123:other"))["description"] == "Unauthorized"
    assert (await bot.call("getMe", as_bot="nonsense"))["description"] == "Not Found"
    assert await bot.refusal("sendPoll", chat_id="7") == "Not Found: method not found"


async def test_parameters_are_read_from_query_form_and_json(server: FakeBotApi, bot: Asking, ann: Chat) -> None:
    address = f"{server.url}{TOKEN}/sendMessage"
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    async with bot.session.get(f"{address}?chat_id=7&text=query") as answer:
        assert answer.ok
    async with bot.session.post(address, json={"chat_id": 7, "text": "json", "reply_markup": markup}) as answer:
        assert answer.ok
    await bot.result("sendMessage", chat_id="7", text="form", reply_markup=markup)
    assert [(message.text, message.labels) for message in ann.told] == [
        ("query", []),
        ("json", [["Go"]]),
        ("form", [["Go"]]),
    ]


# Texts


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("ж<b>x</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("жж <3", 'Unsupported start tag "3" at byte offset 5'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<!-- x -->", 'Unsupported start tag "!--" at byte offset 0'),
        ("<a href='x'", 'Unclosed start tag "a" at byte offset 0'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("Marks & Spencer", "Ampersand at byte offset 6 begins no entity"),
        ("&nbsp;", "Ampersand at byte offset 0 begins no entity"),
    ],
)
async def test_malformed_html_is_refused_in_telegrams_words(bot: Asking, ann: Chat, html: str, reason: str) -> None:
    said = await bot.refusal("sendMessage", chat_id="7", text=html, parse_mode="HTML")
    assert said == f"Bad Request: can't parse entities: {reason}"
    assert ann.messages == []


async def test_html_becomes_text_and_entities_counted_as_telegram_counts(bot: Asking, ann: Chat) -> None:
    text = ' 😀 <b>A &amp; <i>B</i></b> <a href="https://x.example/?a=1&amp;b=2">here</a>\n<code>@nobody</code> '
    await bot.result("sendMessage", chat_id="7", text=text, parse_mode="HTML")
    seen = ann.last
    assert seen.text == "😀 A & B here\n@nobody"
    assert [(one.type, one.offset, one.length) for one in seen.entities] == [
        ("bold", 3, 5),
        ("italic", 7, 1),
        ("text_link", 9, 4),
        ("code", 14, 7),
    ]
    assert seen.links == ["https://x.example/?a=1&b=2"]


async def test_mentions_commands_hashtags_and_addresses_in_a_text_come_alive(bot: Asking, ann: Chat) -> None:
    await bot.result("sendMessage", chat_id="7", text="@durov /start #exit https://x.example/@me a@b.example")
    kinds = [entity.type for entity in ann.last.entities]
    assert kinds == ["mention", "bot_command", "hashtag", "url", "email"]


def test_words_linked_to_no_web_address_are_words() -> None:
    assert from_html('<a href="nowhere">x</a>').entities == ()


async def test_more_than_a_hundred_entities_are_dropped(bot: Asking, ann: Chat) -> None:
    await bot.result("sendMessage", chat_id="7", text="<b>x</b> " * 120, parse_mode="HTML")
    assert len(ann.last.entities) == 100


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("", "HTML", "message text is empty"),
        ("<b> </b>\n", "HTML", "message text is empty"),
        ("x" * 4097, "HTML", "message is too long"),
        ("😀" * 2049, "", "message is too long"),
        ("x", "MarkdownV2", "unsupported parse_mode"),
    ],
)
async def test_a_text_has_one_to_4096_characters_after_parsing(
    bot: Asking, ann: Chat, text: str, mode: str, said: str
) -> None:
    assert await bot.refusal("sendMessage", chat_id="7", text=text, parse_mode=mode) == f"Bad Request: {said}"
    assert ann.messages == []


async def test_tags_do_not_count_as_text(bot: Asking, ann: Chat) -> None:
    await bot.result("sendMessage", chat_id="7", text=f"<b>{'&amp;' * 4096}</b>", parse_mode="HTML")
    assert ann.last.text == "&" * 4096


# Buttons


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        (None, "object expected as reply markup"),
        ({}, "object expected as reply markup"),
        ({"inline_keyboard": None}, 'Field "inline_keyboard" must be of type Array'),
        (
            {"inline_keyboard": [None]},
            "can't parse inline keyboard: Expected an Array of Array of InlineKeyboardButton",
        ),
        ({"inline_keyboard": [[{"text": "x"}]]}, "Text buttons are not allowed in the inline keyboard"),
        (
            {"inline_keyboard": [[{"text": "x", "callback_data": ""}]]},
            "Text buttons are not allowed in the inline keyboard",
        ),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "ж" * 33}]]}, "BUTTON_DATA_INVALID"),
        ({"inline_keyboard": [[{"text": " ", "callback_data": "x"}]]}, "inline keyboard button text must be non-empty"),
        (
            {"inline_keyboard": [[{"callback_data": "x"}]]},
            'can\'t parse inline keyboard button: Field "text" must be of type String',
        ),
        (
            {"inline_keyboard": [[{"text": "x", "url": "nowhere"}]]},
            "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
        ),
        (
            {"inline_keyboard": [[{"text": "x", "url": "https://x.example", "callback_data": "x"}]]},
            "BUTTON_TYPE_INVALID",
        ),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "x"}] * 9]}, "REPLY_MARKUP_INVALID"),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "x"}]] * 101}, "reply markup is too long"),
    ],
)
async def test_a_keyboard_that_telegram_would_not_take_is_refused(
    bot: Asking, ann: Chat, markup: Any, said: str
) -> None:
    refusal = await bot.refusal("sendMessage", chat_id="7", text="x", reply_markup=json.dumps(markup))
    assert refusal == f"Bad Request: {said}"
    assert ann.messages == []


async def test_data_of_64_bytes_is_taken_and_empty_rows_are_dropped(bot: Asking, ann: Chat) -> None:
    rows = [[], [{"text": "x", "callback_data": "ж" * 32}], []]
    await bot.result("sendMessage", chat_id="7", text="x", reply_markup={"inline_keyboard": rows})
    assert ann.last.labels == [["x"]]
    await bot.result("sendMessage", chat_id="7", text="x", reply_markup={"inline_keyboard": []})
    assert ann.last.labels == []


# Edits, replies, deletion


async def test_an_edit_must_change_something(bot: Asking, ann: Chat) -> None:
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = await bot.result("sendMessage", chat_id="7", text="<b>x</b>", parse_mode="HTML", reply_markup=markup)
    what: dict[str, Any] = {"chat_id": "7", "message_id": sent["message_id"]}
    same = await bot.refusal(
        "editMessageText", **what, text="<strong>x</strong>", parse_mode="HTML", reply_markup=markup
    )
    assert same.startswith("Bad Request: message is not modified: ")
    assert "not modified" in await bot.refusal("editMessageReplyMarkup", **what, reply_markup=markup)
    assert ann.last.edits == []
    await bot.result("editMessageText", **what, text="x", reply_markup=markup)
    await bot.result("editMessageText", **what, text="x")
    assert ann.last.labels == []
    assert ann.last.edits == ["x", "x"]


async def test_only_own_messages_that_are_there_are_edited(bot: Asking, ann: Chat) -> None:
    theirs = ann.says("hello")
    missing = await bot.refusal("editMessageText", chat_id="7", message_id=99, text="x")
    assert missing == "Bad Request: message to edit not found"
    refusal = await bot.refusal("editMessageText", chat_id="7", message_id=theirs.id, text="x")
    assert refusal == "Bad Request: message can't be edited"
    sent = await bot.result("sendMessage", chat_id="7", text="x")
    ann.deletes(ann.last)
    gone = await bot.refusal("editMessageText", chat_id="7", message_id=sent["message_id"], text="y")
    assert gone == "Bad Request: message to edit not found"


async def test_a_reply_to_a_missing_message_is_refused_unless_that_is_allowed(bot: Asking, ann: Chat) -> None:
    asked = ann.says("/case")
    await bot.result("sendMessage", chat_id="7", text="x", reply_parameters={"message_id": asked.id})
    assert ann.last.reply_to is asked
    refusal = await bot.refusal("sendMessage", chat_id="7", text="x", reply_parameters={"message_id": 99})
    assert refusal == "Bad Request: message to be replied not found"
    allowed = {"message_id": 99, "allow_sending_without_reply": True}
    await bot.result("sendMessage", chat_id="7", text="x", reply_parameters=allowed)
    assert ann.last.reply_to is None


async def test_a_message_is_deleted_once(bot: Asking, ann: Chat, group: Chat, server: FakeBotApi) -> None:
    sent = await bot.result("sendMessage", chat_id="7", text="x")
    await bot.result("deleteMessage", chat_id="7", message_id=sent["message_id"])
    assert ann.messages == []
    again = await bot.refusal("deleteMessage", chat_id="7", message_id=sent["message_id"])
    assert again == "Bad Request: message to delete not found"
    theirs = group.says("hello", server.person(8, "Bob"))
    refusal = await bot.refusal("deleteMessage", chat_id="-1009", message_id=theirs.id)
    assert refusal == "Bad Request: message can't be deleted"


# Files


async def test_a_picture_must_be_a_picture_and_its_caption_short(bot: Asking, ann: Chat) -> None:
    sent = await bot.result("sendPhoto", chat_id="7", photo=png(30, 20), caption="<b>Russia</b>", parse_mode="HTML")
    assert (ann.last.text, ann.last.attachment and ann.last.attachment.width) == ("Russia", 30)
    assert sent["photo"][0]["height"] == 20
    for photo, said in (
        (b"GIF89a", "IMAGE_PROCESS_FAILED"),
        (png()[:-4], "IMAGE_PROCESS_FAILED"),
        (png(300, 2), "PHOTO_INVALID_DIMENSIONS"),
        ("file_99", "wrong file identifier/HTTP URL specified"),
    ):
        assert await bot.refusal("sendPhoto", chat_id="7", photo=photo) == f"Bad Request: {said}"
    assert await bot.refusal("sendPhoto", chat_id="7", caption="x") == "Bad Request: there is no photo in the request"
    long = await bot.refusal("sendPhoto", chat_id="7", photo=png(), caption="x" * 1025)
    assert long == "Bad Request: message caption is too long"
    assert len(ann.messages) == 1


async def test_what_stands_under_a_picture_is_a_caption_not_a_text(bot: Asking, ann: Chat) -> None:
    photo = await bot.result("sendPhoto", chat_id="7", photo=png(), caption="one")
    text = await bot.result("sendMessage", chat_id="7", text="x")
    of_photo: dict[str, Any] = {"chat_id": "7", "message_id": photo["message_id"]}
    refusal = await bot.refusal("editMessageText", **of_photo, text="two")
    assert refusal == "Bad Request: there is no text in the message to edit"
    refusal = await bot.refusal("editMessageCaption", chat_id="7", message_id=text["message_id"], caption="two")
    assert refusal == "Bad Request: there is no caption in the message to edit"
    await bot.result("editMessageCaption", **of_photo, caption="two")
    media = {"type": "photo", "media": "attach://new", "caption": "two"}
    await bot.result("editMessageMedia", **of_photo, media=media, new=png(40, 40))
    assert "not modified" in await bot.refusal("editMessageMedia", **of_photo, media=media, new=png(40, 40))
    seen = ann.messages[0]
    assert (seen.text, seen.edits, seen.attachment and seen.attachment.width) == ("two", ["one", "two"], 40)


async def test_a_document_keeps_its_bytes(bot: Asking, ann: Chat) -> None:
    await bot.result("sendDocument", chat_id="7", document=b"BEGIN:VCALENDAR", caption="dates")
    assert ann.last.attachment
    assert ann.last.attachment.content == b"BEGIN:VCALENDAR"
    assert await bot.refusal("sendDocument", chat_id="7", document=b"") == "Bad Request: file must be non-empty"


# Chats


async def test_a_chat_must_be_there_and_let_the_bot_speak(server: FakeBotApi, bot: Asking, ann: Chat) -> None:
    async def said(chat_id: str) -> str:
        return await bot.refusal("sendMessage", chat_id=chat_id, text="x")

    assert await said("") == "Bad Request: chat_id is empty"
    assert await said("99") == "Bad Request: chat not found"
    assert await said("@nobody") == "Bad Request: chat not found"
    ann.blocks()
    assert await said("7") == "Forbidden: bot was blocked by the user"
    ann.deactivated = True
    assert await said("7") == "Forbidden: user is deactivated"
    server.private(8, "Bob", started=False)
    assert await said("8") == "Forbidden: bot can't initiate conversation with a user"
    chat = server.group(-9)
    for standing, words in (
        ("kicked", "Forbidden: bot was kicked from the group chat"),
        ("left", "Forbidden: bot is not a member of the group chat"),
        ("restricted", "Bad Request: not enough rights to send text messages to the chat"),
    ):
        chat.becomes(server.world.bot, standing, by=ann.person)  # type: ignore[arg-type]  # the table's words
        assert await said("-9") == words
    chat.gone = True
    assert await said("-9") == "Forbidden: the group chat was deleted"
    channel = server.channel(-10, username="exits")
    await bot.result("sendMessage", chat_id="@exits", text="x")
    channel.becomes(server.world.bot, "member", by=ann.person)
    assert await said("@exits") == "Bad Request: need administrator rights in the channel chat"


async def test_writing_to_the_bot_lets_it_speak(server: FakeBotApi, bot: Asking) -> None:
    bob = server.private(8, "Bob", started=False)
    bob.says("/start")
    await bot.result("sendMessage", chat_id="8", text="x")


async def test_a_group_that_was_upgraded_says_its_new_number(server: FakeBotApi, bot: Asking) -> None:
    group = server.group(-9)
    upgraded = group.becomes_supergroup(-1009)
    answer = await bot.call("sendMessage", chat_id="-9", text="x")
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": -1009}
    await bot.result("sendMessage", chat_id="-1009", text="x")
    assert upgraded.told
    told = [update["message"] for update in await bot.result("getUpdates")]
    assert [one.get("migrate_to_chat_id") or one.get("migrate_from_chat_id") for one in told] == [-1009, -9]


async def test_a_topic_must_be_there_and_open(bot: Asking, ann: Chat, group: Chat) -> None:
    await bot.result("sendMessage", chat_id="-1009", message_thread_id=5, text="x")
    assert [message.text for message in group.topic(5)] == ["x"]
    assert group.last.as_json()["is_topic_message"]
    for chat_id, thread in (("-1009", 77), ("-1009", 1), ("7", 5)):
        refusal = await bot.refusal("sendMessage", chat_id=chat_id, message_thread_id=thread, text="x")
        assert refusal == "Bad Request: message thread not found"
    assert (
        await bot.refusal("sendMessage", chat_id="-1009", message_thread_id=6, text="x") == "Bad Request: TOPIC_CLOSED"
    )
    asked = group.says("/case", ann.person, thread=5)
    await bot.result("sendMessage", chat_id="-1009", text="y", reply_parameters={"message_id": asked.id})
    assert group.last.thread == 5


async def test_who_rules_a_group_can_be_asked(bot: Asking, ann: Chat, group: Chat, server: FakeBotApi) -> None:
    ruling = await bot.result("getChatAdministrators", chat_id="-1009")
    assert [(one["user"]["id"], one["status"]) for one in ruling] == [(7, "creator")]
    assert (await bot.result("getChatMember", chat_id="-1009", user_id=8))["status"] == "member"
    group.becomes(server.person(8, "Bob"), "administrator", by=ann.person)
    assert (await bot.result("getChatMember", chat_id="-1009", user_id=8))["can_manage_chat"]
    assert await bot.refusal("getChatMember", chat_id="-1009", user_id=99) == "Bad Request: PARTICIPANT_ID_INVALID"
    refusal = await bot.refusal("getChatAdministrators", chat_id="7")
    assert refusal == "Bad Request: there are no administrators in the private chat"
    assert (await bot.result("getChat", chat_id="-1009"))["is_forum"]
    await bot.result("leaveChat", chat_id="-1009")
    assert (await bot.call("sendMessage", chat_id="-1009", text="x"))["error_code"] == 403


async def test_a_chat_shows_what_the_bot_is_about_to_do(bot: Asking, ann: Chat) -> None:
    await bot.result("sendChatAction", chat_id="7", action="upload_photo")
    assert ann.actions == ["upload_photo"]
    refusal = await bot.refusal("sendChatAction", chat_id="7", action="thinking")
    assert refusal == "Bad Request: wrong parameter action in request"


# Buttons pressed and look-ups typed


async def test_a_press_is_answered_once_and_soon(bot: Asking, ann: Chat, clock: Clock) -> None:
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    await bot.result("sendMessage", chat_id="7", text="x", reply_markup=markup)
    press = ann.press("Go")
    (update,) = await bot.result("getUpdates")
    query = update["callback_query"]
    assert (query["data"], query["message"]["text"], query["from"]["language_code"]) == ("go", "x", "uk")
    long = await bot.refusal("answerCallbackQuery", callback_query_id=query["id"], text="x" * 201)
    assert long == "Bad Request: MESSAGE_TOO_LONG"
    await bot.result("answerCallbackQuery", callback_query_id=query["id"], text="noted", show_alert=True)
    assert press.note
    assert (press.note.text, press.note.alert) == ("noted", True)
    late = ann.press("Go")
    clock.now += 31
    for number in (query["id"], late.id, "nonsense"):
        refusal = await bot.refusal("answerCallbackQuery", callback_query_id=number)
        assert refusal.startswith("Bad Request: query is too old and response timeout expired")


async def test_a_look_up_is_answered_once_with_at_most_fifty_articles(
    server: FakeBotApi, bot: Asking, ann: Chat
) -> None:
    def article(number: int, **more: Any) -> dict[str, Any]:
        content = {"message_text": "<b>x</b>", "parse_mode": "HTML"}
        return {"type": "article", "id": str(number), "title": "T", "input_message_content": content} | more

    assert ann.person
    question = server.world.asks_inline(ann.person, "russia")
    for results, said in (
        ([article(number) for number in range(51)], "RESULTS_TOO_MUCH"),
        ([article(1), article(1)], "RESULT_ID_DUPLICATE"),
        ([article(1, id="ж" * 33)], "RESULT_ID_INVALID"),
        ([article(1, title="")], 'can\'t parse inline query result: Field "title" must be of type String'),
        (
            [article(1, input_message_content={"message_text": "<b>", "parse_mode": "HTML"})],
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
    ):
        refusal = await bot.refusal("answerInlineQuery", inline_query_id=question.id, results=results)
        assert refusal == f"Bad Request: {said}"
    await bot.result("answerInlineQuery", inline_query_id=question.id, results=[article(1)])
    assert question.results
    assert question.results[0]["said"].text == "x"
    refusal = await bot.refusal("answerInlineQuery", inline_query_id=question.id, results=[])
    assert "query is too old" in refusal


# Commands


async def test_the_narrowest_list_of_commands_in_ones_language_is_seen(
    server: FakeBotApi, bot: Asking, ann: Chat, group: Chat
) -> None:
    async def listed(name: str, scope: dict[str, Any] | None = None, language: str = "") -> None:
        commands = [{"command": name, "description": "x"}]
        await bot.result("setMyCommands", commands=commands, scope=scope or {"type": "default"}, language_code=language)

    bob = server.person(8, "Bob")
    assert ann.person
    await listed("plain")
    await listed("ukrainian", language="uk")
    await listed("rulers", {"type": "all_chat_administrators"})
    seen = server.methods.commands.seen_by
    assert [*seen(ann.person, ann)] == ["ukrainian"]
    assert [*seen(ann.person, group)] == ["rulers"]
    assert [*seen(bob, group)] == ["plain"]
    await listed("here", {"type": "chat", "chat_id": 7})
    assert [*seen(ann.person, ann)] == ["here"]
    await bot.result("deleteMyCommands", scope={"type": "chat", "chat_id": 7})
    assert await bot.result("getMyCommands", scope={"type": "chat", "chat_id": 7}) == []
    assert await bot.result("getMyCommands", language_code="uk") == [{"command": "ukrainian", "description": "x"}]


@pytest.mark.parametrize(
    ("commands", "more", "said"),
    [
        ([{"command": "Case", "description": "x"}], {}, "BOT_COMMAND_INVALID"),
        ([{"command": "x" * 33, "description": "x"}], {}, "BOT_COMMAND_INVALID"),
        ([{"command": "case", "description": ""}], {}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "case", "description": "x" * 257}], {}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": f"c{n}", "description": "x"} for n in range(101)], {}, "BOT_COMMANDS_TOO_MUCH"),
        ([], {"language_code": "ukr"}, "invalid language code specified"),
        ([], {"scope": {"type": "some"}}, "can't parse BotCommandScope: Unsupported type specified"),
        ({}, {}, "can't parse commands JSON object"),
    ],
)
async def test_commands_that_telegram_would_not_list_are_refused(
    bot: Asking, commands: Any, more: dict[str, Any], said: str
) -> None:
    assert await bot.refusal("setMyCommands", commands=commands, **more) == f"Bad Request: {said}"


# Updates


async def test_updates_are_kept_until_they_are_confirmed(bot: Asking, ann: Chat) -> None:
    for text in ("one", "two", "three"):
        ann.says(text)
    updates = await bot.result("getUpdates")
    assert [one["message"]["text"] for one in updates] == ["one", "two", "three"]
    assert await bot.result("getUpdates", limit=1) == updates[:1]
    assert await bot.result("getUpdates", offset=updates[1]["update_id"]) == updates[1:]
    assert await bot.result("getUpdates", offset=-1) == updates[2:]
    assert await bot.result("getUpdates", offset=updates[2]["update_id"] + 1) == []
    ann.says("four")
    assert (await bot.result("getUpdates"))[0]["update_id"] == updates[2]["update_id"] + 1


async def test_updates_are_kept_for_a_day(bot: Asking, ann: Chat, clock: Clock) -> None:
    ann.says("one")
    clock.now += 24 * 3600 + 1
    ann.says("two")
    assert [one["message"]["text"] for one in await bot.result("getUpdates")] == ["two"]


async def test_a_poll_waits_for_news(bot: Asking, ann: Chat, server: FakeBotApi) -> None:
    poll = asyncio.create_task(bot.result("getUpdates", timeout=10))
    await server.until(lambda: server.polls)
    ann.says("hello")
    assert [one["message"]["text"] for one in await poll] == ["hello"]


async def test_only_the_kinds_that_were_asked_for_are_queued(bot: Asking, ann: Chat, group: Chat) -> None:
    bob = group.world.person(8, "Bob")
    group.becomes(bob, "left")
    assert await bot.result("getUpdates") == []
    await bot.result("getUpdates", allowed_updates=["chat_member"])
    ann.says("unheard")
    group.becomes(bob, "member")
    assert [[*one][1] for one in await bot.result("getUpdates")] == ["chat_member"]
    refusal = await bot.refusal("getUpdates", allowed_updates={})
    assert refusal == "Bad Request: can't parse allowed_updates JSON array"


async def test_a_second_poller_ends_the_poll_of_the_first(bot: Asking, server: FakeBotApi, ann: Chat) -> None:
    first = asyncio.create_task(bot.call("getUpdates", timeout=10))
    await server.until(lambda: len(server.polls) == 1)
    second = asyncio.create_task(bot.call("getUpdates", timeout=10))
    ended = await first
    assert ended["error_code"] == 409
    assert ended["description"].startswith("Conflict: terminated by other getUpdates request")
    ann.says("hello")
    assert (await second)["ok"]


async def test_in_a_group_the_bot_hears_what_is_meant_for_it(bot: Asking, group: Chat, server: FakeBotApi) -> None:
    bob = server.person(8, "Bob")
    await bot.result("sendMessage", chat_id="-1009", text="x")
    for text in ("small talk", "/case", "/case@treatywatch_bot RU", "/case@other_bot", "ask @treatywatch_bot"):
        group.says(text, bob)
    group.says("that one?", bob, reply_to=group.last)
    group.says("/mute", anonymous=True)
    heard = [one["message"] for one in await bot.result("getUpdates")]
    assert [one["text"] for one in heard] == [
        "/case",
        "/case@treatywatch_bot RU",
        "ask @treatywatch_bot",
        "that one?",
        "/mute",
    ]
    assert heard[-1]["sender_chat"]["id"] == -1009


async def test_a_channel_speaks_for_itself_and_edits_are_told(bot: Asking, ann: Chat, server: FakeBotApi) -> None:
    server.channel(-10).says("/start")
    ann.edits_own(ann.says("/cse"), "/case")
    post, _, edited = await bot.result("getUpdates")
    assert post["channel_post"]["sender_chat"]["id"] == -10
    assert edited["edited_message"]["text"] == "/case"


# The webhook


async def test_a_webhook_gets_updates_with_its_secret_until_it_takes_them(
    server: FakeBotApi, bot: Asking, ann: Chat
) -> None:
    got: list[tuple[str, str]] = []
    answers = iter([500, 200, 200])

    async def take(request: web.Request) -> web.Response:
        update = await request.json()
        got.append((update["message"]["text"], request.headers["X-Telegram-Bot-Api-Secret-Token"]))
        return web.Response(status=next(answers))

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await bot.result("setWebhook", url=hook, secret_token="s3cret")  # noqa: S106 - the test's own
    ann.says("one")
    ann.says("two")
    await server.until(lambda: not server.updates.pending)
    assert got == [("one", "s3cret"), ("one", "s3cret"), ("two", "s3cret")]
    assert (await bot.result("getWebhookInfo"))["url"] == hook
    assert "while webhook is active" in await bot.refusal("getUpdates")
    await bot.result("deleteWebhook")
    assert await bot.result("getUpdates") == []
    await runner.cleanup()


async def test_a_webhook_must_be_safe(bot: Asking) -> None:
    refusal = await bot.refusal("setWebhook", url="http://bot.example/hook")
    assert refusal == "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    refusal = await bot.refusal("setWebhook", url="https://bot.example/hook", secret_token="no blanks")  # noqa: S106 - as above
    assert refusal == "Bad Request: secret token contains unallowed characters"


# Pace


def judged(pace: Pace, chats: list[int], every: float, *, group: bool) -> list[int | None]:
    return [pace.judge(chat, number * every, group=group) for number, chat in enumerate(chats)]


def test_thirty_a_second_are_let_through_and_no_more() -> None:
    pace = Pace(enforced=True)
    answers = judged(pace, [*range(31)], 0.001, group=False)
    assert answers == [None] * 30 + [1]
    assert [violation.limit for violation in pace.violations] == ["overall"]


def test_a_chat_bears_a_short_burst_and_then_one_a_second() -> None:
    assert judged(Pace(enforced=True), [7] * 50, 1.0, group=False) == [None] * 50
    assert judged(Pace(enforced=True), [7] * 4, 0.0, group=False) == [None] * 3 + [1]


def test_a_group_bears_twenty_a_minute() -> None:
    pace = Pace(enforced=True)
    assert judged(pace, [-7] * 20, 1.0, group=True) == [None] * 20
    assert pace.judge(-7, 20.0, group=True) == 40
    assert pace.judge(-7, 60.0, group=True) is None


async def test_what_comes_too_fast_is_counted_and_refused_if_the_test_wants_so(
    server: FakeBotApi, bot: Asking, ann: Chat
) -> None:
    for number in range(4):
        await bot.result("sendMessage", chat_id="7", text=f"{number}")
    assert [violation.limit for violation in server.pace.violations] == ["chat"]
    server.pace.enforced = True
    answer = await bot.call("sendMessage", chat_id="7", text="x")
    assert answer["description"] == "Too Many Requests: retry after 1"
    assert answer["parameters"] == {"retry_after": 1}
    assert len(ann.told) == 4


# Faults


async def test_a_fault_spoils_the_calls_that_it_means(server: FakeBotApi, bot: Asking, ann: Chat) -> None:
    meant = refused(403, "Forbidden: bot was blocked by the user")
    meant.method, meant.contains, meant.times = "sendMessage", "bad", 2
    server.faults = [meant]
    assert (await bot.call("sendMessage", chat_id="7", text="good"))["ok"]
    for _ in range(2):
        assert (await bot.call("sendMessage", chat_id="7", text="bad"))["error_code"] == 403
    assert (await bot.call("sendMessage", chat_id="7", text="bad"))["ok"]
    assert [call.status for call in server.called("sendMessage")] == [200, 403, 403, 200]
    assert [message.text for message in ann.told] == ["good", "bad"]


async def test_flood_control_says_how_long_it_lasts(server: FakeBotApi, bot: Asking, ann: Chat) -> None:
    server.faults = [flood(17)]
    answer = await bot.call("sendMessage", chat_id="7", text="x")
    assert answer["parameters"] == {"retry_after": 17}
    assert ann.messages == []


async def test_pages_and_garbage_are_answered_as_they_are(server: FakeBotApi, bot: Asking) -> None:
    server.faults = [page(502, "<html>try later</html>"), garbage()]
    assert (await bot.call("getMe"))["ok"]
    for fault in server.faults:
        fault.method = "*"
    address = f"{server.url}{TOKEN}/getMe"
    async with bot.session.get(address) as answer:
        assert (answer.status, await answer.text()) == (502, "<html>try later</html>")
    async with bot.session.get(address) as answer:
        with pytest.raises(json.JSONDecodeError):
            await answer.json()


@pytest.mark.parametrize("accepts", [True, False])
async def test_an_answer_may_never_come_though_the_message_does(
    server: FakeBotApi, bot: Asking, ann: Chat, *, accepts: bool
) -> None:
    server.faults = [cutting(accepts=accepts), hanging(accepts=accepts)]
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await bot.call("sendMessage", chat_id="7", text="cut")
    waiting = asyncio.create_task(bot.call("sendMessage", chat_id="7", text="held"))
    await server.until(lambda: len(server.calls) == 2)
    assert [message.text for message in ann.told] == (["cut", "held"] if accepts else [])
    assert not waiting.done()
    waiting.cancel()


async def test_an_answer_may_be_late(server: FakeBotApi, bot: Asking, ann: Chat) -> None:
    server.faults = [slow(60)]
    waiting = asyncio.create_task(bot.call("sendMessage", chat_id="7", text="x"))
    await server.until(lambda: ann.told)
    assert not waiting.done()
    server.release()
    assert (await waiting)["ok"]


async def test_a_server_that_was_down_remembers(server: FakeBotApi, bot: Asking, ann: Chat) -> None:
    ann.says("before")
    await server.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await bot.call("getMe")
    ann.says("meanwhile")
    await server.start()
    assert [one["message"]["text"] for one in await bot.result("getUpdates")] == ["before", "meanwhile"]


# A process of its own


@pytest.fixture
async def apart() -> AsyncIterator[str]:
    """The address of a server in a process of its own."""
    command = [sys.executable, "-m", "tests.bot.fakes.bot_api"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    assert process.stdout
    yield (await process.stdout.readline()).decode().strip()
    process.kill()
    await process.communicate()


async def test_a_server_of_its_own_is_told_over_http_what_people_do(apart: str) -> None:
    control = apart.removesuffix("bot") + "control"
    async with aiohttp.ClientSession() as session:

        async def post(address: str, **body: Any) -> Any:
            async with session.post(address, json=body) as answer:
                return (await answer.json()).popitem()[1]

        async def told() -> list[Any]:
            return [[*update][1] for update in await post(f"{apart}{TOKEN}/getUpdates")]

        await post(f"{control}/private", id=7, name="Ann")
        await post(f"{control}/group", id=-1009, kind="supergroup", forum=True, topics={"5": "Exits"})
        await post(f"{control}/says", chat=7, text="/start")
        await post(f"{control}/says", chat=-1009, by=7, text="/case", thread=5)
        markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
        await post(f"{apart}{TOKEN}/sendMessage", chat_id=7, text="x", reply_markup=markup)
        await post(f"{control}/press", chat=7, button="Go")
        await post(f"{control}/inline", by=7, query="russia")
        await post(f"{control}/standing", chat=-1009, user="bot", standing="kicked", by=7)
        await post(f"{control}/blocks", chat=7)
        await post(f"{control}/unblocks", chat=7)
        await post(f"{control}/fault", method="sendMessage", page={"status": 502, "body": "{}"})
        assert await told() == [
            *["message"] * 2,
            "callback_query",
            "inline_query",
            *["my_chat_member"] * 3,
        ]
        assert "unknown" in await post(f"{control}/nonsense")
        assert "KeyError" in await post(f"{control}/says", chat=8)
        async with session.get(f"{control}/chats") as answer:
            seen = (await answer.json())["7"]["messages"]
    assert [(one["by"], one["text"], one["buttons"]) for one in seen] == [
        ("Ann", "/start", []),
        ("Treatywatch", "x", [["Go"]]),
    ]
