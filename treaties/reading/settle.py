"""From all claims of a report to the few that stand, and to the report's label."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from treaties.model import Claim, Label, Role
from treaties.reading import modality
from treaties.reading.claims import SURE, VAGUE
from treaties.reading.dates import find_dates
from treaties.reading.view import LEAD
from treaties.stages import CHAMBER_VOTES, REVERSALS, Stage, is_reversal, lies_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from treaties.reading.marks import Frame


_ANNOUNCED_ITSELF: Final = REVERSALS | {Stage.SUSPENDED, Stage.NOTIFIED_DEPOSITARY}
_CHAMBERS: Final = frozenset({Stage.LOWER_HOUSE_PASSED, Stage.UPPER_HOUSE_PASSED})


def settled(found: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims without what says less than another of the same case, in order of first mention."""
    claims: list[Claim] = []
    every = _named_by_chamber(list(found))
    for claim in every:
        if not any(_adds_nothing(claim, other) for other in claims):
            claims.append(claim)
    claims = [
        replace(claim, taken_up=any(_same_step(claim, other) and other.taken_up for other in every)) for claim in claims
    ]
    claims = [_hedged_by_title(_retold(claim, claims), claims) for claim in claims]
    return tuple(claim for at, claim in enumerate(claims) if not _is_superfluous(claim, at, claims))


def _named_by_chamber(claims: list[Claim]) -> list[Claim]:
    """The claims with "parliament passed it" read as the chamber's vote that the same report names, if it names one."""
    named = []
    for claim in claims:
        votes = {o.stage for o in claims if _same_case(o, claim) and o.role is claim.role and o.stage in _CHAMBERS}
        whole = claim.stage is Stage.PARLIAMENT_PASSED and len(votes) == 1
        named.append(replace(claim, stage=votes.pop()) if whole else claim)
    return named


def _same_step(claim: Claim, other: Claim) -> bool:
    return _same_case(claim, other) and (claim.stage, claim.role) == (other.stage, other.role)


def _same_case(claim: Claim, other: Claim) -> bool:
    return (claim.state, claim.treaty) == (other.state, other.treaty)


def _hedged_by_title(claim: Claim, claims: Sequence[Claim]) -> Claim:
    """A claim below a title that only talks of the exit is talk, too, unless it tells more than an intention."""
    told = claim.confidence > VAGUE and claim.stage is not Stage.ANNOUNCED
    if claims[0].modality is not Label.TALK or not _same_case(claim, claims[0]) or told:
        return claim
    return replace(claim, modality=Label.TALK) if _plain(claim) else claim


def _adds_nothing(claim: Claim, other: Claim) -> bool:
    """Whether `claim` is the same step as `other` and has no date of its own that `other` lacks."""
    if not _same_step(claim, other):
        return False
    return (claim.when == other.when and claim.dated <= other.dated) or (other.dated and not claim.dated)


def _retold(claim: Claim, claims: Sequence[Claim]) -> Claim:
    """A step without a date of its own, before a later step of the news, is what the news builds on.

    At the top of the report the later step must be dated: a headline and its lead tell of one step in two ways. Behind
    a setback that is the news, every step is one of the time before; and below a step forward at the top, so is a
    setback.
    """
    if claim.role is Role.BACKGROUND or claim.dated or claim.stage is None:
        return claim
    weak = claim.confidence < SURE or claim.stage is Stage.REJOINED
    before = claims[: claims.index(claim)]
    if is_reversal(claim.stage) and weak and any(_steps_forward(other, claim) for other in before):
        return replace(claim, role=Role.BACKGROUND, when=None)
    if not is_reversal(claim.stage) and any(_undoes(other, claim) for other in before):
        return replace(claim, role=Role.BACKGROUND, when=None)
    news = [other for other in claims if other.role is Role.NEWS and _same_case(other, claim)]
    later = [other for other in news if other.stage and lies_before(claim.stage, other.stage)]
    if any(other.dated or claim.confidence < SURE for other in later):
        return replace(claim, role=Role.BACKGROUND, when=None)
    return claim


def _steps_forward(other: Claim, claim: Claim) -> bool:
    top = other.role is Role.NEWS and other.confidence >= SURE and _same_case(other, claim)
    return top and other.stage is not None and not is_reversal(other.stage)


def _undoes(other: Claim, claim: Claim) -> bool:
    news = other.role is Role.NEWS and _plain(other) and _same_case(other, claim)
    return news and other.stage in {Stage.RESCINDED, Stage.REJOINED, Stage.POSTPONED, Stage.RETURNED, Stage.REJECTED}


def _is_superfluous(claim: Claim, at: int, claims: Sequence[Claim]) -> bool:
    return any(
        place != at and _makes_superfluous(other, claim, first=place < at or other.quote == claim.quote)
        for place, other in enumerate(claims)
    )


