from __future__ import annotations

import re
import tomllib
from inspect import isclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel, ValidationError

from config.settings import Chat, Settings, SettingsError, load_settings, masked
from treaties.stages import Stage
from treaties.verdict import Ground

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = Path(__file__).parents[2] / "config" / "treatywatch.example.toml"
TOKEN = "123456:a-token-made-up-for-this-test"  # noqa: S105  no token of anything
TOKEN_VARIABLE = "TREATYWATCH_TELEGRAM__TOKEN"  # noqa: S105  a name


def written(folder: Path, text: str, name: str = "treatywatch.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(file: Path | None, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(file, environ or {})
    assert str(caught.value) == "\n".join(caught.value.faults)
    assert caught.value.__cause__ is None
    return caught.value.faults


def token_of(settings: Settings) -> str | None:
    return settings.telegram.token.get_secret_value() if settings.telegram.token else None


def test_nothing_given_means_the_defaults() -> None:
    settings = load_settings(None, {})
    assert settings.database_url == "sqlite:///data/treatywatch.db"
    assert (settings.log_level, settings.timezone, settings.contact) == ("info", "UTC", None)
    assert (settings.feeds.file, settings.feeds.interval_minutes, settings.feeds.concurrency) == (None, 30, 16)
    assert (settings.alerts.at_once, settings.alerts.wait_hours) == (tuple(Ground), 6)
    assert (settings.digest.every, settings.digest.at) == ("daily", "07:00")
    assert settings.telegram.base_url == "https://api.telegram.org/bot"
    assert settings.slack.base_url == "https://slack.com/api/"
    assert settings.channels() == ()


def test_the_grounds_of_an_alert_are_a_list_that_may_be_empty(tmp_path: Path) -> None:
    file = written(tmp_path, "[alerts]\nat_once = []\nwait_hours = 0.5\n")
    assert load_settings(file, {}).alerts.at_once == ()
    assert load_settings(file, {}).alerts.wait_hours == 0.5
    environ = {"TREATYWATCH_ALERTS__AT_ONCE": "official, two_sources"}
    assert load_settings(file, environ).alerts.at_once == (Ground.OFFICIAL, Ground.TWO_SOURCES)


def test_the_process_environment_is_not_read_behind_ones_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREATYWATCH_LOG_LEVEL", "debug")
    assert load_settings(None, {}).log_level == Settings().log_level == "info"


def test_the_environment_wins_over_the_secret_file_and_that_over_the_toml_file(tmp_path: Path) -> None:
    secret = written(tmp_path, "from-secret-file\n", "token")
    file = written(tmp_path, f'[telegram]\ntoken = "from-toml"\ntoken_file = "{secret}"\n')
    plain = written(tmp_path, '[telegram]\ntoken = "from-toml"\n', "plain.toml")
    assert token_of(load_settings(plain, {})) == "from-toml"
    assert token_of(load_settings(file, {})) == "from-secret-file"
    assert token_of(load_settings(plain, {f"{TOKEN_VARIABLE}_FILE": str(secret)})) == "from-secret-file"
    assert token_of(load_settings(file, {TOKEN_VARIABLE: "from-environment"})) == "from-environment"


def test_a_section_may_come_from_both_sides(tmp_path: Path) -> None:
    file = written(tmp_path, "[feeds]\nconcurrency = 4\ninterval_minutes = 60\n")
    feeds = load_settings(file, {"TREATYWATCH_FEEDS__CONCURRENCY": "8"}).feeds
    assert (feeds.concurrency, feeds.interval_minutes) == (8, 60)


def test_every_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = str(written(tmp_path, "postgresql://u:p@h/db\n", "secret"))
    names = ("DATABASE_URL", "TELEGRAM__TOKEN", "SLACK__BOT_TOKEN", "SLACK__APP_TOKEN")
    settings = load_settings(None, {f"TREATYWATCH_{name}_FILE": secret for name in names})
    found = {settings.telegram.token, settings.slack.bot_token, settings.slack.app_token}
    assert {token.get_secret_value() for token in found if token} == {settings.database_url}


def test_an_empty_value_counts_as_not_set(tmp_path: Path) -> None:
    file = written(tmp_path, 'contact = ""\n[telegram]\ntoken = ""\n')
    settings = load_settings(file, {TOKEN_VARIABLE: "", "TREATYWATCH_LOG_LEVEL": " "})
    assert settings == Settings()


def test_the_variable_that_names_the_settings_file_is_no_setting() -> None:
    assert load_settings(None, {"TREATYWATCH_CONFIG": "x.toml", "PATH": "/bin"}) == Settings()


def test_lists_come_as_json_or_with_commas() -> None:
    chats = '[{"id": -100, "states": ["RU"], "stages": ["in_effect"]}, {"id": "@desk", "role": "reviewers"}]'
    environ = {"TREATYWATCH_TELEGRAM__CHATS": chats, "TREATYWATCH_FEEDS__ALLOW_HOSTS": "localhost:8080, Inner.example"}
    settings = load_settings(None, environ)
    assert [chat.id for chat in settings.telegram.chats] == ["-100", "@desk"]
    assert settings.telegram.chats[0].stages == (Stage.IN_EFFECT,)
    assert settings.feeds.allow_hosts == ("localhost:8080", "inner.example")


def test_a_chat_takes_over_the_general_time_zone_and_digest(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        'timezone = "Europe/Vilnius"\n[digest]\nevery = "weekly"\nat = "09:15"\nempty = false\n'
        "[[telegram.chats]]\nid = 1\n"
        '[[slack.channels]]\nid = "C1"\ntitle = "#t"\ntimezone = "Asia/Tokyo"\ndigest = "off"\ndigest_at = "06:00"\n'
        "digest_empty = true\n",
    )
    telegram, slack = load_settings(file, {}).channels()
    assert (telegram.platform, telegram.address, telegram.title) == ("telegram", "1", "1")
    assert (telegram.timezone, telegram.digest, telegram.digest_at) == ("Europe/Vilnius", "weekly", "09:15")
    assert (slack.platform, slack.title, slack.timezone, slack.digest) == ("slack", "#t", "Asia/Tokyo", "off")
    assert slack.digest_at == "06:00"
    assert (telegram.digest_empty, slack.digest_empty) == (False, True)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, True),
        ({TOKEN_VARIABLE: TOKEN}, True),
        ({TOKEN_VARIABLE: TOKEN, "TREATYWATCH_TELEGRAM__CHATS": '[{"id": 1}]'}, False),
        ({"TREATYWATCH_SLACK__BOT_TOKEN": TOKEN, "TREATYWATCH_SLACK__CHANNELS": '[{"id": "C1"}]'}, False),
        (
            {
                TOKEN_VARIABLE: TOKEN,
                "TREATYWATCH_TELEGRAM__CHATS": '[{"id": 1}]',
                "TREATYWATCH_CONSOLE__ENABLED": "true",
            },
            True,
        ),
        ({"TREATYWATCH_CONSOLE__ENABLED": "false"}, False),
    ],
)
def test_the_console_speaks_where_no_chat_does_unless_told_otherwise(environ: dict[str, str], wanted: bool) -> None:  # noqa: FBT001  a parameter of the case
    assert load_settings(None, environ).console_wanted is wanted


