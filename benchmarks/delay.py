"""How long after its publication a report is alerted, over the shipped list of feeds: a simulation of two weeks.

When a feed is asked is decided by the real rules (`watchers.politeness`). How servers behave is assumed, because nobody
is asked for it here: `SERVERS` says which part of the feeds does what, `EVERY_HOURS` how often each kind publishes by
day (a quarter of that by night). Every feed counts alike, whatever it publishes; the step of an event that several
outlets tell of within the same quarter of an hour is alerted with the first that is seen.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from statistics import median, quantiles
from typing import TYPE_CHECKING

from config.sources import load_feeds
from store.feeds import FeedSpec, FeedState
from watchers.fetch import Fetched, Headers
from watchers.parse import FeedHints
from watchers.politeness import Outcome, Pace, decide

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2025, 11, 3, tzinfo=UTC)
DAYS = 14
SETTLED_DAYS = 2
"""What is published earlier does not count: a feed's rhythm is being learnt."""
TICK_SECONDS = 10.0
"""How often due feeds and owed messages are looked for, together with an answer's own second or two."""
FEWEST_REPORTS = 5
OUTLETS = (1, 3, 5)
EVENTS = 2_000
SPREAD_SECONDS = 900.0

EVERY_HOURS = {"agency": 0.15, "outlet": 0.4, "official": 4.0, "ngo": 12.0, "blog": 24.0}
NIGHT = frozenset({22, 23, *range(6)})


@dataclass(frozen=True, slots=True)
class Server:
    """What a server does: gives validators or not, and which pauses it asks for (seconds)."""

    name: str
    share: int
    validators: bool = True
    max_age: int = 0
    ttl: float = 0.0


SERVERS = (
    Server("validators, no hints", 45),
    Server("asks for 5 minutes", 10, max_age=300),
    Server("asks for 10 minutes", 10, max_age=600),
    Server("asks for 15 minutes", 5, ttl=900.0),
    Server("asks for an hour", 15, ttl=3_600.0),
    Server("no validators", 15, validators=False),
)
TAG = b'"tag"'


def published(kind: str, chance: random.Random) -> list[datetime]:
    """When a feed of a kind publishes."""
    moments, at = [], START
    while at < START + timedelta(days=DAYS):
        slower = 4.0 if at.hour in NIGHT else 1.0
        at += timedelta(hours=chance.expovariate(1 / (EVERY_HOURS.get(kind, 1.0) * slower)))
        moments.append(at)
    return moments


def polls(server: Server, moments: list[datetime], chance: random.Random) -> Iterator[datetime]:
    """When the feed is asked."""
    spec = FeedSpec("https://wire.example/rss", "Wire")
    state = FeedState(1, spec, spec.url)
    hints = FeedHints(ttl=server.ttl or None)
    head = Headers(
        etag=TAG if server.validators else None,
        cache_control=f"max-age={server.max_age}" if server.max_age else None,
    )
    at, taken = START + timedelta(seconds=chance.uniform(0, 60)), 0
    while at < START + timedelta(days=DAYS):
        yield at
        fresh = taken
        while fresh < len(moments) and moments[fresh] <= at:
            fresh += 1
        new = tuple(moments[taken:fresh])
        taken = fresh
        # A changed feed bears a new tag, so the old one is known again as soon as it does not change.
        tagged = Headers(b"%d" % taken, None, head.cache_control) if server.validators else head
        unchanged = server.validators and not new and state.etag == tagged.etag
        answer = Fetched(304 if unchanged else 200, spec.url, headers=tagged)
        outcome = Outcome(answer, hints=None if unchanged or not new else hints, body_hash=str(taken), published=new)
        state = decide(state, outcome, now=at, jitter=chance.random(), pace=Pace()).state
        if state.next_poll is None:
            raise RuntimeError("a feed that is well is polled no more")
        at = state.next_poll


def delays(moments: list[datetime], asked: list[datetime], chance: random.Random) -> list[float]:
    """Seconds from each publication to its alert."""
    found, number = [], 0
    for moment in moments:
        while number < len(asked) and asked[number] < moment:
            number += 1
        if number < len(asked) and moment >= START + timedelta(days=SETTLED_DAYS):
            found.append((asked[number] - moment).total_seconds() + chance.uniform(0, TICK_SECONDS))
    return found


def told(found: list[float]) -> str:
    """The middle of some delays and their tail, in minutes."""
    return f"{median(found) / 60:.1f} minutes (nine in ten within {quantiles(found, n=10)[8] / 60:.0f})"


def main() -> None:
    """Simulate every feed of the shipped list and print what follows."""
    chance = random.Random(7)  # noqa: S311 - a simulation needs no secrets
    feeds = load_feeds()
    servers = [server for server in SERVERS for _ in range(server.share)]
    chance.shuffle(servers)
    by_feed: list[list[float]] = []
    by_server: defaultdict[str, list[float]] = defaultdict(list)
    requests = 0
    for entry, server in zip(feeds, cycle(servers), strict=False):
        moments = published(entry.kind, chance)
        asked = list(polls(server, moments, chance))
        requests += len(asked)
        found = delays(moments, asked, chance)
        if len(found) >= FEWEST_REPORTS:
            by_feed.append(found)
            by_server[server.name].append(median(found))
    middles = [median(found) for found in by_feed]
    print(f"{len(feeds)} feeds, {DAYS} days, {requests / len(feeds) / DAYS:.0f} requests a feed and day")
    print(f"from publication to alert, one feed: {told(middles)}")
    for server in SERVERS:
        found = by_server[server.name]
        if found:
            print(f"  {server.name} ({len(found)} feeds): {median(found) / 60:.1f} minutes")
    for outlets in OUTLETS:
        first = [
            min(
                chance.choice(found) + chance.uniform(0, SPREAD_SECONDS) * (number > 0)
                for number, found in enumerate(some)
            )
            for some in (chance.choices(by_feed, k=outlets) for _ in range(EVENTS))
        ]
        print(f"from the first publication to the alert, {outlets} outlet(s) tell of it: {told(first)}")


if __name__ == "__main__":
    main()
