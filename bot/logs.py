"""Logging: one line for each thing that happened, on standard error, as text or as JSON.

What is logged is a sentence; the facts in it go along as `extra={"facts": {...}}`, and JSON shows them as fields of
their own. Whatever came from a feed is cleaned and bounded here, for all lines alike: it can neither begin a line of
its own nor colour a terminal.
"""

from __future__ import annotations

import json
import logging
import sys
import unicodedata
from datetime import UTC, datetime
from typing import Any, Final, Literal

LogFormat = Literal["text", "json"]

LONGEST_TEXT: Final = 1_000
"""So many letters of a sentence or of a fact are shown."""
LONGEST_TRACE: Final = 10_000
"""So many letters of a traceback are shown, its end."""

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
# Controls, signs that turn a line round, halves of surrogate pairs, and separators of lines and paragraphs.
_UNFIT: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class TextLines(logging.Formatter):
    """Time, level, who says it, and the sentence. A traceback follows on lines of its own, each of them indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """The line itself, which is one."""
        record.message = bounded(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """The traceback, bounded."""
        return "\n".join(f"    {line}" for line in _trace(super().formatException(ei)))


class JsonLines(logging.Formatter):
    """An object on a line: `time`, `level`, `logger`, `message`, the facts, and `traceback` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, of ASCII letters alone."""
        facts: dict[str, Any] = getattr(record, "facts", {})
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": bounded(record.getMessage()),
            **{name: _fit(value) for name, value in facts.items() if value is not None},
        }
        if record.exc_info:
            line["traceback"] = "\n".join(_trace(self.formatException(record.exc_info)))
        return json.dumps(line)


def set_up(level: str, form: LogFormat = "text") -> None:
    """Log from `level` on; libraries only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def bounded(text: str) -> str:
    """The text on one line, of visible signs, and not too long."""
    if len(text) > LONGEST_TEXT:
        text = f"{text[: LONGEST_TEXT - 1]}…"
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


def _visible(sign: str) -> str:
    return " " if unicodedata.category(sign) in _UNFIT else sign


def _fit(value: object) -> object:
    return value if isinstance(value, bool | int | float) else bounded(str(value))


def _trace(text: str) -> list[str]:
    return [bounded(line) for line in text[-LONGEST_TRACE:].split("\n")]
