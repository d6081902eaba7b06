from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.watchers.hostile import HostileServer, hostile_server
from watchers.fetch import Fetcher, Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with hostile_server() as hostile:
        yield hostile


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(
        "Treatywatch/test", limits=Limits(seconds=10, size=100_000), allow_hosts=["127.0.0.1"]
    ) as opened:
        yield opened
