"""Which function answers which command and which button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.conversation import helping

if TYPE_CHECKING:
    from bot.conversation.commands import Who
    from bot.conversation.model import Reply
    from bot.conversation.talk import Talk

Handler = Callable[["Talk", str], "Reply"]


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


HANDLERS: Final[dict[str, Handler]] = {"help": helping.helping}
PRESSES: Final[dict[str, Press]] = {}
