"""Who sent a webhook: `X-PagerDuty-Signature`, one HMAC of the raw bytes for each secret that is live at PagerDuty."""

import hashlib
import hmac
from collections.abc import Sequence

from pydantic import SecretStr

from bot.errors import BadSignature

HEADER = "X-PagerDuty-Signature"
_VERSION = b"v1="
_MOST = 20
"""Signatures looked at; PagerDuty sends one for each secret of a subscription, two while one is rotated."""


def sign(raw: bytes, secret: SecretStr) -> str:
    """One signature as PagerDuty writes it: `v1=` and 64 lower-case hex digits."""
    return f"v1={hmac.new(_bytes(secret.get_secret_value()), raw, hashlib.sha256).hexdigest()}"


def verify(raw: bytes, header: str | None, secrets: Sequence[SecretStr]) -> None:
    """Check that one of the header's signatures of the raw bytes was made with one of `secrets`.

    Raises:
        BadSignature: there is none, or no secret made any of them.
    """
    given = [part.strip() for part in _bytes(header or "").split(b",")[:_MOST]]
    ours = [_bytes(sign(raw, secret)) for secret in secrets if secret.get_secret_value()]
    matches = [hmac.compare_digest(own, one) for one in given if one.startswith(_VERSION) for own in ours]
    if not any(matches):
        raise BadSignature("the signature is missing or does not match the body")


def _bytes(text: str) -> bytes:
    """Bytes of any header, lone surrogates included: `compare_digest` refuses non-ASCII str with a TypeError."""
    return text.encode("utf-8", "surrogatepass")
