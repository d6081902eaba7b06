import logging
import traceback
from collections.abc import AsyncIterator

import httpx
import pytest
from telegram.error import BadRequest, ChatMigrated, Conflict, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.channel import (
    ChannelGoneError,
    ChannelMovedError,
    MaybeSentError,
    MessageGoneError,
    MessageRefusedError,
    NotSentError,
)
from bot.message import Message
from bot.telegram.errors import trouble_of
from bot.telegram.sending import TelegramChats
from tests.bot.fakes.bot_api import TOKEN, FakeBotApi, bot_api, flood, hanging, page, refused

ALERT = Message(
    "alert",
    "Ruritania & <b>Zenda</b> leave",
    ("Passed on 3 November.", 'They said "no".'),
    link="https://news.example/1?a=1&b=2",
    link_text="Strelsau <Times>",
)
WRONG_TOKEN = "999:" + "wrong" * 3
WORD_JOINER = "\u2060"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def server() -> AsyncIterator[FakeBotApi]:
    async with bot_api() as fake:
        fake.private(7)
        fake.group(-7)
        yield fake


@pytest.fixture
async def chats(server: FakeBotApi) -> AsyncIterator[TelegramChats]:
    async with TelegramChats(TOKEN, base_url=server.url) as chats:
        yield chats


def everything_said_by(error: BaseException) -> str:
    """The error with all that hangs on it, as an eager logger would print it."""
    said = "".join(traceback.format_exception(error)) + repr(error)
    for other in (error.__cause__, error.__context__):
        said += everything_said_by(other) if other else ""
    return said


async def test_a_message_is_posted_as_html_without_a_preview(server: FakeBotApi, chats: TelegramChats) -> None:
    assert await chats.channel(7).post(ALERT, None) == "1"
    (seen,) = server.chat(7).messages
    shown = seen.text.replace(WORD_JOINER, "")
    assert shown == 'Ruritania & <b>Zenda</b> leave\nPassed on 3 November.\nThey said "no".\nStrelsau <Times>'
    assert seen.links == ["https://news.example/1?a=1&b=2"]
    assert not seen.look.preview
    assert seen.reply_to is None


async def test_a_reply_is_posted_even_if_its_message_was_deleted(server: FakeBotApi, chats: TelegramChats) -> None:
    channel = chats.channel(7)
    first = await channel.post(ALERT, None)
    await channel.post(ALERT, first)
    await channel.post(ALERT, "41")
    told = server.chat(7).messages
    assert [message.reply_to for message in told] == [None, told[0], None]


async def test_an_edit_replaces_the_text_and_one_that_changes_nothing_is_no_error(
    server: FakeBotApi, chats: TelegramChats
) -> None:
    channel = chats.channel(7)
    number = await channel.post(ALERT, None)
    await channel.edit(number, Message("edit", "Now with more sources"))
    await channel.edit(number, Message("edit", "Now with more sources"))
    (seen,) = server.chat(7).messages
    assert seen.text == "Now with more sources"
    assert seen.look.said.of("bold") == ["Now with more sources"]
    assert len(seen.edits) == 1
    assert [call.status for call in server.called("editMessageText")] == [200, 400]


async def test_flood_control_says_how_long_to_wait(server: FakeBotApi, chats: TelegramChats) -> None:
    server.faults = [flood(17)]
    with pytest.raises(NotSentError) as caught:
        await chats.channel(7).post(ALERT, None)
    assert caught.value.retry_after == 17


