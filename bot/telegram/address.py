"""Where a message goes at Telegram: a chat, or a topic of a forum."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

_ADDRESS: Final = re.compile(r"(-?\d+|@\w+)(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class Address:
    """A chat and, in a forum, the topic in it.

    Attributes:
        chat: the chat's number (groups and channels have negative ones), or the public name of a channel with "@".
        topic: the topic's number; None for the General topic and for everything that is no forum.
    """

    chat: int | str
    topic: int | None = None

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address as the store and the settings write it: `42`, `-1001234`, `@name`, `-1001234/56`.

        Anything else is left to Telegram, which knows no such chat.
        """
        found = _ADDRESS.fullmatch(text)
        if found is None:
            return cls(text)
        chat, topic = found.groups()
        return cls(chat if chat.startswith("@") else int(chat), int(topic) if topic else None)

    @property
    def general(self) -> Address:
        """The chat without the topic."""
        return replace(self, topic=None)

    @property
    def shared(self) -> bool:
        """Whether more than one person reads there."""
        return str(self.chat).startswith(("-", "@"))

    def __str__(self) -> str:
        """As the store writes it."""
        return f"{self.chat}/{self.topic}" if self.topic else str(self.chat)
