"""Several feeds in one transaction: all of it or nothing, and no report costs another."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import channels, events, feeds, outbox, reports, reviews, versions
from store.coverage import told
from store.database import Database, StoreBusyError
from store.feeds import FeedSpec
from tests.watchers.test_pipeline import VOTED, PreparedReader, claim, report
from treaties.model import Label, Reading, Role
from treaties.stages import Stage
from watchers import writing
from watchers.arrivals import Arrival
from watchers.fetch import Fetched, Headers
from watchers.parse import FeedHints
from watchers.pipeline import Pipeline
from watchers.politeness import Outcome, decide
from watchers.writing import Answered, Batch, Intake, Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from store.database import Connection
    from store.feeds import FeedState
    from treaties.model import Claim, Report
    from treaties.reading.read import Reader
    from watchers.arrivals import Handler, Writes

NOW = datetime(2025, 4, 17, 9, 30, tzinfo=UTC)
HEAD = Headers(etag=b'"1"')


class ByTitle(PreparedReader):
    """Reads by the title, so that an edited report is read anew."""

    def read(self, report: Report) -> Reading:
        return super().read(replace(report, id=report.title))


class Pool:
    """Two feeds and a pipeline that reads as it was prepared."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reader = ByTitle()
        self.pipeline = Pipeline(database, cast("Reader", self.reader))
        with database.transaction() as conn:
            channels.sync(conn, "console", "C1", title="C1")
            feeds.sync(conn, [FeedSpec(f"https://{name}.example/rss", name) for name in ("one", "two")])

    def arrival(self, name: str, *claims: Claim, fault: Exception | None = None, **changes: Any) -> Arrival:
        """A report that is read as these claims."""
        label = Label.DEVELOPMENT if claims else Label.NONE
        told = report(name, **changes)
        self.reader.prepared[told.title] = fault or Reading(name, label, "en", claims, "prepared")
        return Arrival(told, self.states()[0].id, NOW)

    def states(self) -> tuple[FeedState, ...]:
        with self.database.reading() as conn:
            return feeds.all_feeds(conn)

    def answered(self, feed: int, *arrivals: Arrival, handler: Handler | None = None) -> Answered:
        """A feed that brought these."""
        state = self.states()[feed]
        outcome = Outcome(Fetched(200, state.address, headers=HEAD), hints=FeedHints())

        def settle(failed: int) -> Any:
            flaw = f"{failed} failed" if failed else None
            return decide(state, outcome._replace(flaw=flaw), now=NOW, jitter=0)

        intake = Intake(state, arrivals, handler or self.pipeline.prepare)
        intake.prepare()
        return Answered(state, settle, shared=True, intake=intake)

    def names(self) -> list[str]:
        """The ids of what is stored."""
        with self.database.reading() as conn:
            return [one.report.id for one in reports.after(conn, 0, 1_000)]

    def etags(self) -> list[bytes | None]:
        return [state.etag for state in self.states()]


@pytest.fixture
def pool(database: Database) -> Pool:
    return Pool(database)


def vote(**changes: Any) -> Claim:
    return claim(Stage.PARLIAMENT_PASSED, VOTED, **changes)


def everything(database: Database) -> tuple[object, ...]:
    """All that follows from reports, without the numbers of their rows."""
    with database.reading() as conn:
        stored = [reports.find(conn, one.report.id) for one in reports.after(conn, 0, 1_000)]
        queued = [(row.key, row.kind, _named(conn, row.payload)) for row in outbox.history(conn)]
        edited = [(one.report.title, one.seen_at) for one in versions.in_order(conn, 1_000)]
        return [replace(one, row=0) for one in stored if one], queued, told(conn), events.cases(conn), sorted(edited)


