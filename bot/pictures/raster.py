"""From SVG to PNG, with the packaged fonts. The only module that imports resvg."""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import resvg_py

from bot.pictures.drawing import FAMILY, font, lacks

ZOOM: Final = 3
"""Pixels per unit: a picture 360 units wide has 1080 pixels, sharp on any phone."""


@cache
def _fonts() -> list[str]:
    """The fonts as files, which the renderer wants; they go when the program ends."""
    folder = tempfile.TemporaryDirectory(prefix="treatywatch-fonts-")
    atexit.register(folder.cleanup)
    files = [Path(folder.name, "normal.ttf"), Path(folder.name, "bold.ttf")]
    files[0].write_bytes(font("normal"))
    files[1].write_bytes(font("bold"))
    return [str(file) for file in files]


def png(svg: str) -> bytes:
    """The picture as PNG, `ZOOM` pixels for each of its units.

    Letters that the packaged fonts lack are looked for in the fonts of the system, which takes longer.
    """
    return resvg_py.svg_to_bytes(
        svg_string=svg, skip_system_fonts=not lacks(svg), font_files=_fonts(), font_family=FAMILY, zoom=float(ZOOM)
    )
