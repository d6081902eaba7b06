"""When to come back to a feed, and what to remember of its answer. Pure: no clock, no chance, no network.

Policy on mistakes: a server that says when to come back is believed up to a bound, a hint without sense is as none.
Validators stand for the last answer that was a whole feed and nothing else, because a server may well answer 304 to the
validators of its own error page.

The pace of a feed that is well:

    unless it says otherwise                                    every `interval`
    it gives no validators, or does not know its own again      half its rhythm, between `unvalidated` and twice that
    it invites to come sooner, and its validators work          half its rhythm, but no sooner than it says, nor than
                                                                `fastest`
    it or its server asks for a longer pause                    that pause, up to `longest_hint`
    a hub has promised to push it                               every `pushed`, and when the promise ends
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from watchers.timestamps import http_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.feeds import FeedState
    from watchers.fetch import Fetched, Headers
    from watchers.parse import FeedHints

_OK: Final = 200
_PART: Final = 226
_UNCHANGED: Final = 304
_GONE: Final = 410
_TOO_MANY: Final = 429
_DAY: Final = 86_400.0
# More doublings than this make no difference to anything but the size of the number.
_MOST_DOUBLINGS: Final = 30

# A new report moves the mean by a tenth of the difference: about the last twenty reports count.
_RHYTHM_WEIGHT: Final = 0.1
# The longest pause between two reports is forgotten by and by, so that one summer break does not silence the alarm.
_GAP_DECAY: Final = 0.98
# A pause counts for so many times the rhythm at the most.
_OUTLIER: Final = 100
_SHORTEST_SILENCE: Final = _DAY
_TOO_LONG_FAILING: Final = timedelta(days=1)

_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})\"?\s*(?=,|$)", re.IGNORECASE)
_FRESH_ONLY: Final = re.compile(r"(?:^|[,\s])no-(?:cache|store)(?![\w=-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to go, in seconds.

    Attributes:
        interval: between two polls of a feed that asks for nothing else.
        fastest: the same for a feed that invites to come sooner; never sooner than that.
        unvalidated: the same for a feed that has to be sent whole each time.
        invitation: a shorter hint says only that somebody's cache is short-lived, and invites to nothing.
        longest_hint: the longest wait that a feed or a server can ask for.
        longest_pause: the longest wait after errors.
        validators_for: how long validators are used without the feed coming whole: some servers answer 304 for ever.
        pushed: the interval of a feed that a hub pushes: polls only see to it that the hub keeps its promise.
        jitter: up to this part of a wait is added, so that feeds polled together do not stay together.
    """

    interval: float = 1_800.0
    fastest: float = 600.0
    unvalidated: float = 3_600.0
    invitation: float = 300.0
    longest_hint: float = 3 * _DAY
    longest_pause: float = _DAY
    validators_for: float = 8 * _DAY
    pushed: float = 10_800.0
    jitter: float = 0.1


class Outcome(NamedTuple):
    """How one poll went.

    Attributes:
        answer: what the server said, None where there was no answer.
        error: one line; None where the poll gave what it should.
        hints: of the feed that was parsed; None where none was, or where it was the same body as before.
        body_hash: of a body that was a feed.
        published: when the reports that were new in it were published.
        flaw: why a feed that was parsed must be asked for in full again; None where all is well.
        hopeless: the error will not pass by itself.
    """

    answer: Fetched | None = None
    error: str | None = None
    hints: FeedHints | None = None
    body_hash: str | None = None
    published: tuple[datetime, ...] = ()
    flaw: str | None = None
    hopeless: bool = False


