from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.feeds import FeedSpec, FeedState
from watchers.fetch import Fetched, Headers
from watchers.parse import FeedHints
from watchers.politeness import Outcome, Pace, decide, lease, span, trouble

if TYPE_CHECKING:
    from watchers.politeness import Decision

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)  # a Saturday
URL = "https://wire.example/rss"
STATE = FeedState(1, FeedSpec(URL, "Wire"), URL, b'"old"', b"old day", "old-hash", interval=1_800, baseline_done=True)
DAY = 86_400


def decided(status: int = 200, state: FeedState = STATE, **outcome: Any) -> Decision:
    head = outcome.pop("head", Headers(etag=b'"new"', last_modified=b"new day"))
    permanent = outcome.pop("permanent_url", None)
    jitter = outcome.pop("jitter", 0.0)
    answer = Fetched(status, URL, permanent, head, b"x" if status == 200 else None)
    if status == 200:
        outcome = {"hints": FeedHints(), "body_hash": "new-hash"} | outcome
    return decide(state, Outcome(answer, **outcome), now=NOW, jitter=jitter)


def wait(decision: Decision) -> float:
    assert decision.state.next_poll is not None
    return (decision.state.next_poll - NOW).total_seconds()


def error(state: FeedState = STATE, text: str = "no connection", **more: Any) -> Decision:
    return decide(state, Outcome(error=text, **more), now=NOW, jitter=0.0)


def test_a_good_feed_is_remembered_with_its_validators() -> None:
    state = decided(state=STATE._replace(failures=3, last_error="was bad", baseline_done=False)).state
    assert (state.etag, state.last_modified, state.body_hash) == (b'"new"', b"new day", "new-hash")
    assert (state.failures, state.last_error, state.last_ok, state.last_status) == (0, None, NOW, 200)
    assert state.baseline_done
    assert state.next_poll == NOW + timedelta(minutes=30)


def test_what_a_feed_holds_at_first_sight_is_known_once_it_came_whole() -> None:
    new = STATE._replace(baseline_done=False, full_at=None)
    assert decided(state=new).state.baseline_done
    for flawed in ({"flaw": "breaks off"}, {"status": 226, "hints": FeedHints()}):
        state = decided(state=new, **flawed).state
        assert not state.baseline_done
        assert decided(state=state).state.baseline_done


def test_a_feed_that_never_comes_whole_is_taken_as_it_comes_the_second_time() -> None:
    new = STATE._replace(baseline_done=False, full_at=None)
    assert decided(state=decided(state=new, flaw="breaks off").state, flaw="breaks off").state.baseline_done
    assert decided(state=STATE, flaw="breaks off").state.baseline_done


def test_validators_are_dropped_when_the_server_stops_sending_them() -> None:
    state = decided(head=Headers(etag=b'"only"')).state
    assert (state.etag, state.last_modified) == (b'"only"', None)


def test_validators_are_renewed_when_the_body_did_not_change() -> None:
    assert decided(hints=None, body_hash="old-hash").state.etag == b'"new"'


def test_a_304_without_validators_keeps_them_and_one_with_new_ones_renews_them() -> None:
    kept, renewed = decided(304, head=Headers()).state, decided(304, head=Headers(etag=b'"newer"')).state
    assert (kept.etag, kept.last_modified, kept.body_hash) == (b'"old"', b"old day", "old-hash")
    assert (renewed.etag, renewed.last_modified) == (b'"newer"', b"old day")
    assert kept.last_ok == NOW


def test_a_304_that_nobody_asked_for_is_an_error() -> None:
    state = decided(304, STATE._replace(etag=None, last_modified=None)).state
    assert state.failures == 1
    assert "304" in (state.last_error or "")
    assert state.etag is None


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, {"error": "is HTML, not a feed"}), (404, {}), (500, {}), (206, {}), (300, {})]
)
def test_what_gave_no_feed_changes_nothing_but_the_failures(status: int, outcome: dict[str, Any]) -> None:
    state = decided(status, permanent_url="https://elsewhere.example/", **outcome).state
    kept = STATE._replace(
        failures=1,
        next_poll=state.next_poll,
        last_error=state.last_error,
        last_status=status,
        asked_at=NOW,
        failing_since=NOW,
    )
    assert state == kept
    assert state.last_error in {"is HTML, not a feed", f"answers HTTP {status}"}


