"""The console as a channel: a panel where a person looks, plain lines where another program reads."""

from __future__ import annotations

import asyncio
import errno
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TextIO
from uuid import uuid4

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from bot import plain
from bot.channel import ChannelGoneError, NotSentError
from bot.message import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.message import Message

_LABELS: Final = {
    "alert": "NEW",
    "group": "NEW",
    "edit": "EDIT",
    "correction": "FIX",
    "digest": "DIGEST",
    "review": "REVIEW",
    "notice": "NOTICE",
}
_STYLES: Final = {
    "NEW": "bold red",
    "EDIT": "yellow",
    "FIX": "bold yellow",
    "DIGEST": "cyan",
    "REVIEW": "magenta",
    "NOTICE": "yellow",
}
_LINE_STYLES: Final = {"plain": "", "strong": "bold", "quote": "italic", "small": "dim", "bar": "green"}
_NOBODY_READS: Final = frozenset({errno.EPIPE, errno.EBADF, errno.EIO, errno.ENXIO})


class ConsoleChannel:
    """Writes messages to a stream.

    A message goes out in one single write: whoever ends the program in between gets all of it or none of it.

    Args:
        console: says how wide and how colourful panels are; None for what fits the stream.
        stream: where to write. Panels are drawn only if it is a terminal.
    """

    def __init__(self, console: Console | None, stream: TextIO) -> None:
        self._console = console or Console(file=stream)
        self._stream = stream

    async def post(self, message: Message, reply_to: str | None) -> str:  # noqa: ARG002 - a console has no threads
        """Write a new message; see `bot.channel.Channel`."""
        await self._show(_LABELS.get(message.kind, "NEW"), message)
        # Unique beyond this run: ids of earlier runs are still in the outbox.
        return f"console-{uuid4().hex[:12]}"

    async def edit(self, message_id: str, message: Message) -> None:  # noqa: ARG002 - what is written stays written
        """Write the message again, as an edit; see `bot.channel.Channel`."""
        await self._show("EDIT", message)

    async def _show(self, label: str, message: Message) -> None:
        try:
            text = self._panel(label, message) if self._stream.isatty() else as_lines(label, message)
            # In a thread: a reader that stops reading blocks the write, which must not stop the other channels.
            await asyncio.to_thread(self._write, text)
        except ValueError:
            raise ChannelGoneError("the output is closed") from None
        except OSError as error:
            reason = f"cannot write to the output: {error.strerror}"
            raise (ChannelGoneError if error.errno in _NOBODY_READS else NotSentError)(reason) from error

    def _write(self, text: str) -> None:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()

    def _panel(self, label: str, message: Message) -> str:
        head, *rest = _parts(message)
        # Text objects, never strings: Rich would read "[bold]" in a title as markup.
        body = Group(Text(head.text, style="bold"), *(Text(line.text, style=_LINE_STYLES[line.style]) for line in rest))
        # Drawn aside, not by `capture`: that also touches the stream, and Rich ends the program on a broken pipe.
        paper = io.StringIO()
        colours: Any = self._console.color_system
        aside = Console(file=paper, force_terminal=True, width=self._console.width, color_system=colours)
        aside.print(Panel(body, title=Text(label), title_align="left", border_style=_STYLES[label]))
        return paper.getvalue()


def as_lines(label: str, message: Message) -> str:
    """The message as plain lines: the label and the headline, and everything else indented below."""
    head, *rest = _parts(message)
    return "".join([f"{label:<4} {head.text}\n", *(f"     {line.text}".rstrip() + "\n" for line in rest)])


def _parts(message: Message) -> Iterator[Line]:
    """The message with its links written out; words in another direction are left to the terminal."""
    head = plain.without_isolates(plain.headline(message))
    yield Line(" ".join(filter(None, (head, plain.marked(message)))))
    for line in plain.lines(message):
        text = plain.without_isolates(line.text)
        told = f"“{text}”" if line.style == "quote" else text
        yield replace(line, text=f"{told}: {line.link}" if line.link else told)
    if link := plain.web_address(message.link):
        yield Line(f"{link} ({plain.clean(message.link_text)})" if message.link_text else link)
