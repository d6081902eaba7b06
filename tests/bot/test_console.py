import asyncio
import errno
import io
import os
import re
import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.channel import ChannelGoneError, NotSentError
from bot.console import ConsoleChannel, as_lines
from bot.message import Message

ALERT = Message(
    "alert",
    "Ruritania leaves the Lake Pact",
    ("Passed by parliament on 3 November.", "Two sources."),
    link="https://news.example/1",
    link_text="Strelsau Times",
)


class CountingStream(io.StringIO):
    """A pipe that counts what it is handed, or fails as it is told."""

    def __init__(self, *, tty: bool = False, error: OSError | None = None) -> None:
        super().__init__()
        self.tty, self.error = tty, error
        self.writes: list[str] = []

    def isatty(self) -> bool:
        return super().isatty() or self.tty

    def write(self, text: str) -> int:
        if self.error:
            raise self.error
        self.writes.append(text)
        return super().write(text)


async def test_a_pipe_gets_plain_lines_in_one_write() -> None:
    stream = CountingStream()
    await ConsoleChannel(None, stream).post(ALERT, None)
    (written,) = stream.writes
    assert written.splitlines() == [
        "NEW  Ruritania leaves the Lake Pact",
        "     Passed by parliament on 3 November.",
        "     Two sources.",
        "     https://news.example/1 (Strelsau Times)",
    ]
    assert written.endswith("\n")


@pytest.mark.parametrize(
    ("kind", "label"), [("alert", "NEW "), ("digest", "DIGEST"), ("review", "REVIEW"), ("notice", "NOTICE")]
)
async def test_each_kind_of_message_has_its_label(kind: str, label: str) -> None:
    stream = CountingStream()
    await ConsoleChannel(None, stream).post(Message(kind, "Head"), None)
    assert stream.writes == [f"{label} Head\n"]


async def test_an_edit_is_written_again_as_an_edit() -> None:
    stream = CountingStream()
    await ConsoleChannel(None, stream).edit("console-1", ALERT)
    assert stream.getvalue().startswith("EDIT Ruritania leaves")


async def test_a_possible_repeat_says_so() -> None:
    stream = CountingStream()
    await ConsoleChannel(None, stream).post(Message("alert", "Head", possible_repeat=True), None)
    assert stream.getvalue() == "NEW  Head (possible repeat)\n"


async def test_ids_differ_between_messages_and_between_runs() -> None:
    ids = {await ConsoleChannel(None, CountingStream()).post(ALERT, None) for _ in range(3)}
    assert len(ids) == 3


async def test_a_terminal_gets_a_panel_in_one_write_and_markup_is_shown_as_it_is() -> None:
    stream = CountingStream(tty=True)
    console = Console(file=stream, width=80, force_terminal=True, color_system=None)
    await ConsoleChannel(console, stream).post(Message("alert", "[bold]Exit[/bold] :boom: [link=x]"), None)
    assert len(stream.writes) == 1
    assert "[bold]Exit[/bold] :boom: [link=x]" in stream.writes[0]
    assert "NEW" in stream.writes[0].splitlines()[0]


async def test_a_terminal_is_drawn_to_without_a_console_of_its_own() -> None:
    stream = CountingStream(tty=True)
    await ConsoleChannel(None, stream).post(ALERT, None)
    assert "Ruritania" in stream.getvalue()


async def test_letters_that_the_output_cannot_show_are_replaced() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        await ConsoleChannel(None, stream).post(Message("alert", "Выход"), None)
        assert raw.getvalue() == b"NEW  ?????\n"


async def test_a_pipe_without_a_reader_is_gone() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    with pytest.raises(ChannelGoneError):
        await ConsoleChannel(None, stream).post(ALERT, None)
    with pytest.raises(BrokenPipeError):
        stream.close()


async def test_a_reader_that_stops_reading_does_not_stop_everything_else() -> None:
    loop, writing, reading = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    class StalledStream(CountingStream):
        def write(self, text: str) -> int:
            loop.call_soon_threadsafe(writing.set)
            if not reading.wait(timeout=10):
                raise OSError(errno.EIO, "nothing else went on")
            return super().write(text)

    task = asyncio.create_task(ConsoleChannel(None, StalledStream()).post(ALERT, None))
    await writing.wait()
    reading.set()
    assert await task


async def test_a_closed_output_is_gone() -> None:
    stream = CountingStream()
    stream.close()
    with pytest.raises(ChannelGoneError):
        await ConsoleChannel(None, stream).post(ALERT, None)


async def test_a_full_disk_is_worth_another_try() -> None:
    stream = CountingStream(error=OSError(errno.ENOSPC, "no space left"))
    with pytest.raises(NotSentError, match="no space left"):
        await ConsoleChannel(None, stream).post(ALERT, None)


@given(st.text(), st.lists(st.text()), st.text())
def test_no_text_reaches_the_terminal_with_controls_or_as_a_line_of_its_own(
    head: str, lines: list[str], outlet: str
) -> None:
    message = Message("alert", head, tuple(lines), link="https://news.example/1", link_text=outlet)
    written = as_lines("NEW", message).split("\n")
    assert written[0].startswith("NEW  ")
    assert all(line == "" or line.startswith("     ") for line in written[1:])
    assert not {"Cc", "Cf", "Cs"} & {unicodedata.category(char) for line in written for char in line}


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "https://", "https://a b", "http://[", "x"]
)
def test_only_whole_web_addresses_are_shown_as_links(link: str) -> None:
    assert not re.search("alert|passwd|http", as_lines("NEW", Message("alert", "Head", link=link)))
