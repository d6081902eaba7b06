"""What the owner is told when delivery fails for good: once for each trouble, however many messages it costs.

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
        return {"headline": headline, "lines": [reason, *_listed("Channels", names[1:])], "about": list(names)}

    _tell(conn, trouble, title, say, now)


def tell_refused(conn: Connection, delivery: Delivery, reason: str, now: datetime) -> None:
    """A message did not arrive and never will."""
    title = _title(conn, delivery)
    trouble = f"refused:{delivery.channel_id}:{fingerprint(reason)[:12]}:{now.date()}"

    def say(keys: Sequence[str]) -> dict[str, Any]:
        what = "A message" if len(keys) == 1 else f"{len(keys)} messages"
        headline = f"{what} could not be delivered to {title}"
        return {"headline": headline, "lines": [reason, *_listed("Message", keys)], "about": list(keys)}

    _tell(conn, trouble, delivery.key, say, now)


def _tell(
    conn: Connection, trouble: str, subject: str, say: Callable[[Sequence[str]], dict[str, Any]], now: datetime
) -> None:
    """Tell the owner's channels of one more subject of a trouble; log it where there is no owner."""
    owners = channels.by_role(conn, "owner")
    if not owners:
        alone = say([subject])
        _logger.error("%s, and no owner can be told: %s", alone["headline"], alone["lines"][0])
    for number in itertools.count(1):
        # A subject that was put right and is in trouble again is told of again.
        key = f"notice:{trouble}" + (f":{number}" if number > 1 else "")
        known = outbox.content(conn, key)
        if known is None:
            for owner in owners:
                outbox.queue(conn, owner.id, key=key, kind="notice", payload=say([subject]), now=now)
            return
        if subject not in known["about"]:
            edits.amend(conn, key, say([*known["about"], subject]), now)
            return


def _listed(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"{what}: {', '.join(names[:_NAMED])}{more}"]


def _title(conn: Connection, delivery: Delivery) -> str:
    title = channels.title(conn, delivery.channel_id)
    return f"{title} ({delivery.platform})" if title else f"number {delivery.channel_id}"