@pytest.mark.parametrize(
    ("status", "description", "expected"),
    [
        (403, "Forbidden: bot was blocked by the user", ChannelGoneError),
        (403, "Forbidden: bot was kicked from the supergroup chat", ChannelGoneError),
        (403, "Forbidden: bot is not a member of the channel chat", ChannelGoneError),
        (403, "Forbidden: the group chat was deleted", ChannelGoneError),
        (403, "Forbidden: user is deactivated", ChannelGoneError),
        (400, "Bad Request: group chat was deactivated", ChannelGoneError),
        (400, "Bad Request: need administrator rights in the channel chat", ChannelGoneError),
        (400, "Bad Request: TOPIC_CLOSED", ChannelGoneError),
        (401, "Unauthorized", NotSentError),
        (404, "Not Found", NotSentError),
        (400, "Bad Request: chat not found", ChannelGoneError),
        (400, "Bad Request: not enough rights to send text messages to the chat", ChannelGoneError),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", ChannelGoneError),
        (400, "Bad Request: can't parse entities: unclosed tag", MessageRefusedError),
        (400, "Bad Request: message is too long", MessageRefusedError),
        (500, "Internal Server Error", NotSentError),
        (409, "Conflict: terminated by other getUpdates request", MaybeSentError),
    ],
)
async def test_a_refusal_is_told_apart_by_what_it_means(
    server: FakeBotApi, chats: TelegramChats, status: int, description: str, expected: type[Exception]
) -> None:
    server.faults = [refused(status, description)]
    with pytest.raises(expected) as caught:
        await chats.channel(7).post(ALERT, None)
    assert type(caught.value) is expected


@pytest.mark.parametrize("status", [403, 404, 502])
async def test_an_error_page_of_a_proxy_says_nothing_about_the_chat(
    server: FakeBotApi, chats: TelegramChats, status: int
) -> None:
    server.faults = [page(status, "<html>try later</html>")]
    with pytest.raises(MaybeSentError):
        await chats.channel(7).post(ALERT, None)


async def test_a_message_that_was_accepted_but_never_answered_may_have_arrived(server: FakeBotApi) -> None:
    async with TelegramChats(TOKEN, base_url=server.url, read_timeout=0.5) as impatient:
        server.faults = [hanging()]
        with pytest.raises(MaybeSentError):
            await impatient.channel(7).post(ALERT, None)
    assert len(server.chat(7).messages) == 1


async def test_a_server_that_is_not_there_got_nothing(server: FakeBotApi) -> None:
    nowhere = TelegramChats(TOKEN, base_url="http://127.0.0.1:1/bot")
    async with nowhere:
        with pytest.raises(NotSentError):
            await nowhere.channel(7).post(ALERT, None)
    assert server.calls == []


async def test_a_group_that_became_a_supergroup_tells_its_new_address(server: FakeBotApi, chats: TelegramChats) -> None:
    upgraded = server.chat(-7).becomes_supergroup(-1007)
    with pytest.raises(ChannelMovedError) as caught:
        await chats.channel("-7").post(ALERT, None)
    assert caught.value.address == "-1007"
    await chats.channel(caught.value.address).post(ALERT, None)
    assert len(upgraded.told) == 1


async def test_a_topic_is_posted_and_answered_in(server: FakeBotApi, chats: TelegramChats) -> None:
    forum = server.group(-9, "Forum", kind="supergroup", forum=True)
    forum.topics[56] = "Treaties"
    first = await chats.channel("-9/56").post(ALERT, None)
    await chats.channel("-9/56").post(ALERT, first)
    assert [message.thread for message in forum.told] == [56, 56]
    assert forum.told[1].reply_to is forum.told[0]


async def test_a_topic_that_was_deleted_gives_way_to_the_forum_and_a_closed_one_is_lost(
    server: FakeBotApi, chats: TelegramChats
) -> None:
    forum = server.group(-9, "Forum", kind="supergroup", forum=True)
    forum.topics[57] = "Closed"
    forum.closed_topics.add(57)
    with pytest.raises(ChannelMovedError) as caught:
        await chats.channel("-9/56").post(ALERT, None)
    assert (caught.value.address, caught.value.lost) == ("-9", True)
    with pytest.raises(ChannelGoneError):
        await chats.channel("-9/57").post(ALERT, None)


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: message to edit not found",
        "Bad Request: message can't be edited",
        "Bad Request: MESSAGE_ID_INVALID",
    ],
)
async def test_a_message_that_cannot_be_edited_any_more_is_given_up(
    server: FakeBotApi, chats: TelegramChats, description: str
) -> None:
    server.faults.append(refused(400, description))
    with pytest.raises(MessageGoneError):
        await chats.channel(7).edit("1", ALERT)


