"""The commonest fault of feeds taken out: ampersands and names of characters that are HTML and not XML.

What is well formed afterwards is read by a strict parser; the lenient one makes "Q&A;" of "Q&A".
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Final

_AMPERSAND: Final = re.compile(rb"&(#\d{1,8};|#[xX][0-9a-fA-F]{1,8};|[A-Za-z][A-Za-z0-9]{1,31};)?")
_OF_XML: Final = frozenset({b"amp;", b"lt;", b"gt;", b"quot;", b"apos;"})
_CDATA: Final = b"<![CDATA["
_CDATA_END: Final = b"]]>"


def mended(body: bytes) -> bytes:
    """The body with its ampersands in order.

    CDATA sections stay as they are, and so do bodies that declare names themselves.
    """
    if b"<!ENTITY" in body:
        return body
    before, *sections = body.split(_CDATA)
    pieces = [_AMPERSAND.sub(_in_order, before)]
    for section in sections:
        inside, end, behind = section.partition(_CDATA_END)
        pieces.append(inside + end + _AMPERSAND.sub(_in_order, behind))
    return _CDATA.join(pieces)


def _in_order(found: re.Match[bytes]) -> bytes:
    name = found[1]
    if name and (name.startswith(b"#") or name in _OF_XML):
        return found[0]
    letters = html5.get(name.decode()) if name else None
    return "".join(f"&#{ord(letter)};" for letter in letters).encode() if letters else b"&amp;" + (name or b"")
