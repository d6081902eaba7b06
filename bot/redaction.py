"""Redaction: what logs do not show, whatever level somebody turns the loggers of the libraries to."""

from __future__ import annotations

import logging
import re
import traceback
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN: Final = "***"


class Redaction(logging.Filter):
    """Replaces secrets in log records.

    Args:
        secrets: texts that nobody is to read.
        patterns: regular expressions of such texts that are not known beforehand.
    """

    def __init__(self, secrets: Iterable[str], patterns: Iterable[str] = ()) -> None:
        super().__init__()
        self._secret = re.compile("|".join([*(re.escape(one) for one in secrets), *patterns]))

    def __eq__(self, other: object) -> bool:
        """Whether they hide the same: a logger takes the same filter in only once."""
        return isinstance(other, Redaction) and self._secret == other._secret

    def __hash__(self) -> int:
        """As equality has it."""
        return hash(self._secret)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, without the secrets."""
        text = record.getMessage()
        if self._secret.search(text):
            record.msg, record.args = self._secret.sub(HIDDEN, text), ()
        if record.exc_info:
            # An error on the way quotes the address. What it was still shows, but not its text.
            kind = record.exc_info[0]
            record.msg, record.args = f"{record.getMessage()} ({kind.__name__ if kind else 'error'})", ()
            record.exc_info = record.exc_text = None
        return True


def where(error: Exception) -> str:
    """The error's type and where it was raised. Not its text: that may quote what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frames[-1].name}, line {frames[-1].lineno}" if frames else type(error).__name__