def test_a_flawed_feed_is_asked_for_in_full_again_soon() -> None:
    state = decided(flaw="it breaks off").state
    assert (state.etag, state.last_modified, state.body_hash, state.last_error) == (None, None, None, "it breaks off")
    assert (state.failures, state.next_poll) == (0, NOW + timedelta(minutes=30))


def test_a_permanent_redirect_is_stored_once_its_target_gave_a_feed() -> None:
    assert decided(permanent_url="https://new.example/rss").state.address == "https://new.example/rss"
    assert decided(200, permanent_url="https://new.example/", error="is HTML").state.address == URL
    assert decided(404, permanent_url="https://new.example/").state.address == URL
    assert decided().state.address == URL


def test_gone_is_for_good() -> None:
    decision = decided(410)
    assert decision.state.gone
    assert decision.state.next_poll is None
    assert "gone for good" in decision.reason
    assert decision.state.etag == STATE.etag


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        (Headers(cache_control="max-age=7200"), 7_200),
        (Headers(cache_control="public, Max-Age = 7200, must-revalidate"), 7_200),
        (Headers(cache_control='max-age="7200"'), 7_200),
        (Headers(cache_control="max-age=7200", age="1800"), 5_400),
        (Headers(cache_control="max-age=7200", age="odd"), 7_200),
        (Headers(cache_control="max-age=1"), 1_800),
        (Headers(cache_control="max-age=-5"), 1_800),
        (Headers(cache_control="max-age=1.5e9"), 1_800),
        (Headers(cache_control="max-age=99999999999"), 3 * DAY),
        (Headers(cache_control="no-cache, max-age=7200"), 1_800),
        (Headers(cache_control="s-maxage=7200"), 1_800),
        (Headers(cache_control="max-age=7200", expires="Sat, 22 Nov 2025 23:00:00 GMT"), 7_200),
        (Headers(expires="Sat, 22 Nov 2025 13:00:00 GMT"), 3_600),
        (Headers(expires="Sat, 22 Nov 2025 13:00:00 GMT", date="Sat, 22 Nov 2025 11:00:00 GMT"), 7_200),
        (Headers(expires="0"), 1_800),
        (Headers(expires="Fri, 21 Nov 2025 12:00:00 GMT"), 1_800),
        (Headers(retry_after="9000"), 1_800),
    ],
)
@pytest.mark.parametrize("status", [200, 304])
def test_the_server_says_how_long_its_answer_is_fresh(head: Headers, seconds: float, status: int) -> None:
    assert wait(decided(status, head=head._replace(etag=b'"tag"'))) == seconds


def test_the_feed_says_how_often_it_wants_to_be_asked_and_that_lasts() -> None:
    first = decided(hints=FeedHints(ttl=7_200, update_period=3_600))
    assert wait(first) == 7_200
    assert wait(decided(304, first.state)) == 7_200
    assert wait(decided(200, first.state, hints=None)) == 7_200
    assert wait(decided(200, first.state)) == 1_800
    assert wait(decided(hints=FeedHints(update_period=31_536_000))) == 3 * DAY


def test_skipped_hours_and_days_are_passed_over_but_not_for_ever() -> None:
    assert wait(decided(hints=FeedHints(skip_hours=frozenset({12, 13})))) == 1_800 + 2 * 3_600
    assert wait(decided(hints=FeedHints(skip_days=frozenset({5})))) == 12 * 3_600 + 1_800
    assert wait(decided(hints=FeedHints(skip_hours=frozenset(range(24))))) == 1_800
    assert wait(decided(hints=FeedHints(skip_days=frozenset(range(7))))) == 1_800


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7200", 7_200),
        ("Sat, 22 Nov 2025 14:00:00 GMT", 7_200),
        ("Saturday, 22-Nov-25 14:00:00 GMT", 7_200),
        ("0", 1_800),
        ("-5", 1_800),
        ("1.5", 1_800),
        ("soon", 1_800),
        (None, 1_800),
        ("Fri, 21 Nov 2025 12:00:00 GMT", 1_800),
        ("999999999999", 3 * DAY),
    ],
)
def test_a_server_that_asks_to_wait_is_obeyed(status: int, retry_after: str | None, seconds: float) -> None:
    assert wait(decided(status, head=Headers(retry_after=retry_after))) == seconds


def test_a_date_to_wait_for_counts_by_the_servers_own_clock() -> None:
    head = Headers(retry_after="Sat, 22 Nov 2025 18:00:00 GMT", date="Sat, 22 Nov 2025 17:00:00 GMT")
    assert wait(decided(429, head=head)) == 3_600


