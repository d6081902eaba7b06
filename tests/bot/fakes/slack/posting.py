"""Requests to the app's address, signed as https://docs.slack.dev/authentication/verifying-requests-from-slack says."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import aiohttp

from tests.bot.fakes.slack.telling import Attempt, Telling, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bot.fakes.slack.telling import Teller

_OK: Final = range(200, 300)
FORM: Final = "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: str, body: str) -> str:
    """What `X-Slack-Signature` is for a body."""
    told = f"v0:{timestamp}:{body}"
    return "v0=" + hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()


class Posting:
    """The app's address.

    Attributes:
        url: where everything goes.
        requests: every request as it was sent, with the status of its answer, for sending it again.
    """

    def __init__(self, url: str, secret: str, clock: Callable[[], float]) -> None:
        self.url = url
        self.requests: list[tuple[str, dict[str, str], int]] = []
        self.teller: Teller | None = None
        self._secret = secret
        self._clock = clock

    async def carry(self, telling: Telling, attempt: Attempt) -> None:
        """See `Carrier.carry`."""
        assert self.teller is not None
        more = {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": attempt.why} if attempt.number else {}
        watch = Watch()
        try:
            async with asyncio.timeout(self.teller.seconds):
                status, headers, answer = await self.post(*_encoded(telling), more)
        except TimeoutError:
            attempt.failure = "http_timeout"
        except aiohttp.ClientError:
            attempt.failure = "connection_failed"
        else:
            attempt.seconds, attempt.answer = watch.seconds, answer
            attempt.no_retry = headers.get("X-Slack-No-Retry") == "1"
            if status not in _OK:
                attempt.failure = "http_error"

    async def post(
        self,
        body: str,
        kind: str,
        more: dict[str, str] | None = None,
        *,
        secret: str | None = None,
        age: float = 0,
    ) -> tuple[int, dict[str, str], Any]:
        """Post a body, signed with a secret (Slack's own by default) at a time in the past."""
        timestamp = str(int(self._clock() - age))
        headers = {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(secret or self._secret, timestamp, body),
            **(more or {}),
        }
        return await self.send(body, headers)

    async def send(self, body: str, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        """Send a request as it is; for one that was sent before, a replay."""
        async with aiohttp.ClientSession() as session, session.post(self.url, data=body, headers=headers) as answer:
            text = await answer.text()
            self.requests.append((body, headers, answer.status))
            return answer.status, dict(answer.headers), _decoded(text, answer.content_type)

    async def verifies(self, challenge: str = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P") -> bool:
        """Whether the address answers Slack's challenge."""
        body = json.dumps({"token": "t", "challenge": challenge, "type": "url_verification"})
        status, _, answer = await self.post(body, "application/json")
        return status == 200 and answer in (challenge, {"challenge": challenge})


def _encoded(telling: Telling) -> tuple[str, str]:
    match telling.kind:
        case "events_api":
            return json.dumps(telling.payload), "application/json"
        case "slash_commands":
            return urlencode(telling.payload), FORM
        case _:
            return urlencode({"payload": json.dumps(telling.payload)}), FORM


def _decoded(text: str, kind: str) -> Any:
    """A body as Slack takes it: JSON, or words; nothing where it is empty."""
    if kind == "application/json" and text:
        return json.loads(text)
    return text or None
