"""When a withdrawal takes effect: an example for every rule, and what holds for every treaty on every day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.knowledge import load
from treaties.registry import Clause, ClauseParams, Treaty
from treaties.timetable import RULES, Effect, effective, lacking

SHIPPED = load().treaties
DAYS = st.dates(date(1900, 1, 1), date(2150, 12, 31))
AWKWARD = [
    date(year, month, day)
    for year in (2023, 2024, 2025)
    for month, day in ((1, 1), (1, 31), (2, 28), (6, 30), (7, 1), (8, 31), (9, 30), (10, 1), (12, 31))
] + [date(2024, 2, 29), date(2028, 2, 29)]

CALENDAR = ClauseParams(day=(12, 31), years_after=0, cutoff=(9, 30))
TERMS = ClauseParams(anchor=date(2001, 4, 30), first_period_years=10, period_years=5)
WINDOWS = ClauseParams(anchor=date(1981, 3, 10), window_every_years=10, window_length_years=1)
CLAUSES = {
    "from_receipt_by_depositary": Clause("Article 1", "from_receipt_by_depositary", "P6M"),
    "from_notification": Clause("Article 1", "from_notification", "P90D"),
    "first_of_month_after": Clause("Article 1", "first_of_month_after", "P12M"),
    "immediate": Clause("Article 1", "immediate"),
    "nth_month": Clause("Article 1", "nth_month", params=ClauseParams(n=12)),
    "end_of_year_after": Clause("Article 1", "end_of_year_after", params=CALENDAR),
    "fixed_date": Clause("Article 1", "fixed_date", params=ClauseParams(day=(1, 1), years_after=1, cutoff=(7, 1))),
    "periodic": Clause("Article 1", "periodic", "P6M", params=TERMS),
    "ilo_window": Clause("Article 1", "ilo_window", "P1Y", params=WINDOWS),
    "deposit_within": Clause("Article 1", "deposit_within", "P60D"),
    "practice": Clause("none", "practice", "P12M"),
    "depends": Clause("Article 1", "depends", params=ClauseParams(depends_on="A judge decides.")),
    "not_checked": Clause("none", "not_checked"),
    "none": Clause("none", "none"),
}


def under(clause: Clause | None, **params: object) -> Treaty:
    """A treaty in force since 1990 with that clause, its params changed as told."""
    if clause and params:
        clause = replace(clause, params=replace(clause.params, **params))  # type: ignore[arg-type]  # by name, for brevity
    return Treaty("pact", "A Pact of Examples", "Example Pact", {}, in_force=date(1990, 1, 1), clause=clause)


def told(rule: str, notified: str, **params: object) -> Effect:
    return effective(under(CLAUSES[rule], **params), date.fromisoformat(notified))


def day(found: Effect) -> str:
    return str(found.day)


def test_there_is_an_example_of_every_rule() -> None:
    assert set(CLAUSES) == set(RULES)


@pytest.mark.parametrize(
    ("rule", "notified", "expected"),
    [
        ("from_receipt_by_depositary", "2025-06-27", "2025-12-27"),
        ("from_receipt_by_depositary", "2025-08-31", "2026-02-28"),
        ("from_receipt_by_depositary", "2027-08-31", "2028-02-29"),
        ("from_receipt_by_depositary", "2024-02-29", "2024-08-29"),
        ("from_notification", "2025-12-31", "2026-03-31"),
        ("from_notification", "2023-12-01", "2024-02-29"),
        ("first_of_month_after", "2025-10-03", "2026-11-01"),
        ("first_of_month_after", "2025-10-01", "2026-11-01"),
        ("first_of_month_after", "2025-10-31", "2026-11-01"),
        ("first_of_month_after", "2024-12-05", "2026-01-01"),
        ("first_of_month_after", "2024-02-29", "2025-03-01"),
        ("immediate", "2025-05-05", "2025-05-05"),
        ("nth_month", "2026-03-15", "2027-03-01"),
        ("nth_month", "2026-01-31", "2027-01-01"),
        ("end_of_year_after", "2022-09-30", "2022-12-31"),
        ("end_of_year_after", "2022-10-01", "2023-12-31"),
        ("fixed_date", "2025-07-01", "2026-01-01"),
        ("fixed_date", "2025-07-02", "2027-01-01"),
        ("periodic", "2003-01-01", "2011-04-30"),
        ("periodic", "2010-10-30", "2011-04-30"),
        ("periodic", "2010-10-31", "2016-04-30"),
        ("periodic", "2026-01-01", "2031-04-30"),
        ("ilo_window", "2021-03-10", "2022-03-10"),
        ("ilo_window", "2022-03-10", "2023-03-10"),
        ("ilo_window", "2022-03-11", "2032-03-10"),
        ("deposit_within", "2025-05-05", "2025-05-05"),
        ("practice", "2025-01-22", "2026-01-22"),
        ("depends", "2025-01-22", "None"),
        ("not_checked", "2025-01-22", "None"),
        ("none", "2025-01-22", "None"),
    ],
)
def test_each_rule_counts_as_its_name_says(rule: str, notified: str, expected: str) -> None:
    assert day(told(rule, notified)) == expected


@pytest.mark.parametrize(
    ("rule", "certainty"),
    [
        ("from_receipt_by_depositary", "computed"),
        ("immediate", "computed"),
        ("periodic", "computed"),
        ("deposit_within", "earliest"),
        ("practice", "practice"),
        ("depends", "depends"),
        ("not_checked", "unknown"),
        ("none", "unknown"),
    ],
)
def test_an_answer_is_no_surer_than_the_law(rule: str, certainty: str) -> None:
    assert told(rule, "2025-03-04").certainty == certainty


def test_an_answer_shows_its_numbers_and_the_clause() -> None:
    clause = Clause(
        "Article 22", "first_of_month_after", "P12M", "After a year.", "Old cases go on.", "https://x.example"
    )
    found = effective(under(clause), date(2025, 10, 3))
    assert found == Effect(
        date(2026, 11, 1),
        "computed",
        "Article 22",
        "receipt on 2025-10-03 + 12 months = 2026-10-03; the first of the next month is 2026-11-01",
        "After a year.",
        "Old cases go on.",
        recalled=False,
    )


def test_a_clause_without_a_source_was_recalled() -> None:
    assert told("immediate", "2025-01-01").recalled


def test_a_calendar_rule_without_a_cutoff_takes_notice_on_any_day_of_the_year() -> None:
    assert day(told("end_of_year_after", "2025-12-31", years_after=1, cutoff=None)) == "2026-12-31"


def test_a_calendar_rule_never_goes_back() -> None:
    assert day(told("end_of_year_after", "2025-11-02", day=(6, 30), cutoff=None)) == "2026-06-30"


def test_without_a_clause_only_the_general_law_is_told() -> None:
    found = effective(under(None), date(2025, 3, 4))
    assert (found.day, found.certainty, found.article) == (None, "unknown", "none")
    assert "Article 56 of the Vienna Convention on the Law of Treaties" in found.why
    assert "12 months from 2025-03-04, which is not before 2026-03-04" in found.why


def test_practice_without_a_period_works_at_once() -> None:
    found = effective(under(Clause("none", "practice")), date(2025, 3, 4))
    assert (day(found), found.certainty) == ("2025-03-04", "practice")


def test_practice_of_other_states_is_no_precedent_for_all() -> None:
    treaty = under(CLAUSES["practice"], practice_states=("US", "AR"))
    assert effective(treaty, date(2025, 1, 22), state="US").warnings == ()
    assert effective(treaty, date(2025, 1, 22)).warnings == ()
    assert effective(treaty, date(2025, 1, 22), state="HU").warnings == ("So far practice knows this only of US, AR.",)


def test_a_depositary_that_counts_to_the_day_after_is_followed() -> None:
    found = told("from_receipt_by_depositary", "2007-05-02", plus_one_day=True)
    assert day(found) == "2007-11-03"
    assert found.why.endswith("+ 6 months = 2007-11-02; the day after counts, 2007-11-03")


def test_terms_run_from_the_day_on_which_the_state_joined_where_the_clause_says_so() -> None:
    treaty = under(CLAUSES["periodic"], anchor=None, first_period_years=5, period_years=2)
    joined = date(2000, 2, 29)
    assert day(effective(treaty, date(2004, 8, 28), party_since=joined)) == "2005-02-28"
    assert day(effective(treaty, date(2004, 8, 29), party_since=joined)) == "2007-02-28"
    unknown = effective(treaty, date(2004, 8, 28))
    assert (day(unknown), unknown.certainty) == ("2005-02-28", "earliest")
    assert unknown.warnings


def test_outside_a_window_the_next_one_is_told() -> None:
    found = told("ilo_window", "2025-01-01")
    assert (day(found), found.certainty) == ("2032-03-10", "earliest")
    assert "open from 2031-03-10 to 2032-03-10" in found.why
    assert found.warnings == ("No window is open on 2025-01-01: no notice counts before 2031-03-10.",)


def test_windows_that_each_treaty_counts_for_itself_give_no_day() -> None:
    found = told("ilo_window", "2025-01-01", anchor=None)
    assert (found.day, found.certainty) == (None, "depends")


def test_a_notice_before_the_earliest_day_counts_from_that_day() -> None:
    treaty = under(Clause("Article 28", "from_receipt_by_depositary", "P1Y", earliest="P3Y"))
    found = effective(treaty, date(2017, 8, 4), party_since=date(2016, 11, 4))
    assert (day(found), found.certainty) == ("2020-11-04", "earliest")
    assert found.warnings == (
        "A notice of 2017-08-04 is too early: the state became a party on 2016-11-04, and 3 years later is 2019-11-04.",
    )
    on_the_day = effective(treaty, date(2019, 11, 4), party_since=date(2016, 11, 4))
    assert (day(on_the_day), on_the_day.certainty, on_the_day.warnings) == ("2020-11-04", "computed", ())


def test_where_it_is_not_known_since_when_a_state_is_a_party_the_condition_is_told() -> None:
    treaty = under(Clause("Article 58", "from_receipt_by_depositary", "P6M", earliest="P5Y"))
    found = effective(treaty, date(2025, 1, 1))
    assert (day(found), found.certainty) == ("2025-07-01", "computed")
    assert found.warnings == ("Notice is possible only after 5 years as a party: for one since 2020-01-01 or earlier.",)


def test_an_earliest_day_of_the_treaty_is_the_same_for_all() -> None:
    treaty = under(Clause("Article 13", "from_notification", "P1Y", earliest="P20Y"), earliest_from_treaty=True)
    assert day(effective(treaty, date(2009, 12, 31), party_since=date(2009, 1, 1))) == "2011-01-01"
    assert effective(treaty, date(2010, 1, 1), party_since=date(2009, 1, 1)).warnings == ()


def test_an_armed_conflict_keeps_a_state_bound() -> None:
    treaty = under(CLAUSES["from_receipt_by_depositary"], armed_conflict_extension="at_effect")
    found = effective(treaty, date(2025, 7, 1), conflict=True)
    assert (day(found), found.certainty) == ("2026-01-01", "earliest")
    assert found.warnings == ("The state is in an armed conflict: it stays bound at least until that ends.",)
    peace = effective(treaty, date(2025, 7, 1))
    assert peace.certainty == "computed"
    assert peace.warnings == ("If the state is in an armed conflict on 2026-01-01, it stays bound until that ends.",)


def test_an_armed_conflict_on_the_day_of_the_notice_can_count() -> None:
    (warning,) = told("from_notification", "2025-07-01", armed_conflict_extension="at_notification").warnings
    assert "on the day of the notice" in warning


def test_an_armed_conflict_makes_no_difference_where_the_clause_knows_none() -> None:
    treaty = under(CLAUSES["from_receipt_by_depositary"])
    assert effective(treaty, date(2025, 7, 1), conflict=True) == effective(treaty, date(2025, 7, 1))


def test_a_signature_ends_at_once_whatever_the_clause_says() -> None:
    for clause in (*CLAUSES.values(), None):
        found = effective(under(clause), date(2019, 7, 18), signature_only=True, conflict=True)
        assert (day(found), found.certainty) == ("2019-07-18", "computed")
        assert found.article == "Article 18 of the Vienna Convention on the Law of Treaties"


def test_taking_back_a_ratification_of_a_treaty_not_in_force_has_no_period() -> None:
    never = replace(under(CLAUSES["from_notification"]), in_force=None)
    found = effective(never, date(2023, 11, 3))
    assert (day(found), found.certainty) == ("2023-11-03", "practice")
    assert "not in force on 2023-11-03" in found.why
    later = replace(never, in_force=date(2026, 1, 17))
    assert day(effective(later, date(2026, 1, 16))) == "2026-01-16"
    assert day(effective(later, date(2026, 1, 17))) == "2026-04-17"


def test_a_treaty_in_force_from_an_unknown_day_keeps_its_period() -> None:
    for flag in ("in_force_undated", "per_treaty"):
        treaty = replace(under(CLAUSES["from_notification"], **{flag: True}), in_force=None)
        assert day(effective(treaty, date(2025, 1, 1))) == "2025-04-01"


def test_a_later_day_that_the_notice_names_counts_where_the_clause_lets_it() -> None:
    treaty = under(CLAUSES["from_receipt_by_depositary"], later_date_allowed=True)
    found = effective(treaty, date(2025, 1, 1), named=date(2025, 12, 24))
    assert day(found) == "2025-12-24"
    assert found.why.endswith("+ 6 months = 2025-07-01; the notice names 2025-12-24")


def test_a_day_that_comes_too_soon_does_not_count() -> None:
    treaty = under(CLAUSES["from_receipt_by_depositary"], later_date_allowed=True)
    found = effective(treaty, date(2025, 1, 1), named=date(2025, 1, 1))
    assert day(found) == "2025-07-01"
    assert found.warnings == ("The notice names 2025-01-01, but nothing before 2025-07-01 is possible.",)


def test_a_named_day_does_not_count_where_the_clause_lets_nobody_name_one() -> None:
    found = effective(under(CLAUSES["immediate"]), date(2025, 1, 1), named=date(2025, 12, 24))
    assert day(found) == "2025-01-01"
    assert found.warnings == ("The clause lets no notice name a day of its own: 2025-12-24 does not count.",)


def test_a_named_longer_period_need_not_end_with_a_month() -> None:
    treaty = under(CLAUSES["first_of_month_after"], later_date_allowed=True)
    assert day(effective(treaty, date(2025, 10, 3), named=date(2026, 10, 15))) == "2026-10-15"
    assert day(effective(treaty, date(2025, 10, 3), named=date(2026, 10, 2))) == "2026-11-01"


def test_where_the_notice_has_to_name_the_day_the_period_gives_only_the_first_possible() -> None:
    treaty = under(CLAUSES["from_receipt_by_depositary"], notice_names_day=True)
    silent = effective(treaty, date(2025, 1, 1))
    assert (day(silent), silent.certainty) == ("2025-07-01", "earliest")
    named = effective(treaty, date(2025, 1, 1), named=date(2025, 9, 1))
    assert (day(named), named.certainty, named.warnings) == ("2025-09-01", "computed", ())


def test_what_else_the_day_hangs_on_is_told() -> None:
    found = told("from_notification", "2017-03-29", depends_on="They may agree on another day.", practice="They do.")
    assert (found.certainty, found.warnings) == ("depends", ("They may agree on another day.", "They do."))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_lacks_what_it_needs_says_so(rule: str) -> None:
    bare = Clause("Article 1", rule)
    assert lacking(bare) == RULES[rule].needs
    assert lacking(CLAUSES[rule]) == ()
    if "depends_on" not in RULES[rule].needs and RULES[rule].needs:
        anchored = replace(bare, params=ClauseParams(anchor=date(2000, 1, 1)))
        found = effective(under(anchored), date(2025, 1, 1))
        assert (found.day, found.certainty) == (None, "unknown")
        assert f"what the rule {rule} needs" in found.why


def test_an_unknown_rule_gives_no_day() -> None:
    found = effective(under(Clause("Article 1", "by_moonlight")), date(2025, 1, 1))
    assert (found.day, found.certainty) == (None, "unknown")
    assert "by_moonlight" in found.why


@pytest.mark.parametrize("rule", RULES)
def test_the_end_of_the_calendar_is_no_accident(rule: str) -> None:
    for params in ({}, {"plus_one_day": True}, {"later_date_allowed": True}):
        found = effective(under(CLAUSES[rule], **params), date.max, named=date.max, conflict=True)
        assert found.day in {None, date.max}
        assert found.why


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("notified", AWKWARD, ids=str)
def test_every_rule_counts_from_awkward_days(rule: str, notified: date) -> None:
    found = effective(under(CLAUSES[rule]), notified)
    after = effective(under(CLAUSES[rule]), notified + timedelta(days=1))
    if found.day and after.day:
        assert notified <= found.day <= after.day
    assert "\n" not in found.why


@given(
    treaty=st.sampled_from(sorted(SHIPPED)),
    notified=DAYS,
    circumstances=st.fixed_dictionaries(
        {},
        optional={
            "party_since": DAYS,
            "named": DAYS,
            "conflict": st.booleans(),
            "signature_only": st.booleans(),
        },
    ),
)
def test_no_exit_takes_effect_before_its_notice(treaty: str, notified: date, circumstances: dict[str, Any]) -> None:
    found = effective(SHIPPED[treaty], notified, **circumstances)
    assert found.day is None or found.day >= notified
    assert found.why
    assert found.article


@given(
    days=st.tuples(DAYS, DAYS).map(sorted),
    treaty=st.sampled_from(sorted(SHIPPED)),
    party_since=st.none() | DAYS,
)
def test_a_later_notice_never_takes_effect_earlier(days: list[date], treaty: str, party_since: date | None) -> None:
    first, second = (effective(SHIPPED[treaty], each, party_since=party_since) for each in days)
    assert first.day is None or second.day is None or first.day <= second.day


@given(days=st.tuples(DAYS, DAYS).map(sorted), rule=st.sampled_from(sorted(RULES)), plus_one_day=st.booleans())
def test_a_later_notice_never_takes_effect_earlier_under_any_rule(
    *, days: list[date], rule: str, plus_one_day: bool
) -> None:
    first, second = (effective(under(CLAUSES[rule], plus_one_day=plus_one_day), each) for each in days)
    assert first.day is None or second.day is None or first.day <= second.day


def test_every_shipped_treaty_is_answered_on_awkward_days() -> None:
    for name, treaty in SHIPPED.items():
        for notified in (*AWKWARD, date.min, date.max):
            found = effective(treaty, notified)
            assert found.day is None or found.day >= notified, name


def test_every_shipped_treaty_has_what_its_rule_needs() -> None:
    assert {name: gaps for name, treaty in SHIPPED.items() if treaty.clause and (gaps := lacking(treaty.clause))} == {}


@pytest.mark.parametrize(
    ("treaty", "notified", "expected"),
    [
        ("ecpt", "2025-10-03", "2026-11-01"),
        ("ecpt-p1", "2025-10-03", "2026-11-01"),
        ("istanbul", "2021-03-22", "2021-07-01"),
        ("ottawa", "2025-06-27", "2025-12-27"),
        ("genocide", "2025-07-12", "2026-01-12"),
        ("genocide", "2025-07-13", "2031-01-12"),
        ("coe-statute", "2022-03-15", "2022-12-31"),
        ("unesco", "2025-07-22", "2026-12-31"),
        ("icrw", "2019-01-01", "2019-06-30"),
        ("icrw", "2019-01-02", "2020-06-30"),
        ("single-1961", "2025-07-01", "2026-01-01"),
        ("icsid", "2009-07-06", "2010-01-07"),
        ("ect", "2022-12-19", "2023-12-20"),
        ("cfe", "2023-06-09", "2023-11-07"),
        ("us-ph-vfa", "2020-02-11", "2020-08-09"),
        ("gsomia", "2019-08-23", "2019-11-23"),
        ("tir", "2025-01-31", "2026-04-30"),
        ("eu-uk-tca", "2026-03-15", "2027-03-01"),
        ("ilo-c87", "2025-01-01", "2031-07-04"),
        ("who", "2025-01-22", "2026-01-22"),
        ("opec", "2023-12-21", "2024-01-01"),
        ("oic", "2025-03-01", "2026-03-01"),
        ("ctbt", "2023-11-03", "2023-11-03"),
        ("imf", "2025-03-01", "2025-03-01"),
        ("commonwealth", "2016-10-13", "2016-10-13"),
        ("iccpr", "2025-03-01", "None"),
        ("indus", "2025-04-23", "None"),
    ],
)
def test_shipped_clauses_give_the_days_that_the_law_gives(treaty: str, notified: str, expected: str) -> None:
    assert day(effective(SHIPPED[treaty], date.fromisoformat(notified))) == expected
