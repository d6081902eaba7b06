"""From words to what they name, or to an answer that asks back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation import phrases
from bot.conversation.names import Guess
from bot.conversation.paging import again
from bot.conversation.talk import RefusedError
from bot.message import Button
from bot.plain import cut
from bot.wording import stage_words
from store import events, looking
from treaties.provisional import PREFIX
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.conversation.names import Understood
    from bot.conversation.talk import Talk

_OFFERED: Final = 8
_LABEL: Final = 40


def provisional(talk: Talk) -> dict[str, str]:
    """The treaties that only reports name, by their name and by their id in small letters."""
    ids = looking.unlisted(talk.conn, PREFIX)
    by_name = {talk.speech.treaty(one).casefold(): one for one in ids}
    return by_name | {one.casefold(): one for one in ids}


def read(talk: Talk, text: str) -> Understood:
    """What a text names, whatever is left over."""
    return talk.tools.names.read(text, provisional(talk))


def clear(talk: Talk, text: str, command: str) -> Understood:
    """What a text names, all of it.

    Raises:
        RefusedError: something in it names nothing, or several treaties; buttons offer what it may mean.
    """
    found = read(talk, text)
    if not found.unknown:
        return found
    unknown = found.unknown[0]
    buttons = [
        Button(guessed(talk, guess), again(talk.tools.memo, command, found.text(guess))) for guess in unknown.guesses
    ]
    shown = cut(unknown.text, _LABEL)
    if not buttons:
        raise RefusedError(talk.gettext("I do not know “{name}”.", name=shown))
    raise RefusedError(talk.gettext("I do not know “{name}”. Did you mean one of these?", name=shown), buttons)


def guessed(talk: Talk, guess: Guess) -> str:
    """A guess as a button's label."""
    match guess.dimension:
        case "state":
            label = talk.speech.state(guess.value)
        case "treaty":
            label = talk.speech.treaty(guess.value)
        case "stage":
            label = stage_words(Stage(guess.value), talk.speech)
        case "lang":
            label = guess.value
    return cut(label, _LABEL)


def one_case(talk: Talk, text: str, command: str) -> tuple[str, str]:
    """The one case that a text names: state and treaty.

    Raises:
        RefusedError: it names none, or several; buttons offer those that are known.
    """
    found = clear(talk, text, command)
    if len(found.states) == 1 and len(found.treaties) == 1:
        return found.states[0], found.treaties[0]
    known = [
        case.key
        for case in events.cases(talk.conn)
        if (not found.states or case.state in found.states) and (not found.treaties or case.treaty in found.treaties)
    ]
    asked = [(state, treaty) for state in found.states for treaty in found.treaties]
    raise RefusedError(_which(talk, found), _offered(talk, command, known if known or not asked else asked))


def _which(talk: Talk, found: Understood) -> str:
    if not found.states and not found.treaties:
        return talk.gettext("Name a state and a treaty, such as: Russia ecpt")
    if not found.states:
        return talk.gettext("Which state?")
    if not found.treaties:
        return talk.gettext("Which treaty?")
    return talk.gettext("Which case?")


def _offered(talk: Talk, command: str, cases: Iterable[tuple[str, str]]) -> list[Button]:
    return [
        Button(
            cut(f"{talk.speech.state(state)} – {talk.speech.treaty(treaty)}", _LABEL),
            again(talk.tools.memo, command, f"{state} {Guess('treaty', treaty).text}"),
        )
        for state, treaty in list(cases)[:_OFFERED]
    ]


def one_treaty(talk: Talk, text: str, command: str) -> str:
    """The id of the one treaty that a text names as a whole.

    Raises:
        RefusedError: it names none, or several; buttons offer those that may be meant.
    """
    if not text:
        raise RefusedError(talk.gettext("Name a treaty, such as: ETS 126"))
    words = text.removeprefix("treaty:").strip()
    if words in talk.knowledge.treaties:
        return words
    unlisted = provisional(talk).get(words.casefold())
    named = (unlisted,) if unlisted else talk.tools.treaties.named(words)
    if len(named) == 1:
        return named[0]
    found = named or tuple(hit.treaty for hit, _ in talk.tools.treaties.search(words).hits)
    buttons = [
        Button(cut(phrases.treaty_title(talk.speech, one), _LABEL), again(talk.tools.memo, command, f"treaty:{one}"))
        for one in found[:_OFFERED]
    ]
    shown = cut(words, _LABEL)
    if named:
        raise RefusedError(talk.gettext("“{name}” can mean several treaties. Which one?", name=shown), buttons)
    if buttons:
        raise RefusedError(talk.gettext("I do not know “{name}”. Did you mean one of these?", name=shown), buttons)
    raise RefusedError(talk.gettext("I do not know “{name}”.", name=shown))
