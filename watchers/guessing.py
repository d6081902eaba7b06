"""The encoding of bytes of which nobody says it. The only module that imports charset_normalizer.

It is asked about scripts other than the Latin one: there a wrong guess leaves nothing to read, and most bytes tell. In
Latin script a few letters are at stake, and they are too few to tell by.
"""

from __future__ import annotations

import re
from typing import Final

from charset_normalizer import from_bytes

_ENCODINGS: Final = (
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
    "cp932",
    "euc_jp",
    "cp949",
    "gb18030",
    "big5",
)
_JAPANESE: Final = ("euc_jp", "cp932")
_SYLLABLE: Final = re.compile("[ぁ-ん]")
_EVERY: Final = 5
"""One letter in so many is a syllable in Japanese; in no other encoding do its bytes look like that."""
_TEXT: Final = re.compile(rb"[^<>]*[\x80-\xff][^<>]*")
_LOOKED_AT: Final = 200_000
_ENOUGH: Final = 8_000
"""Bytes from which one encoding can be told; more only takes longer."""


def guessed(body: bytes) -> str | None:
    """The encoding that a body in markup is probably in; None where it is in Latin script, or none fits.

    Args:
        body: bytes that are not UTF-8.
    """
    sample = b" ".join(_TEXT.findall(body[:_LOOKED_AT]))[:_ENOUGH]
    latin = len(re.findall(rb"[A-Za-z]", sample))
    if len(re.findall(rb"[\x80-\xff]", sample)) <= latin:
        return None
    japanese = next((encoding for encoding in _JAPANESE if _has_syllables(sample.decode(encoding, "ignore"))), None)
    if japanese:
        return japanese
    best = from_bytes(sample, cp_isolation=[*_ENCODINGS], preemptive_behaviour=False).best()
    return best.encoding if best else None


def _has_syllables(text: str) -> bool:
    others = len(text) - len(text.encode("ascii", "ignore"))
    return len(_SYLLABLE.findall(text)) * _EVERY > others
