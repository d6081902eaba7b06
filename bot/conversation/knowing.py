"""What is known about something that people talk of: the report that they link to, else what their own words say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.conversation import answers, phrases, reasons
from bot.conversation.actions import case_action
from bot.conversation.model import Reply
from bot.conversation.talk import answer
from bot.message import Button, Line
from bot.plain import cut
from bot.wording import stage_words
from store import events, reports
from treaties.model import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversation.talk import Talk
    from bot.message import Message
    from treaties.model import Claim

TEXT_LIMIT: Final = 10_000
"""Characters of a message that are read."""

_LINKS: Final = 5
_CASES: Final = 5


def known(talk: Talk, text: str, links: Sequence[str]) -> Reply:
    """What was made of the first linked report that is stored; else what the text says, and what is known of that.

    Args:
        talk: the exchange.
        text: what somebody wrote.
        links: the web addresses in it, in order.
    """
    for link in links[:_LINKS]:
        stored = reports.find_by_url(talk.conn, link)
        if stored is not None:
            return Reply(reasons.of_report(talk, stored))
    return Reply(_read(talk, text[:TEXT_LIMIT], linked=bool(links)))


def _read(talk: Talk, text: str, *, linked: bool) -> Message:
    lines: list[str | Line] = [talk.gettext("The report that it links to is not stored.")] if linked else []
    read = talk.tools.read
    claims = read(Report("message", text, published=talk.request.now)).claims if read else ()
    cases = {(claim.state, claim.treaty): claim for claim in claims}
    if not cases:
        return answer(talk.gettext("I know nothing about this: it names no exit from a treaty."), lines)
    buttons: list[Button] = []
    for claim in [*cases.values()][:_CASES]:
        lines += _claim_lines(talk, claim)
        action = case_action(talk.conn, "case", claim.state, claim.treaty)
        buttons += [Button(cut(phrases.title(talk.speech, claim.state, claim.treaty), 40), action)] if action else []
    return answer(talk.gettext("What I know about this"), lines, [[one] for one in buttons])


def _claim_lines(talk: Talk, claim: Claim) -> list[str | Line]:
    step = stage_words(claim.stage, talk.speech) if claim.stage else talk.gettext("no step named")
    case = talk.tools.questions.case_of(talk.conn, claim.state, claim.treaty, talk.today)
    stands = (
        answers.summary(talk.speech, case)
        if events.case(talk.conn, claim.state, claim.treaty).events
        else talk.gettext("No withdrawal is known.")
    )
    return [
        Line(phrases.title(talk.speech, claim.state, claim.treaty), "strong"),
        talk.gettext("The message says: {step}", step=step),
        talk.gettext("Known: {words}", words=stands),
    ]
