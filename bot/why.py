"""Why a report was read and judged as it was, and whether a channel hears of it; for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bot.speech import Speech
from bot.wording import case_title, stage_words
from treaties.model import ALERTING, Role, VerdictKind
from treaties.quiet import quiet_until

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from store.channels import ChannelRow, Mute
    from store.reports import StoredReport
    from store.versions import Version
    from treaties.model import Claim, Event, Verdict
    from treaties.registry import Knowledge

VERDICT_WORDS: Final[dict[VerdictKind, str]] = {
    VerdictKind.NEW_CASE: "New case",
    VerdictKind.NEW_DEVELOPMENT: "New development",
    VerdictKind.REVERSAL: "Reversal",
    VerdictKind.KNOWN: "Known",
    VerdictKind.BACKGROUND: "Background",
    VerdictKind.TALK: "Talk",
    VerdictKind.REACTION: "Reaction",
    VerdictKind.UNSURE: "Unsure",
}


@dataclass(frozen=True, slots=True)
class WhyAnswer:
    """One report with everything that was thought about it.

    Attributes:
        stored: the report, its reading and the verdicts.
        events: the events that its claims opened, joined or recall, by id.
        knowledge: names of states and treaties.
        version: its latest text, None where it was never edited.
    """

    stored: StoredReport
    events: Mapping[str, Event]
    knowledge: Knowledge
    version: Version | None = None

    def lines(self) -> list[str]:
        """The report, what it was read as, and every claim with its verdict."""
        stored, report = self.stored, self.stored.report
        published = f"published {report.published:%Y-%m-%d %H:%M %z}" if report.published else "no date given"
        lines = [f"“{report.title}”", f"{report.outlet or 'unnamed outlet'}, {published}"]
        lines += [report.url] if report.url else []
        if stored.error:
            return [*lines, f"Set aside, the rules stumbled over it: {stored.error}"]
        lang = f" ({stored.lang})" if stored.lang else ""
        lines.append(f"Read as {stored.label or 'nothing yet'}{lang}: {stored.reason or 'no reason is stored'}")
        lines += _edited(self.version) if self.version else []
        for claim, verdict in stored.claims:
            lines += self._claim_lines(claim, verdict)
        return lines if stored.claims else [*lines, "It tells of no exit."]

    def json(self) -> dict[str, Any]:
        """The answer as data."""
        stored, report = self.stored, self.stored.report
        return {
            "id": report.id,
            "title": report.title,
            "outlet": report.outlet,
            "url": report.url,
            "published": report.published.isoformat() if report.published else None,
            "seen": stored.seen_at.isoformat(),
            "label": stored.label.value if stored.label else None,
            "lang": stored.lang,
            "reason": stored.reason,
            "error": stored.error,
            "claims": [self._claim_json(claim, verdict) for claim, verdict in stored.claims],
            **({"edited": _edited_json(self.version)} if self.version else {}),
        }

    def _claim_lines(self, claim: Claim, verdict: Verdict | None) -> list[str]:
        speech = Speech("en", self.knowledge)
        role = "News" if claim.role is Role.NEWS else "Background"
        case = case_title(claim.state, claim.treaty, speech)
        lines = [
            f"● {role}: {case}: {_stage(claim, speech)}, {_date(claim, speech)}",
            f"    Words: “{claim.quote}”",
            f"    Read so: {claim.reason} (confidence {claim.confidence:.2f})",
        ]
        if claim.effective:
            lines.append(f"    Said to take effect: {speech.day(claim.effective)}")
        if verdict is None:
            return [*lines, "    Not judged"]
        lines.append(f"    {VERDICT_WORDS[verdict.kind]}: {verdict.reason}")
        event = self.events.get(verdict.event or "")
        if event:
            step = f"{stage_words(event.stage, speech)}, {speech.day(event.when)}"
            lines.append(f"    {_tie(verdict)}: {event.id} ({step})")
        return lines

    def _claim_json(self, claim: Claim, verdict: Verdict | None) -> dict[str, Any]:
        return {
            "state": claim.state,
            "treaty": claim.treaty,
            "stage": claim.stage.value if claim.stage else None,
            "likely_stage": claim.likely.value if claim.likely else None,
            "date": str(claim.when) if claim.when else None,
            "dated": claim.dated,
            "effective": str(claim.effective) if claim.effective else None,
            "role": claim.role.value,
            "modality": claim.modality.value,
            "quote": claim.quote,
            "reason": claim.reason,
            "confidence": claim.confidence,
            "verdict": verdict.kind.value if verdict else None,
            "verdict_reason": verdict.reason if verdict else None,
            "event": verdict.event if verdict else None,
        }


def _edited(version: Version) -> list[str]:
    times = "once" if version.number == 1 else f"{version.number} times"
    return [
        f"Edited {times}, last seen so on {version.seen_at:%Y-%m-%d %H:%M} UTC: “{version.title}”",
        f"    Read as {version.label or 'nothing'}: {version.reason or 'no reason is stored'}",
    ]


def _edited_json(version: Version) -> dict[str, Any]:
    return {
        "times": version.number,
        "seen": version.seen_at.isoformat(),
        "title": version.title,
        "label": version.label.value if version.label else None,
        "reason": version.reason,
    }


def _stage(claim: Claim, speech: Speech) -> str:
    if claim.stage:
        return stage_words(claim.stage, speech)
    if claim.likely:
        return f"a step that is not named, most likely {stage_words(claim.likely, speech)}"
    return "no step named"


def _date(claim: Claim, speech: Speech) -> str:
    return speech.day(claim.when) + (" (day of publication)" if claim.when and not claim.dated else "")


def _tie(verdict: Verdict) -> str:
    """How the claim stands to its event."""
    if verdict.kind in ALERTING:
        return "Opened"
    return "Joined" if verdict.kind is VerdictKind.KNOWN else "Recalls"


class Heard(StrEnum):
    """Whether a channel hears of an event, and what decides that."""

    EVERYTHING = "everything"
    WANTED = "wanted"
    STATE = "state"
    TREATY = "treaty"
    STAGE = "stage"
    LANGUAGE = "language"
    MUTED = "muted"
    SNOOZED = "snoozed"
    QUIET = "quiet"
    ROLE = "role"
    DISABLED = "disabled"


def heard(
    channel: ChannelRow, event: Event, langs: Collection[str | None], muted: Collection[Mute], now: datetime
) -> tuple[Heard, ...]:
    """Whether a channel hears of an event as its settings are now, with everything that speaks against it.

    Args:
        channel: the channel with its filters.
        event: the event.
        langs: the languages of the reports that tell of it.
        muted: the cases of which the channel hears nothing now.
        now: the current time.

    Returns:
        `EVERYTHING` or `WANTED`, or whatever leaves it out; last what holds it back for a time.
    """
    wanted = channel.subscription
    against = (
        (Heard.DISABLED, not channel.enabled),
        (Heard.ROLE, channel.role != "public"),
        (Heard.STATE, bool(wanted.states) and event.state not in wanted.states),
        (Heard.TREATY, bool(wanted.treaties) and event.treaty not in wanted.treaties),
        (Heard.STAGE, bool(wanted.stages) and event.stage not in wanted.stages),
        (Heard.LANGUAGE, not wanted.wants_told(langs)),
        (Heard.MUTED, any((one.state, one.treaty) == (event.state, event.treaty) for one in muted)),
    )
    left_out = tuple(reason for reason, holds in against if holds)
    if left_out:
        return left_out
    snoozed = channel.snoozed_until is not None and channel.snoozed_until > now
    quiet = quiet_until(now, channel.timezone, channel.quiet_from, channel.quiet_to) is not None
    held = ((Heard.SNOOZED, snoozed), (Heard.QUIET, quiet))
    filtered = any((wanted.states, wanted.treaties, wanted.stages, wanted.langs))
    return (Heard.WANTED if filtered else Heard.EVERYTHING, *(reason for reason, holds in held if holds))
