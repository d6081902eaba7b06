"""Listening: one of the program's own small servers, at the place that the settings name."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class _NotTheirFaults(logging.Filter):
    """Lets nobody fill the log with requests that are none: they are refused, and that is all."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record tells of anything else."""
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_NOT_THEIRS: Final = _NotTheirFaults()


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
    logging.getLogger("aiohttp.server").addFilter(_NOT_THEIRS)
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