FAULTY = {
    "tiemzone = 'UTC'": "tiemzone ({file}): unknown setting; did you mean 'timezone'?",
    "[feeds]\nintervall_minutes = 30": "feeds.intervall_minutes ({file}): unknown setting; did you mean 'in",
    "[[telegram.chats]]\nid = 1\nstate = []": "telegram.chats[entry 1].state ({file}): unknown setting; did you mean",
    "[qwertz]\nx = 1": "qwertz ({file}): unknown setting; remove it",
    "telegram = 'x'": "telegram ({file}): is a section; write its settings below a line [telegram]",
    "log_format = 'xml'": "log_format ({file}): has to be 'text' or 'json'; correct it",
    "[metrics]\nlisten = '9464'": "metrics.listen ({file}): '9464' is no place to listen at;",
    "log_level = 'loud'": "log_level ({file}): has to be 'debug', 'info', 'warning' or 'error'; correct it",
    "timezone = 'Europe/Pari'": "timezone ({file}): 'Europe/Pari' is no time zone; did you mean 'Europe/Paris'?",
    "timezone = 'Europe'": "timezone ({file}): 'Europe' is no time zone;",
    "timezone = '../../etc/passwd'": "timezone ({file}): '../../etc/passwd' is no time zone;",
    "database_url = 'mysql://h/db'": "database_url ({file}): is no database address; begin it with sqlite:/// or",
    'contact = "a@b.example\\nX-Forged: 1"': "contact ({file}): is no contact;",
    "[feeds]\ninterval_minutes = 5": "feeds.interval_minutes ({file}): has to be greater than or equal to 10;",
    "[feeds]\nconcurrency = 'many'": "feeds.concurrency ({file}): has to be a valid integer",
    "[feeds]\nquery_templates = ['https://x.example/?q=']": "has no {query} in it; put it where",
    "[feeds]\nquery_templates = ['https://x.example/?q={query}&z={zone}']": "has braces that stand for nothing;",
    "[feeds]\nquery_templates = ['ftp://x.example/{query}']": "is no web address; write one",
    "[feeds]\nquery_most = 0": "feeds.query_most ({file}): ",
    "[feeds]\nallow_hosts = ['http://x/']": "feeds.allow_hosts[entry 1] ({file}): 'http://x/' is no host;",
    "[alerts]\nat_once = ['oficial']": "alerts.at_once[entry 1] ({file}): 'oficial' is no ground",
    "[alerts]\nwait_hours = -1": "alerts.wait_hours ({file}): has to be greater than or equal to 0;",
    "[digest]\nevery = 'hourly'": "digest.every ({file}): has to be 'daily', 'weekly' or 'off';",
    "[digest]\nat = '7:00'": "digest.at ({file}): '7:00' is no time of day; write hours and minutes",
    "[telegram]\nbase_url = 'api'": "telegram.base_url ({file}): is no web address;",
    '[slack]\nadmins = ["ann"]': "slack.admins[entry 1] ({file}): 'ann' is no member of a workspace; write an id",
    "[telegram]\nowners = [-5]": "telegram.owners[entry 1] ({file}): -5 is no user's number; users have positive ones",
    "[telegram]\ncurators = ['@me']": "telegram.curators[entry 1] ({file}): has to be a valid integer",
    "[telegram]\nallowed_chats = [0]": "telegram.allowed_chats[entry 1] ({file}): 0 is no chat's number;",
    "[telegram]\nwebhook_url = 'http://bot.example/hook'": "telegram.webhook_url ({file}): is no address that Telegram",
    "[telegram]\nwebhook_url = 'https://bot.example:81/'": "use one of the ports 443, 80, 88, 8443",
    "[telegram]\nwebhook_url = 'https://bot.example/'": "telegram: webhook_url needs a webhook_secret",
    "[telegram]\nwebhook_listen = '8443'": "telegram.webhook_listen ({file}): '8443' is no place to listen at;",
    "[telegram]\nwebhook_secret = 'short'": "telegram.webhook_secret ({file}): is no webhook secret; use 16 to 256",
    "[[telegram.chats]]\ntitle = 'x'": "telegram.chats[entry 1].id ({file}): is missing; add it",
    "[[telegram.chats]]\nid = 1\n[[telegram.chats]]\nid = '1'": "telegram.chats ({file}): '1' is listed twice;",
    "[[telegram.chats]]\nid = 1\nstates = ['Russia']": "chats[entry 1].states[entry 1] ({file}): 'Russia' is no state",
    "[[slack.channels]]\nid = 'C'\ntreaties = ['ETS 5']": "treaties[entry 1] ({file}): 'ETS 5' is no treaty id;",
    "[[slack.channels]]\nid = 'C'\nstages = ['in_efect']": "'in_efect' is no stage; did you mean 'in_effect'?",
    "[[slack.channels]]\nid = 'C'\nrole = 'boss'": "[entry 1].role ({file}): has to be 'public', 'reviewers'",
    "[[slack.channels]]\nid = 'C'\nlanguage = 'English'": "'English' is no language;",
    "log_level = \n": "{file}: is not valid TOML: line 1, column 13:",
}


