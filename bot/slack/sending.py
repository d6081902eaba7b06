"""Sending to Slack: one app, its channels, and what each of Slack's errors means for a message."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, Self

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import plain
from bot.channel import ChannelGoneError, MaybeSentError, MessageGoneError, MessageRefusedError, NotSentError
from bot.limits import Limit
from bot.slack.rendering import blocks, fallback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import datetime
    from types import TracebackType

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.message import Message, Picture

_logger = logging.getLogger(__name__)

API: Final = "https://slack.com/api/"
_TOO_MANY_REQUESTS: Final = 429

EDITS_A_MINUTE: Final = 50
"""Edits that Slack takes from an app, in all channels (https://docs.slack.dev/apis/web-api/rate-limits, tier 3)."""

START_SECONDS: Final = 3.0
"""How long a start waits to hear whether the token is good; a Slack that hangs holds up nothing else."""

# Slack's names of errors, by what they mean for the message. Those not listed are about the message itself.
_GONE: Final = frozenset(
    {
        "access_denied",
        "account_inactive",
        "channel_not_found",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "is_archived",
        "is_inactive",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "not_in_channel",
        "org_login_required",
        "restricted_action",
        "restricted_action_read_only_channel",
        "team_access_not_granted",
        "team_not_found",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
_WAIT: Final = frozenset(
    {
        "external_channel_migrating",
        "message_limit_exceeded",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
# Of these two Slack says that part of the operation may have succeeded.
_UNKNOWN: Final = frozenset({"fatal_error", "internal_error"})
# A message that is not there any more, is not the bot's own, or is too old for the workspace's rules.
_CLOSED: Final = frozenset({"cant_update_message", "edit_window_closed", "message_not_found"})
_NAME: Final = re.compile(r"[a-z0-9_]{1,100}")
_NO_THREAD: Final = frozenset(
    {
        "cannot_reply_to_message",
        "invalid_thread_ts",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "thread_not_found",
    }
)


class SlackChannels:
    """The app at Slack, shared by all its channels. Use it as an async context manager.

    Args:
        token: the bot token (`xoxb-…`). It appears in no log, error or repr.
        base_url: address of the Web API.
        timeout: seconds to wait for an answer; a message without one may have arrived.
        tls: how certificates are checked, None for the usual way.
        clock: says what time it is; without one edits are not counted, and Slack alone says when they are too many.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = API,
        timeout: float = 30.0,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.client = AsyncWebClient(
            token=token,
            base_url=base_url,
            timeout=timeout,  # type: ignore[arg-type]  # declared as int, handed to aiohttp, which takes fractions
            ssl=tls,
            # Delivery tries again by itself; a handler in between would post a message twice after a lost connection.
            retry_handlers=[],
        )
        self._edits = _Edits(clock) if clock else None
        self._checking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Check the token; a Slack that cannot be reached now, or takes its time, is no error.

        Raises:
            ChannelGoneError: Slack does not take the token.
        """
        self._checking = asyncio.create_task(self._check())
        done, _ = await asyncio.wait({self._checking}, timeout=START_SECONDS)
        if done:
            self._checking.result()
        else:
            _logger.warning("Slack has not answered yet")
            self._checking.add_done_callback(_report)

    async def _check(self) -> None:
        try:
            await answer_of(self.client.auth_test())
        except ChannelGoneError as refusal:
            raise ChannelGoneError(f"Slack refuses the bot token ({refusal})") from None
        except (NotSentError, MaybeSentError, MessageRefusedError) as trouble:
            _logger.warning("Slack cannot be reached yet: %s", trouble)

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left open but a question about the token: every request has a connection of its own."""
        if self._checking and not self._checking.done():
            self._checking.cancel()
            await asyncio.wait({self._checking})

    def channel(self, channel_id: str) -> SlackChannel:
        """The channel of that id, as a channel to deliver to."""
        return SlackChannel(self.client, channel_id, self._edits)


class _Edits:
    """Counts the edits of all channels, and holds them back before Slack does.

    Messages have limits of their own, which delivery keeps: an alert does not wait for edits of others.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._limit = Limit(EDITS_A_MINUTE, 60)

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count the edit that is made meanwhile.

        Raises:
            NotSentError: there were too many lately.
        """
        now = self._clock()
        if self._limit.ready_at(now) > now:
            raise NotSentError("too many edits at Slack in a minute")
        self._limit.begin()
        try:
            yield
        finally:
            self._limit.end(self._clock())


class SlackChannel:
    """One Slack channel.

    A message id is the message's `ts`; for a reply it is `<ts of the thread's first message>/<ts>`, because Slack wants
    the former to continue a thread and the latter to edit.

    Args:
        client: the client that posts.
        channel_id: id of the channel (`C…`).
        edits: counts the edits of all channels, if anything does.
    """

    def __init__(self, client: AsyncWebClient, channel_id: str, edits: _Edits | None = None) -> None:
        self._client = client
        self._channel_id = channel_id
        self._edits = edits
        self.limits: Sequence[Limit] = (Limit(1, 1),)

    async def post(self, message: Message, reply_to: str | None) -> str:
        """Send a new message; see `bot.channel.Channel`. Where its thread is closed, it is posted outside of it."""
        thread = reply_to.partition("/")[0] if reply_to else None
        try:
            return await self._post(message, thread)
        except MessageRefusedError as refusal:
            if thread is None or str(refusal) not in _NO_THREAD:
                raise
        return await self._post(message, None)

    async def edit(self, message_id: str, message: Message) -> None:
        """Replace a message; see `bot.channel.Channel`."""
        with self._edits.one_more() if self._edits else nullcontext():
            await answer_of(
                self._client.chat_update(
                    channel=self._channel_id,
                    ts=message_id.rpartition("/")[2],
                    text=fallback(message),
                    blocks=blocks(message),
                    parse="none",
                    link_names=False,
                )
            )

    async def _post(self, message: Message, thread: str | None) -> str:
        answer = await answer_of(
            self._client.chat_postMessage(
                channel=self._channel_id,
                text=fallback(message),
                blocks=blocks(message),
                thread_ts=thread,
                reply_broadcast=True if thread else None,
                parse="none",
                link_names=False,
                mrkdwn=False,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return f"{thread}/{answer['ts']}" if thread else str(answer["ts"])


async def upload(client: AsyncWebClient, channel: str, thread: str | None, picture: Picture, comment: str) -> None:
    """Post a picture in a channel or a thread.

    Args:
        client: asks Slack; files go by `files.getUploadURLExternal` and `files.completeUploadExternal`.
        channel: id of the channel, in which the bot has to be.
        thread: `ts` of the thread's first message; None for the channel itself.
        picture: what is posted.
        comment: the words above it, as sent.

    Raises:
        NotSentError, ChannelGoneError, MaybeSentError, MessageRefusedError: see `answer_of`.
    """
    await answer_of(
        client.files_upload_v2(
            channel=channel,
            thread_ts=thread,
            filename=f"{picture.name.removesuffix('.png')}.png",
            content=picture.png,
            title=plain.cut(plain.clean(picture.alt), 150) or picture.name,
            alt_txt=plain.cut(plain.clean(picture.alt), 1000),
            initial_comment=comment,
        )
    )


def _report(checking: asyncio.Task[None]) -> None:
    """Say what came of a check that nobody waited for."""
    if not checking.cancelled() and (error := checking.exception()):
        _logger.error("%s", error)


def trouble_of(error: SlackApiError) -> Exception:
    """What a refusal by Slack means for the message."""
    data = error.response.data if hasattr(error.response, "data") else None
    name = data.get("error") if isinstance(data, dict) else None
    status = getattr(error.response, "status_code", None)
    if name in _WAIT or status == _TOO_MANY_REQUESTS:
        return NotSentError(f"Slack asks to wait ({name or status})", _retry_after(error.response.headers))
    if name in _GONE:
        return ChannelGoneError(str(name))
    if not isinstance(name, str) or name in _UNKNOWN:
        return MaybeSentError(f"Slack failed to answer properly ({name or status})")
    # Whatever is no name of Slack's may repeat what it was sent, the token as well.
    reason = name if _NAME.fullmatch(name) else "an error without a name"
    return MessageGoneError(reason) if name in _CLOSED else MessageRefusedError(reason)


async def answer_of(request: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Slack's answer to a request.

    Raises:
        NotSentError, ChannelGoneError, MaybeSentError, MessageRefusedError: what went wrong, and whether to try again.
    """
    try:
        return await request
    except SlackApiError as error:
        trouble = trouble_of(error)
    except Exception as error:  # noqa: BLE001 - aiohttp's errors, which are not imported here: that is for the fetching alone
        trouble = _on_the_way(error)
    # Raised out here so that the library's error, which holds the request with its token, is not its context.
    raise trouble


def _on_the_way(error: Exception) -> Exception:
    """What an error between here and Slack means. Only where no connection stood did the message surely not leave."""
    reason = f"no answer from Slack ({type(error).__name__})"
    # aiohttp keeps the system's error as `os_error` where it could not connect, and only there.
    if hasattr(error, "os_error") or isinstance(error, ssl.SSLCertVerificationError):
        return NotSentError(reason)
    return MaybeSentError(reason)


def _retry_after(headers: Any) -> float | None:
    value = str(headers.get("Retry-After", ""))
    return float(value) if value.isascii() and value.isdigit() else None
