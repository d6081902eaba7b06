from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.links import _identity, _made_clean, clean_link, identity_of_link, shown

BASE = "https://news.example/feeds/world.xml"


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        ("/a/b", "https://news.example/a/b"),
        (" item?id=3 ", "https://news.example/feeds/item?id=3"),
        ("//other.example/x", "https://other.example/x"),
        ("https://a.example/x?utm_source=rss&id=1&fbclid=2&gclid=3&at_medium=RSS", "https://a.example/x?id=1"),
        ("https://a.example/x?utm_campaign=rss", "https://a.example/x"),
        ("https://a.example/x#xtor=RSS-3208", "https://a.example/x"),
        ("https://a.example/x#part-2", "https://a.example/x#part-2"),
        ("https://user:pass@a.example/x", "https://a.example/x"),
        ("https://a.example/with space", "https://a.example/with%20space"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("http://[broken/", None),
        ("https://", None),
        ("https://a.example:99999/", None),
        ("https://a.example/" + "x" * 3000, None),
    ],
)
def test_links_are_absolute_and_untracked_or_none(raw: str, link: str | None) -> None:
    assert clean_link(raw, BASE) == link


def test_one_address_has_one_identity_however_it_is_spelt() -> None:
    spellings = ("http://www.a.example/x/", "https://a.example/x", "https://A.example:443/x")
    assert len({identity_of_link(link) for link in spellings}) == 1
    assert identity_of_link("https://a.example/x?p=1") != identity_of_link("https://a.example/x?p=2")


def test_an_address_is_shown_without_its_secrets() -> None:
    assert shown("https://name:pass@a.example:8443/feed?key=secret#x") == "https://a.example:8443/feed?…"
    assert shown("https://a.example/a\x1bb c") == "https://a.example/a�b�c"
    assert len(shown("https://a.example/" + "x" * 999)) == 200


@given(st.text(max_size=100))
def test_any_text_can_be_tried_as_a_link(raw: str) -> None:
    link = clean_link(raw, BASE)
    assert link is None or link.startswith(("http://", "https://"))
    assert link is None or clean_link(link, BASE) == link
    shown(raw)


PLACES = ["www.", "a.example", "b-c", "/", "//", "/../", ".", ":80", "@", "A", "~", "é", "%20", ";", "\n", " "]
PIECES = st.sampled_from([*PLACES, "?", "&", "=", "utm_source=x", "q=1", "#", "+"])
ADDRESSES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["http://", "https://"]),
    st.sampled_from(["a.example/", "www.b.example/x", ""]),
    st.lists(PIECES, max_size=8).map("".join),
)


@given(ADDRESSES, st.sampled_from(["", BASE, "https://a.example/"]))
def test_an_ordinary_address_is_what_it_would_be_made(raw: str, base: str) -> None:
    link = clean_link(raw, base)
    assert link == _made_clean(raw, base)
    if link:
        assert identity_of_link(link) == _identity(link)
