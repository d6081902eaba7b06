"""Listening: one of the program's own small servers, at the place that the settings name."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def serve(app: web.Application, listen: str, *, patience: float) -> web.AppRunner:
    """Serve an application, and give what ends that (`cleanup`).

    Args:
        app: what answers.
        listen: `host:port`, an IPv6 host in brackets; port 0 for any that is free.
        patience: seconds that an end waits for answers under way.

    Raises:
        OSError: the place is taken, or may not be opened.
    """
    host, _, port = listen.rpartition(":")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=patience, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


@asynccontextmanager
async def serving(app: web.Application, listen: str, *, patience: float = 2) -> AsyncIterator[str]:
    """Serve an application as long as the block lasts, and give its address; see `serve`.

    Raises:
        OSError: the place is taken, or may not be opened.
    """
    runner = await serve(app, listen, patience=patience)
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    finally:
        await runner.cleanup()
