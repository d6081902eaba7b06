"""What people see of Slack's markup: entities, links, mentions, and who is notified."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CONTROL: Final = re.compile(r"<([^<>]*)>")
_ENTITY: Final = re.compile(r"&(?:amp|lt|gt);")
_LINK: Final = re.compile(r"(?:https?://|mailto:)[^|<>\s]+(?:\|[^|<>]+)?")
_ONE_PERSON: Final = re.compile(r"[@#][A-Z0-9]{3,}(?:\|[^|<>]*)?")
_DATE: Final = re.compile(r"!date\^\d+\^[^|<>]+\|[^|<>]+")
_BARE_MENTION: Final = re.compile(r"(?<![\w<!@])@(?:channel|here|everyone)\b")
_QUOTE: Final = re.compile(r"^>", re.MULTILINE)


def control_faults(text: str, *, links: bool = False, mentions: bool = False) -> Iterator[str]:
    """Every control sequence but those that are allowed, and what should have been an entity.

    Args:
        text: text as sent.
        links: links with a label may stand there.
        mentions: people, channels and dates may.
    """
    for match in _CONTROL.finditer(text):
        link = links and re.fullmatch(r"https?://[^|]+\|[^|<>]+", match[1])
        meant = mentions and (_ONE_PERSON.fullmatch(match[1]) or _DATE.fullmatch(match[1]))
        if not (link or meant):
            yield f"control sequence {match[0]}"
    if "&" in _ENTITY.sub("", text) or re.search("[<>]", _CONTROL.sub("", text)):
        yield f"not escaped: {text!r}"


def unquoted(text: str) -> str:
    """Markup without the brackets that begin a quoted line, which stand alone by right."""
    return _QUOTE.sub("", text)


def seen(text: str) -> str:
    """Text as a client shows it: entities resolved, labels for links. Signs that format stay."""
    return html.unescape(_CONTROL.sub(lambda match: match[1].partition("|")[2] or match[1], text))


def links(text: str) -> list[str]:
    """Where the links of a text lead."""
    found = (match[1] for match in _CONTROL.finditer(text) if _LINK.fullmatch(match[1]))
    return [html.unescape(one.partition("|")[0]) for one in found]


def pings(text: str, *, verbatim: bool) -> list[str]:
    """Whom a text in markup notifies: `U1`, `channel`, `here`, `everyone`, or a group of users."""
    named = [match[1] for match in _CONTROL.finditer(text)]
    found = [one[1:].partition("|")[0] for one in named if re.match(r"@|!(?!date)", one)]
    return found if verbatim else [*found, *(match[0][1:] for match in _BARE_MENTION.finditer(_CONTROL.sub("", text)))]


def texts(part: Any) -> Iterator[dict[str, Any]]:
    """Every text object in blocks, in reading order."""
    if isinstance(part, list):
        for one in part:
            yield from texts(one)
    elif isinstance(part, dict):
        if part.get("type") in {"plain_text", "mrkdwn"} and isinstance(part.get("text"), str):
            yield part
            return
        for one in part.values():
            yield from texts(one)


def notified(blocks: Iterable[dict[str, Any]]) -> list[str]:
    """Whom blocks notify; plain text notifies nobody."""
    marked = (text for text in texts(list(blocks)) if text["type"] == "mrkdwn")
    return [one for text in marked for one in pings(text["text"], verbatim=text.get("verbatim") is True)]
