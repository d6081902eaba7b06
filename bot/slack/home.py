"""App Home: what somebody sees who opens the app itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.slack.rendering import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.message import Message

BLOCKS: Final = 100
"""How many blocks a home tab may have (https://docs.slack.dev/reference/views/home-tab-views)."""


def view(messages: Sequence[Message]) -> dict[str, Any]:
    """One message under the other, with lines between them."""
    shown: list[dict[str, Any]] = []
    for message in messages:
        part = [*([{"type": "divider"}] if shown else []), *blocks(message)]
        if len(shown) + len(part) <= BLOCKS:
            shown += part
    return {"type": "home", "blocks": shown}
