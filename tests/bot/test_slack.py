import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.channel import ChannelGoneError, MaybeSentError, MessageGoneError, MessageRefusedError, NotSentError
from bot.message import Message
from bot.slack import sending
from bot.slack.sending import SlackChannels
from bot.wiring import slack as wiring
from config.settings import Settings
from tests.bot.fakes.slack import (
    TOKEN,
    Channel,
    FakeSlack,
    Fault,
    Page,
    cutting,
    hanging,
    limited,
    page,
    refused,
    slack_api,
    slow,
)

ALERT = Message(
    "alert",
    "Ruritania & Zenda leave",
    ("Passed on 3 November.", "Two sources."),
    link="https://news.example/1?a=1&b=2|3",
    link_text="Strelsau <Times>",
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def server() -> AsyncIterator[FakeSlack]:
    async with slack_api() as fake:
        yield fake


@pytest.fixture
def room(server: FakeSlack) -> Channel:
    return server.channel("C1", "news")


@pytest.fixture
def slack(server: FakeSlack) -> SlackChannels:
    return SlackChannels(TOKEN, base_url=server.url)


def everything_said_by(error: BaseException) -> str:
    """The error with all that hangs on it, as an eager logger would print it."""
    said = "".join(traceback.format_exception(error)) + repr(error)
    for other in (error.__cause__, error.__context__):
        said += everything_said_by(other) if other else ""
    return said


async def test_a_message_is_posted_in_blocks_with_a_text_beside_them(
    server: FakeSlack, room: Channel, slack: SlackChannels
) -> None:
    ts = await slack.channel("C1").post(ALERT, None)
    (message,) = room.messages
    assert (message.ts, message.thread, message.pings) == (ts, None, [])
    assert message.text == "Ruritania & Zenda leave"
    assert message.read == "Ruritania & Zenda leave\nPassed on 3 November.\nTwo sources.\nStrelsau <Times>"
    assert message.links == ["https://news.example/1?a=1&b=2%7C3"]
    assert [block["type"] for block in message.blocks] == ["header", "section", "context"]
    (call,) = server.called("chat.postMessage")
    quiet = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "parse": "none"}
    assert {name: call[name] for name in quiet} == quiet


async def test_replies_to_replies_stay_in_the_thread_of_the_first_message(room: Channel, slack: SlackChannels) -> None:
    channel = slack.channel("C1")
    first = await channel.post(ALERT, None)
    second = await channel.post(ALERT, first)
    await channel.post(ALERT, second)
    threads = [(message.thread, message.broadcast) for message in room.messages]
    assert threads == [(None, False), (first, True), (first, True)]
    assert room.shown == room.messages


async def test_an_edit_of_a_reply_changes_the_reply(room: Channel, slack: SlackChannels) -> None:
    channel = slack.channel("C1")
    reply = await channel.post(ALERT, await channel.post(ALERT, None))
    await channel.edit(reply, Message("edit", "More sources"))
    assert [message.read.split("\n")[0] for message in room.messages] == ["Ruritania & Zenda leave", "More sources"]
    assert [message.text for message in room.messages] == ["Ruritania & Zenda leave", "More sources"]


async def test_the_program_counts_its_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.sending.EDITS_A_MINUTE", 1)
    async with slack_api() as server:
        room = server.channel("C1", "news")
        slack = wiring.channels(Settings.model_validate({"slack": {"base_url": server.url}}), TOKEN)
        channel = slack.channel(room.id)
        told = await channel.post(ALERT, None)
        await channel.edit(told, Message("edit", "More sources"))
        with pytest.raises(NotSentError, match="too many edits"):
            await channel.edit(told, Message("edit", "Still more sources"))


async def test_edits_of_all_channels_together_keep_to_fifty_a_minute() -> None:
    now = datetime(2025, 11, 3, tzinfo=UTC)
    async with slack_api(clock=lambda: datetime.timestamp(now)) as server:
        rooms = [server.channel(f"C{number}", f"{number}") for number in range(51)]
        slack = SlackChannels(TOKEN, base_url=server.url, clock=lambda: now)
        told = {room.id: await slack.channel(room.id).post(ALERT, None) for room in rooms}

        async def edit(room: Channel) -> None:
            await slack.channel(room.id).edit(told[room.id], Message("edit", "More sources"))

        for one in rooms[:50]:
            await edit(one)
        with pytest.raises(NotSentError, match="too many edits"):
            await edit(rooms[50])
        assert rooms[50].messages[0].edits == 0
        # An alert is told all the same.
        await slack.channel(rooms[50].id).post(ALERT, None)
        now += timedelta(minutes=1)
        await edit(rooms[50])
        assert rooms[50].messages[0].edits == 1
        assert server.pace.violations == []