def _named(conn: Connection, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a payload says, with what the numbers of rows lead to in their place."""
    named = dict(payload)
    if "row" in payload:
        named["row"] = payload["row"] == events.row_of(conn, payload["key"])
    if "claim" in payload:
        named["claim"] = reviews.find(conn, payload["claim"]).key
    return named


def test_feeds_of_one_batch_are_written_in_one_transaction(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[None] = []
    transaction = pool.database.transaction

    def counted() -> AbstractContextManager[Connection]:
        opened.append(None)
        return transaction()

    batch = Batch(
        answered=[
            pool.answered(0, pool.arrival("a"), pool.arrival("b", vote())),
            pool.answered(1, pool.arrival("c")),
        ]
    )
    monkeypatch.setattr(pool.database, "transaction", counted)
    batch.write(pool.database)
    assert (pool.names(), pool.etags(), len(opened)) == (["a", "b", "c"], [b'"1"', b'"1"'], 1)


def test_a_report_that_cannot_be_handled_takes_no_other_with_it(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    first = [pool.arrival("a"), pool.arrival("b", vote()), pool.arrival("poison", fault=OSError("no such\ndisk"))]
    batch = Batch(
        answered=[
            pool.answered(0, *first, pool.arrival("c"), pool.arrival("d", vote(state="EE"))),
            pool.answered(1, pool.arrival("e")),
        ]
    )
    batch.plans.append((2, NOW + timedelta(days=1)))
    batch.write(pool.database)
    assert pool.names() == ["a", "b", "c", "d", "e"]
    assert [one.intake.failed for one in batch.answered if one.intake] == [1, 0]
    assert pool.etags() == [None, b'"1"']  # the first is asked for all of it again
    assert pool.states()[0].last_error == "1 failed"
    assert "report poison could not be handled: OSError: no such disk" in caplog.text
    with pool.database.reading() as conn:
        assert len(outbox.history(conn)) == 2


def test_a_report_that_the_store_refuses_takes_no_other_with_it(pool: Pool) -> None:
    """No feed has this row: the databases themselves refuse it, amid rows that are inserted together."""
    stray = replace(pool.arrival("stray"), feed=99)
    batch = Batch(answered=[pool.answered(0, pool.arrival("a"), stray, pool.arrival("b"))])
    batch.write(pool.database)
    assert (pool.names(), pool.etags()[0]) == (["a", "b"], None)


def test_a_report_that_the_rules_stumble_over_is_set_aside_amid_the_others(pool: Pool) -> None:
    stumbling = pool.arrival("b", fault=ValueError("bad rule"))
    Batch(answered=[pool.answered(0, pool.arrival("a"), stumbling, pool.arrival("c", vote()))]).write(pool.database)
    assert (pool.names(), pool.etags()[0]) == (["a", "b", "c"], b'"1"')
    with pool.database.reading() as conn:
        stored = reports.find(conn, "b")
        assert stored
        assert stored.error == "ValueError: bad rule"
        assert len(outbox.history(conn)) == 1


def test_one_id_in_one_feed_and_in_two_is_one_report_the_first(pool: Pool) -> None:
    again = Arrival(report("a", outlet="Another"), 2, NOW)
    told_twice = pool.arrival("b", vote())
    batch = Batch(
        answered=[
            pool.answered(0, pool.arrival("a"), pool.arrival("a"), told_twice),
            pool.answered(1, again, told_twice, pool.arrival("c")),
        ]
    )
    batch.write(pool.database)
    assert pool.names() == ["a", "b", "c"]
    assert pool.etags() == [b'"1"', b'"1"']
    with pool.database.reading() as conn:
        first = reports.find(conn, "a")
        assert first
        assert first.report.outlet == "Outlet a"
        assert len(outbox.history(conn)) == 1


def test_when_the_store_is_busy_nothing_of_a_batch_is_stored(pool: Pool) -> None:
    def busy(arrivals: Sequence[Arrival]) -> Writes:
        def write(_: Connection) -> object:
            raise StoreBusyError(f"locked: {len(arrivals)}")

        return write

    batch = Batch(answered=[pool.answered(0, pool.arrival("a")), pool.answered(1, pool.arrival("b"), handler=busy)])
    batch.plans.append((1, NOW))
    with pytest.raises(StoreBusyError):
        batch.write(pool.database)
    assert (pool.names(), pool.etags()) == ([], [None, None])
    assert pool.states()[0].next_poll is None


def test_on_a_full_disk_nothing_of_a_batch_is_stored_and_later_all_of_it(sqlite_database: Database) -> None:
    pool = Pool(sqlite_database)
    long = [pool.arrival(f"r{number}", summary="word " * 800) for number in range(200)]
    batch = Batch(answered=[pool.answered(0, *long)])
    with sqlite_database.transaction() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(StoreBusyError, match="full"):
        batch.write(sqlite_database)
    assert (pool.names(), pool.etags()) == ([], [None, None])
    with sqlite_database.transaction() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count = 1000000")
    batch.write(sqlite_database)
    assert (len(pool.names()), pool.etags()[0]) == (200, b'"1"')


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from store import feeds
from store.database import Database
from tests.watchers import test_writing as t

with Database(sys.argv[1]) as database:
    pool = t.Pool(database)
    batch = t.Batch(answered=[pool.answered(0, pool.arrival("a"), pool.arrival("b", t.vote()))])
    save = feeds.save_changes
    def dying(conn, changes):
        if sys.argv[2] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        save(conn, changes)
    feeds.save_changes = dying
    batch.write(database)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("when", "stored"), [("before", []), ("after", ["a", "b"])])
def test_a_process_that_is_killed_leaves_reports_and_validators_or_neither(
    database_url: str, when: str, stored: list[str]
) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", textwrap.dedent(KILLED), database_url, when]
    done = subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    with Database(database_url) as database:
        pool = Pool(database)
        assert (pool.names(), pool.etags()[0]) == (stored, b'"1"' if stored else None)
        Batch(answered=[pool.answered(0, pool.arrival("a"), pool.arrival("b", vote()))]).write(database)
        assert pool.names() == ["a", "b"]
        with database.reading() as conn:
            assert len(outbox.history(conn)) == 1


def test_two_processes_that_bring_the_same_reports_store_and_tell_each_once(
    database: Database, database_url: str
) -> None:
    Pool(database)
    start = threading.Barrier(2)
    faults: list[BaseException] = []

    def process(feed: int) -> None:
        try:
            with Database(database_url) as own:
                pool = Pool(own)
                for number in range(15):
                    told_of = vote(treaty=f"t{number}")
                    arrivals = [pool.arrival(f"n{number}"), pool.arrival(f"v{number}", told_of)]
                    batch = Batch(answered=[pool.answered(feed, *arrivals)])
                    start.wait(timeout=30)
                    batch.write(own)
        except BaseException as error:  # noqa: BLE001 - told below, in the test's own thread
            faults.append(error)
            start.abort()

    workers = [threading.Thread(target=process, args=(feed,)) for feed in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert not faults
    with database.reading() as conn:
        assert reports.count(conn) == 30
        assert len(outbox.history(conn)) == 15


async def test_a_batch_with_many_reports_takes_in_no_further_feed(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchers.writing.MOST_REPORTS", 2)
    writer = Writer(pool.database, lambda: 2)
    first = pool.answered(0, pool.arrival("a"), pool.arrival("b"))
    second = pool.answered(1, pool.arrival("c"))
    batches: list[Batch] = []

    def add(batch: Batch, one: Answered) -> None:
        batch.answer(one)
        batches.append(batch)

    await asyncio.gather(*(writer.commit(partial(add, one=one)) for one in (first, second)))
    assert batches[0] is not batches[1]
    assert batches[0].full
    assert pool.names() == ["a", "b", "c"]


def unchanged(pool: Pool, feed: int = 0) -> Answered:
    """A feed that had nothing to tell."""
    state = pool.states()[feed]
    decision = decide(state, Outcome(Fetched(200, state.address), hints=FeedHints()), now=NOW, jitter=0)
    return Answered(state, lambda _: decision, shared=True, decision=decision)


def claims(pool: Pool) -> list[writing.Claim]:
    return [writing.Claim(state, NOW + timedelta(hours=1)) for state in pool.states()]


async def test_a_transaction_does_not_wait_for_one_who_has_gone(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchers.writing.LINGER", 3_600)
    in_hand = 2
    writer, (first, _) = Writer(pool.database, lambda: in_hand), claims(pool)
    committing = asyncio.create_task(writer.commit(lambda batch: batch.claims.append(first)))
    await asyncio.sleep(0.05)
    assert not committing.done()
    in_hand = 1
    writer.leave(unchanged(pool, 1))
    await asyncio.wait_for(committing, 30)
    assert [state.last_ok for state in pool.states()] == [None, NOW]


async def test_what_was_left_is_stored_with_what_comes_next(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchers.writing.PATIENCE", 3_600)
    writer, (first, second) = Writer(pool.database, lambda: 1), claims(pool)
    await writer.commit(lambda batch: batch.claims.append(first))
    writer.leave(unchanged(pool))
    await asyncio.sleep(0.1)
    assert [state.last_ok for state in pool.states()] == [None, None]
    await writer.commit(lambda batch: batch.claims.append(second))
    assert [state.last_ok for state in pool.states()] == [NOW, None]


async def test_what_was_left_is_stored_soon_when_nothing_comes(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchers.writing.PATIENCE", 0.01)
    writer = Writer(pool.database, lambda: 1)
    writer.leave(unchanged(pool))
    await asyncio.wait(writer._writes)
    assert pool.states()[0].last_ok == NOW


async def test_so_much_that_was_left_is_stored_at_once(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchers.writing.PATIENCE", 3_600)
    monkeypatch.setattr("watchers.writing.ENOUGH", 2)
    writer = Writer(pool.database, lambda: 1)
    writer.leave(unchanged(pool, 0))
    writer.leave(unchanged(pool, 1))
    await asyncio.wait(writer._writes)
    assert [state.last_ok for state in pool.states()] == [NOW, NOW]


async def test_a_flush_waits_for_what_was_left_and_for_what_is_being_written(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchers.writing.PATIENCE", 3_600)
    begun, go_on, real = asyncio.Event(), threading.Event(), Batch.write
    loop = asyncio.get_running_loop()

    def slowly(batch: Batch, database: Database) -> None:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(30)
        real(batch, database)

    monkeypatch.setattr(Batch, "write", slowly)
    writer, first = Writer(pool.database, lambda: 1), claims(pool)[0]
    writer.leave(unchanged(pool, 0))
    committing = asyncio.create_task(writer.commit(lambda batch: batch.claims.append(first)))
    await begun.wait()
    writer.leave(unchanged(pool, 1))
    go_on.set()
    await writer.flush()
    assert [state.last_ok for state in pool.states()] == [NOW, NOW]
    await committing


async def test_a_store_that_cannot_take_what_was_left_is_told_of_once(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Batch, __: Database) -> None:
        raise StoreBusyError("database is locked")

    writer, first = Writer(pool.database, lambda: 1), claims(pool)[0]
    one = unchanged(pool)
    with monkeypatch.context() as refusing:
        refusing.setattr(Batch, "write", refuse)
        writer.leave(one)
        await writer.flush()
        assert "locked" in str(writer.fault())
        assert writer.fault() is None
        with pytest.raises(StoreBusyError):
            await writer.commit(lambda batch: batch.claims.append(first))
        assert writer.fault() is None  # whoever waited was told
    writer.leave(one)
    await writer.flush()
    assert pool.states()[0].last_ok == NOW


TITLES = st.sampled_from(["r1", "r2", "r3", "r4", "r5", "r1 edited", "r2 edited", "r3 edited", "r1 edited again"])
CLAIMS = st.builds(
    claim,
    st.sampled_from([Stage.CONSIDERED, Stage.ANNOUNCED, Stage.PARLIAMENT_PASSED, Stage.RETURNED, None]),
    st.sampled_from([VOTED, None]),
    state=st.sampled_from(["LV", "EE"]),
    role=st.sampled_from(Role),
    confidence=st.sampled_from([0.3, 0.9]),
)
READINGS = st.one_of(
    st.just(()),
    st.lists(CLAIMS, max_size=3).map(tuple),
    st.sampled_from([ValueError("bad rule"), OSError("no fault of the rules")]),
)
FEEDS = st.lists(st.lists(st.tuples(TITLES, st.booleans()), max_size=6), max_size=4)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(brought=FEEDS, said=st.dictionaries(TITLES, READINGS))
@pytest.mark.parametrize("urls", ["sqlite_urls", "emptied_postgresql"], ids=["sqlite", "postgresql"])
def test_what_follows_from_a_batch_is_what_follows_from_its_reports_one_at_a_time(
    request: pytest.FixtureRequest, urls: str, brought: list[list[tuple[str, bool]]], said: dict[str, Any]
) -> None:
    found = []
    for write in (_together, _one_at_a_time):
        with Database(request.getfixturevalue(urls)()) as database:
            pool = Pool(database)
            write(pool, [[_arrival(pool, said, *one) for one in feed] for feed in brought])
            found.append(everything(database))
    assert found[0] == found[1]


def _arrival(pool: Pool, said: dict[str, Any], title: str, quiet: bool) -> Arrival:  # noqa: FBT001 - as drawn
    reading = said.get(title, ())
    claims, fault = ((), reading) if isinstance(reading, Exception) else (reading, None)
    return replace(pool.arrival(title.partition(" ")[0], *claims, fault=fault, title=title), quiet=quiet)


def _together(pool: Pool, brought: list[list[Arrival]]) -> None:
    Batch(answered=[pool.answered(number % 2, *arrivals) for number, arrivals in enumerate(brought)]).write(
        pool.database
    )


def _one_at_a_time(pool: Pool, brought: list[list[Arrival]]) -> None:
    for one in [one for arrivals in brought for one in arrivals]:
        try:
            pool.pipeline.handle(one.report, feed=one.feed, now=one.now, quiet=one.quiet)
        except OSError:
            continue


def test_alerts_of_a_batch_are_owed_in_the_order_of_their_reports(pool: Pool) -> None:
    stages = (Stage.ANNOUNCED, Stage.BILL_SUBMITTED, Stage.PARLIAMENT_PASSED)
    arrivals = []
    for number, stage in enumerate(stages):
        arrivals += [pool.arrival(f"n{number}"), pool.arrival(f"s{number}", claim(stage, VOTED))]
    batch = Batch(answered=[pool.answered(0, *arrivals[:3]), pool.answered(1, *arrivals[3:])])
    batch.write(pool.database)
    with pool.database.reading() as conn:
        owed = outbox.history(conn)
    assert [row.payload["stage"] for row in owed] == [stage.value for stage in stages]
