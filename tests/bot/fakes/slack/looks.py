"""What a message is to show, as an app says it: in a call, at a response URL, or with an acknowledgement."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

from tests.bot.fakes.slack import blocks as block_kit
from tests.bot.fakes.slack import marking, views
from tests.bot.fakes.slack.refusals import RefusedError, malformed
from tests.bot.fakes.slack.world import Look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bot.fakes.slack.refusals import Json, Params
    from tests.bot.fakes.slack.world import File

LONGEST_TEXT: Final = 40_000
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def look(params: Params, files: Mapping[str, File], before: Look | None = None) -> Look:
    """The look that a call asks for. Blocks of an earlier look stay where the call has none.

    Raises:
        RefusedError: `no_text`, `msg_too_long`, `invalid_blocks_format`, `invalid_blocks`, `msg_blocks_too_long`.
    """
    text = params.text("text")
    blocks = params.decoded("blocks", "invalid_blocks_format")
    if params.given("attachments") and params.decoded("attachments", "invalid_attachments"):
        raise RefusedError("invalid_attachments")  # legacy, and not what the app speaks
    if before and blocks is None:
        blocks = list(before.blocks)
    if not text.strip() and not blocks:
        raise RefusedError("no_text")
    if block_kit.size(text) > LONGEST_TEXT:
        raise RefusedError("msg_too_long")
    if blocks:
        block_kit.check(blocks, "message")
        _pictures(blocks, files)
    if found := [*marking.control_faults(text, links=True, mentions=True)]:
        raise malformed("invalid_blocks", [f"{one} [json-pointer:/text]" for one in found])
    return Look(text, tuple(views.identified(blocks or [])), before.files if before else ())


def _pictures(blocks: list[Json], files: Mapping[str, File]) -> None:
    for number, block in enumerate(blocks):
        file = block.get("slack_file") if block["type"] == "image" else None
        if file is not None and file.get("id") not in files:
            raise malformed("invalid_blocks", [f"invalid slack file [json-pointer:/blocks/{number}/slack_file]"])


def png_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG picture whose chunks are all sound.

    Raises:
        ValueError: it is none.
    """
    if not content.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    place, kinds, size = len(_SIGNATURE), list[bytes](), (0, 0)
    while place < len(content):
        try:
            length, kind = struct.unpack(">I4s", content[place : place + 8])
            data = content[place + 8 : place + 8 + length]
            (check,) = struct.unpack(">I", content[place + 8 + length : place + 12 + length])
        except struct.error:
            raise ValueError("a PNG that breaks off") from None
        if zlib.crc32(kind + data) != check:
            raise ValueError("a PNG that is damaged")
        if kind == b"IHDR":
            size = struct.unpack(">II", data[:8])
        kinds.append(kind)
        place += 12 + length
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds or 0 in size:
        raise ValueError("a PNG without a picture")
    return size


def response_type(params: Params) -> str:
    """Who sees an answer: `ephemeral`, unless it says otherwise."""
    kind: Any = params.text("response_type") or "ephemeral"
    if kind not in {"ephemeral", "in_channel"}:
        raise malformed("invalid_arguments", ["must be a valid enum value [json-pointer:/response_type]"])
    return str(kind)