@pytest.mark.parametrize("text", FAULTY)
def test_a_fault_names_key_file_and_remedy(text: str, tmp_path: Path) -> None:
    file = written(tmp_path, text)
    (fault,) = faults_of(file)
    assert FAULTY[text].replace("{file}", str(file)) in fault


def test_a_fault_names_the_variable_it_came_from() -> None:
    (fault,) = faults_of(None, {"TREATYWATCH_FEEDS__TIMEOUT_SECONDS": "soon"})
    assert fault.startswith(
        "feeds.timeout_seconds (variable TREATYWATCH_FEEDS__TIMEOUT_SECONDS): has to be a valid number"
    )


def test_an_unknown_variable_is_refused_with_a_suggestion() -> None:
    (fault,) = faults_of(None, {"TREATYWATCH_TELEGRAM_TOKEN": TOKEN})
    assert fault == f"TREATYWATCH_TELEGRAM_TOKEN: unknown environment variable; did you mean '{TOKEN_VARIABLE}'?"


def test_a_list_that_is_not_json_is_a_fault() -> None:
    (fault,) = faults_of(None, {"TREATYWATCH_SLACK__CHANNELS": '[{"id": }]'})
    assert "is not valid JSON: Expecting value at column 9; correct the list" in fault


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, 'log_level = "loud"\n[digest]\nat = "noon"\n')
    assert len(faults_of(file, {"TREATYWATCH_X": "1", "TREATYWATCH_FEEDS__CONCURRENCY": "0"})) == 4


