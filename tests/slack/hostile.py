"""Dossiers as an attacker would write them: every string in them is hostile."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.alerts.alert import Action, Actor, Counts, Source, Standing, State, Transition
from bot.alerts.classification import Category, Classification, Evidence, FixTime, Severity
from bot.alerts.dossier import Dossier, Shown
from bot.alerts.event import Breadcrumb, ErrorEvent, ExceptionInfo, Frame, HttpRequest, Meaning, Origin
from tests.slack.samples import ALERT, NOW, RULES, dossier

PIECES = (
    *("<!channel>", "<!here>", "<@U123>", "<#C123>", "<!subteam^S1>", "<http://evil.example|ok>", "<!date^1^{time}|x>"),
    *(
        "@here",
        "#general",
        "https://evil.example/x",
        "&amp;",
        "&",
        "&lt;!channel&gt;",
        "```",
        "`",
        "*",
        "_",
        "~",
        ">",
        "|",
    ),
    *("\u202e", "\u2066", "\u200f", "\x00", "\ud800", "\udfff", "e\u0301", "\u0301" * 50, "\u0600", "\n", "\r\n", "\t"),
    *(
        "👩‍👩‍👧‍👦",
        "🇩🇪",
        "👍🏽",
        "\U0001f468\u200d",
        ":boom:",
        "x",
        " ",
        "None",
        "\U000e0041",
        "\ufeff",
        "中文",
        "{how}",
    ),
)
hostile = st.one_of(
    st.sampled_from(PIECES),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text(max_size=40),
    st.sampled_from(PIECES).map(lambda piece: piece * (100_000 // len(piece))),
    st.tuples(st.integers(60, 700), st.sampled_from(PIECES)).map(lambda cut: "x" * cut[0] + cut[1] * 300),
)
word = st.none() | hostile
addresses = st.one_of(
    word,
    hostile.map("https://sentry.example.com/".__add__),
    st.sampled_from(
        ["javascript:alert(1)", "http://[", "https://u:p@evil.example/", "HTTPS://sentry.example.com/a|b>c d"]
    ),
)
moments = st.none() | st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=NOW.tzinfo)
)
numbers = st.none() | st.integers(0, 10**9)


EVERYWHERE = (*PIECES, *(piece * (100_000 // len(piece)) for piece in PIECES), "é" * 99_999, "中" * 99_999)
"""One text that stands in every field: short, and 100 kB of it."""


def several(each: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    """Up to `most`, or sixty times the same."""
    return st.lists(each, max_size=most).map(tuple) | each.map(lambda one: (one,) * 60)


frames = st.builds(
    Frame,
    function=word,
    module=word,
    filename=word,
    lineno=numbers,
    in_app=st.none() | st.booleans(),
    context_line=word,
)
events = st.builds(
    ErrorEvent,
    **dict.fromkeys(("resource", "action", "title"), hostile),
    **dict.fromkeys(("issue_id", "short_id", "event_id", "org", "project", "culprit", "message", "level"), word),
    **dict.fromkeys(
        ("logger", "platform", "environment", "release", "transaction", "server_name", "user", "rule"), word
    ),
    meaning=st.sampled_from(Meaning),
    exceptions=several(st.builds(ExceptionInfo, type=word, value=word, frames=several(frames)), 2),
    request=st.none() | st.builds(HttpRequest, method=word, url=word),
    tags=several(st.tuples(hostile, hostile)),
    breadcrumbs=several(st.builds(Breadcrumb, at=moments, category=word, message=word)),
    web_url=addresses,
    origin=st.builds(Origin, service=word, region=word, version=word),
    sample=st.booleans(),
    redacted=several(st.tuples(hostile, st.integers(0, 9))),
)
verdicts = st.builds(
    Classification,
    severity=st.sampled_from(Severity),
    category=st.sampled_from(Category),
    root_cause=hostile,
    suggested_action=hostile,
    estimated_fix_time=st.sampled_from(FixTime),
    confidence=st.floats(),
    made_by=hostile | hostile.map("user:".__add__),
    evidence=several(st.builds(Evidence, source=hostile, text=hostile, speaks_for=hostile)),
    severity_reason=hostile,
    reason=hostile,
)
actors = st.builds(Actor, source=st.sampled_from(Source), id=hostile, name=hostile)
standings = st.builds(
    Standing,
    state=st.sampled_from(State),
    since=st.just(NOW - timedelta(minutes=1)),
    by=actors,
    owner=st.none() | actors,
)
KEYS = (
    *("count", "silence_s", "suppressed", "from_severity", "to_severity", "from_category", "to_category", "reason"),
    *("made_by", "author", "text", "topic", "url", "release", "resolved_by_id", "until_text", "meanwhile", "how"),
    *("assignee", "undid"),
)
transitions = st.builds(
    Transition,
    action=st.sampled_from(Action),
    actor=actors,
    at=st.just(NOW),
    before=standings,
    after=standings,
    detail=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(KEYS, hostile | st.integers(-5, 10**9) | addresses.map(str))
    ),
)
shown = st.builds(Shown, target=hostile, version=st.integers(0, 5), last_error=hostile, attempts=st.integers(0, 9))


def _build(
    event: ErrorEvent,
    verdict: Classification | None,
    standing: Standing,
    moves: list[Transition],
    target: Shown,
    events_seen: int,
) -> Dossier:
    counts = Counts(events=events_seen, suppressed=events_seen // 2, users=events_seen // 3)
    made = dossier(
        event=event, verdict=verdict, transitions=tuple(moves), counts=counts, targets={target.target: target}
    )
    return replace(made, alert=replace(ALERT, standing=standing, counts=counts))


dossiers = st.builds(
    _build, events, st.none() | verdicts, standings, st.lists(transitions, max_size=4), shown, st.integers(0, 10**12)
)


def everywhere(text: str) -> Dossier:
    """A dossier in which every string is `text`."""
    frame = Frame(function=text, module=text, filename=text, lineno=1, in_app=True, context_line=text)
    crash = ExceptionInfo(type=text, value=text, frames=(frame,) * 3)
    named = ("issue_id", "short_id", "event_id", "project", "culprit", "message", "level", "logger", "platform")
    more = ("environment", "release", "transaction", "server_name", "user", "rule", "web_url")
    strings: dict[str, Any] = dict.fromkeys(("resource", "action", "title", *named, *more), text)
    event = ErrorEvent(
        **strings,
        meaning=Meaning.OCCURRENCE,
        exceptions=(crash, crash),
        request=HttpRequest(method=text, url=text),
        tags=((text, text),) * 60,
        breadcrumbs=(Breadcrumb(category=text, message=text),) * 60,
        origin=Origin(service=text, region=text, version=text),
        redacted=((text, 1),),
    )
    evidence = (Evidence(source=text, text=text, speaks_for=text),) * 60
    verdict = replace(RULES, root_cause=text, suggested_action=text, made_by=text, evidence=evidence)
    actor = Actor(source=Source.USER, id=text, name=text)
    stands = Standing(since=NOW, by=actor)
    detail = dict.fromkeys(KEYS, text)
    moves = [
        Transition(action=action, actor=actor, at=NOW, before=stands, after=stands, detail=detail) for action in Action
    ]
    return _build(event, verdict, stands, moves * 4, Shown(target=text, last_error=text, version=1), 5)
