"""The project's own labelled reports: all are sound, and no figure falls behind the one that was reached before."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.jsonl import alert_line, in_order, reading_line
from bot.wiring import ready, rules
from config.knowledge import load
from config.labelled import FLOOR, load_labelled
from treaties.labelled import Labelled, stream
from treaties.model import Label
from treaties.scoring import AlertFigures, ReadingFigures, numbers, score_alerts, score_readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treaties.model import Alert, Reading

HERE: Final = Path(__file__).parent / "reports"
SHARED: Final = Path(__file__).parents[2] / "shared" / "eval"
FILES: Final = sorted(path for path in HERE.glob("*.toml") if path.name != FLOOR)

HIGH: Final = {"recall", "precision", "stage", "stage_near", "found"}
LOW: Final = {"false_alarm", "loud", "c_det", "extra", "false"}
"""Of these a lower figure is the better one."""

ADVICE: Final = """
See what is missed with `treatywatch eval tests/reports --misses`. If reports were added or corrected that the rules
cannot read yet, and nothing else got worse, write the new figure into tests/reports/floor.toml and say why in the
commit. A figure that got better belongs there too: copy it from what `treatywatch eval tests/reports` prints."""


@pytest.fixture(scope="module")
def rows() -> tuple[Labelled, ...]:
    # Loading alone proves that every treaty, state, stage and label exists, and that no id stands twice.
    return load_labelled(HERE, load())


def readings_of(rows: Sequence[Labelled]) -> list[Reading]:
    reader = ready.reader()
    return [reader.read(row.report) for row in rows]


def alerts_of(rows: Sequence[Labelled]) -> list[Alert]:
    with rules.replaying(with_known=False) as handle:
        return [alert for report, moment in in_order(stream(rows)) for alert in handle(report, moment)]


def behind(figures: dict[str, float], floor: dict[str, float]) -> list[str]:
    """Every figure that is worse than its floor, a ceiling where lower is better."""
    return [
        f"{name} is {round(figures[name], 4)}, and was {floor[name]}: lower is {'better' if name in LOW else 'worse'}"
        for name in figures
        if name in floor and (round(figures[name], 4) - floor[name]) * (1 if name in LOW else -1) > 0
    ]


def test_there_are_enough_reports_in_enough_languages(rows: tuple[Labelled, ...]) -> None:
    assert len(rows) >= 400
    assert len({row.report.lang for row in rows}) >= 18
    assert {row.label for row in rows} == set(Label)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_and_its_ids_are_named_by_their_language(path: Path) -> None:
    found = tomllib.loads(path.read_text(encoding="utf-8"))

    assert found["language"] == path.stem
    ids = [report["id"] for report in found["report"]]
    assert [each for each in ids if not re.fullmatch(rf"{path.stem}-\d{{2,3}}", each)] == []


def test_a_treaty_that_is_left_has_a_state_that_leaves(rows: tuple[Labelled, ...]) -> None:
    assert [row.report.id for row in rows if bool(row.states) != bool(row.treaties)] == []


def test_every_key_and_every_figure_is_explained() -> None:
    explained = (HERE / "README.md").read_text(encoding="utf-8")
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES]
    keys = {key for found in files for report in found["report"] for key in report}
    figures = numbers(score_readings([], [])) | numbers(score_alerts([], []))

    assert [name for name in (*sorted(keys), *figures) if f"`{name}`" not in explained] == []


def test_no_figure_falls_behind(rows: tuple[Labelled, ...]) -> None:
    floor = tomllib.loads((HERE / FLOOR).read_text(encoding="utf-8"))
    read, told = score_readings(rows, readings_of(rows)), score_alerts(rows, alerts_of(rows))
    worse = behind(numbers(read) | numbers(told), floor)

    assert floor.keys() == HIGH | LOW
    assert not worse, "\n".join(["", *worse, ADVICE])


def test_a_figure_falls_behind_in_its_own_direction() -> None:
    floor = {"recall": 0.5, "loud": 20.0}

    assert behind({"recall": 0.50004, "loud": 19.9, "items": 3}, floor) == []
    assert behind({"recall": 0.49996, "loud": 20.00004}, floor) == []
    assert behind({"recall": 0.4999, "loud": 20.0001}, floor) == [
        "recall is 0.4999, and was 0.5: lower is worse",
        "loud is 20.0001, and was 20.0: lower is better",
    ]


def plain(line: str) -> Any:
    return json.loads(line)


@pytest.mark.skipif(not SHARED.exists(), reason="the measuring tool and its reports are not part of the project")
def test_the_figures_are_those_of_the_measuring_tool(capsys: pytest.CaptureFixture[str]) -> None:
    tool, file = runpy.run_path(str(SHARED / "score.py")), SHARED / "dev.jsonl"
    rows, raw = load_labelled(file, load()), tool["load"](file)
    read, told = readings_of(rows), alerts_of(rows)
    figures: tuple[ReadingFigures, AlertFigures] = score_readings(rows, read), score_alerts(rows, told)

    tool["main"](["stream", str(file)])
    streamed = [plain(line) for line in capsys.readouterr().out.splitlines()]
    assert [(report.id, str(report.published)[:10]) for report in stream(rows)] == [
        (each["id"], each["published"]) for each in streamed
    ]
    expected = tool["score_read"](raw, [plain(reading_line(each)) for each in read], False)  # noqa: FBT003 - not ours
    assert expected.pop("read") == len(rows)
    assert numbers(figures[0]) == pytest.approx(expected, abs=1e-12)
    languages = ", ".join(f"{lang} {found}/{count}" for lang, (found, count) in figures[0].by_language.items())
    assert f"recall by language: {languages}\n" in capsys.readouterr().out
    expected = tool["score_replay"](raw, [plain(alert_line(each)) for each in told], False)  # noqa: FBT003 - not ours
    assert numbers(figures[1]) == pytest.approx(expected, abs=1e-12)
