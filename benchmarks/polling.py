"""How fast feeds are polled, beside lemon24/reader where that is installed (`--group bench`), in the same run.

500 feeds of 30 items come from a loopback server in another process. Three passes: everything is new; nothing changed
(304); every feed changed and 5 % of its items are new. Both programs store feeds and items in SQLite; ours has the SSRF
guard, its limits and the parser's child process on. Judging reports is `benchmarks.pipeline`'s matter. Figures of ours
hold for all its processes; the server's own work shares the machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.feed_server import FEEDS, HOSTS, ITEMS, urls
from bot.memory import share_arenas
from store import feeds, reports
from store.database import Database
from store.feeds import FeedSpec
from treaties.model import Label, Reading
from watchers.fetch import Fetcher, Limits
from watchers.loop import run
from watchers.parsing import ParserProcess
from watchers.polling import Poller, PollOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from watchers.arrivals import Arrival, Writes

PASSES = (("all new", 1), ("all 304", 1), ("5 % new", 2))
EXPECTED = (FEEDS * ITEMS, 0, FEEDS * ITEMS // 20)
START = datetime(2025, 11, 22, 20, tzinfo=UTC)
BETWEEN = timedelta(days=1)
BEAT = 0.01
READER_WORKERS = 10


@dataclass(frozen=True)
class Figures:
    """What one pass took: seconds, seconds of CPU, new items."""

    name: str
    seconds: float
    cpu: float
    items: int


def _processes() -> list[int]:
    """This process and its children."""
    own = os.getpid()
    children = [Path(f"/proc/{own}/task/{task.name}/children") for task in Path(f"/proc/{own}/task").iterdir()]
    return [own, *(int(pid) for path in children for pid in path.read_text().split())]


def _cpu() -> float:
    """Seconds of CPU so far, of this process and its children."""
    ticks = 0
    for pid in _processes():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _peak() -> float:
    """The most memory, in MB, of this process and of its children, added up."""
    lines = [Path(f"/proc/{pid}/status").read_text().splitlines() for pid in _processes()]
    return sum(int(line.split()[1]) for found in lines for line in found if line.startswith("VmHWM")) / 1_000


def _edition(port: int, number: int) -> None:
    urllib.request.urlopen(f"http://{HOSTS[0]}:{port}/edition/{number}").close()


async def _lag(worst: list[float]) -> None:
    """Note by how much the event loop is late, at worst."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(BEAT)
        worst.append(time.perf_counter() - before - BEAT)


def remembering(arrivals: Sequence[Arrival]) -> Writes:
    """Take reports in as the pipeline does where it finds nothing in them."""
    nothing = Reading("", Label.NONE, None, (), "not read")
    plain = [reports.PlainReport(one.report, nothing, one.feed, one.now, one.mark) for one in arrivals]
    return lambda conn: reports.remember_plain(conn, plain)


async def ours(port: int, folder: Path) -> dict[str, Any]:
    """Poll with this program, set up as it is when it runs."""
    share_arenas()
    figures: list[Figures] = []
    lag: list[float] = []
    with Database(f"sqlite:///{folder}/ours.db") as database:
        database.upgrade()
        with database.transaction() as conn:
            feeds.sync(conn, [FeedSpec(url, f"outlet {number}") for number, url in enumerate(urls(port))])

        allowed = [f"{host}:{port}" for host in HOSTS]
        limits = Limits(connections=len(HOSTS))
        async with (
            Fetcher("Treatywatch/bench", limits=limits, allow_hosts=allowed) as fetcher,
            ParserProcess() as parsing,
        ):
            poller = Poller(database, fetcher, remembering, PollOptions(parallel=len(HOSTS)), parsing)
            beating = asyncio.create_task(_lag(lag))
            for number, (name, edition) in enumerate(PASSES):
                await asyncio.to_thread(_edition, port, edition)
                cpu, start = _cpu(), time.perf_counter()
                summary = await poller.poll_due(START + BETWEEN * number)
                figures.append(Figures(name, time.perf_counter() - start, _cpu() - cpu, summary.reports))
                if summary.failed:
                    raise SystemExit(f"{summary.failed} feeds failed")
            beating.cancel()
            peak = _peak()
    return {"passes": [vars(one) for one in figures], "peak": peak, "lag": max(lag)}


def lemon24(port: int, folder: Path) -> dict[str, Any]:
    """Poll with lemon24/reader."""
    from reader import make_reader  # noqa: PLC0415 - not everybody has it

    figures = []
    reader = make_reader(str(folder / "reader.db"))
    for url in urls(port):
        reader.add_feed(url)
    counts = [0]
    for name, edition in PASSES:
        _edition(port, edition)
        cpu, start = _cpu(), time.perf_counter()
        reader.update_feeds(scheduled=False, workers=READER_WORKERS)
        seconds, used = time.perf_counter() - start, _cpu() - cpu
        counts.append(reader.get_entry_counts().total or 0)
        figures.append(Figures(name, seconds, used, counts[-1] - counts[-2]))
    return {"passes": [vars(one) for one in figures], "peak": _peak(), "lag": None}


CLIENTS: dict[str, Callable[[int, Path], dict[str, Any]]] = {
    "treatywatch": lambda port, folder: run(ours(port, folder)),
    "lemon24/reader": lemon24,
}


@contextmanager
def serving() -> Iterator[int]:
    """The port of a running server."""
    command = [sys.executable, "-m", "benchmarks.feed_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        if server.stdout is None or server.stdin is None:
            raise SystemExit("the server did not start")
        yield int(server.stdout.readline())
        server.stdin.close()


def measured(client: str) -> dict[str, Any]:
    """One client in a process of its own, against a server of its own."""
    with serving() as port:
        command = [sys.executable, "-m", "benchmarks.polling", client, str(port)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def told(client: str, found: dict[str, Any]) -> Iterator[str]:
    """The figures of a client, one line a pass."""
    for one, expected in zip(found["passes"], EXPECTED, strict=True):
        speed, cpu = FEEDS / one["seconds"], one["cpu"] / FEEDS * 1_000
        wrong = "" if one["items"] == expected else f" - expected {expected}"
        name, items = one["name"], one["items"]
        yield f"{client:15} {name}: {speed:7.0f} feeds/s, {cpu:6.2f} ms CPU per feed, {items} new items{wrong}"
    lag = f", longest event-loop lag {found['lag'] * 1_000:.0f} ms" if found["lag"] is not None else ""
    yield f"{client:15} peak memory {found['peak']:.0f} MB{lag}"


def compared(found: list[dict[str, Any]]) -> Iterator[str]:
    """How many times as fast each client is as the next."""
    for one, other in pairwise(found):
        for mine, theirs in zip(one["passes"], other["passes"], strict=True):
            ratio, cpu = theirs["seconds"] / mine["seconds"], theirs["cpu"] / max(mine["cpu"], 0.01)
            yield f"{mine['name']}: {ratio:.1f} times the feeds/s of reader, 1/{cpu:.1f} of its CPU"


if __name__ == "__main__":
    if sys.argv[1:]:
        with tempfile.TemporaryDirectory() as place:
            print(json.dumps(CLIENTS[sys.argv[1]](int(sys.argv[2]), Path(place))))
    else:
        here = [name for name in CLIENTS if name == "treatywatch" or find_spec("reader")]
        results = []
        for name in here:
            results.append(measured(name))
            print("\n".join(told(name, results[-1])), flush=True)
        print("\n".join(compared(results) if results[1:] else ["lemon24/reader is not installed: nothing to compare"]))
