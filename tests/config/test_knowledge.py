from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

import pytest

from config.knowledge import KnowledgeError, load
from treaties.model import FactKind, Precision, When
from treaties.reading.patterns import compile_pattern
from treaties.stages import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from treaties.registry import Knowledge

TREATIES = """
[moon]
name = "Agreement on the Quiet Side of the Moon"
short_name = "Moon Agreement"
series = "XTS No. 7"
opened = 1991-03-04
in_force = 1992-05-06
near = ["lunar"]
lookalikes = { tide = "about the sea, not the moon" }

[moon.clause]
article = "Article 9"
rule = "first_of_month_after"
notice = "P12M"

[moon.aliases]
en = ["Moon Agreement", "quiet ... moon pact|treaty"]
ru = ["лунн* соглашени*"]

[tide]
name = "Tide Convention"
short_name = "Tide Convention"
parent = "moon"
aliases = { en = ["Tide Convention"] }
shared = { en = ["water convention"] }
"""
STATES = """
[RU]
name = "Russia"
names = { en = ["Russia"] }
seats = { en = ["Moscow", "Kremlin"] }

[FR]
name = "France"
names = { fr = ["France"] }

[x-pair]
name = "the two"
names = { en = ["the two"] }
members = ["RU", "FR"]
"""
INSTITUTIONS = """
[RU.lower_house]
en = ["State Duma", "Duma"]
ru = ["Госдум*"]

[[RU.people]]
role = "head_of_government"
since = 2020-01-16
patterns = { en = ["Mishustin"], ru = ["Мишустин*"] }
"""
WORDS = """
language = "en"
[leave]
verb = ["quit", "pull ... out"]
noun = ["exit"]
"""
RULES = """
[[rule]]
stage = "lower_house_passed"
actors = ["lower_house"]
actions = ["pass"]

[[rule]]
stage = "announced"
"""
EVENTS = """
[[case]]
state = "RU"
treaty = "moon"

[[case.event]]
id = "ru-moon-suspended"
stage = "suspended"
[[case.event.source]]
outlet = "The Lighthouse"

[[case.event]]
id = "ru-moon-announced-2024-05"
stage = "announced"
date = "2024-05"
note = "Said on the radio."
[[case.event.source]]
outlet = "The Lighthouse"
url = "https://lighthouse.example/1"
published = 2024-05-20
says = "2024-05-19"
group = "Coast Media"
[[case.event.source]]
outlet = "Harbour Gazette"
official = true

[[case.event]]
id = "ru-moon-considered-2023"
stage = "considered"
date = "2023"
[[case.event.source]]
outlet = "The Lighthouse"

[[case.fact]]
kind = "joined"
date = "1999"
note = "A party since then."
[[case.fact.source]]
outlet = "The Lighthouse"
"""
FILES = {
    "treaties/sky.toml": TREATIES,
    "states/some.toml": STATES,
    "institutions/some.toml": INSTITUTIONS,
    "words/en.toml": WORDS,
    "stages.toml": RULES,
    "known_events/some.toml": EVENTS,
}


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return written(tmp_path / "sample", FILES)


def faults_of(root: Path, overlay: Path | None = None) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        load(root=root, overlay=overlay)
    assert str(caught.value).splitlines() == [str(fault) for fault in caught.value.faults]
    return [str(fault) for fault in caught.value.faults]


def test_a_treaty_is_read_with_its_clause_and_names(sample: Path) -> None:
    moon = load(root=sample).treaties["moon"]
    assert (moon.id, moon.series, moon.opened, moon.parent) == ("moon", "XTS No. 7", date(1991, 3, 4), None)
    assert moon.aliases["ru"] == ("лунн* соглашени*",)
    assert moon.lookalikes == {"tide": "about the sea, not the moon"}
    assert moon.clause is not None
    assert (moon.clause.rule, moon.clause.notice, moon.clause.source) == ("first_of_month_after", "P12M", None)


