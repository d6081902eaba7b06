"""The stories as whole replays: exactly the expected alerts, reminders and digests, and pictures that tell the case.

Besides what tests/test_stories.py tells of `tests/stories/<name>.toml`, it holds `[[reminder]]`, one for each exit that
is counted down: `state`, `treaty`, the `day` on which it takes effect, and on which `days` before people are reminded;
`confirmed = true` where a curator presses on the day that it is in effect, before any report says so: then no alert
follows. `[[digest]]` is one weekly digest, by the Monday `on` which it comes, with the ids of the developments that it
tells (`new` of cases that were not known before, `steps` of others), the `talk` by case, and what is `disputed` since;
every other week is empty. `[[question]]` is one that reviewers are asked `on` a day; `dismissed = true` where one of
them dismisses it. `[[picture]]` is a timeline as drawn `on` a day, with texts that it `tells` from the top down.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import pytest

from bot.pictures.timeline import timeline_svg
from bot.speech import Speech
from bot.wiring.ready import loaded
from bot.wiring.rules import pipeline_over
from bot.wording import case_title, stage_words
from config.knowledge import load
from store.database import Database
from tests.replaying import DESK, PUBLIC, Decided, Replay
from tests.test_stories import HERE, NAMES, compared, story_of
from treaties.digest import AHEAD
from treaties.model import Label
from treaties.projection import project_case
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from tests.replaying import ByDay
    from tests.test_stories import Story
    from treaties.digest import Digest
    from treaties.model import When

ENGLISH: Final = Speech("en", load())
AFTER: Final = timedelta(days=35)
"""How long the bot runs on after the last report."""


@dataclass(frozen=True, slots=True)
class Lived:
    """A story, what its file expects besides alerts, and how it went."""

    story: Story
    expected: dict[str, Any]
    replay: Replay


@pytest.fixture(scope="module", params=NAMES)
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    expected = tomllib.loads((HERE / f"{request.param}.toml").read_text(encoding="utf-8"))
    story = story_of(request.param)
    with Database(f"sqlite:///{tmp_path_factory.mktemp('replay')}/store.db") as database:
        database.upgrade()
        knowledge, reader = loaded()
        replay = Replay(database, knowledge, pipeline_over(database, reader, knowledge, known=()))
        decided = Decided(
            in_effect=by_day(expected.get("reminder", ()), "day", only="confirmed"),
            dismissed=frozenset(by_day(expected.get("question", ()), "on", only="dismissed")),
        )
        pictures = by_day(expected["picture"], "on")
        replay.run([told.report for told in story.told], decided, pictures, AFTER)
        yield Lived(story, expected, replay)


def by_day(tables: Iterable[dict[str, Any]], key: str, *, only: str | None = None) -> ByDay:
    """The cases of some tables by a day of theirs."""
    found: defaultdict[date, list[tuple[str, str]]] = defaultdict(list)
    for table in tables:
        if only is None or table.get(only):
            found[table[key]].append((table["state"], table["treaty"]))
    return found


def confirmed_by_hand(lived: Lived) -> frozenset[str]:
    """The developments of which curators know before any report does."""
    done = {(one["state"], one["treaty"]) for one in lived.expected.get("reminder", ()) if one.get("confirmed")}
    return frozenset(
        one.id for one in lived.story.expected if (one.state, one.treaty) in done and one.stages[0] is Stage.IN_EFFECT
    )


def name_of(lived: Lived, state: str, treaty: str, stage: Stage, when: When | None) -> str:
    """What the story calls a development; its state and stage where it knows none."""
    near = [one for one in lived.story.expected if (one.state, one.treaty) == (state, treaty) and stage in one.stages]
    away = {one.id: min(abs(when.day - day).days for day in one.days) if when else 0 for one in near}
    return min(away, key=lambda one: away[one], default=f"{state} {stage}")


def test_alerts_end_up_with_the_right_step_and_day(lived: Lived) -> None:
    found = compared(lived.story, lived.story.told, lived.replay.alerts(), but=confirmed_by_hand(lived))
    assert found == []


def test_every_exit_is_counted_down_once_and_curators_are_asked_on_its_day(lived: Lived) -> None:
    tables = lived.expected.get("reminder", ())
    due = sorted(
        (PUBLIC, one["day"] - timedelta(days=left), f"reminder:{one['state']}:{one['treaty']}:{one['day']}:{left}")
        for one in tables
        for left in one["days"]
    )
    due += sorted((DESK, one["day"], f"reminder:{one['state']}:{one['treaty']}:{one['day']}:0") for one in tables)
    told = [(one.channel, one.on, one.key) for one in lived.replay.said if one.kind == "reminder"]
    assert sorted(told) == sorted(due)


def test_reviewers_are_asked_only_what_is_unsure(lived: Lived) -> None:
    tables = lived.expected.get("question", ())
    due = [(one["on"], case_of(one), stage_words(Stage(one["stage"]), ENGLISH)) for one in tables]
    asked = [one for one in lived.replay.said if one.kind == "review"]
    assert [one.channel for one in asked] == [DESK] * len(due)
    for (on, case, step), one in zip(due, asked, strict=True):
        assert (one.on, case in one.message.headline, step in one.message.headline) == (on, True, True)


def case_of(table: dict[str, Any]) -> str:
    return f"{ENGLISH.state(table['state'])} – {ENGLISH.treaty(table['treaty'])}"


def test_there_is_one_digest_for_every_week(lived: Lived) -> None:
    days = sorted(lived.replay.digests())
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=7)}
    assert {day.weekday() for day in days} == {0}
    sent = [one for one in lived.replay.said if one.kind == "digest"]
    assert [(one.channel, one.on) for one in sent] == [(PUBLIC, day) for day in days]


def test_digests_tell_what_happened_in_their_week_and_the_others_that_nothing_did(lived: Lived) -> None:
    due = {one["on"]: {**NOTHING, **one} for one in lived.expected["digest"]}
    told = {on: headlines(lived, on, digest) for on, digest in lived.replay.digests().items() if not digest.is_empty}
    assert told == due


NOTHING: Final[dict[str, Any]] = {"new": [], "steps": [], "talk": [], "disputed": []}


def headlines(lived: Lived, on: date, digest: Digest) -> dict[str, Any]:
    """What a digest tells, as the story's file says it."""
    told = [(one.opens, name_of(lived, *one.case, one.stage, one.when)) for one in digest.developments]
    talk = [
        f"{one.state} {one.treaty}: "
        + ", ".join(f"{n} {label}{'s' if n > 1 and label is Label.REACTION else ''}" for label, n in one.counts)
        for one in digest.talk
    ]
    disputed = [name_of(lived, one.state, one.treaty, one.stage, one.dates[0][0]) for one in digest.disputes]
    return {
        "on": on,
        "new": [name for opens, name in told if opens],
        "steps": [name for opens, name in told if not opens],
        "talk": talk,
        "disputed": disputed,
    }


