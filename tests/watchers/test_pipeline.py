"""One report on its way through the rules: everything it causes is stored together, or nothing is."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import insert

from store import channels, events, held, looking, outbox, provisional, reports
from store.channels import Subscription
from store.coverage import told
from store.database import Database, StoreBusyError
from store.tables import mutes, subscriptions
from treaties.alerts import decode
from treaties.matching import match
from treaties.model import (
    Alert,
    Case,
    Claim,
    Event,
    Fact,
    FactKind,
    Label,
    Precision,
    Reading,
    Report,
    Role,
    Source,
    VerdictKind,
    When,
)
from treaties.stages import Stage
from treaties.verdict import Corroboration
from watchers.pipeline import Handled, Pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.outbox import OutboxRow
    from store.reports import StoredReport
    from treaties.reading.read import Reader

NOW = datetime(2025, 4, 17, 9, 30, tzinfo=UTC)
VOTED = When(date(2025, 4, 16))
LATER = When(date(2025, 4, 17))
NEXT_DAY = When(date(2025, 4, 17))


class PreparedReader:
    """Reads every report as the test has prepared it; an exception is raised."""

    def __init__(self) -> None:
        self.prepared: dict[str, Reading | Exception] = {}

    def read(self, report: Report) -> Reading:
        reading = self.prepared[report.id]
        if isinstance(reading, Exception):
            raise reading
        return reading


class Desk:
    """A pipeline over a real database, and what a test asks of it."""

    def __init__(
        self,
        database: Database,
        facts: Mapping[tuple[str, str], tuple[Fact, ...]] | None = None,
        corroboration: Corroboration | None = None,
    ) -> None:
        self.database = database
        self.reader = PreparedReader()
        self.pipeline = Pipeline(database, cast("Reader", self.reader), facts, corroboration=corroboration)

    def channel(self, address: str = "C1", **settings: Any) -> int:
        with self.database.transaction() as conn:
            return channels.sync(conn, "console", address, title=address, **settings)

    def tell(
        self,
        name: str,
        *claims: Claim,
        label: Label = Label.DEVELOPMENT,
        quiet: bool = False,
        now: datetime = NOW,
        **changes: Any,
    ) -> Handled | None:
        """A report comes in that is read as these claims."""
        lang = changes.get("lang", "en")
        self.reader.prepared[name] = Reading(name, label, lang, claims, "prepared")
        return self.pipeline.handle(report(name, **changes), feed=None, now=now, quiet=quiet)

    def send(self, channel: int, message_id: str = "m1") -> None:
        """The channel's next message goes out."""
        with self.database.transaction() as conn:
            delivery = outbox.claim(conn, channel, NOW)
            assert delivery is not None
            outbox.sent(conn, delivery.id, message_id, NOW)

    def edit(self, channel: int, later: timedelta = outbox.EDIT_PAUSE) -> list[str | None]:
        """The channel's next edit goes out, and shows the coverage by these reports."""
        with self.database.transaction() as conn:
            delivery = outbox.claim(conn, channel, NOW + later)
            if delivery is None:
                return []
            assert (delivery.kind, delivery.edits) == ("edit", "m1")
            outbox.sent(conn, delivery.id, delivery.edits, NOW + later)
            return [source.report for source in decode(delivery.payload).sources]

    def queued(self) -> tuple[OutboxRow, ...]:
        with self.database.reading() as conn:
            return outbox.history(conn)

    def alerts(self) -> list[Alert]:
        return [decode(row.payload) for row in self.queued() if row.kind == "alert"]

    def case(self, treaty: str = "ottawa") -> Case:
        with self.database.reading() as conn:
            return events.case(conn, "LV", treaty)

    def stored(self, name: str) -> StoredReport | None:
        with self.database.reading() as conn:
            return reports.find(conn, name)

    def covered(self) -> list[tuple[str, str, Role]]:
        with self.database.reading() as conn:
            return [(one.report, one.event, one.role) for one in told(conn)]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def report(name: str, **changes: Any) -> Report:
    values = {"url": f"https://{name}.example/1", "outlet": f"Outlet {name}", "published": NOW, **changes}
    return Report(name, values.pop("title", f"Story {name}"), **values)


def claim(stage: Stage | None = Stage.PARLIAMENT_PASSED, when: When | None = VOTED, **changes: Any) -> Claim:
    values = {"role": Role.NEWS, "quote": "the words", "reason": "the reason", "dated": True, **changes}
    return Claim(values.pop("state", "LV"), values.pop("treaty", "ottawa"), stage, when, **values)


def kinds(handled: Handled | None) -> list[VerdictKind]:
    assert handled is not None
    return [verdict.kind for verdict in handled.verdicts]


