"""Builds the container's image and tries it as it is meant to run: `make image-check`.

That is without a network, on a read-only file system, as nobody in particular and within 512 MB. Where neither docker
nor podman is at hand, it says so and all is well. `IMAGE_BUILD_OPTIONS` is handed to the engine's `build`.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).parents[1]
TAG: Final = "treatywatch:check"
MOST_MEGABYTES: Final = 250
MOST_SECONDS_TO_STOP: Final = 10
MOST_CPU_SECONDS_OF_HEALTH: Final = 0.5
SECONDS_TO_HEALTH: Final = 180
CONFINED: Final = (
    *("--network", "none", "--read-only", "--tmpfs", "/tmp", "--memory", "512m"),  # noqa: S108  the container's own
    *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
)
SHELL: Final = ("--entrypoint", "sh", TAG, "-c")
UNWANTED: Final = ("cc", "gcc", "make", "strip", "hatchling")

# Each prints one line of JSON.
_LOOK: Final = """
import importlib.util, json, os, pathlib, resource, subprocess
def writable(folder):
    try:
        (pathlib.Path(folder) / "probe").write_text("")
        (pathlib.Path(folder) / "probe").unlink()
    except OSError:
        return False
    return True
health = subprocess.run(["treatywatch", "health"], capture_output=True).returncode
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
tables = dict(line.split(":") for line in pathlib.Path("/proc/1/status").read_text().splitlines())
print(json.dumps({
    "uid": os.getuid(), "gid": os.getgid(),
    "writable": [folder for folder in ("/", "/app", "/data", "/opt/venv", "/etc") if writable(folder)],
    "pip": importlib.util.find_spec("pip") is not None,
    "health": health, "health_cpu": spent.ru_utime + spent.ru_stime,
    "resident_mb": int(tables["VmRSS"].split()[0]) / 1024,
    "most_resident_mb": int(tables["VmHWM"].split()[0]) / 1024,
}))
"""
_STORE: Final = """
import json, sqlite3
with sqlite3.connect("/data/treatywatch.db") as store:
    print(json.dumps({"store": store.execute("PRAGMA integrity_check").fetchone()[0]}))
