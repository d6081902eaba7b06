from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.characters import text_of

WORDS = {
    "ru": "Дума вышла из договора",
    "pl": "Głosowanie: żółć i ślad",
    "el": "Η Βουλή ψήφισε",
    "tr": "Türkiye çıktı, değişti",
    "he": "הכנסת הצביעה",
    "ar": "صوت البرلمان",
    "lt": "Šalis išėjo ąžuolas",
    "ja": "国会は条約から脱退",
    "zh": "议会投票退出条约",
    "ko": "국회 조약 탈퇴",
    "th": "รัฐสภา",
    "fr": "Été déjà «voté» à l’Œuvre",
}
ENCODINGS = [
    ("ru", "windows-1251", "cp1251"),
    ("ru", "koi8-r", "koi8-r"),
    ("ru", "iso-8859-5", "iso-8859-5"),
    ("ru", "x-mac-cyrillic", "mac_cyrillic"),
    ("pl", "iso-8859-2", "iso-8859-2"),
    ("pl", "windows-1250", "cp1250"),
    ("el", "iso-8859-7", "iso-8859-7"),
    ("tr", "iso-8859-9", "cp1254"),
    ("he", "windows-1255", "cp1255"),
    ("ar", "windows-1256", "cp1256"),
    ("lt", "windows-1257", "cp1257"),
    ("ja", "shift_jis", "cp932"),
    ("ja", "euc-jp", "euc-jp"),
    ("ja", "iso-2022-jp", "iso-2022-jp"),
    ("zh", "gb2312", "gb18030"),
    ("ko", "euc-kr", "cp949"),
    ("ko", "ks_c_5601-1987", "cp949"),
    ("th", "windows-874", "cp874"),
    ("fr", "iso-8859-1", "cp1252"),
    ("fr", "macintosh", "mac_roman"),
]
WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"]


def feed(words: str, declared: str | None = None) -> str:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f'{declaration}<rss version="2.0"><channel><item><title>{words}</title></item></channel></rss>'


@pytest.mark.parametrize(("lang", "name", "codec"), ENCODINGS)
def test_an_encoding_is_told_by_the_feed_or_the_server(lang: str, name: str, codec: str) -> None:
    words = WORDS[lang]
    assert words in text_of(feed(words, name).encode(codec))
    assert words in text_of(feed(words, name).encode(codec), "text/xml; charset=ISO-8859-1"), "the default of servers"
    assert words in text_of(feed(words).encode(codec), f'text/xml; charset="{name.upper()}"')
    assert words in text_of(feed(words, "utf-8").encode(codec), f"text/xml; charset={name}")


@pytest.mark.parametrize(("lang", "name"), [one[:2] for one in ENCODINGS])
def test_what_is_utf_8_is_utf_8_whatever_it_says(lang: str, name: str) -> None:
    assert WORDS[lang] in text_of(feed(WORDS[lang], name).encode(), f"text/xml; charset={name}")
    assert WORDS[lang] in text_of(feed(WORDS[lang], "utf-16").encode())


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("declared", [None, "utf-16", "utf-8", "iso-8859-1"])
def test_wide_characters_are_told_by_their_bytes(encoding: str, declared: str | None) -> None:
    for words in (WORDS["ru"], "plain ASCII"):
        assert words in text_of(feed(words, declared).encode(encoding))
        assert words in text_of(("\n " + feed(words, declared)).encode(encoding))


def test_ebcdic_is_read() -> None:
    for codec in ("cp037", "cp500"):
        assert "Plain words" in text_of(feed("Plain words", codec).encode(codec))
    assert "Plain words" in text_of(feed("Plain words", "ebcdic-of-some-kind").encode("cp037"))


@pytest.mark.parametrize(("lang", "codec"), [("ru", "cp1251"), ("pl", "cp1250"), ("el", "cp1253"), ("ja", "cp932")])
def test_where_nobody_says_the_language_tells(lang: str, codec: str) -> None:
    words = WORDS[lang]
    assert words in text_of(feed(words).encode(codec), None, lang)
    named = feed(words).replace("<item>", f"<language>{lang}-XX</language><item>")
    assert words in text_of(named.encode(codec))
    assert words in text_of(feed(words).replace("<rss", f'<rss xml:lang="{lang}"').encode(codec), "text/xml")


def test_without_any_hint_it_is_what_the_west_uses() -> None:
    assert WORDS["fr"] in text_of(feed(WORDS["fr"]).encode("cp1252"))
    assert "“Not yet”" in text_of(feed("“Not yet”").encode("cp1252"))


UNSAID = [
    ("cp1251", "Парламент в третьем чтении принял закон о выходе из договора"),
    ("koi8_r", "Парламент в третьем чтении принял закон о выходе из договора"),
    ("cp1253", "Η βουλή ψήφισε τον νόμο για την αποχώρηση από τη σύμβαση"),
    ("cp1255", "הכנסת אישרה בקריאה שלישית את החוק לפרישה מן האמנה, ושר החוץ יודיע על כך לאומות המאוחדות בשבוע הבא"),
    ("cp1256", "صوت البرلمان على قانون الانسحاب من المعاهدة الدولية"),
    ("cp932", "国会は条約からの脱退に関する法案を可決した"),
    ("euc_jp", "国会は条約からの脱退に関する法案を可決した"),
    ("cp949", "국회는 조약 탈퇴에 관한 법안을 가결했다"),
    ("gb18030", "议会通过了退出条约的法案，总统将于下周签署"),
    ("big5", "議會通過了退出條約的法案，總統將於下週簽署"),
]


@pytest.mark.parametrize(("codec", "words"), UNSAID)
@pytest.mark.parametrize("declared", [None, "utf-8", "no-such"])
def test_where_nobody_says_another_script_is_told_by_its_bytes(codec: str, words: str, declared: str | None) -> None:
    assert words in text_of(feed(words, declared).encode(codec))
    assert words in text_of(feed(words, declared).encode(codec), "text/xml; charset=utf-8")


def test_a_few_broken_bytes_cost_only_themselves() -> None:
    assert WORDS["ru"] in text_of(feed(WORDS["ru"] * 3 + "#", "windows-1251").encode().replace(b"#", b"\xff"))
    assert WORDS["ru"] in text_of(feed(WORDS["ru"] * 3 + "#", "windows-1251").encode("cp1251").replace(b"#", b"\x98"))


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "utf-7", "zip", "hex", "no-such", "utf-16"])
def test_an_encoding_that_no_text_is_in_is_not_tried(name: str) -> None:
    body = feed("caf#", name).encode().replace(b"#", b"\xe9")
    assert "café" in text_of(body, f"text/xml; charset={name}")


@given(st.binary(max_size=200), st.none() | st.text(max_size=30), st.none() | st.sampled_from(["ru", "xx", ""]))
def test_any_bytes_are_some_text(body: bytes, content_type: str | None, lang: str | None) -> None:
    assert isinstance(text_of(body, content_type, lang), str)
