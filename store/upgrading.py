"""The process that upgrades a database for a program that runs for long (`python -m store.upgrading`).

`store.schema.upgrade_apart` starts it, and tells it the URL through a pipe.
"""

from __future__ import annotations

import sys

from store.database import Database


def main() -> None:
    """Bring the database to the newest version whose URL stands on standard input."""
    with Database(sys.stdin.read()) as database:
        database.upgrade()


if __name__ == "__main__":
    main()
