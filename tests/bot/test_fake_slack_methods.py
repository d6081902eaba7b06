"""The Web API of the Slack for tests, asked by slack_sdk: what it refuses, what it does, and what people see of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from tests.bot.fakes.asking import png
from tests.bot.fakes.slack import (
    APP_TOKEN,
    BOT_USER_ID,
    TOKEN,
    Channel,
    FakeSlack,
    Manifest,
    Person,
    cutting,
    garbage,
    hanging,
    limited,
    page,
    refused,
    slack_api,
    slow,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

HEADER = {"type": "header", "text": {"type": "plain_text", "text": "Ruritania &amp; Zenda"}}


class Clock:
    """The test's own time."""

    def __init__(self) -> None:
        self.now = 1_762_171_200.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[FakeSlack]:
    async with slack_api(clock=clock) as fake:
        yield fake


@pytest.fixture
def ann(slack: FakeSlack) -> Person:
    return slack.person("U1ANN", "Ann", admin=True, tz="Europe/Kyiv", locale="uk-UA")


@pytest.fixture
def news(slack: FakeSlack, ann: Person) -> Channel:
    return slack.channel("C1NEWS", "news", ann)


@pytest.fixture
def web(slack: FakeSlack) -> AsyncWebClient:
    return client(slack)


def client(slack: FakeSlack, token: str = TOKEN) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=slack.url, timeout=5, retry_handlers=[])


async def error(asked: Awaitable[Any]) -> str:
    """Slack's name for what is wrong with a call."""
    with pytest.raises(SlackApiError) as caught:
        await asked
    return str(caught.value.response["error"])


# Tokens and scopes


@pytest.mark.parametrize(
    ("token", "expected"), [("xoxb-other", "invalid_auth"), (APP_TOKEN, "not_allowed_token_type"), ("", "not_authed")]
)
async def test_a_token_that_will_not_do_is_refused(slack: FakeSlack, token: str, expected: str) -> None:
    assert await error(client(slack, token).auth_test()) == expected


async def test_connections_are_opened_with_the_apps_token_only(slack: FakeSlack, web: AsyncWebClient) -> None:
    assert await error(web.apps_connections_open(app_token=TOKEN)) == "not_allowed_token_type"
    answer = await web.apps_connections_open(app_token=APP_TOKEN)
    assert answer["url"].startswith(f"ws://127.0.0.1:{slack.port}/link/?ticket=")


async def test_a_token_that_was_revoked_is_refused(slack: FakeSlack, web: AsyncWebClient) -> None:
    assert (await web.auth_test())["user_id"] == BOT_USER_ID
    slack.revoked = True
    assert await error(web.auth_test()) == "token_revoked"


async def test_what_the_manifest_does_not_ask_for_is_refused(ann: Person, news: Channel, slack: FakeSlack) -> None:
    content = {"oauth_config": {"scopes": {"bot": ["chat:write"]}}}
    async with slack_api(manifest=Manifest.of(content)) as strict:
        strict.person(ann.id, ann.name)
        strict.channel(news.id, news.name)
        web = client(strict)
        await web.chat_postMessage(channel=news.id, text="Hello")
        with pytest.raises(SlackApiError) as caught:
            await web.users_info(user=ann.id)
        assert caught.value.response["error"] == "missing_scope"
        assert (caught.value.response["needed"], caught.value.response["provided"]) == ("users:read", "chat:write")
        assert await error(web.conversations_info(channel=news.id)) == "missing_scope"
    assert slack.calls == []


