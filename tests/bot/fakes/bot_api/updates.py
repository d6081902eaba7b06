"""The queue of updates: long polling and the webhook, kept until the bot confirms."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from tests.bot.fakes.bot_api.refusals import RefusedError, bad

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS: Final = frozenset(
    {
        "message", "edited_message", "channel_post", "edited_channel_post", "inline_query", "chosen_inline_result",
        "callback_query", "my_chat_member", "chat_member", "message_reaction", "message_reaction_count",
    }
)  # fmt: skip
_ONLY_IF_ASKED: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_FIRST: Final = 700_000_001
_KEPT: Final = 24 * 3600
_LONGEST_POLL: Final = 50
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates are posted to."""

    url: str
    secret_token: str = ""


@dataclass(frozen=True, slots=True)
class _Pending:
    id: int
    at: float
    body: dict[str, Any]


@dataclass(slots=True)
class Updates:
    """Updates from the people to the bot.

    Attributes:
        clock: seconds.
        changed: told whenever the queue changes.
        webhook: where they are posted to, if anywhere.
        last_error: why the webhook could not be told, last time.
    """

    clock: Callable[[], float]
    changed: Callable[[], None]
    webhook: Webhook | None = None
    last_error: str = ""
    allowed: frozenset[str] = KINDS - _ONLY_IF_ASKED
    _queue: deque[_Pending] = field(default_factory=deque)
    _next: int = _FIRST
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _poll: asyncio.Event | None = None
    _posting: asyncio.Task[None] | None = None

    @property
    def pending(self) -> list[dict[str, Any]]:
        """What the bot has not confirmed yet."""
        return [one.body for one in self._queue]

    def publish(self, kind: str, content: dict[str, Any]) -> int:
        """Queue an update, unless the bot wants none of its kind, and return its number."""
        number, self._next = self._next, self._next + 1
        if kind in self.allowed:
            self._queue.append(_Pending(number, self.clock(), {"update_id": number, kind: content}))
            self._wake()
        return number

    def _wake(self) -> None:
        self._news.set()
        self.changed()

    def subscribe(self, kinds: Any) -> None:
        """Which kinds are queued from now on: None leaves it as it is, an empty list means the usual ones."""
        if kinds is None:
            return
        if not isinstance(kinds, list):
            raise bad("can't parse allowed_updates JSON array")
        self.allowed = (frozenset(kinds) & KINDS) or (KINDS - _ONLY_IF_ASKED)

    async def poll(self, offset: int, limit: int, timeout: int) -> list[dict[str, Any]]:  # noqa: ASYNC109 - Telegram's own
        """Answer getUpdates; a poll that is still open is ended, as there may be one only."""
        if self.webhook:
            raise RefusedError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first",
            )
        if self._poll:
            self._poll.set()
            self._news.set()
        mine = self._poll = asyncio.Event()
        self._confirm(offset)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(max(timeout, 0), _LONGEST_POLL)):
                    while not self._queue and not mine.is_set():
                        self._news.clear()
                        await self._news.wait()
        finally:
            replaced = self._poll is not mine
            if not replaced:
                self._poll = None
        if replaced:
            raise RefusedError(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        return self.pending[: limit if 1 <= limit <= _MOST else _MOST]

    def end_polls(self) -> None:
        """Answer an open poll at once: the server goes down."""
        if self._poll:
            self._poll.set()
            self._news.set()

    def _forget_old(self) -> None:
        while self._queue and self._queue[0].at < self.clock() - _KEPT:
            self._queue.popleft()

    def _confirm(self, offset: int) -> None:
        self._forget_old()
        if offset < 0:
            offset = self._queue[max(len(self._queue) + offset, 0)].id if self._queue else 0
        while self._queue and self._queue[0].id < offset:
            self._queue.popleft()
        self.changed()

    def drop(self) -> None:
        """Forget everything that is pending."""
        self._queue.clear()
        self.changed()

    def set_webhook(self, url: str, secret_token: str) -> None:
        """Post updates from now on, in order, each until it is taken."""
        if not re.match(r"https://|http://(?:127\.0\.0\.1|localhost)[:/]", url):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret_token):
            raise bad("secret token contains unallowed characters")
        self.delete_webhook()
        self.webhook = Webhook(url, secret_token)
        self._posting = asyncio.create_task(self._post(self.webhook))

    def delete_webhook(self) -> None:
        """Go back to polling."""
        if self._posting:
            self._posting.cancel()
        self._posting = self.webhook = None

    async def _post(self, webhook: Webhook) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session:
            while True:
                while not self._queue:
                    self._news.clear()
                    await self._news.wait()
                if await self._posted(session, webhook.url, headers):
                    self._queue.popleft()
                    self.changed()
                else:
                    await asyncio.sleep(0.05)

    async def _posted(self, session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> bool:
        try:
            async with session.post(url, json=self._queue[0].body, headers=headers) as answer:
                self.last_error = "" if answer.ok else f"Wrong response from the webhook: {answer.status}"
                return answer.ok
        except (aiohttp.ClientError, TimeoutError) as error:
            self.last_error = f"Connection failed: {type(error).__name__}"
            return False
