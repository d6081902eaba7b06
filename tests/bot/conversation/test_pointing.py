"""Answers to a message that tells of several events at once."""

from __future__ import annotations

import pytest

from store import channels, outbox
from tests.bot.conversation.cases import CASES
from tests.bot.conversation.chat import NOW, Chat, buttons, written


@pytest.fixture
def grouped(chat: Chat) -> Chat:
    """A chat that replies to one message which told of two cases."""
    told = [case.events[0].id for case in CASES[:2]]
    with chat.database.transaction() as conn:
        row = channels.open_chat(conn, "telegram", "1", title="Ann", lang="en", timezone="UTC", who="Ann", now=NOW).id
        for event in told:
            outbox.queue(conn, row, key=f"alert:{event}", kind="alert", payload={}, now=NOW)
            delivery = outbox.claim(conn, row, NOW)
            assert delivery
            outbox.sent(conn, delivery.id, "55", NOW)
    chat.message_id = "55"
    return chat


@pytest.mark.parametrize("command", ["why", "case", "timeline", "sources", "mute", "unmute"])
def test_who_answers_to_several_cases_is_asked_which_one(grouped: Chat, command: str) -> None:
    asked = grouped.say(f"/{command}")
    assert written(asked).startswith("Which case?")
    offered = buttons(asked)
    assert len(offered) == 2
    answers = [written(grouped.press(one.action)) for one in offered]
    assert all(answer and "out of date" not in answer for answer in answers)
    assert len(set(answers)) == 2 or command == "unmute"


def test_who_names_a_case_is_not_asked_whatever_they_answer_to(grouped: Chat) -> None:
    last = CASES[-1]
    assert "Which case?" not in grouped.reads(f"/mute {last.state} {last.treaty}")
    assert "Which case?" not in grouped.reads(f"/unmute {last.state} {last.treaty}")
    assert "Which case?" not in grouped.reads(f"/case {last.state} {last.treaty}")


def test_a_misspelt_command_keeps_what_was_typed_behind_it(chat: Chat) -> None:
    offered = {one.label: one.action for one in buttons(chat.say("/wach Latvia"))}
    chat.press(offered["/watch"])
    assert "States: Latvia" in chat.reads("/subscription")


def test_everything_is_said_once(chat: Chat) -> None:
    chat.say("/watch Latvia")
    assert written(chat.say("/watch all")).splitlines() == ["This chat now hears everything."]
