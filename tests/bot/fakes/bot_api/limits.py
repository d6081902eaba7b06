"""Telegram's pace: what the server counts of what it is sent."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Final

OVERALL: Final = 30
GROUP: Final = 20
# A request takes a while to arrive, so moments that were kept apart may come a little closer together.
_SECOND: Final = 0.95
_MINUTE: Final = 59.5


@dataclass(frozen=True, slots=True)
class Violation:
    """A message that came too soon; `limit` is `overall`, `chat` or `group`."""

    limit: str
    chat_id: int
    at: float
    retry_after: int


@dataclass(slots=True)
class Pace:
    """Counts messages and edits: 30 a second in all, 20 a minute in a group, one a second in a chat with short bursts.

    Attributes:
        enforced: whether what comes too soon is refused with 429; it is counted in any case.
        burst: how many messages may come at once in one chat, before one a second is held to.
    """

    enforced: bool = False
    burst: int = 3
    violations: list[Violation] = field(default_factory=list)
    _overall: deque[float] = field(default_factory=deque)
    _groups: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _buckets: dict[int, tuple[float, float]] = field(default_factory=dict)

    def judge(self, chat_id: int, now: float, *, group: bool) -> int | None:
        """Count one message.

        Returns:
            Seconds to wait if it is to be refused, else None.
        """
        waits = {"overall": _wait(self._overall, OVERALL, _SECOND, now), "chat": self._chat_wait(chat_id, now)}
        if group:
            waits["group"] = _wait(self._groups[chat_id], GROUP, _MINUTE, now)
        late = {limit: math.ceil(wait) for limit, wait in waits.items() if wait > 0}
        self.violations += [Violation(limit, chat_id, now, max(wait, 1)) for limit, wait in late.items()]
        if late and self.enforced:
            return max(1, *late.values())
        self._count(chat_id, now, group=group)
        return None

    def _chat_wait(self, chat_id: int, now: float) -> float:
        return (1 - self._tokens(chat_id, now)) * _SECOND

    def _tokens(self, chat_id: int, now: float) -> float:
        tokens, then = self._buckets.get(chat_id, (float(self.burst), now))
        return min(float(self.burst), tokens + (now - then) / _SECOND)

    def _count(self, chat_id: int, now: float, *, group: bool) -> None:
        self._overall.append(now)
        if group:
            self._groups[chat_id].append(now)
        self._buckets[chat_id] = (max(self._tokens(chat_id, now) - 1, 0), now)


def _wait(sent: deque[float], most: int, window: float, now: float) -> float:
    while sent and sent[0] <= now - window:
        sent.popleft()
    return sent[-most] + window - now if len(sent) >= most else 0.0
