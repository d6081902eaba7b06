"""The manifest, the table of commands, the README and `help` name the same; what the app does the manifest allows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bot.conversation.commands import COMMANDS, find
from bot.slack.calls import PATH
from bot.slack.listening import HOME_OPENED, SHORTCUT
from bot.slack.manifest import APP_SCOPE, SCOPES, manifest
from bot.slack.typing import NAMES, SLASH
from tests.bot.slack_hearing import hearing
from tools.slack_manifest import FILE, main, text

if TYPE_CHECKING:
    from store.database import Database
    from tests.bot.fakes.slack import FakeSlack

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## Slack\n")[2].partition("\n## ")[0]


def test_the_file_is_written_from_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "write it again: make slack-manifest"
    assert main(["--check"]) == 0


def test_the_manifest_keeps_slacks_limits() -> None:
    features = manifest()["features"]
    [command], [shortcut] = features["slash_commands"], features["shortcuts"]
    assert len(manifest()["display_information"]["description"]) <= 140
    assert (len(command["command"]) <= 32, len(command["description"]) <= 2000, len(command["usage_hint"]) <= 1000) == (
        True,
        True,
        True,
    )
    assert (len(shortcut["name"]) <= 24, len(shortcut["description"]) <= 150) == (True, True)


def test_the_manifest_names_what_the_code_hears() -> None:
    told = manifest()
    assert [one["command"] for one in told["features"]["slash_commands"]] == [SLASH]
    assert [one["callback_id"] for one in told["features"]["shortcuts"]] == [SHORTCUT]
    assert told["settings"]["event_subscriptions"]["bot_events"] == [HOME_OPENED]
    assert told["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert told["features"]["slash_commands"][0]["usage_hint"] == f"[{' | '.join(NAMES)}]"


def test_the_readme_names_every_subcommand_and_no_other() -> None:
    listed = SECTION.partition("`/treaty help` lists all: ")[2].partition(". Answers")[0]
    assert re.findall(r"`([a-z]+)`", listed) == list(NAMES)
    shown = re.findall(r"`/treaty ([a-z]+)", SECTION)
    assert shown
    assert set(shown) <= set(NAMES)
    assert APP_SCOPE in SECTION
    assert PATH in SECTION


def test_every_command_has_a_subcommand_and_every_subcommand_is_a_command() -> None:
    assert [find(name) for name in NAMES] == list(COMMANDS)


async def test_help_lists_every_subcommand(workspace: FakeSlack, sqlite_database: Database) -> None:
    ann = workspace.person("U1ANN", "Ann", admin=True)
    news = workspace.channel("C1NEWS", "news", ann)
    async with hearing(workspace, sqlite_database):
        answer = await ann.asks(news, "/treaty help").answer()
        said = [answer.said]
        while any("›" in row for row in answer.labels):
            before = answer.edits
            await ann.presses(answer, "›").heard()
            await workspace.until(lambda before=before: answer.edits > before)  # type: ignore[misc]
            said.append(answer.said)
    listed = re.findall(r"^/treaty ([a-z]+) – ", "\n".join(said), re.MULTILINE)
    assert listed == list(NAMES)