def test_errors_back_off_up_to_a_day_and_end_with_a_success() -> None:
    state, waits = STATE, []
    for _ in range(9):
        decision = error(state)
        state = decision.state
        waits.append(wait(decision))
    assert waits[:6] == [1_800, 3_600, 7_200, 14_400, 28_800, 57_600]
    assert waits[6:] == [pytest.approx(DAY / 1.1)] * 3
    assert wait(decided(state=state)) == 1_800


def test_a_hopeless_error_waits_as_long_as_can_be() -> None:
    assert wait(error(hopeless=True)) == pytest.approx(DAY / 1.1)


INVITED = STATE._replace(validated=True, rhythm=1_800.0)
TAG = b'"tag"'


@pytest.mark.parametrize(
    ("rhythm", "asked", "seconds"),
    [
        (1_800.0, 600, 900),  # new twice an hour: asked at half its rhythm
        (300.0, 600, 600),  # no sooner than it says
        (300.0, 300, 600),  # nor than ten minutes
        (300.0, 299, 1_800),  # so short a life is that of a cache, not of the feed
        (300.0, 1_200, 1_200),
        (DAY, 600, 1_800),  # seldom new: nothing is won by asking more often
        (None, 600, 1_800),
        (300.0, 7_200, 7_200),
    ],
)
@pytest.mark.parametrize("how", ["max-age", "ttl"])
def test_a_feed_that_invites_to_come_sooner_is_asked_in_its_own_rhythm(
    rhythm: float | None, asked: int, seconds: float, how: str
) -> None:
    state = INVITED._replace(rhythm=rhythm, wished=asked if how == "ttl" else 0.0)
    head = Headers(etag=TAG, cache_control=f"max-age={asked}" if how == "max-age" else None)
    assert wait(decided(304, state, head=head)) == seconds


def test_nobody_comes_sooner_whose_validators_were_not_seen_to_work() -> None:
    head = Headers(etag=TAG, cache_control="max-age=600")
    fresh = INVITED._replace(validated=None)
    assert wait(decided(200, fresh, head=head)) == 1_800
    once = decided(304, fresh, head=head).state
    assert once.validated
    assert wait(decided(200, once, head=head)) == 900


def test_a_server_that_sends_the_same_again_under_the_same_validators_does_not_know_them() -> None:
    head = Headers(etag=STATE.etag, last_modified=STATE.last_modified)
    decision = decided(200, INVITED, head=head, hints=None)
    assert (decision.state.validated, wait(decision)) == (False, 3_600)
    assert decided(200, INVITED, head=Headers(etag=b'"new"'), hints=None).state.validated
    assert wait(decided(304, decision.state, head=head)) == 1_800


@pytest.mark.parametrize(("rhythm", "seconds"), [(None, 3_600), (60.0, 3_600), (10_000.0, 5_000), (DAY, 7_200)])
def test_a_feed_without_validators_is_asked_every_hour_or_two(rhythm: float | None, seconds: float) -> None:
    assert wait(decided(200, STATE._replace(rhythm=rhythm), head=Headers())) == seconds


def test_a_longer_interval_of_ones_own_is_kept_where_nothing_invites() -> None:
    outcome = Outcome(Fetched(200, URL, None, Headers(), b"x"), hints=FeedHints())
    decision = decide(STATE, outcome, now=NOW, jitter=0.0, pace=Pace(interval=2 * 3_600))
    assert wait(decision) == 2 * 3_600


def hours_ago(*hours: float) -> tuple[datetime, ...]:
    return tuple(NOW - timedelta(hours=hour) for hour in hours)


def test_the_rhythm_is_that_of_the_reports_and_outlasts_one_that_stays_on_top() -> None:
    state = decided(state=STATE._replace(last_item=None), published=hours_ago(9, 8, 7, 6, 5, 4, 3, 20_000)).state
    assert (state.last_item, state.longest_gap) == (NOW - timedelta(hours=3), 100 * 3_600 * 0.98**6)
    assert 3_600 <= (state.rhythm or 0) < 8 * 3_600
    assert decided(state=state).state.rhythm == state.rhythm
    late = decided(state=state, published=hours_ago(100)).state
    assert (late.rhythm, late.last_item) == (state.rhythm, state.last_item)
    ahead = decided(state=state, published=(NOW + timedelta(days=900),)).state
    assert ahead.last_item == NOW


