"""The dates of effect as iCalendar (RFC 5545), for calendars that subscribe to them. The only importer of icalendar.

An entry keeps its UID for good; a changed day is the same entry with a higher SEQUENCE, an exit that was taken back is
sent as cancelled, so that calendars remove it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from icalendar import Calendar, Event, vText

from bot import plain
from bot.speech import Speech
from bot.wording import case_title
from store import calendar
from treaties.projection import Basis, left_on

if TYPE_CHECKING:
    from datetime import date

    from bot.exports.asked import Export, Exported
    from store.calendar import Entry, Status
    from store.database import Connection
    from treaties.registry import Knowledge

_PRODUCT: Final = "-//Treatywatch//Dates of effect//EN"
_REFRESH: Final = timedelta(hours=6)
_DOMAIN: Final = "treatywatch.invalid"
"""Ends every UID; RFC 2606 keeps it from being anybody's."""


def as_ics(conn: Connection, export: Export) -> str:
    """The calendar, with lines folded at 75 bytes.

    Args:
        conn: an open write transaction: what is given out is remembered.
        export: everything known.
    """
    cases = {one.case.key: one for one in export.cases}
    days = {key: day for key, one in cases.items() if (day := _day(one))}
    found = Calendar()
    found.add("prodid", _PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", "Treatywatch: exits that take effect")
    found.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    found.add("x-published-ttl", vText("PT6H"))
    for entry in calendar.entries(conn, days, export.now):
        found.add_component(_event(entry, cases.get((entry.state, entry.treaty)), export.knowledge))
    text: bytes = found.to_ical()
    return text.decode()


def _day(one: Exported) -> tuple[date, Status] | None:
    """The day that stands in the calendar: the one on which it took effect, else the one on which it will."""
    out = left_on(one.case)
    if out:
        return out.day, "confirmed"
    if one.projection is None or one.projection.basis is Basis.IF_TODAY:
        return None
    return one.projection.day, "confirmed" if one.projection.basis is Basis.NOTIFIED else "tentative"


def _event(entry: Entry, one: Exported | None, knowledge: Knowledge) -> Event:
    found = Event()
    title = case_title(entry.state, entry.treaty, Speech("en", knowledge))
    found.add("uid", f"effect-{entry.state}-{entry.treaty}@{_DOMAIN}".lower().replace(":", "-"))
    found.add("dtstamp", entry.changed_at)
    found.add("last-modified", entry.changed_at)
    found.add("sequence", entry.sequence)
    found.add("status", entry.status.upper())
    found.add("dtstart", entry.day)
    found.add("dtend", entry.day + timedelta(days=1))
    found.add("transp", "TRANSPARENT")
    earliest = "earliest day, " if entry.status == "tentative" else ""
    found.add("summary", plain.clean(f"{title}: {earliest}takes effect"))
    found.add("categories", ["Treatywatch"])
    if one and one.projection:
        effect = one.projection.effect
        lines = [effect.article if effect.article != "none" else "", effect.clause, effect.why]
        found.add("description", "\n".join(plain.clean(line) for line in lines if line))
    link = next((source.url for event in one.case.events[::-1] for source in event.sources), None) if one else None
    address = plain.uri(link)
    if address:
        found.add("url", address)
    return found
