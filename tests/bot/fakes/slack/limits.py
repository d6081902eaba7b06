"""Slack's pace: what the server counts of what it is sent.

After https://docs.slack.dev/apis/web-api/rate-limits: a message a second in a channel, and for every method as many
calls a minute as its tier allows.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Final

# A request takes a while to arrive, so moments that were kept apart may come a little closer together.
_SECOND: Final = 0.95
_MINUTE: Final = 59.5
TIERS: Final = {1: 1, 2: 20, 3: 50, 4: 100}
_TIER_OF: Final = {
    "chat.update": 3, "chat.delete": 3, "chat.postEphemeral": 4, "conversations.list": 2, "conversations.info": 3,
    "conversations.members": 4, "conversations.replies": 3, "conversations.history": 3, "conversations.join": 3,
    "conversations.open": 3, "users.info": 4, "users.list": 2, "views.open": 4, "views.push": 4, "views.update": 4,
    "views.publish": 4, "files.getUploadURLExternal": 4, "files.completeUploadExternal": 4, "team.info": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Violation:
    """A call that came too soon; `limit` is `channel` or the method's name."""

    limit: str
    channel: str
    at: float
    retry_after: int


@dataclass(slots=True)
class Pace:
    """Counts messages by channel and calls by method.

    Attributes:
        enforced: whether what comes too soon is refused with 429; it is counted in any case.
        burst: how many messages may come at once in one channel, before one a second is held to.
    """

    enforced: bool = False
    burst: int = 3
    violations: list[Violation] = field(default_factory=list)
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def posted(self, channel: str, now: float) -> int | None:
        """Count one message; seconds to wait if it is to be refused, else None."""
        tokens = self._tokens(channel, now)
        if (wait := self._late("channel", channel, now, (1 - tokens) * _SECOND)) is not None:
            return wait
        self._buckets[channel] = (max(tokens - 1, 0), now)
        return None

    def called(self, method: str, now: float) -> int | None:
        """Count one call; seconds to wait if it is to be refused, else None."""
        if method not in _TIER_OF:
            return None
        most, calls = TIERS[_TIER_OF[method]], self._calls[method]
        while calls and calls[0] <= now - _MINUTE:
            calls.popleft()
        wait = calls[-most] + _MINUTE - now if len(calls) >= most else 0.0
        if (late := self._late(method, "", now, wait)) is not None:
            return late
        calls.append(now)
        return None

    def _tokens(self, channel: str, now: float) -> float:
        tokens, then = self._buckets.get(channel, (float(self.burst), now))
        return min(float(self.burst), tokens + (now - then) / _SECOND)

    def _late(self, limit: str, channel: str, now: float, wait: float) -> int | None:
        # Sums of fractions: what is a millionth short is none.
        if wait <= 1e-6:
            return None
        seconds = max(1, math.ceil(wait))
        self.violations.append(Violation(limit, channel, now, seconds))
        return seconds if self.enforced else None
