from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.knowledge import KnowledgeError
from config.sources import DepositaryEntry, FeedEntry, PageEntry, add_feeds, load_sources

if TYPE_CHECKING:
    from pathlib import Path

FEED = '[[feed]]\nurl = "https://a.example/rss"\noutlet = "A"\n'
PAGE = '[[page]]\nurl = "https://b.example/status"\noutlet = "B"\nselect = "main tr"\n'
RECORD = '[[depositary]]\nurl = "https://c.example/record.xml"\noutlet = "C"\n'


def written(file: Path, *parts: str) -> Path:
    file.write_text("\n".join(parts), encoding="utf-8")
    return file


def test_feeds_pages_and_depositaries_are_read(tmp_path: Path) -> None:
    page = PAGE + 'drop = ".clock"\ntitle = "Status"\nkind = "ngo"\n'
    record = RECORD + 'treaty = "Tide Convention"\ngroup = "UN"\n'
    sources = load_sources(written(tmp_path / "list.toml", FEED + 'folder = "x/y"', page, record))

    assert sources.feeds == (FeedEntry("https://a.example/rss", "A", folder="x/y"),)
    assert sources.pages == (
        PageEntry(FeedEntry("https://b.example/status", "B", kind="ngo"), "main tr", ".clock", "Status"),
    )
    entry = FeedEntry("https://c.example/record.xml", "C", kind="official", group="UN")
    assert sources.depositaries == (DepositaryEntry(entry, "Tide Convention"),)
    assert [one.outlet for one in sources.entries()] == ["A", "B", "C"]


def test_a_page_is_official_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert load_sources(written(tmp_path / "list.toml", PAGE)).pages[0].feed.kind == "official"


def test_a_folder_of_lists_is_one_list(tmp_path: Path) -> None:
    written(tmp_path / "b.toml", FEED)
    written(tmp_path / "a.toml", PAGE)
    written(tmp_path / "notes.txt", "none of ours")

    assert [one.outlet for one in load_sources(tmp_path).entries()] == ["A", "B"]


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"has no \.toml file in it; add a list of feeds"):
        load_sources(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PAGE.replace("main tr", "main >> tr"), "page 1: select is 'main >> tr', which is no CSS selector"),
        (PAGE.replace("main tr", "tr::before"), "page 1: select is 'tr::before', which is no CSS selector"),
        (PAGE + 'drop = "["\n', "page 1: drop is '[', which is no CSS selector"),
        (PAGE.replace('select = "main tr"\n', ""), "page 1: select is missing; add it"),
        (PAGE.replace("https://b.example/status", "b.example"), "page 1: url is 'b.example'"),
        ('[[page]]\noutlet = "B"\nselect = "p"\n', "page 1: url is missing; add the page's address"),
        (RECORD + 'treaty = ""\n', "depositary 1: treaty is empty"),
        (RECORD + 'select = "p"\n', "depositary 1: unknown key 'select'"),
        ("[[feeds]]\n", "unknown key 'feeds'; did you mean 'feed'?"),
        (FEED + PAGE.replace("b.example/status", "a.example/rss"), "page 1: the feed 'https://a.example/rss' is alr"),
    ],
)
def test_a_fault_is_told_with_its_row(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load_sources(written(tmp_path / "list.toml", text))
    assert expected in str(caught.value)


def test_additions_come_on_top_and_what_is_listed_already_is_passed_over(tmp_path: Path) -> None:
    own = FEED.replace('"A"', '"Another name"')
    added = written(tmp_path / "added.toml", own, FEED.replace("a.example", "z.example"), PAGE)
    sources = load_sources(written(tmp_path / "list.toml", FEED, PAGE), added)

    assert [feed.outlet for feed in sources.feeds] == ["A", "A"]
    assert [feed.url for feed in sources.feeds] == ["https://a.example/rss", "https://z.example/rss"]
    assert len(sources.pages) == 1


def test_an_addition_that_is_listed_as_something_else_is_passed_over(tmp_path: Path) -> None:
    added = written(tmp_path / "added.toml", RECORD.replace("c.example/record.xml", "a.example/rss"))

    assert load_sources(written(tmp_path / "list.toml", FEED), added).depositaries == ()


def test_additions_need_not_be_there_but_have_to_be_sound(tmp_path: Path) -> None:
    listed = written(tmp_path / "list.toml", FEED)

    assert len(load_sources(listed, tmp_path / "none.toml").feeds) == 1
    with pytest.raises(KnowledgeError, match=r"added\.toml: feed 1: outlet is missing"):
        load_sources(listed, written(tmp_path / "added.toml", '[[feed]]\nurl = "https://z.example/"'))


def test_feeds_are_added_behind_what_stands_there(tmp_path: Path) -> None:
    file = tmp_path / "data" / "added.toml"
    quoted = FeedEntry('https://a.example/"\\', 'The "A"\n\x7f\\ é', "FR", "fr", "agency", "G = [", "x/y")

    add_feeds(file, [quoted])
    file.write_text(file.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    add_feeds(file, [FeedEntry("https://b.example/", "B")])

    assert load_sources(file).feeds == (quoted, FeedEntry("https://b.example/", "B"))
    assert "# by hand" in file.read_text(encoding="utf-8")
    assert [one.name for one in file.parent.iterdir()] == ["added.toml"]
