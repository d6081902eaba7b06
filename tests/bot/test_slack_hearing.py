"""Whole exchanges at Slack through the real AsyncApp, over sockets and called by Slack."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.bot.fakes.slack import slack_api
from tests.bot.slack_hearing import MANIFEST, hearing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from store.database import Database
    from tests.bot.fakes.slack import FakeSlack
    from tests.bot.slack_hearing import Running


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeSlack]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    async with slack_api(manifest=MANIFEST) as fake:
        yield fake


@pytest.mark.parametrize("http", [False, True])
async def test_first(server: FakeSlack, sqlite_database: Database, http: bool) -> None:
    ann = server.person("U1ANN", "Ann", admin=True)
    news = server.channel("C1NEWS", "news", ann)
    async with hearing(server, sqlite_database, http=http):
        for text in (
            "help",
            "case LV ottawa",
            "cases",
            "wathc",
            "search latvia",
            "",
            "status",
            "watch LV",
            "subscription",
            "Latvia",
        ):
            answer = await ann.asks(news, f"/treaty {text}").answer() if text != "watch LV" else None
            if answer is None:
                ann.asks(news, f"/treaty {text}")
                await server.until(lambda: len([m for m in news.ephemeral if "now hears" in m.said]))
                continue
            print("=====", text)
            print(answer.said)
            print(answer.labels)
        modal = await ann.asks(news, "/treaty watch").modal()
        print(modal.said, modal.title)
        modal.fills("States", "Latvia, Lithunia")
        await ann.submits()
        print(modal.errors)
        modal.fills("States", "Latvia, Lithuania")
        await ann.submits()
        ann.opens_home()
        await server.until(lambda: ann.home)
        print(ann.home.said, ann.home.labels)
    assert 0
