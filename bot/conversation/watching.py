"""What a chat hears: filters added and taken away, typed or picked by buttons."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.conversation import settings
from bot.conversation.actions import StaleActionError, number
from bot.conversation.asking import clear
from bot.conversation.model import Reply
from bot.conversation.paging import page_of
from bot.conversation.talk import RefusedError, answer, ours
from bot.conversation.typed import FORMAL, everything
from bot.message import Button, Message
from bot.plain import cut
from store import events
from store.channels import EVERYTHING, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversation.names import Understood
    from bot.conversation.talk import Talk

_PICKS_A_PAGE: Final = 8
_LABEL: Final = 30
_LONGEST: Final = 500
"""How many values a filter may have: far more than anybody picks."""


def watch(talk: Talk, text: str) -> Reply:
    """`/watch …`: add filters.

    Raises:
        RefusedError: something in it is not understood; nothing is changed.
    """
    if not text:
        return Reply(settings.settings(talk))
    if text.casefold() in everything():
        return Reply(hear(talk, EVERYTHING))
    found = clear(talk, text, "watch")
    wanted = _wanted(found)
    if wanted == EVERYTHING:
        raise RefusedError(talk.gettext("Name states, treaties or stages, such as: /watch Russia ecpt"), own=True)
    old = talk.set_up().subscription
    return Reply(hear(talk, _bounded(talk, _joined(old, wanted))))


def unwatch(talk: Talk, text: str) -> Reply:
    """`/unwatch …`: take filters away.

    Raises:
        RefusedError: something in it is not understood, or is no filter of this chat; nothing is changed.
    """
    old = talk.set_up().subscription
    if not text:
        return Reply(settings.settings(talk))
    if text.casefold() in everything():
        return Reply(hear(talk, EVERYTHING))
    unwanted = _wanted(clear(talk, text, "unwatch"))
    new = _without(old, unwanted)
    if new == old:
        raise RefusedError(
            talk.gettext("This chat has no such filter. To hear no more of one case: /mute STATE TREATY"), own=True
        )
    return Reply(hear(talk, new, widened=_widened(old, new)))


def _wanted(found: Understood) -> Subscription:
    return Subscription(
        frozenset(found.states), frozenset(found.treaties), frozenset(found.stages), frozenset(found.langs)
    )


def _joined(one: Subscription, other: Subscription) -> Subscription:
    return Subscription(
        one.states | other.states, one.treaties | other.treaties, one.stages | other.stages, one.langs | other.langs
    )


def _without(one: Subscription, other: Subscription) -> Subscription:
    return Subscription(
        one.states - other.states, one.treaties - other.treaties, one.stages - other.stages, one.langs - other.langs
    )


def _widened(old: Subscription, new: Subscription) -> bool:
    """Whether the last value of a filter was taken away, so that everything comes through it again."""
    pairs = ((old.states, new.states), (old.treaties, new.treaties), (old.stages, new.stages), (old.langs, new.langs))
    return any(before and not after for before, after in pairs)


def _bounded(talk: Talk, wanted: Subscription) -> Subscription:
    if max(map(len, (wanted.states, wanted.treaties, wanted.stages, wanted.langs))) > _LONGEST:
        raise RefusedError(talk.gettext("That is more than a filter can hold."))
    return wanted


def hear(talk: Talk, wanted: Subscription, *, widened: bool = False) -> Message:
    """Let a chat hear that from now on, and say in words what it is."""
    channel = talk.save(replace(talk.set_up(), subscription=wanted))
    lines = settings.subscription_lines(talk, channel.subscription)
    if widened:
        lines.append(talk.gettext("A filter without anything in it lets everything through."))
    buttons = [[Button(talk.gettext("All settings"), "do:subscription:")]]
    if widened:
        buttons.append([Button(talk.gettext("End all messages"), "do:stop:")])
    if wanted == EVERYTHING:
        return answer(talk.gettext("This chat now hears everything."), lines[1:], buttons)
    return answer(talk.gettext("This chat now hears:"), lines, buttons)


def press_hear(talk: Talk, words: str) -> Reply:
    """The buttons for everything, and for formal steps only."""
    return Reply(hear(talk, chosen(talk, words)), replaces=True)


def chosen(talk: Talk, words: str) -> Subscription:
    """What a button asks to hear: everything, or the formal steps of what the chat hears already."""
    match words:
        case "all":
            return EVERYTHING
        case "formal":
            return replace(talk.set_up().subscription, stages=FORMAL)
        case _:
            raise StaleActionError(words)


def press_pick(talk: Talk, words: str) -> Reply:
    """The buttons that open a page of states or treaties to pick from: `state:2`."""
    dimension, _, page = words.partition(":")
    return Reply(picking(talk, dimension, number(page), "pick"), replaces=True)


def press_toggle(talk: Talk, words: str) -> Reply:
    """The button of one state or treaty: `state:RU:2` adds it or takes it away, and shows page 2 again."""
    return Reply(toggled(talk, words, "pick"), replaces=True)


def toggled(talk: Talk, words: str, verb: str) -> Message:
    """Add a picked value to a chat's filters, or take it away, and show the page again."""
    dimension, value, page = _three(words)
    if value not in (talk.knowledge.states if dimension == "state" else talk.knowledge.treaties):
        raise StaleActionError(words)
    old = talk.set_up().subscription
    one = Subscription(states=frozenset({value})) if dimension == "state" else Subscription(treaties=frozenset({value}))
    taken = value in (old.states if dimension == "state" else old.treaties)
    talk.save(replace(talk.set_up(), subscription=_without(old, one) if taken else _joined(old, one)))
    return picking(talk, dimension, page, verb)