def _makes_superfluous(other: Claim, claim: Claim, *, first: bool) -> bool:
    """Whether `other` says more of the same case; `first`: it is told before `claim`, or in the same sentence.

    It does where it is staged and `claim` vague, where it is dated and `claim` not, or news and `claim` background.
    """
    if first and _other_name(other, claim):
        return True
    if not _same_case(claim, other):
        return False
    if (first and _is_that_reading(other, claim)) or (not first and _overstates(claim, other)):
        return True
    # "The exit is suspended, it was announced": what is announced is the other step.
    itself = first and other.stage in _ANNOUNCED_ITSELF
    vague = claim.stage in (None, Stage.ANNOUNCED) and (claim.confidence < other.confidence or itself)
    if other.role is Role.NEWS and other.stage not in (None, claim.stage) and vague and _plain(other):
        return True
    if other.stage == claim.stage and other.role is Role.NEWS:
        return (other.dated and not claim.dated) or (claim.role is Role.BACKGROUND and not claim.dated)
    both_recalled = claim.role is Role.BACKGROUND and other.role is Role.BACKGROUND
    return both_recalled and claim.when is None and other.when is not None


def _is_that_reading(other: Claim, claim: Claim) -> bool:
    """Whether a vote, or amendments thrown out, are only how it went with the bill of which the title tells."""
    bill = other.stage is Stage.BILL_SUBMITTED and other.role is Role.NEWS
    title = bill and other.confidence >= SURE and other.quote != claim.quote
    return title and not claim.dated and claim.stage in {*CHAMBER_VOTES, Stage.REJECTED}


def _overstates(claim: Claim, other: Claim) -> bool:
    """Whether a headline speaks of a vote where the text below it tells only of a committee or a first reading."""
    below = other.taken_up and other.role is Role.NEWS and other.confidence >= SURE and not other.dated
    return below and claim.stage in CHAMBER_VOTES and claim.quote != other.quote


def _other_name(other: Claim, claim: Claim) -> bool:
    """Whether both speak of a treaty that is not listed, in two sentences: the second then only names it otherwise."""
    unlisted = all(one.treaty.startswith("provisional:") for one in (other, claim))
    same = (other.state, other.stage, other.role) == (claim.state, claim.stage, claim.role)
    return unlisted and same and other.treaty != claim.treaty and other.quote != claim.quote


def _plain(claim: Claim) -> bool:
    return claim.modality is Label.DEVELOPMENT


def label_of(frames: Sequence[Frame], claims: Sequence[Claim], *, by_title: bool) -> tuple[Label, str]:
    """What the report is as a whole, and why; `by_title`: the title itself states the exit in a verb."""
    if not claims:
        return Label.NONE, "no state is said to leave a treaty"
    news = [claim for claim in claims if claim.role is Role.NEWS]
    plain = [claim for claim in news if _plain(claim)]
    if not plain and any(claim.modality is Label.TALK for claim in news):
        return Label.TALK, "it is only talked of"
    history = any(_opens_with_date(frame) for frame in frames[:1])
    if plain and (history or (_explains(frames) and not any(claim.dated and claim.stage for claim in plain))):
        return Label.BACKGROUND, "an explainer, a comment or a piece of history"
    if _is_reaction(frames, claims, by_title=by_title):
        return Label.REACTION, "somebody comments on an exit"
    return _stated(plain) if plain else _unstated(news)


def _stated(plain: Sequence[Claim]) -> tuple[Label, str]:
    undone = all(claim.stage and is_reversal(claim.stage) for claim in plain)
    return (Label.DENIAL, "an exit is stopped or undone") if undone else (Label.DEVELOPMENT, plain[0].reason)


def _unstated(news: Sequence[Claim]) -> tuple[Label, str]:
    return (Label.DENIAL, "it is denied") if news else (Label.BACKGROUND, "only past exits are recalled")


def _explains(frames: Sequence[Frame]) -> bool:
    """Whether the title says that the piece explains or comments, or the text opens so ("Opinion: …")."""
    title, lead = frames[:1], frames[1 : LEAD + 1]
    return any(frame.of("speech", "explain") for frame in title) or any(
        mark.start <= 1 for frame in lead for mark in frame.of("speech", "explain")
    )


def _opens_with_date(frame: Frame) -> bool:
    """Whether a full date heads the title, as in a calendar of history ("June 13, 2002: …")."""
    dates = [dated for dated in find_dates(frame, None, None) if dated.start == 0]
    return any(d.end < len(frame.tokens) and ":" in frame.tokens[d.end].before for d in dates)


def _is_reaction(frames: Sequence[Frame], claims: Sequence[Claim], *, by_title: bool) -> bool:
    """Whether the top of the report is somebody's comment.

    Where a step is told, or the title itself states the exit, a comment in the first sentence is only an addition; and
    none is what a title that tells a step adds ("…, Chile says").
    """
    if frames and modality.regrets(frames[0], {claim.state for claim in claims}):
        return True
    staged = [c for c in claims if c.role is Role.NEWS and _plain(c) and c.stage not in (None, Stage.ANNOUNCED)]
    if any(frame.sentence.text.startswith(claim.quote) for frame in frames[:1] for claim in staged):
        return False
    top = frames[:1] if by_title or staged else frames[: LEAD + 1]
    return modality.reacts(top, {claim.state for claim in claims})