def test_a_new_case_becomes_an_event_with_its_coverage_and_an_alert(desk: Desk) -> None:
    channel = desk.channel()
    handled = desk.tell("a", claim())
    assert kinds(handled) == [VerdictKind.NEW_CASE]
    (event,) = desk.case().events
    assert (event.id, event.stage, event.when) == (
        "lv-ottawa-parliament_passed-2025-04-16",
        Stage.PARLIAMENT_PASSED,
        VOTED,
    )
    assert event.sources == (Source("Outlet a", "https://a.example/1", NOW.date(), VOTED, report="a"),)
    assert desk.covered() == [("a", event.id, Role.NEWS)]
    (row,) = desk.queued()
    assert (row.key, row.kind, row.channel_id) == (f"alert:{event.id}", "alert", channel)
    assert handled
    assert decode(row.payload) == handled.alerts[0]


def test_what_was_thought_of_a_report_is_stored_with_its_reason(desk: Desk) -> None:
    desk.tell("a", claim())
    stored = desk.stored("a")
    assert stored
    assert (stored.label, stored.reason, stored.error) == (Label.DEVELOPMENT, "prepared", None)
    ((kept, verdict),) = stored.claims
    assert kept == claim()
    assert verdict
    assert (verdict.kind, verdict.event) == (VerdictKind.NEW_CASE, desk.case().events[0].id)
    assert verdict.reason


def test_every_channel_that_wants_it_is_told(desk: Desk) -> None:
    wanting = [
        desk.channel("all"),
        desk.channel("latvia", subscription=Subscription(states=frozenset({"LV"}))),
        desk.channel("votes", subscription=Subscription(stages=frozenset({Stage.PARLIAMENT_PASSED}))),
    ]
    desk.channel("finland", subscription=Subscription(states=frozenset({"FI"})))
    desk.channel("torture", subscription=Subscription(treaties=frozenset({"ecpt"})))
    desk.channel("reviewers", role="reviewers")
    desk.tell("a", claim())
    assert [row.channel_id for row in desk.queued()] == wanting


def test_a_report_is_handled_once(desk: Desk) -> None:
    desk.channel()
    desk.tell("a", claim())
    assert desk.tell("a", claim()) is None
    assert len(desk.queued()) == len(desk.case().events) == 1


def test_a_new_step_answers_the_alert_before_it(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim())
    desk.send(channel, "first")
    handled = desk.tell("b", claim(Stage.SIGNED_INTO_LAW, When(date(2025, 4, 24))))
    assert kinds(handled) == [VerdictKind.NEW_DEVELOPMENT]
    with desk.database.transaction() as conn:
        delivery = outbox.claim(conn, channel, NOW)
    assert delivery
    assert delivery.reply_to == "first"
    alert = decode(delivery.payload)
    assert alert.done == ((Stage.PARLIAMENT_PASSED, VOTED),)


def test_an_alert_names_what_is_still_open_in_its_case(database: Database) -> None:
    facts = {("LV", "ottawa"): (Fact(FactKind.OPEN, "From which day?"),)}
    desk = Desk(database, facts)
    desk.channel()
    desk.tell("a", claim())
    assert desk.alerts()[0].open_points == ("From which day?",)


def test_a_second_report_joins_and_the_waiting_alert_takes_it_in(desk: Desk) -> None:
    desk.channel()
    desk.tell("a", claim())
    handled = desk.tell("b", claim())
    assert kinds(handled) == [VerdictKind.KNOWN]
    (event,) = desk.case().events
    assert [source.outlet for source in event.sources] == ["Outlet a", "Outlet b"]
    assert [name for name, _, _ in desk.covered()] == ["a", "b"]
    (row,) = desk.queued()
    assert row.kind == "alert"
    assert decode(row.payload).sources == event.sources


def test_an_alert_that_is_out_is_edited_once_however_many_reports_follow(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim())
    desk.send(channel)
    for name in ("b", "c", "d"):
        desk.tell(name, claim())
    (alert,) = desk.queued()
    assert (alert.state, alert.kind, alert.upkeep) == ("sent", "alert", "stale")
    assert [source.report for source in decode(alert.payload).sources] == ["a", "b", "c", "d"]
    assert desk.edit(channel) == ["a", "b", "c", "d"]
    assert desk.edit(channel) == []


def test_an_edit_that_is_out_is_followed_by_another(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim())
    desk.send(channel)
    desk.tell("b", claim())
    assert desk.edit(channel) == ["a", "b"]
    desk.tell("c", claim())
    assert desk.edit(channel, later=2 * outbox.EDIT_PAUSE) == ["a", "b", "c"]


def test_each_channel_is_edited_by_how_far_it_is(desk: Desk) -> None:
    ahead, _ = desk.channel("ahead"), desk.channel("behind")
    desk.tell("a", claim())
    desk.send(ahead)
    desk.tell("b", claim())
    assert [(row.channel_id == ahead, row.state, row.upkeep) for row in desk.queued()] == [
        (True, "sent", "stale"),
        (False, "pending", "fresh"),
    ]
    assert [len(alert.sources) for alert in desk.alerts()] == [2, 2]


def test_copies_of_one_wire_are_one_voice_and_edit_nothing(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim(), group="Wire")
    desk.send(channel)
    handled = desk.tell("b", claim(), group="Wire")
    assert kinds(handled) == [VerdictKind.KNOWN]
    (event,) = desk.case().events
    assert (len(event.sources), event.voices) == (2, 1)
    assert len(desk.covered()) == 2
    assert len(desk.queued()) == 1


