"""Filters: typed in any order and in natural words, shown in words, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store import channels
from store.channels import EVERYTHING, Subscription
from tests.bot.conversation.cases import LONG
from tests.bot.conversation.chat import actions, labelled, labels, written
from treaties.stages import CHAMBER_VOTES, Stage

if TYPE_CHECKING:
    from tests.bot.conversation.chat import Chat


def heard(chat: Chat) -> Subscription:
    with chat.database.reading() as conn:
        found = channels.at(conn, "telegram", "1")
    assert found is not None
    return found.subscription


def wanted(
    states: str = "", treaties: str = "", stages: frozenset[Stage] = frozenset(), langs: str = ""
) -> Subscription:
    return Subscription(frozenset(states.split()), frozenset(treaties.split()), stages, frozenset(langs.split()))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Russia Ukraine Istanbul Convention passed lang:uk", wanted("RU UA", "istanbul", CHAMBER_VOTES, "uk")),
        ("lang:uk,ru passed istanbul UA russian", wanted("RU UA", "istanbul", CHAMBER_VOTES, "uk ru")),
        ("Россия Стамбульская конвенция", wanted("RU", "istanbul")),
        ("Україна ухвалено", wanted("UA", "", CHAMBER_VOTES)),
        ("Lettland Finnland", wanted("LV FI")),
        ("Lettonie et Finlande", wanted("LV FI")),
        ("Letonia y Finlandia", wanted("LV FI")),
        ("Baltic states", wanted("LV LT EE")),
        ("Bosnia and Herzegovina, ETS 126", wanted("BA", "ecpt")),
        ("signed", wanted("", "", frozenset({Stage.SIGNED_INTO_LAW}))),
        ("in effect", wanted("", "", frozenset({Stage.IN_EFFECT}))),
        ("lower house", wanted("", "", frozenset({Stage.LOWER_HOUSE_PASSED}))),
        ("notified_depositary", wanted("", "", frozenset({Stage.NOTIFIED_DEPOSITARY}))),
        ("state:de treaty:opec", wanted("DE", "opec")),
        ("de ottawa", wanted("DE", "ottawa")),
        (f"LT {LONG}", wanted("LT", LONG)),
    ],
)
def test_filters_are_understood_in_any_order_and_language(chat: Chat, typed: str, expected: Subscription) -> None:
    chat.say(f"/watch {typed}")
    assert heard(chat) == expected


def test_a_filter_is_stored_and_shown_in_words(either_chat: Chat) -> None:
    text = either_chat.reads("/watch Russia Latvia ottawa signed lang:uk")
    assert heard(either_chat) == wanted("RU LV", "ottawa", frozenset({Stage.SIGNED_INTO_LAW}), "uk")
    assert "States: Latvia, Russia" in text
    assert "Treaties: Ottawa Convention" in text
    assert "Stages: signed into law" in text
    assert "Languages of sources: uk" in text
    assert text.splitlines()[1:] == either_chat.reads("/subscription").splitlines()[1:5]


def test_filters_add_up_and_the_same_twice_changes_nothing(chat: Chat) -> None:
    chat.say("/watch Russia")
    chat.say("/watch Latvia")
    chat.say("/watch Latvia")
    assert heard(chat) == wanted("RU LV")


def test_what_is_not_understood_is_offered_and_changes_nothing(chat: Chat) -> None:
    chat.say("/start")
    reply = chat.say("/watch Russia Latva signed")
    assert "I do not know “Latva”" in written(reply)
    assert heard(chat) == EVERYTHING
    chat.press(labelled(reply, "Latvia"))
    assert heard(chat) == wanted("RU LV", "", frozenset({Stage.SIGNED_INTO_LAW}))


def test_a_name_of_several_treaties_is_asked_back(chat: Chat) -> None:
    reply = chat.say("/watch convention on torture")
    assert {"European Convention for the Prevention …"[:20], "UN Convention against Torture"[:20]} == {
        label[:20] for label in labels(reply)
    }


def test_nothing_like_any_name_is_answered_plainly(chat: Chat) -> None:
    reply = chat.say("/watch qqqqqq")
    assert written(reply) == "I do not know “qqqqqq”."
    assert labels(reply) == []


def test_filters_are_taken_away_one_by_one_or_all_at_once(chat: Chat) -> None:
    chat.say("/watch Russia Latvia ottawa")
    chat.say("/unwatch Latvia")
    assert heard(chat) == wanted("RU", "ottawa")
    chat.say("/unwatch all")
    assert heard(chat) == EVERYTHING


def test_the_last_value_of_a_filter_says_that_everything_comes_through_again(chat: Chat) -> None:
    chat.say("/watch Russia")
    reply = chat.say("/unwatch Russia")
    assert "A filter without anything in it lets everything through." in written(reply)
    assert "do:stop:" in actions(reply)


def test_taking_away_what_is_no_filter_points_to_mute(chat: Chat) -> None:
    chat.say("/watch Russia")
    assert "/mute STATE TREATY" in chat.reads("/unwatch Latvia")
    assert heard(chat) == wanted("RU")


def test_buttons_choose_everything_or_formal_steps_of_what_is_heard_already(chat: Chat) -> None:
    chat.say("/watch Russia")
    assert "Stages: formal steps" in written(chat.press("hear:formal"))
    assert heard(chat).states == {"RU"}
    chat.press("hear:all")
    assert heard(chat) == EVERYTHING


def test_picking_shows_marks_and_comes_back_to_the_page(chat: Chat) -> None:
    chat.say("/start")
    reply = chat.press("pick:state:1")
    chat.press(labelled(reply, "Latvia"))
    assert heard(chat) == wanted("LV")
    assert "✓ Latvia" in labels(chat.press("pick:state:1"))


def test_a_filter_is_bounded(chat: Chat) -> None:
    chat.say("/start")
    for number in range(0, 600, 30):
        codes = ",".join(f"{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(number, number + 30))
        reply = chat.say(f"/watch lang:{codes}")
    assert written(reply) == "That is more than a filter can hold."
    assert len(heard(chat).langs) <= 500
