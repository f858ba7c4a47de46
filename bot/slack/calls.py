"""One call of Slack's Web API: at the pace of its method, and with its errors turned into ours.

Never repeats a call by itself: a write whose answer got lost may have happened.
"""

from collections.abc import Coroutine, Mapping
from typing import Any, cast

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import Gone, Paced, RateLimited, Rejected, TargetError, Unavailable
from bot.slack.pacing import Pace, Pacer

Call = Coroutine[Any, Any, AsyncSlackResponse]
"""A method of slack_sdk's client, called and not yet awaited."""

PER_MINUTE: Mapping[str, int] = {
    "chat_appendStream": 100,
    "chat_postEphemeral": 100,
    "chat_startStream": 20,
    "chat_stopStream": 20,
    "conversations_list": 20,
    "files_completeUploadExternal": 100,
    "files_getUploadURLExternal": 100,
    "views_open": 100,
    "views_publish": 100,
    "views_push": 100,
    "views_update": 100,
}
"""What Slack lets an app call in a minute, by the methods' names in slack_sdk; 50 where nothing stands here."""
UNPACED = frozenset({"auth_test", "chat_postMessage"})
"""Posting has a pace for each channel (`SlackGateway.turn`), and who we are is asked by whoever looks at `/ready`."""

_TRANSIENT = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_GONE = {"message_not_found", "thread_not_found"}


def pace_of(method: str) -> Pace:
    """The pace of a method: a third of a minute's calls may come at once."""
    allowed = PER_MINUTE.get(method, 50)
    return Pace(60 / allowed, max(1, allowed // 3))


class Calls:
    """Makes calls, and slows down where Slack asks for it."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer

    async def answer(self, call: Call, channel: str | None = None) -> AsyncSlackResponse:
        """Slack's answer; `channel`, an id, is where a message was to go.

        Raises:
            TargetError: it said no, said nothing, or it is not our turn.
        """
        method = str(getattr(call, "__name__", ""))
        try:
            if method not in UNPACED:
                await self._pacer.turn(f"method:{method}", pace_of(method))
        except Paced:
            call.close()  # or Python warns that nobody awaited it
            raise
        try:
            return await call
        except SlackApiError as error:
            raise await self._translated(error, method, channel) from None
        except (aiohttp.ClientError, TimeoutError, SlackClientError, OSError) as error:
            raise Unavailable(f"no answer from Slack ({type(error).__name__})") from None
        except AttributeError:  # the SDK's way to say that a 200 carried text: some proxy answered instead of Slack
            raise Unavailable("an answer that is not Slack's") from None

    async def data(self, call: Call, channel: str | None = None) -> Mapping[str, Any]:
        """The answer's body.

        Raises:
            TargetError: as `answer`.
        """
        data: Any = (await self.answer(call, channel)).data
        return cast("Mapping[str, Any]", data)

    async def _translated(self, error: SlackApiError, method: str, channel: str | None) -> TargetError:
        response = error.response  # the SDK's own class, or aiohttp's where the body was no JSON
        status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
        data = getattr(response, "data", None)
        code = str(data.get("error") or "") if isinstance(data, Mapping) else ""
        code = code or f"HTTP {status}"
        if status == 429 or code in ("ratelimited", "rate_limited"):
            wait = float(response.headers.get("Retry-After", 1))
            if channel:
                await self._pacer.pause(f"post:{channel}", wait)
            elif method not in UNPACED:
                await self._pacer.pause(f"method:{method}", wait, pace_of(method))
            return RateLimited("Slack asked us to slow down", retry_after=wait)
        if status >= 500 or not isinstance(data, Mapping) or code in _TRANSIENT:
            return Unavailable(f"Slack answered {code}")
        return Gone(code) if code in _GONE else Rejected(f"Slack said {code}")
