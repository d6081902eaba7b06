"""Parsing in a child process: the event loop goes on meanwhile, and no feed costs more time or memory than allowed.

A feed that the child cannot manage is an error of that feed alone: the child is ended and the next feed gets a new one.
The next feed waits at the child's own door: it need not wait until this process finds the time to send it.
What was taken in at an earlier poll is remembered here by its marks, so that only new items are judged. That memory may
be lost at any time; it only saves work.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from collections import OrderedDict
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from watchers.child import LENGTH
from watchers.links import shown
from watchers.parse import NotAFeedError, ParsedFeed

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from datetime import datetime
    from typing import Self

    from store.feeds import FeedSpec

_ROOT: Final = Path(__file__).parents[1]
_MARK: Final = 8
_AT_A_CHILD: Final = 2
"""One feed is being parsed, one waits."""


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds of one feed: seconds, bytes of address space; and bytes in use after which a child is replaced."""

    seconds: int = 10
    memory: int = 512_000_000
    worn: int = 120_000_000


class ParserProcess:
    """Parses in child processes that are started when there is something to do.

    Args:
        limits: the bounds of one feed.
        children: how many at a time.
        most_marks: how many items are remembered, over all feeds, at 8 bytes each.
    """

    def __init__(self, limits: ParseLimits = ParseLimits(), *, children: int = 1, most_marks: int = 1_000_000) -> None:
        self._limits = limits
        self._free: asyncio.Queue[_Child] = asyncio.Queue()
        self._children = [_Child(limits) for _ in range(children)]
        for child in self._children * _AT_A_CHILD:
            self._free.put_nowait(child)
        self._seen = _Seen(most_marks)

    async def __aenter__(self) -> Self:
        """Nothing is started yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the children."""
        await asyncio.gather(*(child.end() for child in self._children))

    async def __call__(
        self, body: bytes, *, spec: FeedSpec, base_url: str, now: datetime, content_type: str | None
    ) -> ParsedFeed:
        """The reports of a body that were not confirmed before; see `watchers.parse.parse`.

        Raises:
            NotAFeedError: there is no feed in it, or none that can be parsed within the limits.
        """
        # The class of a spec comes with the whole database library; the child needs no more than the fields.
        fields = SimpleNamespace(**asdict(spec))
        asked = {"body": body, "spec": fields, "base_url": base_url, "now": now, "content_type": content_type}
        child = await self._free.get()
        try:
            # Not sooner: many may wait, and a message is as large as its body.
            message = pickle.dumps({**asked, "seen": self._seen.of(spec.url)}, pickle.HIGHEST_PROTOCOL)
            told = await child.ask(message)
        except TimeoutError:
            raise NotAFeedError(shown(base_url), f"takes more than {self._limits.seconds} s to parse") from None
        except (EOFError, OSError) as error:
            raise NotAFeedError(shown(base_url), "is more than the parser can take") from error
        finally:
            self._free.put_nowait(child)
        if isinstance(told, str):
            raise NotAFeedError(shown(base_url), told)
        return replace(told, confirm=partial(self._seen.add, spec.url, told.marks))


@dataclass(slots=True, eq=False)
class _Running:
    """A process, how many messages it was sent and how many it has answered."""

    process: Process
    sent: int = 0
    answered: int = 0

    @property
    def has_gone(self) -> bool:
        """Whether it ended while it had nothing to do: that is no fault of the next feed."""
        return self.process.returncode is not None and self.sent == self.answered


class _Child:
    """One child process; dead or alive. It answers message after message; several may ask."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._running: _Running | None = None
        self._sending = asyncio.Lock()
        self._hearing = asyncio.Lock()

    async def ask(self, message: bytes) -> ParsedFeed | str:
        """Send a message and wait for its answer. Whatever goes wrong, the child is ended: it may be anywhere."""
        while True:
            async with self._sending:
                if self._running and self._running.has_gone:
                    await self.end()
                running = self._running = self._running or _Running(await self._started())
                turn = self._send(running, message)
            async with self._hearing:
                # One that was ended meanwhile, because of another message, is not to be blamed on this one.
                heard = await self._heard(running, turn) if running is self._running else None
            if heard is not None:
                return heard

    @staticmethod
    def _send(running: _Running, message: bytes) -> int:
        """Send a message, which is the how manyth."""
        if running.process.stdin:
            running.process.stdin.write(LENGTH.pack(len(message)) + message)
        running.sent += 1
        return running.sent

    async def _heard(self, running: _Running, turn: int) -> ParsedFeed | str | None:
        """The answer to a message; None where the child has ended before it got so far.

        First come the answers to earlier messages for which nobody waits any more.
        """
        done = False
        try:
            while True:
                mine = running.answered + 1 == turn
                try:
                    async with asyncio.timeout(self._limits.seconds):
                        told, last = await self._next_answer(running.process)
                except (TimeoutError, EOFError, OSError):
                    if mine:
                        raise
                    return None
                running.answered += 1
                if mine:
                    done = not last
                    return told
                if last:
                    return None
        finally:
            if not done:
                await self.end()

    @staticmethod
    async def _next_answer(process: Process) -> tuple[ParsedFeed | str, bool]:
        source = process.stdout
        if source is None:
            raise EOFError
        size = LENGTH.unpack(await source.readexactly(LENGTH.size))[0]
        answer: Any = pickle.loads(await source.readexactly(size))  # noqa: S301 - from the process that this one started
        told, last = answer
        return told, last

    async def end(self) -> None:
        """Kill the process, if there is one."""
        running, self._running = self._running, None
        if running is None:
            return
        with suppress(ProcessLookupError):
            running.process.kill()
        # The pipes are closed by reading them to their end.
        await running.process.communicate()

    async def _started(self) -> Process:
        limits = self._limits
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-B", "-P", "-m", "watchers.child"),
            *(str(limits.seconds), str(limits.memory), str(limits.worn)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Nothing of the environment but what Python needs: secrets stay here.
            env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            # An interrupt of the terminal is for the program, which ends its children itself.
            start_new_session=True,
        )


class _Seen:
    """The marks of what was taken in, by feed; those of the feeds not asked for longest go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._marks: OrderedDict[str, bytes] = OrderedDict()

    def of(self, url: str) -> frozenset[bytes]:
        """The marks of a feed."""
        packed = self._marks.get(url, b"")
        return frozenset(packed[at : at + _MARK] for at in range(0, len(packed), _MARK))

    def add(self, url: str, marks: frozenset[bytes]) -> None:
        """These are the marks of the feed now."""
        self._count -= len(self._marks.pop(url, b"")) // _MARK
        self._marks[url] = b"".join(marks)
        self._count += len(marks)
        while self._count > self._most:
            self._count -= len(self._marks.popitem(last=False)[1]) // _MARK