def silent(last_item: datetime, rhythm: float, longest_gap: float) -> FeedState:
    return STATE._replace(last_ok=NOW, asked_at=NOW, last_item=last_item, rhythm=rhythm, longest_gap=longest_gap)


@pytest.mark.parametrize(
    ("days", "rhythm", "longest_gap", "told"),
    [
        (2.9, DAY, DAY, False),
        (3.1, DAY, DAY, True),
        (0.9, 60.0, 600.0, False),  # a quiet night
        (1.1, 60.0, 600.0, True),
        (3.0, 7_200.0, 2.5 * DAY, False),  # an outlet that rests at weekends
        (4.0, 7_200.0, 2.5 * DAY, True),
    ],
)
def test_silence_is_measured_by_the_feeds_own_rhythm(
    days: float, rhythm: float, longest_gap: float, *, told: bool
) -> None:
    found = trouble(silent(NOW - timedelta(days=days), rhythm, longest_gap))
    assert (found is not None) == told
    if found:
        assert found.text.startswith("answers, but has published nothing since ")
        assert f"one report every {span(rhythm)}" in found.text


def test_a_feed_is_in_trouble_when_it_has_failed_for_a_day_and_while_it_is_gone() -> None:
    failing = STATE._replace(failing_since=NOW, asked_at=NOW + timedelta(hours=23), last_error="answers HTTP 500")
    assert trouble(failing) is None
    found = trouble(failing._replace(asked_at=NOW + timedelta(hours=24)))
    assert found is not None
    assert found.text == "has failed since 2025-11-22 12:00 UTC: answers HTTP 500"
    gone = trouble(decided(410).state)
    assert gone is not None
    assert "gone for good" in gone.text
    assert trouble(STATE) is None


def test_while_the_program_rests_nothing_fails_and_nothing_falls_silent() -> None:
    state = STATE._replace(failing_since=NOW - timedelta(hours=1), asked_at=NOW)
    assert trouble(state) is None
    assert trouble(silent(NOW, 60.0, 60.0)._replace(asked_at=NOW + timedelta(days=9), last_ok=NOW)) is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "less than a minute"), (60, "1 minute"), (7_300, "2 hours"), (DAY, "1 day")]
)
def test_a_span_is_told_in_its_largest_unit(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_lease_lasts_as_long_as_the_wait_would() -> None:
    assert lease(STATE) == 1_800
    assert lease(STATE._replace(interval=7_200)) == 7_200
    assert lease(STATE._replace(interval=600, failures=3)) == 7_200


def test_a_host_rests_after_429_only() -> None:
    head = Headers(retry_after="7200")
    assert decided(429, head=head).host_rests == NOW + timedelta(hours=2)
    assert decided(503, head=head).host_rests is None
    assert decided(429, head=Headers()).host_rests is None


def test_jitter_spreads_and_never_comes_sooner() -> None:
    assert [wait(decided(jitter=lot)) for lot in (0.0, 0.5, 1.0)] == [1_800, 1_890, 1_980]


def test_a_decision_says_why() -> None:
    assert decided(404).reason == "answers HTTP 404; failure 1 in a row; next poll in 1800 s"
    assert decided().reason == "a feed; next poll in 1800 s"
    assert decided(hints=FeedHints(skip_hours=frozenset({12}))).reason == "a feed; next poll in 5400 s"


@given(
    st.integers(100, 599),
    st.builds(Headers, *[st.none() | st.binary(max_size=9)] * 2, *[st.none() | st.text(max_size=30)] * 5),
    st.builds(
        FeedHints,
        st.none() | st.floats(0, 1e12),
        st.none() | st.floats(0, 1e12),
        st.frozensets(st.integers(0, 23)),
        st.frozensets(st.integers(0, 6)),
    ),
    st.integers(0, 10_000),
    st.floats(0, 1),
)
def test_whatever_a_server_says_the_next_poll_is_neither_soon_nor_far(
    status: int, head: Headers, hints: FeedHints, failures: int, jitter: float
) -> None:
    decision = decided(
        status,
        STATE._replace(failures=failures),
        head=head,
        jitter=jitter,
        **({"hints": hints} if status == 200 else {}),
    )
    pace = Pace()
    assert decision.state.gone == (status == 410)
    assert decision.reason
    if status != 410:
        assert pace.fastest <= wait(decision) <= 2 * pace.longest_hint + 3_600 + pace.longest_hint * pace.jitter
