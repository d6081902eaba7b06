"""The app as Slack is to know it: what it may do, what it is told, and what people see of it.

`config/slack-manifest.yaml` is written from this (`python -m tools.slack_manifest`): it promises nothing that the code
does not do. The fields are those of https://docs.slack.dev/reference/app-manifest.
"""

from __future__ import annotations

from typing import Any, Final

from bot.slack.listening import HOME_OPENED, SHORTCUT
from bot.slack.typing import NAMES, SLASH

SCOPES: Final = (
    "chat:write",  # alerts, digests, answers
    "commands",  # the slash command and the shortcut
    "files:write",  # timelines as pictures
    "users:read",  # who is an administrator, and who speaks which language
)
"""What the bot token has to allow, and no more."""

APP_SCOPE: Final = "connections:write"
"""What the app-level token has to allow: it opens the socket."""

_HINT_LIMIT: Final = 1000


def manifest() -> dict[str, Any]:
    """The manifest, for Socket Mode."""
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Treatywatch",
            "description": "Tells each new step of a state out of a treaty, once.",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Treatywatch", "always_online": True},
            "shortcuts": [
                {
                    "name": "What do we know?",
                    "type": "message",
                    "callback_id": SHORTCUT,
                    "description": "What do we know about this?",
                }
            ],
            "slash_commands": [
                {
                    "command": SLASH,
                    "description": "Exits from treaties: look up, watch, mute",
                    "usage_hint": f"[{' | '.join(NAMES)}]"[:_HINT_LIMIT],
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": [HOME_OPENED]},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }
