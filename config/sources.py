"""Loading what is watched: lists of feeds, of pages without a feed, and of depositaries' records.

The shipped list is the folder `feeds/`; an operator may put a file or a folder of the same form in its place, and keep
additions to either in one more file, which `feeds import` writes. Everything is validated, and one `KnowledgeError`
tells of every fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

import tomli_w

from config.records import LANGUAGE, Faults, Place, Table
from config.toml import TomlError, read_toml
from treaties.model import OUTLET_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

_COUNTRY: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One feed of the list: its address, and who speaks there.

    Attributes:
        url: http or https.
        outlet: the name that alerts show.
        country: the outlet's seat (ISO alpha-2), None for an international organisation.
        lang: its language.
        kind: one of `OUTLET_KINDS`.
        group: the owner, where several outlets share one: they do not count as independent of each other.
        folder: where a feed reader would show it; outlines of OPML, with slashes between them.
    """

    url: str
    outlet: str
    country: str | None = None
    lang: str | None = None
    kind: str = "outlet"
    group: str | None = None
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page that has no feed, and what of it is watched.

    Attributes:
        feed: the page's address, and who speaks there.
        select: a CSS selector of the part that is watched.
        drop: a CSS selector of what changes there without being news, such as a clock.
        title: stands before each new piece of text, to say what it is about.
    """

    feed: FeedEntry
    select: str
    drop: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class DepositaryEntry:
    """A treaty's record at its depositary; `treaty` is its name in reports, None where the record itself names it."""

    feed: FeedEntry
    treaty: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that the lists name, each address once."""

    feeds: tuple[FeedEntry, ...] = ()
    pages: tuple[PageEntry, ...] = ()
    depositaries: tuple[DepositaryEntry, ...] = ()

    def entries(self) -> tuple[FeedEntry, ...]:
        """All of them, as far as they are alike."""
        return (*self.feeds, *(page.feed for page in self.pages), *(one.feed for one in self.depositaries))


def load_sources(path: Path | None = None, added: Path | None = None) -> Sources:
    """What is watched: the shipped list or the operator's own, and what was added to it.

    Args:
        path: a file, or a folder of files, in place of the shipped list.
        added: a file of additions; it need not be there, and what the list names already is passed over in it.

    Raises:
        KnowledgeError: with every fault of every file.
    """
    faults = Faults()
    found = _Found(faults)
    for name, file in _files(path, faults):
        found.read(file, name, scope="list")
    if added and added.exists():
        found.read(added, str(added), scope="added")
    faults.raise_any()
    return found.sources()


def load_feeds(path: Path | None = None) -> tuple[FeedEntry, ...]:
    """The feeds of the shipped list, or of the operator's own.

    Raises:
        KnowledgeError: with every fault.
    """
    return load_sources(path).feeds


def state_languages() -> Mapping[str, tuple[str, ...]]:
    """The languages in which each state is written about at home, by its code."""
    table = read_toml(resources.files("config") / "state_languages.toml")
    return {state: tuple(languages) for state, languages in table.items()}


def add_feeds(file: Path, feeds: Iterable[FeedEntry]) -> None:
    """Add feeds to a file of additions, which is made where it is missing; what stands there stays as it is.

    Raises:
        OSError: the file cannot be written; it is as it was.
    """
    # Tables one below the other: what was written by hand keeps its comments and its order.
    rows = ["\n[[feed]]\n" + tomli_w.dumps(_row(feed)) for feed in feeds]
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_text(encoding="utf-8") if file.exists() else _HEAD
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(before.rstrip("\n") + "\n" + "".join(rows), encoding="utf-8")
    fresh.replace(file)


def _row(feed: FeedEntry) -> dict[str, str]:
    values = {key: getattr(feed, key) for key in _KEYS}
    return {key: value for key, value in values.items() if value is not None}


_KEYS: Final = ("url", "outlet", "country", "lang", "kind", "group", "folder")
_HEAD: Final = "# Feeds that were added to the list. Entries may be written by hand, too.\n"


def _files(path: Path | None, faults: Faults) -> Iterator[tuple[str, Path | Traversable]]:
    """The files of a list, with the names under which faults are told."""
    if path and not path.is_dir():
        yield str(path), path
        return
    folder = path or resources.files("config") / "feeds"
    label = str(path) if path else "config/feeds"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    if not names:
        faults.add(Place(label, ""), "has no .toml file in it", "add a list of feeds")
    for name in names:
        yield f"{label}/{name}", folder / name


class _Found:
    """What has been read so far; the first of two entries for one address counts."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._feeds: dict[str, FeedEntry] = {}
        self._pages: dict[str, PageEntry] = {}
        self._depositaries: dict[str, DepositaryEntry] = {}

    def read(self, source: Path | Traversable, name: str, *, scope: str) -> None:
        """Read one file. An address may stand only once in a scope."""
        place = Place(name, "")
        try:
            top = Table(read_toml(source), place, self._faults)
        except TomlError as error:
            self._faults.add(place, str(error), "correct the file")
            return
        self._rows(top, "feed", scope, lambda row, feed: self._feeds.setdefault(feed.url, _plain(row, feed)))
        self._rows(top, "page", scope, lambda row, feed: self._pages.setdefault(feed.url, _page(row, feed)))
        self._rows(top, "depositary", scope, self._depositary)
        top.done()

    def sources(self) -> Sources:
        """Everything, each address once whatever it stands for."""
        pages = {url: page for url, page in self._pages.items() if url not in self._feeds}
        taken = self._feeds.keys() | pages.keys()
        rest = tuple(one for url, one in self._depositaries.items() if url not in taken)
        return Sources(tuple(self._feeds.values()), tuple(pages.values()), rest)

    def _rows(self, top: Table, key: str, scope: str, keep: Callable[[Table, FeedEntry], object]) -> None:
        for row in top.tables(key):
            feed = _entry(row, kind="outlet" if key == "feed" else "official")
            if feed.url:
                self._faults.claim("feed", feed.url, row.place, scope)
            else:
                row.wrong("url", "is missing", f"add the {key}'s address")
            keep(row, feed)
            row.done()

    def _depositary(self, row: Table, feed: FeedEntry) -> None:
        self._depositaries.setdefault(feed.url, DepositaryEntry(feed, row.optional_text("treaty")))


def _entry(table: Table, kind: str) -> FeedEntry:
    return FeedEntry(
        url=table.address("url") or "",
        outlet=table.text("outlet"),
        country=table.shaped("country", _COUNTRY, "two capital letters, such as FR"),
        lang=table.shaped("lang", LANGUAGE, "two or three small letters, such as fr"),
        kind=table.choice("kind", OUTLET_KINDS, default=kind),
        group=table.optional_text("group"),
        folder=table.optional_text("folder"),
    )


def _plain(_: Table, feed: FeedEntry) -> FeedEntry:
    return feed


def _page(table: Table, feed: FeedEntry) -> PageEntry:
    title = table.optional_text("title") or ""
    return PageEntry(feed, _selector(table, "select", must=True) or "", _selector(table, "drop"), title)


def _selector(table: Table, key: str, *, must: bool = False) -> str | None:
    text = table.text(key) if must else table.optional_text(key)
    # Only here: most lists have feeds alone, and what was imported stays in memory.
    from cssselect import HTMLTranslator, SelectorError  # noqa: PLC0415

    try:
        HTMLTranslator().css_to_xpath(text or "*")
    except SelectorError as error:
        table.wrong(key, f"is {text!r}, which is no CSS selector ({error})", 'write one, such as "main ul.news > li"')
        return None
    return text
