from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.watchers.hostile import answer
from watchers.robots import KEPT, KEPT_UNKNOWN, Permission, Robots

if TYPE_CHECKING:
    from tests.watchers.hostile import HostileServer
    from watchers.fetch import Fetcher

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
RULES = b"User-agent: *\nDisallow: /all\n\nUser-agent: Treatywatch\nDisallow: /mine\nCrawl-delay: 7\n"


@pytest.fixture
def robots(fetcher: Fetcher) -> Robots:
    return Robots(fetcher, "Treatywatch")


async def test_the_rules_for_this_program_hold(server: HostileServer, robots: Robots) -> None:
    server.say("/robots.txt", answer(200, RULES))

    assert await robots.permission(server.url("/mine/1"), NOW) == Permission(allowed=False, delay=7)
    assert await robots.permission(server.url("/all/1"), NOW) == Permission(allowed=True, delay=7)


async def test_the_rules_for_everybody_hold_where_there_are_none_for_this_program(
    server: HostileServer, fetcher: Fetcher
) -> None:
    server.say("/robots.txt", answer(200, RULES))

    assert await Robots(fetcher, "Other").permission(server.url("/all/1"), NOW) == Permission(allowed=False)


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        (answer(404), True),
        (answer(403), True),
        (answer(200, b""), True),
        (answer(200, b"\xff\xfe\x00 <html>nonsense"), True),
        (answer(500), False),
        (answer(503), False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nUser-agent", False),
    ],
    ids=["missing", "forbidden", "empty", "nonsense", "broken", "busy", "cut"],
)
async def test_a_host_that_cannot_say_allows_nothing_and_one_without_rules_all(
    server: HostileServer, robots: Robots, said: bytes, *, allowed: bool
) -> None:
    server.say("/robots.txt", said)

    assert (await robots.permission(server.url("/x"), NOW)).allowed is allowed


async def test_rules_are_kept_for_a_day(server: HostileServer, robots: Robots) -> None:
    server.say("/robots.txt", answer(200, RULES))
    for moment in (NOW, NOW + KEPT - timedelta(seconds=1), NOW + KEPT):
        await robots.permission(server.url("/x"), moment)

    assert server.paths() == ["/robots.txt"] * 2


async def test_a_host_that_could_not_say_is_asked_again_after_an_hour(server: HostileServer, robots: Robots) -> None:
    server.say("/robots.txt", answer(500), answer(404))

    assert not (await robots.permission(server.url("/x"), NOW)).allowed
    assert not (await robots.permission(server.url("/x"), NOW + KEPT_UNKNOWN - timedelta(seconds=1))).allowed
    assert (await robots.permission(server.url("/x"), NOW + KEPT_UNKNOWN)).allowed
    assert len(server.asked) == 2
