"""Unpacking within bounds: a few bytes of gzip can be gigabytes.

No more than the limit is ever unpacked, whatever comes: the bound stands inside the decoder, not behind it. Brotli and
Zstandard are not asked for, and refused by `watchers.fetch`.
"""

from __future__ import annotations

import zlib
from typing import Final

from watchers.errors import TooBigError

_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31
"""The window bits that make zlib read gzip, and only that."""
_ZLIB: Final = 15
_BARE: Final = -15
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
        part, raw = _unzip(raw, limit - len(unpacked), limit, _GZIP)
        unpacked += part
        if not raw.startswith(_GZIP_MAGIC):
            return bytes(unpacked)
    raise TooBigError(f"unpacks to more than {_MOST_MEMBERS} parts")


def undeflate(raw: bytes, limit: int) -> bytes:
    """`raw` unpacked where the server calls it deflate: zlib (RFC 9110 8.4.1.2), the bare stream that many mean by it.

    As it is where it begins like neither: servers say it of what is not.

    Raises:
        TooBigError: as `inflate`.
        zlib.error: as `inflate`.
    """
    if raw.lstrip()[:1] == b"<":
        return raw
    try:
        return _unzip(raw, limit, limit, _ZLIB)[0]
    except zlib.error:
        return _unzip(raw, limit, limit, _BARE)[0]


def _unzip(raw: bytes, room: int, limit: int, kind: int) -> tuple[bytes, bytes]:
    """One stream unpacked, and what stands behind it."""
    unzip = zlib.decompressobj(kind)
    unpacked = unzip.decompress(raw, room + 1)
    if len(unpacked) > room:
        raise TooBigError(f"unpacks to more than {limit:,} bytes")
    if not unzip.eof:
        raise zlib.error("cut off")
    return unpacked, unzip.unused_data
