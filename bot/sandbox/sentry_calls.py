"""The wire of Sentry's stand-in: scopes, rate limits, pages, and each endpoint that the bot calls.

Stricter than Sentry where that finds mistakes: a path without the slash at its end does not exist.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.sandbox.front import Reply, Turned, read_json
from bot.sandbox.sentry_api import APP, SentryStandIn, note_webhook
from bot.sandbox.sentry_issues import ORG, Issue, missing, note_json
from bot.sandbox.values import Json

Answer = Callable[[web.Request, Json], Reply]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SAME_COMMENT = "You have already posted that comment."
_HOUR = 3600


class SentryCalls:
    """The endpoints. `allowed`: calls a second for each, 0 for no limit; `page`: entries on a page."""

    def __init__(self, standin: SentryStandIn, *, allowed: int = 0, page: int = 100) -> None:
        self.standin, self.allowed, self.page = standin, allowed, page
        self._windows: dict[str, tuple[int, int]] = {}

    def routes(self, prefix: str = "") -> list[web.RouteDef]:
        """The API, under `prefix`."""
        org, project = f"{prefix}/api/0/organizations/{{org}}/", f"{prefix}/api/0/projects/{{org}}/{{project}}/"
        issue = f"{org}issues/{{issue}}/"
        endpoints: list[tuple[str, str, str, str, Answer]] = [
            ("GET", org, "organization", "org:read", self._organization),
            ("GET", f"{org}issues/", "issues", "event:read", self._issues),
            ("GET", issue, "issue", "event:read", lambda request, _: Reply(200, self._issue(request).rest())),
            ("PUT", issue, "update", "event:write", self._update),
            ("GET", f"{issue}events/{{event}}/", "event", "event:read", self._event),
            ("GET", f"{issue}notes/", "notes", "event:read", self._notes),
            ("POST", f"{issue}notes/", "comment", "event:write", self._comment),
            ("PUT", f"{issue}notes/{{note}}/", "edit_comment", "event:write", self._edit_comment),
            ("GET", f"{issue}tags/", "tags", "event:read", self._tags),
            ("GET", f"{issue}tags/{{key}}/", "tag", "event:read", self._tag),
            ("GET", f"{org}shortids/{{short}}/", "short_id", "event:read", self._short_id),
            ("GET", f"{org}eventids/{{event}}/", "event_id", "org:read", self._event_id),
            ("GET", f"{project}events/{{event}}/committers/", "committers", "project:read", self._committers),
        ]
        return [
            web.route(method, path, self._handler(name, scope, run)) for method, path, name, scope, run in endpoints
        ]

    def _handler(self, name: str, scope: str, run: Answer) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await read_json(request) if request.method in ("PUT", "POST") else {}
            args = {**request.match_info, **request.query, **body}

            def perform() -> Reply:
                headers = self._limited(name)
                self._authorize(request, scope)
                done = run(request, body)
                return Reply(done.status, done.body, {**done.headers, **headers})

            return await self.standin.front.serve(request, name, args, perform)

        return handle

    def _authorize(self, request: web.Request, scope: str) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise Turned(401, {"detail": "Authentication credentials were not provided."})
        if token != self.standin.token:
            raise Turned(401, {"detail": "Invalid token"})
        if scope not in self.standin.scopes:
            raise Turned(403, {"detail": "You do not have permission to perform this action."})
        if request.match_info["org"] != ORG:
            raise missing()

    def _limited(self, name: str) -> dict[str, str]:
        """Count a call in its window of one second; the headers that tell."""
        if not self.allowed:
            return {}
        second = int(self.standin.front.now())
        began, used = self._windows.get(name, (second, 0))
        used = used + 1 if began == second else 1
        self._windows[name] = (second, used)
        headers = {
            "X-Sentry-Rate-Limit-Limit": str(self.allowed),
            "X-Sentry-Rate-Limit-Remaining": str(max(self.allowed - used, 0)),
            "X-Sentry-Rate-Limit-Reset": str(second + 1),
        }
        if used > self.allowed:
            raise Turned(429, "You are attempting to use this endpoint too frequently.", headers)
        return headers

    def _issue(self, request: web.Request) -> Issue:
        found = self.standin.issues.get(request.match_info["issue"])
        if found is None:
            raise missing()
        return found

    def _organization(self, _request: web.Request, _body: Json) -> Reply:
        links = {"organizationUrl": f"https://{ORG}.sentry.example.com", "regionUrl": self.standin.region_url}
        return Reply(200, {"id": "5", "slug": ORG, "name": "Example Shop", "links": links})

    def _issues(self, request: web.Request, _body: Json) -> Reply:
        """Of Sentry's search only `is:<status>` and nothing at all are understood here."""
        query, start = request.query.get("query", "is:unresolved"), request.query.get("start")
        found = sorted(self.standin.issues.values(), key=lambda issue: -issue.last_seen)
        shown = [issue.rest() for issue in found if query in ("", f"is:{issue.status}")]
        return self._paged(request, [entry for entry in shown if not start or entry["lastSeen"] >= start])

    def _paged(self, request: web.Request, entries: list[Json]) -> Reply:
        offset = int(request.query.get("cursor", "0:0:0").split(":")[1])
        end, more = offset + self.page, offset + self.page < len(entries)
        links = [("previous", offset > 0, max(offset - self.page, 0)), ("next", more, end)]
        link = ", ".join(
            f'<{request.url}>; rel="{rel}"; results="{str(there).lower()}"; cursor="0:{at}:{int(rel == "previous")}"'
            for rel, there, at in links
        )
        return Reply(200, entries[offset:end], {"Link": link})

    def _update(self, request: web.Request, body: Json) -> Reply:
        issue = self._issue(request)
        self.standin.announce(self.standin.change(issue, body, APP))
        return Reply(200, issue.rest())

    def _event(self, request: web.Request, _body: Json) -> Reply:
        issue, wanted = self._issue(request), request.match_info["event"]
        if wanted not in ("latest", "oldest", "recommended", issue.event["eventID"]):
            raise missing()
        return Reply(200, issue.event)

    def _notes(self, request: web.Request, _body: Json) -> Reply:
        return self._paged(request, [note_json(note) for note in reversed(self._issue(request).notes)])

    def _comment(self, request: web.Request, body: Json) -> Reply:
        issue, text, now = self._issue(request), _text(body), self.standin.front.now()
        if any(note.text == text and note.author is None and now - note.at < _HOUR for note in issue.notes):
            raise Turned(400, {"detail": _SAME_COMMENT})
        note = self.standin.write(issue, text, None)
        self.standin.announce([note_webhook("created", issue, note)], "comment")
        return Reply(201, note_json(note))

    def _edit_comment(self, request: web.Request, body: Json) -> Reply:
        issue = self._issue(request)
        note = next((note for note in issue.notes if note.id == request.match_info["note"]), None)
        if note is None or note.author is not None:  # another's comment cannot even be seen this way
            raise missing()
        note.text = _text(body)
        self.standin.announce([note_webhook("updated", issue, note)], "comment")
        return Reply(200, note_json(note))

    def _tags(self, request: web.Request, _body: Json) -> Reply:
        issue = self._issue(request)
        return Reply(200, [issue.tag(key) for key in issue.tags])

    def _tag(self, request: web.Request, _body: Json) -> Reply:
        return Reply(200, self._issue(request).tag(request.match_info["key"]))

    def _short_id(self, request: web.Request, _body: Json) -> Reply:
        wanted = request.match_info["short"]
        found = next((issue for issue in self.standin.issues.values() if issue.short_id == wanted), None)
        if found is None:
            raise missing()
        slugs = {"organizationSlug": ORG, "projectSlug": found.project}
        return Reply(200, {**slugs, "groupId": found.id, "shortId": found.short_id, "group": found.rest()})

    def _event_id(self, request: web.Request, _body: Json) -> Reply:
        issue = self._with_event(request)
        slugs = {"organizationSlug": ORG, "projectSlug": issue.project}
        return Reply(200, {**slugs, "groupId": issue.id, "eventId": issue.event["eventID"], "event": issue.event})

    def _committers(self, request: web.Request, _body: Json) -> Reply:
        committers = self._with_event(request).committers
        if not committers:
            raise missing()
        return Reply(200, {"committers": committers})

    def _with_event(self, request: web.Request) -> Issue:
        wanted = request.match_info["event"]
        found = next((i for i in self.standin.issues.values() if i.event["eventID"] == wanted), None)
        if found is None:
            raise missing()
        return found


def _text(body: Json) -> str:
    text = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Turned(400, {"text": ["This field is required."]})
    return text
