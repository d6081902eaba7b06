from __future__ import annotations

import json
from datetime import date

from bot.knowledge_questions import ambiguities, stats
from treaties.registry import Clause, Institution, Knowledge, State, Treaty, Words

READ = Clause("Article 1", "immediate", source="https://law.example/1")
RECALLED = Clause("Article 2", "immediate")


def knowledge(*parts: Treaty | State | Institution | Words) -> Knowledge:
    return Knowledge(
        treaties={each.id: each for each in parts if isinstance(each, Treaty)},
        states={each.code: each for each in parts if isinstance(each, State)},
        institutions=tuple(each for each in parts if isinstance(each, Institution)),
        words={each.language: each for each in parts if isinstance(each, Words)},
        stage_rules=(),
    )


def treaty(name: str, *aliases: str, shared: tuple[str, ...] = ()) -> Treaty:
    return Treaty(name, name, name, aliases={"en": aliases}, shared={"en": shared})


def state(code: str, *names: str, adjectives: tuple[str, ...] = (), seats: tuple[str, ...] = ()) -> State:
    return State(code, code, {"en": names}, {"en": adjectives}, {"en": seats})


SMALL = knowledge(
    Treaty("a", "A", "A", {"en": ("one", "two"), "fr": ("un",)}, {"en": ("three",)}, clause=READ),
    Treaty("b", "B", "B", {"ru": ("раз",)}, clause=RECALLED),
    Treaty("c", "C", "C", {}),
    State("LV", "Latvia", {"en": ("Latvia",)}, {"en": ("latvian",)}, {"fr": ("Riga",)}),
    State("x-all", "All", {"en": ("everybody",)}, members=("LV",)),
    Institution("parliament", "LV", ("saeima", "сейм"), languages={"en": ("saeima",), "ru": ("сейм",)}),
    Institution("parliament", None, ("parliament",), languages={"en": ("parliament",)}),
    Institution("head_of_state", "LV", ("X",), date(2020, 1, 1), languages={"en": ("X",)}),
    Words("en", {"leave": {"verb": ("leave", "quit")}, "detect": {"words": ("the",)}}),
)


def test_everything_is_counted() -> None:
    assert stats(SMALL).counts == {
        "treaties": 3,
        "clauses, verified": 1,
        "clauses, recalled": 1,
        "states and entities": 1,
        "groups": 1,
        "organs": 2,
        "persons in office": 1,
        "states with institutions": 1,
        "languages read": 1,
    }


def test_the_richest_language_comes_first() -> None:
    data = json.loads(json.dumps(stats(SMALL).json()))
    assert list(data["languages"]) == ["en", "fr", "ru"]
    assert data["languages"]["en"] == {"treaty_aliases": 3, "state_names": 3, "institution_patterns": 3, "words": 3}
    assert data["languages"]["ru"] == {"treaty_aliases": 1, "state_names": 0, "institution_patterns": 1, "words": 0}
    assert (data["clauses_verified"], data["persons_in_office"]) == (1, 1)


def test_the_counts_stand_in_columns() -> None:
    lines = stats(SMALL).lines()
    assert lines[0].split() == ["treaties", "3"]
    assert lines[-4:-2] == [
        "language  treaty aliases  state names  institution patterns  words",
        "en                     3            3                     3      3",
    ]


def test_a_pattern_that_names_two_treaties_is_told_with_both() -> None:
    found = ambiguities(knowledge(treaty("a", shared=("sea pact",)), treaty("b", "sea pact"), treaty("c", "sea")))
    assert [str(each) for each in found.treaties] == ["sea pact: a (shared), b (alias)"]
    assert found.states == ()


def test_choices_and_stems_that_meet_are_seen_from_both_sides() -> None:
    found = ambiguities(knowledge(treaty("a", "sea|ocean pact*"), treaty("b", "lake|ocean pactum")))
    assert [each.pattern for each in found.treaties] == ["lake|ocean pactum"]
    found = ambiguities(knowledge(treaty("a", "sea pact*"), treaty("b", "sea ... pacts")))
    assert [each.pattern for each in found.treaties] == ["sea ... pacts"]


def test_what_one_treaty_says_twice_is_not_ambiguous() -> None:
    one = Treaty("a", "A", "A", {"en": ("sea pact",), "fr": ("sea pact",)}, {"en": ("sea pact",)})
    assert ambiguities(knowledge(one)).treaties == ()


def test_a_capital_seat_and_an_organ_may_clash_with_another_state() -> None:
    parts = (
        state("NE", "Niger*"),
        state("NG", "Nigeria", adjectives=("nigerian",)),
        state("SS", "Juba", seats=("Cuba",)),
        state("CU", "Cuba"),
        Institution("parliament", "NG", ("nigerian",)),
    )
    assert [str(each) for each in ambiguities(knowledge(*parts)).states] == [
        "Cuba: CU (name), SS (seat)",
        "Nigeria: NE (name), NG (name)",
        "nigerian: NE (name), NG (adjective), NG (parliament)",
    ]


def test_two_persons_of_one_name_clash_only_while_both_are_in_office() -> None:
    first = Institution("head_of_state", "LV", ("Berg",), date(2020, 1, 1), date(2022, 1, 1))
    later = Institution("head_of_state", "EE", ("Berg",), date(2022, 1, 2))
    assert ambiguities(knowledge(first, later)).states == ()
    overlapping = Institution("head_of_government", "FI", ("Berg",), date(2021, 1, 1), date(2021, 6, 1))
    (found,) = ambiguities(knowledge(first, later, overlapping)).states
    assert str(found) == "Berg: FI (head_of_government), LV (head_of_state)"


def test_the_words_of_a_language_belong_to_no_state() -> None:
    generic = Institution("parliament", None, ("senate",))
    assert ambiguities(knowledge(generic, Institution("upper_house", "US", ("senate",)))).states == ()


def test_ambiguities_are_lines_and_data() -> None:
    found = ambiguities(knowledge(treaty("a", "sea pact"), treaty("b", shared=("sea pact",)), state("LV", "Latvia")))
    assert found.lines() == [
        "Every data file is valid.",
        "Patterns that name more than one treaty: 1",
        "  sea pact: a (alias), b (shared)",
        "Patterns that name more than one state: 0",
    ]
    shared_by = [{"id": "a", "as": "alias"}, {"id": "b", "as": "shared"}]
    assert found.json() == {"treaties": [{"pattern": "sea pact", "shared_by": shared_by}], "states": []}
