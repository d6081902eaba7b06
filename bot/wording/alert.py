"""Alerts: one development, many at once, and one that was put right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bot.message import ACTION_LIMIT, Button, Line, Message
from bot.plain import cut, isolated
from bot.speech import N_
from bot.wording.clause import clause_sentence, clause_text, recalled_mark, residual_text, takes_effect
from bot.wording.coverage import coverage_line, disputed_lines, more_sources, official_line
from bot.wording.names import states_named
from bot.wording.steps import in_order, stage_bar, stage_words
from treaties.alerts import decode
from treaties.model import Alert, Event, VerdictKind
from treaties.stages import UNDONE, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from bot.speech import Speech
    from treaties.registry import Clause, Treaty

_KINDS: Final = {VerdictKind.NEW_CASE: N_("New case"), VerdictKind.REVERSAL: N_("Reversal")}
_NO_EXIT: Final = frozenset({Stage.SUSPENDED, Stage.REJOINED})
_NAME_LIMIT: Final = 120
_TITLE_LIMIT: Final = 300
_OUTLET_LIMIT: Final = 80
_TEXT_LIMIT: Final = 500
_OPEN_POINTS: Final = 3
_ALERTS_IN_GROUP: Final = 25
_BUTTONS_OF_GROUP: Final = 8
_LABEL_LIMIT: Final = 40
_BETWEEN: Final = " · "


def alert_message(
    alert: Alert, speech: Speech, today: date, *, edited: bool = False, curators: bool = False
) -> Message:
    """An alert, or the same alert after its coverage has grown.

    Its first line says all that matters: it is what a notification shows. Nothing is longer than fits one message.

    Args:
        alert: what happened.
        speech: the language.
        today: the day on which it is sent.
        edited: it replaces what was sent before.
        curators: it goes to people who may correct it.
    """
    event = _event(alert)
    lines: list[Line | str] = [
        _BETWEEN.join(_when(alert, speech)),
        *_other_days(alert, speech),
        Line(stage_bar(in_order([*alert.done, (alert.stage, alert.when)]), alert.stage, speech), "bar"),
        *_told_by(alert, event, speech),
        *(f"⚠ {line}" for line in disputed_lines(event, speech)),
        *_what_follows(alert, speech, today),
    ]
    buttons = tuple(row for row in _buttons(alert, speech, curators=curators) if row)
    return Message("edit" if edited else "alert", alert_headline(alert, speech), tuple(lines), buttons=buttons)


def alert_headline(alert: Alert, speech: Speech) -> str:
    """`🇱🇻 Latvia, exit from Ottawa Convention: passed by parliament`."""
    case = _case(alert, speech) if alert.stage in _NO_EXIT else _exit(alert, speech)
    return speech.told(case, stage_words(alert.stage, speech))


def _case(alert: Alert, speech: Speech) -> str:
    return f"{_states(alert, speech)} – {_treaty(alert, speech)}"


def _exit(alert: Alert, speech: Speech) -> str:
    # Where a language would have to inflect the names, its words for the stages say that this is an exit.
    states, treaty = _states(alert, speech), _treaty(alert, speech)
    return speech.gettext("{states}, exit from {treaty}", states=states, treaty=treaty)


def _states(alert: Alert, speech: Speech) -> str:
    return states_named([alert.state, *(one.state for one in alert.companions)], speech)


def _treaty(alert: Alert, speech: Speech) -> str:
    return cut(isolated(speech.treaty(alert.treaty)), _NAME_LIMIT)


def _event(alert: Alert) -> Event:
    return Event(alert.key, alert.state, alert.treaty, alert.stage, alert.when, alert.sources)


def _when(alert: Alert, speech: Speech) -> Iterator[str]:
    """Whether it is a turn, the day, and the treaty's number."""
    if alert.kind in _KINDS:
        yield speech.gettext(_KINDS[alert.kind])
    yield speech.day(alert.when)
    treaty = speech.knowledge.treaties.get(alert.treaty)
    if treaty and treaty.series:
        yield treaty.series


