"""Notices: what the owner of the bot is told, in the channels that are the owner's."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from store import channels, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.database import Connection

_logger = logging.getLogger(__name__)


def tell_owner(conn: Connection, key: str, headline: str, lines: Sequence[str], now: datetime) -> None:
    """Owe a notice to the owner's channels, or log it where there is none.

    Args:
        conn: an open write transaction.
        key: names the notice: one of the same name is not sent again.
        headline: what happened.
        lines: what else there is to say.
        now: the current time.
    """
    owners = channels.by_role(conn, "owner")
    if not owners:
        _logger.error("%s, and no owner can be told: %s", headline, "; ".join(lines))
    payload = {"headline": headline, "lines": list(lines)}
    for owner in owners:
        outbox.queue(conn, owner.id, key=f"notice:{key}", kind="notice", payload=payload, now=now)
