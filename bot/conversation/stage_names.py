"""How people call the stages, in the languages that the bot speaks: patterns as those by which reports are read.

One word may mean several stages: "passed" is any vote of parliament. Wrongly taken words only widen a filter that the
answer then shows in full, so the lists are short and plain.
"""

from __future__ import annotations

from typing import Final

from treaties.stages import CHAMBER_VOTES, REVERSALS, Stage

FORMAL: Final = frozenset(
    {
        Stage.BILL_SUBMITTED,
        *CHAMBER_VOTES,
        Stage.SIGNED_INTO_LAW,
        Stage.NOTIFIED_DEPOSITARY,
        Stage.IN_EFFECT,
        Stage.RETURNED,
        Stage.REJECTED,
        Stage.STRUCK_DOWN,
        Stage.RESCINDED,
    }
)
"""The formal steps, from the bill to the day on which the state is out, and what stops or undoes them."""

NAMES: Final[tuple[tuple[frozenset[Stage], tuple[str, ...]], ...]] = (
    (
        FORMAL,
        ("formal", "formal steps", "формальн*", "формальн* шаг*", "формальн* крок*", "formel*", "formell*", "formales"),
    ),
    (
        frozenset({Stage.CONSIDERED}),
        (
            "considered|considering|debated",
            "рассматрива*",
            "розгляда*",
            "examiné|examinée|envisagé",
            "erwogen",
            "considerado",
        ),
    ),
    (
        frozenset({Stage.ANNOUNCED}),
        (
            "announced|announcement|announces",
            "объявлен*|объявил*|анонс*",
            "оголошен*|оголосил*",
            "annoncé|annoncée|annonce",
            "angekündigt|Ankündigung",
            "anunciado|anuncio|anunciada",
        ),
    ),
    (
        frozenset({Stage.GOVERNMENT_APPROVED}),
        (
            "government",
            "government approved|approval",
            "cabinet",
            "правительств*",
            "одобрен* правительств*",
            "уряд*",
            "gouvernement",
            "Regierung|Kabinett",
            "gobierno",
        ),
    ),
    (
        frozenset({Stage.BILL_SUBMITTED}),
        (
            "bill|bills",
            "bill submitted|tabled",
            "законопроект*",
            "projet de loi",
            "Gesetzentwurf|Entwurf|Gesetzesentwurf",
            "proyecto de ley",
            "proyecto",
        ),
    ),
    (
        frozenset({Stage.LOWER_HOUSE_PASSED}),
        (
            "lower house|chamber",
            "lower house|chamber passed",
            "нижн* палат*",
            "chambre basse",
            "Unterhaus",
            "cámara baja",
        ),
    ),
    (
        frozenset({Stage.UPPER_HOUSE_PASSED}),
        (
            "upper house|chamber",
            "upper house|chamber passed",
            "senate",
            "верхн* палат*",
            "chambre haute",
            "Oberhaus",
            "cámara alta",
        ),
    ),
    (
        CHAMBER_VOTES,
        (
            "passed|voted|adopted",
            "parliament",
            "parliament passed",
            "passed by parliament",
            "принят*|парламент*",
            "ухвален*|прийнят*",
            "adopté|adoptée|voté|parlement",
            "verabschiedet|beschlossen|Parlament",
            "aprobado|aprobada|parlamento",
        ),
    ),
    (
        frozenset({Stage.SIGNED_INTO_LAW}),
        (
            "signed|signature|promulgated",
            "signed into law",
            "подписан*|подписал*",
            "підписан*|підписал*",
            "signé|signée|promulgué",
            "unterzeichnet|unterschrieben",
            "firmado|firmada|promulgado",
        ),
    ),
    (
        frozenset({Stage.NOTIFIED_DEPOSITARY}),
        (
            "notified|notification|notice",
            "depositary",
            "depositary notified",
            "уведомлен*|депозитари*",
            "повідомлен*|депозитарі*",
            "notifié|notification|dépositaire",
            "notifiziert|Notifikation|Depositar",
            "notificado|notificación|depositario",
        ),
    ),
    (
        frozenset({Stage.IN_EFFECT}),
        (
            "effect|effective|out",
            "in effect|force",
            "вступил* в силу",
            "в сил*",
            "набрал* чинності",
            "чинн*",
            "en vigueur",
            "effectif|effective",
            "in Kraft",
            "wirksam",
            "en vigor",
        ),
    ),
    (
        frozenset({Stage.SUSPENDED}),
        (
            "suspended|suspension|frozen",
            "приостанов*",
            "призупин*",
            "suspendu|suspension",
            "ausgesetzt|Aussetzung",
            "suspendido|suspensión",
        ),
    ),
    (
        frozenset({Stage.RETURNED}),
        ("returned|vetoed|veto", "возвращ*|вето", "поверн*", "renvoyé|véto", "zurückverwiesen|Veto", "devuelto"),
    ),
    (
        frozenset({Stage.REJECTED}),
        (
            "rejected|rejection",
            "отклон*|отверг*",
            "відхил*",
            "rejeté|rejetée|rejet",
            "abgelehnt|Ablehnung",
            "rechazado|rechazo",
        ),
    ),
    (
        frozenset({Stage.POSTPONED}),
        ("postponed|delayed|shelved", "отлож*", "відклад*", "reporté|reportée", "verschoben", "aplazado"),
    ),
    (
        frozenset({Stage.STRUCK_DOWN}),
        (
            "struck down",
            "court|unconstitutional",
            "суд*|неконституц*",
            "cour|tribunal",
            "Gericht|verfassungswidrig",
            "inconstitucional",
        ),
    ),
    (
        frozenset({Stage.RESCINDED}),
        (
            "rescinded|revoked",
            "notification withdrawn",
            "отозван*",
            "відклик*",
            "rétracté|révoqué",
            "zurückgenommen|widerrufen",
            "revocado",
        ),
    ),
    (
        frozenset({Stage.REJOINED}),
        (
            "rejoined|rejoins|return",
            "вернул*",
            "повернул*",
            "réadhéré|retour",
            "wiederbeigetreten|Rückkehr",
            "reincorporado|reingreso",
        ),
    ),
    (
        REVERSALS,
        (
            "reversal|reversals|setbacks|setback",
            "отмен*",
            "скасув*",
            "revirement|revirements",
            "Umkehr|Rückschläge",
            "reversión",
        ),
    ),
)
"""Which stages are meant by which words."""

_SMALL: Final = (
    "and or the of in from to for by with about on all only a an",
    "и или из по о об для от с в на та і й або з із від про у до",
    "et ou le la les de du des en par pour l d und oder der die das aus dem den von zur zum für",
    "y e o el los las del por para con desde",
)

IGNORED: Final = frozenset(word for words in _SMALL for word in words.split())
"""Small words that name nothing by themselves. Some are codes of states, too (`de`, `in`): those count in capitals."""
