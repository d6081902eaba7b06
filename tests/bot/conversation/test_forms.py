"""The form with all settings of a chat: what nobody touches stays, and what is filled in is read like typing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation.forms import Form
from bot.speech import LANGUAGES
from store import channels
from store.channels import ChannelRow, Subscription
from tests.bot.conversation.cases import LONG
from tests.bot.conversation.chat import ANN, NOW, written
from treaties.stages import Stage

if TYPE_CHECKING:
    from tests.bot.conversation.chat import Chat

EMPTY = Form(*[None] * len(Form.__slots__))


def stored(chat: Chat) -> ChannelRow:
    with chat.database.reading() as conn:
        row = channels.at(conn, chat.place.platform, chat.place.address)
    assert row
    return row


def form(chat: Chat) -> Form:
    found = chat.conversation.form(chat.request())
    assert isinstance(found, Form)
    return found


def faults(chat: Chat, **values: str) -> dict[str, str]:
    return chat.conversation.faults(chat.request(), replace(form(chat), **values))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_form_that_is_sent_back_untouched_changes_nothing(chat: Chat, lang: str) -> None:
    knowledge = chat.conversation._tools.knowledge
    wanted = Subscription(
        frozenset(knowledge.states), frozenset({*knowledge.treaties, LONG}), frozenset(Stage), frozenset({"uk", "fr"})
    )
    with chat.database.transaction() as conn:
        channels.sync(conn, "telegram", "1", title="Ann", lang=lang, subscription=wanted, timezone="Europe/Kyiv")
    before = stored(chat)
    assert chat.conversation.faults(chat.request(), form(chat)) == {}
    chat.conversation.fill(chat.request(), form(chat))
    chat.conversation.fill(chat.request(), EMPTY)
    assert stored(chat) == before


def test_what_is_filled_in_is_stored_and_said(either_chat: Chat) -> None:
    filled = replace(
        form(either_chat),
        states="Latvia, Bosnia and Herzegovina",
        treaties="ETS 126\nIstanbul Convention",
        stages="in effect",
        langs="uk",
        quiet_from="22:00",
        quiet_to="7:00",
    )
    said = written(either_chat.conversation.fill(either_chat.request(), filled))
    row = stored(either_chat)
    assert row.subscription == Subscription(
        frozenset({"LV", "BA"}), frozenset({"ecpt", "istanbul"}), frozenset({Stage.IN_EFFECT}), frozenset({"uk"})
    )
    assert (row.quiet_from, row.quiet_to) == ("22:00", "07:00")
    assert "States: Bosnia and Herzegovina, Latvia" in said


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("states", "Latvja", "I do not know “Latvja”. Did you mean Latvia?"),
        ("states", "ecpt", "I do not know “ecpt”."),
        ("treaties", "Latvia", "I do not know “Latvia”."),
        ("stages", "sometime", "I do not know “sometime”."),
        ("langs", "Klingon", "I do not know “klingon”."),
        ("digest", "hourly", "I do not know “hourly”."),
        ("digest_at", "25:00", "Give a time of day, such as 07:30."),
        ("lang", "xx", "I do not know “xx”."),
        ("timezone", "Atlantis", "I know no time zone “Atlantis”. Type one such as Europe/Paris."),
        ("quiet_to", "07:00", "Quiet hours need two different times of day, or none."),
    ],
)
def test_what_is_not_understood_is_said_at_its_field_and_changes_nothing(
    chat: Chat, field: str, value: str, said: str
) -> None:
    chat.say("/start")
    before = stored(chat)
    assert faults(chat, **{field: value}) == {field: said}
    assert written(chat.conversation.fill(chat.request(), replace(form(chat), **{field: value}))) == said
    assert stored(chat) == before


def test_a_form_is_for_those_who_may_set(chat: Chat) -> None:
    reader = chat.by(replace(ANN, may_set=False))
    filled = form(chat)
    refusal = reader.conversation.form(reader.request())
    assert not isinstance(refusal, Form)
    assert written(refusal) == "Only administrators of this chat may change what it hears."
    assert reader.conversation.faults(reader.request(), filled) == {"states": written(refusal)}
    assert written(reader.conversation.fill(reader.request(), filled)) == written(refusal)
    with chat.database.reading() as conn:
        assert channels.at(conn, "telegram", "1") is None


def test_a_chat_that_was_ended_hears_again_once_a_form_is_filled_in(chat: Chat) -> None:
    chat.say("/start")
    with chat.database.transaction() as conn:
        channels.disable(conn, stored(chat).id, channels.STOPPED, NOW)
    chat.conversation.fill(chat.request(), form(chat))
    assert stored(chat).enabled
