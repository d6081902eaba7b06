"""Unpacking within bounds: a few bytes of gzip can be gigabytes."""

from __future__ import annotations

import zlib
from typing import Final

from watchers.errors import TooBigError

_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31
"""The window bits that make zlib read gzip, and only that."""
_MOST_MEMBERS: Final = 64


def inflate(raw: bytes, limit: int) -> bytes:
    """`raw` unpacked if it is gzip, else as it is: servers forget to say gzip, and say it of what is not.

    Raises:
        TooBigError: it unpacks to more than `limit` bytes; no more than that is ever unpacked.
        zlib.error: it is broken or cut off.
    """
    if not raw.startswith(_GZIP_MAGIC):
        return raw
    unpacked = bytearray()
    for _ in range(_MOST_MEMBERS):
        unzip = zlib.decompressobj(_GZIP)
        unpacked += unzip.decompress(raw, limit + 1 - len(unpacked))
        if len(unpacked) > limit:
            raise TooBigError(f"unpacks to more than {limit:,} bytes")
        if not unzip.eof:
            raise zlib.error("cut off")
        raw = unzip.unused_data
        if not raw.startswith(_GZIP_MAGIC):
            return bytes(unpacked)
    raise TooBigError(f"unpacks to more than {_MOST_MEMBERS} parts")
