"""Socket Mode of the Slack for tests, as any program speaks it: greetings, envelopes, acknowledgements, farewells."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.bot.fakes.slack import APP_TOKEN, BOT_USER_ID, Channel, FakeSlack, Manifest, Person, slack_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientWebSocketResponse as Socket


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with slack_api() as fake:
        fake.teller.retries = (0, 0.05, 0.05)
        yield fake


@pytest.fixture
def ann(slack: FakeSlack) -> Person:
    return slack.person("U1ANN", "Ann")


@pytest.fixture
def news(slack: FakeSlack, ann: Person) -> Channel:
    return slack.channel("C1NEWS", "news", ann)


async def address(slack: FakeSlack) -> str:
    web = AsyncWebClient(base_url=slack.url)
    return str((await web.apps_connections_open(app_token=APP_TOKEN))["url"])


@asynccontextmanager
async def connection(slack: FakeSlack) -> AsyncIterator[Socket]:
    """A connection over which the greeting has come already."""
    async with aiohttp.ClientSession() as session, session.ws_connect(await address(slack)) as socket:
        assert (await socket.receive_json(timeout=5))["type"] == "hello"
        yield socket


async def received(socket: Socket) -> dict[str, Any]:
    envelope: dict[str, Any] = await socket.receive_json(timeout=5)
    return envelope


async def acknowledge(socket: Socket, envelope: dict[str, Any], **more: Any) -> None:
    await socket.send_json({"envelope_id": envelope["envelope_id"], **more})


async def test_a_ticket_is_good_for_one_connection(slack: FakeSlack) -> None:
    url = await address(slack)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json(timeout=5)
            assert (hello["num_connections"], hello["connection_info"]["app_id"]) == (1, "A0TREATY")
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_a_command_is_acknowledged_with_its_answer(slack: FakeSlack, ann: Person, news: Channel) -> None:
    async with connection(slack) as socket:
        asked = ann.asks(news, "/treaty case RU")
        envelope = await received(socket)
        payload = envelope["payload"]
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert (payload["command"], payload["text"]) == ("/treaty", "case RU")
        assert (payload["channel_id"], payload["user_id"]) == (news.id, ann.id)
        assert "retry_attempt" not in envelope
        await acknowledge(socket, envelope, payload={"text": "Answer"})
        answer = await asked.answer()
        assert (answer.text, answer.only) == ("Answer", ann)
        assert 0 <= slack.teller.times()[0] < 3
        assert slack.sockets.violations == []


async def test_an_event_that_is_not_acknowledged_comes_again_with_the_same_id(slack: FakeSlack, ann: Person) -> None:
    slack.teller.seconds = 0.1
    async with connection(slack) as socket:
        telling = ann.opens_home()
        assert telling
        envelopes = [await received(socket) for _ in range(4)]
        await slack.until(telling.over.is_set)
    assert [one["retry_attempt"] for one in envelopes] == [0, 1, 2, 3]
    assert [one["retry_reason"] for one in envelopes] == ["", "timeout", "timeout", "timeout"]
    assert len({one["payload"]["event_id"] for one in envelopes}) == 1
    assert len({one["envelope_id"] for one in envelopes}) == 4
    assert (telling.heard, slack.teller.unheard()) == (False, [telling])


async def test_an_acknowledgement_that_comes_late_is_noted_and_changes_nothing(
    slack: FakeSlack, ann: Person, news: Channel
) -> None:
    slack.teller.seconds = 0.1
    async with connection(slack) as socket:
        asked = ann.asks(news, "/treaty help")
        envelope = await received(socket)
        with pytest.raises(AssertionError, match="did not respond: timeout"):
            await asked.answer()
        await acknowledge(socket, envelope, payload={"text": "Late"})
        await slack.until(lambda: asked.telling.attempts[0].late)
    assert ann.sees(news) == []
    assert asked.telling.attempts[0].seconds
    assert asked.telling.attempts[0].seconds >= 0.1


async def test_what_was_not_sent_is_not_acknowledged(slack: FakeSlack, ann: Person) -> None:
    async with connection(slack) as socket:
        telling = ann.opens_home()
        assert telling
        envelope = await received(socket)
        await socket.send_str("no JSON")
        await socket.send_json({"envelope_id": "of nobody"})
        await acknowledge(socket, envelope, payload={"text": "x"})
        await acknowledge(socket, envelope)
        await slack.until(lambda: len(slack.sockets.violations) == 4)
    assert slack.sockets.violations == [
        "no JSON over the socket",
        "an envelope acknowledged that was never sent",
        "an answer where none is taken: events_api",
        "an envelope acknowledged twice",
    ]


async def test_an_event_on_a_connection_that_is_cut_comes_again_on_the_next(slack: FakeSlack, ann: Person) -> None:
    async with connection(slack) as first:
        telling = ann.opens_home()
        assert telling
        lost = await received(first)
        await slack.sockets.connections[0].cut()
        await slack.until(lambda: not slack.sockets.connections)
        async with connection(slack) as second:
            again = await received(second)
            await acknowledge(second, again)
            await slack.until(telling.over.is_set)
    assert again["payload"]["event_id"] == lost["payload"]["event_id"]
    assert (again["retry_attempt"], again["retry_reason"]) == (1, "connection closed")
    assert telling.heard


async def test_an_event_waits_for_a_connection_and_a_command_does_not(
    slack: FakeSlack, ann: Person, news: Channel
) -> None:
    slack.teller.seconds = 0.1
    event, asked = ann.opens_home(), ann.asks(news, "/treaty help")
    with pytest.raises(AssertionError, match="no connection"):
        await asked.heard()
    assert event
    async with connection(slack) as socket:
        envelope = await received(socket)
        await acknowledge(socket, envelope)
        await slack.until(event.over.is_set)
    assert envelope["payload"]["event"]["type"] == "app_home_opened"


async def test_nothing_goes_over_a_connection_that_is_about_to_end(slack: FakeSlack, ann: Person) -> None:
    async with connection(slack) as first, connection(slack) as second:
        await slack.sockets.connections[0].warn("refresh_requested")
        farewell = await received(first)
        assert (farewell["type"], farewell["reason"]) == ("disconnect", "refresh_requested")
        for _ in range(3):
            ann.opens_home()
            await acknowledge(second, await received(second))
        await slack.until(lambda: len(slack.teller.times()) == 3)


async def test_several_connections_take_turns(slack: FakeSlack, ann: Person) -> None:
    async with connection(slack) as first, connection(slack) as second:
        for _ in range(4):
            ann.opens_home()
        for socket in (first, second, first, second):
            await acknowledge(socket, await received(socket))
        await slack.until(lambda: [len(one.received) for one in slack.sockets.connections] == [2, 2])


async def test_there_are_ten_connections_at_most(slack: FakeSlack) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(connection(slack))
        async with aiohttp.ClientSession() as session, session.ws_connect(await address(slack)) as eleventh:
            assert (await received(eleventh))["reason"] == "too_many_websockets"


async def test_an_app_hears_only_of_what_its_manifest_names(ann: Person) -> None:
    content = {
        "features": {
            "slash_commands": [{"command": "/treaty"}],
            "shortcuts": [{"callback_id": "known", "type": "message"}],
        },
        "oauth_config": {"scopes": {"bot": ["commands", "channels:read"]}},
        "settings": {"event_subscriptions": {"bot_events": ["member_joined_channel"]}},
    }
    async with slack_api(manifest=Manifest.of(content)) as slack:
        bob = slack.person("U2BOB", "Bob")
        room = slack.channel("C1NEWS", "news", bob)
        room.says(bob, f"<@{BOT_USER_ID}> hello")
        room.invites()
        assert [telling.event["type"] for telling in slack.teller.told] == ["member_joined_channel"]
        with pytest.raises(AssertionError, match="not a valid command"):
            bob.asks(room, "/other")
        with pytest.raises(AssertionError, match="no home tab"):
            bob.opens_home()
        # Interactivity is off, and with it every shortcut.
        with pytest.raises(AssertionError, match="no message shortcut"):
            bob.uses("known", room.messages[0])
    assert ann.home is None