def test_a_settings_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "nowhere.toml")
    assert "nowhere.toml: cannot be read: No such file or directory" in fault


@pytest.mark.parametrize(
    ("content", "expected"),
    [(None, "cannot read {path}: No such file"), (b"\n", "{path} is empty;"), (b"\xff\xfe", "{path} is no text;")],
)
def test_a_secret_file_that_holds_no_secret_is_a_fault(content: bytes | None, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    (fault,) = faults_of(None, {f"{TOKEN_VARIABLE}_FILE": str(path)})
    assert fault.startswith(f"telegram.token_file (variable {TOKEN_VARIABLE}_FILE): ")
    assert expected.replace("{path}", str(path)) in fault


def test_a_telegram_chat_needs_no_listing() -> None:
    assert load_settings(None, {TOKEN_VARIABLE: TOKEN}).unheard() == ()


def test_people_and_chats_are_named_by_their_numbers() -> None:
    environ = {
        "TREATYWATCH_TELEGRAM__OWNERS": "11, 12",
        "TREATYWATCH_TELEGRAM__CURATORS": "[13]",
        "TREATYWATCH_TELEGRAM__ALLOWED_CHATS": "-1001,14",
    }
    telegram = load_settings(None, environ).telegram
    assert (telegram.owners, telegram.curators, telegram.allowed_chats) == ((11, 12), (13,), (-1001, 14))


def test_a_webhook_is_called_at_an_https_address_and_guarded_by_a_secret(tmp_path: Path) -> None:
    file = written(tmp_path, "a-secret-of-16-or-more\n", "secret")
    environ = {
        "TREATYWATCH_TELEGRAM__WEBHOOK_URL": "https://bot.example:8443/hook",
        "TREATYWATCH_TELEGRAM__WEBHOOK_SECRET_FILE": str(file),
    }
    telegram = load_settings(None, environ).telegram
    assert telegram.webhook_url == "https://bot.example:8443/hook"
    assert telegram.webhook_secret
    assert telegram.webhook_secret.get_secret_value() == "a-secret-of-16-or-more"
    assert "a-secret" not in repr(telegram)


def test_no_secret_is_printed() -> None:
    environ = {
        TOKEN_VARIABLE: TOKEN,
        "TREATYWATCH_SLACK__BOT_TOKEN": TOKEN,
        "TREATYWATCH_SLACK__APP_TOKEN": TOKEN,
        "TREATYWATCH_DATABASE_URL": f"postgresql://watch:{TOKEN}@db/watch",
    }
    settings = load_settings(None, environ)
    assert TOKEN not in f"{settings} {settings!r} {settings.telegram} {settings.slack!r}"
    assert "postgresql://watch:***@db/watch" in repr(settings)


@pytest.mark.parametrize("value", ["12 34:leaked", "12:leäked", "leaked\nleaked"])
def test_a_wrong_secret_is_not_told_either(value: str, tmp_path: Path) -> None:
    faults = faults_of(None, {TOKEN_VARIABLE: value})
    faults += faults_of(None, {"TREATYWATCH_DATABASE_URL": f"oracle://u:{value}@h"})
    faults += faults_of(written(tmp_path, f"[slack]\nbot_token = [{value!r}]\n"))
    assert not re.search("le.?ked|leaked", " ".join(faults))


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError):
        Settings().log_level = "debug"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///data/treatywatch.db", "sqlite:///data/treatywatch.db"),
        ("postgresql://u@h/db", "postgresql://u@h/db"),
        ("postgresql://u:p@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:p@ss:w@h/db", "postgresql://u:***@h/db"),
        ("postgresql://h/db?user=u&password=p&x=1", "postgresql://h/db?user=u&password=***&x=1"),
    ],
)
def test_a_database_address_is_printed_without_its_password(url: str, expected: str) -> None:
    assert masked(url) == expected


