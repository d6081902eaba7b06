"""The versions of the tables, as the names of the migrations tell them.

Alembic, which makes the tables, takes longer to load than everything else that a health check needs, and most commands
find the tables as they should be. It stands apart, in `store.migrating`.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Final

from sqlalchemy import column, inspect, select, table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_MIGRATION: Final = re.compile(r"(\d{4})_\w+\.py")
_TABLE: Final = "alembic_version"


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
