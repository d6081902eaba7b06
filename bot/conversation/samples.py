"""Examples of alerts: what one looks like, drawn from the newest known case, and a test through the real outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation.model import Reply
from bot.conversation.showing import shown
from bot.conversation.talk import RefusedError, answer
from bot.message import Line, Message
from bot.wording.notice import encode_lines
from store import outbox
from treaties.alerts import encode
from treaties.matching import latest
from treaties.model import Alert, VerdictKind

if TYPE_CHECKING:
    from bot.conversation.talk import Talk

_PRIORITY: Final = 10


def sample(talk: Talk) -> Alert | None:
    """The alert that the newest known case would give; None while no case is known."""
    known = talk.tools.questions.cases(talk.conn)
    if not known:
        return None
    case = known[0].case
    event = latest(case.events)
    first = event.sources[0] if event.sources else None
    return Alert(
        key=event.id,
        kind=VerdictKind.NEW_DEVELOPMENT,
        state=case.state,
        treaty=case.treaty,
        stage=event.stage,
        when=event.when,
        report="example",
        title=talk.gettext("Here stands the headline of the first report"),
        reason="example",
        outlet=first.outlet if first else None,
        url=first.url if first else None,
        sources=event.sources,
        done=tuple((one.stage, one.when) for one in case.events if one.id != event.id),
    )


def sample_lines(talk: Talk) -> list[str | Line]:
    """An example of an alert, as words of another: it is no news."""
    alert = sample(talk)
    if alert is None:
        return []
    message = shown(talk, "alert", encode(alert))
    return [Line(text, "quote") for text in (message.headline, *message.texts)]


def test(talk: Talk, text: str) -> Reply:  # noqa: ARG001 - commands are called alike
    """`/test`: send an example to this chat through the outbox; once a minute.

    Raises:
        RefusedError: no messages come to this chat.
    """
    channel = talk.set_up()
    if not channel.enabled:
        raise RefusedError(talk.gettext("No messages come to this chat. /start sets it up."), own=True)
    lines = encode_lines(Message("notice", "", tuple(sample_lines(talk))))
    outbox.queue(
        talk.conn,
        channel.id,
        key=f"test:{talk.request.now:%Y-%m-%dT%H:%MZ}",
        kind="notice",
        payload={
            "headline": talk.gettext("TEST: this is an example, not news"),
            "lines": lines or [talk.gettext("Messages reach this chat.")],
        },
        now=talk.request.now,
        priority=_PRIORITY,
    )
    return Reply(answer(talk.gettext("An example is on its way to this chat.")))
