"""A process that delivers what a database owes, to a file instead of a chat: `python sender.py URL FILE [HOW]`.

Each message is a line of the file, with a mark where it may be a repeat. HOW says where the process ends itself, as
`kill -9` would: `before` or `after` the first message arrives; otherwise it ends once nothing is owed any more.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.delivery import Deliverer
from bot.message import Message
from store import outbox, senders
from store.database import Database

if TYPE_CHECKING:
    from store.outbox import Delivery


class FileChannel:
    """A chat that is a file."""

    def __init__(self, file: Path, channel: int, how: str) -> None:
        self._file = file
        self._channel = channel
        self._how = how

    async def post(self, message: Message, reply_to: str | None) -> str:  # noqa: ARG002 - a channel's signature
        """Write the message, and perhaps die of it."""
        if self._how == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        mark = "repeat" if message.possible_repeat else "first"
        with self._file.open("a", encoding="utf-8") as file:
            file.writelines(f"{self._channel} {key} {mark}\n" for key in message.texts)
        if self._how == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return message.headline

    async def edit(self, message_id: str, message: Message) -> None:
        """Nothing is edited here."""
        raise NotImplementedError


def render(delivery: Delivery, _now: datetime) -> Message:
    """The keys that a delivery tells."""
    told = [one["key"] for one in delivery.payload.get("alerts", [delivery.payload])]
    return Message(delivery.kind, delivery.key, tuple(told))


async def main(url: str, file: Path, how: str, moment: datetime) -> None:
    """Deliver until nothing is owed."""
    with Database(url) as database:
        with database.reading() as conn:
            rooms = {one.channel_id for one in outbox.waiting(conn, moment + senders.HOLD + outbox.LEASE)}
        bot = Deliverer(database, {one: FileChannel(file, one, how) for one in range(1, 100)}, render)
        left = len(rooms) + 1
        while left:
            await bot.deliver(moment)
            with database.reading() as conn:
                left = outbox.depth(conn)
            if how != "until done":
                break
            await asyncio.sleep(0.01)
        await bot.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], datetime.fromisoformat(sys.argv[4]).astimezone(UTC)))