class Decision(NamedTuple):
    """The feed's next state, and why it is that. `host_rests` is until when its host wants to hear nothing at all."""

    state: FeedState
    reason: str
    host_rests: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an owner must know of a feed: `key` names this spell of trouble, `text` is one line."""

    key: str
    text: str


def decide(  # noqa: PLR0913 - each is one more thing that is known or chosen, all but two given by name
    state: FeedState,
    outcome: Outcome,
    *,
    now: datetime,
    jitter: float,
    pace: Pace = Pace(),
    pushed_until: datetime | None = None,
) -> Decision:
    """What to remember of a poll and when to poll again.

    Args:
        state: the feed before the poll.
        outcome: how the poll went.
        now: when it went so.
        jitter: 0 to 1, the feed's lot in the spread.
        pace: the bounds.
        pushed_until: until when a hub has promised to push the feed, None where none has.
    """
    answer = outcome.answer
    turn = _Turn(state, now, jitter, pace, answer.status if answer else None, pushed_until)
    if answer and answer.status == _GONE:
        return turn.gone()
    if outcome.error or not answer:
        return turn.failed(outcome.error or "no answer", hopeless=outcome.hopeless)
    if answer.status in {_OK, _PART}:
        return turn.good(answer, outcome)
    if answer.status == _UNCHANGED:
        return turn.unchanged(answer)
    return turn.refused(answer)


def pushed(state: FeedState, outcome: Outcome, *, now: datetime) -> FeedState:
    """The feed after a hub pushed something of it: its rhythm goes on, its next poll stays when it is."""
    return _in_rhythm(state, outcome.published, now)._replace(last_ok=now)


def lease(state: FeedState, pace: Pace = Pace()) -> float:
    """For how many seconds a feed is taken as asked from the moment before it is.

    Should the program end before it knows the answer, the feed is not asked again sooner than it would have been.
    """
    return max(pace.interval, state.interval, _backoff(state.failures, pace) if state.failures else 0.0)


def trouble(state: FeedState) -> Trouble | None:
    """Why somebody should look at a feed: gone, failing for a day, or silent for much longer than usual; None if well.

    It is measured at the feed's last poll: while the program does not run, nothing fails and nothing falls silent.
    """
    if state.gone:
        return Trouble("gone", state.last_error or "is gone for good")
    if state.failing_since and state.asked_at and state.asked_at - state.failing_since >= _TOO_LONG_FAILING:
        text = f"has failed since {_day(state.failing_since)}: {state.last_error}"
        return Trouble(f"failing since {state.failing_since.isoformat()}", text)
    if state.last_item and silent(state):
        usual = f"its usual rhythm is one report every {span(state.rhythm or 0.0)}"
        return Trouble(
            f"silent since {state.last_item.isoformat()}",
            f"answers, but has published nothing since {_day(state.last_item)}; {usual}",
        )
    return None


def silent(state: FeedState) -> bool:
    """Whether a feed, at its last good poll, had brought nothing for much longer than usual."""
    limit = silence(state)
    if not (limit and state.last_item and state.last_ok):
        return False
    return (state.last_ok - state.last_item).total_seconds() > limit


def silence(state: FeedState) -> float | None:
    """After how many seconds without a report a feed counts as silent; None while its rhythm is not known.

    Three times its rhythm, and longer than its usual nights, weekends and holidays.
    """
    if state.rhythm is None:
        return None
    return max(3 * state.rhythm, 1.5 * (state.longest_gap or 0.0), _SHORTEST_SILENCE)


def span(seconds: float) -> str:
    """A length of time in its largest fitting unit: `40 minutes`, `3 hours`, `2 days`."""
    for size, unit in ((_DAY, "day"), (3_600.0, "hour"), (60.0, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {unit}" + ("s" if count != 1 else "")
    return "less than a minute"


class _Turn(NamedTuple):
    """One feed, one moment: the four ways a poll can end."""

    state: FeedState
    now: datetime
    jitter: float
    pace: Pace
    status: int | None
    pushed_until: datetime | None = None

    def good(self, answer: Fetched, outcome: Outcome) -> Decision:
        head = answer.headers
        state = _in_rhythm(self._hinted(outcome.hints), outcome.published, self.now)
        same_as_asked = (head.etag, head.last_modified) == (state.etag, state.last_modified)
        if outcome.hints is None and same_as_asked and (state.etag or state.last_modified):
            state = state._replace(validated=False)
        # After a flaw or a part the next poll must get the whole of it, whatever the server thinks that we have.
        whole = not outcome.flaw and answer.status == _OK
        # What a feed holds at first sight is known once it came whole, or with the same flaw for the second time.
        seen = whole or self.state.full_at is not None
        state = state._replace(
            **self._well(outcome.flaw),
            address=answer.permanent_url or state.address,
            etag=head.etag if whole else None,
            last_modified=head.last_modified if whole else None,
            body_hash=outcome.body_hash if whole else None,
            full_at=self.now,
            baseline_done=state.baseline_done or seen,
        )
        return self._next(state, head, outcome.flaw or "a feed", validators=bool(head.etag or head.last_modified))

    def unchanged(self, answer: Fetched) -> Decision:
        if not (self.state.etag or self.state.last_modified):
            return self.failed("answers 304 (unchanged) to a request without conditions")
        head = answer.headers
        full_at = self.state.full_at or self.now
        stale = (self.now - full_at).total_seconds() >= self.pace.validators_for
        state = self.state._replace(
            **self._well(),
            etag=None if stale else head.etag or self.state.etag,
            last_modified=None if stale else head.last_modified or self.state.last_modified,
            validated=True,
            full_at=full_at,
        )
        why = f"unchanged for {span(self.pace.validators_for)}" if stale else "unchanged"
        return self._next(state, head, why, validators=True)

    def refused(self, answer: Fetched) -> Decision:
        # RFC 9110 10.2.3 names 503, RFC 6585 429; whatever else refuses and says when to come back means it too.
        wait = self._bounded(retry_after(answer.headers, self.now))
        decision = self.failed(f"answers HTTP {answer.status}", at_least=wait)
        rests = self.now + timedelta(seconds=wait) if wait and answer.status == _TOO_MANY else None
        return decision._replace(host_rests=rests)

    def failed(self, error: str, *, hopeless: bool = False, at_least: float = 0.0) -> Decision:
        failures = self.state.failures + 1
        pause = _longest(self.pace) if hopeless else _backoff(failures, self.pace)
        state = self.state._replace(
            **self._asked(),
            failures=failures,
            failing_since=self.state.failing_since or self.now,
            last_error=error,
            next_poll=self._due(max(at_least, pause)),
        )
        return self._decision(state, f"{error}; failure {failures} in a row")

    def gone(self) -> Decision:
        error = "answers HTTP 410: the feed is gone for good and is polled no more"
        return Decision(self.state._replace(**self._asked(), gone=True, next_poll=None, last_error=error), error)

    def _next(self, state: FeedState, head: Headers, why: str, *, validators: bool) -> Decision:
        """The state with its next poll; `validators` says whether the server gives any."""
        asked = max(state.wished, freshness(head, self.now))
        wait = max(self._own(state, asked, validators=validators), self._bounded(asked))
        state = state._replace(interval=wait, next_poll=self._past_skipped(state, self._due(wait)))
        return self._decision(state, why)

    def _own(self, state: FeedState, asked: float, *, validators: bool) -> float:
        """The interval that we choose where the feed asks to be asked every so many seconds, 0 for not at all."""
        pace, half = self.pace, (state.rhythm or 0.0) / 2
        if self.pushed_until and self.pushed_until > self.now:
            return max(pace.interval, min(pace.pushed, (self.pushed_until - self.now).total_seconds()))
        if not validators or state.validated is False:
            slow = max(pace.interval, pace.unvalidated)
            return min(max(half, slow), 2 * slow)
        if state.validated and pace.invitation <= asked < pace.interval and half:
            return min(max(half, asked, pace.fastest), pace.interval)
        return pace.interval

    def _hinted(self, hints: FeedHints | None) -> FeedState:
        """The state with what the feed says of itself; what it said last holds until it comes whole again."""
        if hints is None:
            return self.state
        return self.state._replace(
            wished=wished(hints), skip_hours=_bits(hints.skip_hours), skip_days=_bits(hints.skip_days)
        )

    def _decision(self, state: FeedState, why: str) -> Decision:
        pause = ((state.next_poll or self.now) - self.now).total_seconds()
        return Decision(state, f"{why}; next poll in {pause:.0f} s")

    def _asked(self) -> dict[str, Any]:
        """What every poll changes."""
        return {"last_status": self.status, "asked_at": self.now}

    def _well(self, flaw: str | None = None) -> dict[str, Any]:
        """What every poll changes that gave an answer to use."""
        return {**self._asked(), "failures": 0, "failing_since": None, "last_ok": self.now, "last_error": flaw}

    def _bounded(self, seconds: float) -> float:
        return min(seconds, self.pace.longest_hint)

    def _due(self, wait: float) -> datetime:
        return self.now + timedelta(seconds=wait * (1 + self.pace.jitter * self.jitter))

    def _past_skipped(self, state: FeedState, due: datetime) -> datetime:
        """The first moment from `due` on in no skipped hour or day (both GMT); `due` if that takes for ever."""
        if not (state.skip_hours or state.skip_days):
            return due
        start = due.astimezone(UTC)
        for hours in range(int(self.pace.longest_hint // 3600) + 1):
            at = start + timedelta(hours=hours)
            if not (state.skip_hours >> at.hour & 1 or state.skip_days >> at.weekday() & 1):
                return at
        return due


def _backoff(failures: int, pace: Pace) -> float:
    """The pause after so many failures in a row: it doubles up to a bound."""
    return min(pace.interval * 2.0 ** min(failures - 1, _MOST_DOUBLINGS), _longest(pace))


def _longest(pace: Pace) -> float:
    """The longest pause after errors. The bound holds with the jitter on top; a longer interval stays what it is."""
    return max(pace.interval, pace.longest_pause / (1 + pace.jitter))


def _in_rhythm(state: FeedState, published: Iterable[datetime], now: datetime) -> FeedState:
    """The state with the rhythm in which new reports came. Dates ahead of the clock count as now."""
    moments = sorted({min(moment, now) for moment in published})
    if not moments:
        return state
    last, rhythm, longest = state.last_item, state.rhythm, state.longest_gap or 0.0
    pairs = pairwise([last, *moments] if last else moments)
    # Late-comers tell nothing of the rhythm: only what came after all the others counts.
    gaps = [gap for before, after in pairs if (gap := (after - before).total_seconds()) > 0]
    for gap in gaps:
        # One very old report that stays on top of a feed must not pass for its rhythm.
        rhythm = median(gaps) if rhythm is None else rhythm
        told = min(gap, _OUTLIER * rhythm)
        rhythm += _RHYTHM_WEIGHT * (told - rhythm)
        longest = max(told, longest * _GAP_DECAY)
    newest = max(moments[-1], last) if last else moments[-1]
    return state._replace(last_item=newest, rhythm=rhythm, longest_gap=longest or None)


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in set(numbers))


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


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
