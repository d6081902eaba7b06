"""When to come back to a feed, and what to remember of its answer. Pure: no clock, no chance, no network.

Policy on mistakes: a server that says when to come back is believed up to a bound, a hint without sense is as none.
Validators stand for the last answer that was a whole feed and nothing else, because a server may well answer 304 to the
validators of its own error page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from watchers.timestamps import http_date

if TYPE_CHECKING:
    from store.feeds import FeedState
    from watchers.fetch import Fetched, Headers
    from watchers.parse import FeedHints

_OK: Final = 200
_UNCHANGED: Final = 304
_GONE: Final = 410
_WAITING: Final = frozenset({429, 503})
_DAY: Final = 86_400.0
# More doublings than this make no difference to anything but the size of the number.
_MOST_DOUBLINGS: Final = 30

_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})\"?\s*(?=,|$)", re.IGNORECASE)
_FRESH_ONLY: Final = re.compile(r"(?:^|[,\s])no-(?:cache|store)(?![\w=-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to go, in seconds.

    Attributes:
        interval: between two polls of a feed that asks for nothing else; never sooner.
        longest_hint: the longest wait that a feed or a server can ask for.
        longest_pause: the longest wait after errors.
        jitter: up to this part of a wait is added, so that feeds polled together do not stay together.
    """

    interval: float = 1_800.0
    longest_hint: float = 3 * _DAY
    longest_pause: float = _DAY
    jitter: float = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one poll went.

    Attributes:
        answer: what the server said, None where there was no answer.
        error: one line; None where the poll gave what it should.
        hints: of the feed that was parsed; None where none was, or where it was the same body as before.
        body_hash: of a body that was a feed.
        flaw: why a feed that was parsed must be asked for in full again; None where all is well.
        hopeless: the error will not pass by itself.
    """

    answer: Fetched | None = None
    error: str | None = None
    hints: FeedHints | None = None
    body_hash: str | None = None
    flaw: str | None = None
    hopeless: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The feed's next state, and why it is that."""

    state: FeedState
    reason: str