def _other_days(alert: Alert, speech: Speech) -> list[str]:
    """The day of each companion that took the step on another."""
    others = [one for one in alert.companions if one.when != alert.when]
    return [speech.told(states_named([one.state], speech), speech.day(one.when)) for one in others]


def _told_by(alert: Alert, event: Event, speech: Speech) -> Iterator[Line | str]:
    """The headline of the first report, its outlet, and who else tells it."""
    yield Line(cut(isolated(alert.title), _TITLE_LIMIT), "quote")
    yield _source_line(alert, speech)
    yield _BETWEEN.join(filter(None, (more_sources(event, speech), official_line(event, speech))))


def _source_line(alert: Alert, speech: Speech) -> Line:
    outlet = cut(isolated(alert.outlet or ""), _OUTLET_LIMIT) or speech.gettext("unnamed outlet")
    return Line(outlet, link=alert.url)


def _what_follows(alert: Alert, speech: Speech, today: date) -> Iterator[Line | str]:
    """When the exit takes effect, what nobody knows yet, and in small what the treaty's clause says."""
    treaty = speech.knowledge.treaties.get(alert.treaty)
    ends = effect_line(alert, treaty, speech, today) if treaty else ""
    if ends:
        yield f"📅 {ends}"
    for point in alert.open_points[:_OPEN_POINTS]:
        yield f"❓ {speech.gettext('Still open: {point}', point=_bounded(point))}"
    if treaty and treaty.clause and alert.stage not in UNDONE:
        yield from _clause_lines(alert, treaty.clause, speech, with_article=not ends)


def _clause_lines(alert: Alert, clause: Clause, speech: Speech, *, with_article: bool) -> Iterator[Line]:
    """What the clause says of leaving, while the state has not left, and what binds it afterwards."""
    if alert.stage is not Stage.IN_EFFECT:
        sentence = clause_sentence(clause, speech) + recalled_mark(speech, recalled=not clause.source)
        told = clause_text(clause, speech) if with_article else sentence.lstrip()
        yield Line(_bounded(told), "small")
    if residual := residual_text(clause, speech):
        yield Line(speech.gettext("Afterwards: {duty}", duty=_bounded(residual)), "small")


def effect_line(alert: Alert, treaty: Treaty, speech: Speech, today: date) -> str:
    """When the exit takes effect; empty where no day can be told, or none is to come any more."""
    if treaty.clause is None or alert.stage is Stage.IN_EFFECT:
        return ""
    # By date; what is undated was told last.
    steps = sorted((*alert.done, (alert.stage, alert.when)), key=lambda step: str(step[1] or "later"))
    return takes_effect(treaty, alert.state, steps, today, speech)


def _bounded(text: str) -> str:
    return cut(isolated(text), _TEXT_LIMIT)


def case_action(verb: str, alert: Alert) -> str | None:
    """The action of a button on the alert's case; the event's row stands for a name that is too long.

    None where neither can be given.
    """
    action = f"{verb}:{alert.state}:{alert.treaty}"
    if len(action.encode()) <= ACTION_LIMIT:
        return action
    return f"{verb}:#{alert.row}" if alert.row is not None else None


def _buttons(alert: Alert, speech: Speech, *, curators: bool) -> Iterator[tuple[Button, ...]]:
    timeline, mute = case_action("timeline", alert), case_action("mute", alert)
    row = alert.row
    yield _pressable((speech.gettext("Timeline"), timeline), (speech.gettext("Sources"), _of_row("sources", row)))
    yield _pressable((speech.gettext("Why"), _of_row("why", row)), (speech.gettext("Mute case"), mute))
    if curators:
        wrong, stage = _of_row("wrong", row), _of_row("stage", row)
        yield _pressable((speech.gettext("Not this"), wrong), (speech.gettext("Other stage"), stage))
        yield _pressable((speech.gettext("Same as another event"), _of_row("merge", row)))


def _of_row(verb: str, row: int | None) -> str | None:
    return f"{verb}:{row}" if row is not None else None


