"""Slack put together. Imported only where there is a token: its library takes a quarter of a second and 20 MB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack import checking
from bot.slack.hearing import Hearing, way_of
from bot.slack.rights import Trusted
from bot.slack.sending import SlackChannels
from bot.wiring.start import clock

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bot.desk import Desk
    from config.settings import Settings


def channels(chosen: Settings, token: str) -> SlackChannels:
    """The app."""
    return SlackChannels(token, base_url=chosen.slack.base_url, clock=clock)


def hearing(chosen: Settings, app: SlackChannels, desk: Desk) -> Hearing | None:
    """What hears people; None where the settings give no way."""
    mine = chosen.slack
    way = way_of(_plain(mine.app_token), _plain(mine.signing_secret), mine.http_listen)
    people = Trusted(frozenset(mine.owners), frozenset(mine.admins), frozenset(mine.curators))
    return Hearing(app, desk, people, way) if way else None


async def faults(chosen: Settings, token: str) -> list[str]:
    """A line for everything that is wrong with the tokens."""
    return await checking.faults(token, _plain(chosen.slack.app_token), base_url=chosen.slack.base_url)


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
