"""The command line's tools for people who look after the known event set."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from bot.changes import changes_lines
from store import audit, channels, events, outbox, provisional, reports
from store.database import Database
from tests.bot.program import NOW
from treaties.alerts import alert_for, decode, encode
from treaties.changes import Changes, Moved, Relabelled
from treaties.model import Case, Event, Label, Reading, Report, VerdictKind, When
from treaties.registry import Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from tests.bot.program import Run


VOTE = Report(
    "vote",
    "Latvian parliament votes to quit Ottawa treaty",
    "The Saeima backed the bill on Wednesday.",
    datetime(2025, 4, 17, 9, tzinfo=UTC),
    lang="en",
    outlet="Tide Table",
)
KNOWLEDGE = Knowledge(
    {"ottawa": Treaty("ottawa", "Convention on Mines", "Mine Ban Treaty", {})},
    {"LV": State("LV", "Latvia", {})},
    (),
    {},
    (),
)


@pytest.fixture
def store(url: str) -> Database:
    database = Database(url)
    database.upgrade()
    return database


def event(name: str, stage: Stage = Stage.PARLIAMENT_PASSED, day: int = 16) -> Event:
    return Event(name, "LV", "ottawa", stage, When(date(2025, 4, day)))


def test_every_kind_of_change_has_a_line_of_its_own() -> None:
    changes = Changes(
        7,
        appearing=(event("new"),),
        vanishing=(event("old"),),
        changing=((event("a"), event("b", Stage.SIGNED_INTO_LAW, 17)),),
        moved=(Moved("r1", ("a", "b"), ()),),
        relabelled=(Relabelled("r2", Label.TALK, None),),
    )
    assert list(changes_lines(changes, KNOWLEDGE)) == [
        "+ Latvia – Mine Ban Treaty: passed by parliament, 16 April 2025 would appear: new",
        "- Latvia – Mine Ban Treaty: passed by parliament, 16 April 2025 would vanish: old",
        ("~ Latvia – Mine Ban Treaty: passed by parliament, 16 April 2025 would be signed into law, 17 April 2025: a"),
        "report r1: a, b → no event",
        "report r2: read as talk → set aside",
        ("1 event would appear, 1 vanish, 1 change; of 7 reports 1 would move to another event, 1 get another label"),
    ]


def test_no_change_is_told_too() -> None:
    assert list(changes_lines(Changes(1), KNOWLEDGE)) == [
        "0 events would appear, 0 vanish, 0 change; of 1 report 0 would move to another event, 0 get another label",
        "Nothing would change.",
    ]


def test_rereading_applies_nothing(run: Run) -> None:
    assert run("reread") == (1, "", "treatywatch: reread applies nothing; give --dry-run to see what would change\n")


def test_rereading_needs_the_newest_schema_and_makes_none(run: Run) -> None:
    code, out, err = run("reread", "--dry-run")
    assert (code, out) == (1, "")
    assert "run `treatywatch db upgrade`" in err


def test_rereading_tells_what_would_change_and_leaves_the_store_alone(run: Run, store: Database) -> None:
    # As older rules left it: nothing was read in it.
    with store.transaction() as conn:
        row = reports.remember(conn, VOTE, feed=None, now=NOW)
        assert row is not None
        reports.save_reading(conn, row, Reading("vote", Label.NONE, "en", (), "not understood"))
        events.seed(conn, [Case("LV", "ottawa", (event("kept"),))], NOW)
    with store.reading() as conn:
        before = (events.cases(conn), reports.find(conn, "vote"), outbox.history(conn))
    code, out, err = run("reread", "--dry-run")
    assert (code, err) == (0, "")
    assert "report vote: read as none → development\n" in out
    assert "report vote: no event → " in out
    assert "of 1 report 1 would move to another event, 1 get another label\n" in out
    with store.reading() as conn:
        assert (events.cases(conn), reports.find(conn, "vote"), outbox.history(conn)) == before


MINES = "provisional:mine-convention"


@pytest.fixture
def told(store: Database) -> Event:
    """An event of an unlisted treaty, and its alert, which waits."""
    made = Event("lv-mines", "LV", MINES, Stage.ANNOUNCED, When(date(2025, 4, 16)))
    alert = alert_for(VerdictKind.NEW_CASE, made, Case("LV", MINES, (made,)), VOTE, "new")
    with store.transaction() as conn:
        events.add_event(conn, made, NOW)
        channel = channels.sync(conn, "console", "out", title="Console")
        outbox.queue(conn, channel, key="alert:lv-mines", kind="alert", payload=encode(alert), now=NOW)
    return made


@pytest.mark.parametrize("name", [MINES, "mine-convention"])
@pytest.mark.parametrize("treaty", ["ottawa", "Ottawa"])
def test_a_provisional_treaty_is_bound_and_its_alert_says_so(
    run: Run, store: Database, told: Event, name: str, treaty: str
) -> None:
    code, out, err = run("bind", name, treaty)
    assert (code, err) == (0, "")
    assert out == (
        f"{MINES} is ottawa from now on: 1 event and 0 claims moved, later reports follow; "
        f"undo it with `treatywatch unbind {MINES}`\n"
    )
    with store.reading() as conn:
        assert events.find(conn, [told.id])[0].treaty == "ottawa"
        assert decode(outbox.history(conn)[0].payload).treaty == "ottawa"
        assert audit.entries(conn)[0].who.endswith("(command line)")


def test_a_binding_is_undone(run: Run, store: Database, told: Event) -> None:
    run("bind", MINES, "ottawa")
    assert run("unbind", MINES) == (0, f"{MINES} is no longer ottawa: 1 event and 0 claims moved back\n", "")
    with store.reading() as conn:
        assert events.find(conn, [told.id]) == (told,)
        assert decode(outbox.history(conn)[0].payload).treaty == MINES
        assert provisional.bindings(conn) == ()


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("bind", "provisional:mine-convention", "otawa"), "no treaty is called 'otawa'; did you mean ottawa?"),
        (("bind", MINES, MINES), f"the registry does not list {MINES}; give the id of a treaty that it lists"),
        (
            ("bind", "mine-conventio", "ottawa"),
            f"no treaty 'provisional:mine-conventio' is known; did you mean {MINES}?",
        ),
        (("unbind", MINES), f"no treaty '{MINES}' is bound"),
    ],
)
def test_what_cannot_be_bound_is_told_in_one_line(run: Run, words: tuple[str, ...], complaint: str) -> None:
    assert run(*words) == (1, "", f"treatywatch: {complaint}\n")


@pytest.mark.usefixtures("told")
def test_a_bound_treaty_is_not_bound_again(run: Run) -> None:
    run("bind", MINES, "ottawa")
    assert run("bind", MINES, "ecpt") == (
        1,
        "",
        f"treatywatch: {MINES} is bound to ottawa already; unbind it first\n",
    )


def test_a_user_without_a_name_is_told_by_number(run: Run, store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise OSError("no such user")

    monkeypatch.setattr("bot.wiring.looking.getpass.getuser", nameless)
    with store.transaction() as conn:
        events.add_event(conn, Event("lv-mines", "LV", MINES, Stage.ANNOUNCED, None), NOW)
    run("bind", MINES, "ottawa")
    with store.reading() as conn:
        assert audit.entries(conn)[0].who.startswith("user ")
