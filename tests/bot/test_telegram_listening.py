"""How updates get here: polling, rivals, restarts, outages, the webhook. None is lost, none is handled twice."""

from __future__ import annotations

import asyncio
import logging
import socket
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.message import Message
from bot.telegram.inbox import Inbox
from bot.telegram.polling import WANTED
from bot.telegram.webhook import SECRET_HEADER, Hook
from store import channels, outbox
from tests.bot.fakes.bot_api import TOKEN, garbage, refused
from tests.bot.hearing import QUICK, Echo, hearing

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from store.database import Database
    from tests.bot.fakes.bot_api import FakeBotApi, Fault
    from tests.bot.hearing import Running

SECRET = "a-secret-of-this-test"  # noqa: S105 - this test's own


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def echo(
    server: FakeBotApi, database: Database, conversation: type[Echo] = Echo, **options: Any
) -> AbstractAsyncContextManager[Running]:
    return hearing(server, database, conversation=conversation, **options)


def failing(fault: Fault, method: str) -> Fault:
    fault.method = method
    return fault


def first_words(texts: list[str]) -> list[str]:
    return [text.split("\n")[0].removeprefix("asked ") for text in texts]


async def test_only_what_is_needed_is_asked_for(server: FakeBotApi, database: Database) -> None:
    async with echo(server, database):
        await server.until(lambda: server.called("getUpdates"))
    assert server.updates.allowed == frozenset(WANTED)


