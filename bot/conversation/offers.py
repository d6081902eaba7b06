"""Inline look-ups: the cases and treaties that fit what somebody is typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.conversation.model import Found
    from bot.conversation.talk import Talk


def offers(talk: Talk, text: str) -> tuple[Found, ...]:  # noqa: ARG001 - filled in with the look-ups
    """Up to ten cases and treaties, the likeliest first."""
    return ()
