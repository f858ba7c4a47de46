"""The proxy on the way to an address, as the machine's environment says; loopback is never reached through one."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SCHEMES = {"ws": "http", "wss": "https"}
"""A WebSocket begins as a request, and takes the same way."""


def proxy_for(url: str) -> str | None:
    """`http://proxy.example.com:3128`, or None: HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, less what NO_PROXY names."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(_SCHEMES.get(parts.scheme, parts.scheme)) or proxies.get("all")
