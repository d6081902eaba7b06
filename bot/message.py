"""Messages free of any platform's markup: what is said, with its links, buttons and picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ACTION_LIMIT: Final = 64
"""Bytes that a button's action may have: Telegram's bound on callback data, the narrower of the two chats."""

Style = Literal["plain", "strong", "quote", "small", "bar"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text.

    Attributes:
        text: what it says; it may come from a feed, so each chat escapes it.
        style: how it is set: `strong` and `small` for weight, `quote` for words of others, `bar` for the stage bar.
        link: address that the whole line leads to, http or https only.
        own: no word of it comes from a feed or from a person, so that commands in it may be tapped.
    """

    text: str
    style: Style = "plain"
    link: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press under a message: either an action of the bot, or a link.

    Attributes:
        label: what it says.
        action: what the conversation is told when it is pressed, at most `ACTION_LIMIT` bytes of UTF-8.
        link: address that it opens instead.
    """

    label: str
    action: str = ""
    link: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no chat would take.

        Raises:
            ValueError: the action is too long, or there is neither an action nor a link.
        """
        if len(self.action.encode()) > ACTION_LIMIT:
            raise ValueError(f"the action {self.action!r} has more than {ACTION_LIMIT} bytes")
        if not self.action and not self.link:
            raise ValueError(f"the button {self.label!r} does nothing")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG picture with the words that stand for it where it cannot be seen."""

    png: bytes
    alt: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is said, without any platform's markup.

    Attributes:
        kind: `alert`, `edit`, `digest`, `review`, `notice` or `answer`.
        headline: one line.
        lines: further lines; a text alone is a plain line.
        link: address of the first source, if any; http or https only.
        link_text: what the link is called (an outlet).
        possible_repeat: this message may already have arrived once; the channel marks it so.
        buttons: rows of buttons under the text.
        picture: a picture above the text.
        repeat_mark: how the mark of a possible repeat reads in the channel's language.
        own: no word of the headline comes from a feed or from a person, so that commands in it may be tapped.
    """

    kind: str
    headline: str
    lines: tuple[str | Line, ...] = ()
    link: str | None = None
    link_text: str | None = None
    possible_repeat: bool = False
    buttons: tuple[tuple[Button, ...], ...] = ()
    picture: Picture | None = None
    repeat_mark: str = "(possible repeat)"
    own: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The further lines without their styles and links."""
        return tuple(line.text if isinstance(line, Line) else line for line in self.lines)
