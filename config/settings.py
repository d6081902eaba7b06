"""Settings: what an operator can choose, and where the choice is found.

A value is looked for in the environment (`TREATYWATCH_…`, nested with `__`), then, for secrets, in the file that a
`…_file` setting names, then in the TOML file; else the default holds. An empty text counts as not set, so that a
compose file may pass a variable on unfilled. Unknown names are refused, all faults are told at once, and none tells a
secret.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.choices import Choices, SettingsError, describe
from config.records import did_you_mean, is_web_address
from treaties.stages import Stage
from treaties.verdict import Ground

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic_settings import PydanticBaseSettingsSource

__all__ = [
    "AlertSettings",
    "ChannelSettings",
    "Chat",
    "ConsoleSettings",
    "DigestSettings",
    "FeedSettings",
    "MetricsSettings",
    "ReminderSettings",
    "RetentionSettings",
    "Settings",
    "SettingsError",
    "SlackSettings",
    "TelegramSettings",
    "WebSettings",
    "WebSubSettings",
    "load_settings",
    "masked",
]

_PASSWORD = re.compile(r"(?<=://)([^:/@]*):.*(?=@)|(?<=[?&]password=)[^&]*")
_HOST = re.compile(r"(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?")
_LISTEN = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?):\d{1,5}")
# The ports that Telegram calls (setWebhook).
_WEBHOOK_PORTS = (443, 80, 88, 8443)
_HIGHEST_PORT = 65_535
_SHORTEST_RETENTION = 30
_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


def masked(url: str) -> str:
    """A database address without its password."""
    return _PASSWORD.sub(lambda found: f"{found[1]}:***" if found[1] is not None else "***", url)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of the zone files is an OSError
        remedy = did_you_mean(name, available_timezones()) or 'use an IANA name such as "Europe/Paris"'
        raise ValueError(f"{name!r} is no time zone; {remedy}") from error
    return name


def _clock(text: str) -> str:
    if not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f'{text!r} is no time of day; write hours and minutes, such as "07:00"')
    return text


def _state(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise ValueError(f'{code!r} is no state; write its two capital letters (ISO 3166-1), such as "RU"')
    return code


def _treaty(slug: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug):
        raise ValueError(f'{slug!r} is no treaty id; write small letters, digits and hyphens, such as "ecpt"')
    return slug


def _stage(name: object) -> object:
    if name not in frozenset(Stage):
        remedy = did_you_mean(str(name), [*Stage]) or f"use one of {', '.join(Stage)}"
        raise ValueError(f"{name!r} is no stage; {remedy}")
    return name


def _ground(name: object) -> object:
    if name not in frozenset(Ground):
        remedy = did_you_mean(str(name), [*Ground]) or f"use any of {', '.join(Ground)}"
        raise ValueError(f"{name!r} is no ground for an alert; {remedy}")
    return name


def _language(code: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise ValueError(f'{code!r} is no language; write its two small letters, such as "en"')
    return code


def _host(text: str) -> str:
    if not _HOST.fullmatch(text.lower()):
        raise ValueError(f'{text!r} is no host; write "host" or "host:port", without https:// and without a path')
    return text.lower()


def _listen(text: str) -> str:
    _, _, port = text.rpartition(":")
    if not (_LISTEN.fullmatch(text) and int(port) <= _HIGHEST_PORT):
        raise ValueError(f'{text!r} is no place to listen at; write "host:port", such as "127.0.0.1:8765"')
    return text.lower()


def _web_address(url: str) -> str:
    if not is_web_address(url):
        raise ValueError("is no web address; write one that begins with https:// or http://")
    return url


def _webhook(url: str) -> str:
    parts = urlsplit(_web_address(url))
    if parts.scheme != "https" or (parts.port or 443) not in _WEBHOOK_PORTS:
        ports = ", ".join(str(port) for port in _WEBHOOK_PORTS)
        raise ValueError(f"is no address that Telegram calls; begin it with https:// and use one of the ports {ports}")
    return url


def _webhook_secret(value: SecretStr) -> SecretStr:
    # The letters are Telegram's rule (setWebhook, secret_token), the length is ours: it is all that keeps others out.
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
        raise ValueError("is no webhook secret; use 16 to 256 letters, digits, - and _")
    return value


def _user(number: int) -> int:
    if number <= 0:
        raise ValueError(f"{number} is no user's number; users have positive ones, groups and channels negative ones")
    return number


def _member(text: str) -> str:
    if not re.fullmatch(r"[UW][A-Z0-9]{2,}", text):
        raise ValueError(f'{text!r} is no member of a workspace; write an id such as "U0123456789", from their profile')
    return text


def _chat_number(number: int) -> int:
    if number == 0:
        raise ValueError("0 is no chat's number; users have positive ones, groups and channels negative ones")
    return number


def _template(url: str) -> str:
    if "{query}" not in url:
        raise ValueError(f"{url!r} has no {{query}} in it; put it where the words of the search belong")
    if re.search(r"[{}]", re.sub(r"\{(?:query|lang|country)\}", "", url)):
        raise ValueError(f"{url!r} has braces that stand for nothing; use {{query}}, {{lang}} and {{country}}")
    return _web_address(url)


def _as_folder(url: str) -> str:
    # The library puts the method's name right behind it.
    return url.rstrip("/") + "/"


def _contact(text: str) -> str:
    # It goes into a request header: a line break there would forge further headers.
    if not text.isprintable() or not (is_web_address(text) or re.fullmatch(r"[^\s@]+@[^\s@]+", text)):
        raise ValueError("is no contact; write an e-mail address or a web address at which the operator is reached")
    return text


def _database(url: str) -> str:
    if not url.startswith(_DATABASES):
        raise ValueError(f"is no database address; begin it with {' or '.join(_DATABASES)}")
    return url


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("has a blank or a letter that no token has; copy the token again")
    return value


def _listed(value: object) -> object:
    """A list that an environment variable gives as JSON, or as texts with commas between them."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"is not valid JSON: {error.msg} at column {error.colno}; correct the list") from error
    return [part.strip() for part in value.split(",") if part.strip()]


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