def test_a_group_lists_its_members(sample: Path) -> None:
    states = load(root=sample).states
    assert states["x-pair"].members == ("RU", "FR")
    assert states["RU"].seats["en"] == ("Moscow", "Kremlin")


def test_an_organ_has_the_patterns_of_all_languages_and_a_person_the_days_in_office(sample: Path) -> None:
    house, person = load(root=sample).institutions
    assert (house.role, house.state, house.patterns) == ("lower_house", "RU", ("State Duma", "Duma", "Госдум*"))
    assert (person.role, person.since, person.until) == ("head_of_government", date(2020, 1, 16), None)


def test_words_and_stage_rules_are_read(sample: Path) -> None:
    knowledge = load(root=sample)
    assert knowledge.words["en"].get("leave", "verb") == ("quit", "pull ... out")
    assert [rule.stage for rule in knowledge.stage_rules] == [Stage.LOWER_HOUSE_PASSED, Stage.ANNOUNCED]
    assert knowledge.stage_rules[0].actors == {"lower_house"}


def test_events_stand_in_order_of_time_and_those_without_a_date_last(sample: Path) -> None:
    (case,) = load(root=sample).known
    assert [event.stage for event in case.events] == [Stage.CONSIDERED, Stage.ANNOUNCED, Stage.SUSPENDED]
    assert case.events[1].when == When(date(2024, 5, 1), Precision.MONTH)
    assert case.facts[0].kind is FactKind.JOINED


def test_a_source_keeps_what_it_says(sample: Path) -> None:
    (case,) = load(root=sample).known
    first, second = case.events[1].sources
    assert (first.url, first.published, first.group) == (
        "https://lighthouse.example/1",
        date(2024, 5, 20),
        "Coast Media",
    )
    assert str(first.says) == "2024-05-19"
    assert second.official
    assert second.says is None


def test_a_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    knowledge = load(root=tmp_path)
    assert not (knowledge.treaties)
    assert not (knowledge.states)
    assert not (knowledge.institutions)
    assert not (knowledge.words)
    assert not (knowledge.known)


