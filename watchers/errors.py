"""What can go wrong in asking a server for a feed, and in being asked by a hub."""

from __future__ import annotations

from typing import Final

_LONGEST_LINE: Final = 300


class FetchError(Exception):
    """No answer that could be used. `permanent` says that trying again soon cannot help.

    Args:
        reason: one line for logs and for the feed's record, without secrets.
        permanent: whether only a change of the feed's address or of the settings can help.
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class TooBigError(FetchError):
    """The answer is bigger than allowed, on the wire or unpacked."""


class RefusedAddressError(FetchError):
    """The address is one that must not be asked: inside, or neither http nor https."""

    def __init__(self, reason: str, *, permanent: bool = True) -> None:
        super().__init__(reason, permanent=permanent)


class UnreachableError(FetchError):
    """No whole answer came: no such host, no connection, cut off, or not in time."""


class NoConnectionError(UnreachableError):
    """No connection could be made: the host itself is out of reach, not only this feed of it."""


class ListeningError(Exception):
    """Nobody can be listened to at that address. The message is one line that says why."""


def on_one_line(error: BaseException) -> str:
    """An error as one line of a log, not too long."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:_LONGEST_LINE]