File = Annotated[Path, AfterValidator(Path.expanduser)]
Zone = Annotated[str, AfterValidator(_zone)]
Clock = Annotated[str, AfterValidator(_clock)]
Language = Annotated[str, AfterValidator(_language)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
ChannelRole = Literal["public", "reviewers", "owner"]
Rhythm = Literal["daily", "weekly", "off"]
States = Annotated[tuple[Annotated[str, AfterValidator(_state)], ...], BeforeValidator(_listed)]
Treaties = Annotated[tuple[Annotated[str, AfterValidator(_treaty)], ...], BeforeValidator(_listed)]
Stages = Annotated[tuple[Annotated[Stage, BeforeValidator(_stage)], ...], BeforeValidator(_listed)]
Grounds = Annotated[tuple[Annotated[Ground, BeforeValidator(_ground)], ...], BeforeValidator(_listed)]
Users = Annotated[tuple[Annotated[int, AfterValidator(_user)], ...], BeforeValidator(_listed)]
Members = Annotated[tuple[Annotated[str, AfterValidator(_member)], ...], BeforeValidator(_listed)]
ChatNumbers = Annotated[tuple[Annotated[int, AfterValidator(_chat_number)], ...], BeforeValidator(_listed)]
Templates = Annotated[tuple[Annotated[str, AfterValidator(_template)], ...], BeforeValidator(_listed)]
Listen = Annotated[str, AfterValidator(_listen)]
Hosts = Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], BeforeValidator(_listed)]


def _kept(days: int) -> int:
    """Reports stand in feeds, and in weekly digests, for weeks: forgotten sooner they would be read again and again."""
    if 0 < days < _SHORTEST_RETENTION:
        raise ValueError(f"keep reports for at least {_SHORTEST_RETENTION} days, or for ever with 0")
    return days


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Chat(_Section):
    """One Telegram chat or Slack channel and what it wants to hear; an empty filter lets everything through.

    `id` is the platform's own: a number or @name for Telegram, C… for Slack. Time zone and digest are the general ones
    where the chat names none.
    """

    id: Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
    title: str = ""
    role: ChannelRole = "public"
    states: States = ()
    treaties: Treaties = ()
    stages: Stages = ()
    language: Language = "en"
    timezone: Zone | None = None
    digest: Rhythm | None = None
    digest_at: Clock | None = None
    digest_empty: bool | None = None


def _all_different(chats: tuple[Chat, ...]) -> tuple[Chat, ...]:
    ids = [chat.id for chat in chats]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice:
        raise ValueError(f"{twice!r} is listed twice; keep one entry for each chat")
    return chats


