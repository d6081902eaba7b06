"""The text of an article in its page. The only module that imports trafilatura, an extra that need not be installed."""

from __future__ import annotations

from typing import Final

from trafilatura import extract

LARGEST: Final = 1_000_000
"""Bytes of a page; a larger one is left alone, since its parsing cannot be stopped."""


def article_text(page: bytes, url: str) -> str | None:
    """The article's own text without menus, captions and comments; None where there is none.

    Args:
        page: the unpacked answer.
        url: where it stood.
    """
    if len(page) > LARGEST:
        return None
    try:
        text = extract(page, url=url, include_comments=False, include_tables=False, favor_precision=True)
    except Exception:  # noqa: BLE001 - a page of the open web brings up anything; the report stands without its text
        return None
    return text or None
