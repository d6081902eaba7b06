from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest

from bot.language import detect
from config.knowledge import load
from store import feeds
from store.feeds import FeedSpec
from tests.watchers.hostile import answer
from tests.watchers.test_polling import Taker
from treaties.reading.read import Reader
from treaties.stages import Stage
from watchers.depositary import UnTreatyReader
from watchers.parse import LONGEST_BODY, NotAFeedError
from watchers.polling import Poller, PollOptions, in_a_thread
from watchers.sources import ByAddress

if TYPE_CHECKING:
    from store.database import Database
    from tests.watchers.hostile import HostileServer
    from treaties.model import Report
    from watchers.fetch import Fetcher

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
URL = "https://depositary.example/XVIII-10.en.xml"
SPEC = FeedSpec(URL, "UN Treaty Collection", None, "en", "official", "United Nations")
PARTY = ("Latvia", "22 Apr\t 1999", "28 Jun\t 2002")
LEFT = (
    "The Government of Burundi notified the Secretary-General of its withdrawal from the Rome Statute on "
    "27 October 2016."
)


def record(*rows: tuple[str, ...], notes: str = "", heads: tuple[str, ...] = ("Participant", "Signature")) -> bytes:
    """A record in the form of the UN's; markup inside texts comes escaped there."""

    def cells(texts: tuple[str, ...]) -> str:
        return "<Row>" + "".join(f"<Entry>{escape(text)}</Entry>" for text in texts) + "</Row>"

    return (
        '<?xml version="1.0" encoding="utf-8"?><MTDSG><Treaty><Header><ExternalData>'
        "<Titlesect>Rome Statute of the International Criminal Court</Titlesect></ExternalData></Header>"
        f"<Participants><Table><TGroup><Thead><Rows>{cells(heads)}</Rows></Thead>"
        f"<Tbody><Rows>{''.join(map(cells, rows))}</Rows></Tbody></TGroup></Table></Participants>"
        f"<EndNotes>{escape(notes)}</EndNotes></Treaty></MTDSG>"
    ).encode()


def read(body: bytes, treaty: str | None = None) -> tuple[Report, ...]:
    return UnTreatyReader(treaty)(body, spec=SPEC, base_url=URL, now=NOW).reports


def test_a_record_of_parties_alone_tells_of_nothing() -> None:
    assert read(record(PARTY)) == ()


def test_a_note_of_a_withdrawal_is_a_report_of_an_official_source() -> None:
    [report] = read(record(PARTY, notes=f"<p>On 1 May 2002 a note came.</p><p>{LEFT}</p>"))

    assert report.title == f"Rome Statute of the International Criminal Court: {LEFT}"
    assert (report.summary, report.official, report.group) == (LEFT, True, "United Nations")
    assert (report.url, report.lang, report.published) == (URL, "en", None)


def test_a_column_of_those_who_left_is_read() -> None:
    heads = ("Participant", "Ratification", "Denunciation")
    rows = [("Jamaica<superscript>7</superscript>", "1 Jan\t 1976", "23 Oct\t 1997"), ("Latvia", "1 Jan 1992", "")]
    [report] = read(record(*rows, heads=heads), "First Optional Protocol")

    assert report.title == "Jamaica denounces the First Optional Protocol"
    assert report.summary == "Denunciation of Jamaica: 23 Oct 1997."


@pytest.mark.parametrize(
    "note",
    [
        "On 5 March 2001 the Government of Latvia notified its decision to withdraw its reservation.",
        "The withdrawal of the declaration made upon ratification was received on 5 March 2001.",
        "Estonia withdrew its interpretative declaration with respect to article 3.",
        "With effect from 5 March 2001, Latvia withdrew its objection to the amendment.",
        "The instrument was received on 5 March 2001.",
    ],
)
def test_what_takes_back_something_else_is_no_exit(note: str) -> None:
    assert read(record(PARTY, notes=note)) == ()


@pytest.mark.parametrize(
    "note",
    [
        "Burundi withdrew its declaration, and on 27 October 2016 denounced the Statute.",
        "Kenya has ceased to be a party to the Convention.",
        "The Government communicated its denunciation of the Protocol.",
        "The notification of withdrawal was received on 2 May 2025.",
    ],
)
def test_whatever_else_speaks_of_leaving_is_handed_on(note: str) -> None:
    assert len(read(record(PARTY, notes=note))) == 1


def test_a_note_is_known_again_when_others_come() -> None:
    [before] = read(record(PARTY, notes=f"<p>{LEFT}</p>"))
    after = read(record(PARTY, notes=f"<p>The Philippines gave notice of withdrawal.</p><p>1  {LEFT}</p><p>{LEFT}</p>"))

    assert before.id in {report.id for report in after}
    assert len(after) == 3


MAINTENANCE = b"<!DOCTYPE html>\n<html><body>urgent maintenance</body></html>"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (MAINTENANCE, "it is being maintained"),
        (b"\n <HTML><head/></HTML>", "it is being maintained"),
        (b"", "is not well-formed XML"),
        (record(PARTY)[:-40], "is not well-formed XML"),
        (record(), "not the record of a treaty"),
        (b"<rss><channel/></rss>", "not the record of a treaty"),
        (b'<!DOCTYPE r [<!ENTITY a "aa">]><r>&a;</r>', "document type or entities"),
        (b" " * (LONGEST_BODY + 1), f"more than {LONGEST_BODY:,} bytes"),
    ],
    ids=["page", "capitals", "empty", "cut", "rows", "rss", "entities", "big"],
)
def test_what_is_no_record_is_an_error(body: bytes, why: str) -> None:
    with pytest.raises(NotAFeedError, match=why):
        read(body)


def test_the_rules_understand_what_the_record_says() -> None:
    [report] = read(record(PARTY, notes=LEFT), "Rome Statute")
    [claim] = Reader(load(), detect).read(report).claims

    assert (claim.state, claim.treaty, claim.stage) == ("BI", "rome-statute", Stage.NOTIFIED_DEPOSITARY)
    assert str(claim.when) == "2016-10-27"


async def test_a_new_action_is_told_once_and_maintenance_is_an_error(
    server: HostileServer, sqlite_database: Database, fetcher: Fetcher
) -> None:
    taker = Taker(sqlite_database)
    before, after = answer(200, record(PARTY)), answer(200, record(PARTY, notes=LEFT))
    url = server.say("/record.xml", before, answer(200, MAINTENANCE), after, after)
    with sqlite_database.transaction() as conn:
        feeds.sync(conn, [FeedSpec(url, "UN Treaty Collection", kind="official")])
    options = PollOptions(jitter=lambda: 0.0)
    poller = Poller(sqlite_database, fetcher, taker, options, ByAddress({url: UnTreatyReader()}, (), in_a_thread))

    failures = []
    for days in range(4):
        await poller.poll_due(NOW + timedelta(days=2 * days))
        with sqlite_database.reading() as conn:
            failures.append(feeds.all_feeds(conn)[0].failures)

    assert failures == [0, 1, 0, 0]
    assert (len(taker.taken), taker.quiet) == (1, [])
    assert taker.taken[0].official
