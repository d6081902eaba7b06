"""Setting a chat up takes three presses, misses nothing meanwhile, and never makes a second channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation.model import Place
from bot.conversation.typed import FORMAL
from store import audit, channels, outbox
from store.channels import EVERYTHING, STOPPED, Subscription
from tests.bot.conversation.chat import ANN, actions, labelled, labels, shown, written

if TYPE_CHECKING:
    from store.channels import ChannelRow
    from tests.bot.conversation.chat import Chat


def channel(chat: Chat) -> ChannelRow:
    with chat.database.reading() as conn:
        found = channels.at(conn, chat.place.platform, chat.place.address)
    assert found is not None
    return found


def test_a_chat_hears_everything_from_the_first_start_on(either_chat: Chat) -> None:
    either_chat.say("/start")
    found = channel(either_chat)
    assert (found.enabled, found.origin, found.subscription) == (True, "chat", EVERYTHING)
    assert (found.title, found.lang, found.timezone) == ("Ann", "en", "UTC")


def test_three_presses_set_a_chat_up(either_chat: Chat) -> None:
    chat = either_chat
    reply = chat.say("/start")
    reply = chat.press(labelled(reply, "Deutsch"))
    assert reply.replaces
    reply = chat.press(labelled(reply, "Europe/Berlin"))
    reply = chat.press("start:hear:formal")
    found = channel(chat)
    assert (found.lang, found.timezone) == ("de", "Europe/Berlin")
    assert found.subscription == Subscription(stages=FORMAL)
    assert "Alles ist eingerichtet." in written(reply)


def test_the_language_of_the_client_is_marked_and_spoken(chat: Chat) -> None:
    russian = chat.by(replace(ANN, lang="ru"))
    assert "✓ Русский" in labels(russian.say("/start"))
    assert channel(chat).lang == "ru"


def test_a_language_that_the_bot_does_not_speak_is_answered_in_english(chat: Chat) -> None:
    assert "✓ English" in labels(chat.by(replace(ANN, lang="tr")).say("/start"))


def test_likely_time_zones_of_the_language_are_offered(chat: Chat) -> None:
    chat.say("/start")
    assert "Europe/Kyiv" in labels(chat.press("start:lang:uk"))
    reply = chat.press("start:lang:es")
    assert "America/Mexico City" in labels(reply)
    assert "/timezone Europe/Paris" in written(reply)


def test_treaties_and_states_are_picked_with_marks_and_taken_away_again(chat: Chat) -> None:
    chat.say("/start")
    reply = chat.press("start:pick:treaty:1")
    assert "Ottawa Convention" in labels(reply)
    reply = chat.press("start:toggle:treaty:ottawa:1")
    assert "✓ Ottawa Convention" in labels(reply)
    chat.press("start:pick:state:1")
    chat.press("start:toggle:state:LV:1")
    assert channel(chat).subscription == Subscription(states=frozenset({"LV"}), treaties=frozenset({"ottawa"}))
    chat.press("start:toggle:state:LV:1")
    reply = chat.press("start:toggle:treaty:ottawa:1")
    assert "Ottawa Convention" in labels(reply)
    assert channel(chat).subscription == EVERYTHING


def test_the_end_shows_the_settings_a_sample_of_an_alert_and_what_to_type_next(chat: Chat) -> None:
    chat.say("/start")
    reply = chat.press("start:done")
    text = written(reply)
    assert "Hears: everything" in text
    assert "An alert looks like this:" in text
    assert "🇷🇺 Russia" in text
    assert "European Convention" in text
    assert "29 September 2025" in text
    assert all(word in text for word in ("/watch", "/digest", "/help"))
    assert {"do:test:", "do:subscription:"} <= set(actions(reply))


def test_starting_again_changes_settings_and_makes_no_second_channel(either_chat: Chat) -> None:
    chat = either_chat
    chat.say("/start")
    chat.say("/watch Russia")
    first = channel(chat)
    chat.say("/start")
    assert channel(chat) == first
    with chat.database.reading() as conn:
        assert len(channels.enabled(conn)) == 1


def test_every_forum_topic_is_a_chat_of_its_own(chat: Chat) -> None:
    chat.place = Place("telegram", "-100/5", "Desk", "group")
    chat.say("/start")
    chat.place = Place("telegram", "-100/6", "Desk", "group")
    chat.say("/start")
    with chat.database.reading() as conn:
        assert [one.address for one in channels.enabled(conn)] == ["-100/5", "-100/6"]


def test_what_is_done_in_a_chat_is_logged_with_who_and_what(chat: Chat) -> None:
    chat.say("/start")
    chat.press("start:lang:de")
    chat.press("start:lang:de")
    with chat.database.reading() as conn:
        logged = [(one.who, one.action, one.detail) for one in audit.entries(conn)]
    assert logged == [
        ("Ann (telegram 7)", "change chat", {"lang": "de"}),
        ("Ann (telegram 7)", "open chat", {"title": "Ann"}),
    ]


def test_stop_asks_back_and_ends_everything_only_when_it_is_told_so(either_chat: Chat) -> None:
    chat = either_chat
    chat.say("/start")
    reply = chat.say("/stop")
    assert channel(chat).enabled
    assert chat.press("stop:no").message is not None
    assert channel(chat).enabled
    assert chat.press(labelled(reply, "End all messages")).replaces
    assert (channel(chat).enabled, channel(chat).disabled_reason) == (False, STOPPED)
    assert "ended with /stop" in chat.reads("/subscription")
    chat.say("/start")
    assert (channel(chat).enabled, channel(chat).disabled_reason) == (True, None)


def test_stop_where_nothing_comes_says_so(chat: Chat) -> None:
    assert chat.reads("/stop") == "No messages come to this chat. /start sets it up."


def test_a_test_goes_out_through_the_outbox_marked_as_one_and_once_a_minute(either_chat: Chat) -> None:
    chat = either_chat
    chat.say("/start")
    chat.say("/test")
    chat.say("/test")
    with chat.database.transaction() as conn:
        delivery = outbox.claim(conn, channel(chat).id, chat.now)
        assert delivery is not None
        assert delivery.payload["headline"].startswith("TEST")
        assert any("29 September 2025" in line[0] for line in delivery.payload["lines"])
        assert outbox.depth(conn) == 1


def test_no_test_goes_to_a_chat_that_was_ended(chat: Chat) -> None:
    chat.say("/start")
    chat.press("stop:yes")
    assert chat.reads("/test") == "No messages come to this chat. /start sets it up."


@pytest.mark.parametrize("line", ["/subscription", "/cases", "/status", "/why", "/help", "/digest now", "/upcoming"])
def test_asking_sets_nothing_up(chat: Chat, line: str) -> None:
    assert shown(chat.say(line)).headline
    with chat.database.reading() as conn:
        assert channels.at(conn, "telegram", "1") is None
