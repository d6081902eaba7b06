"""The versions of the tables, as the names of the migrations tell them.

Alembic, which makes the tables, takes longer to load than everything else that a health check needs, and most commands
find the tables as they should be. It stands apart, in `store.migrating`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import column, inspect, select, table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_MIGRATION: Final = re.compile(r"(\d{4})_\w+\.py")
_TABLE: Final = "alembic_version"
_ROOT: Final = Path(__file__).parents[1]


def versions() -> tuple[str, ...]:
    """Every version that this program knows, the oldest first."""
    files = resources.files("store").joinpath("migrations", "versions").iterdir()
    return tuple(sorted(found[1] for file in files if (found := _MIGRATION.fullmatch(file.name))))


def version(conn: Connection) -> str | None:
    """The version of the tables in a database, None where there are none."""
    if not inspect(conn).has_table(_TABLE):
        return None
    stored: str | None = conn.execute(select(column("version_num")).select_from(table(_TABLE))).scalar()
    return stored


def upgrade_apart(url: str) -> bool:
    """Bring the tables to the newest version in a process of its own, and say whether it could.

    Args:
        url: the database, with its password: it is told through a pipe, because anybody can read a command line.
    """
    ended = subprocess.run(
        (sys.executable, "-P", "-m", "store.upgrading"),
        input=url.encode(),
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return ended.returncode == 0
