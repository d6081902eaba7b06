"""What the owner is told of the bot's own troubles, and a chat of its place that is gone: once for each trouble.

Channels that are lost for the same reason on the same day share a notice, as do the messages that a channel refuses for
the same reason; it is edited as they become more.
"""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any, Final

from store import channels, edits, outbox
from store.tables import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from store.database import Connection
    from store.outbox import Delivery

_logger = logging.getLogger(__name__)

_NAMED: Final = 10


def tell_lost(conn: Connection, delivery: Delivery, reason: str, now: datetime) -> None:
    """A channel cannot be reached any more and was disabled."""
    title = _title(conn, delivery)
    trouble = f"lost:{delivery.platform}:{fingerprint(reason)[:12]}:{now.date()}"

    def say(names: Sequence[str]) -> dict[str, Any]:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        headline = f"{names[0]}{more} cannot be reached any more and {'were' if more else 'was'} disabled"
        return {
            "headline": headline,
            "lines": [reason, *_listed("Channels", names[1:])],
            **_about("gone", names, names[0]),
        }

    _tell(conn, trouble, title, say, now)


def tell_refused(conn: Connection, delivery: Delivery, reason: str, now: datetime) -> None:
    """A message did not arrive and never will."""
    title = _title(conn, delivery)
    trouble = f"refused:{delivery.channel_id}:{fingerprint(reason)[:12]}:{now.date()}"

    def say(keys: Sequence[str]) -> dict[str, Any]:
        what = "A message" if len(keys) == 1 else f"{len(keys)} messages"
        headline = f"{what} could not be delivered to {title}"
        return {"headline": headline, "lines": [reason, *_listed("Message", keys)], **_about("lost", keys, title)}

    _tell(conn, trouble, delivery.key, say, now)


def tell_owner(conn: Connection, key: str, headline: str, lines: Sequence[str], now: datetime) -> None:
    """Owe a notice to the owner's channels, or log it where there is none.

    Args:
        conn: an open write transaction.
        key: names the notice: one of the same name is not sent again.
        headline: what happened.
        lines: what else there is to say.
        now: the current time.
    """
    _owe(conn, f"notice:{key}", {"headline": headline, "lines": list(lines)}, now)


def tell_of_lost_place(conn: Connection, channel_id: int, address: str, now: datetime) -> None:
    """A place in a chat, such as a topic, is no more: the chat is told once why messages come elsewhere in it now.

    Args:
        conn: an open write transaction.
        channel_id: the channel at which they come now.
        address: the place that is no more.
        now: the current time.
    """
    payload = {"headline": "The topic for my messages is gone", "lines": [], "about": "topic"}
    outbox.queue(conn, channel_id, key=f"notice:place:{address}", kind="notice", payload=payload, now=now)


def _tell(
    conn: Connection, trouble: str, subject: str, say: Callable[[Sequence[str]], dict[str, Any]], now: datetime
) -> None:
    """Tell the owner's channels of one more subject of a trouble; log it where there is no owner."""
    for number in itertools.count(1):
        # A subject that was put right and is in trouble again is told of again.
        key = f"notice:{trouble}" + (f":{number}" if number > 1 else "")
        known = outbox.content(conn, key)
        if known is None:
            _owe(conn, key, say([subject]), now)
            return
        if subject not in known["names"]:
            edits.amend(conn, key, say([*known["names"], subject]), now)
            return


def _owe(conn: Connection, key: str, payload: dict[str, Any], now: datetime) -> None:
    owners = channels.by_role(conn, "owner")
    if not owners:
        _logger.error("%s, and no owner can be told: %s", payload["headline"], "; ".join(payload["lines"]))
    for owner in owners:
        outbox.queue(conn, owner.id, key=key, kind="notice", payload=payload, now=now)


def _about(what: str, names: Sequence[str], channel: str) -> dict[str, Any]:
    """What lets the wording say one trouble in the owner's language; `names` are remembered for what is added."""
    return {"names": list(names), **({"about": what, "channel": channel} if len(names) == 1 else {})}


def _listed(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"{what}: {', '.join(names[:_NAMED])}{more}"]


def _title(conn: Connection, delivery: Delivery) -> str:
    title = channels.title(conn, delivery.channel_id)
    return f"{title} ({delivery.platform})" if title else f"number {delivery.channel_id}"
