"""Feeds: where they are, how polling went, and when each is due."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, insert, or_, select, update

from store.many import execute_many
from store.tables import feeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select, Update
    from sqlalchemy.engine import Connection

FIRST_INTERVAL: Final = 1_800.0
"""Seconds between two polls of a feed that says nothing better."""


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed as the configuration lists it; `url` names it for good, wherever it moves."""

    url: str
    outlet: str
    country: str | None = None
    lang: str | None = None
    kind: str = "outlet"
    group: str | None = None


class FeedState(NamedTuple):
    """A listed feed and how polling it goes: a row, and as cheap as one, for it is made anew at every poll.

    Attributes:
        id: its row.
        spec: what the configuration says of it.
        address: where it is now, after permanent redirects.
        etag: validator of the last full answer, as received.
        last_modified: the other validator, as received.
        body_hash: hash of the last body, for servers without validators.
        next_poll: None when it was never polled.
        interval: seconds from the last poll to the next, before jitter.
        failures: how many in a row.
        last_ok: when it last answered.
        last_status: HTTP status of the last answer.
        last_error: what went wrong last; None when the last poll went well.
        gone: the server said that it is gone for good.
        baseline_done: the reports that stood in it at first sight were taken in.
        asked_at: when it was last asked.
        full_at: when it last gave a whole feed, not only word that nothing changed.
        failing_since: when the failures in a row began; None while all is well.
        last_item: when its newest report was published.
        rhythm: seconds from one report to the next, as a moving mean; None until there were two.
        longest_gap: the longest such pause lately, in seconds.
        validated: whether its server knows its own validators again; None while nobody knows.
        wished: the interval that the feed itself asks for, in seconds; 0 where it asks for none.
        skip_hours: hours of the day (GMT) at which it is not to be asked, a bit for each.
        skip_days: days of the week, likewise; bit 0 is Monday.
        told: the trouble that the owner was told of, and that lasts.
        twin_of: the row of another listed feed to whose address this one has moved; it is polled there.
    """

    id: int
    spec: FeedSpec
    address: str
    etag: bytes | None = None
    last_modified: bytes | None = None
    body_hash: str | None = None
    next_poll: datetime | None = None
    interval: float = FIRST_INTERVAL
    failures: int = 0
    last_ok: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    gone: bool = False
    baseline_done: bool = False
    asked_at: datetime | None = None
    full_at: datetime | None = None
    failing_since: datetime | None = None
    last_item: datetime | None = None
    rhythm: float | None = None
    longest_gap: float | None = None
    validated: bool | None = None
    wished: float = 0.0
    skip_hours: int = 0
    skip_days: int = 0
    told: str | None = None
    twin_of: int | None = None

    @property
    def healthy(self) -> bool:
        """Whether the last poll went well and there is nothing that the owner was told of."""
        return self.last_ok is not None and not self.failures and not self.gone and self.told is None


_KEPT: Final = FeedState._fields[2:]
_APART: Final = ("told", "twin_of")
"""Written by `tell` and `join`; polling changes all else."""
_POLLED: Final = tuple(name for name in _KEPT if name not in _APART)
# A feed in the order of the fields of `FeedSpec` and `FeedState`.
_SPEC: Final = ("url", "outlet", "country", "lang", "kind", "group_name")
_FEED: Final = select(feeds.c.id, *(feeds.c[name] for name in (*_SPEC, *_KEPT)))
_PLAN: Final = (
    update(feeds).where(feeds.c.id == bindparam("feed")).values(next_poll=bindparam("at", type_=feeds.c.next_poll.type))
)

_ALIVE: Final = feeds.c.listed & ~feeds.c.gone & feeds.c.twin_of.is_(None)
_CLAIM: Final = _PLAN.where(
    _ALIVE, feeds.c.next_poll.is_not_distinct_from(bindparam("known", type_=feeds.c.next_poll.type))
)
# What is alive is told, not looked for: SQLite would go through all that is, instead of looking up a few rows.
_CLAIMED: Final = (
    select(feeds.c.id, feeds.c.next_poll, _ALIVE.label("alive"))
    .where(feeds.c.id.in_(bindparam("wanted", expanding=True)))
    .with_for_update(skip_locked=True)
)


