"""A conversation over a store with a handful of cases, on SQLite and on PostgreSQL."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation.conversation import Conversation
from config.knowledge import load
from store import events
from store.database import Database
from tests.bot.conversation.cases import CASES, FACTS
from tests.bot.conversation.chat import NOW, Chat

if TYPE_CHECKING:
    from treaties.registry import Knowledge

STATES = ("RU", "UA", "LV", "LT", "FI", "FR", "DE", "BA", "BF", "x-baltics")
TREATIES = ("ecpt", "ottawa", "istanbul", "ccm", "rome-statute", "echr", "cat", "opec", "opec-plus")


@pytest.fixture(scope="session")
def shipped() -> Knowledge:
    """The knowledge as shipped."""
    return load()


@pytest.fixture(scope="session")
def knowledge(shipped: Knowledge) -> Knowledge:
    """A few states and treaties of the shipped knowledge, and cases of the tests' own."""
    return replace(
        shipped,
        states={code: shipped.states[code] for code in STATES},
        treaties={name: replace(shipped.treaties[name], parent=None, lookalikes={}) for name in TREATIES},
        known=FACTS,
    )


@pytest.fixture(scope="session")
def conversation(knowledge: Knowledge) -> Conversation:
    """A conversation without a store: all the names are prepared once."""
    return Conversation(Database("sqlite://"), knowledge, version="1.2.3")


def _seeded(database: Database, conversation: Conversation) -> Chat:
    with database.transaction() as conn:
        events.seed(conn, CASES, NOW)
    mine = copy(conversation)
    mine._database = database
    return Chat(mine, database)


@pytest.fixture
def chat(sqlite_database: Database, conversation: Conversation) -> Chat:
    """A private chat, on SQLite."""
    return _seeded(sqlite_database, conversation)


@pytest.fixture
def either_chat(database: Database, conversation: Conversation) -> Chat:
    """A private chat, once on SQLite and once on PostgreSQL."""
    return _seeded(database, conversation)
