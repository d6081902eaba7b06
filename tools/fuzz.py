"""Feeds what was never seen to the parts that strangers write to: `python -m tools.fuzz feeds|readings|commands|lists`.

Guided by coverage: atheris (`pip install atheris`, on Linux) changes inputs so that they reach code that none reached
before. It ends at the first input that brings something up that ought not to be, after `-max_total_time=SECONDS`, or
never; what is behind the target goes to libFuzzer as it is. `--corpus DIR` keeps what it found for the next time.
"""

from __future__ import annotations

import sys
from copy import copy
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

NOW: Final = datetime(2025, 10, 3, 9, 0, tzinfo=UTC)
_LONGEST_ANSWER: Final = 100_000


def feeds() -> Callable[[Any], None]:
    """A body is a feed with clean, bounded reports, or none."""
    from store.feeds import FeedSpec
    from watchers.entries import LONGEST_SUMMARY, LONGEST_TITLE
    from watchers.parse import NotAFeedError, parse

    spec = FeedSpec("https://wire.example/feed", "Wire", lang="en")
    kinds = (None, "application/rss+xml", "text/html; charset=utf-16", "application/feed+json")

    def check(data: Any) -> None:
        kind, body = kinds[data.ConsumeIntInRange(0, len(kinds) - 1)], data.ConsumeBytes(data.remaining_bytes())
        try:
            found = parse(body, spec=spec, base_url=spec.url, now=NOW, content_type=kind)
        except NotAFeedError:
            return
        for report in found.reports:
            assert report.id
            assert len(report.title) <= LONGEST_TITLE
            assert len(report.summary) <= LONGEST_SUMMARY
            assert report.published is None or report.published.tzinfo

    return check


def readings() -> Callable[[Any], None]:
    """Any text is read; what it claims stands in it."""
    from bot.wiring.ready import loaded
    from treaties.model import Report

    knowledge, reading = loaded()
    langs = (None, *sorted(knowledge.words))

    def check(data: Any) -> None:
        lang = langs[data.ConsumeIntInRange(0, len(langs) - 1)]
        title = data.ConsumeUnicodeNoSurrogates(300)
        found = reading.read(Report("1", title, data.ConsumeUnicodeNoSurrogates(1_000), NOW, lang))
        for claim in found.claims:
            assert claim.state
            assert claim.treaty
            assert 0 <= claim.confidence <= 1

    return check


def commands() -> Callable[[Any], None]:
    """Whatever somebody types or presses is answered with something that every chat can show."""
    from bot.conversation.commands import COMMANDS
    from bot.conversation.conversation import Conversation
    from bot.conversation.handlers import PRESSES
    from bot.conversation.model import Person, Place, Request
    from bot.message import ACTION_LIMIT
    from config.knowledge import load
    from store import events
    from store.database import Database

    knowledge = load()
    made = Conversation(Database("sqlite://"), knowledge, version="fuzz")
    people = (Person("7", "Ann", "en"), Person("9", "Eve", "uk", may_set=True, owner=True, curator=True))
    verbs = [*PRESSES, "do", "page"]
    names = [one.name for one in COMMANDS]

    def fresh(old: Conversation | None = None) -> Conversation:
        if old:
            old._database.close()  # noqa: SLF001 - as below
        database = Database("sqlite://")
        database.upgrade()
        with database.transaction() as conn:
            events.seed(conn, knowledge.known, NOW)
        mine = copy(made)
        mine._database = database  # noqa: SLF001 - all the names are prepared once
        return mine

    conversation, rounds = fresh(), 0

    def check(data: Any) -> None:
        nonlocal conversation, rounds
        rounds += 1
        if rounds % 5_000 == 0:
            conversation = fresh(conversation)
        person = people[data.ConsumeBool()]
        request = Request(Place("telegram", "1", "Ann", "private"), person, NOW, None)
        which, text = data.ConsumeIntInRange(0, 2), data.ConsumeUnicode(400)
        if which == 0:
            reply = conversation.command(request, names[data.ConsumeIntInRange(0, len(names) - 1)], text)
        elif which == 1:
            reply = conversation.press(request, f"{verbs[data.ConsumeIntInRange(0, len(verbs) - 1)]}:{text}")
        else:
            reply = conversation.press(request, text)
        assert reply.message or reply.note
        if reply.message:
            assert sum(len(line) for line in reply.message.texts) <= _LONGEST_ANSWER
            for button in (one for row in reply.message.buttons for one in row):
                assert 0 < len(button.action.encode()) <= ACTION_LIMIT

    return check


def lists() -> Callable[[Any], None]:
    """A list of feeds, or a file of known events, is taken or refused with its faults; nothing else comes up."""
    from config.knowledge import KnowledgeError, load
    from config.known import read_known
    from watchers.guard import Guard
    from watchers.opml import OpmlError, read_opml

    knowledge, file, guard = load(), Path("fuzz-input.toml"), Guard(())

    def check(data: Any) -> None:
        opml, body = data.ConsumeBool(), data.ConsumeBytes(data.remaining_bytes())
        try:
            if opml:
                read_opml(body, guard)
            else:
                file.write_bytes(body)
                read_known(file, knowledge)
        except (OpmlError, KnowledgeError):
            return

    return check


TARGETS: Final[dict[str, Callable[[], Callable[[Any], None]]]] = {
    "feeds": feeds,
    "readings": readings,
    "commands": commands,
    "lists": lists,
}


def main(words: list[str]) -> None:
    """Fuzz a target until something comes up."""
    if not words or words[0] not in TARGETS:
        raise SystemExit(f"give one of {', '.join(TARGETS)}")
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        raise SystemExit("atheris is not installed: pip install atheris (Linux)") from None
    with atheris.instrument_imports(include=["watchers", "treaties", "bot", "config", "store", "feedparser"]):
        check = TARGETS[words[0]]()

    def once(data: bytes) -> None:
        check(atheris.FuzzedDataProvider(data))

    atheris.Setup([sys.argv[0], *words[1:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
