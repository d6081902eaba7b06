"""The Slack for tests with a real app of slack-bolt: what people do reaches it, and what it does is seen."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.bot.fakes.slack import APP_TOKEN, SIGNING_SECRET, TOKEN, slack_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot.fakes.slack import Channel, FakeSlack, Person

MODAL = {
    "type": "modal",
    "callback_id": "subscribe",
    "title": {"type": "plain_text", "text": "Subscribe"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "treaty",
            "label": {"type": "plain_text", "text": "Treaty"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def button(label: str, action: str) -> dict[str, Any]:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": label},
        "action_id": action,
        "value": action,
    }


def an_app(slack: FakeSlack) -> AsyncApp:
    """An app that does a little of everything."""
    app = AsyncApp(client=AsyncWebClient(token=TOKEN, base_url=slack.url), signing_secret=SIGNING_SECRET)

    @app.command("/treaty")
    async def asked(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        await ack()
        row = {"type": "actions", "elements": [button("Subscribe", "open"), button("Share", "share")]}
        await respond(text="Answer", blocks=[section(f"*{command['text']}*"), row])

    @app.action("open")
    async def opened(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.action("share")
    async def shared(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="For all", response_type="in_channel")
        await respond(delete_original=True)

    @app.view("subscribe")
    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        if view["state"]["values"]["treaty"]["text"]["value"] == "none":
            await ack(response_action="errors", errors={"treaty": "No such treaty"})
        else:
            await ack()

    @app.event("app_home_opened")
    async def home(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("At home")]})

    @app.shortcut("known")
    async def used(ack: Any, shortcut: dict[str, Any], respond: Any) -> None:
        await ack()
        await respond(text=f"About {shortcut['message']['text']}")

    return app


@asynccontextmanager
async def connected(slack: FakeSlack) -> AsyncIterator[AsyncSocketModeHandler]:
    client = AsyncWebClient(token=APP_TOKEN, base_url=slack.url)
    handler = AsyncSocketModeHandler(an_app(slack), APP_TOKEN, web_client=client, ping_interval=0.1)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # as slack-bolt declares it
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # as slack-bolt declares it


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with slack_api() as fake, connected(fake):
        yield fake


@pytest.fixture
def ann(slack: FakeSlack) -> Person:
    return slack.person("U1ANN", "Ann")


@pytest.fixture
def news(slack: FakeSlack, ann: Person) -> Channel:
    return slack.channel("C1NEWS", "news", ann)


async def test_a_command_is_answered_for_one_person(slack: FakeSlack, ann: Person, news: Channel) -> None:
    answer = await ann.asks(news, "/treaty case RU").answer()
    assert (answer.read, answer.labels) == ("*case RU*", [["Subscribe", "Share"]])
    assert answer.only is ann
    assert news.messages == []
    assert max(slack.teller.times()) < 3


async def test_an_answer_is_shared_with_all(slack: FakeSlack, ann: Person, news: Channel) -> None:
    answer = await ann.asks(news, "/treaty case").answer()
    await ann.presses(answer, "Share").heard()
    await slack.until(lambda: answer.deleted)
    assert [message.read for message in news.shown] == ["For all"]
    assert [message.read for message in ann.sees(news)] == ["For all"]


async def test_a_modal_says_what_is_wrong_and_closes_once_nothing_is(ann: Person, news: Channel) -> None:
    answer = await ann.asks(news, "/treaty case").answer()
    modal = await ann.presses(answer, "Subscribe").modal()
    with pytest.raises(AssertionError, match="not filled in"):
        await ann.submits()
    modal.fills("Treaty", "none")
    await ann.submits()
    assert (ann.modal, modal.errors) == (modal, {"treaty": "No such treaty"})
    modal.fills("Treaty", "ecpt")
    await ann.submits()
    assert ann.modal is None


async def test_the_home_tab_is_published(slack: FakeSlack, ann: Person) -> None:
    ann.opens_home()
    home = await slack.until(lambda: ann.home)
    assert home.said == "At home"


async def test_a_shortcut_shows_its_message(ann: Person, news: Channel) -> None:
    said = news.says(ann, "Ruritania leaves")
    answer = await ann.uses("known", said).answer()
    assert answer.text == "About Ruritania leaves"