def test_the_same_article_again_is_no_second_source(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim(), outlet="Tide Table", url="https://tide.example/1")
    desk.send(channel)
    desk.tell("b", claim(), outlet="Tide Table", url="https://tide.example/1")
    assert len(desk.case().events[0].sources) == 1
    assert len(desk.queued()) == 1


def test_an_old_report_published_again_under_a_new_day_is_no_new_step(desk: Desk) -> None:
    desk.channel()
    text: dict[str, Any] = {
        "title": "Saeima backs the exit bill at first reading",
        "summary": "Fifty-one of a hundred deputies said yes.",
    }
    desk.tell("r1", claim(Stage.BILL_SUBMITTED, VOTED), **text)
    desk.tell("r2", claim(Stage.RETURNED, NEXT_DAY), title="The president sends the law back to the deputies in Riga")
    later = When(date(2025, 12, 1))
    again = desk.tell("r3", claim(Stage.BILL_SUBMITTED, later), **text)
    assert again is not None
    assert [verdict.kind for verdict in again.verdicts] == [VerdictKind.KNOWN]
    assert "published again" in again.verdicts[0].reason
    other = desk.tell("r4", claim(Stage.BILL_SUBMITTED, later), title="A new bill on leaving lies before the Saeima")
    assert other is not None
    assert [verdict.kind for verdict in other.verdicts] == [VerdictKind.NEW_DEVELOPMENT]


def test_a_report_that_gives_no_date_vouches_for_none(desk: Desk) -> None:
    desk.tell("a", claim(when=NEXT_DAY, dated=False))
    (event,) = desk.case().events
    assert event.when == NEXT_DAY
    assert event.sources[0].says is None


def test_a_date_that_is_told_replaces_the_day_of_publication(desk: Desk) -> None:
    desk.channel()
    desk.tell("a", claim(when=NEXT_DAY, dated=False))
    desk.tell("b", claim())
    (event,) = desk.case().events
    assert (event.when, event.disputed) == (VOTED, False)
    assert event.id.endswith("2025-04-17")
    assert desk.alerts()[0].when == VOTED


def test_the_date_changes_when_a_majority_says_so(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim(when=NEXT_DAY))
    desk.send(channel)
    desk.tell("b", claim())
    assert desk.case().events[0].when == NEXT_DAY
    assert desk.case().events[0].disputed
    desk.tell("c", claim())
    assert desk.case().events[0].when == VOTED
    edit = desk.alerts()[-1]
    assert edit.when == VOTED
    assert {source.says for source in edit.sources} == {VOTED, NEXT_DAY}


def test_a_day_after_the_step_was_told_of_is_kept_but_not_preferred(desk: Desk) -> None:
    desk.tell("a", claim(when=VOTED, dated=False))
    late = When(VOTED.day + timedelta(days=30))
    desk.tell("b", claim(when=late))
    (event,) = desk.case().events
    assert event.when == VOTED
    assert [source.says for source in event.sources] == [None, late]


def test_copies_of_one_wire_outvote_nobody(desk: Desk) -> None:
    desk.tell("a", claim(when=NEXT_DAY))
    desk.tell("b", claim(), group="Wire")
    desk.tell("c", claim(), group="Wire")
    assert desk.case().events[0].when == NEXT_DAY


def test_a_vague_telling_vouches_for_no_date_of_the_step_it_joins(desk: Desk) -> None:
    desk.tell("a", claim())
    desk.tell("b", claim(stage=None, when=NEXT_DAY))
    (event,) = desk.case().events
    assert [source.says for source in event.sources] == [VOTED, None]


def test_quiet_reports_become_known_and_nobody_is_told(desk: Desk) -> None:
    desk.channel("all")
    desk.channel("reviewers", role="reviewers")
    handled = desk.tell("a", claim(), claim(treaty="tides", confidence=0.1), quiet=True)
    assert sorted(kinds(handled)) == [VerdictKind.NEW_CASE, VerdictKind.UNSURE]
    assert len(desk.case().events) == 1
    assert desk.queued() == ()
    assert kinds(desk.tell("b", claim())) == [VerdictKind.KNOWN]
    assert desk.queued() == ()


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        (("public", "reviewers", "owner"), {"reviewers"}),
        (("public", "owner"), {"owner"}),
        (("public", "other"), {"public", "other"}),
    ],
    ids=["the reviewers", "without them the owner", "without either everybody"],
)
def test_what_is_unsure_is_asked_of(desk: Desk, roles: tuple[str, ...], asked: set[str]) -> None:
    ids = {desk.channel(role, role="public" if role == "other" else role): role for role in roles}
    handled = desk.tell("a", claim(confidence=0.2))
    assert kinds(handled) == [VerdictKind.UNSURE]
    assert {ids[row.channel_id] for row in desk.queued()} == asked
    assert desk.case().events == ()
    for row in desk.queued():
        assert (row.kind, row.key) == ("review", "review:a:0")
        assert row.payload["quote"] == "the words"
        assert (row.payload["state"], row.payload["treaty"]) == ("LV", "ottawa")
        assert (row.payload["stage"], row.payload["when"]) == ("parliament_passed", "2025-04-16")


