"""What every test may use: an empty database with all its tables, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import logging
import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

import psycopg
import pytest
from hypothesis import settings

from store.database import Database
from store.tables import metadata
from tests.postgresql import started

if TYPE_CHECKING:
    from collections.abc import Iterator

# The same examples at every run: what fails has come with the change that is tried. New ones are searched for with
# `pytest --hypothesis-profile search`, see CONTRIBUTING.md.
settings.register_profile("steady", derandomize=True)
settings.register_profile("search", derandomize=False, print_blob=True)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Take back what a command set up for logging: its handler writes to a file that pytest closes after the test."""
    root = logging.getLogger()
    level, known = root.level, set(logging.Logger.manager.loggerDict)
    levels = {name: logging.getLogger(name).level for name in known}
    yield
    root.setLevel(level)
    for handler in [each for each in root.handlers if type(each) is logging.StreamHandler]:
        root.removeHandler(handler)
    for name in logging.Logger.manager.loggerDict:
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))


class NewUrl(Protocol):
    """Gives the URL of one more empty database, with its tables."""

    def __call__(self) -> str: ...


@pytest.fixture(scope="session")
def sqlite_urls(tmp_path_factory: pytest.TempPathFactory) -> NewUrl:
    """SQLite databases: copies of a file that was migrated once."""
    folder = tmp_path_factory.mktemp("sqlite")
    template = folder / "template.db"
    with Database(f"sqlite:///{template}") as database:
        database.upgrade()
    numbers = itertools.count(1)

    def new_url() -> str:
        copy = folder / f"{next(numbers)}.db"
        shutil.copyfile(template, copy)
        return f"sqlite:///{copy}"

    return new_url


@pytest.fixture(scope="session")
def postgresql_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewUrl]:
    """PostgreSQL databases, on a server of this run's own: copies of one that was migrated once."""
    try:
        server = started(tmp_path_factory.mktemp("postgresql") / "data")
    except ImportError:
        pytest.skip("there is no PostgreSQL server for this machine")
    try:
        with closing(psycopg.connect(server.get_uri(), autocommit=True)) as admin:
            admin.execute("CREATE DATABASE template_tables")
            with Database(server.get_uri(database="template_tables")) as database:
                database.upgrade()
            numbers = itertools.count(1)

            def new_url() -> str:
                name = f"test_{next(numbers)}"
                admin.execute(f"CREATE DATABASE {name} TEMPLATE template_tables".encode())
                return str(server.get_uri(database=name))

            yield new_url
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def emptied_postgresql(postgresql_urls: NewUrl) -> Iterator[NewUrl]:
    """The same PostgreSQL database again and again, emptied each time: a new one takes twenty times as long."""
    url = postgresql_urls()
    empty = [str(table.delete()) for table in reversed(metadata.sorted_tables)]
    empty.append("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")
    with closing(psycopg.connect(url, autocommit=True)) as cleaner:
        cleaner.execute("SET lock_timeout = 5000")  # a test that left a transaction open is to be told, not waited for

        def emptied_url() -> str:
            cleaner.execute("; ".join(empty).encode())
            return url

        yield emptied_url


@pytest.fixture(params=["sqlite_urls", "emptied_postgresql"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database with its tables; the test runs once on each kind and leaves the tables alone."""
    new_url: NewUrl = request.getfixturevalue(request.param)
    return new_url()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with its tables; the test runs once on each kind and leaves the tables alone."""
    with Database(database_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite_urls", "postgresql_urls"], ids=["sqlite", "postgresql"])
def own_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """As `database`, for a test that changes the tables themselves."""
    new_url: NewUrl = request.getfixturevalue(request.param)
    with Database(new_url()) as opened:
        yield opened


@pytest.fixture
def sqlite_database(sqlite_urls: NewUrl) -> Iterator[Database]:
    """An empty SQLite database with its tables, for tests to which the kind makes no difference."""
    with Database(sqlite_urls()) as opened:
        yield opened
