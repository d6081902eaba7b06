"""Makes the tables, or brings them to another version, with alembic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def migrate(conn: Connection) -> None:
    """Bring the tables to the newest version, within the transaction that is open."""
    config = alembic_config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def alembic_config() -> Config:
    """Found through the package, so that it works from a wheel as from a checkout; no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", "store:migrations")
    return config
