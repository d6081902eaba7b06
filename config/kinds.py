"""Kinds of values in the settings: each checks what it is given, and says what is wrong and what to write instead."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from config.records import did_you_mean, is_web_address
from treaties.stages import Stage
from treaties.verdict import Ground

_HOST = re.compile(r"(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?")
_LISTEN = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?):\d{1,5}")
# The ports that Telegram calls (setWebhook).
_WEBHOOK_PORTS = (443, 80, 88, 8443)
_HIGHEST_PORT = 65_535
_SHORTEST_RETENTION = 30
_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


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


def _kept(days: int) -> int:
    """Reports stand in feeds, and in weekly digests, for weeks: forgotten sooner they would be read again and again."""
    if 0 < days < _SHORTEST_RETENTION:
        raise ValueError(f"keep reports for at least {_SHORTEST_RETENTION} days, or for ever with 0")
    return days


Listed = BeforeValidator(_listed)
"""What lets an environment variable give a list."""

File = Annotated[Path, AfterValidator(Path.expanduser)]
Zone = Annotated[str, AfterValidator(_zone)]
Clock = Annotated[str, AfterValidator(_clock)]
Language = Annotated[str, AfterValidator(_language)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
ChannelRole = Literal["public", "reviewers", "owner"]
Rhythm = Literal["daily", "weekly", "off"]
States = Annotated[tuple[Annotated[str, AfterValidator(_state)], ...], Listed]
Treaties = Annotated[tuple[Annotated[str, AfterValidator(_treaty)], ...], Listed]
Stages = Annotated[tuple[Annotated[Stage, BeforeValidator(_stage)], ...], Listed]
Grounds = Annotated[tuple[Annotated[Ground, BeforeValidator(_ground)], ...], Listed]
Users = Annotated[tuple[Annotated[int, AfterValidator(_user)], ...], Listed]
Members = Annotated[tuple[Annotated[str, AfterValidator(_member)], ...], Listed]
ChatNumbers = Annotated[tuple[Annotated[int, AfterValidator(_chat_number)], ...], Listed]
Templates = Annotated[tuple[Annotated[str, AfterValidator(_template)], ...], Listed]
Listen = Annotated[str, AfterValidator(_listen)]
Hosts = Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], Listed]
Webhook = Annotated[str, AfterValidator(_webhook)]
WebhookSecret = Annotated[Secret, AfterValidator(_webhook_secret)]
Folder = Annotated[WebAddress, AfterValidator(_as_folder)]
Contact = Annotated[str, AfterValidator(_contact)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Retention = Annotated[int, Field(ge=0, le=36_500), AfterValidator(_kept)]
Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
