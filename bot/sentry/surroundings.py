"""What stands around an error: tags, breadcrumbs, the request, and where the service runs.

Headers, cookies, form data, local variables and the user's own fields are left behind: nobody needs them to triage.
"""

from bot.alerts.event import Breadcrumb, HttpRequest, Origin
from bot.sentry.envelope import Payload
from bot.untrusted.body import mapping, moment, sequence, string
from bot.untrusted.text import NAME, Pen

MAX_TAGS, MAX_BREADCRUMBS = 60, 30
_OCCURRENCES = {4001: "cron", 7001: "uptime", 8001: "metric"}
_USER_TAGS = ("user", "user.id", "user.name", "user.username", "user.email", "user.ip", "user.ip_address", "user_id")


def read_tags(payload: Payload, pen: Pen) -> tuple[tuple[str, str], ...]:
    """Tags as pairs, from any of their three shapes, without `sentry:` before the name, and without the user.

    An event of a monitor gets a tag `occurrence` on top: `cron`, `uptime`, `metric`, else its number.
    """
    found = []
    for name, value in raw_tags(payload)[:MAX_TAGS]:
        key = pen.text(name, 100)
        if key in _USER_TAGS:
            pen.redactor.remove("user")
        elif key and (text := pen.pair(key, value)):
            found.append((key, text))
    kind = mapping(payload.event.get("occurrence")).get("type")
    if isinstance(kind, int) and not isinstance(kind, bool) and 0 <= kind < 10**6:
        found.append(("occurrence", _OCCURRENCES.get(kind, str(kind))))
    return tuple(found)


def raw_tags(payload: Payload) -> list[tuple[str, str]]:
    """Tags as they came: pairs, `{key, value}` objects or one object; not redacted."""
    tags = payload.event.get("tags")
    pairs: list[object] = [list(pair) for pair in tags.items()] if isinstance(tags, dict) else sequence(tags)
    found = []
    for entry in pairs:
        if isinstance(entry, dict):
            entry = [entry.get("key"), entry.get("value")]
        if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str):
            value = entry[1]
            if isinstance(value, bool):
                value = "true" if value else "false"
            if isinstance(value, int | float) and -1e18 < value < 1e18:
                value = str(value)
            if isinstance(value, str) and value:
                found.append((entry[0].removeprefix("sentry:"), value))
    return found


def read_breadcrumbs(payload: Payload, pen: Pen) -> tuple[Breadcrumb, ...]:
    """The newest steps before the error, oldest first; a step that says nothing is left out."""
    crumbs = payload.interface("breadcrumbs")
    values = crumbs if isinstance(crumbs, list) else sequence(mapping(crumbs).get("values"))
    made = []
    for crumb in map(mapping, values[-MAX_BREADCRUMBS:]):
        data = mapping(crumb.get("data"))
        message = pen.text(crumb.get("message"), 500) or _call(data, pen)
        category = pen.text(crumb.get("category"), 100) or pen.text(crumb.get("type"), 100)
        if message or category:
            at, level = moment(crumb.get("timestamp")), pen.text(crumb.get("level"), 20)
            made.append(Breadcrumb(at=at, category=category, level=level, message=message))
    return tuple(made)


def _call(data: dict[str, object], pen: Pen) -> str | None:
    """`GET https://shop.example.com/cart [500]`: what an HTTP breadcrumb says in its data only."""
    url = pen.link(data.get("url"))
    if not url:
        return None
    status = pen.text(data.get("status_code"), 20)
    return " ".join(filter(None, (pen.text(data.get("method"), 20), url, status and f"[{status}]")))


def read_request(payload: Payload, pen: Pen) -> HttpRequest | None:
    """Method and URL of the request that broke; None where there was none."""
    request = mapping(payload.interface("request"))
    method, url = pen.text(request.get("method"), 20), pen.link(request.get("url"))
    return HttpRequest(method=method, url=url) if method or url else None


def read_origin(payload: Payload, pen: Pen) -> Origin:
    """What `bot.sentry.sdk` says of the service in `extra.ai_metadata`; REST events call `extra` `context`."""
    for key in ("extra", "context", "contexts"):
        metadata = mapping(mapping(payload.event.get(key)).get("ai_metadata"))
        if metadata:
            service, region = pen.text(metadata.get("service"), NAME), pen.text(metadata.get("region"), NAME)
            return Origin(service=service, region=region, version=pen.name(metadata.get("version"), NAME))
    return Origin()


def handled_tag(payload: Payload) -> bool | None:
    """What the tag `handled` says, for an event whose exception does not."""
    value = next((value for name, value in raw_tags(payload) if name == "handled"), None)
    return {"yes": True, "true": True, "no": False, "false": False}.get(string(value).lower())
