"""One short line for each thing that happens to an alert: who, what, when.

A line is made of a transition and its `detail`. All keys are optional; a line says what it has:

    action        keys of `detail`
    milestone     count
    recurred      silence_s, suppressed
    classified    from_severity, to_severity, from_category, to_category, reason, made_by; without `from_…` it is the
                  first verdict, which stands on the card and gets no line
    reclassified  the same
    remarked      author, text, topic (`comment`, or Seer's action), url
    regressed     release, resolved_by_id (a Slack user id: that person is mentioned)
    snoozed       until_text, where the standing's own `Snooze` says nothing
    woken         reason (`time`, `worse`, `users` or `variant`), meanwhile (a number of events), meanwhile_users
    notified      step, people, assignee, suspect (Slack ids: they are mentioned), then (a step), then_at
    reminded      events; the owner is mentioned
    unacknowledged  by the clock: then, then_at; who had it is mentioned
    verified      quiet_s, per_hour, release
    forbidden     right; it is told to nobody but whoever tried
    resolved      how (Sentry's word: `in_next_release` …)
    assigned      assignee
    escalated     severity (it was enough by itself), note; happening, number, to where PagerDuty did it
    incident      happening (PagerDuty's word), number, to (names), priority
    undone        undid (an action)
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.alerts.alert import Action, Source, Transition
from bot.alerts.classification import Category
from bot.alerts.dossier import Dossier
from bot.slack import words, words_pagerduty, words_plan, words_storms
from bot.slack.facts import release
from bot.slack.text import DOT, Mrkdwn, counted, inert, joined, lasting, link, mention, moment, ordinal
from bot.slack.words import NAME_LIMIT

_REMARK_LIMIT = 400
_REASON_LIMIT = 200
_PARTS = ("severity", "category")


def line(transition: Transition, dossier: Dossier, *, timed: bool = True) -> Mrkdwn | None:
    """One line for the thread, with who and when; None for what the card itself has just said."""
    first = transition.action is Action.CLASSIFIED and not _changes(transition.detail)
    if first or transition.action in _UNTOLD:
        return None
    said = _happened(transition, dossier, notify=True)
    return said and (_timed(transition, said) if timed else said)


def history(transition: Transition, dossier: Dossier) -> Mrkdwn:
    """One line for the audit log in a modal: everything is told, nobody is mentioned."""
    said = _happened(transition, dossier, notify=False) or Mrkdwn("")
    return _timed(transition, said, shape="{date_short_pretty} {time}")


def _timed(transition: Transition, said: Mrkdwn, shape: str = "{time}") -> Mrkdwn:
    return joined((moment(transition.at, shape), said))


def _happened(transition: Transition, dossier: Dossier, *, notify: bool) -> Mrkdwn | None:
    by_the_clock = transition.action is Action.UNACKNOWLEDGED and transition.actor.source is Source.TIMER
    calls = words_plan.open_again if by_the_clock else _CALLERS.get(transition.action)
    if calls is not None:
        return calls(transition, notify=notify)
    return _TELLERS[transition.action](transition, dossier)


def _text(transition: Transition, key: str, limit: int = NAME_LIMIT) -> Mrkdwn:
    return inert(str(transition.detail.get(key, "")), limit)


def _int(transition: Transition, key: str) -> int:
    value = str(transition.detail.get(key, ""))
    return int(value) if value.isdecimal() and len(value) < 12 else 0


def _spaced(word: str) -> Mrkdwn:
    return inert(word.replace("_", " "), NAME_LIMIT)


def _did(verb: str) -> Callable[[Transition, Dossier], Mrkdwn]:
    return lambda transition, _dossier: Mrkdwn(f"{verb}{words.told_by(transition.actor)}")


def _resolved(transition: Transition, _dossier: Dossier) -> Mrkdwn:
    how = _spaced(str(transition.detail.get("how", "")))
    return Mrkdwn(f"Resolved{words.told_by(transition.actor)}{f' ({how})' if how and how != 'now' else ''}")


def _snoozed(transition: Transition, _dossier: Dossier) -> Mrkdwn:
    snooze = transition.after.snooze
    end = (words.until(snooze) if snooze else None) or _text(transition, "until_text")
    return joined((Mrkdwn(f"Snoozed{words.told_by(transition.actor)}"), end), " ")


def _woken(transition: Transition, _dossier: Dossier) -> Mrkdwn:
    by = words.told_by(transition.actor)
    said = words.AWAKE_AGAIN.get(str(transition.detail.get("reason", "")), f"Awake again{by}")
    events, users = _int(transition, "meanwhile"), _int(transition, "meanwhile_users")
    met = f", {counted(users, 'more user')}" if users else ""
    return joined((Mrkdwn(said), Mrkdwn(f"{counted(events, 'event')} meanwhile{met}") if events else None), "; ")


def _undone(transition: Transition, _dossier: Dossier) -> Mrkdwn:
    undid = str(transition.detail.get("undid", ""))
    what = words.DID[Action(undid)] if undid in {a.value for a in words.DID} else "the last change"
    state = words.STATES[transition.after.state]
    still = f"{state} again" if transition.before.state is not transition.after.state else f"still {state}"
    return Mrkdwn(f"{words.who(transition.actor)} took back “{what}”: {still}")


def _milestone(transition: Transition, dossier: Dossier) -> Mrkdwn:
    count, alert = _int(transition, "count"), dossier.alert
    began = alert.created_at if count <= alert.counts.events else alert.first_seen  # a total that is Sentry's own
    return Mrkdwn(f"{ordinal(count)} event in {lasting(transition.at - began)}" if count else "Many more events")


def _recurred(transition: Transition, _dossier: Dossier) -> Mrkdwn:
    silence, folded = _int(transition, "silence_s"), _int(transition, "suppressed")
    said = Mrkdwn(f"Back after {lasting(timedelta(seconds=silence))} of silence" if silence else "It happened again")
    return joined((said, words.folded(folded) if folded else None), "; ")


def _remarked(transition: Transition, _dossier: Dossier) -> Mrkdwn:
    topic = str(transition.detail.get("topic", "comment"))
    author = _text(transition, "author") or words.who(transition.actor)
    about = "" if topic == "comment" else f" ({_spaced(topic)})"
    text = _text(transition, "text", _REMARK_LIMIT)
    said = Mrkdwn(f"{author}{about}: {text}" if text else f"{author}{about or ' left a comment'}")
    url = str(transition.detail.get("url", ""))
    more = link(url, words.READ_MORE, NAME_LIMIT)
    return joined((said, more if more != words.READ_MORE else None))


def _regressed(transition: Transition, *, notify: bool) -> Mrkdwn:
    """Whoever thought that it was over is mentioned."""
    before = transition.before
    version = inert(release(str(transition.detail.get("release", ""))), NAME_LIMIT)
    slack_id = before.by.id if before.by.source is Source.USER else ""
    whom = mention(str(transition.detail.get("resolved_by_id", "") or slack_id)) if notify else None
    resolver = f" by {whom}" if whom else words.told_by(before.by)
    back = Mrkdwn(f"Back after {lasting(transition.at - before.since)}{f' in {version}' if version else ''}")
    return joined((back, Mrkdwn(f"resolved before{resolver}") if resolver else None))


def _escalated(transition: Transition, _dossier: Dossier) -> Mrkdwn:
    if transition.actor.source is Source.PAGERDUTY:
        return _incident(transition, _dossier)
    told = {key: str(transition.detail.get(key, "")) for key in ("severity", "note")}
    return words_pagerduty.escalated(words.told_by(transition.actor), told["severity"], told["note"])


def _incident(transition: Transition, _dossier: Dossier) -> Mrkdwn:
    told = {key: str(transition.detail.get(key, "")) for key in ("happening", "to", "priority")}
    number = _int(transition, "number") or None
    what = words_pagerduty.happened(told["happening"], number, told["to"], told["priority"])
    return Mrkdwn(f"{what}{words.told_by(transition.actor)}")


def _changes(detail: Mapping[str, str | int]) -> list[tuple[str, str]]:
    """(new, old) for each part of the verdict that changed."""
    pairs = ((str(detail.get(f"to_{part}", "")), str(detail.get(f"from_{part}", ""))) for part in _PARTS)
    return [(_word(new), _word(old)) for new, old in pairs if new and old and new != old]


def _word(value: str) -> Mrkdwn:
    if value == Category.UNKNOWN:
        return Mrkdwn("an unknown category")
    return _spaced(value)


def _classified(transition: Transition, dossier: Dossier) -> Mrkdwn:
    reason = _text(transition, "reason", _REASON_LIMIT)
    because = f": {reason}" if reason else ""
    verdict = dossier.classification
    made_by = _text(transition, "made_by") or inert(verdict.made_by if verdict else "", NAME_LIMIT)
    if not made_by or made_by.startswith("user:"):  # a person has corrected it since
        made_by = Mrkdwn("rules")
    changes = _changes(transition.detail)
    if not changes:
        now = DOT.join(
            _word(str(transition.detail.get(f"to_{p}", ""))) for p in _PARTS if f"to_{p}" in transition.detail
        )
        return Mrkdwn(f"First verdict by {made_by}{f', {now}' if now else ''}{because}")
    says = "The rules now say" if made_by == "rules" else f"{made_by} now says"
    return Mrkdwn(f"{says} {' and '.join(f'{new} instead of {old}' for new, old in changes)}{because}")


def _reclassified(transition: Transition, _dossier: Dossier) -> Mrkdwn:
    changes = " and ".join(f"from {old} to {new}" for new, old in _changes(transition.detail))
    reason = _text(transition, "reason", _REASON_LIMIT)
    head = f"Reclassified {changes}" if changes else "Verdict confirmed"
    return Mrkdwn(f"{head}{words.told_by(transition.actor)}{f': “{reason}”' if reason else ''}")


_CALLERS: Mapping[Action, Callable[..., Mrkdwn | None]] = {
    Action.REGRESSED: _regressed,
    Action.NOTIFIED: words_plan.notified,
    Action.REMINDED: words_plan.reminded,
    Action.ASSIGNED: words_plan.assigned,
}
"""The lines that mention somebody."""
_UNTOLD = frozenset({Action.OPENED, Action.FORBIDDEN})
_TELLERS: Mapping[Action, Callable[[Transition, Dossier], Mrkdwn]] = {
    Action.OPENED: _did("Opened"),
    Action.ACKNOWLEDGED: lambda transition, _dossier: words_plan.acknowledged(transition),
    Action.PROMISED: lambda transition, _dossier: words_plan.promise_made(transition),
    Action.VERIFIED: lambda transition, _dossier: words_plan.verified(transition),
    Action.WANTED: _did("Its card was asked for"),
    Action.JOINED: lambda transition, _: words_storms.came(transition),
    Action.LEFT: lambda transition, _: words_storms.went(transition),
    Action.FORBIDDEN: lambda transition, _dossier: words_plan.refused_click(transition),
    Action.UNACKNOWLEDGED: _did("Un-acknowledged"),
    Action.RESOLVED: _resolved,
    Action.REOPENED: _did("Reopened"),
    Action.RECLASSIFIED: _reclassified,
    Action.SNOOZED: _snoozed,
    Action.WOKEN: _woken,
    Action.UNDONE: _undone,
    Action.CLASSIFIED: _classified,
    Action.MILESTONE: _milestone,
    Action.RECURRED: _recurred,
    Action.REMARKED: _remarked,
    Action.ESCALATED: _escalated,
    Action.INCIDENT: _incident,
}
