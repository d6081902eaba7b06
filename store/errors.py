"""What can go wrong with the store.

StoreError                      the store cannot do what was asked, one clear line
├── MigrationRequiredError      the tables are older (or newer) than the program
└── StoreBusyError              locked, full or away for a moment: trying again can help
"""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot do what was asked. The message is one line, without secrets."""


class MigrationRequiredError(StoreError):
    """The tables do not fit this version of the program."""


class StoreBusyError(StoreError):
    """The database is locked, full or away for a moment: trying again can help."""
