"""From the text of a report to sentences of tokens.

Feeds bring entities, remains of HTML and Markdown, typographic quotes and stray white space; none of that may change
what is read, so it is made plain here, once.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MAX_CHARACTERS: Final = 100_000
"""What is read of one report; news items are far shorter, and a bound keeps hostile ones harmless."""

_TAG = re.compile(r"<[^<>]{0,400}>")
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]{0,300})\]\([^()]{0,500}\)")
_ADDRESS = re.compile(r"https?://\S+")
_EMPHASIS = re.compile(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}")
_SPACE = re.compile(r"[^\S\n]+")
_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‛": "'", "ʼ": "'", "ʹ": "'", "′": "'", "`": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"',
        "«": '"', "»": '"', "″": '"',
        "‐": "-", "‑": "-", "‒": "–", "―": "—",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\u200c": "",
        "\u200d": "", "\ufeff": "", "\u00ad": "",
    }
)  # fmt: skip

_TOKEN = re.compile(
    r"\d{4}-\d{2}-\d{2}"  # an ISO date
    r"|\d{1,2}\.\d{1,2}\.\d{4}"  # a dotted date
    r"|(?:[^\W\d_]\.){2,}"  # U.S.
    r"|\d+(?:st|nd|rd|th|er|го|е)?(?![^\W_])|\d+"
    r"|(?:[^\W\d_]{1,2}|qu|lorsqu|puisqu|jusqu|quelqu|aujourd)'(?=[^\W\d_]{2})(?!s\b)"  # French and Italian elision
    r"|'s\b"
    r"|[^\W\d_]+(?:-[^\W\d_]+|'(?!s\b)[^\W\d_]+)*",
    re.IGNORECASE,
)
_CYRILLIC_APOSTROPHE = re.compile(r"(?<=[\u0400-\u04ff])'(?=[\u0400-\u04ff])")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]{0,2}\s+(?=[\"'(\[]?[^\W_a-zа-яёіїєґ])|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"])(?:[^\W\d_]\.|(?:[^\W\d_]\.){2,}|(?:Mr|Mrs|Ms|Dr|St|vs|Prof|им|ст|гг|стр|тис|млн)\.)$"
)
_DAY_BEFORE_MONTH = re.compile(r"(?:^|\s)\d{1,2}\.$")
_SHORT_BEFORE_NUMBER = re.compile(r"(?:^|[\s(\"])[^\W\d_]{2,4}\.$")
_BREAKS = frozenset(".,;:!?()[]—–|/…")


@dataclass(frozen=True, slots=True)
class Token:
    """A word: as written, in lower case, where it stands in its sentence's text, and the punctuation before it."""

    text: str
    key: str
    start: int
    end: int
    before: str

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter (letters of scripts without case count as capital)."""
        return not self.text[0].islower()

    @property
    def upper(self) -> bool:
        """Whether it is written in capitals."""
        return self.text.isupper()

    @property
    def breaks(self) -> bool:
        """Whether punctuation that ends a phrase stands before it."""
        return any(character in _BREAKS for character in self.before)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. `place` is 0 for the title, 1 for the first sentence after it, and so on."""

    text: str
    tokens: tuple[Token, ...]
    place: int

    def words(self, start: int, end: int) -> str:
        """The text from token `start` up to, not including, token `end`."""
        if start >= end or not self.tokens:
            return ""
        return self.text[self.tokens[start].start : self.tokens[min(end, len(self.tokens)) - 1].end]


def plain(text: str) -> str:
    """Text without markup, entities, addresses and typographic variants; line breaks stay, other space is one blank."""
    text = html.unescape(html.unescape(text[:MAX_CHARACTERS]))
    text = unicodedata.normalize("NFC", _TAG.sub(" ", text)).translate(_PLAIN)
    text = _MARKDOWN_LINK.sub(r"\1", text)
    text = _EMPHASIS.sub("", _ADDRESS.sub(" ", text))
    return _SPACE.sub(" ", text).strip()


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a plain text."""
    found: list[Token] = []
    end = 0
    # An apostrophe inside a Cyrillic word is a letter (пам'ять); seen as a modifier letter it is no elision.
    joined = _CYRILLIC_APOSTROPHE.sub("ʼ", text)
    for match in _TOKEN.finditer(joined):
        word = match.group().replace("ʼ", "'")
        found.append(Token(word, word.lower(), match.start(), match.end(), text[end : match.start()].strip()))
        end = match.end()
    return tuple(found)


def _abbreviated(head: str, following: str) -> bool:
    if _DAY_BEFORE_MONTH.search(head):  # German and others: 8. September
        return True
    return bool(_ABBREVIATION.search(head) or (following.isdigit() and _SHORT_BEFORE_NUMBER.search(head)))


def split(text: str) -> list[str]:
    """The sentences of a plain text, by end marks before a capital and by line breaks."""
    parts: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        head = text[start : match.start()]
        if "\n" not in match.group() and _abbreviated(head[-12:], text[match.end()]):
            continue
        parts.append(head)
        start = match.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def sentences(title: str, summary: str) -> tuple[Sentence, ...]:
    """Title and summary as sentences; a summary that opens by repeating the title loses the repetition."""
    heading, body = plain(title), plain(summary)
    if heading and body.startswith(heading):
        body = body[len(heading) :].lstrip(" .:-–—\n")
    parts = [heading] if heading else []
    parts += split(body)
    return tuple(Sentence(part, tokens(part), place) for place, part in enumerate(parts))
