"""Zstandard: with Python from 3.14 on, and its backport, an extra, before. The only module that imports either."""

from __future__ import annotations

import sys
from typing import IO, cast

if sys.version_info >= (3, 14):
    from compression.zstd import open as opened
else:
    from backports.zstd import open as opened


def unpacked(raw: IO[bytes]) -> IO[bytes]:
    """The unpacked bytes of a file."""
    return cast("IO[bytes]", opened(raw))