def test_reviewers_who_cannot_be_reached_are_not_asked(desk: Desk) -> None:
    reviewers, owner = desk.channel("reviewers", role="reviewers"), desk.channel("owner", role="owner")
    with desk.database.transaction() as conn:
        channels.disable(conn, reviewers, "gone", NOW)
    desk.tell("a", claim(confidence=0.2))
    assert [row.channel_id for row in desk.queued()] == [owner]


@pytest.mark.parametrize(
    ("changes", "label", "kind"),
    [
        ({"modality": Label.TALK}, Label.TALK, VerdictKind.TALK),
        ({"modality": Label.REACTION}, Label.REACTION, VerdictKind.REACTION),
        ({"role": Role.BACKGROUND}, Label.BACKGROUND, VerdictKind.BACKGROUND),
    ],
)
def test_talk_and_background_open_nothing_and_alert_nobody(
    desk: Desk, changes: dict[str, Any], label: Label, kind: VerdictKind
) -> None:
    desk.channel()
    assert kinds(desk.tell("a", claim(**changes), label=label)) == [kind]
    assert desk.case().events == ()
    assert desk.queued() == ()


def test_background_covers_nothing_that_it_recalls(desk: Desk) -> None:
    desk.tell("a", claim())
    desk.tell("b", claim(role=Role.BACKGROUND))
    assert desk.covered() == [("a", desk.case().events[0].id, Role.NEWS)]
    stored = desk.stored("b")
    assert stored
    ((_, verdict),) = stored.claims
    assert verdict
    assert verdict.event == desk.case().events[0].id


def test_two_steps_of_one_report_open_in_order_of_their_dates(desk: Desk) -> None:
    desk.channel()
    signed = claim(Stage.SIGNED_INTO_LAW, When(date(2025, 4, 24)))
    handled = desk.tell("a", signed, claim())
    assert handled
    assert [alert.stage for alert in handled.alerts] == [Stage.PARLIAMENT_PASSED, Stage.SIGNED_INTO_LAW]
    assert kinds(handled) == [VerdictKind.NEW_DEVELOPMENT, VerdictKind.NEW_CASE]
    assert [alert.stage for alert in desk.alerts()] == [Stage.PARLIAMENT_PASSED, Stage.SIGNED_INTO_LAW]
    assert handled.alerts[1].reply_to == handled.alerts[0].key


def test_verdicts_stand_in_the_order_of_the_claims(desk: Desk) -> None:
    signed = claim(Stage.SIGNED_INTO_LAW, When(date(2025, 4, 24)))
    handled = desk.tell("a", signed, claim())
    stored = desk.stored("a")
    assert stored
    assert handled
    assert [kept for kept, _ in stored.claims] == [signed, claim()]
    assert [verdict.kind for _, verdict in stored.claims if verdict] == [verdict.kind for verdict in handled.verdicts]


def test_several_states_of_one_report_are_cases_of_their_own(desk: Desk) -> None:
    desk.channel()
    handled = desk.tell("a", *(claim(state=state) for state in ("EE", "LV", "LT")))
    assert kinds(handled) == [VerdictKind.NEW_CASE] * 3
    assert handled
    assert [alert.state for alert in handled.alerts] == ["EE", "LV", "LT"]


def test_states_that_act_together_are_told_of_in_one_alert(desk: Desk) -> None:
    desk.channel()
    desk.channel("C2", subscription=Subscription(states=frozenset({"LT"})))
    desk.channel("C3", subscription=Subscription(states=frozenset({"PL"})))
    desk.tell("a", *(claim(state=state) for state in ("EE", "LV", "LT")))
    rows = desk.queued()
    assert len(rows) == 2
    for row in rows:
        alert = decode(row.payload)
        assert (alert.state, [one.state for one in alert.companions]) == ("EE", ["LV", "LT"])


def test_another_step_or_treaty_of_the_same_report_is_told_apart(desk: Desk) -> None:
    desk.channel()
    desk.tell("a", claim(), claim(state="EE", treaty="ccm"), claim(Stage.SIGNED_INTO_LAW, LATER, state="LT"))
    assert sorted(alert.state for alert in desk.alerts()) == ["EE", "LT", "LV"]


def test_a_companions_own_day_is_put_right_in_the_joint_alert(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim(state="EE"), claim(dated=False))
    desk.send(channel)
    desk.tell("b", claim(when=LATER))
    (edit,) = desk.alerts()
    assert (edit.state, edit.when, edit.companions[0].when) == ("EE", VOTED, LATER)


def test_a_guessed_stage_is_put_right_by_an_edit(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim(None, dated=False))
    desk.send(channel)
    desk.tell("b", claim(Stage.PARLIAMENT_PASSED))
    (edit,) = desk.alerts()
    assert edit.stage is Stage.PARLIAMENT_PASSED
    (event,) = desk.case().events
    assert (event.id, event.stage) == (edit.key, Stage.PARLIAMENT_PASSED)
    desk.tell("c", claim(Stage.PARLIAMENT_PASSED))
    assert len(desk.case().events) == 1


