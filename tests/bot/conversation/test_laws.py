"""Laws: whatever is typed or pressed, wherever, is answered; and every button can be shown."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation.commands import COMMANDS
from bot.conversation.handlers import PRESSES
from bot.conversation.names import Guess, Names
from bot.conversation.paging import PAGE_LINES
from bot.plain import clean
from bot.speech import LANGUAGES, Speech
from bot.treaty_questions import TreatyQuestions
from store import events
from store.database import Database
from tests.bot.conversation.cases import CASES, LONG
from tests.bot.conversation.chat import ANN, NOW, Chat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.conversation.conversation import Conversation
    from bot.conversation.model import Reply
    from tests.conftest import NewUrl
    from treaties.registry import Knowledge

WORDS = (
    *("Russia", "Latvia", "ottawa", "ecpt", LONG, "passed", "lang:uk", "state:", "treaty:xx", "all", "now", "off"),
    *("daily", "weekly", "7:30", "22-7", "8h", "until", "tomorrow", "2025-06-27", "99999", "-1", "%", "_", "<b>"),
    *("'; DROP TABLE channels", "@all", "<!channel>", "Europe/Paris", "event:1", "report:1", "event:99999999999999"),
    *("#", "#0000000000", ":", "::", "\u202e", "\x00", "🇷🇺", "пытки", "x" * 3000, "https://tide.example/1", "\ud800"),
)
TEXTS = st.one_of(
    st.text(max_size=80),
    st.text(st.characters(), max_size=30),
    st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join),
)
NAMES = st.one_of(st.sampled_from([one.name for one in COMMANDS]), st.text(max_size=20))
VERBS = (*PRESSES, "do", "page", "")
ACTIONS = st.one_of(
    st.text(max_size=80),
    st.builds(
        ":".join,
        st.lists(st.sampled_from([*VERBS, *WORDS, *(one.name for one in COMMANDS), "1", "2", "RU"]), max_size=5),
    ),
    st.builds(lambda verb, rest: f"{verb}:{rest}", st.sampled_from(VERBS), st.text(max_size=50)),
)


@pytest.fixture(scope="module")
def lasting(sqlite_urls: NewUrl, conversation: Conversation) -> Iterator[Chat]:
    """One chat for all examples: what one changes, the next one finds."""
    with Database(sqlite_urls()) as database:
        with database.transaction() as conn:
            events.seed(conn, CASES, NOW)
        mine = copy(conversation)
        mine._database = database
        yield Chat(mine, database, replace(ANN, owner=True, curator=True))


def fine(reply: Reply) -> None:
    """A reply that every chat can show."""
    assert reply.message is not None or reply.note
    assert reply.note is None or len(reply.note) <= 200
    if reply.message is None:
        return
    assert clean(reply.message.headline).strip()
    assert len(reply.message.lines) <= PAGE_LINES + 12
    for button in (one for row in reply.message.buttons for one in row):
        assert 0 < len(button.label) <= 64
        assert len(button.action.encode()) <= 64
        assert button.action == clean(button.action).strip() or button.action.endswith(" ")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES, TEXTS, st.sampled_from(LANGUAGES))
def test_whatever_is_typed_is_answered(lasting: Chat, name: str, text: str, lang: str) -> None:
    chat = replace(lasting, person=replace(lasting.person, lang=lang), message_id=text[:5])
    fine(chat.conversation.command(chat.request(), name, text))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTIONS)
def test_whatever_is_pressed_is_answered(lasting: Chat, action: str) -> None:
    fine(lasting.press(action))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_whatever_is_looked_up_while_typing_is_offered_at_most_ten_times(lasting: Chat, text: str) -> None:
    found = lasting.offer(text)
    assert len(found) <= 10
    assert len({one.id for one in found}) == len(found)
    assert all(one.title and len(one.id.encode()) <= 64 for one in found)


@pytest.fixture(scope="module")
def names(shipped: Knowledge) -> Names:
    """All the names that are shipped."""
    return Names(shipped, TreatyQuestions(shipped), [Speech(lang, shipped) for lang in LANGUAGES])


def test_every_state_is_known_by_every_name_that_the_bot_gives_it(shipped: Knowledge, names: Names) -> None:
    speeches = [Speech(lang, shipped) for lang in LANGUAGES]
    codes = [code for code, state in shipped.states.items() if not state.members]
    wrong = [
        (code, speech.lang) for code in codes for speech in speeches if names.read(speech.state(code)).states != [code]
    ]
    assert wrong == []
    assert [code for code in codes if names.read(code).states != [code]] == []


def test_every_treaty_is_known_by_its_id_as_a_button_writes_it(shipped: Knowledge, names: Names) -> None:
    wrong = [one for one in shipped.treaties if names.read(Guess("treaty", one).text).treaties != [one]]
    assert wrong == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join))
def test_what_was_understood_is_understood_again(names: Names, text: str) -> None:
    found = names.read(text)
    again = names.read(found.text())
    assert again.unknown == []
    assert (set(again.states), set(again.treaties), set(again.stages), set(again.langs)) == (
        set(found.states),
        set(found.treaties),
        set(found.stages),
        set(found.langs),
    )
