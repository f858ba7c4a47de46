"""Who may see the pages: whoever sends the ADMIN_TOKEN, or the cookie that was given for it once."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web
from pydantic import SecretStr

COOKIE = "triage_session"
LASTS = timedelta(days=7)


class Sessions:
    """Without a token there is nothing to log in with: `required` is False, and nobody is let in."""

    def __init__(self, token: SecretStr | None, clock: Callable[[], datetime]) -> None:
        self._token = token.get_secret_value().strip().encode() if token else b""
        # Not the token itself: a cookie must be of no use where the token is asked for.
        self._key = hashlib.sha256(b"triage session\0" + self._token).digest()
        self._clock = clock

    @property
    def required(self) -> bool:
        """Whether there is a token to be sent."""
        return bool(self._token)

    def admits(self, request: web.Request) -> bool:
        """Whether the request has the token as a bearer, or a cookie that is ours and not over."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.is_token(given.strip())
        return self._is_cookie(request.cookies.get(COOKIE, ""))

    def is_token(self, given: str) -> bool:
        """Whether this is the token; compared in constant time."""
        return self.required and hmac.compare_digest(given.encode("utf-8", "replace"), self._token)

    def begin(self, request: web.Request, response: web.StreamResponse) -> None:
        """Give the cookie: signed, for a week, out of reach of scripts and of other sites' forms."""
        until = str(int((self._clock() + LASTS).timestamp()))
        response.set_cookie(
            COOKIE,
            f"{until}.{self._signed(until)}",
            max_age=int(LASTS.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",  # Strict would show the form to whoever follows a link in Slack
            secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
        )

    @staticmethod
    def end(response: web.StreamResponse) -> None:
        """Take the cookie away."""
        response.del_cookie(COOKIE, path="/")

    def _is_cookie(self, cookie: str) -> bool:
        until, _, signature = cookie.partition(".")
        genuine = hmac.compare_digest(signature.encode("utf-8", "replace"), self._signed(until).encode())
        return self.required and genuine and int(until) > self._clock().timestamp()

    def _signed(self, until: str) -> str:
        return hmac.new(self._key, until.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
