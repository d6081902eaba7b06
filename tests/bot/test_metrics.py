"""What the running program counts, how it is read, and that the dashboard asks for nothing else."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics.counts import Metrics
from bot.metrics.gathered import Gathered, gather
from bot.metrics.server import MetricsServer
from bot.outcomes import Result
from bot.wiring.observing import Observed
from bot.wiring.stores import JOBS
from config.settings import load_settings
from store import channels, jobs, outbox
from treaties.model import Label, VerdictKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from store.database import Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
WELL = dict.fromkeys(JOBS, False)
IDLE = Gathered({"well": 3, "failing": 1}, 2, 90.0, {"slack": (5, 60.0)}, WELL, WELL)
ROOT: Final = Path(__file__).parents[2]


def samples(metrics: Metrics) -> dict[str, float]:
    """Every sample by its name with its labels."""
    return dict(_samples(metrics.text().decode()))


def _samples(text: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            yield f"{sample.name}{{{labels}}}" if labels else sample.name, sample.value


def metrics(gathered: Gathered | None = IDLE) -> Metrics:
    return Metrics("1.2.3", JOBS, lambda: gathered)


def test_what_is_counted_can_be_read() -> None:
    made = metrics()
    made.poll("new")
    made.parse_error("no_feed")
    made.reports(3)
    made.readings(Label.NONE, 2)
    made.readings(Label.DEVELOPMENT, 1)
    made.verdict(VerdictKind.NEW_CASE)
    made.set_aside()
    made.sent("telegram", Result.RETRY)
    made.job("poll", 0.2, NOW.timestamp(), well=True)
    made.job("poll", 7.0, NOW.timestamp() + 9, well=False)
    found = samples(made)
    expected = {
        "treatywatch_polls_total{outcome=new}": 1,
        "treatywatch_polls_total{outcome=gone}": 0,
        "treatywatch_parse_errors_total{kind=no_feed}": 1,
        "treatywatch_reports_total": 3,
        "treatywatch_readings_total{label=none}": 2,
        "treatywatch_readings_total{label=development}": 1,
        "treatywatch_readings_total{label=talk}": 0,
        "treatywatch_verdicts_total{kind=new_case}": 1,
        "treatywatch_reports_set_aside_total": 1,
        "treatywatch_sends_total{outcome=retry,platform=telegram}": 1,
        "treatywatch_sends_total{outcome=sent,platform=slack}": 0,
        "treatywatch_job_duration_seconds_count{job_name=poll}": 2,
        "treatywatch_job_duration_seconds_sum{job_name=poll}": 7.2,
        "treatywatch_job_failures_total{job_name=poll}": 1,
        "treatywatch_job_last_success_timestamp_seconds{job_name=poll}": NOW.timestamp(),
        "treatywatch_info{version=1.2.3}": 1,
        "treatywatch_store_up": 1,
        "treatywatch_feeds{health=failing}": 1,
        "treatywatch_feeds_due": 2,
        "treatywatch_feed_lag_seconds": 90,
        "treatywatch_outbox_messages{platform=slack}": 5,
        "treatywatch_outbox_oldest_seconds{platform=slack}": 60,
        "treatywatch_outbox_messages{platform=telegram}": 0,
        "treatywatch_job_late{job_name=poll}": 0,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert not [name for name in found if "_created" in name]
    assert found["process_resident_memory_bytes"] > 0


def test_two_programs_in_one_process_share_no_count() -> None:
    one, two = metrics(), metrics()
    one.reports(1)
    assert (samples(one)["treatywatch_reports_total"], samples(two)["treatywatch_reports_total"]) == (1, 0)


def test_a_store_that_does_not_answer_hides_no_counts() -> None:
    found = samples(metrics(None))
    assert (found["treatywatch_store_up"], found["treatywatch_reports_total"]) == (0, 0)
    assert "treatywatch_feeds_due" not in found


def test_the_gauges_are_those_of_the_store(database: Database) -> None:
    with database.transaction() as conn:
        ann = channels.sync(conn, "telegram", "7", title="Ann")
        outbox.queue(conn, ann, key="k", kind="notice", payload={}, now=NOW - timedelta(minutes=2))
        jobs.started(conn, "poll", NOW - timedelta(hours=1), 600)
        jobs.started(conn, "digest", NOW, 600)
        for minutes in (20, 1):
            jobs.finished(conn, "digest", NOW - timedelta(minutes=minutes), "OSError: no room")
        found = gather(conn, ["poll", "digest"], NOW)
    assert found == Gathered(
        feeds={"well": 0, "failing": 0, "gone": 0, "new": 0},
        due=0,
        due_waits=0.0,
        owed={"telegram": (1, 120.0)},
        late={"poll": True, "digest": False},
        failing={"poll": False, "digest": True},
    )


@asynccontextmanager
async def asking(server: MetricsServer) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    async with server.serving("127.0.0.1:0") as address, aiohttp.ClientSession() as session:
        yield session, address


async def test_the_server_answers_three_questions_and_no_other() -> None:
    made, late, unready = metrics(), [""], ["job poll has not begun"]
    late.clear()
    async with asking(MetricsServer(made.text, made.content_type, lambda: late, lambda: unready)) as (session, address):

        async def get(path: str, method: str = "GET") -> tuple[int, str]:
            async with session.request(method, address + path) as answer:
                assert answer.headers["Cache-Control"] == "no-store"
                return answer.status, await answer.text()

        status, text = await get("metrics")
        assert status == 200
        assert dict(_samples(text))["treatywatch_feeds_due"] == 2
        assert await get("healthz") == (200, '{"status": "ok", "late": []}')
        assert await get("readyz") == (503, '{"status": "not ready", "missing": ["job poll has not begun"]}')
        unready.clear()
        late.append("job poll has never run")
        assert await get("readyz") == (200, '{"status": "ready", "missing": []}')
        assert await get("healthz") == (503, '{"status": "late", "late": ["job poll has never run"]}')
        assert [(await get(path))[0] for path in ("", "metrics/..", "known-events.json")] == [404, 404, 404]
        assert (await get("metrics", "POST"))[0] == 405


@pytest.mark.parametrize("asked", [b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n"])
async def test_a_request_that_is_none_is_refused_and_fills_no_log(
    asked: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    made = metrics()
    async with asking(MetricsServer(made.text, made.content_type, list, list)) as (_, address):
        parts = urlsplit(address)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(asked)
        assert (await reader.readline()).startswith(b"HTTP/1.0 400 ")
        writer.close()
    assert caplog.messages == []


async def test_the_type_of_the_answer_is_what_prometheus_asks_for() -> None:
    made = metrics()
    server = MetricsServer(made.text, made.content_type, list, list)
    async with asking(server) as (session, address), session.get(f"{address}metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_the_program_is_ready_once_every_job_has_begun_and_while_the_tables_fit(own_database: Database) -> None:
    chosen = load_settings(None, {"TREATYWATCH_METRICS__LISTEN": "127.0.0.1:0"})
    observed = Observed(chosen, own_database)
    assert observed._unready() == [f"job {name} has not begun" for name in JOBS]
    for name in JOBS:
        observed._started(name, NOW, 600)
    assert observed._unready() == []
    with own_database.transaction() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0015'")
    (line,) = observed._unready()
    assert "is at version 0015, the program needs" in line
    observed.stop()
    assert observed._unready()[0] == "the program is stopping"


def test_without_a_place_to_listen_at_nothing_is_counted(sqlite_database: Database) -> None:
    observed = Observed(load_settings(None, {}), sqlite_database)
    assert observed.sent is None
    observed._started("poll", NOW, 600)
    observed._finished("poll", NOW, None)
    with sqlite_database.reading() as conn:
        assert [row.name for row in jobs.all_jobs(conn)] == ["poll"]


def known() -> frozenset[str]:
    """The names of all series."""
    made = metrics()
    made.job("poll", 0.2, 1.0, well=True)
    return frozenset(name.partition("{")[0] for name in samples(made))


def test_every_metric_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(treatywatch_\w+)`", readme))
    assert named == {re.sub(r"_(?:bucket|sum|count)$", "", name) for name in known() if name.startswith("treatywatch")}
