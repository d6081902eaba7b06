"""From all claims of a report to the few that stand, and to the report's label."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from treaties.model import Claim, Label, Role
from treaties.reading import modality
from treaties.reading.claims import SURE, VAGUE
from treaties.reading.view import LEAD
from treaties.stages import Stage, is_reversal, lies_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from treaties.reading.mentions import Frame


_CHAMBERS: Final = frozenset({Stage.LOWER_HOUSE_PASSED, Stage.UPPER_HOUSE_PASSED})


def settled(found: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims without what says less than another of the same case, in order of first mention."""
    claims: list[Claim] = []
    for claim in _named_by_chamber(list(found)):
        if not any(_adds_nothing(claim, other) for other in claims):
            claims.append(claim)
    claims = [_hedged_by_title(_retold(claim, claims), claims) for claim in claims]
    return tuple(c for c in claims if not any(other is not c and _makes_superfluous(other, c) for other in claims))


def _named_by_chamber(claims: list[Claim]) -> list[Claim]:
    """The claims with "parliament passed it" read as the chamber's vote that the same report names, if it names one."""
    named = []
    for claim in claims:
        votes = {o.stage for o in claims if _same_case(o, claim) and o.role is claim.role and o.stage in _CHAMBERS}
        whole = claim.stage is Stage.PARLIAMENT_PASSED and len(votes) == 1
        named.append(replace(claim, stage=votes.pop()) if whole else claim)
    return named


def _same_case(claim: Claim, other: Claim) -> bool:
    return (claim.state, claim.treaty) == (other.state, other.treaty)


def _hedged_by_title(claim: Claim, claims: Sequence[Claim]) -> Claim:
    """A vague claim below a title that only talks of the exit is talk, too."""
    if claims[0].modality is not Label.TALK or not _same_case(claim, claims[0]) or claim.confidence > VAGUE:
        return claim
    return replace(claim, modality=Label.TALK) if _plain(claim) else claim


def _adds_nothing(claim: Claim, other: Claim) -> bool:
    """Whether `claim` is the same step as `other` and has no date of its own that `other` lacks."""
    if not _same_case(claim, other) or (claim.stage, claim.role) != (other.stage, other.role):
        return False
    return (claim.when == other.when and claim.dated <= other.dated) or (other.dated and not claim.dated)


def _retold(claim: Claim, claims: Sequence[Claim]) -> Claim:
    """A step without a date of its own, before a later step of the news, is what the news builds on.

    At the top of the report the later step must be dated: a headline and its lead tell of one step in two ways.
    """
    if claim.role is Role.BACKGROUND or claim.dated or claim.stage is None:
        return claim
    news = [other for other in claims if other.role is Role.NEWS and _same_case(other, claim)]
    later = [other for other in news if other.stage and lies_before(claim.stage, other.stage)]
    if any(other.dated or claim.confidence < SURE for other in later):
        return replace(claim, role=Role.BACKGROUND, when=None)
    return claim


def _makes_superfluous(other: Claim, claim: Claim) -> bool:
    """Whether `other` says more of the same case.

    It does where it is staged and `claim` vague, where it is dated and `claim` not, or news and `claim` background.
    """
    if not _same_case(claim, other):
        return False
    vague = claim.stage in (None, Stage.ANNOUNCED) and claim.confidence < other.confidence
    if other.role is Role.NEWS and other.stage not in (None, claim.stage) and vague and _plain(other):
        return True
    if other.stage == claim.stage and other.role is Role.NEWS:
        return (other.dated and not claim.dated) or (claim.role is Role.BACKGROUND and not claim.dated)
    both_recalled = claim.role is Role.BACKGROUND and other.role is Role.BACKGROUND
    return both_recalled and claim.when is None and other.when is not None


def _plain(claim: Claim) -> bool:
    return claim.modality is Label.DEVELOPMENT


def label_of(frames: Sequence[Frame], claims: Sequence[Claim]) -> tuple[Label, str]:
    """What the report is as a whole, and why."""
    if not claims:
        return Label.NONE, "no state is said to leave a treaty"
    news = [claim for claim in claims if claim.role is Role.NEWS]
    plain = [claim for claim in news if _plain(claim)]
    if not plain and any(claim.modality is Label.TALK for claim in news):
        return Label.TALK, "it is only talked of"
    if _is_reaction(frames, claims, plain):
        return Label.REACTION, "somebody comments on an exit"
    if plain:
        undone = all(claim.stage and is_reversal(claim.stage) for claim in plain)
        return (Label.DENIAL, "an exit is stopped or undone") if undone else (Label.DEVELOPMENT, plain[0].reason)
    if news:
        return Label.DENIAL, "it is denied"
    return Label.BACKGROUND, "only past exits are recalled"


def _is_reaction(frames: Sequence[Frame], claims: Sequence[Claim], plain: Sequence[Claim]) -> bool:
    """Whether the top of the report is somebody's comment, and no step is told in the title itself."""
    staged = [claim for claim in plain if claim.stage not in (None, Stage.ANNOUNCED)]
    top = frames[:1] if staged else frames[: LEAD + 1]
    if not modality.reacts(top, {claim.state for claim in claims}):
        return False
    titles = {frame.sentence.text for frame in frames[:1]}
    return not any(title.startswith(claim.quote) for claim in staged for title in titles)
