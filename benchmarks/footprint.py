"""How soon the program polls after it was started, and how much memory it takes: alone, and with everything on.

It runs as users run it, in a process of its own with its parser's child, against 300 feeds of 30 items from a loopback
server; "everything" is the web page, hubs, and a chat each at a fake Telegram and a fake Slack. Memory is that of all
its processes, after the first round and after a minute of rest, in millions of bytes: the pages that they wrote, and
each page of a library or another file once, however many processes of this machine map it as well. (The system's
proportional figure, PSS, falls with every other Python that runs at the same time, and rises as these end.)
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import tomli_w
from aiohttp import web

from benchmarks.feed_server import body
from tests.bot.fakes.bot_api import bot_api
from tests.bot.fakes.slack import slack_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

FEEDS: Final = 300
REST_SECONDS: Final = 60.0
PATIENCE: Final = 300.0
KILOBYTE: Final = 1_024
ROOT: Final = Path(__file__).parents[1]


@dataclass
class Feeds:
    """Feeds on loopback addresses, and when they were first asked for."""

    asked: set[int] = field(default_factory=set)
    first: float | None = None
    port: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        """Give a feed, or say that it has not changed."""
        number = int(request.match_info["number"])
        self.first = self.first or time.perf_counter()
        self.asked.add(number)
        if request.headers.get("If-None-Match") == f'"{number}"':
            return web.Response(status=304)
        return web.Response(body=body(number, 1), content_type="application/xml", headers={"ETag": f'"{number}"'})

    def url(self, number: int) -> str:
        """Where a feed is."""
        return f"http://127.0.2.{number % 100 + 1}:{self.port}/feed/{number}"


async def served(feeds: Feeds) -> web.AppRunner:
    """Serve them."""
    app = web.Application()
    app.router.add_get("/feed/{number}", feeds.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", 0)  # noqa: S104 - a hundred addresses of the loopback network
    await site.start()
    feeds.port = runner.addresses[0][1]
    return runner


def settings(folder: Path, feeds: Feeds, more: dict[str, Any]) -> None:
    """What the program finds in its folder."""
    listed = [{"url": feeds.url(number), "outlet": f"O{number}", "lang": "en"} for number in range(FEEDS)]
    (folder / "feeds.toml").write_text(tomli_w.dumps({"feed": listed}), encoding="utf-8")
    hosts = [f"127.0.2.{number}:{feeds.port}" for number in range(1, 101)]
    chosen = {"contact": "bench@treatywatch.example", "feeds": {"file": "feeds.toml", "allow_hosts": hosts}} | more
    (folder / "treatywatch.toml").write_text(tomli_w.dumps(chosen), encoding="utf-8")


def memory(pid: int) -> str:
    """The memory of the program and its children."""
    own = Path(f"/proc/{pid}")
    children = [int(one) for task in own.glob("task/*/children") for one in task.read_text().split()]
    written, files = 0, dict[str, int]()
    for each in (pid, *children):
        for mapped, sizes in mappings(each):
            written += sizes["Anonymous"]
            files[mapped] = max(files.get(mapped, 0), sizes["Rss"] - sizes["Anonymous"])
    read = sum(files.values())
    return f"{(written + read) * KILOBYTE / 1e6:.0f} MB, of which {written * KILOBYTE / 1e6:.0f} MB written"


def mappings(pid: int) -> Iterator[tuple[str, dict[str, int]]]:
    """What a process has mapped: which part of which file ("" for none), and how many kilobytes of it are there."""
    name, sizes = "", dict[str, int]()
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head, *rest = line.split()
        if not head.endswith(":"):
            _, offset, device, inode = rest[:4]
            name, sizes = (f"{device} {inode} {offset}" if inode != "0" else ""), {}
        elif head == "VmFlags:":
            yield name, sizes
        elif rest[-1] == "kB":
            sizes[head.removesuffix(":")] = int(rest[0])


async def measured(more: dict[str, Any]) -> AsyncIterator[str]:
    """What one run shows, line by line."""
    feeds = Feeds()
    runner = await served(feeds)
    with tempfile.TemporaryDirectory() as place:
        settings(Path(place), feeds, more)
        begun = time.perf_counter()
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=place,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": place},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(PATIENCE):
            while len(feeds.asked) < FEEDS:  # noqa: ASYNC110 - the other process tells nothing
                await asyncio.sleep(0.05)
        done = time.perf_counter()
        yield f"first poll after {(feeds.first or done) - begun:.1f} s, all {FEEDS} after {done - begun:.1f} s"
        await asyncio.sleep(REST_SECONDS / 2)
        yield f"memory after the first round {memory(program.pid)}"
        await asyncio.sleep(REST_SECONDS)
        yield f"memory at rest {memory(program.pid)}"
        stopping = time.perf_counter()
        program.send_signal(signal.SIGTERM)
        code = await program.wait()
        yield f"stopped in {time.perf_counter() - stopping:.1f} s with exit code {code}"
    await runner.cleanup()


async def main() -> None:
    """Measure both."""
    async for line in measured({}):
        print(f"alone       {line}", flush=True)
    async with bot_api() as telegram, slack_api() as slack:
        telegram.private(7, "Ann")
        slack.channel("C1NEWS", "news")
        everything = {
            "telegram": {"token": telegram.token, "base_url": telegram.url, "chats": [{"id": 7}]},
            "slack": {
                "bot_token": slack.token,
                "app_token": slack.app_token,
                "base_url": slack.url,
                "channels": [{"id": "C1NEWS"}],
            },
            "web": {"enabled": True, "listen": "127.0.0.1:0"},
            "websub": {"public_url": "https://bot.example/hubs", "listen": "127.0.0.1:0"},
        }
        async for line in measured(everything):
            print(f"everything  {line}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
