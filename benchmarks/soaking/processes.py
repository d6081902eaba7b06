"""What the system tells of a process: whether it is there, whether it works, and what memory it holds."""

from __future__ import annotations

from pathlib import Path


def alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    return _state(Path(f"/proc/{pid}/stat")) not in {"X", "Z"}


def busy(*pids: int) -> bool:
    """Whether a thread of these processes, or of those that they started, works or would if it had a processor."""
    found = [one for pid in pids for one in (str(pid), *children_of(pid))]
    return any(_state(thread / "stat") in {"R", "D"} for one in found for thread in _threads(one))


def _threads(process: str) -> list[Path]:
    """The threads of a process, which may have ended since somebody saw it."""
    try:
        return list(Path(f"/proc/{process}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def _state(stat: Path) -> str:
    """How the system calls the state of a process or thread; X where it is no more."""
    try:
        return stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def children_of(pid: int) -> list[str]:
    """The processes that a process has started."""
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def megabytes(pid: int, kind: str = "VmRSS") -> float:
    """The memory that a process holds, or only that of a kind that the system tells apart; 0 where it is no more."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith(f"{kind}:")]
    return int(found[0]) / 1024 if found else 0.0
