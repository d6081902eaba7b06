"""What a front page shows: the cases that a platform's channels watch, what takes effect soon, how the bot is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation import answers, phrases
from bot.conversation.actions import case_action
from bot.conversation.lookups import coming
from bot.conversation.status import status
from bot.conversation.talk import answer
from bot.message import Button, Line
from store import channels
from treaties.matching import latest

if TYPE_CHECKING:
    from bot.conversation.talk import Talk
    from bot.message import Message
    from bot.questions import CaseAnswer
    from store.channels import ChannelRow

_SHOWN: Final = 10
_IN_ROW: Final = 5


def overview(talk: Talk) -> tuple[Message, ...]:
    """Watched cases, upcoming dates and the health of the feeds, for all channels of the platform together."""
    health = status(talk, "").message
    return (_watched(talk), coming(talk, ""), *((health,) if health else ()))


def _watched(talk: Talk) -> Message:
    mine = [one for one in channels.enabled(talk.conn) if one.platform == talk.place.platform]
    listed = [one for one in talk.tools.questions.cases(talk.conn) if any(_wants(channel, one) for channel in mine)]
    headline = talk.ngettext("{n} case is watched here", "{n} cases are watched here", len(listed))
    lines: list[str | Line] = [
        talk.ngettext("{n} channel hears of them", "{n} channels hear of them", len(mine))
        if mine
        else talk.gettext("No channel is set up yet. In a channel, /watch chooses what it hears.")
    ]
    for place, one in enumerate(listed[:_SHOWN], 1):
        lines.append(f"{place}. {phrases.title(talk.speech, one.case.state, one.case.treaty)}")
        lines.append(Line(f"    {answers.summary(talk.speech, one)}", "small"))
    opening = [
        Button(str(place), action)
        for place, one in enumerate(listed[:_SHOWN], 1)
        if (action := case_action(talk.conn, "case", *one.case.key))
    ]
    more = []
    if len(listed) > _SHOWN:
        lines.append(talk.gettext("The others: /cases"))
        more.append(Button(talk.gettext("Cases"), "do:cases:"))
    return answer(headline, lines, [opening[:_IN_ROW], opening[_IN_ROW:], more])


def _wants(channel: ChannelRow, one: CaseAnswer) -> bool:
    wanted, case = channel.subscription, one.case
    return any(wanted.wants(case.state, case.treaty, event.stage) for event in case.events) or wanted.wants(
        case.state, case.treaty, latest(case.events).stage
    )
