"""Archives read at a Dask cluster of real processes over TCP: the same proposal, whatever is killed meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from benchmarks.reports import reports
from bot.backfill.model import BackfillError, Chunk
from bot.wiring.backfilling import read_chunk
from tests.bot.test_backfill import line

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("distributed")

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 120
SCHEDULER: Final = ("scheduler", "--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
WORKER: Final = ("worker", "--host", "127.0.0.1", "--no-nanny", "--nthreads", "1", "--no-dashboard")


@contextmanager
def dask(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Dask's, in a group of its own."""
    command = [sys.executable, "-m", "dask", *words]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=quiet, stderr=quiet) as process:
        try:
            yield process
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def backfill(archive: Path, output: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bot", "backfill", str(archive), "-o", str(output), *more]
    pipe = subprocess.PIPE
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=archive.parent, env=surroundings, stdout=pipe, stderr=pipe, text=True)


def ended(run: subprocess.Popen[str]) -> tuple[int, list[str]]:
    _, err = run.communicate(timeout=PATIENCE)
    return run.returncode, err.splitlines()


def begun(run: subprocess.Popen[str], output: Path, size: int) -> None:
    """Wait until the state of a run has so many bytes more than its first line."""
    state = output.with_name(f"{output.name}.state")
    end = time.monotonic() + PATIENCE
    while run.poll() is None and time.monotonic() < end:
        if state.exists() and state.stat().st_size > size:
            return
        time.sleep(0.01)
    pytest.fail("the run did not get so far")


def test_workers_over_tcp_give_what_one_process_gives_whoever_is_killed(tmp_path: Path) -> None:
    archive = tmp_path / "news.jsonl"
    archive.write_text("".join(f"{line(one)}\n" for one in reports(20_000, share=0.005)), encoding="utf-8")
    alone = tmp_path / "alone.toml"
    assert ended(backfill(archive, alone, "--workers", "1")) == (0, [])
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    found = tmp_path / "found.toml"
    with ExitStack() as first:
        scheduler = first.enter_context(dask(*SCHEDULER, "--port", str(port)))
        workers = [first.enter_context(dask(*WORKER, address)) for _ in range(2)]
        run = backfill(archive, found, "--dask", address)
        begun(run, found, 2_000)
        workers[0].kill()
        begun(run, found, 20_000)
        scheduler.send_signal(signal.SIGKILL)
        code, told = ended(run)
        gone = (
            f"treatywatch: the Dask scheduler at {address} is gone; start it again; the same command goes on from here"
        )
        assert (code, told) == (1, [gone])
    assert found.with_name("found.toml.state").stat().st_size > 20_000
    with dask(*SCHEDULER, "--port", str(port)), dask(*WORKER, address):
        assert ended(backfill(archive, found, "--dask", address)) == (0, [])
    assert found.read_bytes() == alone.read_bytes()


def test_a_scheduler_without_workers_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = pytest.importorskip("bot.backfill.cluster")
    port = free_port()
    crew = cluster.Cluster(partial(read_chunk, None, ""), f"tcp://127.0.0.1:{port}", patience=1)
    monkeypatch.setattr(cluster, "SECONDS", PATIENCE)
    with (
        dask(*SCHEDULER, "--port", str(port)),
        pytest.raises(BackfillError, match="has had no worker for 1 seconds; start some with `dask worker"),
    ):
        list(crew.outcomes([Chunk(0, 0, 1, b"", (), (), 0)]))


def test_nobody_who_listens_is_told_of() -> None:
    cluster = pytest.importorskip("bot.backfill.cluster")
    crew = cluster.Cluster(partial(read_chunk, None, ""), f"tcp://127.0.0.1:{free_port()}")
    with pytest.raises(BackfillError, match="no Dask scheduler answers at tcp://127"):
        list(crew.outcomes([]))
