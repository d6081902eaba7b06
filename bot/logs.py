"""Logging: one line for each thing that happened, on standard error."""

from __future__ import annotations

import logging
from typing import Final

# Libraries that log every request at INFO, addresses and all, or each run of each job.
_CHATTY: Final = (
    "httpx",
    "httpcore",
    "aiohttp.access",
    "apscheduler",
    "slack_sdk",
    "slack_bolt",
    "telegram",
    "alembic",
)


def set_up(level: str) -> None:
    """Log from `level` on; libraries only from WARNING on."""
    logging.basicConfig(
        level=level.upper(),
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
        force=True,
    )
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