async def test_an_answer_says_which_scopes_the_token_has(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.forbid("users:read")
    scopes = (await web.auth_test()).headers["X-OAuth-Scopes"].split(",")
    assert "chat:write" in scopes
    assert "users:read" not in scopes


async def test_no_method_no_json_no_answer(slack: FakeSlack, web: AsyncWebClient) -> None:
    assert await error(web.api_call("chat.shout")) == "unknown_method"
    assert await error(web.api_call("chat.postMessage", http_verb="GET")) == "unknown_method"
    async with aiohttp.ClientSession() as session:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
        async with session.post(f"{slack.url}auth.test", data="{", headers=headers) as answer:
            assert await answer.json() == {"ok": False, "error": "invalid_json"}


# Messages


async def test_a_message_is_seen_as_it_is_shown(news: Channel, web: AsyncWebClient) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "<https://x.example/?a&amp;b|one> &lt;two&gt;"}}
    answer = await web.chat_postMessage(channel=news.id, text="A &amp; B", blocks=[HEADER, section])
    (message,) = news.messages
    assert (answer["ts"], answer["channel"]) == (message.ts, news.id)
    assert answer["message"]["blocks"][0]["block_id"] == "b0"
    assert message.read == "Ruritania & Zenda\none <two>"
    assert message.text == "A & B"
    assert message.links == ["https://x.example/?a&b"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "no_text"),
        ({"text": "   "}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "["}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "none"}]}, "invalid_blocks"),
        ({"text": "<!channel>"}, "invalid_blocks"),
        ({"text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        ({"text": "x", "channel": "C9NONE"}, "channel_not_found"),
        (
            {"text": "x", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "x" * 2700}}] * 5},
            "msg_blocks_too_long",
        ),
    ],
)
async def test_a_message_that_slack_refuses(
    news: Channel, web: AsyncWebClient, arguments: dict[str, Any], expected: str
) -> None:
    assert await error(web.api_call("chat.postMessage", json={"channel": news.id} | arguments)) == expected
    assert news.messages == []


