"""The one comment that an alert has on its Sentry issue: its text, and the marker by which it is found again. Pure."""

import re

from bot.alerts.alert import Action, Transition
from bot.alerts.dossier import Dossier

_MARKER = re.compile(r"triage:sentry-[\w.-]{1,64}\s*\Z", re.ASCII)
_SIGNS = re.compile(r"([\\`*_\[\]<>~|#!])")
_ADDRESS = re.compile(r"\b(https?|ftp)(?=://)|\b(www)(?=\.)", re.IGNORECASE)
_FIELD, _REASON, _CORRECTIONS = 400, 150, 3


def marker(dossier: Dossier) -> str:
    """The comment's last line. It names the issue, not our row: a bot with a fresh database finds its comment too."""
    return f"triage:{dossier.alert.issue_key.replace(':', '-')}"


def is_ours(text: str) -> bool:
    """Whether a comment is one of the bot's own, so that it is not told as news when it comes back as a webhook."""
    return _MARKER.search(text) is not None


def comment(dossier: Dossier, thread_url: str | None) -> str | None:
    """What the bot says on the issue, in Sentry's Markdown; None while there is no verdict to tell.

    Counts and states are left out: Sentry shows them better, and the comment would be edited at every event.
    """
    verdict = dossier.classification
    if verdict is None:
        return None
    what = f"{verdict.severity.value} · {verdict.category.value.replace('_', ' ')}"
    person = verdict.made_by.startswith("user:")
    by = "a person" if person else f"{_plain(verdict.made_by, _REASON)}, {verdict.confidence:.0%} sure"
    lines = [
        f"**{what}** ({by})",
        f"**Why** {_plain(verdict.root_cause)}",
        f"**Do** {_plain(verdict.suggested_action)}",
        f"**Fix** about {verdict.estimated_fix_time.value}",
        *(_correction(t) for t in _corrections(dossier)),
        f"[Slack thread]({thread_url})" if thread_url else "",
        marker(dossier),
    ]
    return "\n\n".join(line for line in lines if line)


def _corrections(dossier: Dossier) -> list[Transition]:
    return [t for t in dossier.transitions if t.action is Action.RECLASSIFIED][-_CORRECTIONS:]


def _correction(made: Transition) -> str:
    said = {name: _plain(str(value), _REASON) for name, value in made.detail.items()}
    changes = [
        f"{said[f'from_{what}']} → {said[f'to_{what}']}"
        for what in ("severity", "category")
        if said.get(f"to_{what}") and said.get(f"from_{what}") not in (None, said[f"to_{what}"])
    ]
    reason = f": {said['reason']}" if said.get("reason") else ""
    by = _plain(made.actor.name or "a person", _REASON)
    return f"**Corrected** by {by}, {', '.join(changes) or 'confirmed'}{reason}"


def _plain(text: str, limit: int = _FIELD) -> str:
    """Text of an event or a model as what it is: no markup, no link that invites a click, on one line."""
    line = " ".join(text.split())
    line = line if len(line) <= limit else line[: limit - 1] + "…"
    return _ADDRESS.sub(lambda found: f"{found[0]}\\", _SIGNS.sub(r"\\\1", line))
