"""A chat for tests: somebody says and presses things, and reads what is answered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.conversation.model import Person, Place, Request
from bot.message import Line

if TYPE_CHECKING:
    from bot.conversation.conversation import Conversation
    from bot.conversation.model import Found, Reply
    from bot.message import Button, Message
    from store.database import Database

NOW = datetime(2025, 10, 3, 9, 0, tzinfo=UTC)
ANN = Person("7", "Ann", "en", may_set=True)


@dataclass
class Chat:
    """One person in one place."""

    conversation: Conversation
    database: Database
    person: Person = ANN
    place: Place = field(default_factory=lambda: Place("telegram", "1", "Ann", "private"))
    now: datetime = NOW
    message_id: str | None = None

    def request(self) -> Request:
        return Request(self.place, self.person, self.now, self.message_id)

    def say(self, line: str) -> Reply:
        """Give a command, as in `/watch Russia`."""
        name, _, text = line.partition(" ")
        return self.conversation.command(self.request(), name, text)

    def press(self, action: str) -> Reply:
        return self.conversation.press(self.request(), action)

    def offer(self, text: str) -> tuple[Found, ...]:
        return self.conversation.offer(self.request(), text)

    def by(self, person: Person) -> Chat:
        return replace(self, person=person)

    def reads(self, line: str) -> str:
        """What is answered to a command, as text."""
        return written(self.say(line))

    def all_pages(self, line: str) -> str:
        """Every page of the answer to a command."""
        reply = self.say(line)
        texts = [linked(reply)]
        while onward := labelled(reply, "›"):
            reply = self.press(onward)
            texts.append(linked(reply))
        return "\n".join(texts)


def written(reply: Reply) -> str:
    """Headline and lines, or the note."""
    if reply.message is None:
        return reply.note or ""
    return "\n".join((reply.message.headline, *reply.message.texts))


def linked(reply: Reply) -> str:
    """Headline and lines with their links, or the note."""
    if reply.message is None:
        return reply.note or ""
    links = [one.link for one in reply.message.lines if isinstance(one, Line) and one.link]
    return "\n".join((written(reply), *links))


def shown(reply: Reply) -> Message:
    assert reply.message is not None
    return reply.message


def buttons(reply: Reply) -> list[Button]:
    return [button for row in shown(reply).buttons for button in row]


def labels(reply: Reply) -> list[str]:
    return [button.label for button in buttons(reply)]


def actions(reply: Reply) -> list[str]:
    return [button.action for button in buttons(reply)]


def labelled(reply: Reply, label: str) -> str:
    """The action of the button of that label, or empty."""
    found = [button.action for row in shown(reply).buttons for button in row if button.label == label]
    return found[0] if found else ""
