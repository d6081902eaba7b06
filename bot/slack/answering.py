"""Answering at Slack: to one person, to everybody, in a modal or on the home tab; what goes wrong is kept to itself.

Nobody waits for an answer for long, and it can be asked for again: so what cannot be shown is logged, not tried again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.channel import ChannelGoneError, MaybeSentError, MessageRefusedError, NotSentError
from bot.slack.rendering import blocks, fallback
from bot.slack.sending import answer_of, upload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.message import Message, Picture
    from bot.slack.rendering import Block

_logger = logging.getLogger(__name__)

_OK: Final = 200
_SECONDS: Final = 15


class Answering:
    """Shows what is answered.

    Args:
        client: asks Slack.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def whisper(self, url: str, message: Message, more: Sequence[Block] = ()) -> None:
        """Show a message to the one person who asked."""
        await self._respond(url, message, more, response_type="ephemeral", replace_original=False)

    async def replace(self, url: str, message: Message, more: Sequence[Block] = ()) -> None:
        """Put a message in the place of the one whose button was pressed."""
        await self._respond(url, message, more, replace_original=True)

    async def publish(self, url: str, message: Message) -> bool:
        """Show a message to everybody in the channel; returns whether that was done."""
        return await self._respond(url, message, (), response_type="in_channel", replace_original=False)

    async def remove(self, url: str) -> None:
        """Take away the message whose button was pressed."""
        await self._tried("a message could not be taken away", self._send(url, delete_original=True))

    async def whisper_in(self, channel: str, user: str, message: Message) -> bool | None:
        """Show a message to one person in a channel, which only works where the bot is in it.

        Returns:
            Whether the bot can post there; None where it was not shown for another reason.
        """
        try:
            await answer_of(
                self._client.chat_postEphemeral(
                    channel=channel, user=user, text=fallback(message), blocks=blocks(message), link_names=False
                )
            )
        except ChannelGoneError:
            return False
        except (NotSentError, MaybeSentError, MessageRefusedError) as error:
            _logger.warning("%s: an answer could not be shown: %s", channel, error)
            return None
        return True

    async def picture(self, channel: str, thread: str | None, picture: Picture, message: Message) -> bool:
        """Post a picture in a channel or a thread, for everybody; returns whether that was done."""
        work = upload(self._client, channel, thread, picture, fallback(message))
        return await self._tried(f"{channel}: a picture could not be shown", work)

    async def open(self, trigger: str, view: dict[str, Any]) -> None:
        """Open a modal."""
        await self._tried(
            "a modal could not be opened", answer_of(self._client.views_open(trigger_id=trigger, view=view))
        )

    async def update(self, view_id: str, view: dict[str, Any]) -> None:
        """Show something else in an open modal."""
        await self._tried(
            "a modal could not be changed", answer_of(self._client.views_update(view_id=view_id, view=view))
        )

    async def home(self, user: str, view: dict[str, Any]) -> None:
        """Show somebody their home tab."""
        await self._tried(
            "a home tab could not be shown", answer_of(self._client.views_publish(user_id=user, view=view))
        )

    async def _respond(self, url: str, message: Message, more: Sequence[Block], **how: Any) -> bool:
        shown: list[Block] = [*blocks(message), *more]
        content = {"text": fallback(message), "blocks": shown, "unfurl_links": False, "unfurl_media": False}
        return await self._tried("an answer could not be shown", self._send(url, **content, **how))

    async def _send(self, url: str, **content: Any) -> None:
        client = AsyncWebhookClient(url, timeout=_SECONDS, ssl=self._client.ssl, retry_handlers=[])
        try:
            answer = await client.send(**content)
        except Exception as error:  # noqa: BLE001 - aiohttp's errors, which are not imported here
            # Not chained: the error may quote the address, which is as good as a token.
            raise MaybeSentError(f"no answer from Slack ({type(error).__name__})") from None
        if answer.status_code != _OK:
            raise MessageRefusedError(f"Slack answered {answer.status_code} at a response address")

    @staticmethod
    async def _tried(what: str, work: Awaitable[object]) -> bool:
        """Whether something was done; what goes wrong with it is logged."""
        try:
            await work
        except (NotSentError, ChannelGoneError, MaybeSentError, MessageRefusedError) as error:
            _logger.warning("%s: %s", what, error)
            return False
        return True