def test_a_vague_exit_from_an_unlisted_treaty_is_told_once_a_second_voice_tells_it(desk: Desk) -> None:
    desk.channel()
    unlisted = claim(None, treaty="provisional:tide-convention", dated=False)
    first = desk.tell("a", unlisted)
    assert first
    assert (kinds(first), first.alerts, desk.queued()) == ([VerdictKind.NEW_CASE], (), ())
    desk.tell("a2", unlisted, outlet="Outlet a")
    assert desk.queued() == ()
    second = desk.tell("b", unlisted)
    assert second
    assert [alert.report for alert in second.alerts] == ["a"]
    assert len(desk.queued()) == 1


def test_an_official_source_needs_no_second_voice(desk: Desk) -> None:
    desk.channel()
    desk.tell("a", claim(None, treaty="provisional:tide-convention", dated=False), official=True)
    assert len(desk.queued()) == 1


def test_the_reviewers_are_asked_where_no_second_voice_comes(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim(None, treaty="provisional:tide-convention", dated=False))
    assert desk.pipeline.ask_about_held(NOW + timedelta(hours=7)) == 1
    (row,) = desk.queued()
    assert (row.kind, row.channel_id) == ("review", channel)


def test_the_next_step_of_a_companion_answers_the_joint_alert(desk: Desk) -> None:
    channel = desk.channel()
    desk.tell("a", claim(state="EE"), claim())
    desk.send(channel, "joint")
    desk.tell("b", claim(Stage.SIGNED_INTO_LAW, LATER))
    with desk.database.transaction() as conn:
        delivery = outbox.claim(conn, channel, NOW)
    assert delivery
    assert delivery.reply_to == "joint"


def test_the_same_step_taken_again_after_a_setback_gets_a_name_of_its_own(desk: Desk) -> None:
    same_month = When(date(2025, 4, 1), Precision.MONTH)
    known = (
        Event("lv-ottawa-lower_house_passed-2025-06-10", "LV", "ottawa", Stage.ANNOUNCED, same_month),
        Event("back", "LV", "ottawa", Stage.RETURNED, When(date(2025, 5, 2))),
    )
    with desk.database.transaction() as conn:
        events.seed(conn, [Case("LV", "ottawa", known)], NOW)
    desk.tell("a", claim(Stage.LOWER_HOUSE_PASSED, When(date(2025, 6, 10))), published=NOW + timedelta(days=60))
    assert desk.case().events[-1].id == "lv-ottawa-lower_house_passed-2025-06-10-2"