async def test_updates_are_confirmed_only_when_they_are_handled(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        fault = failing(garbage(), "sendMessage")
        fault.ending = "hang"
        server.faults.append(fault)
        ann.says("/cases")
        await server.until(lambda: server.called("sendMessage"))
        assert len(server.updates.pending) == 1
        server.release()
        await server.until(lambda: not server.updates.pending)


async def test_a_restart_loses_nothing_and_repeats_nothing(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        await ann.ask("/cases one")
        await ann.ask("/cases two")
    assert server.updates.pending == []
    ann.says("/cases three")
    async with echo(server, database):
        await server.until(lambda: len(ann.told) == 3)
        await ann.ask("/cases four")
    assert first_words([message.text for message in ann.told]) == [
        "cases one", "cases two", "cases three", "cases four",
    ]  # fmt: skip


async def test_what_a_crash_left_undone_comes_again(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    impatient = replace(QUICK, finish=0.05)
    async with echo(server, database, patience=impatient) as bot:
        fault = failing(garbage(), "sendMessage")
        fault.accepts, fault.ending = False, "hang"
        server.faults.append(fault)
        ann.says("/cases")
        await server.until(lambda: server.called("sendMessage"))
        # What a killed process leaves behind: nothing said, nothing confirmed.
        await bot.hearing.stop()
    server.release()
    assert ann.told == []
    assert len(server.updates.pending) == 1
    async with echo(server, database):
        await server.until(lambda: ann.told)
    assert server.updates.pending == []


async def test_an_update_that_comes_twice_is_handled_once(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        # The answer to a poll is lost on its way: Telegram sends the same again.
        server.faults.append(failing(garbage(), "getUpdates"))
        ann.says("/cases")
        await server.until(lambda: ann.told)
        await ann.ask("/upcoming")
    assert first_words([message.text for message in ann.told]) == ["cases", "upcoming"]


async def test_another_poller_is_told_of_once_and_outlasted(
    server: FakeBotApi, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ann = server.private(7, "Ann")
    with database.transaction() as conn:
        owner = channels.sync(conn, "telegram", "1", title="Olga", role="owner")
    async with echo(server, database):
        conflict = refused(409, "Conflict: terminated by other getUpdates request")
        server.faults.append(replace(conflict, method="getUpdates", times=3))
        await ann.ask("/cases")
        assert (await ann.ask("/upcoming")).text.startswith("asked upcoming")
    assert server.faults[0].times == 0
    with database.reading() as conn:
        (notice,) = [row for row in outbox.history(conn) if (row.channel_id, row.kind) == (owner, "notice")]
    assert notice.payload["headline"] == "Another program hears for this Telegram bot"
    said = [record.message for record in caplog.records if "hear" in record.message]
    assert len([line for line in said if "another program hears" in line]) == 1
    assert said[-1] == "Telegram is heard again"


async def test_a_second_program_that_asks_once_takes_nothing_away(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database), aiohttp.ClientSession() as rival:
        await ann.ask("/cases")
        await server.until(lambda: not server.updates.pending)
        async with rival.get(f"{server.url}{TOKEN}/getUpdates?timeout=0") as answer:
            assert (await answer.json())["result"] == []
        assert (await ann.ask("/upcoming")).text.startswith("asked upcoming")
    assert [call.status for call in server.called("getUpdates")].count(409) == 1


async def test_it_starts_without_a_network_and_hears_when_telegram_is_back(
    server: FakeBotApi, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    ann = server.private(7, "Ann")
    await server.stop()
    async with echo(server, database):
        await server.start()
        assert (await ann.ask("/cases")).text.startswith("asked cases")
    assert "Telegram cannot be reached yet" in caplog.text


async def test_it_stops_at_once_without_a_network(server: FakeBotApi, database: Database) -> None:
    await server.stop()
    async with echo(server, database, patience=replace(QUICK, first=60.0, longest=60.0)):
        pass


async def test_a_server_that_goes_down_for_a_while_is_waited_for(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        await ann.ask("/cases")
        await server.stop()
        ann.says("/upcoming")
        await server.start()
        await server.until(lambda: len(ann.told) == 2)


async def test_an_update_that_cannot_be_read_stops_no_other(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    async with echo(server, database):
        await ann.ask("/cases")
        server.updates.publish("message", {"message_id": 5, "date": "soon", "chat": 7})
        assert (await ann.ask("/upcoming")).text.startswith("asked upcoming")
        await server.until(lambda: not server.updates.pending)


async def test_an_update_of_a_kind_not_wanted_is_passed_over(server: FakeBotApi, database: Database) -> None:
    ann = server.private(7, "Ann")
    server.updates.publish("edited_message", ann.says("/stop").as_json())
    async with echo(server, database):
        assert (await ann.ask("/cases")).text


def hook() -> Hook:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Hook(f"http://127.0.0.1:{port}/telegram", f"127.0.0.1:{port}", SECRET)


async def test_telegram_may_call_instead_of_being_asked(server: FakeBotApi, database: Database) -> None:
    ann, here = server.private(7, "Ann"), hook()
    async with echo(server, database, hook=here):
        await server.until(lambda: server.updates.webhook)
        assert (await ann.ask("/cases")).text.startswith("asked cases")
        await server.until(lambda: not server.updates.pending)
    assert server.called("getUpdates") == []
    assert server.called("setWebhook")[0]["secret_token"] == SECRET
    assert server.updates.last_error == ""


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: "guessed"}, {SECRET_HEADER: "gu\u00e9ssed"}])
async def test_nobody_but_telegram_is_listened_to(
    server: FakeBotApi, database: Database, headers: dict[str, str]
) -> None:
    ann, here = server.private(7, "Ann"), hook()
    update = {"update_id": 5, "message": ann.says("/cases").as_json()}
    server.updates.drop()
    async with echo(server, database, hook=here), aiohttp.ClientSession() as stranger:
        await server.until(lambda: server.updates.webhook)
        async with stranger.post(here.url, json=update, headers=headers) as answer:
            assert answer.status == 403
        async with stranger.post(here.url, data=b"{", headers={SECRET_HEADER: SECRET}) as answer:
            assert answer.status == 200
        async with stranger.get(here.url, headers={SECRET_HEADER: SECRET}) as answer:
            assert answer.status == 405
    assert ann.told == []


async def test_a_call_of_the_webhook_that_comes_twice_is_handled_once(server: FakeBotApi, database: Database) -> None:
    ann, here = server.private(7, "Ann"), hook()
    update = {"update_id": 5, "message": ann.says("/cases").as_json()}
    server.updates.drop()
    async with echo(server, database, hook=here), aiohttp.ClientSession() as caller:
        await server.until(lambda: server.updates.webhook)
        for _ in range(2):
            async with caller.post(here.url, json=update, headers={SECRET_HEADER: SECRET}) as answer:
                assert answer.status == 200
    assert len(ann.told) == 1


async def test_a_place_to_listen_at_that_is_taken_is_told_and_alerts_go_on(
    server: FakeBotApi, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    here = hook()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(here.listen.rpartition(":")[2])))
        taken.listen()
        async with echo(server, database, hook=here) as bot:
            await asyncio.wait([task for task in asyncio.all_tasks() if "Hearing._run" in repr(task.get_coro())])
            await bot.chats.channel(server.private(7).id).post(Message("alert", "A state leaves"), None)
    assert server.chat(7).last.text == "A state leaves"
    assert "nothing is heard from Telegram: the webhook cannot listen" in caplog.text


async def test_so_many_updates_at_once_are_all_handled_a_few_at_a_time(server: FakeBotApi, database: Database) -> None:
    for number in range(1, 201):
        server.private(number, f"Person {number}").says("/cases")
    async with echo(server, database):
        await server.until(lambda: all(server.chat(number).told for number in range(1, 201)), 30)
    assert all(len(server.chat(number).told) == 1 for number in range(1, 201))


async def test_an_inbox_handles_few_at_a_time() -> None:
    class Update:
        effective_user = None

        def __init__(self, number: int) -> None:
            self.update_id = number
            self.effective_chat = type("Chat", (), {"id": number})()

    busy, most, gate = 0, 0, asyncio.Event()

    async def handle(_: Any) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        if busy == 3:
            gate.set()
        await gate.wait()
        busy -= 1

    inbox: Any = Inbox(handle, parallel=3)
    await inbox.take([Update(number) for number in range(20)])
    assert most == 3


def test_waits_grow_to_a_bound() -> None:
    patience = replace(QUICK, first=1.0, longest=30.0, poll=timedelta(0))
    assert [patience.wait(failures) for failures in (1, 2, 3, 6, 10_000)] == [1, 2, 4, 30, 30]
