"""Exports: valid for the programs that read them, the same facts in each, and stable from one to the next."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import feedparser
import jsonschema
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from lxml import etree

from bot.exports.asked import Export, Exported, gather
from bot.exports.atom import as_atom
from bot.exports.ics import as_ics
from bot.exports.tables import COLUMNS, as_csv, as_json, schema
from config.known import read_known, write_known
from store import events
from store.database import Database, StoreError
from store.events import Recorded
from treaties.model import Case, Event, Fact, FactKind, Precision, Source, When
from treaties.registry import Clause, Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection
    from tests.bot.program import Run

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
CLAUSE = Clause(rule="from_notification", article="Article 20", text="Six months after receipt.", notice="P6M")
KNOWLEDGE = Knowledge(
    treaties={
        "ottawa": Treaty(
            id="ottawa",
            name="Mine Ban Convention",
            short_name="Mine Ban Treaty",
            series="No. 35597",
            aliases={},
            in_force=date(1999, 3, 1),
            clause=CLAUSE,
        )
    },
    states={"LV": State("LV", "Latvia", {}), "FI": State("FI", "Finland", {})},
    institutions=(),
    words={},
    stage_rules=(),
    known=(Case("FI", "ottawa", facts=(Fact(FactKind.PARTY, "A party.", None, (Source("Register"),)),)),),
)
ATOM = "{http://www.w3.org/2005/Atom}"


def when(day: str) -> When:
    return When(date.fromisoformat(day))


def event(stage: Stage, day: str, *sources: Source) -> Event:
    name = f"lv-ottawa-{stage}-{day}"
    return Event(name, "LV", "ottawa", stage, when(day), sources or (Source("Wire", url="https://wire.example/1"),))


NOTIFIED = event(
    Stage.NOTIFIED_DEPOSITARY,
    "2026-02-27",
    Source("Wire", url="https://wire.example/2?a=1&b=<2>", says=when("2026-02-27")),
    Source("Курьер, север", says=when("2026-02-26")),
    Source("United Nations", url="https://un.example/cn", official=True),
)
PASSED = event(Stage.PARLIAMENT_PASSED, "2025-04-16")


def export(conn: Connection, now: datetime = NOW) -> Export:
    return gather(conn, KNOWLEDGE, now)


@pytest.fixture
def known(database: Database) -> Database:
    """A store that knows a case of two steps."""
    with database.transaction() as conn:
        for one in (PASSED, NOTIFIED):
            events.add_event(conn, one, NOW)
    return database


def test_json_is_what_its_schema_says(known: Database) -> None:
    with known.reading() as conn:
        document = json.loads(as_json(export(conn)))
    checker = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
    checker.check_schema(schema())
    assert list(checker.iter_errors(document)) == []
    finland, latvia = document["cases"]
    assert finland["facts"][0]["kind"] == "party"
    assert latvia["takes_effect"] == {
        "date": "2026-08-27",
        "basis": "notified",
        "article": "Article 20",
        "certain": True,
    }
    assert latvia["events"][1]["told_dates"] == ["2026-02-26", "2026-02-27"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.update(version=2),
        lambda document: document["cases"][0].pop("state"),
        lambda document: document["cases"][1]["events"][0].update(stage="left"),
        lambda document: document["cases"][1]["events"][0].update(date="16 April"),
        lambda document: document.update(more=1),
    ],
    ids=["version", "state", "stage", "date", "more"],
)
def test_the_schema_refuses_what_is_none(known: Database, spoil: Any) -> None:
    with known.reading() as conn:
        document = json.loads(as_json(export(conn)))
    spoil(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema(), cls=jsonschema.Draft202012Validator)


def test_csv_has_a_row_for_every_event(known: Database) -> None:
    with known.reading() as conn:
        head, *rows = list(csv.reader(io.StringIO(as_csv(export(conn)), newline="")))
    assert tuple(head) == COLUMNS
    assert [dict(zip(head, row, strict=True))["stage"] for row in rows] == ["parliament_passed", "notified_depositary"]
    assert rows[1][:9] == [
        "LV",
        "Latvia",
        "ottawa",
        "Mine Ban Treaty",
        "notified_depositary",
        "2026-02-27",
        "yes",
        "3",
        "3",
    ]


@pytest.mark.parametrize("outlet", ["=1+1", "+49", "-x", "@SUM(A1)"])
def test_a_spreadsheet_runs_nothing(database: Database, outlet: str) -> None:
    with database.transaction() as conn:
        events.add_event(conn, replace(PASSED, sources=(Source(outlet),)), NOW)
        _, row = list(csv.reader(io.StringIO(as_csv(export(conn)), newline="")))[:2]
    assert f"'{outlet}" in row


def calendar(conn: Connection, now: datetime = NOW) -> list[Any]:
    """The entries, as two parsers of others read them alike."""
    text = as_ics(conn, export(conn, now))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    strict = vobject.readOne(text)
    entries = list(Calendar.from_ical(text).walk("VEVENT"))
    assert len(getattr(strict, "vevent_list", [])) == len(entries)
    for one in getattr(strict, "vevent_list", []):
        one.validate(raiseException=True)
    return entries


def test_the_calendar_has_the_day_of_effect(known: Database) -> None:
    with known.transaction() as conn:
        (entry,) = calendar(conn)
    assert entry["UID"] == "effect-lv-ottawa@treatywatch.invalid"
    assert (entry.decoded("DTSTART"), entry.decoded("DTEND")) == (date(2026, 8, 27), date(2026, 8, 28))
    assert (entry["STATUS"], entry["SEQUENCE"], entry["TRANSP"]) == ("CONFIRMED", 0, "TRANSPARENT")
    assert entry["SUMMARY"] == "Latvia – Mine Ban Treaty (No. 35597): takes effect"
    assert entry["DESCRIPTION"].startswith("Article 20\nSix months after receipt.")
    assert entry["URL"] == "https://wire.example/2?a=1&b=%3C2%3E"


def test_an_entry_that_changes_is_the_same_with_a_higher_sequence(known: Database) -> None:
    with known.transaction() as conn:
        first = calendar(conn)[0]
        again = calendar(conn, LATER)[0]
        events.prefer(conn, NOTIFIED.id, when("2026-03-01"), LATER)
        moved = calendar(conn, LATER)[0]
    assert first == again
    assert (moved["UID"], moved["SEQUENCE"], moved.decoded("DTSTART")) == (first["UID"], 1, date(2026, 9, 1))
    assert moved.decoded("DTSTAMP") == LATER


def test_an_exit_that_is_taken_back_is_cancelled_and_one_that_comes_again_stands_again(known: Database) -> None:
    with known.transaction() as conn:
        calendar(conn)
        rescinded = events.add_event(conn, event(Stage.RESCINDED, "2026-03-05"), LATER)
        gone = calendar(conn, LATER)[0]
        events.dismiss(conn, rescinded.id, LATER)
        back = calendar(conn, LATER)[0]
    assert (gone["STATUS"], gone["SEQUENCE"]) == ("CANCELLED", 1)
    assert (back["STATUS"], back["SEQUENCE"]) == ("CONFIRMED", 2)


def test_a_day_that_is_only_the_earliest_is_tentative(database: Database) -> None:
    month = When(date(2026, 2, 1), Precision.MONTH)
    with database.transaction() as conn:
        events.add_event(conn, replace(NOTIFIED, when=month, sources=()), NOW)
        (entry,) = calendar(conn)
    assert entry["STATUS"] == "TENTATIVE"
    assert "earliest day" in entry["SUMMARY"]


def test_what_took_effect_stays_on_its_day(known: Database) -> None:
    with known.transaction() as conn:
        events.add_event(conn, event(Stage.IN_EFFECT, "2026-08-28"), LATER)
        (entry,) = calendar(conn, LATER)
    assert entry.decoded("DTSTART") == date(2026, 8, 28)


def test_a_case_without_a_notification_stands_in_no_calendar(database: Database) -> None:
    with database.transaction() as conn:
        events.add_event(conn, PASSED, NOW)
        assert calendar(conn) == []


GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))


def check_atom(text: str) -> ET.Element:
    """What RFC 4287, section 4, demands of a feed and its entries."""
    GRAMMAR.assertValid(etree.fromstring(text.encode()))
    feed = ET.fromstring(text)  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    for parent in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = parent.findall(f"{ATOM}{name}")
            assert found.text
        for name in ("updated", "published"):
            for found in parent.findall(f"{ATOM}{name}"):
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.text or "")
        links = [(link.get("rel"), link.get("href", "")) for link in parent.findall(f"{ATOM}link")]
        assert all(address.startswith(("https://", "http://")) for _, address in links)
        assert len([rel for rel, _ in links if rel == "alternate"]) <= 1
        assert links or parent.find(f"{ATOM}content") is not None or parent is feed
    ids = [found.text for found in feed.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    return feed


def test_atom_has_an_entry_for_every_event_the_latest_first(known: Database) -> None:
    with known.reading() as conn:
        text = as_atom(export(conn), "https://bot.example/atom.xml")
    check_atom(text)
    read = feedparser.parse(text)
    assert not read.bozo
    assert [entry.title for entry in read.entries] == [
        "Latvia – Mine Ban Treaty (No. 35597): depositary notified, 27 February 2026",
        "Latvia – Mine Ban Treaty (No. 35597): passed by parliament, 16 April 2025",
    ]
    links = [(link.rel, link.href) for link in read.entries[0].links]
    assert links == [("alternate", "https://wire.example/2?a=1&b=%3C2%3E"), ("via", "https://un.example/cn")]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//x.example", "https://"])
def test_no_export_links_to_anything_but_the_web(tmp_path: Path, database: Database, address: str) -> None:
    with database.transaction() as conn:
        events.add_event(conn, replace(NOTIFIED, sources=(Source("Wire", url=address),)), NOW)
        made = export(conn)
        assert address not in as_atom(made)
        assert address not in as_csv(made)
        assert "URL" not in calendar(conn)[0]
    file = tmp_path / "known.toml"
    file.write_text(write_known(one.case for one in made.cases), encoding="utf-8")
    assert read_known(file, KNOWLEDGE)[1].events[0].sources == (Source("Wire"),)


def test_atom_entries_keep_their_ids_and_tell_when_they_changed(known: Database) -> None:
    with known.transaction() as conn:
        before = feedparser.parse(as_atom(export(conn)))
        events.add_source(conn, PASSED.id, Source("Another", url="https://another.example/1"), LATER)
        after = feedparser.parse(as_atom(export(conn, LATER)))
    assert [one.id for one in before.entries] == [one.id for one in after.entries]
    assert before.entries[1].updated != after.entries[1].updated == "2026-03-11T09:30:00Z"
    assert after.feed.updated == "2026-03-11T09:30:00Z"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("<updated>2026-03-10T09:30:00Z</updated>", ""),
        ("<updated>2026-03-10T09:30:00Z</updated>", "<updated>10 March</updated>"),
        ('rel="alternate"', 'rel=""'),
        ("<title>", '<title type="markdown">'),
        ("<entry>", "<item>"),
    ],
)
def test_the_grammar_refuses_what_is_no_feed(known: Database, good: str, bad: str) -> None:
    with known.reading() as conn:
        text = as_atom(export(conn))
    assert good in text
    spoilt = text.replace(good, bad).replace("</entry>", "</item>" if bad == "<item>" else "</entry>")
    assert not GRAMMAR.validate(etree.fromstring(spoilt.encode()))


def test_atom_of_nothing_is_a_feed(database: Database) -> None:
    with database.reading() as conn:
        check_atom(as_atom(export(conn)))


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_exported(outlet: str, note: str) -> None:
    one = replace(PASSED, note=note, sources=(Source(outlet, url=f"https://x.example/{note}", note=note),))
    case = Case("LV", "ottawa", (one,))
    made = Export((Exported(case, None),), (Recorded(one, NOW, NOW),), NOW, KNOWLEDGE)
    check_atom(as_atom(made))
    json.loads(as_json(made))
    assert len(list(csv.reader(io.StringIO(as_csv(made), newline="")))) == 2


def test_the_known_events_come_back_from_their_file_as_they_were(tmp_path: Path, known: Database) -> None:
    file = tmp_path / "known.toml"
    with known.transaction() as conn:
        events.restage(conn, PASSED.id, Stage.UPPER_HOUSE_PASSED)
        cases = tuple(one.case for one in export(conn).cases)
    file.write_text(write_known(cases), encoding="utf-8")
    read = read_known(file, KNOWLEDGE)
    assert read == cases
    assert write_known(read) == file.read_text(encoding="utf-8")


def test_a_reviewed_file_is_taken_over(database: Database) -> None:
    with database.transaction() as conn:
        events.add_event(conn, PASSED, NOW)
        changed = replace(PASSED, stage=Stage.UPPER_HOUSE_PASSED, sources=(Source("Minutes"),))
        case = Case("LV", "ottawa", (changed, NOTIFIED))
        assert events.adopt(conn, [case], LATER) == (1, 1)
        assert events.adopt(conn, [case], LATER) == (0, 0)
        first, second = events.case(conn, "LV", "ottawa").events
        assert (first.stage, [source.outlet for source in first.sources]) == (
            Stage.UPPER_HOUSE_PASSED,
            ["Wire", "Minutes"],
        )
        assert second == NOTIFIED
        with pytest.raises(StoreError, match="already names an event of LV–ottawa"):
            events.adopt(conn, [Case("FI", "ottawa", (replace(PASSED, state="FI"),))], LATER)


@pytest.mark.parametrize("form", ["json", "csv", "ics", "atom"])
def test_the_command_prints_or_writes(run: Run, tmp_path: Path, form: str) -> None:
    code, printed, err = run("export", "--format", form)
    assert (code, err) == (0, "")
    assert run("export", "--format", form, "-o", "out")[1] == "written to out\n"
    assert (tmp_path / "out").read_bytes().decode() == printed


def test_the_known_set_goes_out_and_in_again(run: Run) -> None:
    assert run("known", "export", "-o", "known.toml") == (0, "written to known.toml\n", "")
    assert run("known", "import", "known.toml") == (0, "0 events added, 0 changed\n", "")


def test_a_faulty_file_is_refused_with_its_faults(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('[[case]]\nstate = "RU"\ntreaty = "ecptt"\n[[case.event]]\nid = "x"\n', "utf-8")
    code, out, err = run("known", "import", "bad.toml")
    assert (code, out) == (1, "")
    assert "bad.toml: case 1 (RU–ecptt): unknown treaty 'ecptt'; did you mean 'ecpt'?" in err
    assert run("known", "import", "nowhere.toml")[0] == 1
