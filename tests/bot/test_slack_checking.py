"""What a check says of Slack's tokens: whether they are taken, and which scopes they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.slack.checking import faults
from bot.slack.manifest import SCOPES
from tests.bot.fakes.slack import APP_TOKEN, TOKEN, Manifest, slack_api

if TYPE_CHECKING:
    from tests.bot.fakes.slack import FakeSlack


async def test_tokens_with_all_that_the_manifest_asks_for_are_fine(workspace: FakeSlack) -> None:
    assert await faults(TOKEN, APP_TOKEN, base_url=workspace.url) == []
    assert [call.method for call in workspace.calls] == ["auth.test", "apps.connections.open"]


@pytest.mark.parametrize("missing", SCOPES)
async def test_every_scope_that_is_missing_is_named(missing: str) -> None:
    async with slack_api(manifest=Manifest(scopes=frozenset(SCOPES) - {missing})) as server:
        [fault] = await faults(TOKEN, None, base_url=server.url)
    assert fault == f"the bot token lacks {missing}; see config/slack-manifest.yaml, and install the app again"


async def test_tokens_that_slack_refuses_and_those_that_are_mixed_up_are_named(workspace: FakeSlack) -> None:
    assert await faults("xoxb-other", "xapp-other", base_url=workspace.url) == [
        "Slack refuses the bot token (invalid_auth)",
        "Slack refuses the app-level token (invalid_auth)",
    ]
    assert await faults(APP_TOKEN, TOKEN, base_url=workspace.url) == [
        "the bot token is none: it begins with xoxb-",
        "the app-level token is none: it begins with xapp-",
    ]


async def test_a_slack_that_is_out_of_reach_is_no_fault_of_the_tokens(workspace: FakeSlack) -> None:
    await workspace.stop()
    assert await faults(TOKEN, APP_TOKEN, base_url=workspace.url) == []