def _pressable(*named: tuple[str, str | None]) -> tuple[Button, ...]:
    return tuple(Button(label, action) for label, action in named if action)


def group_message(payloads: Sequence[Mapping[str, Any]], speech: Speech, today: date) -> Message:
    """Many developments at once: of each what matters, with a button that leads on.

    Args:
        payloads: the alerts as stored, each with its `correction` where it has one.
        speech: the language.
        today: the day on which it is sent.

    Raises:
        KeyError, ValueError: a payload is of another kind.
    """
    told = [decode(payload) for payload in payloads[:_ALERTS_IN_GROUP]]
    lines = list[Line | str]()
    for alert, payload in zip(told, payloads, strict=False):
        lines += ["", *_in_short(alert, speech, today)]
        if correction := payload.get("correction"):
            lines += [Line(speech.gettext("Corrected"), "strong"), *_put_right(correction, speech)]
    if more := len(payloads) - len(told):
        lines += ["", speech.ngettext("… and {n} more", "… and {n} more", more)]
    buttons = [
        (Button(cut(_button_label(alert, speech), _LABEL_LIMIT), action),)
        for alert in told[:_BUTTONS_OF_GROUP]
        if (action := case_action("timeline", alert))
    ]
    headline = speech.ngettext("{n} new development", "{n} new developments", len(payloads))
    return Message("group", headline, tuple(lines), buttons=tuple(buttons))


def _button_label(alert: Alert, speech: Speech) -> str:
    return speech.told(speech.gettext("Timeline"), _case(alert, speech))


def _in_short(alert: Alert, speech: Speech, today: date) -> Iterator[Line | str]:
    yield Line(alert_headline(alert, speech), "strong")
    yield _BETWEEN.join((*_when(alert, speech), coverage_line(_event(alert), speech)))
    yield _source_line(alert, speech)
    treaty = speech.knowledge.treaties.get(alert.treaty)
    if treaty and (ends := effect_line(alert, treaty, speech, today)):
        yield f"📅 {ends}"


def correction_message(payload: Mapping[str, Any], speech: Speech) -> Message:
    """An alert that somebody put right, for everybody to see who got it.

    Args:
        payload: the alert, and under `correction` the stage that it `was` and the one that it is `now` (None where
            nothing of the kind happened), and `why`.
        speech: the language.

    Raises:
        KeyError, ValueError: the payload is of another kind.
    """
    alert, correction = decode(payload), payload["correction"]
    lines: list[Line | str] = list(_put_right(correction, speech))
    if correction.get("why"):
        lines.append(speech.gettext("Why: {reason}", reason=_bounded(correction["why"])))
    lines += [Line(cut(isolated(alert.title), _TITLE_LIMIT), "quote"), _source_line(alert, speech)]
    action = case_action("timeline", alert)
    buttons = ((Button(speech.gettext("Timeline"), action),),) if action else ()
    headline = speech.gettext("Correction: {case}", case=_case(alert, speech))
    return Message("correction", headline, tuple(lines), buttons=buttons)


def corrected(message: Message, correction: Mapping[str, Any] | None, speech: Speech) -> Message:
    """An alert with what was put right since on top of its lines, where anything was.

    Raises:
        KeyError, ValueError: the correction is of another kind.
    """
    if not correction:
        return message
    head = Line(speech.gettext("Corrected"), "strong")
    return replace(message, lines=(head, *_put_right(correction, speech), *message.lines))


def _put_right(correction: Mapping[str, Any], speech: Speech) -> Iterator[str]:
    was = stage_words(Stage(correction["was"]), speech)
    now = stage_words(Stage(correction["now"]), speech) if correction["now"] else ""
    if not now:
        yield speech.gettext("It did not happen: {step}", step=was)
    elif was == now:
        yield speech.gettext("It stands after all: {step}", step=now)
    else:
        yield speech.gettext("Told before: {step}", step=was)
        yield speech.gettext("In fact: {step}", step=now)
