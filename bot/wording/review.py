"""Questions to the reviewers: a claim that people have to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.message import Button, Line, Message
from bot.plain import cut, isolated
from bot.speech import N_
from bot.wording.names import states_named
from bot.wording.steps import stage_words
from store.decisions import Action
from treaties.alerts import decode_when
from treaties.provisional import is_provisional
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.speech import Speech

_DECISIONS: Final = {
    Action.CONFIRM: N_("confirmed"),
    Action.DISMISS: N_("dismissed"),
    Action.STAGE: N_("another stage"),
    Action.JOIN: N_("part of a known event"),
    Action.MERGE: N_("the same as another event"),
}
_TITLE_LIMIT: Final = 300
_TEXT_LIMIT: Final = 600


def review_message(payload: Mapping[str, Any], speech: Speech) -> Message:
    """What was claimed, on which words that rests, and why it is asked; who decided, once somebody has.

    Raises:
        KeyError, ValueError: the payload is of another kind.
    """
    stage = payload["stage"]
    step = stage_words(Stage(stage), speech) if stage else speech.gettext("a step that is not named")
    case = f"{states_named([payload['state']], speech)} – {isolated(speech.treaty(payload['treaty']))}"
    lines = (
        speech.gettext("Unsure: {step}, {day}", step=step, day=speech.day(decode_when(payload["when"]))),
        Line(cut(isolated(payload["title"]), _TITLE_LIMIT), "quote"),
        Line(isolated(payload["outlet"] or "") or speech.gettext("unnamed outlet"), link=payload["url"]),
        speech.gettext("Rests on: {quote}", quote=cut(isolated(payload["quote"]), _TEXT_LIMIT)),
        speech.gettext("Why: {reason}", reason=cut(isolated(payload["reason"]), _TEXT_LIMIT)),
    )
    told = speech.told(case, step)
    if decided := payload.get("decided"):
        return Message("review", f"✔ {told}", (_decision(decided, speech), *lines))
    buttons = _buttons(payload.get("claim"), speech, unlisted=is_provisional(payload["treaty"]))
    return Message("review", f"❓ {told}", lines, buttons=buttons)


def _decision(decided: Mapping[str, Any], speech: Speech) -> Line:
    """Who decided what: the first who does closes the question for all."""
    words = speech.gettext(_DECISIONS[Action(decided["action"])])
    return Line(speech.told(isolated(decided["who"]), words), "strong")


def _buttons(claim: int | None, speech: Speech, *, unlisted: bool) -> tuple[tuple[Button, ...], ...]:
    if claim is None:
        return ()
    rows = (
        ((N_("Confirm"), "confirm"), (N_("Dismiss"), "dismiss")),
        ((N_("Other stage"), "restage"), (N_("Known event"), "join")),
        ((N_("Which treaty?"), "bind"),) if unlisted else (),
    )
    buttons = (tuple(Button(speech.gettext(label), f"{verb}:{claim}") for label, verb in row) for row in rows)
    return tuple(row for row in buttons if row)