def test_what_the_channel_was_alerted_to_is_marked(lived: Lived) -> None:
    unmarked = [
        name_of(lived, *one.case, one.stage, one.when)
        for digest in lived.replay.digests().values()
        for one in digest.developments
        if not one.alerted
    ]
    assert sorted(unmarked) == sorted(confirmed_by_hand(lived))


def test_digests_tell_of_every_exit_for_ninety_days_before_it(lived: Lived) -> None:
    exits = [(one["state"], one["treaty"], one["day"]) for one in lived.expected.get("reminder", ())]
    for on, digest in lived.replay.digests().items():
        due = {one for one in exits if 0 <= (one[2] - on).days <= AHEAD}
        assert {(one.state, one.treaty, one.day) for one in digest.coming if one.sure} == due
        assert all(one.sure for one in digest.coming)


def test_pictures_tell_the_case_as_it_stood(lived: Lived) -> None:
    for one in lived.expected["picture"]:
        case = lived.replay.seen[one["on"], one["state"], one["treaty"]]
        projection = project_case(case, lived.replay.knowledge.treaties, one["on"])
        title = case_title(case.state, case.treaty, ENGLISH)
        svg = ET.fromstring(timeline_svg(case, title, ENGLISH, one["on"], projection))  # noqa: S314 - our own drawing
        shown = " ".join("".join(text.itertext()) for text in svg.iter("{http://www.w3.org/2000/svg}text"))
        at = 0
        for words in one["tells"]:
            assert words in shown[at:], f"{one['on']} {title}: {words!r} does not follow {shown[:at]!r}"
            at = shown.index(words, at) + len(words)
