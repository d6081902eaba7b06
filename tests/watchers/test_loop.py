from __future__ import annotations

import asyncio
import gc
from importlib.util import find_spec
from typing import TYPE_CHECKING

from watchers import loop

if TYPE_CHECKING:
    import pytest


async def name() -> str:
    return type(asyncio.get_running_loop()).__module__


def test_the_fast_loop_runs_where_it_is_installed() -> None:
    assert loop.run(name()).startswith("uvloop" if find_spec("uvloop") else "asyncio.")


def test_python_s_own_runs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "find_spec", lambda _: None)
    assert loop.run(name()).startswith("asyncio.")


async def collecting() -> int:
    return gc.get_threshold()[0]


def test_the_collector_takes_its_time_while_the_loop_runs_and_only_then() -> None:
    before = gc.get_threshold()
    assert loop.run(collecting()) > before[0]
    assert gc.get_threshold() == before
