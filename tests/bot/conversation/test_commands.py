"""Commands: one table for every chat; typos are answered with what may be meant; rights are asked each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.conversation import commands
from bot.conversation.commands import COMMANDS
from bot.conversation.handlers import HANDLERS, PAGED, PRESSES
from bot.conversation.model import Person, Place
from bot.speech import LANGUAGES
from store import audit, channels
from tests.bot.conversation.chat import ANN, actions, labels, shown, written

if TYPE_CHECKING:
    from bot.conversation.commands import Command
    from tests.bot.conversation.chat import Chat

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
SETTERS = [one.name for one in COMMANDS if one.who == "setters"]
MEMBER = Person("8", "Max", "en")
REFUSED = "Only administrators of this chat may change what it hears."


def test_every_command_has_one_answer_and_every_answer_a_command() -> None:
    names = [one.name for one in COMMANDS]
    assert sorted(HANDLERS) == sorted(names)
    assert len(set(names)) == len(names)
    assert set(PAGED) <= set(names)


def test_what_people_type_for_a_command_finds_it() -> None:
    assert [commands.find(one) for one in ("/watch", "WATCH", " /Watch ")] == [commands.find("watch")] * 3
    assert commands.find("/settings") is commands.find("subscription")
    assert commands.find("/nothing") is None


@pytest.mark.parametrize("name", [one.name for one in COMMANDS])
def test_help_tells_of_every_command_how_it_is_typed(chat: Chat, name: str) -> None:
    text = chat.reads(f"/help {name}")
    command = commands.find(name)
    assert command is not None
    assert command.description in text
    assert f"/{name}" in text
    assert all(example in text for example in command.examples)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_every_command_stands_in_the_readme_as_help_tells_it(command: Command) -> None:
    typed = f"/{command.name} {command.arguments}".strip().replace("|", "\\|")
    who = " (administrators)" if command.who == "setters" else ""
    assert f"| `{typed}` | {command.description}{who} |" in README


def test_help_lists_every_command_on_pages_of_ten_lines(chat: Chat) -> None:
    assert len(shown(chat.say("/help")).lines) == 10
    text = chat.all_pages("/help")
    assert all(f"/{one.name} – {one.description}" in text for one in COMMANDS)


def test_help_leaves_out_what_a_person_may_not_do(chat: Chat) -> None:
    text = chat.by(MEMBER).all_pages("/help")
    assert "/watch –" not in text
    assert "/case –" in text


@pytest.mark.parametrize(("typed", "meant"), [("/wach", "watch"), ("/tmeline", "timeline"), ("/langauge", "language")])
def test_a_typo_is_answered_with_the_command_that_may_be_meant(chat: Chat, typed: str, meant: str) -> None:
    reply = chat.say(typed)
    assert "Did you mean" in written(reply)
    assert f"/{meant}" in labels(reply)
    assert f"do:{meant}:" in actions(reply)


def test_a_word_like_no_command_is_answered_with_help(chat: Chat) -> None:
    reply = chat.say("/qqqqq")
    assert written(reply) == "I do not know /qqqqq. See /help."
    assert labels(reply) == []


@pytest.mark.parametrize("name", SETTERS)
def test_members_of_a_group_change_nothing(chat: Chat, name: str) -> None:
    chat.place = Place("telegram", "-100", "Desk", "group")
    assert chat.by(MEMBER).reads(f"/{name} all") == REFUSED
    with chat.database.reading() as conn:
        assert channels.at(conn, "telegram", "-100") is None


@pytest.mark.parametrize("verb", [verb for verb, press in PRESSES.items() if press.who == "setters"])
def test_members_of_a_group_press_in_vain(chat: Chat, verb: str) -> None:
    chat.say("/start")
    reply = chat.by(MEMBER).press(f"{verb}:yes")
    assert (reply.message, reply.note) == (None, REFUSED)


@pytest.mark.parametrize("line", ["/digest off", "/digest daily 09:00"])
def test_members_of_a_group_may_see_the_digest_but_not_change_it(chat: Chat, line: str) -> None:
    chat.say("/start")
    assert chat.by(MEMBER).reads(line) == REFUSED
    assert "Digest" in chat.by(MEMBER).reads("/digest now")


@pytest.mark.parametrize("verb", [verb for verb, press in PRESSES.items() if press.who == "curators"])
def test_only_curators_correct(chat: Chat, verb: str) -> None:
    assert chat.press(f"{verb}:1").note == "Only curators of this bot may do that."
    owner = chat.by(replace(ANN, owner=True))
    assert owner.press(f"{verb}:999999").note != "Only curators of this bot may do that."


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_answers_in_every_language(chat: Chat, lang: str) -> None:
    person = chat.by(replace(ANN, lang=lang))
    for command in COMMANDS:
        reply = person.say(f"/{command.name}")
        assert shown(reply).headline
        assert "{" not in written(reply), command.name


@pytest.mark.parametrize(
    "action",
    ["", "nothing", "x:y", "case", "case:", "case:RU", "case:XX:ecpt", "case:#99999", "why:none", "why:99999999999",
     "page:cases", "page:nothing:1:", "page:cases:x:", "do:nothing:", "do:case:#0000000000", "start:lang:xx",
     "start:nothing", "stop:maybe", "hear:something", "pick:planet:1", "toggle:state:XX:1", "toggle:state:RU",
     "mute:RU:ecpt:3d", "mute:RU:nothing", "ask:me", "lang:xx", "tz:Mars/Base", "report:77777", "sources:x"],
)  # fmt: skip
def test_a_forged_or_stale_action_gets_a_note_and_changes_nothing(chat: Chat, action: str) -> None:
    chat.say("/start")
    with chat.database.reading() as conn:
        before = (channels.enabled(conn), len(audit.entries(conn)))
    reply = chat.press(action)
    assert (reply.message, reply.note) == (None, "This button is out of date. Please ask again.")
    with chat.database.reading() as conn:
        assert (channels.enabled(conn), len(audit.entries(conn))) == before


def test_a_button_that_gives_a_command_asks_for_the_rights_again(chat: Chat) -> None:
    chat.say("/start")
    assert chat.by(MEMBER).press("do:stop:").note == REFUSED
    assert chat.by(MEMBER).press("do:watch:RU").note == REFUSED