Chats = Annotated[tuple[Chat, ...], BeforeValidator(_listed), AfterValidator(_all_different)]


class FeedSettings(_Section):
    """Which feeds are polled, and how. `allow_hosts` are hosts at inside addresses that may be polled all the same."""

    file: File | None = None
    added_file: File = Path("data/feeds.toml")
    interval_minutes: Annotated[int, Field(ge=10, le=1440)] = 30
    fastest_minutes: Annotated[int, Field(ge=10, le=1440)] = 10
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 30
    max_megabytes: Annotated[int, Field(ge=1, le=100)] = 10
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    allow_hosts: Hosts = ()
    baseline_days: Annotated[int, Field(ge=0, le=365)] = 3
    query_templates: Templates = ()
    query_most: Annotated[int, Field(ge=1, le=500)] = 40
    full_text: bool = False


class WebSubSettings(_Section):
    """Where hubs can call: `public_url` from outside, `listen` the very place. Without the first nobody is asked to."""

    public_url: WebAddress | None = None
    listen: Listen = "127.0.0.1:8765"


class WebSettings(_Section):
    """The read-only web page: off unless `enabled`; `public_url` is where it is reached from outside, if it is."""

    enabled: bool = False
    listen: Listen = "127.0.0.1:8080"
    public_url: WebAddress | None = None


class MetricsSettings(_Section):
    """Where metrics and probes are served: nowhere without `listen`."""

    listen: Listen | None = None


class ReminderSettings(_Section):
    """How many days before an exit takes effect people are reminded; 0 is the day itself, an empty list never."""

    days: Annotated[tuple[Annotated[int, Field(ge=0, le=3650)], ...], BeforeValidator(_listed)] = (90, 30, 7, 1, 0)


class AlertSettings(_Section):
    """Which alerts go out at once, and how long the others wait for a second independent source."""

    at_once: Grounds = tuple(Ground)
    wait_hours: Annotated[float, Field(ge=0, le=168)] = 6


class RetentionSettings(_Section):
    """After how many days reports that claim nothing are forgotten; 0 keeps them for ever."""

    report_days: Annotated[int, Field(ge=0, le=36_500), AfterValidator(_kept)] = 90


class DigestSettings(_Section):
    """How often a digest is sent, at what time of the chat's day, and whether also when nothing happened."""

    every: Rhythm = "daily"
    at: Clock = "07:00"
    empty: bool = True


class ConsoleSettings(_Section):
    """Whether messages are printed: None means only when no chat is configured."""

    enabled: bool | None = None


class TelegramSettings(_Section):
    """The Telegram bot, its chats, and who may do what.

    `owners` and `curators` are numbers of users, `allowed_chats` numbers of users, groups and channels; while the
    latter is empty, everybody may talk to the bot. With a `webhook_url` Telegram calls the bot, else the bot asks.
    """

    token: Secret | None = None
    token_file: File | None = None
    base_url: WebAddress = "https://api.telegram.org/bot"
    chats: Chats = ()
    owners: Users = ()
    curators: Users = ()
    allowed_chats: ChatNumbers = ()
    webhook_url: Annotated[str, AfterValidator(_webhook)] | None = None
    webhook_listen: Listen = "127.0.0.1:8080"
    webhook_secret: Annotated[Secret, AfterValidator(_webhook_secret)] | None = None
    webhook_secret_file: File | None = None

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.webhook_url and not self.webhook_secret:
            raise ValueError("webhook_url needs a webhook_secret, so that nobody but Telegram is listened to; set one")
        return self


class SlackSettings(_Section):
    """The Slack app, its channels, and who may do what.

    It opens a connection with `app_token` (xapp-…, Socket Mode), or is called by Slack where it has a `signing_secret`.
    With neither it posts, but hears nobody. `owners`, `admins` and `curators` are ids of members.
    """

    bot_token: Secret | None = None
    bot_token_file: File | None = None
    app_token: Secret | None = None
    app_token_file: File | None = None
    signing_secret: Secret | None = None
    signing_secret_file: File | None = None
    http_listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8081"
    base_url: Annotated[WebAddress, AfterValidator(_as_folder)] = "https://slack.com/api/"
    channels: Chats = ()
    owners: Members = ()
    admins: Members = ()
    curators: Members = ()


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """One chat of any platform, with the general settings filled in where it names none of its own."""

    platform: str
    address: str
    title: str
    role: ChannelRole
    states: frozenset[str]
    treaties: frozenset[str]
    stages: frozenset[Stage]
    lang: str
    timezone: str
    digest: Rhythm
    digest_at: str
    digest_empty: bool = True


