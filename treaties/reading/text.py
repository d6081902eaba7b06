"""From the text of a report to sentences of tokens.

Feeds bring entities, remains of HTML and Markdown, typographic quotes and stray white space; none of that may change
what is read, so it is made plain here, once.
"""

from __future__ import annotations

import html
import re
import string
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

MAX_CHARACTERS: Final = 100_000
"""What is read of one report; news items are far shorter, and a bound keeps hostile ones harmless."""

MAX_WORDS: Final = 120
"""The words of the longest sentence that is read as one."""

_TAG = re.compile(r"<[^<>]{0,400}>")
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]{0,300})\]\([^()]{0,500}\)")
_ADDRESS = re.compile(r"https?://\S+")
_CHINESE_DATE = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日")
_PLUS = re.compile(r"(?<=[^\W\d_])\+(?![\w+])")  # OPEC+
_EMPHASIS = re.compile(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}")
_SPACE = re.compile(r"[^\S\n]+")
_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‛": "'", "ʼ": "'", "ʹ": "'", "′": "'", "`": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"',
        "«": '"', "»": '"', "″": '"',
        "，": ",", "、": ",", "；": ";", "：": ":", "？": "? ", "！": "! ", "。": ". ", "（": "(", "）": ")",
        "「": '"', "」": '"', "《": '"', "》": '"', "،": ",", "؛": ";", "؟": "?",
        "\u0964": ". ", "‐": "-", "‑": "-", "‒": "–", "―": "—",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\u200c": "",
        "\u200d": "", "\ufeff": "", "\u00ad": "",
    }
    | {chr(0xFEE0 + ord(sign)): sign for sign in string.ascii_letters + string.digits}  # the full-width forms
)  # fmt: skip

_IDEOGRAPH = r"\u3040-\u30ff\u3400-\u9fff"
_LETTER = rf"[^\W\d_{_IDEOGRAPH}]"
_ELIDED = (
    "qu|lorsqu|puisqu|jusqu|quelqu|aujourd|dell|dall|nell|sull|coll|all|quell|quest|nessun|anch|dov|tutt|sant|senz"
)
_TOKEN_PARTS: Final = (
    r"\d{4}-\d{2}-\d{2}"  # an ISO date
    r"|\d{1,2}\.\d{1,2}\.\d{4}"  # a dotted date
    rf"|(?:{_LETTER}\.){{2,}}"  # U.S.
    r"|\d+(?:st|nd|rd|th|er|го|е)?(?![^\W_])|\d+"
    rf"|(?:{_LETTER}{{1,2}}|{_ELIDED})'(?={_LETTER}{{2}})(?!s\b)"  # French and Italian elision
    r"|'s\b|&"
    r"|(?-i:[A-ZÅÄÖ]{2,}:[a-zåäö]{1,5})\b"  # Finnish and Swedish: USA:n, FN:s
    rf"|[{_IDEOGRAPH}]"  # Chinese and Japanese set no blanks: every character is a token
    rf"|{_LETTER}+(?:-{_LETTER}+|'(?!s\b){_LETTER}+)*"
)
# Most words are plain letters before a blank or a comma, where none of the other parts fits: tried first, they are cut
# in a third less time.
_PLAIN_WORD: Final = r"(?-i:[A-Za-zÀ-ÖØ-öø-ʯΆΈ-ΊΌΎ-ΡΣ-ώЀ-ҁҊ-ԯ]++(?=[ ,]|$))"
_TOKEN = re.compile(f"{_PLAIN_WORD}|{_TOKEN_PARTS}", re.IGNORECASE)
# The vowel signs of Indian scripts are no letters by themselves, yet part of the word: looked for only where there are
# some, since every other text is cut faster without.
_INDIAN = re.compile(r"[\u0900-\u0d7f]")
_INDIAN_TOKEN = re.compile(
    _TOKEN_PARTS.replace(_LETTER, rf"(?:{_LETTER}|[\u0900-\u0963\u0971-\u09e3\u09f0-\u0d65\u0d70-\u0d7f])"),
    re.IGNORECASE,
)
_SAME_LETTERS = str.maketrans({"ς": "σ", "ı": "i", "ß": "ss"})
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_ARABIC_MARKS = re.compile(r"[\u0640\u064b-\u065f\u0670]")
_ARABIC_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك"})
_ARABIC_PREFIX = re.compile(r"^[وف]?(?:[بكل]?ال|لل|[بلك])?(?=[\u0600-\u06ff]{3})")
_CYRILLIC_APOSTROPHE = re.compile(r"(?<=[\u0400-\u04ff])'(?=[\u0400-\u04ff])")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]{0,2}\s+(?=[\"'(\[]?[^\W_a-zа-яёіїєґ])|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"])(?:[^\W\d_]\.|(?:[^\W\d_]\.){2,}|(?:Mr|Mrs|Ms|Dr|St|vs|Prof|им|ст|гг|стр|тис|млн)\.)$"
)
_DAY_BEFORE_MONTH = re.compile(r"(?:^|\s)\d{1,2}\.$")
_SHORT_BEFORE_NUMBER = re.compile(r"(?:^|[\s(\"])[^\W\d_]{2,4}\.$")
_AFTER_HEADING = frozenset(".:-–—\n!?")
_TITLES = frozenset({"St", "Mr", "Mrs", "Ms", "Dr", "Prof"})
_INITIALS = 2
_DAY_DIGITS = 2
_BREAKS = frozenset(".,;:!?()[]—–|/…")


class Token(NamedTuple):
    """A word: as written, as it is compared (see `fold`), where it stands in its sentence, and what stands before it.

    `before` is the punctuation between it and the word before.
    """

    text: str
    key: str
    start: int
    end: int
    before: str

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter (letters of scripts without case count as capital).

        Unicode gives Georgian letters a capital form that no running text uses.
        """
        return not self.text[0].islower() or "\u10d0" <= self.text[0] <= "\u10ff"

    @property
    def upper(self) -> bool:
        """Whether it is written in capitals."""
        return self.text.isupper()

    @property
    def breaks(self) -> bool:
        """Whether punctuation that ends a phrase stands before it."""
        return bool(self.before) and not _BREAKS.isdisjoint(self.before)


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
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = text.translate(_PLAIN)
    if not text.isascii():
        text = _ARABIC_MARKS.sub("", unicodedata.normalize("NFC", text))
        text = _CHINESE_DATE.sub(lambda m: f" {m[1]}-{int(m[2]):02}-{int(m[3]):02} ", text)
    # Most texts have none of these signs, which is found out far sooner than what would be done about them.
    if "+" in text:
        text = _PLUS.sub(" plus", text)
    if "](" in text:
        text = _MARKDOWN_LINK.sub(r"\1", text)
    if "://" in text:
        text = _ADDRESS.sub(" ", text)
    if "*" in text or "_" in text:
        text = _EMPHASIS.sub("", text)
    return _SPACE.sub(" ", text).strip().replace("i\u0307", "i")  # what becomes of a Turkish İ in small letters


@lru_cache(8_192)  # a few thousand words are most of every text
def fold(word: str) -> str:
    """A word as it is compared: in small letters, without what a script adds to it.

    Arabic joins "and", "in", "the" to the word and writes some letters in several ways; Turkish has an i without a dot
    whose capital is another language's, German an ß whose capitals are SS; Greek ends words with another sigma.
    """
    if ":" in word:
        word = word.partition(":")[0]
    if word.isascii():
        return word.lower()
    key = word.lower().translate(_SAME_LETTERS).replace("i\u0307", "i")
    if _ARABIC.search(key):
        key = _ARABIC_PREFIX.sub("", _ARABIC_MARKS.sub("", key).translate(_ARABIC_LETTERS))
    return key


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a plain text."""
    found: list[Token] = []
    end = 0
    # An apostrophe inside a Cyrillic word is a letter (пам'ять); seen as a modifier letter it is no elision.
    joined, cut = text, _TOKEN
    if not text.isascii():
        joined = _CYRILLIC_APOSTROPHE.sub("ʼ", text)
        cut = _INDIAN_TOKEN if _INDIAN.search(text) else _TOKEN
    for match in cut.finditer(joined):
        word, start = match.group(), match.start()
        if joined is not text:
            word = word.replace("ʼ", "'")
        before = text[end:start]
        before = before.strip() if before != " " else ""
        if before == "." and found and (_shortened(found[-1].text) or _ordinal(found[-1].text, word)):
            before = ""  # St. Lucia, N. Korea, EE. UU., 13. juunil: the dot ends no phrase
        end = match.end()
        key = word.lower() if word.isascii() and ":" not in word else fold(word)
        found.append(Token(word, key, start, end, before))
    return tuple(found)


def _abbreviated(head: str, following: str) -> bool:
    if _DAY_BEFORE_MONTH.search(head):  # German and others: 8. September
        return True
    return bool(_ABBREVIATION.search(head) or (following.isdigit() and _SHORT_BEFORE_NUMBER.search(head)))


def _shortened(word: str) -> bool:
    return word in _TITLES or (len(word) <= _INITIALS and word.istitle() | word.isupper())


def _ordinal(number: str, following: str) -> bool:
    """Whether a dot makes a number an ordinal: it can be a day, and a small letter follows."""
    return number.isdecimal() and len(number) <= _DAY_DIGITS and following[0].islower()


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
    rest = body.removeprefix(heading)
    if heading and rest != body and (not rest or rest.lstrip(" ")[:1] in _AFTER_HEADING):
        body = rest.lstrip(" .:-–—\n")
    parts = [heading] if heading else []
    parts += split(body)
    pieces = [piece for part in parts for piece in _pieces(part)]
    return tuple(Sentence(text, _with_capitals(words), place) for place, (text, words) in enumerate(pieces))


def _pieces(text: str) -> list[tuple[str, tuple[Token, ...]]]:
    """A sentence with its tokens; one of a length that nobody writes in pieces, so that reading takes linear time."""
    words = tokens(text)
    if len(words) <= MAX_WORDS:
        return [(text, words)]
    cuts = [words[at].start for at in range(MAX_WORDS, len(words), MAX_WORDS)]
    parts = [text[start:end].strip() for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return [(part, tokens(part)) for part in parts if part]


def _with_capitals(words: tuple[Token, ...]) -> tuple[Token, ...]:
    """The words in capitals where the sentence has none at all: then none tells a name from a word."""
    if len(words) <= 1 or any(word.text != word.text.lower() for word in words):
        return words
    return tuple(word._replace(text=word.text.upper()) for word in words)
