from __future__ import annotations

from itertools import permutations, product

import pytest

from treaties.stages import CHAMBER_VOTES, ORDER, REVERSALS, Stage, is_reversal, lies_before, rank, same_step

WAY_OUT = (
    Stage.CONSIDERED,
    Stage.ANNOUNCED,
    Stage.GOVERNMENT_APPROVED,
    Stage.BILL_SUBMITTED,
    Stage.LOWER_HOUSE_PASSED,
    Stage.UPPER_HOUSE_PASSED,
    Stage.SIGNED_INTO_LAW,
    Stage.NOTIFIED_DEPOSITARY,
    Stage.IN_EFFECT,
)


def test_every_stage_leads_forward_or_back_or_is_a_suspension() -> None:
    assert set(ORDER) | REVERSALS | {Stage.SUSPENDED} == set(Stage)
    assert not set(ORDER) & REVERSALS


def test_the_way_out_is_ranked_in_its_order() -> None:
    ranks = [rank(stage) for stage in WAY_OUT]
    assert ranks == sorted(set(ORDER.values()))


@pytest.mark.parametrize("stage", [*sorted(REVERSALS), Stage.SUSPENDED])
def test_moves_sideways_and_back_have_no_rank(stage: Stage) -> None:
    assert rank(stage) is None


def test_a_suspension_does_not_take_the_case_back() -> None:
    assert not is_reversal(Stage.SUSPENDED)
    assert {stage for stage in Stage if is_reversal(stage)} == REVERSALS


def test_only_a_forward_stage_lies_before_another() -> None:
    ranked = {pair for pair in product(Stage, Stage) if lies_before(*pair)}
    assert all(set(pair) <= set(ORDER) for pair in ranked)
    assert all((later, earlier) not in ranked for earlier, later in ranked)


def test_each_step_of_the_way_out_lies_before_all_that_follow() -> None:
    assert all(lies_before(one, other) for i, one in enumerate(WAY_OUT) for other in WAY_OUT[i + 1 :])


def test_parliament_as_a_whole_comes_after_the_lower_house_and_beside_the_upper() -> None:
    assert lies_before(Stage.LOWER_HOUSE_PASSED, Stage.PARLIAMENT_PASSED)
    assert not lies_before(Stage.UPPER_HOUSE_PASSED, Stage.PARLIAMENT_PASSED)
    assert not lies_before(Stage.PARLIAMENT_PASSED, Stage.UPPER_HOUSE_PASSED)


@pytest.mark.parametrize("chamber", [Stage.LOWER_HOUSE_PASSED, Stage.UPPER_HOUSE_PASSED])
def test_parliament_passed_it_may_mean_the_vote_of_either_chamber(chamber: Stage) -> None:
    assert same_step(chamber, Stage.PARLIAMENT_PASSED)
    assert same_step(Stage.PARLIAMENT_PASSED, chamber)


def test_the_two_chambers_stay_apart() -> None:
    assert not same_step(Stage.LOWER_HOUSE_PASSED, Stage.UPPER_HOUSE_PASSED)


def test_every_stage_is_the_same_step_as_itself() -> None:
    assert all(same_step(stage, stage) for stage in Stage)


def test_outside_the_chambers_different_stages_are_different_steps() -> None:
    same = {frozenset(pair) for pair in permutations(Stage, 2) if same_step(*pair)}
    assert all(pair <= CHAMBER_VOTES for pair in same)
