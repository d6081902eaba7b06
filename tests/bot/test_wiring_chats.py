"""The chats put together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.wiring.chats import Heard
from bot.wiring.ready import loaded

if TYPE_CHECKING:
    from store.database import Database


async def test_whoever_leads_again_answers_from_what_was_made_before(sqlite_database: Database) -> None:
    knowledge, reading = loaded()
    heard = Heard(knowledge, sqlite_database, asyncio.Lock(), reading, frozenset(), "UTC")
    with heard.desk() as first, heard.desk() as second:
        assert first._conversation is second._conversation
        assert first._threads is not second._threads
