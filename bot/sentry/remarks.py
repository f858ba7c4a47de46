"""What was said about an issue, and what became of it: comments, Seer's findings, changes and who made them."""

import re

from bot.alerts.event import IssueChange, Remark
from bot.sentry.envelope import Payload
from bot.sentry.meaning import activity, status
from bot.untrusted.body import Object, first, mapping, sequence, string
from bot.untrusted.text import NAME, PROSE, Pen, web_address

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SUMMARIES = ("one_line_description", "one_line_summary", "summary", "description", "title")
_SUBJECTS = ("root_cause", "solution", "triage", "impact_assessment", "iteration")


def read_change(payload: Payload, pen: Pen) -> IssueChange | None:
    """What became of the issue and who did it; None for a delivery that means no change."""
    became = status(payload)
    if became is None:
        return None
    assignee = mapping(first(payload.data.get("assignee"), payload.issue.get("assignedTo")))
    by_machine = payload.actor.get("type") == "application"
    return IssueChange(
        status=became,
        by=pen.text(payload.actor.get("name")),
        by_machine=by_machine,
        by_app=by_machine and payload.actor.get("id") != "sentry",
        assignee=_named(assignee, pen),
        how=pen.text(_how(payload), 100),
    )


def _named(assignee: Object, pen: Pen) -> str | None:
    """A person's name, or a team's with a `#` before it, as Sentry shows teams."""
    name = pen.text(assignee.get("name"))
    return f"#{name.removeprefix('#')}" if name and assignee.get("type") == "team" else name


def _how(payload: Payload) -> str | None:
    """Sentry's word for it, in one spelling: `inNextRelease` and `archived_until_escalating` lose case and prefix."""
    said = string(payload.data.get("resolution_type"))
    if not said:
        details = [key for key in mapping(payload.issue.get("statusDetails")) if key not in ("actor", "autoResolved")]
        said = next(iter(sorted(details)), "")
    substatus = string(payload.issue.get("substatus"))
    if not said and substatus.startswith("archived_"):
        said = substatus.removeprefix("archived_")
    return _CAPITAL.sub("_", said).lower() or None


def read_remark(payload: Payload, pen: Pen) -> Remark:
    """A person's comment or a finding of Seer's, for a delivery that means a remark; the text is never empty."""
    if payload.resource == "comment":
        author = pen.text(payload.actor.get("name")) or "Someone"
        text = pen.text(payload.data.get("comment"), PROSE) or "(an empty comment)"
        return Remark(author=author, text=text, topic="comment")
    if payload.resource == "activity_alert":
        return _activity(payload, pen)
    url = _pull_request_url(payload.data)
    text = pen.text(_finding(payload.data), PROSE) or _in_words(payload.action)
    return Remark(author="Seer", text=text, topic=payload.action, url=url)


def _activity(payload: Payload, pen: Pen) -> Remark:
    kind = activity(payload)
    details = mapping(mapping(payload.data.get("activity")).get("details"))
    topic = pen.text(kind.removeprefix("seer_"), 100) or "activity"
    said = first(details.get("summary"), details.get("text"), _finding(details))
    author = "Seer" if kind.startswith("seer_") else pen.text(payload.actor.get("name")) or "Sentry"
    return Remark(
        author=author,
        text=pen.text(said, PROSE) or _in_words(topic),
        topic="comment" if kind == "note" else topic,
        url=_pull_request_url(details),
    )


def _finding(data: Object) -> str:
    """What Seer found, in the shapes of 2025 (description, steps, changes) and of 2026 (one line, code_changes)."""
    for subject in _SUBJECTS:
        found = data.get(subject)
        if isinstance(found, str):
            return found
        if found := mapping(found):
            said = next((string(found.get(key)) for key in _SUMMARIES if string(found.get(key))), "")
            steps = [string(mapping(step).get("title")) or string(step) for step in sequence(found.get("steps"))]
            numbered = [f"{number}. {step}" for number, step in enumerate(filter(None, steps[:10]), 1)]
            return "\n".join(filter(None, (said, *numbered)))
    changed = _changes(data)
    return changed or "\n".join(_pull_requests(data))


def _changes(data: Object) -> str:
    lines = []
    for repository, files in list(mapping(data.get("code_changes")).items())[:10]:
        paths = [string(mapping(file).get("path")) for file in sequence(files)]
        lines.append(f"{repository:.{NAME}}: {', '.join(filter(None, paths[:20]))}")
    for change in map(mapping, sequence(data.get("changes"))[:10]):
        where, what = string(change.get("repo_name")), first(change.get("title"), change.get("description"))
        lines.append(": ".join(filter(None, (where, string(what)))))
    return "\n".join(filter(None, lines))


def _pull_requests(data: Object) -> list[str]:
    lines = []
    for entry in map(mapping, sequence(data.get("pull_requests"))[:10]):
        request = mapping(entry.get("pull_request"))
        number, url = first(request.get("pr_number")), web_address(request.get("pr_url"))
        title = f"Pull request #{number}" if isinstance(number, int) and number < 10**9 else "Pull request"
        where = string(entry.get("repo_name"))
        lines.append(f"{title}{f' in {where:.{NAME}}' if where else ''}{f': {url}' if url else ''}")
    return lines


def _pull_request_url(data: Object) -> str | None:
    entries = [mapping(entry) for entry in sequence(data.get("pull_requests"))[:10]]
    return web_address(*(mapping(entry.get("pull_request")).get("pr_url") for entry in entries), data.get("pr_url"))


def _in_words(action: str) -> str:
    """`root_cause_completed` → "Root cause completed": all that can be said where the finding itself is missing."""
    return action.replace("_", " ").capitalize()