FAULTY = {
    "an unknown key, with a suggestion": (
        "treaties/sky.toml",
        TREATIES.replace("series =", "serie ="),
        "treaties/sky.toml: moon: unknown key 'serie'; did you mean 'series'?",
    ),
    "a wrong type": (
        "treaties/sky.toml",
        TREATIES.replace("1991-03-04", '"1991-03-04"'),
        "treaties/sky.toml: moon: opened has the wrong type; write a date such as 2025-09-29, without quotes",
    ),
    "a missing text": (
        "treaties/sky.toml",
        TREATIES.replace('short_name = "Moon Agreement"', ""),
        "treaties/sky.toml: moon: short_name is missing; add it",
    ),
    "an empty text": (
        "states/some.toml",
        STATES.replace('"Russia"\n', '" "\n'),
        "states/some.toml: RU: name is empty; fill it in or leave the key out",
    ),
    "a parent that does not exist": (
        "treaties/sky.toml",
        TREATIES.replace('parent = "moon"', 'parent = "mon"'),
        "treaties/sky.toml: tide: unknown treaty 'mon'; did you mean 'moon'?",
    ),
    "a lookalike that does not exist": (
        "treaties/sky.toml",
        TREATIES.replace("{ tide =", "{ tides ="),
        "treaties/sky.toml: moon lookalikes: unknown treaty 'tides'; did you mean 'tide'?",
    ),
    "an empty pattern": (
        "words/en.toml",
        WORDS.replace('"quit"', '""'),
        "words/en.toml: leave: verb has an empty pattern;",
    ),
    "a regular expression for a pattern": (
        "words/en.toml",
        WORDS.replace('"quit"', '"quit(s)"'),
        "words/en.toml: leave: verb has the pattern 'quit(s)' is malformed;",
    ),
    "a pattern that ends in a gap": (
        "words/en.toml",
        WORDS.replace("pull ... out", "pull ..."),
        "words/en.toml: leave: verb has the pattern 'pull ...' is malformed;",
    ),
    "a pattern that ends in a gap before another": (
        "words/en.toml",
        WORDS.replace('"quit", "pull ... out"', '"pull ...", "quit"'),
        "words/en.toml: leave: verb has the pattern 'pull ...' is malformed;",
    ),
    "a list that is a text": (
        "words/en.toml",
        WORDS.replace('["exit"]', '"exit"'),
        "words/en.toml: leave: noun has the wrong type; write a list of patterns",
    ),
    "a pattern that is a number": (
        "states/some.toml",
        STATES.replace('["Moscow", "Kremlin"]', '["Moscow", 7]'),
        "states/some.toml: RU seats: en has 7 is no text;",
    ),
    "a pattern that can never match": (
        "words/en.toml",
        WORDS.replace('"quit"', '"de\u0301noncer"'),
        "is not in Unicode's composed form (NFC) and would never match",
    ),
    "a period that is none": (
        "treaties/sky.toml",
        TREATIES.replace("P12M", "12 months"),
        "treaties/sky.toml: moon clause: notice is '12 months'; write an ISO 8601 period, such as P12M",
    ),
    "a language that is none": (
        "treaties/sky.toml",
        TREATIES.replace("\nru = [", "\nRussian = ["),
        "treaties/sky.toml: moon aliases: Russian is no language code;",
    ),
    "a state code that is none": (
        "states/some.toml",
        STATES.replace("[FR]", "[fra]").replace('"FR"', '"fra"'),
        "states/some.toml: fra: code is 'fra'; use two capital letters",
    ),
    "a member that does not exist": (
        "states/some.toml",
        STATES.replace('["RU", "FR"]', '["RU", "FX"]'),
        "states/some.toml: x-pair: unknown state 'FX';",
    ),
    "a state with members": (
        "states/some.toml",
        STATES.replace('name = "France"', 'name = "France"\nmembers = ["RU"]'),
        "states/some.toml: FR: members and the code do not fit;",
    ),
    "generated names of no state": (
        "states/generated/uk.toml",
        'language = "uk"\n[names]\nFX = ["Фікс"]\n',
        "states/generated/uk.toml: names name the unknown state 'FX'; run `make knowledge` again",
    ),
    "generated names of no language": (
        "states/generated/uk.toml",
        'language = "Ukrainian"\n',
        "states/generated/uk.toml: language is 'Ukrainian'; write two or three small letters, such as en",
    ),
    "a generated pattern that is malformed": (
        "states/generated/uk.toml",
        'language = "uk"\n[seats]\nFR = ["Париж", "Париж("]\n',
        "states/generated/uk.toml: seats: FR has the pattern 'Париж(' is malformed;",
    ),
    "a role that is none": (
        "institutions/some.toml",
        INSTITUTIONS.replace("RU.lower_house", "RU.lower_hous"),
        "institutions/some.toml: RU: lower_hous is no known role; did you mean 'lower_house'?",
    ),
    "institutions of no state": (
        "institutions/some.toml",
        INSTITUTIONS.replace("RU.", "RX."),
        "institutions/some.toml: RX: unknown state 'RX';",
    ),
    "a person without dates": (
        "institutions/some.toml",
        INSTITUTIONS.replace("since = 2020-01-16", ""),
        "institutions/some.toml: RU people 1: since is missing;",
    ),
    "a stage rule for no stage": (
        "stages.toml",
        RULES.replace('"announced"', '"anounced"'),
        "stages.toml: rule 2: stage has the unknown value 'anounced'; did you mean 'announced'?",
    ),
    "an event of no stage": (
        "known_events/some.toml",
        EVENTS.replace('stage = "announced"', 'stage = "announce"'),
        "(ru-moon-announced-2024-05): stage has the unknown value 'announce'; did you mean 'announced'?",
    ),
    "an event on no day": (
        "known_events/some.toml",
        EVENTS.replace('date = "2024-05"', 'date = "2024-13"'),
        """date is '2024-13'; write "2025-09-29", "2025-09" or "2025\"""",
    ),
    "an id that does not tell the event": (
        "known_events/some.toml",
        EVENTS.replace("ru-moon-announced-2024-05", "moon-1"),
        "name it after state, treaty, stage and date: 'ru-moon-announced-2024-05'; an id given earlier stays: ",
    ),
    "a fact of no kind": (
        "known_events/some.toml",
        EVENTS.replace('"joined"', '"join"'),
        "known_events/some.toml: case 1 (RU–moon) fact 1: kind has the unknown value 'join'; did you mean 'joined'?",
    ),
    "an address that is none": (
        "known_events/some.toml",
        EVENTS.replace("https://lighthouse.example/1", "lighthouse.example/1"),
        "source 1: url is 'lighthouse.example/1'; write an address that begins with https:// or http://",
    ),
    "a case of no state": (
        "known_events/some.toml",
        EVENTS.replace('"RU"', '"RUS"').replace("ru-moon", "rus-moon"),
        "known_events/some.toml: case 1 (RUS–moon): unknown state 'RUS';",
    ),
    "a case of no treaty": (
        "known_events/some.toml",
        EVENTS.replace('"moon"', '"moo"').replace("ru-moon", "ru-moo"),
        "known_events/some.toml: case 1 (RU–moo): unknown treaty 'moo'; did you mean 'moon'?",
    ),
    "a fault of grammar": (
        "words/en.toml",
        'language = "en"\n[leave\n',
        "words/en.toml: is not valid TOML: line 2, column 7:",
    ),
    "a file that breaks off": (
        "words/en.toml",
        'language = "en"\n[leave]\nverb =',
        "words/en.toml: is not valid TOML: line 3, column 7:",
    ),
    "the same treaty in two files": (
        "treaties/more.toml",
        '[tide]\nname = "T"\nshort_name = "T"\n',
        "treaties/sky.toml: tide: the treaty 'tide' is already in {root}/treaties/more.toml; keep one of the two",
    ),
    "the same case twice": (
        "known_events/some.toml",
        EVENTS + '\n[[case]]\nstate = "RU"\ntreaty = "moon"\n',
        "keep one of the two",
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_says_where_it_is_and_what_to_do(name: str, sample: Path) -> None:
    file, text, expected = FAULTY[name]
    written(sample, {file: text})
    faults = faults_of(sample)
    assert len(faults) == 1, faults
    assert expected.replace("{root}", str(sample)) in faults[0]


def test_an_event_without_a_source_is_refused(sample: Path) -> None:
    case = '[[case]]\nstate = "RU"\ntreaty = "moon"\n'
    event = '[[case.event]]\nid = "ru-moon-announced-2024"\nstage = "announced"\ndate = "2024"\n'
    written(sample, {"known_events/some.toml": case + event})
    (fault,) = faults_of(sample)
    assert "source is missing; name at least one source that tells of the event" in fault


def test_every_fault_of_every_file_is_told(sample: Path) -> None:
    written(
        sample,
        {
            "treaties/sky.toml": TREATIES.replace("series =", "serie =").replace("P12M", "soon"),
            "words/en.toml": WORDS.replace('"quit"', '"|"'),
        },
    )
    assert len(faults_of(sample)) == 3


def test_bytes_that_are_no_text_are_a_fault(sample: Path) -> None:
    (sample / "words" / "en.toml").write_bytes(b'language = "\xff"')
    (fault,) = faults_of(sample)
    assert "is not UTF-8 text: byte 12 is wrong" in fault


def overlaid(sample: Path, tmp_path: Path, files: dict[str, str]) -> Knowledge:
    return load(root=sample, overlay=written(tmp_path / "own", files))


def test_an_overlay_adds_records_and_replaces_those_of_the_same_name(sample: Path, tmp_path: Path) -> None:
    own = '[tide]\nname = "Tide Treaty"\nshort_name = "Tide"\n[star]\nname = "Star Pact"\nshort_name = "Star"\n'
    knowledge = overlaid(sample, tmp_path, {"treaties/own.toml": own})
    assert set(knowledge.treaties) == {"moon", "tide", "star"}
    assert knowledge.treaties["tide"].short_name == "Tide"


GENERATED = """
language = "fr"
[names]
FR = ["Républiq. française"]
[seats]
FR = ["Paris"]
RU = ["Moscou"]
"""


def test_generated_names_are_added_to_those_written_by_hand(sample: Path) -> None:
    written(sample, {"states/generated/fr.toml": GENERATED})
    states = load(root=sample).states
    assert states["FR"].names == {"fr": ("France", "Républiq. française")}
    assert states["FR"].seats == {"fr": ("Paris",)}
    assert states["RU"].seats == {"en": ("Moscow", "Kremlin"), "fr": ("Moscou",)}
    assert load(root=sample, generated=False).states["RU"].seats == {"en": ("Moscow", "Kremlin")}


def test_an_overlays_state_replaces_generated_names_too(sample: Path, tmp_path: Path) -> None:
    written(sample, {"states/generated/fr.toml": GENERATED})
    own = '[FR]\nname = "France"\nnames = { fr = ["Gaule"] }\n'
    states = overlaid(sample, tmp_path, {"states/own.toml": own, "states/generated/fr.toml": "nonsense"}).states
    assert states["FR"].names == {"fr": ("Gaule",)}
    assert states["FR"].seats == {}


def test_an_overlay_replaces_single_keys_of_a_language(sample: Path, tmp_path: Path) -> None:
    words = 'language = "en"\n[leave]\nnoun = ["departure"]\n'
    leave = overlaid(sample, tmp_path, {"words/en.toml": words}).words["en"].sections["leave"]
    assert leave == {"verb": ("quit", "pull ... out"), "noun": ("departure",)}


def test_an_overlay_replaces_the_stage_rules_as_a_whole(sample: Path, tmp_path: Path) -> None:
    rules = overlaid(sample, tmp_path, {"stages.toml": '[[rule]]\nstage = "rejected"\n'}).stage_rules
    assert [rule.stage for rule in rules] == [Stage.REJECTED]


def test_an_overlay_adds_events_to_a_known_case(sample: Path, tmp_path: Path) -> None:
    own = """
[[case]]
state = "RU"
treaty = "moon"
[[case.event]]
id = "ru-moon-announced-2024-05"
stage = "announced"
date = "2024-05"
note = "Put right."
[[case.event.source]]
outlet = "Our desk"
[[case.event]]
id = "ru-moon-bill_submitted-2024-06-01"
stage = "bill_submitted"
date = "2024-06-01"
[[case.event.source]]
outlet = "Our desk"
"""
    (case,) = overlaid(sample, tmp_path, {"known_events/own.toml": own}).known
    assert [str(event.when) for event in case.events] == ["2023", "2024-05", "2024-06-01", "None"]
    assert case.events[1].note == "Put right."
    assert len(case.facts) == 1


def test_an_overlay_that_is_no_folder_is_a_fault(sample: Path, tmp_path: Path) -> None:
    (fault,) = faults_of(sample, overlay=tmp_path / "nowhere")
    assert "is no folder; correct the path" in fault


def test_the_shipped_knowledge_is_sound_and_loads_quickly() -> None:
    started = time.process_time()
    knowledge = load()
    # Half a second is the budget; twice that here, because a test machine may be slow.
    assert time.process_time() - started < 1
    assert knowledge.stage_rules


def test_every_shipped_pattern_compiles() -> None:
    knowledge = load()
    by_language = [names for treaty in knowledge.treaties.values() for names in (treaty.aliases, treaty.shared)]
    by_language += [names for s in knowledge.states.values() for names in (s.names, s.adjectives, s.seats)]
    by_language += [keys for words in knowledge.words.values() for keys in words.sections.values()]
    for patterns in (each for names in by_language for each in names.values()):
        for pattern in patterns:
            assert compile_pattern(pattern).places
