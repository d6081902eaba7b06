"""What a button's 64 bytes cannot hold: the words of long questions, remembered under short names for a while."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Final

_KEPT: Final = 2_000
_NAME: Final = 10


class Memo:
    """Remembers the questions asked last. After a restart it knows none: the buttons that rest on it are stale then.

    Args:
        kept: how many are remembered.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._texts: OrderedDict[str, str] = OrderedDict()

    def put(self, text: str) -> str:
        """Remember a text, and return its name."""
        name = "#" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_NAME]
        self._texts[name] = text
        self._texts.move_to_end(name)
        if len(self._texts) > self._kept:
            self._texts.popitem(last=False)
        return name

    def get(self, name: str) -> str | None:
        """The text of that name, or None where it is forgotten."""
        return self._texts.get(name)
