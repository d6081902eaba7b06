from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.feeds import FeedSpec
from tests.watchers.hostile import item, rss
from watchers.parse import NotAFeedError, ParsedFeed, parse
from watchers.parsing import ParseLimits, ParserProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
URL = "https://wire.example/rss"
SPEC = FeedSpec(URL, "Example Wire", country="LT", kind="official", group="Example Group")
FEED = rss(item("One", "1"), item("Two", "2"))


@pytest.fixture
async def parser() -> AsyncIterator[ParserProcess]:
    async with ParserProcess() as opened:
        yield opened


async def ask(parser: ParserProcess, body: bytes, url: str = URL) -> ParsedFeed:
    spec = FeedSpec(url, "Example Wire", country="LT", kind="official", group="Example Group")
    return await parser(body, spec=spec, base_url=url, now=NOW, content_type="text/xml")


def child_of(parser: ParserProcess) -> int | None:
    running = parser._children[0]._running
    return running.process.pid if running else None


async def stopped_child_of(parser: ParserProcess) -> int:
    """The child of a parser, once it has answered and as long as it is not told to go on."""
    await ask(parser, FEED)
    child = child_of(parser)
    assert child
    os.kill(child, signal.SIGSTOP)
    return child


async def asking(parser: ParserProcess, *names: str) -> list[asyncio.Task[ParsedFeed]]:
    """Ask for feeds that are called so, all at a time."""
    asked = [asyncio.create_task(ask(parser, rss(item(name, "1")), f"{URL}/{name}")) for name in names]
    await asyncio.sleep(0.01)  # all are sent, or wait for room
    return asked


def is_running(pid: int | None) -> bool:
    try:
        os.kill(pid or -1, 0)
    except ProcessLookupError:
        return False
    return True


def titles(parsed: ParsedFeed) -> list[str]:
    return [report.title for report in parsed.reports]


async def test_a_child_reads_what_this_process_would_read(parser: ParserProcess) -> None:
    there = await ask(parser, FEED)
    assert there == parse(FEED, spec=SPEC, base_url=URL, now=NOW)
    assert titles(there) == ["One", "Two"]


async def test_one_child_serves_feed_after_feed_and_ends_with_the_parser() -> None:
    async with ParserProcess() as parser:
        await ask(parser, FEED)
        first = child_of(parser)
        await asyncio.gather(*(ask(parser, FEED, f"{URL}/{number}") for number in range(5)))
        assert child_of(parser) == first
        assert is_running(first)
    assert not is_running(first)


async def test_what_is_no_feed_is_the_same_error_as_here(parser: ParserProcess) -> None:
    with pytest.raises(NotAFeedError, match=r"is HTML, not a feed; it names a feed at https://wire\.example/f"):
        await ask(parser, b"<html><link rel=alternate type=application/rss+xml href=/f></html>")


async def test_a_feed_that_takes_too_long_is_an_error_and_the_next_one_is_read() -> None:
    async with ParserProcess(ParseLimits(seconds=2)) as parser:
        await ask(parser, FEED)
        child = child_of(parser)
        assert child
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(NotAFeedError, match="takes more than 2 s to parse"):
            await ask(parser, FEED)
        assert not is_running(child)
        assert titles(await ask(parser, FEED)) == ["One", "Two"]


async def test_a_feed_that_wants_too_much_memory_is_an_error_and_the_next_one_is_read() -> None:
    huge = b'<rss version="2.0"><channel><item ' + b"a= " * 2_000_000
    async with ParserProcess(ParseLimits(memory=256_000_000)) as parser:
        with pytest.raises(NotAFeedError, match=r"MemoryError|more than the parser can take"):
            await ask(parser, huge)
        assert titles(await ask(parser, FEED)) == ["One", "Two"]


async def test_a_child_that_dies_while_it_has_nothing_to_do_costs_nothing(parser: ParserProcess) -> None:
    await ask(parser, FEED)
    running = parser._children[0]._running
    assert running
    os.kill(running.process.pid, signal.SIGKILL)
    await running.process.wait()
    assert titles(await ask(parser, FEED)) == ["One", "Two"]


async def test_a_child_that_dies_costs_one_poll_of_one_feed(parser: ParserProcess) -> None:
    child = await stopped_child_of(parser)
    (asked,) = await asking(parser, "One")
    os.kill(child, signal.SIGKILL)
    with pytest.raises(NotAFeedError, match="more than the parser can take"):
        await asked
    assert titles(await ask(parser, FEED)) == ["One", "Two"]


async def test_a_child_that_was_left_in_the_middle_gives_no_answer_to_the_next_question(parser: ParserProcess) -> None:
    asked = asyncio.create_task(ask(parser, rss(*(item(f"Old {number}", str(number)) for number in range(1_000)))))
    await asyncio.sleep(0)  # let it begin
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    assert titles(await ask(parser, FEED)) == ["One", "Two"]