def decide(state: FeedState, outcome: Outcome, *, now: datetime, jitter: float, pace: Pace = Pace()) -> Decision:
    """What to remember of a poll and when to poll again.

    Args:
        state: the feed before the poll.
        outcome: how the poll went.
        now: when it went so.
        jitter: 0 to 1, the feed's lot in the spread.
        pace: the bounds.
    """
    answer = outcome.answer
    seen = replace(state, last_status=answer.status if answer else None)
    turn = _Turn(seen, now, jitter, pace)
    if answer and answer.status == _GONE:
        return turn.gone()
    if outcome.error or not answer:
        return turn.failed(outcome.error or "no answer", hopeless=outcome.hopeless)
    if answer.status == _OK:
        return turn.good(answer, outcome)
    if answer.status == _UNCHANGED:
        return turn.unchanged(answer)
    return turn.refused(answer)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One feed, one moment: the four ways a poll can end."""

    state: FeedState
    now: datetime
    jitter: float
    pace: Pace

    def good(self, answer: Fetched, outcome: Outcome) -> Decision:
        hints = outcome.hints
        interval = max(self.pace.interval, self._bounded(wished(hints) if hints else self.state.interval))
        wait = max(interval, self._bounded(freshness(answer.headers, self.now)))
        due = self._due(wait)
        # After a flaw the next poll must get the whole of it, whatever the server thinks that we have.
        whole = not outcome.flaw
        state = replace(
            self._well(),
            address=answer.permanent_url or self.state.address,
            etag=answer.headers.etag if whole else None,
            last_modified=answer.headers.last_modified if whole else None,
            body_hash=outcome.body_hash if whole else None,
            interval=interval,
            next_poll=self._past_skipped(due, hints) if hints else due,
            last_error=outcome.flaw,
            baseline_done=True,
        )
        return self._decision(state, outcome.flaw or "a feed")

    def unchanged(self, answer: Fetched) -> Decision:
        if not (self.state.etag or self.state.last_modified):
            return self.failed("answers 304 (unchanged) to a request without conditions")
        head = answer.headers
        wait = max(self.pace.interval, self._bounded(self.state.interval), self._bounded(freshness(head, self.now)))
        state = replace(
            self._well(),
            etag=head.etag or self.state.etag,
            last_modified=head.last_modified or self.state.last_modified,
            next_poll=self._due(wait),
        )
        return self._decision(state, "unchanged")

    def refused(self, answer: Fetched) -> Decision:
        asked = retry_after(answer.headers, self.now) if answer.status in _WAITING else 0.0
        return self.failed(f"answers HTTP {answer.status}", at_least=self._bounded(asked))

    def failed(self, error: str, *, hopeless: bool = False, at_least: float = 0.0) -> Decision:
        failures = self.state.failures + 1
        pause = self.pace.interval * 2 ** min(failures - 1, _MOST_DOUBLINGS)
        # The bound holds with the jitter on top; an interval longer than the bound stays what it is.
        longest = max(self.pace.interval, self.pace.longest_pause / (1 + self.pace.jitter))
        wait = max(at_least, longest if hopeless else min(pause, longest))
        state = replace(self.state, failures=failures, last_error=error, next_poll=self._due(wait))
        return self._decision(state, f"{error}; failure {failures} in a row")

    def gone(self) -> Decision:
        error = "answers HTTP 410: the feed is gone for good and is polled no more"
        return Decision(replace(self.state, gone=True, next_poll=None, last_error=error), error)

    def _decision(self, state: FeedState, why: str) -> Decision:
        pause = ((state.next_poll or self.now) - self.now).total_seconds()
        return Decision(state, f"{why}; next poll in {pause:.0f} s")

    def _well(self) -> FeedState:
        return replace(self.state, failures=0, last_ok=self.now, last_error=None)

    def _bounded(self, seconds: float) -> float:
        return min(seconds, self.pace.longest_hint)

    def _due(self, wait: float) -> datetime:
        return self.now + timedelta(seconds=wait * (1 + self.pace.jitter * self.jitter))

    def _past_skipped(self, due: datetime, hints: FeedHints) -> datetime:
        """The first moment from `due` on in no skipped hour or day (both GMT); `due` if that takes for ever."""
        start = due.astimezone(UTC)
        for hours in range(int(self.pace.longest_hint // 3600) + 1):
            at = start + timedelta(hours=hours)
            if at.hour not in hints.skip_hours and at.weekday() not in hints.skip_days:
                return at
        return due


def wished(hints: FeedHints) -> float:
    """The longest interval that the feed itself asks for, in seconds; 0 where it asks for none."""
    return max(hints.ttl or 0.0, hints.update_period or 0.0)


def freshness(head: Headers, now: datetime) -> float:
    """For how many seconds the server calls its answer fresh: max-age less Age, else Expires; 0 if it says nothing."""
    control = head.cache_control or ""
    if _FRESH_ONLY.search(control):
        return 0.0
    found = _MAX_AGE.search(control)
    if found:
        age = int(head.age) if head.age and re.fullmatch(r"\d{1,12}", head.age) else 0
        return float(max(0, int(found[1]) - age))
    return _until(head.expires, head, now)


def retry_after(head: Headers, now: datetime) -> float:
    """How many seconds the server asks to wait, given as seconds or as a date; 0 where it does not ask in earnest."""
    text = head.retry_after or ""
    if re.fullmatch(r"\d{1,12}", text):
        return float(text)
    return _until(text, head, now)


def _until(text: str | None, head: Headers, now: datetime) -> float:
    """Seconds until a date by the server's own clock, which may be wrong; never negative."""
    then = http_date(text) if text else None
    if then is None:
        return 0.0
    clock = (http_date(head.date) if head.date else None) or now
    return max(0.0, (then - clock).total_seconds())
