"""A law: whatever is owed, claimed, interrupted and changed in whatever order, each message is told, once, in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import channels, edits, outbox

if TYPE_CHECKING:
    from store.database import Connection, Database
    from store.outbox import Delivery

START = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
ROOMS = 2
INTERRUPTIONS = outbox.MOST_REPEATS
"""More of them, and a message may be given up: that is what the bound is for."""

steps = st.one_of(
    st.tuples(st.just("owe"), st.integers(0, ROOMS - 1), st.integers(1, 7)),
    st.tuples(st.just("change"), st.integers(0, 20), st.just(0)),
    st.tuples(
        st.sampled_from(["send", "send", "refuse for now", "time out", "kill before", "kill after", "other process"]),
        st.integers(0, ROOMS - 1),
        st.integers(0, 3),
    ),
)


class Platform:
    """A chat platform that shows what arrives, and the processes that send to it."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.now = START
        self.rooms = [channels.sync(conn, "console", f"room {number}", title="Room") for number in range(ROOMS)]
        self.owed: list[list[str]] = [[] for _ in range(ROOMS)]
        self.versions: dict[str, int] = {}
        self.arrived: list[list[tuple[str, bool]]] = [[] for _ in range(ROOMS)]
        self.shown: list[dict[str, dict[str, int]]] = [{} for _ in range(ROOMS)]
        self.interruptions = 0

    def owe(self, room: int, count: int) -> None:
        for _ in range(count):
            key = f"{room}-{len(self.owed[room])}"
            self.owed[room].append(key)
            self.versions[key] = 0
            payload = {"key": key, "version": 0}
            outbox.queue(self.conn, self.rooms[room], key=key, kind="alert", payload=payload, now=self.now)

    def change(self, number: int) -> None:
        if self.versions:
            key = sorted(self.versions)[number % len(self.versions)]
            self.versions[key] += 1
            edits.amend(self.conn, key, {"version": self.versions[key]}, self.now)

    def attempt(self, how: str, room: int, wait: int) -> bool:
        self.now += timedelta(seconds=40 * wait)
        delivery = outbox.claim(self.conn, self.rooms[room], self.now, "mine")
        if delivery is None:
            return False
        interrupted = how in {"time out", "kill before", "kill after"}
        if interrupted and self.interruptions >= INTERRUPTIONS:
            how = "send"
        self.interruptions += interrupted
        if how not in {"refuse for now", "kill before"}:
            self.show(room, delivery)
        self.end(how, delivery, room)
        return True

    def end(self, how: str, delivery: Delivery, room: int) -> None:
        match how:
            case "refuse for now":
                outbox.retry(self.conn, delivery.id, "later", self.now, by="mine")
            case "time out":
                outbox.unknown(self.conn, delivery.id, "no answer", self.now, self.now, by="mine")
            case "kill before" | "kill after":
                assert outbox.claim(self.conn, self.rooms[room], self.now, "other") is None
                self.now += outbox.LEASE
                outbox.recover(self.conn, self.now)
            case _:
                outbox.recover(self.conn, self.now)
                message_id = delivery.edits or f"m{delivery.id}"
                outbox.sent(self.conn, delivery.id, message_id, self.now, by="mine")

    def show(self, room: int, delivery: Delivery) -> None:
        told = delivery.payload.get("alerts", [delivery.payload])
        content = {one["key"]: one["version"] for one in told}
        if delivery.edits is None:
            self.arrived[room] += [(key, delivery.possible_repeat) for key in content]
        self.shown[room][delivery.edits or f"m{delivery.id}"] = content

    def drain(self) -> None:
        for room in range(ROOMS):
            for _ in range(300):
                self.now += outbox.EDIT_PAUSE
                if not self.attempt("send", room, 0):
                    break


# Each example takes back what it wrote, so that one database serves them all.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=st.lists(steps, max_size=30))
def test_each_message_is_told_and_once_and_in_order(database: Database, taken: list[tuple[str, int, int]]) -> None:
    with database.transaction() as conn:
        platform = Platform(conn)
        for step, which, much in taken:
            if step == "owe":
                platform.owe(which, much)
            elif step == "change":
                platform.change(which)
            else:
                platform.attempt(step, which, much)
        platform.drain()
        for room in range(ROOMS):
            unmarked = [key for key, marked in platform.arrived[room] if not marked]
            first_told = list(dict.fromkeys(key for key, _ in platform.arrived[room]))
            assert len(set(unmarked)) == len(unmarked)
            assert first_told == platform.owed[room]
            now_shown = {key: version for message in platform.shown[room].values() for key, version in message.items()}
            assert now_shown == {key: platform.versions[key] for key in platform.owed[room]}
        conn.rollback()
