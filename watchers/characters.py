"""The bytes of a feed made into text, whatever they say of their own encoding.

Feeds are often wrong about it, so what the bytes are counts more than what is said: a byte order mark, zero bytes that
only UTF-16 and UTF-32 have, UTF-8 that can hardly be anything else. Then the server's word counts, then that of the
XML declaration (RFC 7303 section 3), then what is common in the feed's language, then what the bytes look like.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Which of four bytes are mostly zero.
_WIDE_BY_ZEROS: Final[dict[tuple[bool, ...], str]] = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
_EBCDIC: Final = b"\x4c\x6f\xa7\x94"
_DECLARED: Final = re.compile(r"<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']\s*([\w.:-]{2,40})", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_LANGUAGE: Final = re.compile(rb"<(?:\w+:)?language\s*>\s*([a-zA-Z]{2})|\bxml:lang\s*=\s*[\"']([a-zA-Z]{2})")
_HEAD: Final = 2_000

# Publishers name the smaller set and use the larger one (https://encoding.spec.whatwg.org/#names-and-labels).
_MEANT: Final = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "ks_c_5601-1987": "cp949",
    "x-sjis": "cp932", "x-gbk": "gb18030", "x-euc-jp": "euc_jp", "big5": "big5hkscs", "x-x-big5": "big5hkscs",
    "x-mac-cyrillic": "mac_cyrillic", "macintosh": "mac_roman", "x-cp1251": "cp1251", "x-cp1250": "cp1250",
    "windows-31j": "cp932", "windows-874": "cp874", "mac": "mac_roman", "csmacintosh": "mac_roman", "ms-ansi": "cp1252",
    "ms-ee": "cp1250", "ms-cyrl": "cp1251", "ms-greek": "cp1253", "ms-turk": "cp1254", "ms-hebr": "cp1255",
    "ms-arab": "cp1256", "winbaltrim": "cp1257", "x-mac-roman": "mac_roman",
}  # fmt: skip
# No text is written in these, and some take long.
_UNFIT: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7"})
_WIDE: Final = ("utf-16", "utf-32")
_COMMON: Final = {
    language: encoding
    for languages, encoding in (
        ("ru uk be bg sr mk kk", "cp1251"),
        ("pl cs sk hu sl hr ro sq bs", "cp1250"),
        ("el", "cp1253"),
        ("tr az", "cp1254"),
        ("he", "cp1255"),
        ("ar fa ur", "cp1256"),
        ("lt lv et", "cp1257"),
        ("vi", "cp1258"),
        ("th", "cp874"),
        ("ja", "cp932"),
        ("zh", "gb18030"),
        ("ko", "cp949"),
    )
    for language in languages.split()
}
_DEFAULT: Final = "cp1252"
_WRONG_AT_MOST: Final = 20
"""One in so many characters beyond ASCII may be broken without another encoding being tried."""


def text_of(body: bytes, content_type: str | None = None, lang: str | None = None) -> str:
    """The text of a body. What cannot be read becomes replacement characters, and costs nothing else.

    Args:
        body: the bytes.
        content_type: as the server said.
        lang: the language of the feed, where it is known: two letters.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            text = body.removeprefix(mark).decode(encoding, "replace")
            if encoding != "utf-8" or _is_sound(text):
                return text
    wide = _wide(body[:_HEAD])
    if wide:
        return body.decode(wide, "replace")
    text = body.decode("utf-8", "replace")
    if "\x1b" not in text and _is_sound(text):
        return text
    for encoding in _candidates(body, content_type, lang):
        try:
            guess = body.decode(encoding, "replace")
        except (LookupError, UnicodeError):
            continue
        if _is_sound(guess):
            return guess
    return body.decode(_DEFAULT, "replace")


def _wide(head: bytes) -> str | None:
    """The encoding of two or four bytes a character whose zero bytes these are: markup is mostly ASCII."""
    zeros = tuple(head[at::4].count(0) * 8 > len(head) for at in range(4))
    return _WIDE_BY_ZEROS.get(zeros)


def _is_sound(text: str) -> bool:
    """Whether few of the characters beyond ASCII are broken ones."""
    broken = text.count("\ufffd")
    return not broken or broken * _WRONG_AT_MOST <= len(text) - len(text.encode("ascii", "ignore"))


def _candidates(body: bytes, content_type: str | None, lang: str | None) -> Iterator[str]:
    head = body[:_HEAD].decode("cp037" if body.startswith(_EBCDIC) else "latin-1")
    said, declared = _CHARSET.search(content_type or ""), _DECLARED.search(head)
    names = [found[1].lower() for found in (said, declared) if found]
    # Latin-1 is what servers say of everything; a feed that names another encoding itself knows better.
    names.sort(key=lambda name: _meant(name) == _DEFAULT)
    for name in names:
        encoding = _meant(name)
        if encoding not in _UNFIT and not encoding.startswith(_WIDE):
            yield encoding
    if body.startswith(_EBCDIC):
        yield "cp037"
    language = _LANGUAGE.search(body[: _HEAD * 5])
    spoken = lang or ((language[1] or language[2]).decode().lower() if language else "")
    if spoken in _COMMON:
        yield _COMMON[spoken]
    # Only now, and so in the process that parses: hardly any feed needs it, and it takes memory.
    from watchers.guessing import guessed  # noqa: PLC0415

    guess = guessed(body)
    if guess:
        yield guess


def _meant(name: str) -> str:
    try:
        name = codecs.lookup(_MEANT.get(name, name)).name
    except LookupError:
        return name
    return _MEANT.get(name, name)