"""


class FailedError(Exception):
    """The engine refused, or the program in the container ended as it should not."""


class Engine:
    """Docker, or what takes the same commands."""

    def __init__(self, program: str) -> None:
        self.program = program

    def __call__(self, *words: str, seconds: float = 600) -> str:
        """Run one command and return what it printed."""
        ended = subprocess.run(  # noqa: S603  the words stand below
            [self.program, *words], check=False, capture_output=True, text=True, cwd=ROOT, timeout=seconds
        )
        if ended.returncode:
            said = (ended.stderr or ended.stdout).strip().splitlines()
            raise FailedError(f"{Path(self.program).name} {words[0]}: {' | '.join(said[-5:])}")
        return ended.stdout + ended.stderr

    def build(self) -> None:
        """Make the image. Only the docker format has health checks, and podman makes another unless told."""
        formatted = ("--format", "docker") if Path(self.program).name.startswith("podman") else ()
        chosen = shlex.split(os.environ.get("IMAGE_BUILD_OPTIONS", ""))
        self("build", *formatted, *chosen, "--tag", TAG, ".", seconds=3600)

    def inspect(self, what: str) -> dict[str, Any]:
        """Everything that is known of an image or a container."""
        found: dict[str, Any] = json.loads(self("inspect", what))[0]
        return found


def find_engine() -> Engine | None:
    """The first engine that answers."""
    for name in ("docker", "podman"):
        path = shutil.which(name)
        if path and subprocess.run([path, "info"], check=False, capture_output=True).returncode == 0:  # noqa: S603
            return Engine(path)
    return None


@contextmanager
def running(engine: Engine, name: str) -> Iterator[None]:
    """The bot in a container with a volume of its own; nothing is left over."""
    checked = ("--health-interval", "5s", "--health-start-period", "2m")
    try:
        engine("run", "--detach", "--name", name, "--volume", f"{name}:/data", *CONFINED, *checked, TAG)
        yield
    finally:
        for left in (("rm", "--force", name), ("volume", "rm", name)):
            subprocess.run([engine.program, *left], check=False, capture_output=True)  # noqa: S603  our own container


def state(engine: Engine, name: str) -> tuple[str, str]:
    """How a container is, and how its health is."""
    found = engine.inspect(name)["State"]
    # Older podmans have another word for it.
    health = found.get("Health") or found.get("Healthcheck") or {}
    return found["Status"], health.get("Status", "none")


def wait_for_health(engine: Engine, name: str) -> float:
    """Seconds until the container is healthy."""
    began = time.monotonic()
    while time.monotonic() - began < SECONDS_TO_HEALTH:
        match state(engine, name):
            case ("running", "healthy"):
                return time.monotonic() - began
            case (("exited" | "dead") as ended, _):
                raise FailedError(f"the bot has {ended}: {engine('logs', '--tail', '5', name).strip()}")
        time.sleep(1)
    raise FailedError(f"not healthy after {SECONDS_TO_HEALTH} seconds: {state(engine, name)}")


def seen(engine: Engine) -> dict[str, Any]:
    """Run everything once, and say what was seen."""
    image = engine.inspect(TAG)
    told = engine("run", "--rm", *CONFINED, TAG, "demo", "--data", "/data/demo", "--pace", "0")
    found: dict[str, Any] = {
        "megabytes": image["Size"] / 1e6,
        "user": image["Config"]["User"],
        "health_check": bool(image["Config"].get("Healthcheck") or image.get("HealthCheck")),
        "demo": "All as expected." in told,
        "tools": engine(
            "run", "--rm", *CONFINED, *SHELL, f"for one in {' '.join(UNWANTED)}; do command -v $one; done; true"
        ).split(),
    }
    name = f"treatywatch-check-{uuid4().hex[:8]}"
    with running(engine, name):
        found["seconds_to_health"] = wait_for_health(engine, name)
        found |= json.loads(engine("exec", name, "python", "-c", _LOOK))
        began = time.monotonic()
        engine("stop", "--time", "30", name)
        found["seconds_to_stop"] = time.monotonic() - began
        ended = engine.inspect(name)["State"]
        found |= {"exit_code": ended["ExitCode"], "out_of_memory": ended["OOMKilled"]}
        volume = ("--volume", f"{name}:/data", "--entrypoint", "python")
        found |= json.loads(engine("run", "--rm", *CONFINED, *volume, TAG, "-c", _STORE))
    return found


def faults(found: Mapping[str, Any]) -> list[str]:
    """A line for everything that is not as it should be."""
    wanted = (
        (found["megabytes"] < MOST_MEGABYTES, f"the image has {found['megabytes']:.0f} MB, not under {MOST_MEGABYTES}"),
        (found["user"].partition(":")[0].isdigit(), f"the user is {found['user']!r}, no number"),
        (found["uid"] != 0 and found["gid"] != 0, f"it runs as {found['uid']}:{found['gid']}"),
        (found["health_check"], "the image has no health check"),
        (found["demo"], "the demo did not go as expected"),
        (not found["tools"] and not found["pip"], f"tools are left inside: {found['tools'] or 'pip'}"),
        (found["writable"] == ["/data"], f"it can write to {found['writable']}, not to /data alone"),
        (found["health"] == 0, "`treatywatch health` fails in a healthy container"),
        (
            found["health_cpu"] < MOST_CPU_SECONDS_OF_HEALTH,
            f"`treatywatch health` takes {found['health_cpu']:.2f} s of a processor",
        ),
        (found["exit_code"] == 0, f"stopped, it exits with {found['exit_code']}"),
        (found["seconds_to_stop"] < MOST_SECONDS_TO_STOP, f"it takes {found['seconds_to_stop']:.1f} s to stop"),
        (not found["out_of_memory"], "it ran out of memory"),
        (found["store"] == "ok", f"its store is damaged: {found['store']}"),
    )
    return [fault for well, fault in wanted if not well]


def main() -> int:
    """Check the image; returns the exit code."""
    engine = find_engine()
    if engine is None:
        print("No container engine answers (docker or podman): the image is not checked.")
        return 0
    try:
        engine.build()
        found = seen(engine)
    except (FailedError, subprocess.TimeoutExpired) as error:
        print(f"image-check: {error}", file=sys.stderr)
        return 1
    print(
        f"{found['megabytes']:.0f} MB; as {found['uid']}:{found['gid']}, which writes to {' '.join(found['writable'])};"
        f" healthy after {found['seconds_to_health']:.0f} s, {found['resident_mb']:.0f} MB in use"
        f" ({found['most_resident_mb']:.0f} at the most);"
        f" health takes {found['health_cpu']:.2f} s of a processor;"
        f" stops after {found['seconds_to_stop']:.1f} s with exit code {found['exit_code']}"
    )
    for fault in faults(found):
        print(f"image-check: {fault}", file=sys.stderr)
    return 1 if faults(found) else 0


if __name__ == "__main__":
    sys.exit(main())
