"""What depositaries publish for machines: a new withdrawal or denunciation becomes a report of an official source.

The Secretary-General of the United Nations, as depositary of some 560 treaties, publishes the record of each as XML
(treaties.un.org, "Multilateral Treaties Deposited with the Secretary-General"): a table of participants with the dates
of their actions, and notes and declarations in which withdrawals are told in words. While the site is being maintained
it answers with a page of HTML and status 200: that is an error, and no empty record.

Policy on mistakes: what withdraws a reservation, a declaration or an objection is no exit and is passed over; every
other note that speaks of leaving is handed to the rules, which judge it like any report.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from treaties.model import Report
from watchers.links import clean_link, shown
from watchers.parse import LONGEST_BODY, LONGEST_SUMMARY, LONGEST_TITLE, FeedHints, NotAFeedError, ParsedFeed
from watchers.plaintext import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from store.feeds import FeedSpec

_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_LOOKED_AT: Final = 2_000
_MARKED: Final = re.compile(r"<superscript>.*?</superscript>|\t", re.IGNORECASE | re.DOTALL)
_BREAK: Final = re.compile(r"</p\s*>|<p\b[^>]*>|<br\s*/?>|\n\s*\n", re.IGNORECASE)
_COLUMN: Final = re.compile(r"\b(denunciation|withdrawal|termination)s?\b", re.IGNORECASE)
_LEAVING: Final = re.compile(
    r"\b(?:withdr[ae]w\w*|denounc\w+|denunciation\w*|ceased? to be (?:a )?part\w+)", re.IGNORECASE
)
# Up to six words may stand between the verb and what is taken back: "withdrawal of its interpretative declaration".
_TAKEN_BACK: Final = re.compile(
    r"\bwithdr[ae]w\w*(?:\W+\w+){0,6}?\W+(?:reservation|declaration|objection|statement|notification of derogation)",
    re.IGNORECASE,
)
_NOTES: Final = ("EndNotes", "Notifications", "Declarations", "DeclarationsUnderArticle")


@dataclass(frozen=True, slots=True)
class UnTreatyReader:
    """Reads the record of one treaty.

    Attributes:
        treaty: how reports name it; None for the name that the record gives.
    """

    treaty: str | None = None

    def __call__(
        self, body: bytes, *, spec: FeedSpec, base_url: str, now: datetime, content_type: str | None = None
    ) -> ParsedFeed:
        """A report for every action by which a state leaves. The arguments are those of `parse`.

        Raises:
            NotAFeedError: it is no record, which is what the site answers during maintenance.
        """
        del now, content_type  # the record dates its actions in words, and names its own encoding
        root = _record(body, base_url)
        treaty = self.treaty or plain(_joined(root.find(".//ExternalData/Titlesect")), LONGEST_TITLE)
        rows = [[_cell(entry) for entry in row.iter("Entry")] for row in root.findall(".//Participants//Tbody//Row")]
        if not treaty or not rows:
            raise NotAFeedError(shown(base_url), "is XML, but not the record of a treaty with its participants")
        heads = [_cell(entry) for entry in root.findall(".//Participants//Thead//Entry")]
        actions = [*_denounced(treaty, heads, rows), *_noted(treaty, root)]
        reports = {report.id: report for report in (_report(*action, spec, base_url) for action in actions)}
        return ParsedFeed(tuple(reports.values()), FeedHints(), treaty)


def _record(body: bytes, base_url: str) -> Element:
    if len(body) > LONGEST_BODY:
        raise NotAFeedError(shown(base_url), f"is a record of more than {LONGEST_BODY:,} bytes")
    if _HTML.search(body[:_LOOKED_AT]):
        raise NotAFeedError(shown(base_url), "answers with a page instead of the record: it is being maintained")
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise NotAFeedError(shown(base_url), "has a document type or entities, which are not expanded") from error
    except (ET.ParseError, ValueError, LookupError) as error:
        raise NotAFeedError(shown(base_url), "is not well-formed XML") from error
    return root


def _denounced(treaty: str, heads: list[str], rows: list[list[str]]) -> Iterator[tuple[str, str]]:
    """What the table says where it has a column for those who left: title and text."""
    for row in rows:
        for head, cell in zip(heads, row, strict=False):
            column = _COLUMN.search(head)
            if column and cell and row[0]:
                verb = "denounces" if column[1].lower() == "denunciation" else "withdraws from"
                yield f"{row[0]} {verb} the {treaty}", f"{head} of {row[0]}: {cell}."


def _noted(treaty: str, root: Element) -> Iterator[tuple[str, str]]:
    """What notes and declarations say of leaving: title and text."""
    for section in _NOTES:
        for element in root.iter(section):
            for note in _BREAK.split(_joined(element)):
                text = plain(_MARKED.sub(" ", note), LONGEST_SUMMARY)
                if _LEAVING.search(_TAKEN_BACK.sub("", text)):
                    yield f"{treaty}: {text}", text


def _joined(element: Element | None) -> str:
    """All text of an element, that of different elements on lines of their own. Its markup comes escaped."""
    return "\n\n".join(element.itertext()) if element is not None else ""


def _cell(element: Element) -> str:
    return plain(_MARKED.sub(" ", "".join(element.itertext())), _LONGEST_CELL)


_LONGEST_CELL: Final = 200


def _report(title: str, text: str, spec: FeedSpec, base_url: str) -> Report:
    return Report(
        id=hashlib.sha256(f"depositary:{spec.url}\n{title}\n{text}".encode()).hexdigest()[:24],
        title=plain(title, LONGEST_TITLE),
        summary=text,
        lang=spec.lang or "en",
        url=clean_link(base_url, ""),
        outlet=spec.outlet,
        country=spec.country,
        group=spec.group,
        official=True,
    )
