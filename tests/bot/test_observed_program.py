"""The whole program in a process of its own: its log as JSON, its metrics and its probes after a real round."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.bot.dashboard import exported, faults, queries
from tests.bot.fakes.bot_api import TOKEN
from tests.bot.stand import stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.bot.stand import Program, Stand
    from tests.conftest import NewUrl

SECRET = TOKEN.partition(":")[2]


@pytest.fixture
async def place(tmp_path: Path, sqlite_urls: NewUrl) -> AsyncIterator[Stand]:
    async with stand(tmp_path, sqlite_urls()) as made:
        yield made


def logged(program: Program, event: str) -> list[dict[str, Any]]:
    """The lines about an event, of what the program logged as JSON."""
    lines = (json.loads(line) for line in program.said.splitlines() if line.startswith("{"))
    return [line for line in lines if line.get("event") == event]


async def asked(address: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status, await answer.text()


async def test_a_round_can_be_followed_in_log_metrics_and_probes(place: Stand) -> None:
    ann = place.listed(place.telegram.private(7, "Ann"))
    place.feed.titles = [
        "Rain is expected\x85in the north\u202e of the country",
        "Latvia's parliament votes to leave the Ottawa Convention on anti-personnel mines",
    ]
    place.more = {"log_format": "json", "metrics": {"listen": "127.0.0.1:0"}}
    program = await place.run()
    await place.until(lambda: ann.told)
    await place.all_sent()
    found = re.search(r"Metrics are at (http://127\.0\.0\.1:\d+/)metrics\n", program.said)
    assert found
    (status, text), ready, health = [await asked(found[1] + path) for path in ("metrics", "readyz", "healthz")]
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert (status, ready[0], health[0]) == (200, 200, 200)
    assert samples["treatywatch_polls_total", "new"] == 1
    assert samples["treatywatch_reports_total",] == 2
    assert samples["treatywatch_readings_total", "none"] == samples["treatywatch_readings_total", "development"] == 1
    assert samples["treatywatch_verdicts_total", "new_case"] == 1
    assert samples["treatywatch_sends_total", "sent", "telegram"] == len(ann.told) == 1
    assert samples["treatywatch_outbox_messages", "telegram"] == 0
    assert samples["treatywatch_feeds", "well"] == 1
    assert samples["treatywatch_job_duration_seconds_count", "poll"] >= 1
    assert samples["treatywatch_job_late", "poll"] == 0
    assert faults(queries(), exported(text)) == []
    await program.stop()
    (poll,) = [line for line in logged(program, "poll") if line["outcome"] == "new"]
    assert (poll["level"], poll["outlet"], poll["reports"], poll["status"]) == ("info", "Wire", 2, 200)
    (verdict,) = logged(program, "verdict")
    assert (verdict["state"], verdict["treaty"], verdict["verdict"]) == ("LV", "ottawa", "new_case")
    (delivery,) = logged(program, "delivery")
    assert (delivery["platform"], delivery["kind"], delivery["outcome"]) == ("telegram", "alert", "sent")
    assert SECRET not in program.said + text + ready[1] + health[1]


async def test_a_place_that_is_taken_is_told_in_one_line(place: Stand) -> None:
    place.more = {"metrics": {"listen": place.feed.host}}
    program = await place.run()
    assert await program.ended() == 1
    assert f"treatywatch: metrics.listen: {place.feed.host} cannot be listened at: " in program.said
    assert "Traceback" not in program.said