def sync(conn: Connection, specs: Iterable[FeedSpec]) -> None:
    """Make the stored feeds follow the list.

    New ones come in, descriptions follow, those no longer listed rest with their history. One that is listed again
    after a rest gets a new chance, even if it was gone; it is not asked sooner than it would have been.
    """
    wanted = {spec.url: spec for spec in specs}
    columns = (feeds.c.url, feeds.c.listed, feeds.c.gone)
    stored = {row.url: row for row in conn.execute(select(*columns))}
    for spec in wanted.values():
        if spec.url not in stored:
            _add(conn, spec)
            continue
        row = stored[spec.url]
        chance = {} if row.listed else {"gone": False, "failures": 0, "failing_since": None, "told": None}
        again = {"next_poll": None} if chance and row.gone else {}
        _set(conn, feeds.c.url == spec.url, {**_description(spec), "listed": True, **chance, **again})
    for url in stored.keys() - wanted.keys():
        _set(conn, feeds.c.url == url, {"listed": False})
    alive = select(feeds.c.id).where(_alive()).scalar_subquery()
    _set(conn, feeds.c.twin_of.is_not(None) & feeds.c.twin_of.not_in(alive), {"twin_of": None})


def due(conn: Connection, now: datetime, limit: int = 500) -> tuple[FeedState, ...]:
    """The feeds to poll now, the longest overdue first, those never polled before all."""
    never = _FEED.where(_alive(), feeds.c.next_poll.is_(None)).order_by(feeds.c.id).limit(limit)
    found = _states(conn, never)
    if len(found) < limit:
        # Apart from the first, because only so the index gives either in its order.
        late = _FEED.where(_alive(), feeds.c.next_poll <= now).order_by(feeds.c.next_poll, feeds.c.id)
        found += _states(conn, late.limit(limit - len(found)))
    return tuple(found)


def all_feeds(conn: Connection) -> tuple[FeedState, ...]:
    """Every feed that is listed now, gone ones and twins too."""
    return tuple(_states(conn, _FEED.where(feeds.c.listed).order_by(feeds.c.id)))


def polled(conn: Connection, feed: int) -> FeedState | None:
    """The feed of that row, None where it is not polled: not listed any more, gone, or a twin."""
    row = conn.execute(_FEED.where(_alive(), feeds.c.id == feed)).one_or_none()
    return _state(row) if row else None


def polled_rows(conn: Connection) -> frozenset[int]:
    """The rows of all feeds that are polled."""
    return frozenset(conn.execute(select(feeds.c.id).where(_alive())).scalars())


def plan(conn: Connection, polls: Iterable[tuple[int, datetime]]) -> None:
    """Store when feeds are polled next, and nothing else: rows with their moments."""
    execute_many(conn, _PLAN, ("feed", "at"), polls)


def claim(conn: Connection, polls: Iterable[tuple[FeedState, datetime]]) -> frozenset[int]:
    """Take feeds to be asked now, by storing when each is polled next.

    Whoever stores it first asks; the others see another moment than they knew. What somebody else is about to take is
    passed over.

    Args:
        conn: an open write transaction.
        polls: the feeds as they are known, each with the moment until which nobody else asks it.

    Returns:
        The rows of those that are still as they are known.
    """
    wanted = {state.id: (state.next_poll, until) for state, until in polls}
    if conn.dialect.name == "sqlite" and _claimed_at_once(conn, wanted):
        return frozenset(wanted)
    rows = conn.execute(_CLAIMED, {"wanted": list(wanted)})
    taken = frozenset(row.id for row in rows if row.alive and row.next_poll == wanted[row.id][0])
    plan(conn, ((feed, wanted[feed][1]) for feed in taken))
    return taken


def _claimed_at_once(conn: Connection, wanted: Mapping[int, tuple[datetime | None, datetime]]) -> bool:
    """Take all at once: on SQLite nobody else writes meanwhile. False, and nothing is done, where one is not free."""
    rows = ((feed, known, until) for feed, (known, until) in wanted.items())
    with conn.begin_nested() as attempt:
        if execute_many(conn, _CLAIM, ("feed", "known", "at"), rows) == len(wanted):
            return True
        attempt.rollback()
    return False


