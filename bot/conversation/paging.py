"""Long answers on a phone: ten lines a page, and buttons that lead from page to page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from bot.conversation.actions import StaleActionError, fits
from bot.conversation.talk import answer
from bot.message import Button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversation.memo import Memo
    from bot.conversation.talk import Talk
    from bot.message import Line, Message

PAGE_LINES: Final = 10
LAST_PAGE: Final = 9_999

Item = TypeVar("Item")


def page_of(items: Sequence[Item], page: int, size: int) -> tuple[Sequence[Item], int, int]:
    """The items of a page, its number and how many there are; a page beyond the last is the last."""
    pages = max(1, -(-len(items) // size))
    page = max(1, min(page, pages))
    return items[(page - 1) * size : page * size], page, pages


def paged(  # noqa: PLR0913 - a page has that many sides, all named
    talk: Talk,
    headline: str,
    lines: Sequence[str | Line],
    *,
    command: str,
    text: str,
    page: int,
    buttons: Sequence[Sequence[Button]] = (),
) -> Message:
    """One page of a long answer; `command` and `text` are the question that is asked again for the others."""
    shown, page, pages = page_of(lines, page, PAGE_LINES)
    return answer(headline, shown, [turning(talk, command, text, page, pages), *buttons])


def turning(talk: Talk, command: str, text: str, page: int, pages: int) -> tuple[Button, ...]:
    """The buttons `‹ 2/7 ›`; none where there is one page."""
    if pages <= 1:
        return ()
    memo = talk.tools.memo
    buttons = [Button("‹", _page(memo, command, page - 1, text))] if page > 1 else []
    buttons.append(Button(f"{page}/{pages}", _page(memo, command, page, text)))
    if page < pages:
        buttons.append(Button("›", _page(memo, command, page + 1, text)))
    return tuple(buttons)


def again(memo: Memo, command: str, text: str) -> str:
    """The action of a button that gives a command."""
    action = f"do:{command}:{text}"
    # One byte is left for nothing: texts that begin with # would be taken for names.
    return action if fits(action) and not text.startswith("#") else f"do:{command}:{memo.put(text)}"


def recalled(memo: Memo, text: str) -> str:
    """The words of a question in an action.

    Raises:
        StaleActionError: they are forgotten.
    """
    if not text.startswith("#"):
        return text
    found = memo.get(text)
    if found is None:
        raise StaleActionError(text)
    return found


def _page(memo: Memo, command: str, page: int, text: str) -> str:
    # The same length for every page, so that either all or none of them need the memo.
    room = f"page:{command}:{LAST_PAGE}:{text}"
    return f"page:{command}:{page}:{text if fits(room) and not text.startswith('#') else memo.put(text)}"
