"""Wording: what alerts, digests, questions and answers say, in the language of each chat and for every chat alike."""

from bot.wording.clause import article, clause_text, promise, recalled_mark, takes_effect
from bot.wording.coverage import coverage_line, disputed_lines
from bot.wording.digest import digest_message
from bot.wording.names import case_title, states_named, treaty_title
from bot.wording.saying import say
from bot.wording.steps import STAGE_WORDS, in_order, stage_bar, stage_words

__all__ = [
    "STAGE_WORDS",
    "article",
    "case_title",
    "clause_text",
    "coverage_line",
    "digest_message",
    "disputed_lines",
    "in_order",
    "promise",
    "recalled_mark",
    "say",
    "stage_bar",
    "stage_words",
    "states_named",
    "takes_effect",
    "treaty_title",
]
