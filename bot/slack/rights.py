"""Who may change what a channel hears, and who may correct what the bot told."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.channel import ChannelGoneError, MaybeSentError, MessageRefusedError, NotSentError
from bot.conversation.model import Person
from bot.slack.sending import answer_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.conversation.model import Place
    from bot.slack.incoming import User

_logger = logging.getLogger(__name__)

REMEMBERED: Final = timedelta(minutes=5)
"""For how long it is remembered who somebody is: Slack counts how often it is asked."""

FORGOTTEN: Final = timedelta(seconds=20)
"""For how long it is remembered that Slack did not say so."""

_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Trusted:
    """The people whom the settings name, by their ids.

    Attributes:
        owners: may do everything.
        admins: may change what channels hear, as the workspace's own administrators may.
        curators: may correct what the bot told.
    """

    owners: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    curators: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Profile:
    """What Slack says of somebody."""

    name: str | None = None
    lang: str | None = None
    admin: bool = False


class Rights:
    """Decides who may do what, and asks Slack who is an administrator.

    Args:
        client: asks.
        trusted: whom the settings name.
        clock: tells the time.
    """

    def __init__(self, client: AsyncWebClient, trusted: Trusted, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._trusted = trusted
        self._clock = clock
        self._known: dict[str, tuple[_Profile, datetime]] = {}

    async def person(self, user: User, place: Place) -> Person:
        """Somebody in a place. In a conversation of two everybody may choose what comes."""
        profile = await self._profile(user.id)
        owner = user.id in self._trusted.owners
        return Person(
            id=user.id,
            name=profile.name or user.name,
            lang=profile.lang,
            may_set=owner or place.kind == "private" or profile.admin or user.id in self._trusted.admins,
            owner=owner,
            curator=owner or user.id in self._trusted.curators,
        )

    async def _profile(self, user: str) -> _Profile:
        now = self._clock()
        profile, until = self._known.pop(user, (_Profile(), now))
        if until <= now:
            asked = await self._asked(user)
            profile, until = (asked, now + REMEMBERED) if asked else (_Profile(), now + FORGOTTEN)
        # Put back at the end: those who spoke longest ago stand first, and are the first to be forgotten.
        self._known[user] = (profile, until)
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return profile

    async def _asked(self, user: str) -> _Profile | None:
        try:
            answer = await answer_of(self._client.users_info(user=user, include_locale=True))
        except (NotSentError, ChannelGoneError, MaybeSentError, MessageRefusedError) as error:
            _logger.warning("user %s: who they are is not known: %s", user, error)
            return None
        told = answer["user"]
        profile = told.get("profile", {})
        # A guest's or a bot's account is never an administrator's.
        return _Profile(
            name=profile.get("display_name") or profile.get("real_name") or told.get("name"),
            lang=str(told.get("locale") or "")[:2].lower() or None,
            admin=any(bool(told.get(one)) for one in ("is_admin", "is_owner", "is_primary_owner")),
        )
