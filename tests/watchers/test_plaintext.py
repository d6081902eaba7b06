from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.plaintext import _tag_by_tag, _words, plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<b>Seimas</b> votes<br>on <i>the</i> bill", "Seimas votes on the bill"),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("&lt;b&gt;Seimas&lt;/b&gt; &amp;amp; Saeima", "Seimas & Saeima"),
        ("before<script>alert(1)</script> after<style>p{}</style>", "before after"),
        ("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;left", "left"),
        ('<img src=x onerror="alert(1)">Picture', "Picture"),
        ("a < b and 3 > 2, I <3 treaties", "a < b and 3 > 2, I <3 treaties"),
        ("AT&T and R&D", "AT&T and R&D"),
        ("<![CDATA[inside]]>", "inside]]>"),
        ("<![nonsense[ it ]]> stays", "![nonsense[ it ]]> stays"),
        ("&amp;amp;amp;lt;script&gt; four times escaped", "&lt;script> four times escaped"),
        ("&amp;amp;lt;b&amp;amp;gt;", "b>"),
        ("bell\x07 nul\x00 escape\x1b[31m", "bell nul escape [31m"),
        ("turned\u202earound\u2066 \ud800half soft\u00adly", "turnedaround half softly"),
        ("  much \n\t\u00a0 room ", "much room"),
        ("cut off <a href='https://exam", "cut off"),
        ("cut off <b <i", "cut off"),
        ("cut off <img sr", "cut off"),
        ("cut off <p&", "cut off"),
        ("cut off </b and", "cut off"),
        ("cut off <script src", "cut off"),
        ("cut off <!-- here and", "cut off"),
        ("if a<b and c then", "if a<b and c then"),
        ("if a&lt;b and c then", "if a<b and c then"),
        ("if a&amp;lt;b and <i>c</i> then", "if a<b and c then"),
        ("if x<y, then z>1", "if x<y, then z>1"),
        ("a<b c d <a href='x", "a<b c d"),
        ("<script, alert(1)>left", "left"),
        ('before <object classid="x"> after', "before after"),
        ("before <svg><p>and</p> <iframe src=x>after", "before and after"),
        ("before <script>after", "before"),
        ("before <style>after <object>this", "before"),
        ("\ufdd0script>x", "script>x"),
        ("Hi <\u200bscript>alert(1)<\ufeff/script> left", "Hi left"),
        ("Hi &lt;&#x200B;script&gt;alert(1)&lt;&#xFEFF;/script&gt;&lt;&#xAD;img src=x&gt; left", "Hi left"),
        ("a&amp;&#x200B;lt;b&gt;c", "ac"),
    ],
)
def test_markup_becomes_plain_text(markup: str, text: str) -> None:
    assert plain(markup, 100) == text


def test_a_long_text_is_cut_at_a_word() -> None:
    assert plain("one two three four", 12) == "one two…"
    assert plain("x" * 50, 10) == "x" * 9 + "…"


PIECES = [
    "<",
    ">",
    "/",
    "!",
    "--",
    "[",
    "]",
    "&",
    "lt;",
    "amp;",
    "#60;",
    "script",
    "style",
    "b",
    "=",
    '"',
    "'",
    " ",
    "?",
]


@given(st.text(st.characters(codec=None), max_size=300) | st.lists(st.sampled_from(PIECES), max_size=100).map("".join))
def test_any_text_can_be_made_plain(markup: str) -> None:
    text = plain(markup, 50)
    assert len(text) <= 50
    assert not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text)
    assert "<script" not in text.lower()


@given(st.lists(st.sampled_from([*PIECES, "\u200b", "\ufeff", "\u00ad", "&#x200b;", "&shy;", "&zwnj;"]), max_size=40))
def test_no_tag_comes_together_where_something_that_nobody_sees_is_taken_out(pieces: list[str]) -> None:
    text = plain("".join(pieces), 500)
    assert "<script" not in text.lower()
    assert "<style" not in text.lower()


TAGS = ["<b>", "</b>", "<P>", "</p >", "<br/>", "<script>", "</script>", "<style/>", "<scripty>", "<\u212a>", "<svg\n>"]
BITS = ["<", "</", ">", "<!--", "-->", "<a href='q>'>", "</a>", "<p", "/", "'", '"', "\0", "word", " ", "&amp;", "&lt;"]
MARKUP = st.sampled_from([*TAGS, *BITS])


@given(st.lists(MARKUP, max_size=9).map("".join))
def test_markup_of_bare_tags_is_read_as_it_would_be_tag_by_tag(markup: str) -> None:
    assert _words(markup) == _tag_by_tag(markup)


@given(st.text(st.sampled_from("a b  \t\x00\x7f\x85\u00ad\u200b\u202a\u3000\u00a0\u2028é\U0001f600"), max_size=8))
def test_nothing_that_cannot_be_printed_is_left(text: str) -> None:
    assert plain(text, 100).isprintable()