async def test_where_the_thread_is_closed_the_message_is_posted_outside_of_it(
    server: FakeSlack, room: Channel, slack: SlackChannels
) -> None:
    first = await slack.channel("C1").post(ALERT, None)
    server.faults = [refused("restricted_action_thread_locked")]
    for thread in (first, "1.1"):
        ts = await slack.channel("C1").post(ALERT, thread)
        assert "/" not in ts
        assert (room.messages[-1].ts, room.messages[-1].thread) == (ts, None)


async def test_a_rate_limit_says_how_long_to_wait(server: FakeSlack, slack: SlackChannels) -> None:
    server.faults = [limited(30)]
    with pytest.raises(NotSentError) as caught:
        await slack.channel("C1").post(ALERT, None)
    assert caught.value.retry_after == 30
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("channel_not_found", ChannelGoneError),
        ("not_in_channel", ChannelGoneError),
        ("is_archived", ChannelGoneError),
        ("token_revoked", ChannelGoneError),
        ("invalid_auth", ChannelGoneError),
        ("account_inactive", ChannelGoneError),
        ("msg_too_long", MessageRefusedError),
        ("invalid_blocks", MessageRefusedError),
        ("message_not_found", MessageGoneError),
        ("cant_update_message", MessageGoneError),
        ("an_error_of_next_year", MessageRefusedError),
        ("service_unavailable", NotSentError),
        ("internal_error", MaybeSentError),
    ],
)
async def test_a_refusal_is_told_apart_by_its_name(
    server: FakeSlack, slack: SlackChannels, error: str, expected: type[Exception]
) -> None:
    server.faults = [refused(error)]
    with pytest.raises(expected) as caught:
        await slack.channel("C1").post(ALERT, None)
    assert type(caught.value) is expected


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/json"])
async def test_an_error_page_leaves_the_outcome_open(
    server: FakeSlack, slack: SlackChannels, content_type: str
) -> None:
    server.faults = [Fault(Page(503, "try later", content_type))]
    with pytest.raises(MaybeSentError):
        await slack.channel("C1").post(ALERT, None)


async def test_a_rate_limit_without_slacks_words_is_one_nevertheless(server: FakeSlack, slack: SlackChannels) -> None:
    server.faults = [page(429, "slow down")]
    with pytest.raises(NotSentError) as caught:
        await slack.channel("C1").post(ALERT, None)
    assert caught.value.retry_after is None


async def test_a_message_that_was_accepted_but_never_answered_may_have_arrived(
    server: FakeSlack, room: Channel
) -> None:
    server.faults = [hanging()]
    with pytest.raises(MaybeSentError):
        await SlackChannels(TOKEN, base_url=server.url, timeout=0.5).channel("C1").post(ALERT, None)
    assert len(room.messages) == 1


async def test_a_lost_connection_leaves_the_outcome_open_and_nothing_is_sent_again_unseen(
    server: FakeSlack, room: Channel, slack: SlackChannels
) -> None:
    server.faults = [cutting()]
    with pytest.raises(MaybeSentError):
        await slack.channel("C1").post(ALERT, None)
    assert (len(server.calls), len(room.messages)) == (1, 1)


async def test_a_server_that_is_not_there_got_nothing() -> None:
    nowhere = SlackChannels(TOKEN, base_url="http://127.0.0.1:1/api/")
    with pytest.raises(NotSentError):
        await nowhere.channel("C1").post(ALERT, None)


async def test_a_start_does_not_wait_for_a_slack_that_hangs(
    server: FakeSlack, room: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "START_SECONDS", 0.05)
    server.faults = [Fault(ending="hang", method="auth.test")]
    async with SlackChannels(TOKEN, base_url=server.url) as slack:
        await slack.channel("C1").post(ALERT, None)
    await server.until(lambda: server.called("auth.test")[0].given_up)
    assert len(room.messages) == 1


async def test_a_token_that_is_refused_late_is_reported(
    server: FakeSlack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sending, "START_SECONDS", 0.05)
    slow_check = slow(0.3)
    slow_check.method = "auth.test"
    server.faults = [slow_check]
    async with SlackChannels("xoxb-other", base_url=server.url) as slack:
        assert slack._checking
        await asyncio.wait({slack._checking})
    assert "Slack refuses the bot token (invalid_auth)" in caplog.text


@pytest.mark.usefixtures("room")
async def test_the_token_is_in_no_log_no_error_and_no_repr(server: FakeSlack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    slack = SlackChannels(TOKEN, base_url=server.url, timeout=0.5)
    channel = slack.channel("C1")
    await channel.post(ALERT, None)
    said = repr(vars(slack)) + repr(vars(channel))
    server.faults = [refused("is_archived"), refused("invalid_blocks"), page(502)]
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