class Settings(BaseSettings):
    """Everything that an operator can choose. `load_settings` makes it; by itself it reads no environment, no file."""

    model_config = SettingsConfigDict(
        env_prefix="TREATYWATCH_", env_nested_delimiter="__", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    database_url: Annotated[str, AfterValidator(_database)] = "sqlite:///data/treatywatch.db"
    database_url_file: File | None = None
    contact: Annotated[str, AfterValidator(_contact)] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    timezone: Zone = "UTC"
    overlay: File | None = None
    feeds: FeedSettings = FeedSettings()
    websub: WebSubSettings = WebSubSettings()
    web: WebSettings = WebSettings()
    metrics: MetricsSettings = MetricsSettings()
    reminders: ReminderSettings = ReminderSettings()
    alerts: AlertSettings = AlertSettings()
    digest: DigestSettings = DigestSettings()
    retention: RetentionSettings = RetentionSettings()
    console: ConsoleSettings = ConsoleSettings()
    telegram: TelegramSettings = TelegramSettings()
    slack: SlackSettings = SlackSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the library calls this by keyword
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  as above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed over: `load_settings` has looked everywhere and knows where it found each value."""
        return (init_settings,)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """What is printed: secrets hide themselves, the database address is masked here."""
        for name, value in super().__repr_args__():
            yield name, masked(value) if name == "database_url" else value

    @property
    def console_wanted(self) -> bool:
        """Whether messages are printed: as chosen, else when no chat can be told."""
        if self.console.enabled is not None:
            return self.console.enabled
        telegram = self.telegram.token and self.telegram.chats
        slack = self.slack.bot_token and self.slack.channels
        return not (telegram or slack)

    def unheard(self) -> tuple[str, ...]:
        """A line for every platform that has only half of what it needs, so that nobody is told there."""
        found = []
        for name, token, chats, key in (
            ("Telegram", self.telegram.token, self.telegram.chats, "telegram.chats"),
            ("Slack", self.slack.bot_token, self.slack.channels, "slack.channels"),
        ):
            if chats and not token:
                found.append(f"{key} are listed but {name} has no token: nobody is told there; set the token")
        # Where people are heard no chat needs a listing: it sets itself up with /start.
        slack = self.slack
        if slack.bot_token and not slack.channels and not (slack.app_token or slack.signing_secret):
            found.append("Slack has a bot token but no app_token and no slack.channels: nobody is told there; set one")
        return tuple(found)

    def channels(self) -> tuple[ChannelSettings, ...]:
        """Every chat and channel that the settings list."""
        telegram = (self._channel("telegram", chat) for chat in self.telegram.chats)
        slack = (self._channel("slack", chat) for chat in self.slack.channels)
        return (*telegram, *slack)

    def _channel(self, platform: str, chat: Chat) -> ChannelSettings:
        return ChannelSettings(
            platform=platform,
            address=chat.id,
            title=chat.title or chat.id,
            role=chat.role,
            states=frozenset(chat.states),
            treaties=frozenset(chat.treaties),
            stages=frozenset(chat.stages),
            lang=chat.language,
            timezone=chat.timezone or self.timezone,
            digest=chat.digest or self.digest.every,
            digest_at=chat.digest_at or self.digest.at,
            digest_empty=self.digest.empty if chat.digest_empty is None else chat.digest_empty,
        )


def load_settings(file: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of this run.

    Args:
        file: the TOML file, None for none.
        environ: the environment variables.

    Raises:
        SettingsError: with a line for every fault.
    """
    choices = Choices(Settings, "TREATYWATCH_")
    choices.gather(file, environ)
    try:
        settings = Settings(**choices.nested())
    except ValidationError as error:
        # Not chained: pydantic's error holds every value that was given, secrets among them.
        raise SettingsError([*choices.faults, *describe(error, choices, Chat)]) from None
    if choices.faults:
        raise SettingsError(choices.faults)
    return settings
