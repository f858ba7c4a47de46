"""One call to Sentry's REST API: address, token, region, pages, the pace it asks for, and what each refusal means.

Not here: what the answers say. Nothing is repeated, no redirect is followed.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import SplitResult, quote, urlsplit

import httpx
from pydantic import SecretStr

from bot.errors import Paced, RateLimited, Rejected, TargetError, Unavailable
from bot.remote import PATIENCE, Params, Remote, asked_wait
from bot.untrusted.body import Object, mapping, string

PAGES = 20
"""Pages read at most by one call: a search is no export."""
LONGEST_WINDOW = timedelta(minutes=1)
"""Sentry counts calls in windows of seconds: a reset further away is a clock that is wrong, theirs or ours."""
RESTS = 3
"""How often a page is waited for."""
_SAAS = "sentry.io"
_NEXT = re.compile(r'rel="next";\s*results="true";\s*cursor="([\w:.-]{1,100})"')

Rest = Callable[[float], Awaitable[None]]


class SentryApi:
    """Calls in one organisation. The token is read at each call and stands in no message."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        org: str,
        token: SecretStr,
        *,
        clock: Callable[[], datetime],
        patience: float = PATIENCE,
    ) -> None:
        self.org, self._clock = org, clock
        self._remote = Remote(
            http,
            base_url,
            name="Sentry",
            clock=clock,
            headers=lambda: {"Authorization": f"Bearer {token.get_secret_value().strip()}"},
            patience=patience,
        )
        self._region_known = urlsplit(base_url).hostname != _SAAS
        self._not_before: dict[tuple[str, ...], datetime] = {}

    async def call(
        self,
        method: str,
        *path: str,
        scope: str,
        params: Params = (),
        body: Object | None = None,
        missing: type[TargetError] = Rejected,
    ) -> httpx.Response:
        """Call `/api/0/<path>/`; the path's parts are nouns and values in turn. `missing`: what a 404 raises.

        Raises:
            Paced: Sentry said that this endpoint's calls are used up for now.
            RateLimited: it refused this one for that reason.
            Rejected: the token, its scope, the path or the body is not accepted.
            Unavailable: no answer.
        """
        endpoint = (method, *path[::2], str(len(path)))
        self._keep_pace(endpoint)
        await self._find_region()
        try:
            response = await self._remote.send(method, _address(path), params=params, body=body)
        except RateLimited as error:
            wait = min(timedelta(seconds=error.retry_after or 1), LONGEST_WINDOW)
            self._not_before[endpoint] = self._clock() + wait
            raise RateLimited(str(error), retry_after=wait.total_seconds()) from None
        self._note_pace(endpoint, response.headers)
        if response.status_code >= 400:
            raise self._refusal(response, path, scope, missing)
        return response

    async def get(self, *path: str, scope: str, params: Params = (), missing: type[TargetError] = Rejected) -> object:
        """The JSON that a GET answers.

        Raises:
            TargetError: as `call`.
        """
        return self.parsed(await self.call("GET", *path, scope=scope, params=params, missing=missing))

    async def pages(
        self, *path: str, scope: str, params: Params = (), rest: Rest | None = None
    ) -> AsyncIterator[object]:
        """The entries of a list, page by page, `PAGES` at most. Only the cursor is taken from Sentry, no address.

        `rest` waits some seconds where the limit is met, and the list goes on; without it the limit is raised.

        Raises:
            TargetError: as `call`, also half-way through.
        """
        cursor: list[tuple[str, str]] = []
        for _ in range(PAGES):
            response = await self._page(path, scope, [*params, *cursor], rest)
            entries = self.parsed(response)
            if not isinstance(entries, list):
                raise Unavailable("an answer that is not Sentry's")
            for entry in entries:
                yield entry
            more = _NEXT.search(response.headers.get("Link", ""))
            if not more or [("cursor", more[1])] == cursor:
                return
            cursor = [("cursor", more[1])]

    async def _page(self, path: tuple[str, ...], scope: str, params: Params, rest: Rest | None) -> httpx.Response:
        for _ in range(RESTS if rest else 0):
            try:
                return await self.call("GET", *path, scope=scope, params=params)
            except (Paced, RateLimited) as limit:
                if rest:
                    await rest(limit.retry_after or 1.0)
        return await self.call("GET", *path, scope=scope, params=params)

    def parsed(self, response: httpx.Response) -> object:
        """The JSON of an answer.

        Raises:
            Unavailable: it is none.
        """
        return self._remote.parsed(response)

    def _keep_pace(self, endpoint: tuple[str, ...]) -> None:
        wait = (self._not_before.get(endpoint, self._clock()) - self._clock()).total_seconds()
        if wait > 0:
            raise Paced("Sentry's limit for such calls is used up", retry_after=wait)

    def _note_pace(self, endpoint: tuple[str, ...], headers: Mapping[str, str]) -> None:
        self._not_before.pop(endpoint, None)
        if headers.get("X-Sentry-Rate-Limit-Remaining") == "0":
            wait = timedelta(seconds=asked_wait(headers, self._clock()) or 0)
            self._not_before[endpoint] = self._clock() + min(wait, LONGEST_WINDOW)

    def _refusal(
        self, response: httpx.Response, path: tuple[str, ...], scope: str, missing: type[TargetError]
    ) -> TargetError:
        said, status = self._remote.words(response), response.status_code
        if status == 401:
            return Rejected(f"SENTRY_AUTH_TOKEN is not accepted, it may have been revoked: {said}")
        if status == 403:
            return Rejected(f"SENTRY_AUTH_TOKEN lacks the scope {scope}, or may not see this: {said}")
        if status == 404:
            where = "/".join(path)
            return missing(f"Sentry has no {where} that the token may see (it takes the scope {scope}): {said}")
        return Rejected(f"Sentry said: {said}")

    async def _find_region(self) -> None:
        """On sentry.io an organisation's data is in one region, which has an address of its own: ask for it, once."""
        if self._region_known:
            return
        response = await self._remote.send("GET", _address(("organizations", self.org)))
        if response.status_code < 400:
            links = mapping(mapping(self._remote.parsed(response)).get("links"))
            self._remote.base_url = region(self._remote.base_url, string(links.get("regionUrl")))
        self._region_known = True  # without the scope org:read we stay: sentry.io finds the region by itself, if slower


def region(base_url: str, region_url: str) -> str:
    """The address of the region where it is one of Sentry's own, else `base_url`: the token goes nowhere else."""
    base, found = urlsplit(base_url), _split(region_url)
    host = (found.hostname or "") if found else ""
    trusted = found is not None and found.scheme in ("https", base.scheme) and "@" not in found.netloc
    ours = host == base.hostname or host.endswith(f".{base.hostname}")
    return region_url.rstrip("/") if trusted and ours else base_url


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _address(path: tuple[str, ...]) -> str:
    """The path with the slash at its end that Sentry insists on.

    Raises:
        Rejected: a value in it that would lead somewhere else.
    """
    if any(part in ("", ".", "..") for part in path):
        raise Rejected("that is no id")
    return "/".join(["/api/0", *(quote(part, safe="") for part in path), ""])
