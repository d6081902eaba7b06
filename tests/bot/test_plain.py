import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.message import Message
from bot.plain import clean, cut, fit, headline, units, uri, web_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\nlines\tand\u00a0spaces  ", "two lines and spaces"),
        ("\x1b[31mred\x07", "[31mred"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("half \ud83d pair", "half  pair"),
        ("Выход, 条約, Straße 😀", "Выход, 条約, Straße 😀"),
    ],
)
def test_only_what_a_reader_can_see_is_left_on_one_line(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_a_headline_is_never_empty() -> None:
    assert headline(Message("alert", " \u200b\n")) == "(no title)"


@pytest.mark.parametrize("link", ["https://news.example/a?b=1#c", "http://192.0.2.1:8080/"])
def test_a_web_address_is_kept_as_it_is(link: str) -> None:
    assert web_address(link) == link


@pytest.mark.parametrize(
    "link",
    [None, "", "ftp://a.example", "javascript:x", "https://", "https://a b", "http://[", "https://a/" + "x" * 2000],
)
def test_anything_else_is_no_link(link: str | None) -> None:
    assert web_address(link) is None


def test_an_emoji_counts_twice_as_the_chats_count() -> None:
    assert units("a😀") == 3


@given(st.text(), st.integers(1, 30))
def test_a_cut_text_fits_and_is_as_long_as_it_can_be(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert units(short) <= limit
    if units(text) <= limit:
        assert short == text
    else:
        kept = len(short) - 1
        assert short == text[:kept] + "…"
        assert units(text[: kept + 1].rstrip()) > limit - 1 or text[kept].isspace()


@given(st.lists(st.text("ab 😀", max_size=9)), st.integers(3, 60))
def test_lines_that_do_not_fit_are_left_out_whole(texts: list[str], limit: int) -> None:
    kept = fit(texts, limit)
    assert units("\n".join(kept)) <= limit
    assert list(kept) == texts or kept[-1].endswith("…")
    assert len(kept) < 2 or list(kept[:-1]) == texts[: len(kept) - 1]


@pytest.mark.parametrize(
    ("link", "written"),
    [
        ("https://x.example/a?b=<1>&c=[2]#d", "https://x.example/a?b=%3C1%3E&c=%5B2%5D#d"),
        ("https://x.example/100%/%41", "https://x.example/100%25/%41"),
        ("https://x.example/é|^`", "https://x.example/%C3%A9%7C%5E%60"),
        ("https://[::1]:8080/", "https://[::1]:8080/"),
        ("https://müller.example/", "https://müller.example/"),
        ('https://x"y.example/', None),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
def test_an_address_is_written_as_a_uri(link: str | None, written: str | None) -> None:
    assert uri(link) == written
