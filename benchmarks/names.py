"""How many headlines are searched in a second, on one core, for all names of all languages at once."""

from __future__ import annotations

import time

from benchmarks.reports import reports
from config.knowledge import load
from treaties.reading.mentions import Lexicon
from treaties.reading.text import tokens

COUNT = 20_000

if __name__ == "__main__":
    knowledge = load()
    lexicon = Lexicon(knowledge)
    titles = [report.title for report in reports(COUNT, share=0.3)]
    for title in titles[: COUNT // 20]:
        lexicon.names_in(tokens(title))  # names are compiled when a text first needs them; what lasts is measured
    start = time.perf_counter()
    found = sum(len(lexicon.names_in(tokens(title))) for title in titles)
    seconds = time.perf_counter() - start
    length = sum(map(len, titles)) / len(titles)
    print(f"names: {COUNT / seconds:.0f} headlines/s of {length:.0f} characters, {found} names found")
