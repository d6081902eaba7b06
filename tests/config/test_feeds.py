from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from config.knowledge import FEED_KINDS, FeedEntry, KnowledgeError, load_feeds

if TYPE_CHECKING:
    from pathlib import Path

# Their terms refuse automated use, a ban forbids to pass them on, or they only search.
NEVER = (
    "nytimes.com",
    "theguardian.com",
    "lemonde.fr",
    "lefigaro.fr",
    "ft.com",
    "aljazeera.com",
    "aljazeera.net",
    "tass.com",
    "tass.ru",
    "rt.com",
    "ria.ru",
    "lenta.ru",
    "news.google.com",
    "bing.com",
    "allafrica.com",
)


def test_a_feed_list_is_read(tmp_path: Path) -> None:
    file = tmp_path / "feeds.toml"
    file.write_text(
        '[[feed]]\nurl = "https://a.example/rss"\noutlet = "A"\n'
        '[[feed]]\nurl = "http://b.example/"\noutlet = "B"\ncountry = "FR"\nlang = "fr"\nkind = "agency"\n'
        'group = "G"\n',
        encoding="utf-8",
    )
    assert load_feeds(file) == (
        FeedEntry("https://a.example/rss", "A"),
        FeedEntry("http://b.example/", "B", "FR", "fr", "agency", "G"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('outlet = "A"', "feed 1: url is missing; add the feed's address"),
        ('url = "ftp://a.example/"\noutlet = "A"', "feed 1: url is 'ftp://a.example/'; write an address"),
        ('url = "https://a.example/"', "feed 1: outlet is missing; add it"),
        ('url = "https://a.example/"\noutlet = "A"\nkind = "agence"', "did you mean 'agency'?"),
        ('url = "https://a.example/"\noutlet = "A"\nlanguage = "fr"', "feed 1: unknown key 'language';"),
        (
            'url = "https://a.example/"\noutlet = "A"\ncountry = "France"',
            "country is 'France'; write two capital",
        ),
    ],
)
def test_a_fault_in_a_feed_list_is_told_with_its_row(text: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "feeds.toml"
    file.write_text(f"[[feed]]\n{text}\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_feeds(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert expected in str(caught.value)


def test_the_same_address_twice_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "feeds.toml"
    file.write_text('[[feed]]\nurl = "https://a.example/"\noutlet = "A"\n' * 2, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"feed 2: the feed 'https://a\.example/' is already in"):
        load_feeds(file)


def test_a_missing_feed_list_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"nowhere\.toml: cannot be read: No such file or directory"):
        load_feeds(tmp_path / "nowhere.toml")


def test_the_shipped_list_speaks_many_languages() -> None:
    feeds = load_feeds()
    assert 55 <= len(feeds) <= 70
    assert len({feed.lang for feed in feeds}) >= 12
    assert {feed.kind for feed in feeds} == FEED_KINDS


def test_the_shipped_list_has_nothing_that_must_not_be_polled() -> None:
    hosts = [urlsplit(feed.url).hostname or "" for feed in load_feeds()]
    assert not [host for host in hosts if any(host == never or host.endswith(f".{never}") for never in NEVER)]
