"""Feeds: where they are, how polling went, and when each is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, or_, select, update

from store.tables import feeds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.engine import Connection

FIRST_INTERVAL: Final = 900.0
"""Seconds between two polls of a feed that says nothing better."""

AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed that was never polled is due."""


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed as the configuration lists it; `url` names it for good, wherever it moves."""

    url: str
    outlet: str
    country: str | None = None
    lang: str | None = None
    kind: str = "outlet"
    group: str | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """A listed feed and how polling it goes.

    Attributes:
        id: its row.
        spec: what the configuration says of it.
        address: where it is now, after permanent redirects.
        etag: validator of the last full answer, as received.
        last_modified: the other validator, as received.
        body_hash: hash of the last body, for servers without validators.
        next_poll: None when it was never polled.
        interval: seconds between polls.
        failures: how many in a row.
        last_ok: when it last answered.
        last_status: HTTP status of the last answer.
        last_error: what went wrong last; None when the last poll went well.
        gone: the server said that it is gone for good.
        baseline_done: the reports that stood in it at first sight were taken in.
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


def sync(conn: Connection, specs: Iterable[FeedSpec]) -> None:
    """Make the stored feeds follow the list.

    New ones come in, descriptions follow, those no longer listed rest with their history. One that is listed again
    after a rest gets a new chance, even if it was gone.
    """
    wanted = {spec.url: spec for spec in specs}
    listed = {row.url: row.listed for row in conn.execute(select(feeds.c.url, feeds.c.listed))}
    for spec in wanted.values():
        if spec.url not in listed:
            _add(conn, spec)
        else:
            chance = {} if listed[spec.url] else {"gone": False, "failures": 0, "next_poll": None}
            _set(conn, feeds.c.url == spec.url, {**_description(spec), "listed": True, **chance})
    for url in listed.keys() - wanted.keys():
        _set(conn, feeds.c.url == url, {"listed": False})


def due(conn: Connection, now: datetime, limit: int = 500) -> tuple[FeedState, ...]:
    """The feeds to poll now, the longest overdue first, those never polled before all."""
    query = (
        select(feeds)
        .where(_alive(), or_(feeds.c.next_poll.is_(None), feeds.c.next_poll <= now))
        .order_by(feeds.c.next_poll.asc().nulls_first(), feeds.c.id)
        .limit(limit)
    )
    return tuple(_state(row) for row in conn.execute(query))


def all_feeds(conn: Connection) -> tuple[FeedState, ...]:
    """Every feed that is listed now, gone ones too."""
    return tuple(_state(row) for row in conn.execute(select(feeds).where(feeds.c.listed).order_by(feeds.c.id)))


def next_due(conn: Connection) -> datetime | None:
    """When the next feed is due; `AT_ONCE` if one was never polled, None if there is nothing to poll."""
    unpolled = select(feeds.c.id).where(_alive(), feeds.c.next_poll.is_(None)).limit(1)
    if conn.execute(unpolled).first() is not None:
        return AT_ONCE
    earliest: datetime | None = conn.execute(select(func.min(feeds.c.next_poll)).where(_alive())).scalar_one()
    return earliest


def save(conn: Connection, state: FeedState) -> None:
    """Store how polling went. What the configuration decides stays as it is."""
    values = {
        "address": state.address,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "body_hash": state.body_hash,
        "next_poll": state.next_poll,
        "interval": state.interval,
        "failures": state.failures,
        "last_ok": state.last_ok,
        "last_status": state.last_status,
        "last_error": state.last_error,
        "gone": state.gone,
        "baseline_done": state.baseline_done,
    }
    _set(conn, feeds.c.id == state.id, values)


def _alive() -> ColumnElement[bool]:
    return feeds.c.listed & ~feeds.c.gone


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


def _state(row: Row[Any]) -> FeedState:
    return FeedState(
        id=row.id,
        spec=FeedSpec(row.url, row.outlet, row.country, row.lang, row.kind, row.group_name),
        address=row.address,
        etag=row.etag,
        last_modified=row.last_modified,
        body_hash=row.body_hash,
        next_poll=row.next_poll,
        interval=row.interval,
        failures=row.failures,
        last_ok=row.last_ok,
        last_status=row.last_status,
        last_error=row.last_error,
        gone=row.gone,
        baseline_done=row.baseline_done,
    )
