"""Who sent a webhook: the signature over its raw bytes, or the secret in a legacy address.

Sentry's client secret is used as displayed, as UTF-8 bytes; the digest is lower-case hex without a prefix. The
timestamp header is not part of what is signed, so a replay is told by the delivery's id, not here.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from bot.errors import BadSignature

SIGNATURE_HEADERS = ("Sentry-Hook-Signature", "X-ServiceHook-Signature")
"""Integration Platform first, then the service hooks that are made through the API."""


def sign(raw: bytes, secret: SecretStr) -> str:
    """The signature that Sentry puts on `raw`: HMAC-SHA256, 64 lower-case hex digits."""
    return hmac.digest(_bytes(secret.get_secret_value()), raw, "sha256").hex()


def verify(raw: bytes, headers: Mapping[str, str], secrets: Sequence[SecretStr]) -> None:
    """Check the signature of a webhook's raw bytes against every secret (two while one is being rotated).

    Raises:
        BadSignature: there is none, it is no SHA-256 in hex, or no secret made it.
    """
    given = _bytes(_signature(headers).removeprefix("sha256="))
    matches = [hmac.compare_digest(_bytes(sign(raw, secret)), given) for secret in secrets if secret.get_secret_value()]
    if not any(matches):
        raise BadSignature("the signature is missing or does not match the body")


def verify_legacy(path_secret: str, secrets: Sequence[SecretStr]) -> None:
    """Check the secret in the address of the legacy plugin's webhooks, which carry no signature.

    Raises:
        BadSignature: it is none of `secrets`.
    """
    given = _digest(path_secret)
    known = [secret.get_secret_value() for secret in secrets]
    matches = [hmac.compare_digest(_digest(secret), given) for secret in known if secret]
    if not any(matches):
        raise BadSignature("the secret in the address is not known")


def _signature(headers: Mapping[str, str]) -> str:
    for name in SIGNATURE_HEADERS:
        value = headers.get(name) or headers.get(name.lower())
        if value:
            return value.strip()
    return ""


def _bytes(text: str) -> bytes:
    """Bytes of any header, lone surrogates included: `compare_digest` refuses non-ASCII str with a TypeError."""
    return text.encode("utf-8", "surrogatepass")


def _digest(text: str) -> bytes:
    """Of one length whatever the secret's is: `compare_digest` stops early at a different length."""
    return hashlib.sha256(_bytes(text)).digest()
