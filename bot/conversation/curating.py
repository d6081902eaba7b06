"""What curators decide by buttons, and undoing that.

An alert is wrong, is of another stage or is another event; a claim is right, is wrong or tells of a known event; a
treaty that is not listed is a listed one. The first decision counts: whoever presses later is told whose it was.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bot.bindings import Bindings
from bot.conversation import phrases
from bot.conversation.actions import StaleActionError, fits, number
from bot.conversation.model import Reply
from bot.conversation.talk import RefusedError, answer
from bot.corrections import NeedsStageError, Word
from bot.message import Button
from bot.plain import cut
from bot.questions import UnknownNameError
from bot.wording import stage_words
from store import events, provisional, reviews
from store.database import StoreError
from store.decisions import Action, AlreadyDecidedError
from treaties.projection import Basis, project_case
from treaties.provisional import is_provisional
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.conversation.talk import Talk
    from bot.message import Message
    from store.decisions import HumanDecision
    from store.reviews import Question
    from treaties.model import Event

_ROW: Final = 2
_CHOICES: Final = 8
"""So many events or treaties are offered; the rest is for the command line."""
_LABEL: Final = 64


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


def press_restage(talk: Talk, words: str) -> Reply:
    """`restage:<claim>`: the claim is right but for its step; asks which it is."""
    claim = _question(talk, words)
    return Reply(_stages(talk, None, lambda stage: f"confirm:{claim.id}:{stage}"))


def press_join(talk: Talk, words: str) -> Reply:
    """`join:<claim>` asks of which known event the claim tells; `join:<claim>:<event row>` says it."""
    number_, _, row = words.partition(":")
    claim = _question(talk, number_)
    if not row:
        said = claim.claim
        return Reply(_events(talk, said.state, said.treaty, lambda other: f"join:{claim.id}:{other}"))
    event = _event(talk, row)
    return _decided(talk, lambda word: talk.tools.corrections.join(talk.conn, claim.id, event.id, word))


def press_merge(talk: Talk, words: str) -> Reply:
    """`merge:<event row>` asks which other event it is; `merge:<event row>:<row of the other>` says it."""
    row, _, other = words.partition(":")
    event = _event(talk, row)
    if not other:
        return Reply(_events(talk, event.state, event.treaty, lambda other: f"merge:{row}:{other}", but=event.id))
    into = _event(talk, other)
    return _decided(talk, lambda word: talk.tools.corrections.merge(talk.conn, event.id, into.id, word))


def press_bind(talk: Talk, words: str) -> Reply:
    """`bind:<claim>` asks which listed treaty an unlisted one is; `bind:<claim>:<its id>` says it."""
    number_, _, chosen = words.partition(":")
    unlisted = _question(talk, number_).claim.treaty
    if not is_provisional(unlisted):
        raise RefusedError(talk.gettext("This treaty is a listed one already."))
    if not chosen:
        return Reply(_treaties(talk, unlisted, lambda treaty: f"bind:{number_}:{treaty}"))
    with _stale(words):
        Bindings(talk.knowledge).bind(talk.conn, unlisted, chosen, who=talk.person.name, now=talk.request.now)
    names = {"name": talk.speech.treaty(unlisted), "treaty": phrases.treaty_title(talk.speech, chosen)}
    undo = Button(talk.gettext("Undo"), f"unbind:{number_}")
    return Reply(answer(talk.gettext("{name} is now: {treaty}", **names), buttons=[[undo]]))


def press_unbind(talk: Talk, words: str) -> Reply:
    """`unbind:<claim>`: the treaty of which the claim tells is none of the listed ones after all."""
    claim = _question(talk, words)
    bound = next((one for one in provisional.bindings(talk.conn) if claim.id in one.claims), None)
    if bound is None:
        raise StaleActionError(words)
    with _stale(words):
        Bindings(talk.knowledge).unbind(talk.conn, bound.provisional, who=talk.person.name, now=talk.request.now)
    name = talk.speech.treaty(bound.provisional)
    return Reply(answer(talk.gettext("Taken back: {decision}", decision=name)), replaces=True)


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
        undone = talk.tools.corrections.undo(talk.conn, number(words), _word(talk))
    except StoreError as error:
        raise StaleActionError(words) from error
    return Reply(answer(talk.gettext("Taken back: {decision}", decision=_words(talk, undone))), replaces=True)


def _question(talk: Talk, claim: str) -> Question:
    with _stale(claim):
        return reviews.find(talk.conn, number(claim))


@contextmanager
def _stale(words: str) -> Iterator[None]:
    """What the store does not know (any more) is an action that is stale."""
    try:
        yield
    except (StoreError, UnknownNameError) as error:
        raise StaleActionError(words) from error


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


def _events(talk: Talk, state: str, treaty: str, action: Callable[[int], str], but: str = "") -> Message:
    """The events of the case, and then the other ones of the state, to choose from; the latest first."""
    known = [event for case in events.cases(talk.conn) if case.state == state for event in case.events]
    known.sort(key=lambda event: (event.treaty == treaty, str(event.when or "")), reverse=True)
    buttons: list[tuple[Button, ...]] = []
    for event in known:
        row = events.row_of(talk.conn, event.id) if event.id != but and len(buttons) < _CHOICES else None
        if row is not None:
            told = phrases.stands(talk.speech, event)
            label = told if event.treaty == treaty else f"{told} · {talk.speech.treaty(event.treaty)}"
            buttons.append((Button(cut(label, _LABEL), action(row)),))
    if not buttons:
        raise RefusedError(talk.gettext("No other event of this state is known."))
    return answer(phrases.title(talk.speech, state, treaty), [talk.gettext("Which event is it?")], buttons)


def _treaties(talk: Talk, unlisted: str, action: Callable[[str], str]) -> Message:
    """The listed treaties whose names are most like that of an unlisted one, to choose from."""
    name = talk.speech.treaty(unlisted)
    hits = talk.tools.treaties.search(name).hits
    found = [treaty for _, treaty in hits if fits(action(treaty.id))][:_CHOICES]
    buttons = [(Button(cut(phrases.treaty_title(talk.speech, one.id), _LABEL), action(one.id)),) for one in found]
    command = f"treatywatch bind {unlisted} REGISTRY_ID"
    lines = [talk.gettext("Which listed treaty is it?")] if buttons else []
    lines.append(talk.gettext("Any other one is named on the command line: {command}", command=command))
    return answer(name, lines, buttons)


def _decided(talk: Talk, decide: Callable[[Word], HumanDecision]) -> Reply:
    try:
        decision = decide(_word(talk))
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


def _word(talk: Talk) -> Word:
    return Word(talk.person.name, talk.request.now, account=talk.who)


def _words(talk: Talk, decision: HumanDecision) -> str:
    words = {
        Action.CONFIRM: talk.gettext("confirmed"),
        Action.DISMISS: talk.gettext("dismissed"),
        Action.STAGE: talk.gettext("another stage"),
        Action.JOIN: talk.gettext("part of a known event"),
        Action.MERGE: talk.gettext("the same as another event"),
    }
    return phrases.capital(words[decision.action])
