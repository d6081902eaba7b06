"""The Grafana dashboard can be imported as it stands, and asks only for what the program exports."""

from __future__ import annotations

import copy
import itertools
import json
import re
from typing import Any, Final

import pytest

from bot.metrics.counts import Metrics
from bot.metrics.gathered import Gathered
from bot.wiring.stores import JOBS
from tests.bot.dashboard import DASHBOARD, PANELS, exported, faults, queries

WELL: Final = dict.fromkeys(JOBS, False)
COLUMNS: Final = 24
ALL_PANELS: Final = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])


def scraped() -> str:
    """What the program exports once a job has run."""
    made = Metrics("1.2.3", JOBS, lambda: Gathered({"well": 1}, 0, 0.0, {}, WELL, WELL))
    made.job("poll", 0.2, 1.0, well=True)
    return made.text().decode()


def bare(name: str) -> str:
    return re.sub(r"_(?:bucket|sum|count)$", "", name)


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


def test_every_query_asks_for_what_is_exported() -> None:
    assert faults(queries(), exported(scraped())) == []


def test_every_series_of_ours_is_shown() -> None:
    shown = {bare(name) for query in queries() for name in query.names if name.startswith("treatywatch")}
    assert shown == {bare(name) for name in exported(scraped()) if name.startswith("treatywatch")}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("treatywatch_pols_total", "there is no treatywatch_pols_total"),
        ("sum by (healt) (treatywatch_feeds)", "treatywatch_feeds has no label healt"),
        ('treatywatch_feeds{kind="well"}', "treatywatch_feeds has no label kind"),
        ("rate(treatywatch_feeds[5m])", "treatywatch_feeds is a gauge, and its rise is asked for"),
        ("treatywatch_reports_total", "treatywatch_reports_total is a counter, and its rise is not asked for"),
        ("1 + 1", "asks for nothing"),
    ],
)
def test_a_query_that_is_wrong_is_told(wrong: str, said: str) -> None:
    dashboard = {"panels": [{"title": "P", "targets": [{"expr": wrong, "legendFormat": "all"}]}]}
    assert faults(queries(dashboard), exported(scraped())) == [f"P: {said}"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("sum(treatywatch_feeds", "unclosed left parenthesis"),
        ("rate(treatywatch_feeds)", "expected type matrix"),
        ("treatywatch_feeds{health=}", "invalid promql query"),
        ("", "no expression"),
    ],
)
def test_a_query_that_is_none_is_refused(broken: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        queries({"panels": [{"title": "P", "targets": [{"expr": broken, "legendFormat": ""}]}]})


def test_what_the_importer_reads_is_there() -> None:
    assert re.fullmatch(r"[\w-]{1,40}", DASHBOARD["uid"])
    assert DASHBOARD["title"]
    assert DASHBOARD["id"] is None  # a number would be that of a dashboard of somebody's Grafana
    assert isinstance(DASHBOARD["schemaVersion"], int)
    assert {"from", "to"} <= set(DASHBOARD["time"])
    (asked,) = DASHBOARD["__inputs"]
    assert (asked["name"], asked["type"], asked["pluginId"]) == ("DS_PROMETHEUS", "datasource", "prometheus")
    assert {"label", "description", "pluginName"} <= set(asked)


def test_what_the_panels_need_is_named() -> None:
    needs = {(one["type"], one["id"]) for one in DASHBOARD["__requires"]}
    panels = {("panel", panel["type"]) for panel in PANELS}
    assert needs == {("grafana", "grafana"), ("datasource", "prometheus")} | panels


def test_everything_that_is_to_be_filled_in_is_known() -> None:
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    inputs = {one["name"] for one in DASHBOARD["__inputs"]}
    used = {
        name
        for text in strings(DASHBOARD)
        for name in re.findall(r"\$\{?(\w+)\}?", text)
        if not name.startswith("__")  # Grafana's own
    }
    assert used == set(variables) | inputs
    assert variables["datasource"]["query"] == "prometheus"
    chosen = copy.deepcopy(DASHBOARD)
    text = json.dumps(chosen).replace("${DS_PROMETHEUS}", "the-uid")
    filled: dict[str, Any] = json.loads(text)
    assert filled["templating"]["list"][0]["current"]["value"] == "the-uid"
    assert "DS_" not in json.dumps({name: value for name, value in filled.items() if name != "__inputs"})


@ALL_PANELS
def test_a_panel_is_whole(panel: dict[str, Any]) -> None:
    source = {"type": "prometheus", "uid": "${datasource}"}
    assert panel["title"]
    assert panel["description"]
    assert panel["datasource"] == source
    assert panel["targets"]
    references = [target["refId"] for target in panel["targets"]]
    assert len(references) == len(set(references))
    for target in panel["targets"]:
        assert target["datasource"] == source
        assert '{instance=~"$instance"' in target["expr"]
    assert {"fieldConfig", "options"} <= set(panel)


def test_the_panels_are_told_apart_and_do_not_overlap() -> None:
    ids = [panel["id"] for panel in PANELS]
    assert len(ids) == len(set(ids))
    taken: dict[tuple[int, int], str] = {}
    for panel in PANELS:
        place = panel["gridPos"]
        assert place["w"] > 0
        assert place["h"] > 0
        assert place["x"] >= 0
        assert place["y"] >= 0
        assert place["x"] + place["w"] <= COLUMNS
        columns = range(place["x"], place["x"] + place["w"])
        for cell in itertools.product(columns, range(place["y"], place["y"] + place["h"])):
            assert cell not in taken, f"{panel['title']} lies upon {taken[cell]}"
            taken[cell] = panel["title"]
    rows = {row for _, row in taken}
    assert rows == set(range(max(rows) + 1))
