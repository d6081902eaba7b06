"""Formatted text as Telegram reads it: HTML to what readers see and its entities, refused in Telegram's words.

Where Telegram's documentation is stricter than its server, so is this: an ampersand that begins no entity is refused.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ENTITIES: Final = 100
_KINDS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
}
_CHARACTER: Final = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_ATTRIBUTE: Final = re.compile(r"""\s*([\w-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_STARTED: Final = re.compile(r"[^\s>]*")
# What Telegram finds by itself in a text, where nothing else formats it.
_FOUND: Final = (
    ("url", re.compile(r"https?://[^\s<>\"]+")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+\.\w[\w.]*\w")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z]\w{2,31}\b")),
    ("bot_command", re.compile(r"(?<![\w@/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?\b")),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
)
_INERT: Final = frozenset({"code", "pre", "text_link"})


class MalformedError(ValueError):
    """The text cannot be parsed; says why in Telegram's words."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of a text that means something; offset and length in units of UTF-16."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None

    @property
    def end(self) -> int:
        return self.offset + self.length

    def as_json(self) -> dict[str, Any]:
        more = {"url": self.url, "language": self.language}
        return {"type": self.type, "offset": self.offset, "length": self.length} | {k: v for k, v in more.items() if v}


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text as its readers see it."""

    text: str = ""
    entities: tuple[Entity, ...] = ()

    @property
    def links(self) -> list[str]:
        """The addresses behind words."""
        return [entity.url for entity in self.entities if entity.url]

    def of(self, kind: str) -> list[str]:
        """The words that are, say, bold."""
        return [cut(self.text, entity) for entity in self.entities if entity.type == kind]


def units(text: str) -> int:
    """Length as Telegram counts it: in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, entity: Entity) -> str:
    """The words of an entity."""
    raw = text.encode("utf-16-le")
    return raw[2 * entity.offset : 2 * entity.end].decode("utf-16-le")


def parse(text: str) -> tuple[str, list[str]]:
    """The text that readers of an HTML message see and the addresses behind its words.

    Raises:
        MalformedError: Telegram would not take it.
    """
    formatted = from_html(text)
    return formatted.text, formatted.links


def from_html(text: str) -> Formatted:
    """What readers see of a message in Telegram's HTML.

    Raises:
        MalformedError: Telegram would not take it.
    """
    return _Scanner(text).result()


def plain(text: str, entities: tuple[Entity, ...] = ()) -> Formatted:
    """A text with given entities, and those that Telegram finds by itself."""
    stripped = text.strip()
    shift = units(text[: len(text) - len(text.lstrip())])
    room = units(stripped)
    kept = [_shifted(entity, shift, room) for entity in entities]
    own = tuple(entity for entity in kept if entity.length > 0)
    found = tuple(entity for entity in _found(stripped) if not any(_inside(entity, other) for other in own))
    everything = sorted((*own, *found), key=lambda entity: (entity.offset, -entity.length))
    return Formatted(stripped, tuple(everything[:MOST_ENTITIES]))


def _shifted(entity: Entity, shift: int, room: int) -> Entity:
    start = min(max(entity.offset - shift, 0), room)
    end = min(max(entity.end - shift, 0), room)
    return replace(entity, offset=start, length=end - start)


def _inside(entity: Entity, other: Entity) -> bool:
    return other.type in _INERT and entity.offset < other.end and other.offset < entity.end


def _found(text: str) -> Iterator[Entity]:
    taken: list[tuple[int, int]] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            if not any(match.start() < end and start < match.end() for start, end in taken):
                taken.append(match.span())
                yield Entity(kind, units(text[: match.start()]), units(match[0]))


@dataclass(slots=True)
class _Open:
    tag: str
    kind: str
    offset: int
    url: str | None = None
    language: str | None = None


@dataclass(slots=True)
class _Scanner:
    source: str
    position: int = 0
    text: str = ""
    open: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def result(self) -> Formatted:
        while self.position < len(self.source):
            match self.source[self.position]:
                case "&":
                    self._character()
                case "<" if self.source.startswith("</", self.position):
                    self._end()
                case "<":
                    self._start()
                case other:
                    self.text += other
                    self.position += 1
        if self.open:
            raise MalformedError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return plain(self.text, tuple(self.entities))

    @property
    def _byte(self) -> int:
        return len(self.source[: self.position].encode())

    def _character(self) -> None:
        match = _CHARACTER.match(self.source, self.position)
        if not match:
            raise MalformedError(f"Ampersand at byte offset {self._byte} begins no entity")
        self.text += html.unescape(match[0])
        self.position = match.end()

    def _start(self) -> None:
        name = _STARTED.match(self.source, self.position + 1)
        tag = name[0].lower() if name else ""
        if tag not in _KINDS:
            raise MalformedError(f'Unsupported start tag "{tag}" at byte offset {self._byte}')
        begin, place = self._byte, self.position + 1 + len(tag)
        attributes: dict[str, str] = {}
        while match := _ATTRIBUTE.match(self.source, place):
            attributes[match[1].lower()] = html.unescape((match[2] or "").strip("\"'"))
            place = match.end()
        place += len(self.source[place:]) - len(self.source[place:].lstrip())
        if not self.source.startswith(">", place):
            raise MalformedError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise MalformedError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, _KINDS[tag], units(self.text), attributes.get("href"), attributes.get("class")))
        self.position = place + 1

    def _end(self) -> None:
        begin = self._byte
        closing = self.source.find(">", self.position)
        if closing < 0:
            raise MalformedError(f"Unclosed end tag at byte offset {begin}")
        tag = self.source[self.position + 2 : closing].strip().lower()
        if not self.open:
            raise MalformedError(f"Unexpected end tag at byte offset {begin}")
        opened = self.open.pop()
        if tag not in {"", opened.tag}:
            raise MalformedError(
                f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        self.position = closing + 1
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = units(self.text) - opened.offset
        url = opened.url
        if opened.kind == "text_link" and not (url and re.match(r"(?:https?|tg|mailto)://?\S", url)):
            return  # Telegram shows the words without a link
        language = (opened.language or "").removeprefix("language-") if opened.kind == "code" else None
        if length:
            kept = url if opened.kind == "text_link" else None
            self.entities.append(Entity(opened.kind, opened.offset, length, kept, language or None))
