"""The bot's token is kept out of everything that is shown: logs at any level, tracebacks, reprs."""

from __future__ import annotations

import logging
from typing import Final

import telegram

from bot.redaction import HIDDEN, Redaction

# These log whole addresses, and with them the token, or what a server said. A filter does not reach the loggers below.
_LOGGERS: Final = (
    "httpcore.connection",
    "httpcore.http11",
    "httpx",
    "telegram.Bot",
    "telegram.ext.Application",
    "telegram.ext.ExtBot",
    "telegram.ext.Updater",
    "telegram.request.BaseRequest",
    "telegram.request.HTTPXRequest",
)


class SecretiveBot(telegram.Bot):
    """A bot that does not show its token: the library's own repr does."""

    __slots__ = ()

    def __repr__(self) -> str:
        """What it is, without the token."""
        return f"Bot[token={HIDDEN}]"


def keep_out_of_logs(token: str) -> None:
    """From now on no logger of the libraries shows the token."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    redaction = Redaction([token])
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(redaction)
