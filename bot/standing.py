"""How the bot is doing: the facts of `/status` in chats and of `treatywatch status`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.health import failing, overdue
from store import feeds, jobs, looking

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from store.database import Connection
    from store.feeds import FeedState
    from store.jobs import JobRow
    from store.looking import Health


@dataclass(frozen=True, slots=True)
class Standing:
    """How the bot is doing.

    Attributes:
        health: feeds, the last poll, report and alert, and what waits to be sent.
        jobs: the latest run of each.
    """

    health: Health
    jobs: tuple[JobRow, ...]

    @property
    def failed(self) -> list[str]:
        """The jobs whose last run ended with an error."""
        return [job.name for job in self.jobs if job.error]

    @property
    def well(self) -> bool:
        """Whether no job failed, and any feed can be read."""
        return not self.failed and self.health.feeds_healthy > 0


@dataclass(frozen=True, slots=True)
class Status:
    """What the command line says of it: besides, which jobs are late, and which have failed for too long."""

    standing: Standing
    late: dict[str, str]
    failing: dict[str, str]
    version: str

    @property
    def well(self) -> bool:
        """Whether nothing needs a look."""
        return self.standing.well and not self.late

    def lines(self) -> list[str]:
        """The answer as text."""
        health, failed = self.standing.health, [job for job in self.standing.jobs if job.error]
        waiting = "1 message waits" if health.queued == 1 else f"{health.queued} messages wait"
        return [
            "The bot is at work." if self.well else "Something is not well.",
            f"Feeds: {health.feeds_healthy} of {health.feeds_total} healthy",
            f"Last poll: {_moment(health.last_poll)}",
            f"Last report: {_moment(health.last_report)}",
            f"Last alert: {_moment(health.last_alert)}",
            f"{waiting} to be sent",
            *self.late.values(),
            *self.failing.values(),
            *(f"job {job.name} failed last at {_moment(job.finished)}: {job.error}" for job in failed),
            f"Version {self.version}",
        ]

    def json(self) -> dict[str, Any]:
        """The answer as data; moments are ISO 8601, in UTC."""
        runs = {
            job.name: {
                "started": _iso(job.started),
                "finished": _iso(job.finished),
                "error": job.error,
                "limit_seconds": job.limit_seconds,
                "late": job.name in self.late,
                "failing_since": _iso(job.failing_since),
            }
            for job in self.standing.jobs
        }
        health = asdict(self.standing.health)
        moments = {name: _iso(health.pop(name)) for name in ("last_poll", "last_report", "last_alert")}
        troubles = {"late": list(self.late), "failing": list(self.failing)}
        return {"well": self.well, **health, **moments, **troubles, "jobs": runs, "version": self.version}


def polled(conn: Connection) -> list[FeedState]:
    """The feeds that are polled: neither gone nor the twin of another."""
    return [feed for feed in feeds.all_feeds(conn) if not feed.gone and feed.twin_of is None]


def standing(conn: Connection) -> Standing:
    """How the bot is doing now."""
    return Standing(looking.health(conn, [feed.healthy for feed in polled(conn)]), jobs.all_jobs(conn))


def status(conn: Connection, names: Iterable[str], now: datetime, version: str) -> Status:
    """The same, with the jobs of `names` that are late or fail."""
    found, names = standing(conn), tuple(names)
    return Status(found, overdue(found.jobs, names, now), failing(found.jobs, names, now), version)


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "never"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
