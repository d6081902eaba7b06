"""Checking: whether Slack takes the tokens, and whether they allow what the app does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.web.async_client import AsyncWebClient

from bot.channel import ChannelGoneError, MaybeSentError, MessageRefusedError, NotSentError
from bot.slack.manifest import APP_SCOPE, SCOPES
from bot.slack.sending import API, answer_of

if TYPE_CHECKING:
    from collections.abc import Collection

_SCOPES_HEADER = "x-oauth-scopes"


async def faults(bot_token: str, app_token: str | None = None, *, base_url: str = API) -> list[str]:
    """A line for everything that is wrong with the tokens; a Slack that is out of reach is no fault of theirs."""
    found = await _asked("bot token", bot_token, "xoxb-", SCOPES, base_url)
    if app_token:
        found += await _asked("app-level token", app_token, "xapp-", (APP_SCOPE,), base_url)
    return found


async def _asked(name: str, token: str, begins: str, scopes: Collection[str], base_url: str) -> list[str]:
    if not token.startswith(begins):
        return [f"the {name} is none: it begins with {begins}"]
    client = AsyncWebClient(token=token, base_url=base_url, retry_handlers=[])
    app_level = begins == "xapp-"
    try:
        # Only this method takes an app-level token; the address that it gives out is not used.
        request = client.apps_connections_open(app_token=token) if app_level else client.auth_test()
        answer = await answer_of(request)
    except (NotSentError, MaybeSentError):
        return []
    except (ChannelGoneError, MessageRefusedError) as refusal:
        return [f"Slack refuses the {name} ({refusal})"]
    told = answer.headers.get(_SCOPES_HEADER)
    if told is None:
        return []
    missing = sorted(set(scopes) - {one.strip() for one in str(told).split(",")})
    return [f"the {name} lacks {', '.join(missing)}; see config/slack-manifest.yaml, and install the app again"] * bool(
        missing
    )
