"""The bot's token is kept out of everything that is shown: logs at any level, tracebacks, reprs."""

from __future__ import annotations

import logging
from typing import Final

import telegram

HIDDEN: Final = "***"

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


class _Redaction(logging.Filter):
    """Replaces the token in log records, whatever level somebody turns the library's loggers to."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if self._token in text:
            record.msg, record.args = text.replace(self._token, HIDDEN), ()
        if record.exc_info:
            # An error on the way quotes the address. What it was still shows, but not its text.
            kind = record.exc_info[0]
            record.msg, record.args = f"{record.getMessage()} ({kind.__name__ if kind else 'error'})", ()
            record.exc_info = record.exc_text = None
        return True


def keep_out_of_logs(token: str) -> None:
    """From now on no logger of the libraries shows the token."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    redaction = _Redaction(token)
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(redaction)
