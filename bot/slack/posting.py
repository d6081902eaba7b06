"""The button that shows everybody what one person was answered: it carries the question, which is asked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from bot.conversation import commands
from bot.conversation.handlers import PAGED

if TYPE_CHECKING:
    from bot.slack.rendering import Block
    from bot.speech import Speech

ID: Final = "post_to_channel"
VALUE_LIMIT: Final = 2000
"""Characters that a button may carry at Slack."""

_PRESSES: Final = frozenset({"case", "timeline", "sources", "why", "report", "page"})


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked.

    Attributes:
        kind: a command, or a button.
        name: the command's name, or the button's whole action.
        text: what follows the command.
    """

    kind: Literal["command", "press"]
    name: str
    text: str = ""

    @property
    def public(self) -> bool:
        """Whether everybody may see the answer: it is a look-up, the same for whoever asks."""
        if self.kind == "press":
            verb, _, words = self.name.partition(":")
            return verb in _PRESSES or (verb == "do" and _is_lookup(words.partition(":")[0]))
        return _is_lookup(self.name)


def _is_lookup(name: str) -> bool:
    command = commands.find(name)
    return command is not None and command.name in {*PAGED, "status"} - {"help"}


def button(question: Question, speech: Speech) -> list[Block]:
    """The row with the button; nothing where the answer is not for everybody, or the question too long."""
    value = f"{question.kind} {question.name} {question.text}"
    if not question.public or len(value) > VALUE_LIMIT:
        return []
    label: dict[str, Any] = {"type": "plain_text", "text": speech.gettext("Post to channel"), "emoji": False}
    return [{"type": "actions", "elements": [{"type": "button", "text": label, "action_id": ID, "value": value}]}]


def read(value: str) -> Question | None:
    """The question that a button carries; None where it carries none that everybody may ask."""
    kind, _, rest = value.partition(" ")
    name, _, text = rest.partition(" ")
    if kind == "command":
        question = Question("command", name, text)
    elif kind == "press":
        question = Question("press", rest.rstrip())
    else:
        return None
    return question if question.public else None
