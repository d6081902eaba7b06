"""The app's tokens are kept out of everything that is logged, at any level."""

from __future__ import annotations

import logging
from typing import Final

from bot.redaction import Redaction

LOGGER: Final = "slack_bolt.treatywatch"
"""The logger that Bolt and the Socket Mode client are handed."""

# These log whole requests and answers. A filter does not reach the loggers below, so each is named.
_LOGGERS: Final = (
    LOGGER,
    "slack_bolt.AsyncApp",
    "slack_sdk.socket_mode.aiohttp",
    "slack_sdk.web.async_base_client",
    "slack_sdk.web.async_client",
    "slack_sdk.web.async_internal_utils",
    "slack_sdk.web.async_slack_response",
    "slack_sdk.webhook.async_client",
)
# Tickets of sockets and the addresses at which one may answer in the app's name are as good as tokens.
_PATTERNS: Final = (
    r"(?:xox[a-z]|xapp)-[\w-]+",
    r"(?<=ticket=)[^\s&'\"]+",
    r"(?<=/commands/)[^\s'\"]+",
    r"(?<=/actions/)[^\s'\"]+",
)


def keep_out_of_logs(*secrets: str) -> None:
    """From now on no logger of the libraries shows these, nor what is as good as them."""
    for name in ("slack_sdk", "slack_bolt"):
        logging.getLogger(name).setLevel(logging.WARNING)
    redaction = Redaction([one for one in secrets if one], _PATTERNS)
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(redaction)
