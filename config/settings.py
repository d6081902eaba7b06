"""Settings: what an operator can choose, and where the choice is found.

A value is looked for in the environment (`TREATYWATCH_…`, nested with `__`), then, for secrets, in the file that a
`…_file` setting names, then in the TOML file; else the default holds. An empty text counts as not set, so that a
compose file may pass a variable on unfilled. Unknown names are refused, all faults are told at once, and none tells a
secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.choices import Choices, SettingsError, describe
from config.kinds import (
    ChannelRole,
    ChatNumbers,
    Clock,
    Contact,
    DatabaseUrl,
    File,
    Folder,
    Grounds,
    Hosts,
    Language,
    Listed,
    Listen,
    Members,
    Retention,
    Rhythm,
    Secret,
    Stages,
    States,
    Templates,
    Text,
    Treaties,
    Users,
    WebAddress,
    Webhook,
    WebhookSecret,
    Zone,
)
from treaties.verdict import Ground

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic_settings import PydanticBaseSettingsSource

    from treaties.stages import Stage

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


def masked(url: str) -> str:
    """A database address without its password."""
    return _PASSWORD.sub(lambda found: f"{found[1]}:***" if found[1] is not None else "***", url)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Chat(_Section):
    """One Telegram chat or Slack channel and what it wants to hear; an empty filter lets everything through.

    `id` is the platform's own: a number or @name for Telegram, C… for Slack. Time zone and digest are the general ones
    where the chat names none.
    """

    id: Text
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


Chats = Annotated[tuple[Chat, ...], Listed, AfterValidator(_all_different)]


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

    days: Annotated[tuple[Annotated[int, Field(ge=0, le=3650)], ...], Listed] = (90, 30, 7, 1, 0)


class AlertSettings(_Section):
    """Which alerts go out at once, and how long the others wait for a second independent source."""

    at_once: Grounds = tuple(Ground)
    wait_hours: Annotated[float, Field(ge=0, le=168)] = 6


class RetentionSettings(_Section):
    """After how many days reports that claim nothing are forgotten; 0 keeps them for ever."""

    report_days: Retention = 90


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
    webhook_url: Webhook | None = None
    webhook_listen: Listen = "127.0.0.1:8080"
    webhook_secret: WebhookSecret | None = None
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
    http_listen: Listen = "127.0.0.1:8081"
    base_url: Folder = "https://slack.com/api/"
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

    database_url: DatabaseUrl = "sqlite:///data/treatywatch.db"
    database_url_file: File | None = None
    contact: Contact | None = None
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
