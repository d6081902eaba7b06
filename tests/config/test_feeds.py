from __future__ import annotations

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.knowledge import KnowledgeError, load
from config.sources import FeedEntry, load_feeds, load_sources, state_languages
from treaties.model import OUTLET_KINDS

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


SHIPPED = load_feeds()
# Servers that are known to answer without encryption only.
PLAIN_HTTP = {"publication.pravo.gov.ru", "kremlin.ru", "en.kremlin.ru", "government.ru"}
CONTINENTS = {
    "Europe": "AT BE BG CH CZ DE EE FI FR GB GR HU IT LT LV NL NO PL RO RS RU SE SK TR UA",
    "Africa": "BF DZ EG ET KE ML NG SN ZA",
    "America": "AR BR CA CL MX PE US VE",
    "Asia": "ID IL IN IR JP KR PH PK",
    "Oceania": "AU NZ",
}


def folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def test_the_shipped_list_is_wide() -> None:
    languages = Counter(feed.lang for feed in SHIPPED)

    assert len(SHIPPED) >= 200
    assert len(languages) >= 35
    assert {feed.kind for feed in SHIPPED} == OUTLET_KINDS
    assert min(Counter(feed.kind for feed in SHIPPED).values()) >= 5
    assert languages["en"] < len(SHIPPED) / 2


def test_the_readme_says_how_wide() -> None:
    countries = {feed.country for feed in SHIPPED} - {None}
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

    assert (
        f"polls {len(SHIPPED)} public feeds in {len({feed.lang for feed in SHIPPED})} languages and {len(countries)} c"
        in readme
    )


@pytest.mark.parametrize("countries", CONTINENTS.values(), ids=CONTINENTS)
def test_the_shipped_list_reaches_everywhere(countries: str) -> None:
    assert set(countries.split()) <= {feed.country for feed in SHIPPED}


def test_the_shipped_list_has_every_feed_once() -> None:
    addresses = Counter(feed.url.partition("://")[2].removeprefix("www.").rstrip("/") for feed in SHIPPED)

    assert [address for address, count in addresses.items() if count > 1] == []


def test_the_shipped_list_names_states_and_languages_that_are_known() -> None:
    knowledge = load()

    assert {feed.country for feed in SHIPPED} - knowledge.states.keys() - {None, "HK"} == set()
    assert {feed.lang for feed in SHIPPED} - knowledge.words.keys() == set()
    assert [feed.url for feed in SHIPPED if feed.country is None and feed.kind not in {"official", "ngo", "blog"}] == []


def test_the_shipped_list_is_encrypted_wherever_the_server_can() -> None:
    plain = {urlsplit(feed.url).hostname for feed in SHIPPED if urlsplit(feed.url).scheme == "http"}

    assert plain == PLAIN_HTTP


def test_an_owner_is_spelt_alike_everywhere() -> None:
    spellings: dict[str, set[str]] = {}
    for name in {feed.group or feed.outlet for feed in SHIPPED}:
        spellings.setdefault(folded(name), set()).add(name)

    assert [names for names in spellings.values() if len(names) > 1] == []


def test_an_outlet_has_one_owner() -> None:
    owners: dict[str, set[str]] = {}
    for feed in SHIPPED:
        owners.setdefault(feed.outlet, set()).add(feed.group or feed.outlet)

    assert {outlet: names for outlet, names in owners.items() if len(names) > 1} == {}
    # A chain of owners would make two voices of one: the last owner is the one to name.
    assert [name for names in owners.values() for name in names if owners.get(name, {name}) != {name}] == []


def test_the_shipped_list_has_nothing_that_must_not_be_polled() -> None:
    hosts = [urlsplit(feed.url).hostname or "" for feed in SHIPPED]
    assert not [host for host in hosts if any(host == never or host.endswith(f".{never}") for never in NEVER)]


def test_nothing_but_feeds_is_on_until_it_is_configured() -> None:
    sources = load_sources()

    assert (sources.pages, sources.depositaries) == ((), ())


def test_every_language_of_a_state_can_be_read() -> None:
    knowledge, languages = load(), state_languages()

    assert languages.keys() <= knowledge.states.keys()
    assert {code for codes in languages.values() for code in codes} <= knowledge.words.keys()
    assert languages["RU"] == ("ru",)
    assert languages["CH"] == ("de", "fr", "it")