def _three(words: str) -> tuple[str, str, int]:
    parts = words.split(":")
    if len(parts) != 3 or parts[0] not in {"state", "treaty"}:  # noqa: PLR2004 - dimension, value and page
        raise StaleActionError(words)
    return parts[0], parts[1], number(parts[2])


def picking(talk: Talk, dimension: str, page: int, verb: str) -> Message:
    """A page of states or treaties to pick from, those with the most known cases first.

    Args:
        talk: the exchange.
        dimension: `state` or `treaty`.
        page: which page.
        verb: `pick` for the settings, `start` for setting up: what the buttons' actions begin with.
    """
    wanted = talk.set_up().subscription
    if dimension == "state":
        names = {code: talk.speech.state(code) for code in _often(talk, "state")}
        picked, question = wanted.states, talk.gettext("Which states?")
        typed = talk.gettext("Any other by its name: /watch Latvia")
    elif dimension == "treaty":
        names = {one: talk.speech.treaty(one) for one in _often(talk, "treaty")}
        picked, question = wanted.treaties, talk.gettext("Which treaties?")
        typed = talk.gettext("Any other by its name: /watch mine ban")
    else:
        raise StaleActionError(dimension)
    shown, page, pages = page_of(list(names), page, _PICKS_A_PAGE)
    toggle = "toggle" if verb == "pick" else "start:toggle"
    mine = "pick" if verb == "pick" else "start:pick"
    rows = [
        [
            Button(
                cut(f"✓ {names[one]}" if one in picked else names[one], _LABEL), f"{toggle}:{dimension}:{one}:{page}"
            )
            for one in shown[at : at + 2]
        ]
        for at in range(0, len(shown), 2)
    ]
    turn = [Button("‹", f"{mine}:{dimension}:{page - 1}")] if page > 1 else []
    turn += [Button("›", f"{mine}:{dimension}:{page + 1}")] if page < pages else []
    done = [Button(talk.gettext("Done"), "do:subscription:" if verb == "pick" else "start:done")]
    lines = [*settings.subscription_lines(talk, wanted), ours(typed)]
    return answer(question, lines, [*rows, turn, done])


def _often(talk: Talk, dimension: str) -> Sequence[str]:
    """The states, or the listed treaties, of the known cases, those of most cases first."""
    cases = events.cases(talk.conn)
    if dimension == "state":
        counted = Counter(case.state for case in cases if case.state in talk.knowledge.states)
    else:
        counted = Counter(case.treaty for case in cases if case.treaty in talk.knowledge.treaties)
    return sorted(counted, key=lambda one: (-counted[one], one))
