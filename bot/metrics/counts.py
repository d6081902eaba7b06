"""The counters, and their text as Prometheus reads it. The only module that imports prometheus_client.

Everything stands in a registry of its own. Labels come from short lists of ours, never from feeds or people, so that
the number of series is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.outcomes import Result
from treaties.model import Label, VerdictKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client import Metric

    from bot.metrics.gathered import Gathered

PLATFORMS: Final = ("console", "telegram", "slack")
POLL_OUTCOMES: Final = ("new", "unchanged", "failed", "gone")
PARSE_ERRORS: Final = ("no_feed", "cut_off")
_JOB_SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1800)


class Metrics:
    """Counts what the program does, and looks up in the store how work keeps up, when somebody reads it.

    Args:
        version: of the program.
        jobs: their names.
        gathered: looks into the store; None where that is not possible now. Called from a thread.

    Attributes:
        content_type: of `text`.
    """

    content_type: Final = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, version: str, jobs: Iterable[str], gathered: Callable[[], Gathered | None]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which says when it began
        self._registry = registry = CollectorRegistry()
        self._polls = Counter("treatywatch_polls", "Polls of feeds by outcome.", ["outcome"], registry=registry)
        self._parse_errors = Counter(
            "treatywatch_parse_errors",
            "Answers in which there was no feed, or that broke off before its end.",
            ["kind"],
            registry=registry,
        )
        self._reports = Counter("treatywatch_reports", "New reports stored.", registry=registry)
        self._readings = Counter("treatywatch_readings", "Reports read, by label.", ["label"], registry=registry)
        self._verdicts = Counter("treatywatch_verdicts", "Verdicts on claims, by kind.", ["kind"], registry=registry)
        self._set_aside = Counter(
            "treatywatch_reports_set_aside", "Reports that the rules stumbled over.", registry=registry
        )
        self._sends = Counter(
            "treatywatch_sends",
            "Attempts to send or edit a message, by platform and outcome.",
            ["platform", "outcome"],
            registry=registry,
        )
        self._job_seconds = Histogram(
            "treatywatch_job_duration_seconds",
            "How long runs of jobs took.",
            ["job_name"],
            buckets=_JOB_SECONDS,
            registry=registry,
        )
        self._job_failures = Counter(
            "treatywatch_job_failures", "Runs of jobs that ended with an error.", ["job_name"], registry=registry
        )
        self._job_success = Gauge(
            "treatywatch_job_last_success_timestamp_seconds",
            "When a job last ended well since the program began.",
            ["job_name"],
            registry=registry,
        )
        Info("treatywatch", "The program.", registry=registry).info({"version": version})
        ProcessCollector(registry=registry)
        registry.register(_Looked(gathered))
        self._begin(jobs)

    def _begin(self, jobs: Iterable[str]) -> None:
        """Let every series that can come begin at nought, so that its first count is seen as a rise."""
        for outcome in POLL_OUTCOMES:
            self._polls.labels(outcome)
        for kind in PARSE_ERRORS:
            self._parse_errors.labels(kind)
        for label in Label:
            self._readings.labels(label.value)
        for verdict in VerdictKind:
            self._verdicts.labels(verdict.value)
        for platform in PLATFORMS:
            for result in Result:
                self._sends.labels(platform, result.value)
        for job in jobs:
            self._job_failures.labels(job)

    def text(self) -> bytes:
        """All metrics as Prometheus reads them. It looks into the store: call it in a thread."""
        return generate_latest(self._registry)

    def poll(self, outcome: str) -> None:
        """A feed was asked."""
        self._polls.labels(outcome).inc()

    def parse_error(self, kind: str) -> None:
        """What a feed answered could not be read, or not to its end."""
        self._parse_errors.labels(kind).inc()

    def reports(self, new: int) -> None:
        """So many reports were new."""
        self._reports.inc(new)

    def readings(self, label: Label, number: int) -> None:
        """So many were read as that."""
        self._readings.labels(label.value).inc(number)

    def verdict(self, kind: VerdictKind) -> None:
        """That was decided about a claim."""
        self._verdicts.labels(kind.value).inc()

    def set_aside(self) -> None:
        """The rules stumbled over a report."""
        self._set_aside.inc()

    def sent(self, platform: str, result: Result) -> None:
        """A message was tried to be sent, or edited."""
        self._sends.labels(platform, result.value).inc()

    def job(self, name: str, seconds: float, ended: float, *, well: bool) -> None:
        """A run of a job took so long and ended then, in seconds since 1970."""
        self._job_seconds.labels(name).observe(seconds)
        if well:
            self._job_success.labels(name).set(ended)
        else:
            self._job_failures.labels(name).inc()


class _Looked:
    """What is looked up when somebody reads."""

    def __init__(self, gathered: Callable[[], Gathered | None]) -> None:
        self._gathered = gathered

    def describe(self) -> Iterable[Metric]:
        """Nothing: the registry need not look to know the names."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The gauges; of a store that does not answer only that it does not."""
        found = self._gathered()
        yield GaugeMetricFamily("treatywatch_store_up", "Whether the store answers.", 1 if found else 0)
        if found is None:
            return
        yield _by("treatywatch_feeds", "Feeds listed, by health.", "health", found.feeds)
        yield GaugeMetricFamily("treatywatch_feeds_due", "Feeds that should have been asked by now.", found.due)
        yield GaugeMetricFamily(
            "treatywatch_feed_lag_seconds", "For how long the feed that waits longest has been due.", found.due_waits
        )
        owed = {platform: found.owed.get(platform, (0, 0.0)) for platform in sorted({*PLATFORMS, *found.owed})}
        depth = {platform: messages for platform, (messages, _) in owed.items()}
        age = {platform: waits for platform, (_, waits) in owed.items()}
        yield _by("treatywatch_outbox_messages", "Messages owed to enabled channels.", "platform", depth)
        yield _by("treatywatch_outbox_oldest_seconds", "For how long the oldest of them is owed.", "platform", age)
        yield _by("treatywatch_job_late", "Whether a job has not ended in its time.", "job_name", found.late)
        told = "Whether a job has ended with errors alone for as long as it has time to end well."
        yield _by("treatywatch_job_failing", told, "job_name", found.failing)


def _by(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