def save(conn: Connection, *states: FeedState) -> None:
    """Store how polling went. What the configuration decides stays as it is."""
    save_changes(conn, ((None, state) for state in states))


def save_changes(conn: Connection, changes: Iterable[tuple[FeedState | None, FeedState]]) -> None:
    """Store how polling went: of each feed what it was and what it is. Only what changed is written.

    The next poll always is: it may have been planned meanwhile. All is written of what was not known before.
    """
    by_names: defaultdict[tuple[str, ...], list[FeedState]] = defaultdict(list)
    for before, after in changes:
        by_names[_POLLED if before is None else _changed(before, after)].append(after)
    for names, states in by_names.items():
        execute_many(conn, *_saving(names), map(attrgetter("id", *names), states))


def _changed(before: FeedState, after: FeedState) -> tuple[str, ...]:
    pairs = zip(_KEPT, before[2:], after[2:], strict=True)
    # Most are the very same; what is equal need not be compared to find that out.
    changed = [name for name, old, new in pairs if name == "next_poll" or (old is not new and old != new)]
    return tuple([name for name in changed if name not in _APART])


@lru_cache(maxsize=256)
def _saving(names: tuple[str, ...]) -> tuple[Update, tuple[str, ...]]:
    """The statement that stores some of what polling changes, and the names of what it takes."""
    values = {name: bindparam(f"new_{name}", type_=feeds.c[name].type) for name in names}
    return update(feeds).where(feeds.c.id == bindparam("feed")).values(values), (
        "feed",
        *(f"new_{name}" for name in names),
    )


def tell(conn: Connection, feed: int, told: str | None) -> None:
    """Store of which trouble the owner was told; None when it is over."""
    _set(conn, feeds.c.id == feed, {"told": told})


def join(conn: Connection, feed: int, address: str) -> int | None:
    """Poll a feed that moved no more if another listed one is polled at that address already; the other's row."""
    other = select(feeds.c.id).where(_alive(), feeds.c.id != feed, feeds.c.address == address).limit(1)
    twin: int | None = conn.execute(other).scalar_one_or_none()
    if twin is not None:
        _set(conn, feeds.c.id == feed, {"twin_of": twin})
    return twin


def bring_back(conn: Connection, latest: datetime, now: datetime) -> int:
    """Make those feeds due that would be polled only after `latest`: a clock that was wrong must not silence them.

    Returns:
        How many there were.
    """
    astray = _alive() & (feeds.c.next_poll > latest)
    return conn.execute(update(feeds).where(astray).values(next_poll=now)).rowcount


def rest_host(conn: Connection, host: str, until: datetime) -> None:
    """Ask no feed of a host before that moment. Those that would be asked later stay as they are."""
    starts = (f"{scheme}://{host}{end}" for scheme in ("http", "https") for end in ("/", ":", "?"))
    there = or_(*(feeds.c.address.istartswith(start, autoescape=True) for start in starts))
    sooner = or_(feeds.c.next_poll.is_(None), feeds.c.next_poll < until)
    _set(conn, there & sooner & ~feeds.c.gone, {"next_poll": until})


def _alive() -> ColumnElement[bool]:
    return _ALIVE


def _set(conn: Connection, which: ColumnElement[bool], values: dict[str, Any]) -> None:
    conn.execute(update(feeds).where(which).values(**values))


def _add(conn: Connection, spec: FeedSpec) -> None:
    fresh = {"url": spec.url, "address": spec.url, "listed": True, "interval": FIRST_INTERVAL, "failures": 0}
    conn.execute(insert(feeds).values(**fresh, **_description(spec), gone=False, baseline_done=False))


def _description(spec: FeedSpec) -> dict[str, Any]:
    return {
        "outlet": spec.outlet,
        "country": spec.country,
        "lang": spec.lang,
        "kind": spec.kind,
        "group_name": spec.group,
    }


def _states(conn: Connection, which: Select[Any]) -> list[FeedState]:
    # Row by row they would take a quarter longer.
    return [_state(row) for row in conn.execute(which).all()]


def _state(row: Row[Any]) -> FeedState:
    feed, url, outlet, country, lang, kind, group, *kept = tuple(row)
    return FeedState(feed, FeedSpec(url, outlet, country, lang, kind, group), *kept)
