"""Drawing: a page of given width that grows downwards, with text that is measured and wrapped by its font.

The page is SVG. Colours keep apart for readers who see colours differently (Okabe and Ito's palette), every mark has a
shape of its own as well, and the ground is opaque, so that a picture reads the same in light and dark chats.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Final, Literal
from xml.sax.saxutils import escape, quoteattr

import pymupdf_fonts
from fontTools.ttLib import TTFont

from bot import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH: Final = 360
"""Width of a picture in units; a phone shows one unit as one of its own pixels."""

FAMILY: Final = "FiraGO"
INK: Final = "#1b1b1b"
FAINT: Final = "#5a5a5a"
LINE: Final = "#9a9a9a"
GROUND: Final = "#fbfaf6"
BLUE: Final = "#0072b2"
RED: Final = "#b34700"
GREEN: Final = "#00694e"
PURPLE: Final = "#8a4f7d"

Weight = Literal["normal", "bold"]
Shape = Literal["done", "now", "side", "coming"]

# Glyphs that the font lacks are as wide as these, in thousandths of the size.
_WIDE: Final = 1000
_USUAL: Final = 600
_FONTS: Final[dict[Weight, str]] = {"normal": "figo", "bold": "figbo"}
_LONGEST: Final = 400
_FITTED: Final = 150


@cache
def font(weight: Weight) -> bytes:
    """The TrueType font of that weight: Latin, Cyrillic, Greek, Arabic, Hebrew, Georgian, Thai and Devanagari."""
    data: bytes = pymupdf_fonts.myfont(_FONTS[weight])
    return data


@cache
def _advances(weight: Weight) -> tuple[dict[str, int], int]:
    """The width of every letter of the font, and the size in which it is told."""
    face = TTFont(BytesIO(font(weight)), lazy=True)
    widths = face["hmtx"].metrics
    return {chr(code): widths[glyph][0] for code, glyph in face.getBestCmap().items()}, face["head"].unitsPerEm


def width_of(text: str, size: float, weight: Weight = "normal") -> float:
    """How wide the text comes out, in units; letters that join come out no wider than they stand alone."""
    advances, em = _advances(weight)
    return sum(advances.get(char, _missing(char) * em // 1000) for char in text) * size / em


def lacks(text: str) -> bool:
    """Whether the font has no sign for a letter of the text, Chinese for one."""
    advances, _ = _advances("normal")
    return any(char not in advances and not char.isspace() and _missing(char) for char in text)


def _missing(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return _WIDE if unicodedata.east_asian_width(char) in {"W", "F"} else _USUAL


def wrap(text: str, room: float, size: float, weight: Weight = "normal", most: int = 3) -> tuple[str, ...]:
    """The text in lines no wider than `room`; what does not fit into `most` lines ends with an ellipsis."""
    lines: list[str] = [""]
    for word in _words(plain.cut(plain.kept(text), _LONGEST), room, size, weight):
        joined = f"{lines[-1]} {word}".strip()
        if width_of(joined, size, weight) <= room:
            lines[-1] = joined
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = _shortened(joined, room, size, weight)
            break
    return tuple(plain.set_off(line for line in lines if line))


def _words(text: str, room: float, size: float, weight: Weight) -> Iterable[str]:
    """The words; one that is wider than a line comes in pieces."""
    for word in text.split():
        rest = word
        while width_of(rest, size, weight) > room:
            fitting = next(n for n in range(len(rest) - 1, 0, -1) if n == 1 or width_of(rest[:n], size, weight) <= room)
            yield rest[:fitting]
            rest = rest[fitting:]
        yield rest


def _shortened(text: str, room: float, size: float, weight: Weight) -> str:
    cut = text
    while cut and width_of(cut + plain.ELLIPSIS, size, weight) > room:
        cut = cut[:-1]
    return cut.rstrip() + plain.ELLIPSIS


@dataclass(slots=True)
class Page:
    """A picture that is being drawn from the top down.

    Attributes:
        title: what the picture shows, for those who do not see it.
        at: how far down it is drawn, in units.
    """

    title: str
    at: float = 0
    _parts: list[str] = field(default_factory=list)

    def text(  # noqa: PLR0913 - a text has that many properties, all named
        self,
        x: float,
        lines: Iterable[str],
        *,
        size: float,
        color: str = INK,
        weight: Weight = "normal",
        anchor: Literal["start", "middle", "end"] = "start",
    ) -> None:
        """Write lines at `x`, each one under the other, and go below them."""
        for line in lines:
            self.at += size * 1.32
            baseline = self.at - size * 0.28
            words = _drawable(line)
            width = width_of(words, size, weight)
            # Where the font is not there, the line is squeezed into the room that was measured for it.
            fitted = f' textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"' if width > _FITTED else ""
            self._parts.append(
                f'<text x="{x:g}" y="{baseline:.1f}" font-size="{size:g}" font-weight="{weight}" fill="{color}"'
                f' text-anchor="{anchor}"{fitted}>{escape(words)}</text>'
            )

    def line(self, start: tuple[float, float], end: tuple[float, float], color: str, *, dashed: bool = False) -> None:
        """Draw a straight line."""
        (x1, y1), (x2, y2) = start, end
        dash = ' stroke-dasharray="4 4"' if dashed else ""
        self._parts.append(
            f'<line x1="{x1:g}" y1="{y1:.1f}" x2="{x2:g}" y2="{y2:.1f}" stroke="{color}" stroke-width="2"{dash}/>'
        )

    def mark(self, x: float, y: float, shape: Shape) -> None:
        """Draw the mark of a step: done a disc, now a ringed disc, off the road a diamond, coming an empty ring."""
        match shape:
            case "done":
                drawn = f'<circle cx="{x:g}" cy="{y:.1f}" r="7" fill="{BLUE}"/>'
            case "now":
                drawn = (
                    f'<circle cx="{x:g}" cy="{y:.1f}" r="10" fill="{GROUND}" stroke="{BLUE}" stroke-width="3"/>'
                    f'<circle cx="{x:g}" cy="{y:.1f}" r="5" fill="{BLUE}"/>'
                )
            case "side":
                drawn = f'<path d="M{x:g} {y - 9:.1f}l9 9l-9 9l-9 -9z" fill="{RED}"/>'
            case "coming":
                drawn = (
                    f'<circle cx="{x:g}" cy="{y:.1f}" r="7" fill="{GROUND}" stroke="{GREEN}" stroke-width="2.5"'
                    ' stroke-dasharray="3.5 2.5"/>'
                )
        self._parts.append(drawn)

    def behind(self, position: int) -> None:
        """Put what was drawn last under everything that was drawn from that position on."""
        self._parts.insert(position, self._parts.pop())

    @property
    def position(self) -> int:
        """A place in the order of drawing, for `behind`."""
        return len(self._parts)

    def svg(self) -> str:
        """The whole picture."""
        height = round(self.at)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
            f' role="img" aria-label={quoteattr(_drawable(self.title))}'
            f" font-family=\"{FAMILY}, 'Noto Sans', 'DejaVu Sans', sans-serif\">"
            f"<title>{escape(_drawable(self.title))}</title>"
            f'<rect width="{WIDTH}" height="{height}" fill="{GROUND}"/>{"".join(self._parts)}</svg>'
        )


# What no XML document may hold, with the halves of surrogate pairs.
_UNDRAWABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _drawable(text: str) -> str:
    return _UNDRAWABLE.sub("", plain.kept(text))
