"""What `feeds list` and `check --feeds` say of feeds, as text and as data. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from store.feeds import FeedState

_PASSWORD: Final = re.compile(r"^([a-z]+://[^/?#@:]*:)[^/?#@]*@", re.IGNORECASE)
_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400


class Checked(Protocol):
    """How one feed was found when it was asked."""

    @property
    def url(self) -> str:
        """Its address in the list."""

    @property
    def outlet(self) -> str:
        """Who speaks there."""

    @property
    def condition(self) -> str:
        """How it is, in a word or two."""

    @property
    def detail(self) -> str:
        """A line that says more."""


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One feed: what is known of it, and how it is doing; `silent` where it has long brought nothing."""

    state: FeedState
    silent: bool
    now: datetime

    @property
    def health(self) -> str:
        """`new`, `well`, `silent`, `failing`, `gone`, or `twin` for one that moved to where another listed one is."""
        state = self.state
        if state.gone:
            return "gone"
        if state.twin_of:
            return "twin"
        if state.failures or state.last_error:
            return "failing"
        if state.last_ok is None:
            return "new"
        return "silent" if self.silent else "well"

    def json(self) -> dict[str, Any]:
        """The feed as data; moments are ISO 8601, rhythm and interval are seconds."""
        state, spec = self.state, self.state.spec
        return {
            "url": _without_password(spec.url),
            "outlet": spec.outlet,
            "country": spec.country,
            "lang": spec.lang,
            "kind": spec.kind,
            "group": spec.group,
            "health": self.health,
            "rhythm": state.rhythm,
            "last_item": _iso(state.last_item),
            "last_ok": _iso(state.last_ok),
            "next_poll": _iso(state.next_poll),
            "interval": state.interval,
            "failures": state.failures,
            "last_status": state.last_status,
            "last_error": state.last_error,
            "address": _without_password(state.address),
        }

    def cells(self) -> tuple[str, ...]:
        """The feed as the cells of a table."""
        state = self.state
        return (
            self.health,
            state.spec.outlet,
            f"every {_long(state.rhythm)}" if state.rhythm is not None else "–",
            _ago(state.last_item, self.now),
            _until(state, self.now),
            state.last_error or "–",
            _without_password(state.spec.url),
        )

    def block(self) -> tuple[str, ...]:
        """The feed as lines for a narrow terminal: who and how, then what there is to say, then where."""
        health, outlet, rhythm, last_item, next_poll, error, address = self.cells()
        told = [f"last item {last_item}" if self.state.last_item else "", rhythm if self.state.rhythm else ""]
        times = ", ".join([*filter(None, told), f"next poll {next_poll}"])
        return (f"{health:8}{outlet}", times, *((error,) if self.state.last_error else ()), address)


HEADS: Final = ("Health", "Outlet", "Rhythm", "Last item", "Next poll", "Last error", "Address")


def checked_line(one: Checked) -> str:
    """What a check found at one feed."""
    return f"{one.condition}\t{one.outlet}\t{_without_password(one.url)}\t{one.detail}"


def checked_block(one: Checked) -> tuple[str, ...]:
    """What a check found at one feed, as lines for a terminal; the address only where the detail does not tell it."""
    url = _without_password(one.url)
    where = () if url.partition("?")[0] in one.detail else (url,)
    return (f"{one.condition:14}{one.outlet}", *where, one.detail)


def _without_password(url: str) -> str:
    """An address as it may stand on a screen."""
    return _PASSWORD.sub(r"\1***@", url)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _ago(moment: datetime | None, now: datetime) -> str:
    return f"{_long((now - moment).total_seconds())} ago" if moment else "–"


def _until(state: FeedState, now: datetime) -> str:
    if state.gone or state.twin_of:
        return "never"
    if state.next_poll is None or state.next_poll <= now:
        return "due"
    return f"in {_long((state.next_poll - now).total_seconds())}"


def _long(seconds: float) -> str:
    """A time that a person takes in at a glance."""
    seconds = max(0.0, seconds)
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"
