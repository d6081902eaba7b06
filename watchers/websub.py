"""Feeds that are pushed by a hub: what is offered, asked, confirmed and believed (https://www.w3.org/TR/websub/). Pure.

Policy on mistakes: a hub is a help, never the only way. Whatever it does, the feed is still polled, slowly while the
hub keeps its promise and in its usual rhythm when it does not: if it refuses, if its promise ends, or if a poll finds
what it should have pushed. Nobody is believed who does not know the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from watchers.links import absolute_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from store.pushes import Push
    from watchers.parse import FeedHints

SUBSCRIBE: Final = "subscribe"
UNSUBSCRIBE: Final = "unsubscribe"
LEASE: Final = timedelta(days=10)
"""For how long a hub is asked to push; it decides for itself."""
SHORTEST_LEASE: Final = timedelta(hours=1)
"""A hub that wants to be asked more often than that costs more than it saves."""
LONGEST_LEASE: Final = timedelta(days=30)
CONFIRMED_WITHIN: Final = timedelta(days=1)
"""A hub may take its time to ask back (section 5.3), but not for ever."""
LATE: Final = timedelta(minutes=30)
"""What a poll finds this long after it was published should have been pushed."""
LONGEST_CHALLENGE: Final = 1_000
_PAUSE: Final = timedelta(hours=1)
_LONGEST_PAUSE: Final = timedelta(days=1)
_MOST_DOUBLINGS: Final = 5
_LONGEST_REASON: Final = 200

# RFC 8288, section 3; nothing is tried twice.
_LINK: Final = re.compile(r'<([^<>]*+)>((?:\s*+;\s*+[^\s,;="<>]++\s*+(?:=\s*+(?:"[^"]*+"|[^\s,;"<>]*+))?+)*+)')
_REL: Final = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s,;"]+))', re.IGNORECASE)
# Section 8: "sha1" is allowed; md5 and the like are not.
_METHODS: Final = frozenset({"sha1", "sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A hub, and the address under which it knows the feed."""

    hub: str
    topic: str


def offered(link: str | None, hints: FeedHints | None, url: str) -> Offer | None:
    """The hub that a feed offers: in the head of its answer, else in itself (section 4).

    Args:
        link: the `Link` fields of the answer.
        hints: what the feed says of itself; None where it was not read.
        url: the address that answered; it is the topic where no other is named.
    """
    head = list(_relations(link or ""))
    hub = _first(head, "hub", url)
    if hub:
        return Offer(hub, _first(head, "self", url) or url)
    return Offer(hints.hub, hints.topic or url) if hints and hints.hub else None


def _relations(link: str) -> Iterable[tuple[str, frozenset[str]]]:
    for found in _LINK.finditer(link):
        rel = _REL.search(found[2])
        yield found[1].strip(), frozenset((rel[1] or rel[2] or "").lower().split()) if rel else frozenset()


def _first(relations: Iterable[tuple[str, frozenset[str]]], rel: str, url: str) -> str | None:
    found = (absolute_link(address, url) for address, rels in relations if rel in rels)
    return next((address for address in found if address), None)


def is_promised(push: Push, now: datetime) -> bool:
    """Whether the hub has promised to push the feed, and the promise holds."""
    return push.until is not None and push.until > now


def is_due(push: Push, now: datetime) -> bool:
    """Whether the hub is to be asked now: for the first time, anew, or again."""
    return push.next_try is None or push.next_try <= now


def asking(push: Push, mode: str, now: datetime) -> Push:
    """The push while its hub is being asked: it may ask back before it answers."""
    return replace(push, asked=mode, asked_at=now, next_try=now + _pause(push.failures), failures=push.failures + 1)


def form(push: Push, callback: str) -> dict[str, str]:
    """What is sent to the hub (section 5.1)."""
    asked = {"hub.mode": push.asked or SUBSCRIBE, "hub.topic": push.topic, "hub.callback": callback}
    if push.asked == UNSUBSCRIBE:
        return asked
    return asked | {"hub.lease_seconds": f"{LEASE.total_seconds():.0f}", "hub.secret": push.secret}


def confirmed(push: Push, query: Mapping[str, str], now: datetime) -> Push | None:
    """The push after its hub asked back whether we mean it (section 5.3); None where we do not."""
    wanted = push.asked and push.asked == query.get("hub.mode") and push.topic == query.get("hub.topic")
    if not (wanted and push.asked_at and now - push.asked_at <= CONFIRMED_WITHIN):
        return None
    if push.asked == UNSUBSCRIBE:
        return replace(push, asked=None, since=None, until=None, next_try=None)
    lease = _lease(query.get("hub.lease_seconds"))
    if lease < SHORTEST_LEASE:
        return None
    return replace(
        push,
        asked=None,
        since=push.since or now,
        until=now + lease,
        next_try=now + 0.75 * lease,
        failures=0,
        error=None,
    )


def failed(push: Push, error: str) -> Push:
    """The push after its hub refused or could not be asked. What it promised before still holds."""
    return replace(push, asked=None, error=error[:_LONGEST_REASON])


def given_up(push: Push, error: str, now: datetime) -> Push:
    """The push after its hub took its promise back, or did not keep it (section 5.2)."""
    resting = now + _LONGEST_PAUSE
    return replace(
        push, asked=None, since=None, until=None, next_try=resting, failures=1, error=error[:_LONGEST_REASON]
    )


def was_missed(push: Push, published: Iterable[datetime], now: datetime) -> bool:
    """Whether a poll found what the hub had promised to push, and had the time for."""
    since = push.since
    return since is not None and is_promised(push, now) and any(since < one <= now - LATE for one in published)


def is_signed(push: Push, signature: str | None, body: bytes) -> bool:
    """Whether a body comes from somebody who knows the secret (section 8)."""
    method, _, given = (signature or "").partition("=")
    if method not in _METHODS or not given.isascii():
        return False
    expected = hmac.new(push.secret.encode(), body, getattr(hashlib, method)).hexdigest()
    return hmac.compare_digest(expected, given.strip().lower())


def _lease(text: str | None) -> timedelta:
    """How long the hub promises to push; what we asked for where it does not say."""
    if text is None or not re.fullmatch(r"[0-9]{1,12}", text):
        return LEASE
    return timedelta(seconds=min(int(text), LONGEST_LEASE.total_seconds()))


def _pause(failures: int) -> timedelta:
    doubled: timedelta = _PAUSE * 2 ** min(failures, _MOST_DOUBLINGS)
    return min(doubled, _LONGEST_PAUSE)
