"""The names of the months as dates in feeds write them, in the languages of the feeds watched."""

from __future__ import annotations

from typing import Final

# Beginnings that tell a month from all others of every language here; of two that fit a word the longer one counts.
# Listopad is the eleventh month in Poland, Czechia and Ukraine, and the tenth in Croatia: the more readers win.
_BEGINNINGS: Final = (
    "jan jän ian gen ene oca tam sau sty led sij янв јан яну січ сту ιαν يناير ינואר",
    "feb fév fev feb úno velj şub hel vas vee lut shk фев лют φεβ فبراير شباط פברואר",
    "mar mär már mrz mac bře ožu maa kov бер мар сак μαρ μάρ مارس آذار מרץ",
    "apr abr avr ápr dub tra nis huh bal pri апр кві кра απρ أبريل ابريل نيسان אפריל",
    "may mai maj maí mei mag máj kvě svi tou geg май мая мај тра μαΐ μαϊ μάι مايو أيار מאי",
    (
        "jun jún jūn juin juun giu iun cze červn červen lipanj lipnj haz kes bir qer июн јун юни чер чэр ιουν ιούν "
        "يونيو حزيران יוני"
    ),
    (
        "jul júl jūl juil juul lug iul lip červenc července srpanj srpnj tem hei lie kor июл јул юли лип ліп ιουλ ιούλ "
        "يوليو تموز יולי"
    ),
    "aug ago aoû aou agu ágú avg sie srpna srpen kol ağu elo rugp gus авг сер жні αυγ αύγ أغسطس اغسطس אוגוסט",
    "sep set sze wrz zář ruj eyl syy rugs sht сеп сен вер σεπ سبتمبر أيلول ספטמבר",
    "oct okt ott out paź paz říj eki lok spa tet окт жов кас οκτ أكتوبر اكتوبر אוקטובר",
    "nov nóv noi noe lis stu kas marra lap nën ноя ное нов лис ліс νοε νοέ نوفمبر נובמבר",
    "dec déc dez dic des gru pro ara jou dhj дек дец гру сне δεκ ديسمبر דצמבר",
)
_MONTH_OF: Final = {
    beginning: number for number, beginnings in enumerate(_BEGINNINGS, start=1) for beginning in beginnings.split()
}
_LONGEST: Final = max(map(len, _MONTH_OF))


def month_number(word: str) -> int | None:
    """The month, 1 to 12, that a word of at least three letters begins to name; None where it names none."""
    folded = word.casefold().replace("i̇", "i")
    for length in range(min(len(folded), _LONGEST), 2, -1):
        found = _MONTH_OF.get(folded[:length])
        if found:
            return found
    return None
