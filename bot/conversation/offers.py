"""Inline look-ups: the cases and treaties that fit what somebody is typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation import answers, phrases
from bot.conversation.asking import read
from bot.conversation.model import Found
from bot.conversation.talk import answer
from bot.plain import cut

if TYPE_CHECKING:
    from bot.conversation.names import Understood
    from bot.conversation.talk import Talk
    from bot.message import Line, Message
    from bot.questions import CaseAnswer

MOST: Final = 10
_TREATIES: Final = 4
_TITLE: Final = 100
_ID_LIMIT: Final = 64
_LINES: Final = 10


def offers(talk: Talk, text: str) -> tuple[Found, ...]:
    """Up to ten cases and treaties, cases first, the latest first; of all cases while nothing is typed."""
    found = read(talk, text) if text else None
    treaties = _treaties(talk, text, found) if found else ()
    mine = [one for one in talk.tools.questions.cases(talk.conn) if found is None or _fits(found, one)]
    cases = [_case(talk, one) for one in mine[: MOST - len(treaties)]]
    return (*cases, *treaties)


def _fits(found: Understood, one: CaseAnswer) -> bool:
    """Whether a case is of the states and treaties that are named, or of one that may be meant."""
    maybe = [guess for unknown in found.unknown for guess in unknown.guesses]
    states = {*found.states, *(one.value for one in maybe if one.dimension == "state" and not found.states)}
    treaties = {*found.treaties, *(one.value for one in maybe if one.dimension == "treaty" and not found.treaties)}
    if not states and not treaties:
        return False
    return (not states or one.case.state in states) and (not treaties or one.case.treaty in treaties)


def _case(talk: Talk, one: CaseAnswer) -> Found:
    title = phrases.title(talk.speech, one.case.state, one.case.treaty)
    summary = answers.summary(talk.speech, one)
    full = talk.tools.questions.case_of(talk.conn, *one.case.key, talk.today)
    lines = answers.case_lines(talk.speech, full, talk.today)[:_LINES]
    return Found(_id("case", *one.case.key), cut(title, _TITLE), cut(summary, _TITLE), answer(title, lines))


def _treaties(talk: Talk, text: str, found: Understood) -> tuple[Found, ...]:
    listed = [one for one in found.treaties if one in talk.knowledge.treaties]
    if not found.states:
        listed += [hit.treaty for hit, _ in talk.tools.treaties.search(text).hits]
    return tuple(_treaty(talk, one) for one in list(dict.fromkeys(listed))[:_TREATIES])


def _treaty(talk: Talk, name: str) -> Found:
    title = phrases.treaty_title(talk.speech, name)
    description = talk.knowledge.treaties[name].name
    return Found(_id("treaty", name), cut(title, _TITLE), cut(description, _TITLE), _about(talk, name, title))


def _about(talk: Talk, name: str, title: str) -> Message:
    found = talk.tools.treaties.treaty(talk.conn, name, talk.today)
    lines: list[str | Line] = answers.treaty_lines(talk.speech, found)[:_LINES]
    return answer(title, lines)


def _id(*words: str) -> str:
    """A name for an offer, of at most 64 bytes as chats ask for."""
    return ":".join(words).encode()[:_ID_LIMIT].decode("utf-8", "ignore")