async def test_a_wrong_token_is_found_at_the_start_and_not_quoted(
    server: FakeBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ChannelGoneError) as caught:
        async with TelegramChats(WRONG_TOKEN, base_url=server.url):
            pass
    assert WRONG_TOKEN not in everything_said_by(caught.value)
    assert WRONG_TOKEN not in caplog.text


async def test_the_token_is_in_no_log_no_error_and_no_repr(
    server: FakeBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with TelegramChats(TOKEN, base_url=server.url, read_timeout=0.5) as chats:
        for name in ("httpx", "httpcore", "telegram"):
            caplog.set_level(logging.DEBUG, logger=name)
        channel = chats.channel(7)
        await channel.post(ALERT, None)
        server.faults = [
            refused(403, f"Forbidden: bot {TOKEN} was blocked"),
            refused(400, f"Bad Request: {TOKEN}"),
            page(502, f"<html>{TOKEN}</html>"),
        ]
        said = repr(chats.bot) + repr(vars(chats)) + repr(vars(channel))
        for _ in range(3):
            with pytest.raises((ChannelGoneError, MessageRefusedError, MaybeSentError)) as caught:
                await channel.post(ALERT, None)
            said += everything_said_by(caught.value)
        server.faults = [hanging()]
        with pytest.raises(MaybeSentError) as unknown:
            await channel.post(ALERT, None)
    said += everything_said_by(unknown.value)
    assert TOKEN not in said
    assert TOKEN not in caplog.text
    assert "HTTP Request: POST" in caplog.text


@pytest.mark.parametrize(
    ("error", "cause", "expected"),
    [
        (TimedOut(), httpx.ReadTimeout(""), MaybeSentError),
        (TimedOut(), httpx.WriteTimeout(""), MaybeSentError),
        (TimedOut(), httpx.ConnectTimeout(""), NotSentError),
        (TimedOut(), httpx.PoolTimeout(""), NotSentError),
        (NetworkError("x"), httpx.ConnectError(""), NotSentError),
        (NetworkError("x"), httpx.ReadError(""), MaybeSentError),
        (NetworkError("x"), httpx.RemoteProtocolError(""), MaybeSentError),
        (BadRequest("x"), None, MessageRefusedError),
        (Conflict("x"), None, MaybeSentError),
        (TelegramError("Invalid server response"), ValueError(), MaybeSentError),
        (ChatMigrated(-1), None, MaybeSentError),
    ],
)
def test_only_what_surely_never_left_counts_as_not_sent(
    error: TelegramError, cause: Exception | None, expected: type[Exception]
) -> None:
    error.__cause__ = cause
    assert type(trouble_of(error)) is expected


@pytest.mark.parametrize("as_timedelta", ["true", "false"])
@pytest.mark.filterwarnings("ignore:.*retry_after")
def test_waits_are_read_in_both_forms_of_the_library(monkeypatch: pytest.MonkeyPatch, as_timedelta: str) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", as_timedelta)
    trouble = trouble_of(RetryAfter(3))
    assert isinstance(trouble, NotSentError)
    assert trouble.retry_after == 3


async def test_groups_are_paced_by_the_minute_and_all_chats_together(chats: TelegramChats) -> None:
    person, group, public = (chats.channel(chat) for chat in (7, -7, "@news"))
    assert [len(channel.limits) for channel in (person, group, public)] == [2, 3, 3]
    assert person.limits[-1] is group.limits[-1]
