"""The desk: where chats bring what they hear, and the one place at which the conversation meets the running program.

The conversation is ordinary code over the store. Here it runs in threads of its own, so that people who ask much keep
no feed waiting, and what changes something waits for its turn among all who write.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, Self, TypeVar

from bot.conversation.commands import find
from bot.conversation.handlers import writes
from bot.speech import speeches
from bot.troubles import tell_owner
from store import marks, presence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from types import TracebackType

    from bot.conversation.conversation import Conversation
    from bot.conversation.forms import Form
    from bot.conversation.model import Found, Reply, Request
    from bot.message import Message
    from bot.speech import Speech
    from store.database import Connection, Database
    from treaties.registry import Knowledge

T = TypeVar("T")

THREADS: Final = 4


class Desk:
    """Takes what chats hear to the conversation, and what they learn of themselves to the store.

    Args:
        database: where everything is remembered.
        conversation: answers people.
        knowledge: names of states and treaties.
        lock: held during every write, so that writes go one at a time.
        clock: tells the time.
    """

    def __init__(
        self,
        database: Database,
        conversation: Conversation,
        knowledge: Knowledge,
        lock: asyncio.Lock,
        clock: Callable[[], datetime],
    ) -> None:
        self.speeches = speeches(knowledge)
        self.clock = clock
        self._database = database
        self._conversation = conversation
        self._lock = lock
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="desk")

    def close(self) -> None:
        """Take nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        """Use as a context manager: closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def speech(self, lang: str | None) -> Speech:
        """How the bot speaks to somebody of that language."""
        return self.speeches.get(lang or "", self.speeches["en"])

    async def command(self, request: Request, name: str, text: str) -> Reply:
        """Answer a command; see `Conversation.command`."""
        command = find(name)
        changes = command is not None and command.changes
        return await self._run(lambda: self._conversation.command(request, name, text), changes=changes)

    async def press(self, request: Request, action: str) -> Reply:
        """Answer a button; see `Conversation.press`."""
        return await self._run(lambda: self._conversation.press(request, action), changes=writes(action))

    async def offer(self, request: Request, text: str) -> tuple[Found, ...]:
        """Offer answers while somebody types; see `Conversation.offer`."""
        return await self._run(lambda: self._conversation.offer(request, text), changes=False)

    async def known(self, request: Request, text: str, links: Sequence[str]) -> Reply:
        """What is known about a message; see `Conversation.known`."""
        return await self._run(lambda: self._conversation.known(request, text, links), changes=False)

    async def overview(self, request: Request) -> tuple[Message, ...]:
        """What a front page shows; see `Conversation.overview`."""
        return await self._run(lambda: self._conversation.overview(request), changes=False)

    async def form(self, request: Request) -> Form | Reply:
        """The settings of a place as a form; see `Conversation.form`."""
        return await self._run(lambda: self._conversation.form(request), changes=False)

    async def faults(self, request: Request, filled: Form) -> dict[str, str]:
        """What is wrong in a form; see `Conversation.faults`."""
        return await self._run(lambda: self._conversation.faults(request, filled), changes=False)

    async def fill(self, request: Request, filled: Form) -> Reply:
        """Store a form; see `Conversation.fill`."""
        return await self._run(lambda: self._conversation.fill(request, filled), changes=True)

    async def _run(self, work: Callable[[], T], *, changes: bool) -> T:
        async with self._lock if changes else nullcontext():
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        def transact() -> T:
            with self._database.transaction() as conn:
                return work(conn)

        return await self._run(transact, changes=True)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        def look() -> T:
            with self._database.reading() as conn:
                return work(conn)

        return await self._run(look, changes=False)

    async def left(self, platform: str, chat: str) -> None:
        """The bot was removed from a chat: nothing is posted there any more."""
        await self._write(lambda conn: presence.leave(conn, platform, chat, self.clock()))

    async def came(self, platform: str, chat: str) -> bool:
        """The bot was added to a chat; returns whether it had been set up there before, and goes on as then."""
        return bool(await self._write(lambda conn: presence.come_back(conn, platform, chat, self.clock())))

    async def moved(self, platform: str, old: str, new: str) -> None:
        """A chat has another address from now on."""

        def move(conn: Connection) -> None:
            presence.move(conn, platform, old, new, self.clock())
            # The bot leaves the old chat by that, which may have been heard before.
            presence.come_back(conn, platform, new, self.clock())

        await self._write(move)

    async def tell_owner(self, headline: str, lines: Sequence[str]) -> None:
        """Owe a notice to the owner."""
        now = self.clock()
        await self._write(lambda conn: tell_owner(conn, f"{headline}:{now.isoformat()}", headline, lines, now))

    async def mark(self, name: str) -> str | None:
        """What was kept under that name."""
        return await self._read(lambda conn: marks.get(conn, name))

    async def keep(self, name: str, value: str) -> None:
        """Keep something under a name."""
        await self._write(lambda conn: marks.put(conn, name, value))
