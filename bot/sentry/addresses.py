"""Organisation, project and web pages: Sentry often says them only inside an address, or not at all.

Not here: requests to any of these addresses.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.sentry.envelope import Payload
from bot.sentry.identity import issue_id
from bot.untrusted.body import Object, first, mapping, sequence, string
from bot.untrusted.text import web_address

_SLUG = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}", re.IGNORECASE)
_PROJECT_PATH = re.compile(r"/projects/([\w-]{1,64})/([\w-]{1,64})/events/")
_ORG_PATH = re.compile(r"/(?:organizations|projects)/([\w-]{1,64})/")
_ORG_HOST = re.compile(r"^https?://([\w-]{1,64})\.sentry\.io(?:[:/]|$)")
_OLD_PATH = re.compile(r"^https?://[^/]{1,200}/([\w-]{1,64})/([\w-]{1,64})/issues/\d")
"""Up to Sentry 9: `https://sentry.example.com/<org>/<project>/issues/12/`."""
_NO_ORG = frozenset({"us", "de", "eu", "www", "app", "docs", "organizations", "api"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadContext:
    """What reading a body needs to know about the installation."""

    sentry_url: str = "https://sentry.io"
    org: str | None = None
    legacy: bool = False
    """The body came over the route of the legacy plugin."""
    pepper: bytes = field(default=b"", repr=False)
    """Kept secret, it makes that nobody can guess an address back from a user's pseudonym."""

    def issue_url(self, org: str | None, issue: str | None) -> str | None:
        """The page of an issue; None without an organisation."""
        if not org or not issue:
            return None
        base = self.sentry_url.rstrip("/")
        host = urlsplit(base).hostname or ""
        if host == "sentry.io" or host.endswith(".sentry.io"):
            return f"https://{org}.sentry.io/issues/{issue}/"
        return f"{base}/organizations/{org}/issues/{issue}/"


def org_and_project(payload: Payload, context: PayloadContext) -> tuple[str | None, str | None]:
    """The slugs of the organisation and the project; None for what is neither said nor configured."""
    org, project = context.org, _project(payload)
    found = [match for address in _addresses(payload) if (match := _slugs(address))]
    org = next((pair[0] for pair in found if pair[0]), org)
    return org, project or next((pair[1] for pair in found if pair[1]), None)


def web_url(payload: Payload, context: PayloadContext, org: str | None) -> str | None:
    """A page for people: what Sentry gave, else built from the issue's id; http and https only."""
    given = web_address(
        payload.event.get("web_url"),
        payload.issue.get("web_url"),
        payload.issue.get("permalink"),
        payload.data.get("web_url"),
        payload.data.get("url"),
        mapping(payload.data.get("group")).get("url"),
    )
    return given or web_address(context.issue_url(org, issue_id(payload)))


def _project(payload: Payload) -> str | None:
    """The slug, from wherever a resource has it. An event's own `project` is a number, which is none."""
    data = payload.data
    metric = mapping(data.get("metric_alert"))
    covered = [*sequence(metric.get("projects")), *sequence(mapping(metric.get("alert_rule")).get("projects"))]
    named = mapping(data.get("project"))
    candidates = (
        mapping(payload.issue.get("project")).get("slug"),
        data.get("project_slug"),
        data.get("projectSlug"),
        named.get("slug"),
        data.get("project"),
        first(*covered),
    )
    return next((slug for value in candidates if (slug := _slug(value))), None)


def _slug(value: object) -> str | None:
    text = string(value)
    return text if _SLUG.fullmatch(text) and not text.isdigit() else None


def _addresses(payload: Payload) -> list[str]:
    sources: tuple[Object, ...] = (payload.event, payload.issue, payload.data)
    keys = ("url", "web_url", "permalink", "issue_url", "project_url")
    return [address for source in sources for key in keys if (address := string(source.get(key))[:500])]


def _slugs(address: str) -> tuple[str | None, str | None] | None:
    both = _PROJECT_PATH.search(address) or _OLD_PATH.search(address)
    if both and both[1].lower() not in _NO_ORG:
        return both[1], _slug(both[2])
    found = _ORG_PATH.search(address) or _ORG_HOST.search(address)
    return (found[1], None) if found and found[1].lower() not in _NO_ORG else None
