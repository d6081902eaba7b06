"""One exchange: what is known while somebody is answered, and how an answer says no."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.conversation.commands import allowed
from bot.message import Button, Line, Message
from store import channels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from bot.conversation.commands import Who
    from bot.conversation.memo import Memo
    from bot.conversation.model import Person, Place, Request
    from bot.conversation.names import Names
    from bot.corrections import Corrections
    from bot.message import Picture
    from bot.questions import Questions
    from bot.speech import Speech
    from bot.treaty_questions import TreatyQuestions
    from bot.upcoming import Coming
    from store.channels import ChannelRow
    from store.database import Connection
    from treaties.model import Case, Reading, Report
    from treaties.projection import Projection
    from treaties.registry import Knowledge

    Read = Callable[[Report], Reading]
    """What a report says happened."""


@dataclass(frozen=True, slots=True)
class Drawings:
    """What draws pictures, each in a language and as of a day.

    Attributes:
        timeline: a case under a title, with the day on which it takes effect.
        calendar: the exits that are to take effect.
    """

    timeline: Callable[[Case, str, Speech, date, Projection | None], Picture]
    calendar: Callable[[Sequence[Coming], Speech, date], Picture]


class RefusedError(Exception):
    """What was asked cannot be done.

    Args:
        text: what is answered, in the language of the chat.
        buttons: what may have been meant.
        own: no word of the text was typed by a person, so that commands in it may be tapped.
    """

    def __init__(self, text: str, buttons: Sequence[Button] = (), *, own: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.buttons = tuple(buttons)
        self.own = own


@dataclass(frozen=True, slots=True)
class Tools:
    """What every exchange uses, made once.

    Attributes:
        knowledge: names of states and treaties.
        questions: answers on cases and reports.
        treaties: answers on treaties.
        names: understands what people type.
        memo: what paging buttons cannot carry themselves.
        corrections: what curators can do.
        timezone: of chats that have chosen none.
        version: the program's.
        draw: draws pictures, where they are made.
        depositaries: the addresses of the feeds that are records of depositaries.
        read: reads what people write as a report is read.
    """

    knowledge: Knowledge
    questions: Questions
    treaties: TreatyQuestions
    names: Names
    memo: Memo
    corrections: Corrections
    timezone: str = "UTC"
    version: str = ""
    draw: Drawings | None = None
    depositaries: frozenset[str] = frozenset()
    read: Read | None = None


@dataclass(slots=True)
class Talk:
    """One exchange with one person in one place.

    Attributes:
        tools: what it uses.
        conn: the open transaction.
        request: who asks, where and when.
        speech: the language of the chat; of one that is not set up, that of the person.
        channel: the chat as stored; None before it is set up.
    """

    tools: Tools
    conn: Connection
    request: Request
    speech: Speech
    channel: ChannelRow | None

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.request.place

    @property
    def person(self) -> Person:
        """Who asks."""
        return self.request.person

    @property
    def knowledge(self) -> Knowledge:
        """Names of states and treaties."""
        return self.tools.knowledge

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the chat."""
        return ZoneInfo(self.channel.timezone if self.channel else self.tools.timezone)

    @property
    def today(self) -> date:
        """The day it is in the chat."""
        return self.request.now.astimezone(self.zone).date()

    @property
    def who(self) -> str:
        """Who asks, as the audit log names them."""
        return f"{self.person.name} ({self.place.platform} {self.person.id})"

    def gettext(self, text: str, **values: object) -> str:
        """A text in the language of the chat."""
        return self.speech.gettext(text, **values)

    def ngettext(self, one: str, many: str, n: int, **values: object) -> str:
        """A text for `n` things in the language of the chat."""
        return self.speech.ngettext(one, many, n, **values)

    def require(self, who: Who) -> None:
        """Go on only if the person is one of those.

        Raises:
            RefusedError: they are not.
        """
        if allowed(self.person, who):
            return
        match who:
            case "setters":
                text = self.gettext("Only administrators of this chat may change what it hears.")
            case "curators":
                text = self.gettext("Only curators of this bot may do that.")
            case _:
                text = self.gettext("Only the owner of this bot may do that.")
        raise RefusedError(text)

    def set_up(self) -> ChannelRow:
        """The chat as stored; it is set up now if it was not.

        Raises:
            RefusedError: the person may not.
        """
        self.require("setters")
        if self.channel is None:
            self.channel = channels.open_chat(
                self.conn,
                self.place.platform,
                self.place.address,
                title=self.place.title,
                lang=self.speech.lang,
                timezone=self.tools.timezone,
                who=self.who,
                now=self.request.now,
            )
        return self.channel

    def save(self, after: ChannelRow) -> ChannelRow:
        """Store the chat with other settings."""
        before = self.set_up()
        self.channel = channels.save(
            self.conn, before, replace(after, id=before.id), who=self.who, now=self.request.now
        )
        return self.channel


def answer(
    headline: str, lines: Sequence[str | Line] = (), buttons: Sequence[Sequence[Button]] = (), *, own: bool = False
) -> Message:
    """A message of the conversation; `own` as in `Message`."""
    return Message("answer", headline, tuple(lines), buttons=tuple(tuple(row) for row in buttons if row), own=own)


def ours(text: str) -> Line:
    """A line in which commands may be tapped: all its words are the bot's own."""
    return Line(text, own=True)


def button(label: str, action: str | None) -> tuple[Button, ...]:
    """A button, or none where there is no action for it."""
    return (Button(label, action),) if action else ()
