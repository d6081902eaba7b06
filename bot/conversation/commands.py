"""The commands: their names, what they take, what they do, and who may give them. One table for every chat."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from bot.speech import N_

if TYPE_CHECKING:
    from bot.conversation.model import Person

Who = Literal["everyone", "setters", "curators", "owners"]

_CLOSE_ENOUGH: Final = 0.6
_SUGGESTIONS: Final = 3
_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: what is typed, without the slash.
        arguments: what follows it, as help shows it; a msgid.
        description: what it does, in a line; a msgid.
        who: who may give it; `setters` are those who may change the settings of the place.
        changes: whether it writes to the store.
        examples: ways to type it.
    """

    name: str
    arguments: str
    description: str
    who: Who = "everyone"
    changes: bool = False
    examples: tuple[str, ...] = ()


COMMANDS: Final[tuple[Command, ...]] = (
    Command("start", "", N_("Set up this chat: language, time zone, what to hear"), "setters", changes=True),
    Command("stop", "", N_("End all messages to this chat"), "setters", changes=True),
    Command(
        "watch",
        N_("[STATES] [TREATIES] [STAGES] [lang:CODES]"),
        N_("Hear of these states, treaties and stages"),
        "setters",
        changes=True,
        examples=("/watch Russia Ukraine Istanbul Convention", "/watch ecpt passed signed", "/watch lang:uk"),
    ),
    Command(
        "unwatch",
        N_("[STATES] [TREATIES] [STAGES] [lang:CODES] | all"),
        N_("Take filters away again"),
        "setters",
        changes=True,
        examples=("/unwatch Ukraine", "/unwatch all"),
    ),
    Command("subscription", "", N_("Show what this chat hears, and when")),
    Command(
        "case",
        N_("STATE TREATY"),
        N_("Where a state's exit from a treaty stands"),
        examples=("/case Russia ecpt", "/case Latvia Istanbul Convention"),
    ),
    Command("cases", N_("[STATES] [TREATIES] [STAGES]"), N_("Every exit that is known, the latest first")),
    Command(
        "timeline", N_("STATE TREATY"), N_("Every step of an exit, with its date"), examples=("/timeline Russia ecpt",)
    ),
    Command(
        "treaty",
        N_("NAME"),
        N_("What a treaty is, how it is left, and who is leaving"),
        examples=("/treaty ETS 126", "/treaty mine ban"),
    ),
    Command(
        "effective",
        N_("TREATY DATE [STATE]"),
        N_("When a notification of that day takes effect"),
        examples=("/effective ottawa 2025-06-27", "/effective ecpt 2025-09-29 Russia"),
    ),
    Command("upcoming", N_("[DAYS]"), N_("What takes effect soon"), examples=("/upcoming", "/upcoming 365")),
    Command(
        "search", N_("WORDS"), N_("Search the stored reports and events"), examples=("/search parliament denunciation",)
    ),
    Command(
        "why",
        N_("[LINK | WORDS]"),
        N_("Why an alert was sent, or why a report gave none: reply to the alert, or give a link or words"),
        examples=("/why https://…",),
    ),
    Command(
        "digest",
        N_("[daily | weekly | off] [TIME] | empty on|off | now"),
        N_("When the digest comes, or what it would say now"),
        changes=True,
        examples=("/digest daily 07:30", "/digest weekly", "/digest empty off", "/digest now"),
    ),
    Command(
        "mute",
        N_("STATE TREATY [TIME]"),
        N_("Hear no more of one case, for a time or for good"),
        "setters",
        changes=True,
        examples=("/mute Russia ecpt 7d", "/mute Russia ecpt"),
    ),
    Command("unmute", N_("STATE TREATY | all"), N_("Hear of a muted case again"), "setters", changes=True),
    Command(
        "snooze",
        N_("TIME | off"),
        N_("Hold all messages for a time"),
        "setters",
        changes=True,
        examples=("/snooze 8h", "/snooze until tomorrow 9:00", "/snooze off"),
    ),
    Command(
        "quiet",
        N_("FROM-TO | off"),
        N_("Quiet hours: messages wait until they end"),
        "setters",
        changes=True,
        examples=("/quiet 22:00-07:00", "/quiet off"),
    ),
    Command("language", N_("[LANGUAGE]"), N_("The language in which this chat is told"), "setters", changes=True),
    Command(
        "timezone",
        N_("[ZONE]"),
        N_("The time zone of this chat"),
        "setters",
        changes=True,
        examples=("/timezone Europe/Paris",),
    ),
    Command("sources", N_("[STATE TREATY]"), N_("Who tells of a case; or how the feeds are doing")),
    Command("status", "", N_("How the bot itself is doing")),
    Command("test", "", N_("Send an example of an alert to this chat"), "setters", changes=True),
    Command("help", N_("[COMMAND]"), N_("The commands and how they are typed")),
)
"""Every command, in the order in which help and menus list them."""

ALIASES: Final = {"settings": "subscription", "info": "treaty", "lang": "language", "tz": "timezone"}
"""Other words for a command that people try."""

_BY_NAME: Final = {command.name: command for command in COMMANDS}


def find(name: str) -> Command | None:
    """The command of that name, in any case, with or without its slash; None where there is none."""
    bare = name.strip().removeprefix("/").casefold()
    return _BY_NAME.get(ALIASES.get(bare, bare))


def similar(name: str) -> tuple[str, ...]:
    """The names of the commands that a misspelt one may mean, the likeliest first."""
    bare = name.strip().removeprefix("/").casefold()[:_LONGEST_NAME]
    close = difflib.get_close_matches(bare, [*_BY_NAME, *ALIASES], n=_SUGGESTIONS, cutoff=_CLOSE_ENOUGH)
    return tuple(dict.fromkeys(ALIASES.get(one, one) for one in close))


def allowed(person: Person, who: Who) -> bool:
    """Whether a person may give a command of that kind."""
    match who:
        case "everyone":
            return True
        case "setters":
            return person.may_set
        case "curators":
            return person.curator or person.owner
        case "owners":
            return person.owner