@pytest.mark.parametrize("fault", [ValueError("bad rule"), KeyError("x"), RecursionError("deep"), OverflowError("far")])
def test_a_report_that_the_rules_stumble_over_is_set_aside(
    desk: Desk, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    desk.reader.prepared["a"] = fault
    with caplog.at_level(logging.ERROR):
        assert desk.pipeline.handle(report("a"), feed=None, now=NOW) is None
    stored = desk.stored("a")
    assert stored
    assert stored.error == f"{type(fault).__name__}: {fault}"
    assert stored.claims == ()
    assert "report a is set aside" in caplog.text
    assert kinds(desk.tell("b", claim())) == [VerdictKind.NEW_CASE]


def test_a_report_set_aside_half_way_leaves_nothing_behind(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.channel()

    def stumble(claim: Claim, *args: Any, **kwargs: Any) -> Any:
        if claim.treaty == "tides":
            raise ValueError("no such tide")
        return match(claim, *args, **kwargs)

    monkeypatch.setattr("watchers.pipeline.match", stumble)
    assert desk.tell("a", claim(), claim(treaty="tides", when=NEXT_DAY)) is None
    stored = desk.stored("a")
    assert stored
    assert stored.error == "ValueError: no such tide"
    assert (stored.claims, desk.case().events, desk.queued(), desk.covered()) == ((), (), (), [])


def test_trouble_with_the_store_rolls_everything_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.channel()

    def busy(*_: Any, **__: Any) -> bool:
        raise StoreBusyError("locked")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "queue_all", busy)
        with pytest.raises(StoreBusyError):
            desk.tell("a", claim())
    assert desk.stored("a") is None
    assert desk.case().events == ()
    assert kinds(desk.tell("a", claim())) == [VerdictKind.NEW_CASE]
    assert len(desk.queued()) == 1


def test_a_fault_that_is_no_fault_of_the_rules_rolls_everything_back(desk: Desk) -> None:
    desk.reader.prepared["a"] = OSError("disk")
    with pytest.raises(OSError, match="disk"):
        desk.pipeline.handle(report("a"), feed=None, now=NOW)
    assert desk.stored("a") is None


def test_a_report_of_nothing_is_remembered_and_no_more(desk: Desk) -> None:
    desk.channel()
    handled = desk.tell("a", label=Label.NONE)
    assert handled
    assert (handled.verdicts, handled.alerts) == ((), ())
    stored = desk.stored("a")
    assert stored
    assert stored.label is Label.NONE
    assert desk.queued() == ()


def test_a_report_without_a_date_is_handled_too(desk: Desk) -> None:
    desk.channel()
    handled = desk.tell("a", claim(when=None, dated=False), published=None)
    assert kinds(handled) == [VerdictKind.NEW_CASE]
    assert desk.case().events[0].id == "lv-ottawa-parliament_passed-undated"
    assert desk.alerts()[0].when is None


def test_an_event_of_the_configuration_gains_sources_without_an_alert(desk: Desk) -> None:
    desk.channel()
    known = Event("listed", "LV", "ottawa", Stage.PARLIAMENT_PASSED, VOTED, (Source("Archive", says=VOTED),))
    with desk.database.transaction() as conn:
        events.seed(conn, [Case("LV", "ottawa", (known,))], NOW)
    assert kinds(desk.tell("a", claim())) == [VerdictKind.KNOWN]
    assert desk.case().events[0].sources == (
        *known.sources,
        replace(Source("Outlet a", "https://a.example/1", NOW.date(), VOTED), report="a"),
    )
    assert desk.queued() == ()


def known_as(desk: Desk, name: str) -> list[str]:
    """Under which ids the treaties of a stored report are known."""
    stored = desk.stored(name)
    assert stored
    return [kept.treaty for kept, _ in stored.claims]


def test_reports_that_name_an_unlisted_treaty_differently_join_one_case(desk: Desk) -> None:
    desk.tell("a", claim(treaty="provisional:whaling-organisation"))
    desk.tell("b", claim(treaty="provisional:body-on-whaling"))
    desk.tell("c", claim(treaty="provisional:tide-tables"))
    desk.tell("d", claim(state="LT", treaty="provisional:whaling-club"))
    assert [known_as(desk, name) for name in "abcd"] == [
        ["provisional:whaling-organisation"],
        ["provisional:whaling-organisation"],
        ["provisional:tide-tables"],
        ["provisional:whaling-club"],
    ]
    stored = desk.stored("b")
    assert stored
    assert stored.claims[0][0].reason == "the reason; provisional:body-on-whaling is taken for it: both name 'whali'…"


def test_names_of_one_report_join_by_their_words(desk: Desk) -> None:
    desk.tell(
        "a",
        claim(treaty="provisional:body-on-whaling"),
        claim(Stage.ANNOUNCED, treaty="provisional:body-on-whaling"),
        claim(treaty="provisional:whaling-fund"),
        claim(treaty="provisional:tide-tables"),
    )
    assert known_as(desk, "a") == ["provisional:body-on-whaling"] * 3 + ["provisional:tide-tables"]


def test_words_for_kinds_of_treaty_join_nothing(database: Database) -> None:
    desk = Desk(database)
    desk.pipeline = Pipeline(database, cast("Reader", desk.reader), generic=frozenset({"conve"}))
    desk.tell("a", claim(treaty="provisional:convention-on-moons"))
    desk.tell("b", claim(treaty="provisional:convention-on-tides"))
    assert known_as(desk, "b") == ["provisional:convention-on-tides"]


def test_a_bound_treaty_is_the_registrys_from_then_on(desk: Desk) -> None:
    name = "provisional:mine-convention"
    desk.tell("a", claim(treaty=name, confidence=0.2))
    with desk.database.transaction() as conn:
        provisional.bind(conn, name, "ottawa", who="Ada", now=NOW)
    assert kinds(desk.tell("b", claim(treaty=name))) == [VerdictKind.NEW_CASE]
    assert known_as(desk, "a") == known_as(desk, "b") == ["ottawa"]
    with desk.database.transaction() as conn:
        provisional.unbind(conn, name, who="Ada", now=NOW)
    desk.tell("c", claim(treaty=name))
    assert known_as(desk, "c") == known_as(desk, "a") == [name]
    assert known_as(desk, "b") == ["ottawa"]


def test_another_name_for_a_bound_treaty_finds_it_too(desk: Desk) -> None:
    desk.tell("a", claim(treaty="provisional:body-on-whaling"))
    with desk.database.transaction() as conn:
        provisional.bind(conn, "provisional:body-on-whaling", "icrw", who="Ada", now=NOW)
    assert kinds(desk.tell("b", claim(treaty="provisional:whaling-club"))) == [VerdictKind.KNOWN]
    assert known_as(desk, "b") == ["icrw"]
    stored = desk.stored("b")
    assert stored
    assert "provisional:whaling-club is taken for it" in stored.claims[0][0].reason


HOURS = timedelta(hours=1)
WIRE_TEXT = "Sixty-six deputies backed the bill late on Wednesday after four hours; the president has ten days to sign."


@pytest.fixture
def careful(database: Database) -> Desk:
    """A desk that waits six hours for a second source, unless something lets the alert out at once."""
    return Desk(database, corroboration=Corroboration())


def weak(**changes: Any) -> Claim:
    return claim(confidence=0.6, **changes)


def reason(desk: Desk, name: str) -> str:
    stored = desk.stored(name)
    assert stored
    verdict = stored.claims[0][1]
    assert verdict
    return verdict.reason


def test_what_one_voice_alone_tells_is_known_and_its_alert_waits(careful: Desk) -> None:
    careful.channel()
    handled = careful.tell("a", weak())
    assert handled
    assert (kinds(handled), handled.alerts, careful.queued()) == ([VerdictKind.NEW_CASE], (), ())
    assert len(careful.case().events) == 1
    assert reason(careful, "a").endswith("; the alert waits up to 6 hours for a second independent source")


@pytest.mark.parametrize(
    ("changes", "confidence"),
    [({"official": True}, 0.6), ({"record": True}, 0.6), ({}, 0.85)],
    ids=["an official source", "a source of record", "in so many words"],
)
def test_what_needs_no_second_source_is_told_at_once(careful: Desk, changes: dict[str, Any], confidence: float) -> None:
    careful.channel()
    handled = careful.tell("a", claim(confidence=confidence), **changes)
    assert handled
    assert len(handled.alerts) == len(careful.alerts()) == 1


def test_a_second_independent_source_lets_the_alert_out(careful: Desk) -> None:
    channel = careful.channel()
    careful.tell("a", weak())
    handled = careful.tell("b", weak(), now=NOW + HOURS)
    assert handled
    (alert,) = handled.alerts
    assert kinds(handled) == [VerdictKind.KNOWN]
    assert (alert.kind, alert.report, [source.report for source in alert.sources]) == (
        VerdictKind.NEW_CASE,
        "a",
        ["a", "b"],
    )
    assert alert.reason.endswith("; 2 independent sources tell it")
    assert [(row.channel_id, decode(row.payload)) for row in careful.queued()] == [(channel, alert)]
    careful.tell("c", weak())
    assert len(careful.queued()) == 1
    assert careful.pipeline.ask_about_held(NOW + 9 * HOURS) == 0


@pytest.mark.parametrize("changes", [{"group": "Wire"}, {"summary": WIRE_TEXT}], ids=["one owner", "a near copy"])
def test_another_report_of_the_same_voice_lets_nothing_out(careful: Desk, changes: dict[str, Any]) -> None:
    careful.channel()
    careful.tell("a", weak(), **changes)
    careful.tell("b", weak(), **changes)
    assert careful.queued() == ()
    (event,) = careful.case().events
    assert (len(event.sources), event.voices) == (2, 1)


def test_a_near_copy_speaks_with_the_voice_of_the_first(desk: Desk) -> None:
    desk.tell("a", claim(), summary=WIRE_TEXT, group="Wire")
    desk.tell("b", claim(), summary=WIRE_TEXT)
    desk.tell("c", claim(), summary=WIRE_TEXT)
    desk.tell("d", claim(), summary="Something else is written here, by people who were in the chamber that evening.")
    (event,) = desk.case().events
    assert [source.copy_of for source in event.sources] == [None, "wire", "wire", None]
    assert event.voices == 2


def test_what_has_waited_long_enough_is_asked_of_the_reviewers_once(careful: Desk) -> None:
    careful.channel()
    reviewers = careful.channel("reviewers", role="reviewers")
    careful.tell("a", weak())
    assert careful.pipeline.ask_about_held(NOW + 5 * HOURS) == 0
    assert careful.pipeline.ask_about_held(NOW + 6 * HOURS) == 1
    assert careful.pipeline.ask_about_held(NOW + 7 * HOURS) == 0
    (row,) = careful.queued()
    assert (row.channel_id, row.kind, row.key) == (reviewers, "review", "review:a:0")
    assert row.payload["reason"] == reason(careful, "a")
    assert reason(careful, "a").endswith("; nobody else has told of it in 6 hours, so the reviewers are asked")
    stored = careful.stored("a")
    assert stored
    assert stored.claims[0][1]
    assert stored.claims[0][1].event == careful.case().events[0].id


def test_a_second_source_after_the_question_still_lets_the_alert_out(careful: Desk) -> None:
    careful.channel()
    careful.channel("reviewers", role="reviewers")
    careful.tell("a", weak())
    careful.pipeline.ask_about_held(NOW + 6 * HOURS)
    handled = careful.tell("b", weak(), now=NOW + 30 * HOURS)
    assert handled
    assert len(handled.alerts) == len(careful.alerts()) == 1


def test_a_question_that_cannot_be_stored_is_asked_later(careful: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    careful.channel()
    careful.tell("a", weak())

    def busy(*_: Any, **__: Any) -> bool:
        raise StoreBusyError("locked")

    with monkeypatch.context() as patch:
        patch.setattr(held, "asked", busy)
        with pytest.raises(StoreBusyError):
            careful.pipeline.ask_about_held(NOW + 6 * HOURS)
    assert careful.queued() == ()
    assert careful.pipeline.ask_about_held(NOW + 6 * HOURS) == 1
    assert len(careful.queued()) == 1


def test_quiet_reports_wait_for_nobody(careful: Desk) -> None:
    careful.channel()
    careful.tell("a", weak(), quiet=True)
    careful.tell("b", weak())
    assert careful.pipeline.ask_about_held(NOW + 9 * HOURS) == 0
    assert careful.queued() == ()


def test_one_report_that_tells_a_waiting_step_twice_opens_it_once(careful: Desk) -> None:
    handled = careful.tell("a", weak(), weak(stage=Stage.SIGNED_INTO_LAW, when=None, dated=False))
    assert kinds(handled) == [VerdictKind.NEW_CASE, VerdictKind.KNOWN]
    assert len(careful.case().events) == 1


def test_an_alert_that_waits_for_nobody_any_more_goes_out(database: Database) -> None:
    Desk(database, corroboration=Corroboration()).tell("a", weak())
    desk = Desk(database)
    desk.channel()
    desk.tell("b", weak())
    assert len(desk.alerts()) == 1


def test_a_digest_is_silent_on_what_waits_for_a_second_voice(desk: Desk) -> None:
    unlisted = claim(None, treaty="provisional:tide-convention", dated=False)
    desk.tell("a", unlisted)
    with desk.database.reading() as conn:
        assert events.told_between(conn, NOW, NOW + timedelta(hours=1)) == ()
    desk.tell("b", unlisted)
    with desk.database.reading() as conn:
        assert len(events.told_between(conn, NOW, NOW + timedelta(hours=1))) == 1


def dismiss_first(desk: Desk) -> Event:
    """A report's event, which somebody then said did not happen."""
    desk.tell("a", claim())
    (made,) = desk.case().events
    with desk.database.transaction() as conn:
        events.dismiss(conn, made.id, NOW)
    return made


def test_what_was_dismissed_and_is_told_again_is_asked_of_the_reviewers_once(desk: Desk) -> None:
    desk.channel("reviewers", role="reviewers")
    made = dismiss_first(desk)
    told_again = [desk.tell("b", claim()), desk.tell("c", claim(when=LATER))]
    assert [kinds(one) for one in told_again] == [[VerdictKind.UNSURE], [VerdictKind.UNSURE]]
    assert [row.kind for row in desk.queued() if row.kind == "review"] == ["review"]
    assert desk.case().events == ()
    stored = desk.stored("b")
    assert stored
    assert stored.claims[0][1]
    assert stored.claims[0][1].reason.startswith("a reviewer dismissed parliament_passed of 2025-04-16")
    assert stored.claims[0][1].event == made.id


def test_another_step_or_a_much_later_one_is_not_what_was_dismissed(desk: Desk) -> None:
    dismiss_first(desk)
    assert kinds(desk.tell("b", claim(Stage.SIGNED_INTO_LAW))) == [VerdictKind.NEW_CASE]
    later = desk.tell("c", claim(when=When(date(2025, 9, 1))), published=datetime(2025, 9, 2, tzinfo=UTC))
    assert kinds(later) != [VerdictKind.UNSURE]


def test_a_merged_event_does_not_make_the_same_step_doubtful(desk: Desk) -> None:
    desk.tell("a", claim())
    (made,) = desk.case().events
    with desk.database.transaction() as conn:
        events.dismiss(conn, made.id, NOW, merged_into="other")
    assert kinds(desk.tell("b", claim())) == [VerdictKind.NEW_CASE]


def test_a_stage_that_somebody_settled_is_not_changed_by_reports(desk: Desk) -> None:
    desk.tell("a", claim(None, likely=Stage.ANNOUNCED))
    (made,) = desk.case().events
    with desk.database.transaction() as conn:
        events.settle(conn, made.id, Stage.CONSIDERED, NOW)
    desk.tell("b", claim(Stage.PARLIAMENT_PASSED))
    assert desk.case().event(made.id) == replace(made, stage=Stage.CONSIDERED, vague=False)


def test_a_channel_that_wants_other_languages_hears_of_it_once_a_report_in_one_of_them_tells_it(desk: Desk) -> None:
    everything, ukrainian = desk.channel("all"), desk.channel("uk")
    with desk.database.transaction() as conn:
        conn.execute(insert(subscriptions).values(channel_id=ukrainian, dimension="lang", value="uk"))
    desk.tell("a", claim())
    assert [(row.channel_id, row.state) for row in desk.queued()] == [(everything, "pending"), (ukrainian, "withheld")]
    desk.tell("b", claim())
    assert [row.state for row in desk.queued()] == ["pending", "withheld"]
    desk.tell("c", claim(), lang="uk")
    states = {row.channel_id: row.state for row in desk.queued()}
    assert states == {everything: "pending", ukrainian: "pending"}
    with desk.database.transaction() as conn:
        delivery = outbox.claim(conn, ukrainian, NOW)
    assert delivery
    assert [source.report for source in decode(delivery.payload).sources] == ["a", "b", "c"]


def test_a_muted_case_is_withheld_and_why_can_say_so(desk: Desk) -> None:
    channel = desk.channel()
    with desk.database.transaction() as conn:
        conn.execute(insert(mutes).values(channel_id=channel, state="LV", treaty="ottawa", until=None, who="Anna"))
    desk.tell("a", claim())
    (row,) = desk.queued()
    with desk.database.reading() as conn:
        message = looking.message_of(conn, channel, row.key)
    assert message
    assert (message.state, message.error) == ("withheld", "muted")
