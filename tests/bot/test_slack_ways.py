"""The ways by which Slack tells: sockets that end, calls that nobody signed, and each thing handled once."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from bot.conversation.conversation import Conversation
from bot.slack.inbox import WAITING, Inbox
from bot.slack.rights import Trusted
from store import channels
from store.tables import metadata
from tests.bot.fakes.slack import APP_TOKEN, SIGNING_SECRET, TOKEN, page, refused
from tests.bot.slack_hearing import alert, delivering, hearing

if TYPE_CHECKING:
    from bot.conversation.model import Reply, Request
    from store.database import Database
    from tests.bot.fakes.slack import Channel, Exchange, FakeSlack, Person
    from tests.bot.fakes.slack.posting import Posting

SECRETS = tuple(one.partition("-")[2] for one in (TOKEN, APP_TOKEN, SIGNING_SECRET))
ADMIN = Trusted(admins=frozenset({"U1ANN"}))


@pytest.fixture
def ann(workspace: FakeSlack) -> Person:
    return workspace.person("U1ANN", "Ann")


@pytest.fixture
def news(workspace: FakeSlack, ann: Person) -> Channel:
    return workspace.channel("C1NEWS", "news", ann)


def everything_stored(database: Database) -> str:
    with database.reading() as conn:
        return "".join(str(tuple(row)) for table in metadata.sorted_tables for row in conn.execute(select(table)))


# Once


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_what_is_told_again_is_acknowledged_again_and_done_once(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel, *, http: bool
) -> None:
    async with hearing(workspace, sqlite_database, http=http, trusted=ADMIN) as bot:
        asked = ann.asks(news, "/treaty watch Latvia")
        await asked.heard()
        await workspace.until(lambda: news.ephemeral)
        bot.clock.now = bot.clock.now.replace(minute=31)
        for _ in range(2):
            attempt = await workspace.teller.again(asked.telling)
            assert not attempt.failure
        home = ann.opens_home()
        assert home
        await workspace.until(lambda: ann.home)
        assert not (await workspace.teller.again(home)).failure
        await ann.asks(news, "/treaty status").answer()
    assert [one.method for one in workspace.calls].count("views.publish") == 1
    assert [message.said.splitlines()[0] for message in news.ephemeral] == [
        "This chat now hears:",
        "Something is not well.",
    ]


async def test_work_is_done_in_order_for_each_person_and_bounded(caplog: pytest.LogCaptureFixture) -> None:
    inbox, done, gate = Inbox(parallel=2), list[str](), asyncio.Event()

    async def held(name: str) -> None:
        await gate.wait()
        done.append(name)

    for name in ("a1", "b1", "a2"):
        assert inbox.take(name[0], lambda name=name: held(name))  # type: ignore[misc]
    waiting = sum(inbox.take("c", lambda: held("c")) for _ in range(WAITING))
    gate.set()
    await inbox.finish(10)
    assert waiting == WAITING - 3
    assert done.index("a1") < done.index("a2")
    assert len(done) == WAITING
    assert "more is asked at Slack than can be answered" in caplog.text


async def test_work_that_fails_or_never_ends_is_told_and_the_rest_is_done(caplog: pytest.LogCaptureFixture) -> None:
    inbox, done = Inbox(), asyncio.Event()

    async def fails() -> None:
        raise RuntimeError(TOKEN)

    async def ends() -> None:
        done.set()

    async def never() -> None:
        await asyncio.Event().wait()

    inbox.take("a", fails)
    inbox.take("a", ends)
    await done.wait()
    inbox.take("a", never)
    await inbox.finish(0.01)
    assert "a question from Slack could not be answered: RuntimeError in fails" in caplog.text
    assert "1 questions from Slack were still in work, and are given up" in caplog.text
    assert TOKEN not in caplog.text


# Sockets


@pytest.mark.parametrize("end", ["close", "cut", "warn"])
async def test_a_connection_that_ends_is_opened_anew_and_nothing_is_lost(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, end: str
) -> None:
    workspace.teller.retries = (0.0, 0.0, 0.0)
    async with hearing(workspace, sqlite_database):
        for number in range(3):
            [connection] = workspace.sockets.connections
            opened = workspace.sockets.opened
            match end:
                case "close":
                    await connection.socket.close()
                case "cut":
                    await connection.cut()
                    await workspace.until(lambda one=connection: one not in workspace.sockets.connections)  # type: ignore[misc]
                case _:
                    await connection.warn()
            before = len(workspace.called("views.publish"))
            ann.opens_home()
            await workspace.until(lambda before=before: len(workspace.called("views.publish")) > before)  # type: ignore[misc]
            await workspace.until(lambda opened=opened: workspace.sockets.opened > opened)  # type: ignore[misc]
            if end == "warn":
                await connection.socket.close()
            assert len(workspace.called("views.publish")) == number + 1
    assert workspace.sockets.violations == []


async def test_slack_may_be_out_of_reach_at_first_and_for_a_while(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    workspace.faults += [
        replace(fault, method="apps.connections.open") for fault in (refused("fatal_error"), page(503))
    ]
    async with hearing(workspace, sqlite_database):
        await ann.asks(news, "/treaty status").answer()
        await workspace.stop()
        await asyncio.sleep(0)
        await workspace.start()
        await workspace.until(lambda: workspace.sockets.connections)
        await ann.asks(news, "/treaty status").answer()
    assert len(news.ephemeral) == 2
    assert "nothing is heard from Slack: Slack failed to answer properly (fatal_error)" in caplog.text
    assert "Slack is heard again" in caplog.text


async def test_an_address_that_does_not_work_is_given_up_for_another(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel
) -> None:
    dead = {"ok": True, "url": f"{workspace.world.address.replace('http', 'ws')}/link/?ticket=used"}
    fault = replace(page(200, json.dumps(dead)), method="apps.connections.open")
    workspace.faults.append(replace(fault, page=replace(fault.page, kind="application/json")))  # type: ignore[type-var]
    async with hearing(workspace, sqlite_database):
        await ann.asks(news, "/treaty status").answer()
    assert len(workspace.called("apps.connections.open")) == 2


async def test_a_stop_lets_what_is_in_work_be_answered(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel
) -> None:
    async with hearing(workspace, sqlite_database) as bot:
        await bot.lock.acquire()
        ann.asks(news, "/treaty stop")
        asked = ann.asks(news, "/treaty digest now")
        await asked.heard()
        stopping = asyncio.create_task(bot.hearing.stop())
        await workspace.until(lambda: not workspace.sockets.connections)
        bot.lock.release()
        await stopping
    assert len(news.ephemeral) == 2


# Calls


@pytest.fixture
async def wrong(workspace: FakeSlack) -> str:
    return urlencode(
        {
            "command": "/treaty",
            "text": "watch Latvia",
            "channel_id": "C1NEWS",
            "channel_name": "news",
            "user_id": "U1ANN",
            "user_name": "ann",
            "trigger_id": "1.2.3",
            "response_url": f"{workspace.world.address}/respond/none",
        }
    )


async def test_calls_that_are_not_slacks_are_refused_and_change_nothing(
    workspace: FakeSlack, sqlite_database: Database, ann: Person, news: Channel, wrong: str
) -> None:
    form = "application/x-www-form-urlencoded"
    async with hearing(workspace, sqlite_database, http=True, trusted=ADMIN) as bot:
        calls: Posting | None = workspace.posting
        assert calls
        forged = [
            await calls.post(wrong, form, secret="somebody-elses"),  # noqa: S106 - nobody's
            await calls.post(wrong, form, age=301),
            await calls.post(wrong, form, age=-301),
            await calls.send(wrong, {"Content-Type": form}),
            await calls.post(wrong, form, {"X-Slack-Signature": "v0=" + "0" * 64}),
            await calls.post(wrong, form, {"X-Slack-Request-Timestamp": "soon"}),
        ]
        assert [status for status, _, _ in forged] == [401] * len(forged)
        with sqlite_database.reading() as conn:
            assert channels.at(conn, "slack", news.id) is None
        assert workspace.calls[1:] == []
        status, _, _ = await calls.post(wrong, form, age=299)
        assert status == 200
        await workspace.until(lambda: news.ephemeral)
        body, headers, _ = calls.requests[-1]
        replayed = await calls.send(body, headers)
        assert replayed[0] == 401
        told_again = await calls.send(body, headers | {"X-Slack-Retry-Num": "1"})
        assert told_again[0] == 200
        bot.clock.now = bot.clock.now.replace(minute=59)
        assert (await calls.send(body, headers))[0] == 401
        await ann.asks(news, "/treaty status").answer()
    assert len(news.ephemeral) == 2


async def test_slack_is_answered_its_challenge(workspace: FakeSlack, sqlite_database: Database) -> None:
    async with hearing(workspace, sqlite_database, http=True):
        assert workspace.posting
        assert await workspace.posting.verifies()


async def test_a_place_that_is_taken_is_told_in_the_log(
    workspace: FakeSlack, sqlite_database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.bot.slack_hearing.free_port", lambda: workspace.port)
    async with hearing(workspace, sqlite_database, http=True):
        pass
    assert "nothing is heard from Slack: the place to listen at cannot be used" in caplog.text


# Under load


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_everything_is_acknowledged_in_time_while_a_hundred_alerts_drain(
    workspace: FakeSlack, sqlite_database: Database, *, http: bool
) -> None:
    people = [workspace.person(f"U{number}", f"Person {number}", admin=True) for number in range(10)]
    rooms = [workspace.channel(f"C{number}", f"room-{number}", *people) for number in range(100)]
    with sqlite_database.transaction() as conn:
        for room in rooms:
            channels.sync(conn, "slack", room.id, title=room.name, digest="off")
    async with hearing(workspace, sqlite_database, http=http, ping=5) as bot:
        with sqlite_database.transaction() as conn:
            alert(conn, "LV", "ottawa", bot.clock.now)
        draining = asyncio.create_task(delivering(bot, sqlite_database).deliver(bot.clock.now))
        asked: list[Exchange] = []
        setting: list[Exchange] = []
        for person, room in zip(people, rooms, strict=False):
            asked += [person.asks(room, f"/treaty {text}") for text in ("cases", "status", "search latvia")]
            asked.append(person.asks(room, "/treaty case LV ottawa"))
            setting.append(person.asks(room, "/treaty digest 9:00"))
            person.opens_home()
        summary = await draining
        for exchange in asked:
            await exchange.answer()
        for exchange in setting:
            await exchange.heard()
        await workspace.until(lambda: all(person.home for person in people))
    assert summary.sent == 100
    assert sum(len(room.told) for room in rooms) == 100
    assert workspace.teller.unheard() == []
    assert max(workspace.teller.times()) < 3


# Secrets


class Failing(Conversation):
    """Fails with a text that quotes the tokens."""

    def command(self, request: Request, name: str, text: str) -> Reply:
        if text == "fail":
            raise RuntimeError(f"{TOKEN} {APP_TOKEN} {SIGNING_SECRET}")
        return super().command(request, name, text)


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_tokens_and_the_signing_secret_are_nowhere_to_be_read(
    workspace: FakeSlack, sqlite_database: Database, caplog: pytest.LogCaptureFixture, *, http: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    ann = workspace.person("U1ANN", "Ann", admin=True)
    news = workspace.channel("C1NEWS", "news", ann)
    leaky = refused(f"{TOKEN} {APP_TOKEN}")
    methods = ("users.info", "chat.postEphemeral", "views.open", "views.publish", "apps.connections.open")
    workspace.faults += [replace(one, method=method) for method in methods for one in (leaky, page(502, f"<p>{TOKEN}"))]
    async with hearing(workspace, sqlite_database, http=http, conversation=Failing) as bot:
        for name in ("slack_sdk", "slack_bolt"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        for _ in range(3):
            await ann.asks(news, "/treaty watch Latvia").heard()
            await ann.asks(news, "/treaty watch").heard()
            await ann.asks(news, "/treaty case fail").heard()
            ann.opens_home()
            bot.clock.now = bot.clock.now.replace(hour=bot.clock.now.hour + 1)
        await workspace.until(lambda: len([one for one in news.ephemeral if "Something went wrong" in one.said]) == 3)
        said = "".join(repr(one) + repr(vars(one)) for one in (bot, bot.hearing, bot.desk))
    for text in (caplog.text, said, everything_stored(sqlite_database)):
        for secret in SECRETS:
            assert secret not in text
        assert "ticket=" not in text.replace("ticket=***", "")
    assert "RuntimeError" in caplog.text
