"""The Grafana dashboard, and what its queries ask for: each is read by a parser of Prometheus' query language."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import promql_parser
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = Path(__file__).parents[2] / "docs/grafana-dashboard.json"
DASHBOARD: Final[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
PANELS: Final[list[dict[str, Any]]] = DASHBOARD["panels"]

# What Grafana puts in the place of its own names before it asks.
_FILLED_IN: Final = {"$__rate_interval": "2m", "$instance": ".*"}
_RISES: Final = frozenset({"rate", "increase"})
_OF_THE_TARGET: Final = frozenset({"instance", "job"})
"""Labels that Prometheus adds to whatever it reads."""


@dataclass(frozen=True)
class Query:
    """A query of a panel, as it is asked.

    Attributes:
        names: the series that it asks for, and those of them of which it takes how they rise.
        labels: by which it chooses and groups, and which its legend shows.
    """

    panel: str
    text: str
    names: frozenset[str]
    rising: frozenset[str]
    labels: frozenset[str]


@dataclass(frozen=True)
class Series:
    """Series of one name: of what type they are, and their labels."""

    type: str
    labels: frozenset[str]


def queries(dashboard: dict[str, Any] = DASHBOARD) -> list[Query]:
    """Every query of the dashboard.

    Raises:
        ValueError: one is not in the language.
    """
    return [_query(panel, target) for panel in dashboard["panels"] for target in panel["targets"]]


def _query(panel: dict[str, Any], target: dict[str, Any]) -> Query:
    text = target["expr"]
    for name, value in _FILLED_IN.items():
        text = text.replace(name, value)
    nodes = list(_nodes(promql_parser.parse(text)))
    selectors = [node for node in nodes if isinstance(node, promql_parser.VectorSelector)]
    rising = {
        str(node.args[0].vector_selector.name)
        for node in nodes
        if isinstance(node, promql_parser.Call) and node.func.name in _RISES
    }
    labels = {matcher.name for selector in selectors for matcher in selector.matchers.matchers}
    for node in nodes:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            labels |= set(node.modifier.labels)
    labels |= set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    names = frozenset(str(selector.name) for selector in selectors)
    return Query(panel["title"], text, names, frozenset(rising), frozenset(labels))


def _nodes(tree: promql_parser.Expr) -> Iterator[Any]:
    found: list[promql_parser.Expr] = []
    promql_parser.walk(tree, found.append)
    for node in found:
        yield node
        if isinstance(node, promql_parser.MatrixSelector):
            yield node.vector_selector


def exported(text: str) -> dict[str, Series]:
    """The series that a scrape gave, by name."""
    found: dict[str, Series] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            before = found[sample.name].labels if sample.name in found else frozenset[str]()
            found[sample.name] = Series(family.type, before | set(sample.labels))
    return found


def faults(asked: list[Query], there: dict[str, Series]) -> list[str]:
    """A line for everything that a query asks for and a scrape does not give."""
    lines = []
    for query in asked:
        if not query.names:
            lines.append(f"{query.panel}: asks for nothing")
        for name in sorted(query.names):
            series = there.get(name)
            if series is None:
                lines.append(f"{query.panel}: there is no {name}")
                continue
            unknown = query.labels - series.labels - _OF_THE_TARGET
            lines += [f"{query.panel}: {name} has no label {label}" for label in sorted(unknown)]
            counted = series.type in {"counter", "histogram"}
            if counted != (name in query.rising):
                lines.append(f"{query.panel}: {name} is a {series.type}, and its rise is {'not ' * counted}asked for")
    return lines
