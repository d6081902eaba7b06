"""Manners: how much one person may ask, and what the bot says to those whom it does not answer."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.conversation.throttle import Throttle
from bot.message import Button, Line, Message
from store.database import StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.speech import Speech

_SILENCE: Final = timedelta(hours=1)
_MOST: Final = 10_000


class Manners:
    """Counts what people ask, and remembers who was told no.

    Args:
        platform: the chats that they are asked in.
        clock: tells the time.
        throttle: how much one person may ask.
    """

    def __init__(self, platform: str, clock: Callable[[], datetime], throttle: Throttle | None = None) -> None:
        self._platform = platform
        self._clock = clock
        self._throttle = throttle or Throttle()
        self._told: dict[str, datetime] = {}

    def wait(self, speaker: int | str) -> float:
        """Count a question of a speaker's: 0 if it is answered, else the seconds until the next one is."""
        wait = self._throttle.take(f"{self._platform}:{speaker}", self._clock())
        if not wait:
            self._told.pop(f"wait:{speaker}", None)
        return wait

    def first(self, what: str) -> bool:
        """Whether something is said for the first time in an hour: a no to every message would be a flood itself."""
        now = self._clock()
        before = self._told.pop(what, None)
        fresh = before is None or now - before >= _SILENCE
        self._told[what] = now if fresh or before is None else before
        if len(self._told) > _MOST:
            del self._told[next(iter(self._told))]
        return fresh


def too_fast(speech: Speech, wait: float) -> str:
    """What somebody is told who asks too much."""
    seconds = math.ceil(wait)
    return speech.ngettext(
        "That is too fast for me. Please ask again in {n} second.",
        "That is too fast for me. Please ask again in {n} seconds.",
        seconds,
    )


def not_here(speech: Speech) -> str:
    """What somebody is told to whom the bot does not talk."""
    return speech.gettext("I am sorry, this bot serves only the chats that its owner has listed.")


def apology(speech: Speech, error: BaseException) -> str:
    """What somebody is told whose question ended in an error."""
    if isinstance(error, StoreBusyError):
        return speech.gettext("I am busy at the moment. Please try again in a minute.")
    return speech.gettext("Something went wrong here. It has been noted; please try again later.")


def greeting(speech: Speech, *, back: bool) -> Message:
    """What a group or a channel is told when the bot is added to it."""
    if back:
        return Message(
            "answer",
            speech.gettext("Here I am again."),
            (Line(speech.gettext("This chat hears what it heard before; /subscription shows it."), own=True),),
        )
    lines = (
        Line(
            speech.gettext("An administrator sends /start to set up this chat, and /watch to choose what it hears."),
            own=True,
        ),
        speech.gettext("I read nothing here but commands and answers to me."),
    )
    start = Button(speech.gettext("Set up this chat"), "do:start")
    return Message("answer", speech.gettext("Hello! I tell of states that leave treaties."), lines, buttons=((start,),))
