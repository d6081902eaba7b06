"""Why a report was read and judged as it was, for people and for programs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from bot.cli import main
from bot.questions import Questions, UnknownNameError
from store import events, reports, versions
from store.database import Database
from store.versions import Version
from treaties.model import Claim, Event, Label, Reading, Report, Role, Verdict, VerdictKind, When
from treaties.registry import Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.database import Connection

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
URL = "https://tide.example/1"
REPORT = Report("tide-1", "Saeima backs exit", "Deputies voted.", NOW, url=URL, outlet="Tide Table")
VOTED = When(date(2025, 9, 30))
VOTE = Claim(
    "LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTED, Role.NEWS, "backs exit", "parliament + backs", 0.9, dated=True
)
EVENT = Event("lv-vote", "LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTED)
KNOWLEDGE = Knowledge(
    {"ottawa": Treaty("ottawa", "Convention on Mines", "Mine Ban Treaty", {})},
    {"LV": State("LV", "Latvia", {})},
    (),
    {},
    (),
)


@pytest.fixture
def conn(sqlite_database: Database) -> Iterator[Connection]:
    with sqlite_database.transaction() as opened:
        events.add_event(opened, EVENT, NOW)
        yield opened


def store(conn: Connection, *judged: tuple[Claim, Verdict | None], report: Report = REPORT) -> None:
    row = reports.remember(conn, report, feed=None, now=NOW)
    assert row is not None
    claims = tuple(claim for claim, _ in judged)
    label = Label.DEVELOPMENT if claims else Label.NONE
    reports.save_reading(conn, row, Reading(report.id, label, "en", claims, "its title tells it"))
    for index, (_, verdict) in enumerate(judged):
        if verdict:
            reports.save_verdict(conn, row, index, verdict)


def lines(conn: Connection, name: str = "tide-1") -> list[str]:
    return Questions(KNOWLEDGE).why(conn, name).lines()


def test_a_report_is_told_with_its_reading_and_the_event_that_it_opened(conn: Connection) -> None:
    store(conn, (VOTE, Verdict(VerdictKind.NEW_CASE, "nothing is known of this case yet", "lv-vote")))
    assert lines(conn) == [
        "“Saeima backs exit”",
        "Tide Table, published 2025-10-01 09:30 +0000",
        URL,
        "Read as development (en): its title tells it",
        "● News: Latvia – Mine Ban Treaty: passed by parliament, 30 September 2025",
        "    Words: “backs exit”",
        "    Read so: parliament + backs (confidence 0.90)",
        "    New case: nothing is known of this case yet",
        "    Opened: lv-vote (passed by parliament, 30 September 2025)",
    ]


@pytest.mark.parametrize("name", ["tide-1", URL, f" {URL} "])
def test_a_report_is_named_by_its_id_or_its_address(conn: Connection, name: str) -> None:
    store(conn)
    assert lines(conn, name)[0] == "“Saeima backs exit”"


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (VerdictKind.KNOWN, "    Joined: lv-vote (passed by parliament, 30 September 2025)"),
        (VerdictKind.BACKGROUND, "    Recalls: lv-vote (passed by parliament, 30 September 2025)"),
        (VerdictKind.REVERSAL, "    Opened: lv-vote (passed by parliament, 30 September 2025)"),
    ],
)
def test_the_verdict_says_how_the_claim_stands_to_its_event(conn: Connection, kind: VerdictKind, line: str) -> None:
    store(conn, (VOTE, Verdict(kind, "so it is", "lv-vote")))
    assert lines(conn)[-1] == line


def test_a_claim_without_an_event_ends_with_its_verdict(conn: Connection) -> None:
    likely = replace(VOTE, stage=None, likely=Stage.ANNOUNCED, dated=False, effective=When(date(2026, 1, 1)))
    store(conn, (likely, Verdict(VerdictKind.UNSURE, "the reading is weak")))
    assert lines(conn)[4:] == [
        (
            "● News: Latvia – Mine Ban Treaty: a step that is not named, most likely announced, "
            "30 September 2025 (day of publication)"
        ),
        "    Words: “backs exit”",
        "    Read so: parliament + backs (confidence 0.90)",
        "    Said to take effect: 1 January 2026",
        "    Unsure: the reading is weak",
    ]


def test_what_was_not_judged_says_so(conn: Connection) -> None:
    store(conn, (replace(VOTE, stage=None, when=None), None))
    assert "no step named, day not given" in lines(conn)[4]
    assert lines(conn)[-1] == "    Not judged"


def test_a_report_of_nothing_says_so(conn: Connection) -> None:
    store(conn, report=Report("tide-1", "Rain"))
    assert lines(conn) == [
        "“Rain”",
        "unnamed outlet, no date given",
        "Read as none (en): its title tells it",
        "It tells of no exit.",
    ]


def test_a_report_that_was_set_aside_says_why(conn: Connection) -> None:
    row = reports.remember(conn, REPORT, feed=None, now=NOW)
    assert row is not None
    reports.set_aside(conn, row, "ValueError: bad rule")
    assert lines(conn)[-1] == "Set aside, the rules stumbled over it: ValueError: bad rule"


def test_a_report_that_was_edited_says_what_became_of_it(conn: Connection) -> None:
    store(conn)
    assert "edited" not in Questions(KNOWLEDGE).why(conn, "tide-1").json()
    later = datetime(2025, 10, 1, 11, 5, tzinfo=UTC)
    version = Version(1, 1, "Saeima puts exit off", "", later, ("0a",), 1, Label.NONE, "it has no leaving word")
    versions.save(conn, version)
    answer = Questions(KNOWLEDGE).why(conn, "tide-1")
    assert answer.lines()[4:6] == [
        "Edited once, last seen so on 2025-10-01 11:05 UTC: “Saeima puts exit off”",
        "    Read as none: it has no leaving word",
    ]
    assert answer.json()["edited"] == {
        "times": 1,
        "seen": "2025-10-01T11:05:00+00:00",
        "title": "Saeima puts exit off",
        "label": "none",
        "reason": "it has no leaving word",
    }
    versions.save(conn, replace(version, number=3, label=None))
    assert Questions(KNOWLEDGE).why(conn, "tide-1").lines()[4].startswith("Edited 3 times, last")


def test_an_unknown_report_is_answered_with_the_nearest(conn: Connection) -> None:
    store(conn)
    with pytest.raises(UnknownNameError, match=r"no report is called 'tide-2'; did you mean tide-1\?"):
        lines(conn, "tide-2")
    with pytest.raises(UnknownNameError, match=r"did you mean https://tide\.example/1\?"):
        lines(conn, "http://tide.example/1/")
    with pytest.raises(UnknownNameError, match=r"no report is called 'zzz'$"):
        lines(conn, "zzz")


def test_the_answer_is_data_too(conn: Connection) -> None:
    store(conn, (VOTE, Verdict(VerdictKind.KNOWN, "so it is", "lv-vote")), (replace(VOTE, when=None), None))
    told = json.loads(json.dumps(Questions(KNOWLEDGE).why(conn, "tide-1").json()))
    assert (told["id"], told["label"], told["lang"], told["seen"]) == (
        "tide-1",
        "development",
        "en",
        "2025-10-01T09:30:00+00:00",
    )
    first, second = told["claims"]
    assert (first["stage"], first["date"], first["verdict"], first["event"]) == (
        "parliament_passed",
        "2025-09-30",
        "known",
        "lv-vote",
    )
    assert (second["date"], second["verdict"], second["event"]) == (None, None, None)


def test_the_command_prints_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TREATYWATCH_DATABASE_URL", url)

    def call(*words: str) -> tuple[int | str | None, str, str]:
        monkeypatch.setattr(sys, "argv", ["treatywatch", "why", *words])
        with pytest.raises(SystemExit) as left:
            main()
        return (left.value.code, *capsys.readouterr())

    with Database(url) as database:
        database.upgrade()
        with database.transaction() as opened:
            store(opened)
    code, out, err = call("tide-1")
    assert (code or 0, out.splitlines()[0], err) == (0, "“Saeima backs exit”", "")
    assert json.loads(call("tide-1", "--json")[1])["id"] == "tide-1"
    assert call("tide-9") == (1, "", "treatywatch: no report is called 'tide-9'; did you mean tide-1?\n")
