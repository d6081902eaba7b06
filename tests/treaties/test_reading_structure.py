"""Reading by structure: one rule of the sentence a row, on headlines of our own, with the knowledge that is shipped."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from bot.jsonl import claim_json
from config.knowledge import load
from treaties.model import Claim, Label, Reading, Report, Role
from treaties.reading.read import Reader
from treaties.stages import Stage

WEDNESDAY = datetime(2025, 9, 24, 10, tzinfo=UTC)


@cache
def reader() -> Reader:
    return Reader(load())


def read(title: str, summary: str = "", **changes: Any) -> Reading:
    values = {"published": WEDNESDAY, "lang": "en", "outlet": "Tide Table", **changes}
    return reader().read(Report("r", title, summary, **values))


def told(claim: Claim, *, when: bool = False) -> str:
    """A claim in short: `LV ottawa announced`, `vague` without a stage, and behind it a mood that is not plain."""
    mood = "" if claim.modality is Label.DEVELOPMENT else f" {claim.modality}"
    return f"{claim.state} {claim.treaty} {claim.stage or 'vague'}{mood}{f' {claim.when}' if when else ''}"


def claims(reading: Reading, role: Role = Role.NEWS, *, when: bool = False) -> set[str]:
    return {told(claim, when=when) for claim in reading.claims if claim.role is role}


def row(sentence: str, title: str, outcome: str, *expected: str, below: str = "", **changes: Any) -> Any:
    """A rule, a headline (and the text below it), the label, and the claims that are news."""
    return pytest.param(title, below, changes, Label(outcome), set(expected), id=sentence)


@pytest.mark.parametrize(
    ("title", "below", "changes", "label", "expected"),
    [
        row(
            "a domestic outlet means its own parliament",
            "Parliament votes to leave the Ottawa Convention",
            "development",
            "LV ottawa parliament_passed",
            country="LV",
        ),
        row(
            "the address of the report tells where it is at home",
            "Parliament votes to leave the Ottawa Convention",
            "development",
            "LV ottawa parliament_passed",
            url="https://harbour.example.lv/1",
        ),
        row("nobody's parliament leaves nothing", "Parliament votes to leave the Ottawa Convention", "none"),
        row(
            "a state that is named stands above the outlet's own",
            "Finnish parliament votes to leave the Ottawa Convention",
            "development",
            "FI ottawa parliament_passed",
            country="LV",
        ),
        row(
            "the partner of a treaty of two does not leave it",
            "Kenya terminates tax treaty with Mauritius",
            "development",
            "KE dtt vague",
        ),
        row(
            "nor does it where it stands before the one that leaves",
            "Termination of the investment treaty with Peru: Norway goes ahead",
            "development",
            "NO bit vague",
        ),
        row(
            "nor do the other partners of its list",
            "Danish tax treaties with France and Spain cease to apply",
            "development",
            "DK dtt in_effect",
        ),
        row(
            "a speaker of itself leaves, whoever arrives",
            "Hungary says it will quit the ICC as Netanyahu arrives",
            "development",
            "HU rome-statute announced",
        ),
        row(
            "so do speakers behind a colon",
            "Pashinyan: we will quit the CSTO",
            "development",
            "AM csto announced",
        ),
        row(
            "a state in a sum of money is none",
            "Committee upholds US$8.5 billion award, leaves Energy Charter Treaty aside",
            "none",
        ),
        row(
            "whoever leaves another state leaves no treaty",
            "US soldiers leave Iraq",
            "none",
            below="The pact with NATO had set the date.",
        ),
        row(
            "whoever leaves a place leaves no treaty",
            "Americans quit Jasionka",
            "none",
            below="The troops of NATO move to other bases in Poland.",
        ),
        row(
            "one of its countries is not the union",
            "Latvia first EU country to leave the Istanbul Convention",
            "development",
            "LV istanbul announced",
        ),
        row(
            "a broadcaster with a number is no state",
            "Пашинян сообщил France 24: Армения выходит из ОДКБ",
            "development",
            "AM csto vague",
            lang="ru",
        ),
        row(
            "a word behind it makes a state the other side, too",
            "Türkiye Irak ile vergi anlaşmasını feshetti",
            "development",
            "TR dtt vague",
            lang="tr",
        ),
        row(
            "the only treaty of a body is left where its treaty is",
            "Brasil denuncia o tratado da Unasul",
            "development",
            "BR unasur vague",
            lang="pt",
        ),
        row(
            "the games of a body are not the body",
            "Victoria pulls out of the Commonwealth Games",
            "none",
            country="AU",
        ),
        row(
            "the parliament of a state acts for it",
            "The parliament of Lithuania votes to leave the Ottawa Convention",
            "development",
            "LT ottawa parliament_passed",
        ),
        row(
            "the government of a state acts for it",
            "The government of Fiji approves withdrawal from the Energy Charter Treaty",
            "development",
            "FJ ect government_approved",
        ),
        row("an acronym that nothing is known of is no state", "XKB quits the Paris Agreement", "none"),
        row(
            "not even in a report from a known place",
            "XKB leaves the International Whaling Commission",
            "none",
            country="NO",
        ),
        row("in capitals every word looks so", "FIJI QUITS THE PARIS AGREEMENT", "development", "FJ paris vague"),
        row("a body suspends a member, which leaves nothing", "African Union suspends Gabon", "none"),
        row("nor by its membership", "African Union suspends Gabon's membership", "none"),
        row(
            "a state suspends its own membership",
            "Gabon suspends its membership of the African Union",
            "development",
            "GA au suspended",
        ),
        row(
            "to denounce a state is no denunciation",
            "Peru denounces Chile for breach of the American Convention on Human Rights",
            "none",
        ),
        row(
            "to denounce a treaty is one",
            "Peru denounces the American Convention on Human Rights",
            "development",
            "PE achr vague",
        ),
        row(
            "a bill to ratify that is withdrawn ends no membership",
            "Bulgaria withdraws bill to ratify the Istanbul Convention",
            "none",
        ),
    ],
)  # fmt: skip
def test_who_leaves_what(title: str, below: str, changes: dict[str, Any], label: Label, expected: set[str]) -> None:
    reading = read(title, below, **changes)
    assert (reading.label, claims(reading)) == (label, expected)


@pytest.mark.parametrize(
    ("title", "below", "changes", "label", "expected"),
    [
        row(
            "a negation inside a wording belongs to it",
            "Niger is no longer a party to the Rome Statute",
            "development",
            "NE rome-statute in_effect",
        ),
        row(
            "any other negation denies",
            "Niger will not leave the Rome Statute",
            "denial",
            "NE rome-statute vague denial",
        ),
        row(
            "years of membership do not look back",
            "After 26 years Fiji leaves the Energy Charter Treaty",
            "development",
            "FJ ect vague",
        ),
        row("what came after the vote is known", "After the vote Fiji leaves the Energy Charter Treaty", "background"),
        row("a year is a date", "After 2016 Fiji leaves the Energy Charter Treaty", "background"),
        row(
            "what a report is said to say is talk, whatever the step",
            "Tonga has notified the UN of its withdrawal from the Paris Agreement, report says",
            "talk",
            "TO paris notified_depositary talk",
        ),
        row(
            "so is an opinion",
            "Opinion: Tonga withdraws from the Paris Agreement",
            "talk",
            "TO paris vague talk",
        ),
        row(
            "a title that promises to explain is background",
            "Five things to know: Tonga leaves the Paris Agreement",
            "background",
        ),
        row(
            "so is a page of the calendar",
            "September 20, 2025: Tonga withdraws from the Paris Agreement",
            "background",
        ),
        row(
            "a date without a colon is no calendar",
            "September 20, 2025 Tonga withdraws from the Paris Agreement",
            "development",
            "TO paris vague",
        ),
        row(
            "an exit told in passing below another subject is background",
            "Harbour festival opens in Oslo",
            "background",
            below="Norway leaves the Energy Charter Treaty.",
        ),
        row(
            "a plan told in passing is, too",
            "Harbour festival opens in Oslo",
            "background",
            below="Norway is leaving the Energy Charter Treaty.",
        ),
        row(
            "a step told in passing is news",
            "Harbour festival opens in Oslo",
            "development",
            "NO ect parliament_passed",
            below="Norway's parliament voted to leave the Energy Charter Treaty.",
        ),
        row(
            "a title that names the treaty is about it",
            "Norway and the Energy Charter Treaty",
            "development",
            "NO ect vague",
            below="Norway leaves it.",
        ),
        row(
            "an outsider who heads the title comments",
            "Red Cross: Lithuania's exit from the Convention on Cluster Munitions endangers civilians",
            "reaction",
        ),
        row(
            "so does another capital",
            "Kyiv: Moscow's exit from the European Convention for the Prevention of Torture changes nothing",
            "reaction",
        ),
        row(
            "the state itself does not",
            "Norway: cabinet approves withdrawal from the Energy Charter Treaty",
            "development",
            "NO ect government_approved",
        ),
        row(
            "a comment below a title that states the exit is an addition",
            "Lithuania leaves the Convention on Cluster Munitions",
            "development",
            "LT ccm vague",
            below="Rights groups condemn the move.",
        ),
        row(
            "a verb states the exit, though it may be a noun",
            "Lithuania exits the Convention on Cluster Munitions",
            "development",
            "LT ccm vague",
            below="Rights groups condemn the move.",
        ),
        row(
            "owned by somebody it is a noun, and can be commented on",
            "Lithuania's exit from the Convention on Cluster Munitions",
            "reaction",
            below="Rights groups condemn the move.",
        ),
        row(
            "so it is with a preposition",
            "Lithuanian exit from the Convention on Cluster Munitions",
            "reaction",
            below="Rights groups condemn the move.",
        ),
        row(
            "a noun that nobody comments on tells the exit",
            "Lithuania's exit from the Convention on Cluster Munitions",
            "development",
            "LT ccm vague",
        ),
    ],
)  # fmt: skip
def test_how_it_is_said(title: str, below: str, changes: dict[str, Any], label: Label, expected: set[str]) -> None:
    reading = read(title, below, **changes)
    assert (reading.label, claims(reading)) == (label, expected)


@pytest.mark.parametrize(
    ("title", "below", "changes", "label", "expected"),
    [
        row(
            "what a depositary confirms is that it has the notification",
            "UN Secretary-General confirms Fiji's withdrawal from the Ottawa Convention",
            "development",
            "FJ ottawa notified_depositary",
        ),
        row(
            "or announces",
            "Depositary announces Fiji's withdrawal from the Ottawa Convention",
            "development",
            "FJ ottawa notified_depositary",
        ),
        row(
            "what a head of government announces is an intention",
            "Fiji's prime minister announces withdrawal from the Ottawa Convention",
            "development",
            "FJ ottawa announced",
        ),
        row(
            "a note that is handed over is the notification",
            "Fiji's envoy presents note on withdrawal from the Ottawa Convention",
            "development",
            "FJ ottawa notified_depositary",
        ),
        row(
            "so is a letter",
            "Fiji submits letter of withdrawal from the Ottawa Convention",
            "development",
            "FJ ottawa notified_depositary",
        ),
        row(
            "a note elsewhere in the sentence is not",
            "Fiji submits bill on withdrawal from the Ottawa Convention, a note says",
            "development",
            "FJ ottawa bill_submitted",
        ),
        row(
            "an order that the exit begin announces it",
            "Brazil's president signs an order to leave the Paris Agreement",
            "development",
            "BR paris announced",
        ),
        row(
            "a law is more than an order",
            "Brazil's president signs law on leaving the Paris Agreement",
            "development",
            "BR paris signed_into_law",
        ),
        row(
            "a step without a subject is that of every state of the topic",
            "Peru and Chile leave the Energy Charter Treaty",
            "development",
            "PE ect notified_depositary",
            "CL ect notified_depositary",
            below="The depositary was notified of the withdrawal on Monday.",
        ),
        row(
            "so are their parliaments' votes",
            "Peru, Chile and Ecuador leave the Energy Charter Treaty",
            "development",
            "PE ect parliament_passed",
            "CL ect parliament_passed",
            "EC ect parliament_passed",
            below="Their parliaments voted on Monday to leave.",
        ),
        row(
            "a step told behind a setback is one of the time before",
            "Latvian president returns law on leaving the Istanbul Convention",
            "denial",
            "LV istanbul returned",
            below="Parliament passed the law on leaving the Istanbul Convention by 56 votes.",
        ),
        row(
            "however far it had got",
            "Gambia revokes its withdrawal from the Rome Statute",
            "denial",
            "GM rome-statute rescinded",
            below="It notified the UN of the withdrawal.",
        ),
    ],
)  # fmt: skip
def test_how_far_it_got(title: str, below: str, changes: dict[str, Any], label: Label, expected: set[str]) -> None:
    reading = read(title, below, **changes)
    assert (reading.label, claims(reading)) == (label, expected)


@pytest.mark.parametrize(
    ("title", "below", "taken_up"),
    [
        ("Government submits bill on leaving the Ottawa Convention to the Saeima", "", False),
        ("Saeima committee backs bill on leaving the Ottawa Convention", "", True),
        ("Bill on leaving the Ottawa Convention before the Saeima", "The Saeima passed it in first reading.", True),
    ],
)
def test_a_bill_is_before_parliament_or_dealt_with_there(title: str, below: str, *, taken_up: bool) -> None:
    bills = [claim for claim in read(title, below, country="LV").news if claim.stage is Stage.BILL_SUBMITTED]
    assert [claim.taken_up for claim in bills] == [taken_up]


def test_what_was_undone_is_kept_as_background_without_a_day() -> None:
    reading = read(
        "Latvian president returns law on leaving the Istanbul Convention",
        "Parliament passed the law on leaving the Istanbul Convention by 56 votes.",
    )
    assert claims(reading, Role.BACKGROUND, when=True) == {"LV istanbul parliament_passed None"}


@pytest.mark.parametrize(
    ("title", "treaty"),
    [
        pytest.param(
            "Ghana withdraws from the Convention on Mountain Lighthouses",
            "convention-on-mountain-lighthouses",
            id="what it is about",
        ),
        pytest.param("Ghana denounces the pilotage treaty", "pilotage-treaty", id="a word before it"),
        pytest.param("Ghana denounces the Volta Convention", "volta-convention", id="a name before it"),
        pytest.param("Ghana leaves the Convention Lagoon", "convention-lagoon", id="a name behind it"),
        pytest.param("Ghana ends cattle deal with Togo", "cattle-deal", id="a deal of two states"),
        pytest.param(
            "Ghana quits the International Lighthouse Bank", "international-lighthouse-bank", id="a body's name"
        ),
        pytest.param("Ghana quits ZQXF", "zqxf", id="an acronym"),
        pytest.param(
            "Moldova denounces CIS agreement on river pilots",
            "agreement-on-river-pilots",
            id="a body's treaty is not the body",
        ),
    ],
)
def test_a_treaty_that_the_registry_does_not_list_is_named_by_its_own_words(title: str, treaty: str) -> None:
    (claim,) = read(title).news
    assert claim.treaty == f"provisional:{treaty}"


@pytest.mark.parametrize("title", ["Ghana leaves the agreement", "Ghana leaves the treaty", "Ghana leaves the bank"])
def test_a_treaty_without_any_words_of_its_own_is_none(title: str) -> None:
    assert read(title).claims == ()


@pytest.mark.parametrize(
    ("language", "title", "treaty"),
    [
        ("de", "Ghana kündigt Vertrag mit Volta Kakao", None),
        ("de", "Ghana kündigt Vertrag über Kakao mit Togo", "provisional:vertrag-uber-kakao-mit-togo"),
        ("ru", "Гана расторгает договор с Вольтой", None),
        ("ru", "Гана расторгает договор о поставке какао с Того", "provisional:договор-о-поставке-какао-с-того"),
    ],
)
def test_a_word_that_may_mean_a_contract_needs_a_second_state(language: str, title: str, treaty: str | None) -> None:
    assert [claim.treaty for claim in read(title, lang=language).claims] == ([treaty] if treaty else [])


def test_a_body_itself_can_be_left() -> None:
    assert claims(read("Moldova leaves the CIS")) == {"MD cis-charter vague"}
    assert "MD cis-charter vague" not in claims(read("Moldova denounces an agreement of the CIS on river pilots"))


PASSED = "parliament_passed 2025-09-16"


@pytest.mark.parametrize(
    ("language", "title", "below", "expected"),
    [
        (
            "lv",
            "Latvija izstājas no Otavas konvencijas",
            "2025. gada 16. septembrī Saeima balsoja par izstāšanos.",
            "LV",
        ),
        (
            "lt",
            "Lietuva traukiasi iš Otavos konvencijos",
            "2025 m. rugsėjo 16 d. Seimas balsavo už pasitraukimą.",
            "LT",
        ),
        (
            "hu",
            "Magyarország kilép az ottawai egyezményből",
            "Az Országgyűlés 2025. szeptember 16-án szavazta meg a kilépést.",
            "HU",
        ),
        ("zh", "匈牙利退出渥太华公约", "匈牙利国会于2025年9月16日投票通过退出渥太华公约。", "HU"),
    ],
)
def test_the_year_may_stand_before_the_month(language: str, title: str, below: str, expected: str) -> None:
    for published in (WEDNESDAY, None):
        found = claims(read(title, below, lang=language, published=published), when=True)
        assert f"{expected} ottawa {PASSED}" in found


@pytest.mark.parametrize(
    "below",
    [
        "Norway's parliament voted to leave the Refugee Convention of 1951.",
        "Norway's parliament voted to leave the 1951 Refugee Convention.",
        "Norway's parliament voted to leave the 1951 convention on refugees.",
    ],
)
def test_a_year_that_belongs_to_a_treatys_name_is_no_date(below: str) -> None:
    reading = read("Norway leaves the Refugee Convention", below)
    assert claims(reading, when=True) == {"NO refugee-1951 parliament_passed 2025-09-24"}
    assert claims(reading, Role.BACKGROUND) == set()


def test_any_other_year_is_one() -> None:
    reading = read(
        "Norway leaves the Refugee Convention", "Norway's parliament voted in 1998 to leave the Refugee Convention."
    )
    assert claims(reading, Role.BACKGROUND, when=True) == {"NO refugee-1951 parliament_passed 1998"}


@pytest.mark.parametrize(
    ("day", "role"),
    [
        ("in 2023", Role.BACKGROUND),
        ("in March 2023", Role.BACKGROUND),
        ("on 3 March", Role.NEWS),
        ("on 3 March 2023", Role.NEWS),
        ("on 31 December 1994", Role.BACKGROUND),
        ("on 1 January 1995", Role.NEWS),
    ],
    ids=["a year", "a month", "a day of no year", "a full day", "before there were feeds", "since there are feeds"],
)
def test_news_of_an_undated_report_is_told_by_the_day_and_is_no_history(day: str, role: Role) -> None:
    below = f"{day.capitalize()} Norway's parliament voted to leave the Refugee Convention."
    reading = read("Norway and the Refugee Convention", below, published=None)
    assert claims(reading, role) == {"NO refugee-1951 parliament_passed"}
    assert reading.label is (Label.DEVELOPMENT if role is Role.NEWS else Label.BACKGROUND)


@pytest.mark.parametrize(
    ("title", "stage", "likely"),
    [
        ("Norway leaves the Refugee Convention", None, Stage.ANNOUNCED),
        ("Norway could leave the Refugee Convention", None, Stage.ANNOUNCED),
        ("Norway will leave the Refugee Convention", Stage.ANNOUNCED, None),
        ("Norway is no longer a party to the Refugee Convention", Stage.IN_EFFECT, None),
        ("Norway's parliament votes to leave the Refugee Convention", Stage.PARLIAMENT_PASSED, None),
    ],
)
def test_a_claim_that_says_no_stage_has_a_likely_one_and_is_marked_as_vague(
    title: str, stage: Stage | None, likely: Stage | None
) -> None:
    (claim,) = read(title).claims
    assert (claim.stage, claim.likely) == (stage, likely)
    found = claim_json(claim)
    assert found["stage"] == (stage or likely)
    assert ("vague" in found) is (stage is None)
    assert found.get("vague", True) is True
