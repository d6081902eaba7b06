"""What a test can make go wrong: refusals, error pages, garbage, slowness, and answers that never come."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from tests.bot.fakes.slack.refusals import RefusedError

if TYPE_CHECKING:
    from tests.bot.fakes.slack.refusals import Params

MESSAGES: Final = frozenset({"chat.postMessage", "chat.update", "chat.postEphemeral", "files.completeUploadExternal"})
Ending = Literal["answer", "hang", "cut"]


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as it goes over the wire."""

    status: int
    body: str
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """Something that goes wrong with the next calls that it means.

    Attributes:
        page: what is answered instead of the truth, if anything.
        accepts: what was asked is done all the same, before anything goes wrong.
        ending: whether an answer is given, or the connection is held open or cut instead.
        seconds: how long the answer takes.
        method: the method meant, `messages` for those that show or change one, `*` for all.
        channel: the channel meant, None for all.
        contains: words that an argument of the call has.
        times: how many calls it spoils; None for all from now on.
    """

    page: Page | None = None
    accepts: bool = False
    ending: Ending = "answer"
    seconds: float = 0.0
    method: str = "messages"
    channel: str | None = None
    contains: str = ""
    times: int | None = 1

    def means(self, method: str, params: Params) -> bool:
        if self.times == 0 or (self.channel is not None and params.text("channel") != self.channel):
            return False
        return self._names(method) and any(self.contains in str(value) for value in ("", *params.values.values()))

    def _names(self, method: str) -> bool:
        match self.method:
            case "*":
                return True
            case "messages":
                return method in MESSAGES
            case _:
                return self.method == method

    def used(self) -> None:
        if self.times is not None:
            self.times -= 1


def refused(error: str, status: int = 200, **more: Any) -> Fault:
    """Slack's own refusal."""
    return Fault(Page(status, json.dumps(RefusedError(error, **more).as_json())))


def limited(seconds: int) -> Fault:
    """Too many requests."""
    body = json.dumps({"ok": False, "error": "ratelimited"})
    return Fault(Page(429, body, headers={"Retry-After": str(seconds)}))


def page(status: int, body: str = "<html>try later</html>") -> Fault:
    """A page that is not the Web API's, say a proxy's."""
    return Fault(Page(status, body, "text/html"))


def garbage(body: str = '{"ok": tru') -> Fault:
    """An answer that is no JSON."""
    return Fault(Page(200, body))


def hanging(*, accepts: bool = True) -> Fault:
    """No answer while the connection stays open; the message is there if `accepts`."""
    return Fault(accepts=accepts, ending="hang")


def cutting(*, accepts: bool = True) -> Fault:
    """The connection is cut instead of an answer; the message is there if `accepts`."""
    return Fault(accepts=accepts, ending="cut")


def slow(seconds: float) -> Fault:
    """The true answer, late."""
    return Fault(accepts=True, seconds=seconds)
