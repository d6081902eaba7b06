import logging
import traceback
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.channel import ChannelGoneError, MaybeSentError, MessageGoneError, MessageRefusedError, NotSentError
from bot.message import Message
from bot.slack.sending import SlackChannels
from tests.bot.fakes.slack_api import TOKEN, FakeSlack, refusal, slack_api

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
def slack(server: FakeSlack) -> SlackChannels:
    return SlackChannels(TOKEN, base_url=server.url)


def everything_said_by(error: BaseException) -> str:
    """The error with all that hangs on it, as an eager logger would print it."""
    said = "".join(traceback.format_exception(error)) + repr(error)
    for other in (error.__cause__, error.__context__):
        said += everything_said_by(other) if other else ""
    return said


async def test_a_message_is_posted_in_blocks_with_a_text_beside_them(server: FakeSlack, slack: SlackChannels) -> None:
    ts = await slack.channel("C1").post(ALERT, None)
    sent = server.messages[ts]
    assert sent["channel"] == "C1"
    assert sent["text"] == "Ruritania &amp; Zenda leave"
    assert (sent["unfurl_links"], sent["unfurl_media"], sent["link_names"], sent["parse"]) == (
        False,
        False,
        False,
        "none",
    )
    assert "thread_ts" not in sent
    header, section, context = sent["blocks"]
    assert header["text"]["text"] == "Ruritania &amp; Zenda leave"
    assert section["text"]["text"] == "Passed on 3 November.\nTwo sources."
    assert context["elements"][0]["text"] == "<https://news.example/1?a=1&amp;b=2%7C3|Strelsau &lt;Times&gt;>"


async def test_replies_to_replies_stay_in_the_thread_of_the_first_message(
    server: FakeSlack, slack: SlackChannels
) -> None:
    channel = slack.channel("C1")
    first = await channel.post(ALERT, None)
    second = await channel.post(ALERT, first)
    await channel.post(ALERT, second)
    threads = [(data.get("thread_ts"), data.get("reply_broadcast")) for _, data in server.requests]
    assert threads == [(None, None), (first, True), (first, True)]


async def test_an_edit_of_a_reply_changes_the_reply(server: FakeSlack, slack: SlackChannels) -> None:
    channel = slack.channel("C1")
    reply = await channel.post(ALERT, await channel.post(ALERT, None))
    await channel.edit(reply, Message("edit", "More sources"))
    assert [data["text"] for data in server.messages.values()] == ["Ruritania &amp; Zenda leave", "More sources"]


async def test_where_the_thread_is_closed_the_message_is_posted_outside_of_it(
    server: FakeSlack, slack: SlackChannels
) -> None:
    server.next_answers = [refusal("restricted_action_thread_locked")]
    ts = await slack.channel("C1").post(ALERT, "1.1")
    assert "/" not in ts
    assert "thread_ts" not in server.messages[ts]


async def test_a_rate_limit_says_how_long_to_wait(server: FakeSlack, slack: SlackChannels) -> None:
    server.next_answers = [refusal("ratelimited", 429, **{"Retry-After": "30"})]
    with pytest.raises(NotSentError) as caught:
        await slack.channel("C1").post(ALERT, None)
    assert caught.value.retry_after == 30
    assert len(server.requests) == 1


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
    server.next_answers = [refusal(error)]
    with pytest.raises(expected) as caught:
        await slack.channel("C1").post(ALERT, None)
    assert type(caught.value) is expected


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/json"])
async def test_an_error_page_leaves_the_outcome_open(
    server: FakeSlack, slack: SlackChannels, content_type: str
) -> None:
    server.next_answers = [web.Response(status=503, text="try later", content_type=content_type)]
    with pytest.raises(MaybeSentError):
        await slack.channel("C1").post(ALERT, None)


async def test_a_rate_limit_without_slacks_words_is_one_nevertheless(server: FakeSlack, slack: SlackChannels) -> None:
    server.next_answers = [web.Response(status=429, text="slow down")]
    with pytest.raises(NotSentError) as caught:
        await slack.channel("C1").post(ALERT, None)
    assert caught.value.retry_after is None


async def test_a_message_that_was_accepted_but_never_answered_may_have_arrived(server: FakeSlack) -> None:
    server.hang = True
    with pytest.raises(MaybeSentError):
        await SlackChannels(TOKEN, base_url=server.url, timeout=0.5).channel("C1").post(ALERT, None)
    assert len(server.messages) == 1


async def test_a_lost_connection_leaves_the_outcome_open_and_nothing_is_sent_again_unseen(
    server: FakeSlack, slack: SlackChannels
) -> None:
    server.hang_up = True
    with pytest.raises(MaybeSentError):
        await slack.channel("C1").post(ALERT, None)
    assert len(server.requests) == 1


async def test_a_server_that_is_not_there_got_nothing() -> None:
    nowhere = SlackChannels(TOKEN, base_url="http://127.0.0.1:1/api/")
    with pytest.raises(NotSentError):
        await nowhere.channel("C1").post(ALERT, None)


async def test_the_token_is_in_no_log_no_error_and_no_repr(server: FakeSlack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    slack = SlackChannels(TOKEN, base_url=server.url, timeout=0.5)
    channel = slack.channel("C1")
    await channel.post(ALERT, None)
    said = repr(vars(slack)) + repr(vars(channel))
    server.next_answers = [refusal("is_archived"), refusal("invalid_blocks"), web.Response(status=502, text="<html>")]
    for _ in range(3):
        with pytest.raises((ChannelGoneError, MessageRefusedError, MaybeSentError)) as caught:
            await channel.post(ALERT, None)
        said += everything_said_by(caught.value)
    server.hang = True
    with pytest.raises(MaybeSentError) as unknown:
        await channel.post(ALERT, None)
    said += everything_said_by(unknown.value)
    assert TOKEN not in said
    assert TOKEN not in caplog.text
