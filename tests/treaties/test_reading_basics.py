"""Reading on plain sentences of our own: who leaves what, how far it got, since when, and whether it is news at all."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.knowledge import load
from treaties.model import Label, Reading, Report, Role
from treaties.reading.read import Reader

WEDNESDAY = datetime(2025, 9, 24, 10, tzinfo=UTC)
TODAY = "2025-09-24"


@cache
def reader() -> Reader:
    return Reader(load())


def read(title: str, summary: str = "", **changes: Any) -> Reading:
    values = {"published": WEDNESDAY, "lang": "en", "outlet": "Tide Table", **changes}
    return reader().read(Report("r", title, summary, **values))


def news(reading: Reading) -> set[tuple[str, str, str | None, str]]:
    """What is said to have happened now."""
    return {
        (claim.state, claim.treaty, claim.stage.value if claim.stage else None, str(claim.when))
        for claim in reading.news
        if claim.modality is Label.DEVELOPMENT
    }


def row(sentence: str, title: str, summary: str, *expected: tuple[str, str, str | None, str]) -> Any:
    return pytest.param(title, summary, set(expected), id=sentence)


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        row(
            "ministers who weigh an exit consider it",
            "Portuguese government weighs leaving the Energy Charter Treaty",
            "",
            ("PT", "ect", "considered", TODAY),
        ),
        row(
            "a head of government who says that the state will leave announces it",
            "Slovak prime minister announces withdrawal from the Istanbul Convention",
            "",
            ("SK", "istanbul", "announced", TODAY),
        ),
        row(
            "a plan to leave is an announcement",
            "Chad to withdraw from the Rome Statute",
            "",
            ("TD", "rome-statute", "announced", TODAY),
        ),
        row(
            "a cabinet approves",
            "Norway's government approves withdrawal from the Convention on Cluster Munitions",
            "",
            ("NO", "ccm", "government_approved", TODAY),
        ),
        row(
            "a bill is before parliament",
            "Romanian government submits bill to leave the Ottawa Convention to parliament",
            "",
            ("RO", "ottawa", "bill_submitted", TODAY),
        ),
        row(
            "a committee's vote leaves the bill before parliament",
            "Finnish committee backs bill on leaving the Ottawa Convention",
            "",
            ("FI", "ottawa", "bill_submitted", TODAY),
        ),
        row(
            "a first reading leaves the bill before parliament",
            "Seimas backs Lithuania's withdrawal from the Convention on Cluster Munitions in first reading",
            "",
            ("LT", "ccm", "bill_submitted", TODAY),
        ),
        row(
            "the lower house of two passes",
            "Russia's State Duma votes to denounce the Bern Convention",
            "Deputies passed the bill on Tuesday.",
            ("RU", "bern", "lower_house_passed", "2025-09-23"),
        ),
        row(
            "the upper house passes",
            "Federation Council approves Russia's withdrawal from the Bern Convention",
            "",
            ("RU", "bern", "upper_house_passed", TODAY),
        ),
        row(
            "a single chamber passes",
            "Estonian parliament votes to leave the Ottawa Convention",
            "The Riigikogu adopted the law on 17 September.",
            ("EE", "ottawa", "parliament_passed", "2025-09-17"),
        ),
        row(
            "a head of state signs the law",
            "Polish president signs law on withdrawal from the Ottawa Convention",
            "",
            ("PL", "ottawa", "signed_into_law", TODAY),
        ),
        row(
            "the depositary is notified",
            "Latvia notifies UN Secretary-General of its withdrawal from the Ottawa Convention",
            "",
            ("LV", "ottawa", "notified_depositary", TODAY),
        ),
        row(
            "a withdrawal takes effect",
            "Hungary's withdrawal from the Rome Statute takes effect",
            "Hungary is no longer a party as of today.",
            ("HU", "rome-statute", "in_effect", TODAY),
        ),
        row(
            "operation is suspended",
            "Belarus suspends participation in the CFE Treaty",
            "",
            ("BY", "cfe", "suspended", TODAY),
        ),
        row(
            "a vague headline says no stage",
            "Niger quits the Rome Statute",
            "",
            ("NE", "rome-statute", None, TODAY),
        ),
        row(
            "a capital stands for its state",
            "Warsaw quits the Istanbul Convention",
            "",
            ("PL", "istanbul", None, TODAY),
        ),
        row(
            "several states of one report are claims of their own",
            "Estonia, Latvia and Lithuania withdraw from the Ottawa Convention",
            "",
            ("EE", "ottawa", None, TODAY),
            ("LV", "ottawa", None, TODAY),
            ("LT", "ottawa", None, TODAY),
        ),
        row(
            "several treaties of one report are claims of their own",
            "Finland withdraws from the Ottawa Convention and the Convention on Cluster Munitions",
            "",
            ("FI", "ottawa", None, TODAY),
            ("FI", "ccm", None, TODAY),
        ),
        row(
            "the state that comments is not the one that leaves",
            "Peru's congress votes to leave the American Convention on Human Rights, Chile says",
            "",
            ("PE", "achr", "parliament_passed", TODAY),
        ),
    ],
)  # fmt: skip
def test_a_step_is_read(title: str, summary: str, expected: set[tuple[str, str, str | None, str]]) -> None:
    reading = read(title, summary)
    assert (news(reading), reading.label) == (expected, Label.DEVELOPMENT)


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        row(
            "a president who returns the law",
            "Latvian president returns law on leaving the Istanbul Convention to parliament",
            "",
            ("LV", "istanbul", "returned", TODAY),
        ),
        row(
            "a parliament that votes it down",
            "Swiss parliament rejects withdrawal from the European Convention on Human Rights",
            "",
            ("CH", "echr", "rejected", TODAY),
        ),
        row(
            "a notification that is withdrawn",
            "Gambia revokes its withdrawal from the Rome Statute",
            "",
            ("GM", "rome-statute", "rescinded", TODAY),
        ),
        row(
            "a court that stops it",
            "South Africa's Constitutional Court strikes down withdrawal from the Rome Statute",
            "",
            ("ZA", "rome-statute", "struck_down", TODAY),
        ),
    ],
)  # fmt: skip
def test_a_move_back_is_a_denial_with_its_stage(
    title: str, summary: str, expected: set[tuple[str, str, str | None, str]]
) -> None:
    reading = read(title, summary)
    assert (news(reading), reading.label) == (expected, Label.DENIAL)


@pytest.mark.parametrize(
    ("title", "summary", "label"),
    [
        pytest.param(
            "Norwegian opposition party promises to leave the European Convention on Human Rights",
            "",
            Label.TALK,
            id="an opposition's promise",
        ),
        pytest.param(
            "Argentina may leave the Paris Agreement, sources say", "", Label.TALK, id="speculation of unnamed sources"
        ),
        pytest.param(
            "UN experts condemn Latvia's withdrawal from the Istanbul Convention", "", Label.REACTION, id="a comment"
        ),
        pytest.param("Armenia will not withdraw from the Rome Statute, minister says", "", Label.DENIAL, id="a denial"),
        pytest.param(
            "Oslo hosts a summit on whaling",
            "Iceland, which left the International Whaling Commission in 1992, sent an envoy.",
            Label.BACKGROUND,
            id="an exit of the past",
        ),
        pytest.param("Mali withdraws troops from the border", "", Label.NONE, id="troops"),
        pytest.param("Serbia withdraws from the European Championship", "", Label.NONE, id="a tournament"),
        pytest.param("Kenya ratifies the Convention on Cluster Munitions", "", Label.NONE, id="a ratification"),
        pytest.param("Danish delegates leave party convention early", "", Label.NONE, id="a party's convention"),
        pytest.param("Storm leaves thousands without power in Spain", "", Label.NONE, id="ordinary news"),
        pytest.param("", "", Label.NONE, id="nothing at all"),
    ],
)
def test_what_is_no_step_is_no_news(title: str, summary: str, label: Label) -> None:
    reading = read(title, summary)
    assert (reading.label, news(reading)) == (label, set())


def test_a_treaty_that_the_registry_does_not_list_is_kept_and_flagged() -> None:
    (claim,) = read("Bolivia withdraws from the Convention on Highland Lighthouses").news
    assert claim.state == "BO"
    assert claim.treaty.startswith("provisional:")
    assert "lighthouses" in claim.treaty


def test_what_a_step_builds_on_is_background() -> None:
    reading = read(
        "Estonian president signs law on leaving the Ottawa Convention",
        "Parliament passed it on 4 June 2025.",
    )
    assert news(reading) == {("EE", "ottawa", "signed_into_law", TODAY)}
    assert {claim.stage for claim in reading.claims if claim.role is Role.BACKGROUND} <= {None, "parliament_passed"}


def test_every_claim_shows_the_words_it_rests_on_and_why() -> None:
    title = "Estonian parliament votes to leave the Ottawa Convention"
    for claim in read(title).claims:
        assert claim.quote in title
        assert claim.reason
        assert 0 < claim.confidence <= 1


@pytest.mark.parametrize(
    "variant",
    [
        "  Russia&#39;s State Duma votes to denounce\u00a0the Bern Convention\n",
        "Russia’s State Duma votes to denounce the Bern Convention",
        "<b>Russia&rsquo;s</b> State Duma votes to denounce the <i>Bern Convention</i>",
        "**Russia's** State Duma votes to denounce the Bern\tConvention",
    ],
    ids=["entities and space", "typographic quotes", "HTML", "Markdown"],
)
def test_reading_does_not_depend_on_how_the_text_is_dressed(variant: str) -> None:
    assert read(variant) == read("Russia's State Duma votes to denounce the Bern Convention")


WORDS = st.sampled_from(
    [
        *(
            "Latvia",
            "Latvia's",
            "Saeima",
            "Riga",
            "president",
            "parliament",
            "UN",
            "law",
            "bill",
            "the",
            "and",
            ",",
            ".",
        ),
        *(
            "votes",
            "signed",
            "not",
            "withdraws",
            "from",
            "to",
            "leave",
            "may",
            "will",
            "condemn",
            "which",
            "after",
            "if",
        ),
        *(
            "Ottawa",
            "Convention",
            "Istanbul",
            "on",
            "in",
            "today",
            "Monday",
            "17",
            "September",
            "2025",
            "“",
            "—",
            ":",
            "?",
        ),
    ]
)


@settings(deadline=None)
@given(st.lists(WORDS, max_size=25).map(" ".join), st.lists(WORDS, max_size=25).map(" ".join))
def test_any_order_of_words_can_be_read_and_is_read_alike_each_time(title: str, summary: str) -> None:
    reading = read(title, summary)
    assert reading == read(title, summary)
    assert reading.reason
    if reading.label is Label.DEVELOPMENT:
        assert news(reading)
