"""The story's feeds: RSS 2.0, Atom, RSS 1.0, and RSS as a careless newsroom writes it."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # only builds documents, never parses one

from bot.demo.story import FeedFormat, Outlet, StoryReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


def render_feed(outlet: Outlet, reports: Sequence[StoryReport], base_url: str) -> bytes:
    """The outlet's feed as its server would send it.

    Args:
        outlet: whose feed, and in which format.
        reports: the entries, newest first.
        base_url: scheme, host and port, without a slash at the end.
    """
    match outlet.format:
        case FeedFormat.RSS:
            return _document(_rss(outlet, reports, base_url))
        case FeedFormat.ATOM:
            return _document(_atom(outlet, reports, base_url))
        case FeedFormat.RDF:
            return _document(_rdf(outlet, reports, base_url))
        case FeedFormat.BROKEN_RSS:
            return _broken_rss(outlet, reports, base_url)


def _document(root: ET.Element) -> bytes:
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, attributes)
    child.text = text
    return child


def _rss(outlet: Outlet, reports: Sequence[StoryReport], base_url: str) -> ET.Element:
    root = ET.Element("rss", {"version": "2.0"})
    channel = _add(root, "channel")
    _add(channel, "title", outlet.name)
    _add(channel, "link", f"{base_url}/{outlet.id}")
    _add(channel, "description", outlet.name)
    _add(channel, "language", outlet.lang)
    for report in reports:
        item = _add(channel, "item")
        _add(item, "title", report.title)
        _add(item, "link", report.link(base_url))
        _add(item, "guid", report.guid, isPermaLink="false")
        _add(item, "pubDate", format_datetime(report.published))
        _add(item, "description", report.summary)
    return root


def _atom(outlet: Outlet, reports: Sequence[StoryReport], base_url: str) -> ET.Element:
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": outlet.lang})
    _add(root, "id", f"tag:demo.example,2025:{outlet.id}")
    _add(root, "title", outlet.name)
    _add(root, "link", rel="self", href=f"{base_url}/{outlet.id}/feed")
    changed = last_change(reports)
    if changed:
        _add(root, "updated", changed.isoformat())
    for report in reports:
        entry = _add(root, "entry")
        _add(entry, "id", report.guid)
        _add(entry, "title", report.title)
        _add(entry, "link", rel="alternate", href=report.link(base_url))
        _add(entry, "published", report.published.isoformat())
        _add(entry, "updated", (report.updated or report.published).isoformat())
        _add(entry, "summary", report.summary)
    return root


def _rdf(outlet: Outlet, reports: Sequence[StoryReport], base_url: str) -> ET.Element:
    root = ET.Element(
        "rdf:RDF",
        {
            "xmlns:rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns": "http://purl.org/rss/1.0/",
        },
    )
    channel = _add(root, "channel", **{"rdf:about": f"{base_url}/{outlet.id}/feed"})
    _add(channel, "title", outlet.name)
    _add(channel, "link", f"{base_url}/{outlet.id}")
    _add(channel, "description", outlet.name)
    _add(channel, "dc:language", outlet.lang)
    order = _add(_add(channel, "items"), "rdf:Seq")
    for report in reports:
        _add(order, "rdf:li", **{"rdf:resource": report.guid})
        item = _add(root, "item", **{"rdf:about": report.guid})
        _add(item, "title", report.title)
        _add(item, "link", report.link(base_url))
        _add(item, "description", report.summary)
        _add(item, "dc:date", report.published.isoformat())
    return root


def _broken_rss(outlet: Outlet, reports: Sequence[StoryReport], base_url: str) -> bytes:
    """RSS with the faults that homemade feeds have.

    Bare ampersands, an entity that XML does not know, `channel` and `rss` never closed, and a charset declared that the
    text does not keep to. Readers are expected to cope with all of it.
    """
    items = "".join(
        f"<item><title>{report.title}</title>\n<link>{report.link(base_url)}</link>\n"
        f'<guid isPermaLink="false">{report.guid}</guid>\n<pubDate>{format_datetime(report.published)}</pubDate>\n'
        f"<description>{report.summary}&nbsp;</description></item>\n"
        for report in reports
    )
    head = f"<title>{outlet.name}</title>\n<link>{base_url}/{outlet.id}</link>\n<language>{outlet.lang}</language>\n"
    return f'<?xml version="1.0" encoding="us-ascii"?>\n<rss version="2.0"><channel>\n{head}{items}'.encode()


def last_change(reports: Iterable[StoryReport]) -> datetime | None:
    """When a feed with these reports was last changed; None for an empty one."""
    return max((report.updated or report.published for report in reports), default=None)
