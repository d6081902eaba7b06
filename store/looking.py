"""Looking back for people who ask: reports by their words, messages by their ids, and how the bot itself is doing.

Nothing here serves the rules. What reads through many rows is bounded by their number, so that a question costs about
the same however much is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, or_, select

from store.outbox import depth
from store.tables import claims, events, feeds, outbox, reports

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from store.outbox import DeliveryState

SEARCHED: Final = 100_000
"""How many of the newest reports a search reads through."""

FOUND: Final = 200
"""How many reports a search finds at most."""


def reports_with(conn: Connection, words: Sequence[str], *, searched: int = SEARCHED) -> tuple[int, ...]:
    """The rows of the newest reports that have all the words in title and summary, the newest first.

    A word is found within longer ones and in any case: written small, in capitals, or with a capital first letter,
    since SQLite knows the case of plain Latin letters only. No sign in it stands for others.
    """
    if not words:
        return ()
    newest = select(func.max(reports.c.row)).scalar_subquery()
    bound = reports.c.row > func.coalesce(newest, 0) - searched
    query = select(reports.c.row).where(bound, *(_has(word) for word in words)).order_by(reports.c.row.desc())
    return tuple(conn.execute(query.limit(FOUND)).scalars())


def _has(word: str) -> ColumnElement[bool]:
    forms = {word, word.lower(), word.upper(), word.capitalize()}
    return or_(*(column.contains(form, autoescape=True) for form in sorted(forms) for column in _SEARCHED_COLUMNS))


_SEARCHED_COLUMNS: Final = (reports.c.title, reports.c.summary)


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a channel, and how it went.

    Attributes:
        key: what it is: `alert:` and the id of an event, `edit:…`, `digest:…`.
        kind: what it is rendered as.
        state: pending, sending, sent or failed.
        attempts: how often it was tried.
        possible_repeat: nobody knows whether an earlier try arrived.
        queued_at: when it was owed.
        due: before when it is not tried.
        sent_at: when it arrived, if it did.
        error: what went wrong at the last try.
    """

    key: str
    kind: str
    state: DeliveryState
    attempts: int
    possible_repeat: bool
    queued_at: datetime
    due: datetime
    sent_at: datetime | None
    error: str | None


_MESSAGE: Final = tuple(outbox.c[name] for name in Message.__slots__)


def message_of(conn: Connection, channel_id: int, key: str) -> Message | None:
    """The message to a channel of that key, or None."""
    mine = and_(outbox.c.channel_id == channel_id, outbox.c.key == key)
    row = conn.execute(select(*_MESSAGE).where(mine)).one_or_none()
    return Message(*row) if row else None


def messages_at(conn: Connection, channel_id: int, message_id: str) -> tuple[Message, ...]:
    """The messages that a channel knows by that id of its platform: several where a group told them together."""
    if not message_id.isascii():  # no platform gives such a one, and no database takes every text
        return ()
    mine = and_(outbox.c.channel_id == channel_id, outbox.c.message_id == message_id)
    return tuple(Message(*row) for row in conn.execute(select(*_MESSAGE).where(mine).order_by(outbox.c.id)))


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed that brought a report: its outlet, its address, and when it was last polled."""

    outlet: str
    url: str
    asked_at: datetime | None


def feed_of(conn: Connection, report_row: int) -> Feed | None:
    """The feed that brought the report of that row; None where none did."""
    query = select(feeds.c.outlet, feeds.c.url, feeds.c.asked_at).join(reports).where(reports.c.row == report_row)
    row = conn.execute(query).one_or_none()
    return Feed(*row) if row else None


def opening(conn: Connection, event_id: str) -> int | None:
    """The row of the report that opened an event, or of the first that tells of it; None where no report did."""
    row: int | None = conn.execute(select(func.min(claims.c.report_row)).where(claims.c.event_id == event_id)).scalar()
    return row


def unlisted(conn: Connection, prefix: str) -> tuple[str, ...]:
    """The ids that begin with that prefix of the treaties that a case is known of."""
    ids = select(events.c.treaty).where(events.c.treaty.startswith(prefix, autoescape=True)).distinct()
    return tuple(conn.execute(ids.order_by(events.c.treaty)).scalars())


@dataclass(frozen=True, slots=True)
class Health:
    """How the bot is doing: feeds that are polled and those among them that are well, and when things last happened."""

    feeds_total: int
    feeds_healthy: int
    last_poll: datetime | None
    last_report: datetime | None
    last_alert: datetime | None
    queued: int


def health(conn: Connection, well: Collection[bool]) -> Health:
    """How the bot is doing; `well` says it of every feed that is polled."""
    return Health(
        feeds_total=len(well),
        feeds_healthy=sum(well),
        last_poll=conn.execute(select(func.max(feeds.c.asked_at))).scalar_one(),
        last_report=conn.execute(select(func.max(reports.c.seen_at))).scalar_one(),
        last_alert=conn.execute(select(func.max(outbox.c.sent_at)).where(outbox.c.kind == "alert")).scalar_one(),
        queued=depth(conn),
    )
