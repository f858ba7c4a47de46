"""One HTTP call to a service outside: every way it can end is an answer, or a leaf of `TargetError`.

Repeats nothing and follows nothing: whether to try again is reconcile's decision, and a redirect would carry the token
to wherever it points. What an answer means is the caller's business.
"""

import asyncio
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from pydantic_core import from_json

from bot.errors import RateLimited, Rejected, Unavailable
from bot.untrusted.body import first, mapping, sequence, string
from bot.untrusted.text import Pen

PATIENCE = 10.0
"""Seconds for a whole call. Reconcile's lease has room for several of them."""
DEFAULT_WAIT, LONGEST_WAIT = 5.0, 3600.0
"""Seconds to wait after a 429 that does not say how long, and the longest that we believe one that does."""
_WORDS = 300

Params = Sequence[tuple[str, str]]


def http_client() -> httpx.AsyncClient:
    """A client for all `Remote`s. A proxy from the environment is used, but not for this machine itself."""
    here = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}
    return httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False, mounts=here)


class Remote:
    """A service at one base address, which may have a path. `headers` is called for each request: it holds the token.

    `patience`: seconds that a call may take, from its first byte to its last.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        *,
        name: str,
        clock: Callable[[], datetime],
        headers: Callable[[], Mapping[str, str]] = dict,
        patience: float = PATIENCE,
    ) -> None:
        self._http, self._headers, self._clock, self._patience = http, headers, clock, patience
        self.base_url, self.name = base_url.rstrip("/"), name

    async def send(
        self, method: str, path: str, *, params: Params = (), body: Mapping[str, object] | None = None
    ) -> httpx.Response:
        """Send one request; the answer's status is 2xx or 4xx, without 408 and 429.

        Raises:
            Unavailable: no answer in time, or 5xx. The request may have taken effect.
            RateLimited: 429; `retry_after` is what the answer says.
            Rejected: the configured address is none, or redirects.
        """
        response = await self._answer(method, path, params, body)
        status = response.status_code
        if status == 429:
            wait = asked_wait(response.headers, self._clock())
            raise RateLimited(f"{self.name} asked us to slow down", retry_after=DEFAULT_WAIT if wait is None else wait)
        if status >= 500 or status == 408:
            raise Unavailable(f"{self.name} answered {status}", retry_after=asked_wait(response.headers, self._clock()))
        if not 200 <= status < 300 and status < 400:
            where = _host(response.headers.get("Location", ""))
            raise Rejected(f"{self.name} redirects ({status}) to {where}: set its address to the final one")
        return response

    async def _answer(
        self, method: str, path: str, params: Params, body: Mapping[str, object] | None
    ) -> httpx.Response:
        # bytes: httpx would refuse a token with an odd character in an exception that carries it
        headers = [(name.encode(), value.encode()) for name, value in self._headers().items()]
        content = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        if content is not None:
            headers.append((b"Content-Type", b"application/json"))
        try:
            async with asyncio.timeout(self._patience):
                return await self._http.request(
                    method,
                    self.base_url + path,
                    params=list(params) or None,
                    content=content,
                    headers=headers,
                    follow_redirects=False,
                )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise Rejected(f"the address set for {self.name} is no http or https address") from None
        except TimeoutError:
            raise Unavailable(f"no answer from {self.name} within {self._patience:g} s") from None
        except httpx.HTTPError as error:  # not chained: it carries the request, and with it the token
            raise Unavailable(f"no answer from {self.name} ({type(error).__name__})") from None

    def parsed(self, response: httpx.Response) -> object:
        """The JSON of an answer.

        Raises:
            Unavailable: it is none, so something else answered in the service's place.
        """
        body = _parsed(response)
        if body is None:
            raise Unavailable(f"an answer that is not {self.name}'s (status {response.status_code})")
        return body

    def words(self, response: httpx.Response) -> str:
        """The service's own words for why it refused, bounded and without secrets; its status where it has none."""
        body = _parsed(response)
        return Pen().text(" ".join(_said(body)), _WORDS) or f"status {response.status_code}"


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """How many seconds an answer asks us to wait, in any of the field's spellings; None where it does not say.

    `Retry-After` (seconds, or a date), PagerDuty's `ratelimit-reset` (seconds), Sentry's `X-Sentry-Rate-Limit-Reset`
    (a time since the epoch, so that it counts from `now` on our own clock).
    """
    given = headers.get("Retry-After", "")
    seconds = (_number(given), _until(given, now), _number(headers.get("ratelimit-reset", "")))
    wait = next((found for found in seconds if found is not None), None)
    reset = _number(headers.get("X-Sentry-Rate-Limit-Reset", ""))
    if wait is None and reset is not None:
        wait = max(reset - now.timestamp(), 1.0)
    return None if wait is None else min(max(wait, 0.0), LONGEST_WAIT)


_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)


def _number(value: str) -> float | None:
    return float(value) if _NUMBER.fullmatch(value.strip()) else None


def _until(value: str, now: datetime) -> float | None:
    try:
        seconds = parsedate_to_datetime(value).timestamp() - now.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _parsed(response: httpx.Response) -> object | None:
    """The answer's JSON; None where it is no JSON, or `null`, which no service that we call answers."""
    try:
        fast: object = from_json(response.content)
    except ValueError:  # also half of a surrogate pair, which Sentry may send and only the slow parser takes
        try:
            slow: object = json.loads(response.content.decode())
        except (ValueError, RecursionError):
            return None
        return slow
    return fast


def _said(body: object) -> list[str]:
    """The sentences of an error's body: `detail`, `message`, `errors`, or a list of complaints for each field."""
    if isinstance(body, str):
        return [body]
    told = mapping(mapping(body).get("error")) or mapping(body)
    detail = told.get("detail")
    said = [string(first(detail if isinstance(detail, str) else mapping(detail).get("message"), told.get("message")))]
    said += [string(error) for error in sequence(told.get("errors"))[:5]]
    if not any(said):
        complaints = ((name, sequence(value)[:3]) for name, value in list(told.items())[:5])
        said = [f"{name}: {', '.join(map(string, found))}" for name, found in complaints if found]
    return [sentence for sentence in said if sentence]


def _host(location: str) -> str:
    try:
        return (urlsplit(location).hostname or "another path")[:100]
    except ValueError:
        return "an address that is none"
