"""Signed requests of the Slack for tests to an app's address, and the Slack in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from tests.bot.fakes.slack import SIGNING_SECRET, TOKEN, Channel, FakeSlack, Person, slack_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]


@dataclass
class Desk:
    """An app's address that checks signatures, and answers what a test puts there."""

    answers: list[web.Response] = field(default_factory=list)
    heard: list[tuple[dict[str, str], str]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not SignatureVerifier(SIGNING_SECRET).is_valid_request(body, headers):
            return web.Response(status=401)
        self.heard.append((headers, body))
        if self.answers:
            return self.answers.pop(0)
        content = json.loads(body) if request.content_type == "application/json" else {}
        return web.json_response({"challenge": content["challenge"]}) if "challenge" in content else web.Response()


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    app = web.Application()
    app.router.add_post("/slack/events", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield made
    finally:
        await runner.cleanup()


@pytest.fixture
async def app() -> AsyncIterator[Desk]:
    async with desk() as made:
        yield made


@pytest.fixture
async def slack(app: Desk) -> AsyncIterator[FakeSlack]:
    async with slack_api() as fake:
        fake.posts_to(app.url)
        fake.teller.retries = (0, 0.05, 0.05)
        yield fake


@pytest.fixture
def ann(slack: FakeSlack) -> Person:
    return slack.person("U1ANN", "Ann")


@pytest.fixture
def news(slack: FakeSlack, ann: Person) -> Channel:
    return slack.channel("C1NEWS", "news", ann)


async def test_everything_comes_signed_and_in_its_form(slack: FakeSlack, app: Desk, ann: Person, news: Channel) -> None:
    app.answers = [web.json_response({"text": "Answer", "response_type": "in_channel"})]
    answer = await ann.asks(news, "/treaty case RU").answer()
    assert (answer.text, news.messages) == ("Answer", [answer])
    await ann.uses("known", answer).heard()
    event = ann.opens_home()
    assert event
    await slack.until(event.over.is_set)
    bodies = [body for _, body in app.heard]
    assert parse_qs(bodies[0])["text"] == ["case RU"]
    assert json.loads(parse_qs(bodies[1])["payload"][0])["type"] == "message_action"
    assert json.loads(bodies[2])["event"]["type"] == "app_home_opened"
    assert slack.posting
    assert await slack.posting.verifies()


async def test_an_event_that_fails_comes_again_and_says_so(slack: FakeSlack, app: Desk, ann: Person) -> None:
    app.answers = [web.Response(status=500), web.Response(status=302)]
    event = ann.opens_home()
    assert event
    await slack.until(event.over.is_set)
    told = [(headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason")) for headers, _ in app.heard]
    assert told == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({body for _, body in app.heard}) == 1
    assert event.heard


async def test_an_app_that_wants_no_retry_gets_none(slack: FakeSlack, app: Desk, ann: Person) -> None:
    app.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    event = ann.opens_home()
    assert event
    await slack.until(event.over.is_set)
    assert (len(app.heard), event.heard) == (1, False)


async def test_an_address_that_is_not_there_is_tried_four_times(slack: FakeSlack, ann: Person, news: Channel) -> None:
    slack.posts_to("http://127.0.0.1:1/slack/events")
    event = ann.opens_home()
    assert event
    await slack.until(event.over.is_set)
    assert [attempt.failure for attempt in event.attempts] == ["connection_failed"] * 4
    with pytest.raises(AssertionError, match="did not respond"):
        await ann.asks(news, "/treaty help").heard()


async def test_a_request_with_a_wrong_or_old_signature_is_one(slack: FakeSlack, app: Desk, ann: Person) -> None:
    assert slack.posting
    event = ann.opens_home()
    assert event
    await slack.until(event.over.is_set)
    body, headers, status = slack.posting.requests[0]
    assert status == 200
    assert (await slack.posting.post(body, "application/json", secret="wrong"))[0] == 401  # noqa: S106 - that is the test
    assert (await slack.posting.post(body, "application/json", age=301))[0] == 401
    assert (await slack.posting.send(f"{body} ", headers))[0] == 401
    assert (await slack.posting.send(body, headers))[0] == 200
    assert len(app.heard) == 2


# A process of its own


@asynccontextmanager
async def alone() -> AsyncIterator[str]:
    """The address of a Slack in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bot.fakes.slack"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def test_it_runs_by_itself(app: Desk) -> None:
    async with alone() as url, aiohttp.ClientSession(url.removesuffix("api/")) as session:

        async def do(what: str, **body: Any) -> Any:
            async with session.post(f"/control/{what}", json=body) as answer:
                return (await answer.json()).get("done", answer.status)

        await do("person", id="U1ANN", name="Ann")
        await do("channel", id="C1NEWS", name="news", people=["U1ANN"])
        await do("fault", method="chat.postMessage", page={"status": 500, "body": "<html>"})
        slack = AsyncWebClient(token=TOKEN, base_url=url, retry_handlers=[])
        with pytest.raises(Exception, match="500"):
            await slack.chat_postMessage(channel="C1NEWS", text="Lost")
        ts = (await slack.chat_postMessage(channel="C1NEWS", text="Hello"))["ts"]
        await do("posts_to", url=app.url)
        app.answers = [web.json_response({"text": "Psst"})]
        asked = await do("asks", by="U1ANN", channel="C1NEWS", command="/treaty help")
        assert (asked["trouble"], len(asked["shown"])) == ("", 1)
        await do("uses", by="U1ANN", shortcut="known", channel="C1NEWS", message=ts)
        assert await do("presses", by="U1ANN", button="Go", channel="C1NEWS", message=ts) == 400
        assert await do("dances") == 404
        async with session.get("/control/seen") as answer:
            seen = await answer.json()
    (channel,) = seen["channels"].values()
    assert [message["text"] for message in channel["messages"]] == ["Hello"]
    assert [(message["text"], message["only"]) for message in channel["ephemeral"]] == [("Psst", "U1ANN")]
    assert json.loads(parse_qs(app.heard[1][1])["payload"][0])["message_ts"] == ts
