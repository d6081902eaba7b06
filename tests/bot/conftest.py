"""The command line in the test's own process, in an empty folder, on a SQLite file, at a fixed time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bot.cli import main
from tests.bot.fakes.bot_api import bot_api
from tests.bot.fakes.slack import slack_api
from tests.bot.program import NOW
from tests.bot.slack_hearing import MANIFEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.bot.fakes.bot_api import FakeBotApi
    from tests.bot.fakes.slack import FakeSlack
    from tests.bot.program import Run


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of the program's store."""
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def run(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The program, run with the given words."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TREATYWATCH_DATABASE_URL", url)
    monkeypatch.setattr("bot.wiring.start._now", lambda: NOW)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["treatywatch", *words])
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        code = left.value.code
        assert code is None or isinstance(code, int)
        return code or 0, told.out, told.err

    return call


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeBotApi]:
    """A Bot API on loopback, which no proxy stands before."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    async with bot_api() as fake:
        yield fake


@pytest.fixture
async def workspace(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeSlack]:
    """A workspace with the app as its manifest has it, which no proxy stands before."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    async with slack_api(manifest=MANIFEST) as fake:
        yield fake
