"""The program itself, a feed and its hub: what the hub pushes is told."""

from __future__ import annotations

import asyncio
import hmac
import socket
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HEADLINE = "Latvia's parliament votes to leave the Istanbul Convention"


def feed(hub: str, *titles: str) -> str:
    now = format_datetime(datetime.now(UTC) - timedelta(minutes=1))
    items = "".join(f"<item><title>{title}</title><pubDate>{now}</pubDate></item>" for title in titles)
    link = f'<link xmlns="http://www.w3.org/2005/Atom" rel="hub" href="{hub}"/>'
    return f'<rss version="2.0"><channel><title>Wire</title>{link}{items}</channel></rss>'


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def running(config: Path) -> AsyncIterator[asyncio.StreamReader]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout
    try:
        yield process.stdout
    finally:
        process.terminate()
        await process.communicate()


async def test_what_a_hub_pushes_is_told_by_the_running_program(tmp_path: Path) -> None:
    polled, asked = asyncio.Event(), asyncio.Queue[dict[str, str]]()

    async def publish(request: web.Request) -> web.Response:
        polled.set()
        return web.Response(text=feed(str(request.url.with_path("/hub")), "Nothing much"))

    async def hub(request: web.Request) -> web.Response:
        await asked.put({name: str(value) for name, value in (await request.post()).items()})
        return web.Response(status=202)

    app = web.Application()
    app.router.add_get("/feed", publish)
    app.router.add_post("/hub", hub)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port, listen = runner.addresses[0][1], free_port()
    (tmp_path / "feeds.toml").write_text(
        f'[[feed]]\nurl = "http://127.0.0.1:{port}/feed"\noutlet = "Wire"\nlang = "en"\n'
    )
    config = tmp_path / "treatywatch.toml"
    config.write_text(
        f'database_url = "sqlite:///{tmp_path}/t.db"\n[console]\nenabled = true\n'
        f'[feeds]\nfile = "{tmp_path}/feeds.toml"\nadded_file = "{tmp_path}/none.toml"\n'
        f'allow_hosts = ["127.0.0.1:{port}"]\n'
        f'[websub]\npublic_url = "http://127.0.0.1:{listen}/hubs"\nlisten = "127.0.0.1:{listen}"\n'
    )

    async with asyncio.timeout(100), aiohttp.ClientSession() as http:
        async with running(config):
            await polled.wait()
            form = await asked.get()
            question = {name: form[name] for name in ("hub.mode", "hub.topic", "hub.lease_seconds")}
            async with http.get(form["hub.callback"], params=question | {"hub.challenge": "why?"}) as response:
                assert await response.text() == "why?"
        async with running(config) as told:
            while b"watches 1 feeds" not in await told.readline():
                pass
            body = feed(f"http://127.0.0.1:{port}/hub", HEADLINE).encode()
            signature = hmac.new(form["hub.secret"].encode(), body, "sha256").hexdigest()
            headers = {"X-Hub-Signature": f"sha256={signature}"}
            while True:
                try:
                    async with http.post(form["hub.callback"], data=body, headers=headers) as response:
                        assert response.status == 202
                        break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)  # it does not listen yet
            while b"Latvia" not in (line := await told.readline()):
                assert line
    await runner.cleanup()
