"""Which function answers which command and which button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.conversation import (
    curating,
    helping,
    lookups,
    onboarding,
    quieting,
    reasons,
    samples,
    settings,
    status,
    watching,
)
from bot.conversation.commands import find
from bot.conversation.model import Reply

if TYPE_CHECKING:
    from bot.conversation.commands import Who
    from bot.conversation.talk import Talk
    from bot.message import Message

Handler = Callable[["Talk", str], Reply]
Paged = Callable[["Talk", str, int], "Message"]


@dataclass(frozen=True, slots=True)
class Press:
    """What answers a button: a function of the words behind the action's verb.

    Attributes:
        handle: the function.
        who: who may press it; asked again at every press.
        changes: whether it writes to the store.
    """

    handle: Handler
    who: Who = "everyone"
    changes: bool = False


PAGED: Final[dict[str, Paged]] = {
    "case": lookups.case,
    "cases": lookups.cases,
    "timeline": lookups.timeline,
    "treaty": lookups.treaty,
    "effective": lookups.effective,
    "upcoming": lookups.coming,
    "search": lookups.search,
    "sources": status.sources,
    "why": reasons.why,
    "help": helping.helping,
}
"""The commands whose answers have pages: the question is asked again for every page."""


def _first_page(paged: Paged) -> Handler:
    return lambda talk, text: Reply(paged(talk, text, 1))


HANDLERS: Final[dict[str, Handler]] = {
    **{name: _first_page(paged) for name, paged in PAGED.items()},
    "start": onboarding.start,
    "stop": onboarding.stop,
    "watch": watching.watch,
    "unwatch": watching.unwatch,
    "subscription": settings.subscription,
    "digest": quieting.digest,
    "mute": quieting.mute,
    "unmute": quieting.unmute,
    "snooze": quieting.snooze,
    "quiet": quieting.quiet,
    "language": settings.language,
    "timezone": settings.timezone,
    "status": status.status,
    "test": samples.test,
}

PRESSES: Final[dict[str, Press]] = {
    "case": Press(lookups.press_case),
    "timeline": Press(lookups.press_timeline),
    "calendar": Press(lookups.press_calendar),
    "sources": Press(lookups.press_sources),
    "why": Press(reasons.press_why),
    "report": Press(reasons.press_report),
    "start": Press(onboarding.press_start, "setters", changes=True),
    "stop": Press(onboarding.press_stop, "setters", changes=True),
    "hear": Press(watching.press_hear, "setters", changes=True),
    "pick": Press(watching.press_pick, "setters", changes=True),
    "toggle": Press(watching.press_toggle, "setters", changes=True),
    "ask": Press(settings.press_ask, "setters"),
    "lang": Press(settings.press_language, "setters", changes=True),
    "tz": Press(settings.press_zone, "setters", changes=True),
    "mute": Press(quieting.press_mute, "setters", changes=True),
    "unmute": Press(quieting.press_unmute, "setters", changes=True),
    "wrong": Press(curating.press_wrong, "curators", changes=True),
    "stage": Press(curating.press_stage, "curators", changes=True),
    "confirm": Press(curating.press_confirm, "curators", changes=True),
    "dismiss": Press(curating.press_dismiss, "curators", changes=True),
    "restage": Press(curating.press_restage, "curators"),
    "join": Press(curating.press_join, "curators", changes=True),
    "merge": Press(curating.press_merge, "curators", changes=True),
    "bind": Press(curating.press_bind, "curators", changes=True),
    "unbind": Press(curating.press_unbind, "curators", changes=True),
    "effect": Press(curating.press_effect, "curators", changes=True),
    "undo": Press(curating.press_undo, "curators", changes=True),
}
"""What answers each verb; `do` and `page`, which ask a command again, are the conversation's own."""


def writes(action: str) -> bool:
    """Whether the answer to a button may write to the store: as its verb says, or the command that it asks again."""
    verb, _, words = action.partition(":")
    found = find(words.partition(":")[0]) if verb == "do" else PRESSES.get(verb)
    return found is not None and found.changes