async def test_refused_blocks_come_with_what_is_wrong(news: Channel, web: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await web.chat_postMessage(channel=news.id, text="x", blocks=[{"type": "header"}])
    assert caught.value.response["response_metadata"] == {
        "messages": ["[ERROR] missing required field: text [json-pointer:/blocks/0]"]
    }


async def test_a_channel_that_is_closed_to_the_app(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.channel("C2OLD", "old").archived = True
    slack.channel("C3GONE", "gone").deleted = True
    slack.channel("G4SECRET", "secret", kind="private", bot=False)
    slack.channel("C5OTHER", "other", bot=False)
    for number, expected in (
        ("C2OLD", "is_archived"),
        ("C3GONE", "channel_not_found"),
        ("G4SECRET", "channel_not_found"),
    ):
        assert await error(web.chat_postMessage(channel=number, text="x")) == expected
    await web.chat_postMessage(channel="C5OTHER", text="x")
    slack.forbid("chat:write.public")
    assert await error(web.chat_postMessage(channel="C5OTHER", text="x")) == "not_in_channel"


async def test_replies_stand_in_their_thread_and_where_asked_in_the_channel(
    ann: Person, news: Channel, web: AsyncWebClient
) -> None:
    first = news.says(ann, "First")
    quiet = await web.chat_postMessage(channel=news.id, text="Quiet", thread_ts=first.ts)
    await web.chat_postMessage(channel=news.id, text="Loud", thread_ts=first.ts, reply_broadcast=True)
    assert [message.text for message in first.replies] == ["Quiet", "Loud"]
    assert [message.text for message in news.shown] == ["First", "Loud"]
    nested = web.chat_postMessage(channel=news.id, text="x", thread_ts=quiet["ts"])
    assert await error(nested) == "cannot_reply_to_message"
    answer = await web.conversations_replies(channel=news.id, ts=first.ts)
    assert [one["text"] for one in answer["messages"]] == ["First", "Quiet", "Loud"]


async def test_a_message_is_changed_by_whoever_wrote_it(ann: Person, news: Channel, web: AsyncWebClient) -> None:
    said = news.says(ann, "Mine")
    told = await web.chat_postMessage(channel=news.id, text="One", blocks=[HEADER])
    assert await error(web.chat_update(channel=news.id, ts=said.ts, text="x")) == "cant_update_message"
    assert await error(web.chat_update(channel=news.id, ts="1.1", text="x")) == "message_not_found"
    await web.chat_update(channel=news.id, ts=told["ts"], text="Two")
    message = news.messages[1]
    assert (message.text, message.said, message.edits) == ("Two", "Ruritania & Zenda", 1)
    await web.chat_update(channel=news.id, ts=told["ts"], text="Three", blocks=[])
    assert message.read == "Three"
    await web.chat_delete(channel=news.id, ts=told["ts"])
    assert news.messages == [said]


async def test_an_ephemeral_message_is_seen_by_one_person(
    slack: FakeSlack, ann: Person, news: Channel, web: AsyncWebClient
) -> None:
    bob = slack.person("U2BOB", "Bob")
    assert await error(web.chat_postEphemeral(channel=news.id, user=bob.id, text="x")) == "user_not_in_channel"
    answer = await web.chat_postEphemeral(channel=news.id, user=ann.id, text="Psst")
    assert [message.text for message in ann.sees(news)] == ["Psst"]
    assert (news.messages, bob.sees(news)) == ([], [])
    changed = web.chat_update(channel=news.id, ts=answer["message_ts"], text="x")
    assert await error(changed) == "message_not_found"


# People and channels, which slack_sdk asks for with GET


async def test_people_are_described(ann: Person, web: AsyncWebClient) -> None:
    user = (await web.users_info(user=ann.id, include_locale=True))["user"]
    assert (user["is_admin"], user["is_owner"], user["tz"], user["locale"]) == (True, False, "Europe/Kyiv", "uk-UA")
    assert "locale" not in (await web.users_info(user=ann.id))["user"]
    assert await error(web.users_info(user="U9NONE")) == "user_not_found"


async def test_channels_are_listed_page_by_page(
    slack: FakeSlack, ann: Person, news: Channel, web: AsyncWebClient
) -> None:
    slack.channel("G2DESK", "desk", kind="private")
    slack.channel("G3SECRET", "secret", kind="private", bot=False)
    slack.channel("C4OLD", "old").archives()
    kinds = "public_channel,private_channel"
    first = await web.conversations_list(types=kinds, limit=1, exclude_archived=True)
    rest = await web.conversations_list(types=kinds, cursor=first["response_metadata"]["next_cursor"], limit=2)
    assert [one["name"] for one in (*first["channels"], *rest["channels"])] == ["news", "desk", "old"]
    assert (await web.conversations_members(channel=news.id))["members"] == [BOT_USER_ID, ann.id]
    info = (await web.conversations_info(channel="G2DESK"))["channel"]
    assert (info["is_private"], info["is_member"], info["name"]) == (True, True, "desk")
    assert await error(web.conversations_info(channel="G3SECRET")) == "channel_not_found"


# Files


async def test_a_picture_is_posted(news: Channel, web: AsyncWebClient) -> None:
    first = await web.chat_postMessage(channel=news.id, text="First")
    await web.files_upload_v2(
        channel=news.id, thread_ts=first["ts"], filename="line.png", content=png(3, 2), title="Line", alt_txt="A line"
    )
    (file,) = news.messages[1].files
    assert (file.name, file.title, file.alt, file.width, file.height) == ("line.png", "Line", "A line", 3, 2)
    assert news.messages[1].thread == first["ts"]


@pytest.mark.parametrize("content", [b"GIF89a", png()[:-3], png().replace(b"IDAT", b"IDAX"), png(0, 0)])
async def test_a_picture_that_is_none_is_refused(news: Channel, web: AsyncWebClient, content: bytes) -> None:
    with pytest.raises(SlackRequestError, match="400"):
        await web.files_upload_v2(channel=news.id, filename="line.png", content=content)
    assert news.messages == []


async def test_an_upload_takes_what_was_announced_and_once(
    slack: FakeSlack, news: Channel, web: AsyncWebClient
) -> None:
    place = await web.files_getUploadURLExternal(filename="a.txt", length=3)
    unfinished = web.files_completeUploadExternal(files=[{"id": place["file_id"]}], channel_id=news.id)
    assert await error(unfinished) == "file_not_found"
    async with aiohttp.ClientSession() as session:
        for content, expected in ((b"four", 400), (b"one", 200), (b"one", 404)):
            async with session.post(place["upload_url"], data=content) as answer:
                assert answer.status == expected
    await web.files_completeUploadExternal(files=[{"id": place["file_id"]}])
    assert slack.world.files[place["file_id"]].content == b"one"


# Views


def view(kind: str = "modal", text: str = "x") -> dict[str, Any]:
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": text}}]
    title = {"title": {"type": "plain_text", "text": "T"}} if kind == "modal" else {}
    return {"type": kind, "blocks": blocks, **title}


async def test_a_trigger_opens_one_modal_within_three_seconds(
    clock: Clock, ann: Person, news: Channel, web: AsyncWebClient
) -> None:
    assert await error(web.views_open(trigger_id="1.2.x", view=view())) == "invalid_trigger_id"
    late = ann.asks(news, "/treaty help").trigger
    clock.now += 3.1
    assert await error(web.views_open(trigger_id=late, view=view())) == "expired_trigger_id"
    soon = ann.asks(news, "/treaty help").trigger
    clock.now += 2.9
    await web.views_open(trigger_id=soon, view=view())
    assert await error(web.views_open(trigger_id=soon, view=view())) == "exchanged_trigger_id"
    assert ann.modal
    assert ann.modal.title == "T"


async def test_a_modal_is_changed_unless_it_has_changed_meanwhile(
    ann: Person, news: Channel, web: AsyncWebClient
) -> None:
    opened = (await web.views_open(trigger_id=ann.asks(news, "/treaty").trigger, view=view()))["view"]
    await web.views_update(view_id=opened["id"], hash=opened["hash"], view=view(text="new"))
    assert ann.modal
    assert ann.modal.said == "new"
    again = web.views_update(view_id=opened["id"], hash=opened["hash"], view=view())
    assert await error(again) == "hash_conflict"
    assert await error(web.views_update(view_id="V9NONE", view=view())) == "not_found"


async def test_no_more_than_three_modals_lie_on_each_other(ann: Person, news: Channel, web: AsyncWebClient) -> None:
    await web.views_open(trigger_id=ann.asks(news, "/treaty").trigger, view=view())
    for _ in range(2):
        await web.views_push(trigger_id=ann.asks(news, "/treaty").trigger, view=view())
    fourth = web.views_push(trigger_id=ann.asks(news, "/treaty").trigger, view=view())
    assert await error(fourth) == "push_limit_reached"
    assert len(ann.modals) == 3


async def test_a_home_tab_is_published_for_one_person(slack: FakeSlack, ann: Person, web: AsyncWebClient) -> None:
    first = (await web.views_publish(user_id=ann.id, view=view("home", "one")))["view"]
    await web.views_publish(user_id=ann.id, hash=first["hash"], view=view("home", "two"))
    assert ann.home
    assert ann.home.said == "two"
    conflict = web.views_publish(user_id=ann.id, hash=first["hash"], view=view("home"))
    assert await error(conflict) == "hash_conflict"
    assert await error(web.views_publish(user_id=ann.id, view=view("modal"))) == "invalid_arguments"
    assert slack.world.bot.home is None


# Response URLs


async def post(url: str, **body: Any) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        return answer.status, await answer.json()


async def test_a_response_url_is_good_for_five_answers(ann: Person, news: Channel) -> None:
    url = ann.asks(news, "/treaty help").telling.payload["response_url"]
    assert (await post(url))[1]["error"] == "no_text"
    for _ in range(5):
        assert await post(url, text="Answer") == (200, {"ok": True})
    assert await post(url, text="Answer") == (404, {"ok": False, "error": "used_url"})
    assert len(news.ephemeral) == 5


async def test_a_response_url_is_good_for_half_an_hour(clock: Clock, ann: Person, news: Channel) -> None:
    url = ann.asks(news, "/treaty help").telling.payload["response_url"]
    clock.now += 1801
    assert await post(url, text="Late") == (404, {"ok": False, "error": "expired_url"})
    assert (await post(f"{url}x", text="Wrong"))[0] == 404


async def test_a_response_url_replaces_and_deletes_what_was_pressed(
    ann: Person, news: Channel, web: AsyncWebClient
) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
    await web.chat_postEphemeral(
        channel=news.id, user=ann.id, text="One", blocks=[{"type": "actions", "elements": [button]}]
    )
    (message,) = ann.sees(news)
    pressed = ann.presses(message, "Go").telling.payload
    assert pressed["container"]["is_ephemeral"]
    assert "message" not in pressed
    await post(pressed["response_url"], text="Two", replace_original=True)
    assert (message.read, message.edits) == ("Two", 1)
    await post(pressed["response_url"], text="For all", response_type="in_channel")
    assert [one.text for one in news.messages] == ["For all"]
    await post(pressed["response_url"], delete_original=True)
    assert [one.text for one in ann.sees(news)] == ["For all"]


# Pace and faults


async def test_messages_that_come_too_fast_are_counted_and_where_wanted_refused(clock: Clock) -> None:
    async with slack_api(clock=clock, enforced=True) as slack:
        slack.pace.burst = 1
        slack.channel("C1NEWS", "news")
        slack.channel("C2DESK", "desk")
        web = client(slack)
        await web.chat_postMessage(channel="C1NEWS", text="1")
        await web.chat_postMessage(channel="C2DESK", text="1")
        with pytest.raises(SlackApiError) as caught:
            await web.chat_postMessage(channel="C1NEWS", text="2")
        assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "1")
        assert [violation.channel for violation in slack.pace.violations] == ["C1NEWS"]
        clock.now += 1
        await web.chat_postMessage(channel="C1NEWS", text="2")


async def test_every_method_has_a_tier(clock: Clock, slack: FakeSlack, news: Channel, web: AsyncWebClient) -> None:
    ts = (await web.chat_postMessage(channel=news.id, text="x"))["ts"]
    for number in range(51):
        await web.chat_update(channel=news.id, ts=ts, text=f"{number}")
    assert [violation.limit for violation in slack.pace.violations] == ["chat.update"]
    clock.now += 60
    await web.chat_update(channel=news.id, ts=ts, text="x")
    assert len(slack.pace.violations) == 1


async def test_what_goes_wrong_goes_wrong_once(slack: FakeSlack, news: Channel, web: AsyncWebClient) -> None:
    slack.faults = [refused("fatal_error"), limited(7), page(502), garbage()]
    assert await error(web.chat_postMessage(channel=news.id, text="x")) == "fatal_error"
    assert await error(web.chat_postMessage(channel=news.id, text="x")) == "ratelimited"
    for _ in range(2):
        with pytest.raises(SlackApiError):
            await web.chat_postMessage(channel=news.id, text="x")
    assert news.messages == []
    await web.chat_postMessage(channel=news.id, text="x")
    assert [call.status for call in slack.called("chat.postMessage")] == [200, 429, 502, 200, 200]


async def test_answers_that_do_not_come_leave_the_message_there_or_not(
    slack: FakeSlack, news: Channel, web: AsyncWebClient
) -> None:
    hasty = AsyncWebClient(token=TOKEN, base_url=slack.url, timeout=1, retry_handlers=[])
    slack.faults = [hanging(), hanging(accepts=False), cutting(), cutting(accepts=False)]
    for number in range(4):
        with pytest.raises((TimeoutError, aiohttp.ClientError)):
            await hasty.chat_postMessage(channel=news.id, text=f"{number}")
    assert [message.text for message in news.messages] == ["0", "2"]
    slack.faults = [slow(0.3)]
    begin = time.monotonic()
    await web.chat_postMessage(channel=news.id, text="4")
    assert time.monotonic() - begin >= 0.3
