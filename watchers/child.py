"""The process that parses: bodies come on standard input, reports go to standard output (`python -m watchers.child`).

It holds no secret, no connection and no file, and may be killed at any time. Each message is the length of a pickle, as
four bytes, and the pickle. `watchers.parsing` is the other end; what comes back is made of our own classes only.
"""

from __future__ import annotations

import pickle
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from watchers.parse import NotAFeedError, ParsedFeed, parse

if TYPE_CHECKING:
    from typing import BinaryIO

LENGTH: Final = struct.Struct("!I")
_GRACE: Final = 5
_MEMORY: Final = Path("/proc/self/statm")


def answer(message: bytes) -> ParsedFeed | str:
    """The reports of a body, or what it is instead of a feed."""
    try:
        return parse(**pickle.loads(message))  # noqa: S301 - from the process that started this one
    except NotAFeedError as error:
        return error.what


def serve(source: BinaryIO, sink: BinaryIO, *, seconds: int, worn: int) -> None:
    """Answer until the source ends, or until so many bytes are in use that it is better to begin afresh.

    Args:
        source: where messages come from.
        sink: where answers go, each with whether it is the last.
        seconds: after which the alarm ends the process, should nobody be left to do it.
        worn: the most bytes with which a process goes on.
    """
    while head := source.read(LENGTH.size):
        signal.alarm(seconds + _GRACE)
        told = answer(source.read(LENGTH.unpack(head)[0]))
        signal.alarm(0)
        last = _in_use() > worn
        reply = pickle.dumps((told, last), pickle.HIGHEST_PROTOCOL)
        sink.write(LENGTH.pack(len(reply)) + reply)
        sink.flush()
        if last:
            return


def _in_use() -> int:
    """The memory of this process, in bytes; the most that it ever had where the system does not tell the present."""
    try:
        return int(_MEMORY.read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Give up what is not needed, and serve."""
    seconds, memory, worn = (int(text) for text in sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (value, value))
    serve(sys.stdin.buffer, sys.stdout.buffer, seconds=seconds, worn=worn)


if __name__ == "__main__":
    main()
