"""Telegram's limits as its server counts them, by the test's clock: everybody is told everything, nobody too fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.delivery import Deliverer
from bot.message import Message
from bot.telegram.sending import TelegramChats
from store import channels, outbox
from tests.bot.fakes.bot_api import TOKEN, bot_api

if TYPE_CHECKING:
    from bot.channel import Channel
    from store.database import Database
    from store.outbox import Delivery

START = datetime(2025, 11, 3, 12, tzinfo=UTC)
PEOPLE = 40
EACH = 3
GROUP = 25


def said(delivery: Delivery, _: datetime) -> Message:
    return Message("notice", f"notice {delivery.payload['number']}")


def owe(database: Database, chat_id: int, count: int) -> int:
    with database.transaction() as conn:
        channel = channels.sync(conn, "telegram", str(chat_id), title=f"{chat_id}")
        for number in range(count):
            outbox.queue(conn, channel, key=f"{number}", kind="notice", payload={"number": number}, now=START)
    return channel


async def test_a_hundred_messages_to_people_and_a_busy_group_keep_every_limit(sqlite_database: Database) -> None:
    now = START
    async with (
        bot_api(clock=lambda: datetime.timestamp(now), enforced=True) as telegram,
        TelegramChats(TOKEN, base_url=telegram.url) as chats,
    ):
        group = telegram.group(-9)
        people = [telegram.private(number) for number in range(1, PEOPLE + 1)]
        reachable: dict[int, Channel] = {owe(sqlite_database, -9, GROUP): chats.channel("-9")}
        for person in people:
            reachable[owe(sqlite_database, person.id, EACH)] = chats.channel(person.id)
        deliverer = Deliverer(sqlite_database, reachable, said)

        def all_told() -> bool:
            return len(group.told) == GROUP and all(len(person.told) == EACH for person in people)

        while not all_told():
            assert now < START + timedelta(minutes=5), "they are not told in time"
            done = await deliverer.deliver(now)
            now = max(done.again_at or now, now + timedelta(milliseconds=100))

        assert telegram.pace.violations == []
        assert {call.status for call in telegram.called("sendMessage")} == {200}
        # 20 messages to the group in the first minute, the rest in the second: no slower than it must be.
        assert now < START + timedelta(seconds=90)
    assert [message.text for message in group.told] == [f"notice {number}" for number in range(GROUP)]
    for person in people:
        assert [message.text for message in person.told] == [f"notice {number}" for number in range(EACH)]