def sections(text: str) -> dict[str, str]:
    """The lines of each section, the commented ones among them."""
    found = {"": ""}
    name = ""
    for line in text.splitlines():
        header = re.fullmatch(r"#?\[\[?([\w.]+)\]\]?", line)
        name = header[1] if header else name
        found[name] = found.get(name, "") + line + "\n"
    return found


def tables(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The settings that are sections, with their models."""
    annotations = {name: field.annotation for name, field in model.model_fields.items()}
    return {name: each for name, each in annotations.items() if isclass(each) and issubclass(each, BaseModel)}


def test_the_example_has_every_setting_with_a_comment() -> None:
    text = sections(EXAMPLE.read_text(encoding="utf-8"))
    chats: dict[str, type[BaseModel]] = {"telegram.chats": Chat, "slack.channels": Chat}
    for section, model in ({"": Settings} | tables(Settings) | chats).items():
        for name in set(model.model_fields) - set(tables(model)):
            listed = f"{section}.{name}" in chats
            assert listed or re.search(rf"^#?{name} = ", text[section], re.MULTILINE), f"[{section}] {name}"


def test_the_example_gives_the_defaults() -> None:
    assert load_settings(EXAMPLE, {}) == Settings()


def test_every_commented_setting_of_the_example_can_be_switched_on(tmp_path: Path) -> None:
    secret = written(tmp_path, TOKEN, "secret")
    database = written(tmp_path, "sqlite:///x.db", "database")
    text = re.sub(r"^#(?=\[\[|\w+ = )", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = text.replace("/run/secrets/database_url", str(database))
    text = text.replace("/run/secrets/telegram_webhook_secret", str(written(tmp_path, "a" * 16, "webhook")))
    settings = load_settings(written(tmp_path, re.sub(r"/run/secrets/\w+", str(secret), text)), {})
    assert len(settings.channels()) == 2
    assert token_of(settings) == TOKEN
    assert len(tomllib.loads(text)["telegram"]["chats"][0]) == len(Chat.model_fields)


def test_a_platform_with_only_half_of_what_it_needs_is_named_and_the_console_tells_instead() -> None:
    half = load_settings(None, {"TREATYWATCH_SLACK__BOT_TOKEN": "xoxb-1"})
    assert half.console_wanted
    assert half.unheard() == (
        "Slack has a bot token but no app_token and no slack.channels: nobody is told there; set one",
    )
    other = load_settings(None, {"TREATYWATCH_SLACK__CHANNELS": '[{"id": "C1"}]'})
    assert other.console_wanted
    assert other.unheard() == ("slack.channels are listed but Slack has no token: nobody is told there; set the token",)
    whole = load_settings(
        None, {"TREATYWATCH_SLACK__BOT_TOKEN": "xoxb-1", "TREATYWATCH_SLACK__CHANNELS": '[{"id": "C1"}]'}
    )
    assert not whole.console_wanted
    assert whole.unheard() == ()