async def test_a_child_that_has_grown_is_replaced() -> None:
    async with ParserProcess(ParseLimits(worn=1)) as parser:
        assert titles(await ask(parser, FEED)) == ["One", "Two"]
        assert child_of(parser) is None
        assert titles(await ask(parser, FEED)) == ["One", "Two"]


async def test_each_of_several_gets_its_own_answer(parser: ParserProcess) -> None:
    names = [f"Feed {number}" for number in range(20)]
    told = await asyncio.gather(*await asking(parser, *names))
    assert [titles(one) for one in told] == [[name] for name in names]


async def test_a_child_that_dies_costs_no_feed_that_waits_for_it(parser: ParserProcess) -> None:
    child = await stopped_child_of(parser)
    first, *others = await asking(parser, "First", "Second", "Third")
    os.kill(child, signal.SIGKILL)
    with pytest.raises(NotAFeedError, match="more than the parser can take"):
        await first
    assert [titles(await one) for one in others] == [["Second"], ["Third"]]


async def test_a_feed_that_takes_too_long_costs_no_feed_that_waits_behind_it() -> None:
    async with ParserProcess(ParseLimits(seconds=1)) as parser:
        await stopped_child_of(parser)
        first, *others = await asking(parser, "First", "Second", "Third")
        with pytest.raises(NotAFeedError, match="takes more than 1 s to parse"):
            await first
        assert [titles(await one) for one in others] == [["Second"], ["Third"]]


async def test_nobody_gets_the_answer_of_one_that_was_left_while_it_waited(parser: ParserProcess) -> None:
    child = await stopped_child_of(parser)
    first, second, third = await asking(parser, "First", "Second", "Third")
    second.cancel()
    await asyncio.sleep(0.01)  # the third takes its place behind it
    os.kill(child, signal.SIGCONT)
    assert [titles(await first), titles(await third)] == [["First"], ["Third"]]
    assert child_of(parser) == child


async def test_one_that_is_left_while_it_is_parsed_costs_no_feed_that_waits(parser: ParserProcess) -> None:
    child = await stopped_child_of(parser)
    first, second = await asking(parser, "First", "Second")
    first.cancel()
    assert titles(await second) == ["Second"]
    assert child_of(parser) != child


async def test_a_child_that_dies_of_what_nobody_waits_for_costs_no_feed(parser: ParserProcess) -> None:
    child = await stopped_child_of(parser)
    running = parser._children[0]._running
    assert running
    parser._children[0]._send(running, b"nobody waits for this")
    (asked,) = await asking(parser, "One")
    os.kill(child, signal.SIGKILL)
    assert titles(await asked) == ["One"]


async def test_feeds_that_wait_for_a_child_that_has_grown_go_to_the_next() -> None:
    async with ParserProcess(ParseLimits(worn=1)) as parser:
        told = await asyncio.gather(*await asking(parser, "First", "Second", "Third"))
    assert [titles(one) for one in told] == [["First"], ["Second"], ["Third"]]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_child_sees_no_secret_of_the_environment(
    parser: ParserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREATYWATCH_TELEGRAM__TOKEN", "secret")
    await ask(parser, FEED)
    environment = await asyncio.to_thread(Path(f"/proc/{child_of(parser)}/environ").read_bytes)
    assert b"PYTHONPATH" in environment
    assert b"secret" not in environment


async def test_only_what_is_new_since_the_confirmed_poll_comes_again(parser: ParserProcess) -> None:
    first = await ask(parser, FEED)
    assert titles(await ask(parser, FEED)) == ["One", "Two"], "nobody confirmed that the reports were taken in"
    first.confirm()
    grown = rss(item("Three", "3"), item("One", "1"), item("Two", "2"), head="<lastBuildDate>now</lastBuildDate>")
    assert titles(await ask(parser, grown)) == ["Three"]
    assert titles(await ask(parser, grown, f"{URL}/other")) == ["Three", "One", "Two"]


async def test_an_edited_item_comes_again_with_its_id_and_another_version(parser: ParserProcess) -> None:
    first = await ask(parser, FEED)
    first.confirm()
    edited = await ask(parser, rss(item("One, corrected", "1"), item("Two", "2")))
    (report,) = edited.reports
    assert (report.id, report.title) == (first.reports[0].id, "One, corrected")
    assert edited.versions[report.id] != first.versions[report.id]


async def test_the_memory_of_what_was_seen_is_bounded() -> None:
    async with ParserProcess(most_marks=3) as parser:
        for url in (f"{URL}/a", f"{URL}/b"):
            (await ask(parser, FEED, url)).confirm()
        assert titles(await ask(parser, FEED, f"{URL}/a")) == ["One", "Two"]
        assert titles(await ask(parser, FEED, f"{URL}/b")) == []
