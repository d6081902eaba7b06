"""The language of a text by the real model, which comes with the program."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import language
from bot.language import detect


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "The harbour council votes to leave the lighthouse pact."),
        ("fr", "Le parlement a voté la sortie de la convention sur les phares."),
        ("de", "Das Parlament stimmte für den Austritt aus dem Abkommen."),
        ("es", "El parlamento votó a favor de abandonar la convención."),
        ("it", "Il parlamento ha votato per l'uscita dalla convenzione."),
        ("pt", "O parlamento votou a favor da saída da convenção."),
        ("pl", "Parlament zagłosował za wystąpieniem z konwencji."),
        ("ru", "Парламент проголосовал за выход из конвенции."),
        ("uk", "Парламент проголосував за вихід із конвенції."),
        ("bg", "Парламентът гласува за излизане от конвенцията."),
        ("lv", "Saeima nobalsoja par izstāšanos no konvencijas."),
        ("lt", "Seimas balsavo už pasitraukimą iš konvencijos."),
        ("et", "Riigikogu hääletas konventsioonist lahkumise poolt."),
        ("fi", "Eduskunta äänesti sopimuksesta irtautumisen puolesta."),
        ("sv", "Riksdagen röstade för att lämna konventionen."),
        ("hu", "A parlament megszavazta a kilépést az egyezményből."),
        ("tr", "Parlamento sözleşmeden çekilme kararı aldı."),
        ("el", "Το κοινοβούλιο ψήφισε την αποχώρηση από τη σύμβαση."),
        ("ar", "صوت البرلمان على الانسحاب من الاتفاقية"),
        ("zh", "议会投票决定退出该公约"),
        ("ja", "議会は条約からの脱退を可決した"),
        ("ko", "국회가 협약 탈퇴를 의결했다"),
    ],
)
def test_a_short_sentence_is_enough(code: str, text: str) -> None:
    assert detect(text) == code


def test_a_text_may_have_several_lines() -> None:
    assert detect("The harbour\nof the\r\ntown\tand of\u2028the lighthouse\n") == "en"


def test_a_long_text_is_no_trouble() -> None:
    assert detect("Le port et le phare de la ville. " * 3_000) == "fr"


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t", "\u00a0\u2003"], ids=ascii)
def test_nothing_is_of_no_language(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("text", ["12345 67890", "\x00\x01", "zz qq ww vv kk", "🙂🙂"], ids=ascii)
def test_what_is_no_language_is_told_as_none(text: str) -> None:
    assert detect(text) is None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_has_a_code_or_none_and_the_same_one_each_time(text: str) -> None:
    found = detect(text)
    assert found is None or re.fullmatch(r"[a-z]{2,3}", found)
    assert detect(text) == found


def test_a_program_that_is_installed_without_the_model_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    language._model.cache_clear()
    monkeypatch.setattr(language, "find_spec", lambda _: None)
    try:
        with pytest.raises(FileNotFoundError, match="install the program again"):
            detect("The harbour of the town")
    finally:
        language._model.cache_clear()
