"""What curators decide by buttons: an alert is wrong, or another stage; a claim is right, or wrong; and undoing that.

The first decision counts: whoever presses later is told whose it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation import phrases
from bot.conversation.actions import StaleActionError, number
from bot.conversation.model import Reply
from bot.conversation.talk import RefusedError, answer
from bot.corrections import NeedsStageError, Word
from bot.message import Button
from bot.wording import stage_words
from store import events
from store.database import StoreError
from store.decisions import Action, AlreadyDecidedError
from treaties.projection import Basis, project_case
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.conversation.talk import Talk
    from bot.message import Message
    from store.decisions import HumanDecision
    from treaties.model import Event

_ROW: Final = 2


def press_wrong(talk: Talk, words: str) -> Reply:
    """`wrong:<event row>`: the event did not happen."""
    event = _event(talk, words)
    return _decided(talk, lambda word: talk.tools.corrections.wrong(talk.conn, event.id, word))


def press_stage(talk: Talk, words: str) -> Reply:
    """`stage:<event row>` asks which stage it is; `stage:<event row>:<stage>` says it."""
    row, _, name = words.partition(":")
    event = _event(talk, row)
    if not name:
        return Reply(_stages(talk, event, lambda stage: f"stage:{row}:{stage}"))
    stage = _stage(name)
    return _decided(talk, lambda word: talk.tools.corrections.restage(talk.conn, event.id, stage, word))


def press_confirm(talk: Talk, words: str) -> Reply:
    """`confirm:<claim>`, and where it names no step `confirm:<claim>:<stage>`: the claim is right."""
    claim, _, name = words.partition(":")
    stage = _stage(name) if name else None
    try:
        return _decided(talk, lambda word: talk.tools.corrections.confirm(talk.conn, number(claim), word, stage))
    except NeedsStageError:
        return Reply(_stages(talk, None, lambda stage: f"confirm:{claim}:{stage}"))


def press_dismiss(talk: Talk, words: str) -> Reply:
    """`dismiss:<claim>`: the claim is wrong, or no news."""
    return _decided(talk, lambda word: talk.tools.corrections.dismiss(talk.conn, number(words), word))


def press_effect(talk: Talk, words: str) -> Reply:
    """`effect:<event row>`: the exit that this notification announced took effect on its day."""
    event = _event(talk, words)
    case = events.case(talk.conn, event.state, event.treaty)
    projection = project_case(case, talk.tools.knowledge.treaties, talk.today)
    if projection is None or projection.basis is not Basis.NOTIFIED or projection.day > talk.today:
        raise StaleActionError(words)
    day = projection.day
    return _decided(talk, lambda word: talk.tools.corrections.in_effect(talk.conn, event.id, day, word))


def press_undo(talk: Talk, words: str) -> Reply:
    """`undo:<decision>`: take a decision back."""
    try:
        undone = talk.tools.corrections.undo(talk.conn, number(words), Word(talk.person.name, talk.request.now))
    except StoreError as error:
        raise StaleActionError(words) from error
    return Reply(answer(talk.gettext("Taken back: {decision}", decision=_words(talk, undone))), replaces=True)


def _event(talk: Talk, row: str) -> Event:
    event = events.by_row(talk.conn, number(row))
    if event is None:
        raise StaleActionError(row)
    return event


def _stage(name: str) -> Stage:
    if name not in frozenset(Stage):
        raise StaleActionError(name)
    return Stage(name)


def _stages(talk: Talk, event: Event | None, action: Callable[[Stage], str]) -> Message:
    others = [stage for stage in Stage if event is None or stage is not event.stage]
    buttons = [Button(phrases.capital(stage_words(stage, talk.speech)), action(stage)) for stage in others]
    rows = [buttons[at : at + _ROW] for at in range(0, len(buttons), _ROW)]
    title = phrases.title(talk.speech, event.state, event.treaty) if event else talk.gettext("Which stage is it?")
    return answer(title, [talk.gettext("Which stage is it?")] if event else [], rows)


def _decided(talk: Talk, decide: Callable[[Word], HumanDecision]) -> Reply:
    try:
        decision = decide(Word(talk.person.name, talk.request.now))
    except AlreadyDecidedError as error:
        raise RefusedError(
            talk.gettext(
                "{who} decided this already: {decision}", who=error.decision.who, decision=_words(talk, error.decision)
            )
        ) from error
    except NeedsStageError:
        raise
    except StoreError as error:
        raise StaleActionError(str(error)) from error
    undo = Button(talk.gettext("Undo"), f"undo:{decision.id}")
    return Reply(answer(_words(talk, decision), [talk.gettext("Decided by {who}", who=decision.who)], [[undo]]))


def _words(talk: Talk, decision: HumanDecision) -> str:
    words = {
        Action.CONFIRM: talk.gettext("confirmed"),
        Action.DISMISS: talk.gettext("dismissed"),
        Action.STAGE: talk.gettext("another stage"),
        Action.JOIN: talk.gettext("part of a known event"),
        Action.MERGE: talk.gettext("the same as another event"),
    }
    return phrases.capital(words[decision.action])
