"""Answers from our own records: specific, short, and about what was asked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.alert import Action, Actor, Alert, Counts, Source, Standing, State, Transition
from bot.alerts.event import Breadcrumb
from bot.assist.asking import plain_question
from bot.assist.casefile import CaseFile
from bot.assist.evidence import answer
from bot.assist.records import Likeness, Neighbour, ReleaseSeen, Similar
from bot.assist.topics import topics
from tests.slack.samples import ANA, BEGAN, NOW, dossier

BO = Actor(source=Source.USER, id="U0BO", name="bo")
LONG_AGO = NOW - timedelta(days=30)


def other(state: State = State.RESOLVED, said: str = "raised max_connections to 200") -> Similar:
    open_ = Standing(since=LONG_AGO)
    resolved = Standing(state=State.RESOLVED, since=LONG_AGO + timedelta(hours=2), by=BO)
    end = Transition(action=Action.RESOLVED, actor=BO, at=resolved.since, before=open_, after=resolved)
    talk = replace(end, action=Action.REMARKED, after=open_, detail={"text": said, "author": "bo"})
    back = replace(resolved, state=state)
    alert = Alert(
        id=9,
        issue_key="sentry:9",
        standing=back,
        counts=Counts(events=3),
        first_seen=LONG_AGO,
        last_seen=LONG_AGO,
        created_at=LONG_AGO,
    )
    event = replace(dossier().event, short_id="SHOP-API-9")
    return Similar(alert=alert, event=event, likeness=Likeness.SAME_ERROR, transitions=(talk, end))


def case(**said: object) -> CaseFile:
    return replace(CaseFile(now=NOW, dossier=dossier()), **said)  # type: ignore[arg-type]


def ask(question: str, file: CaseFile | None = None) -> str:
    return answer(question, file or case(), note="").text


def test_what_fixed_it_before_comes_first_when_it_is_asked_for():
    text = ask("What fixed it last time?", case(similar=[other()]))
    first = text.splitlines()[0]
    assert "`SHOP-API-9` was resolved by bo" in first
    assert "after 2 h" in first
    assert "raised max_connections to 200" in first
    assert "has stayed away" in first


def test_a_fix_that_did_not_last_is_not_recommended():
    text = ask("How do I fix this?", case(similar=[other(State.REGRESSED)]))
    assert "What ended it before" not in text
    assert "Suggested" in text
    assert "but it came back" in ask("Seen this before?", case(similar=[other(State.REGRESSED)]))


def test_a_question_without_known_words_gets_what_matters_most():
    text = ask("¿Qué pasa aquí?", case(similar=[other()], releases=[ReleaseSeen("shop@4.2.0", BEGAN, NOW, 3)]))
    assert [
        part
        for part in ("Likely cause", "What ended it before", "Seen before", "How often", "Releases")
        if part in text
    ]
    assert text.index("Likely cause") < text.index("Seen before") < text.index("Releases")


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ([0] * 22 + [10, 100], "rising"),
        ([0] * 22 + [100, 10], "falling"),
        ([5] * 24, "steady"),
        ([9] + [0] * 23, "23 hours ago"),
    ],
)
def test_the_rate_says_where_it_is_going(hours, says):
    old = replace(dossier(), alert=replace(dossier().alert, created_at=LONG_AGO))
    assert says in ask("How often does it happen?", case(hours=hours, dossier=old))
    assert "7 min since the first one" in ask("How often does it happen?", case(hours=hours))


def test_alerts_of_the_same_time_are_told():
    near = Neighbour(4, "ConnectionError: db-1 went away", "billing", "BILL-4", BEGAN)
    text = ask("Is this related to a deploy?", case(neighbours=[near]))
    assert "`BILL-4`: ConnectionError: db-1 went away" in text


def test_its_own_past_counts_too():
    past = Standing(state=State.RESOLVED, since=NOW - timedelta(days=3), by=ANA)
    back = Transition(
        action=Action.REGRESSED,
        actor=BO,
        at=NOW,
        before=past,
        after=Standing(since=NOW),
        detail={"release": "shop@4.3"},
    )
    file = case(dossier=replace(dossier(), transitions=(back,)))
    assert "resolved by Ana, back" in ask("Did this happen before?", file)
    assert "`shop@4.3`" in ask("Did this happen before?", file)


@pytest.mark.parametrize(
    "question", ["similar?", "which release?", "breadcrumbs?", "who has it?", "timeline?", "where?"]
)
def test_what_was_asked_for_and_is_not_known_is_said(question):
    bare = replace(dossier().event, exceptions=(), breadcrumbs=())
    text = ask(question, case(dossier=replace(dossier(), event=bare, transitions=(), classification=None)))
    assert text
    assert "beyond what its card" not in text


def test_hostile_words_stay_words():
    evil = "**bold** `code` <!channel>\n- list"
    crumb = Breadcrumb(at=NOW, category=evil, level="error", message=evil)
    file = case(
        similar=[other(said=evil)], dossier=replace(dossier(), event=replace(dossier().event, breadcrumbs=(crumb,)))
    )
    text = ask("Why, what led to it, and was it seen before?", file)
    assert "**bold**" not in text
    assert "`code`" not in text


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Have we seen this before, and what fixed it?", "similar"),
        ("why is this failing", "cause"),
        ("What should I do?", "fix"),
        ("since when?", "rate"),
        ("was there a deploy", "changes"),
        ("who is working on it", "who"),
        ("what led to this", "before"),
        ("where in the code", "where"),
    ],
)
def test_people_are_understood_by_their_words(question, first):
    assert topics(question)[0] == first


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<@U0TRIAGE> why &lt;this&gt; &amp; that?", "why <this> & that?"),
        ("hey <@U0TRIAGE>, ask <@U0BO> about <#C1|alerts>", "hey  , ask somebody about alerts"),
        (
            "<@U0TRIAGE> see <https://x.example/a|the page> or <https://y.example>",
            "see the page (https://x.example/a) or https://y.example",
        ),
        ("<@U0TRIAGE>", ""),
        ("<@U0TRIAGE> &amp;lt;", "&lt;"),
    ],
)
def test_a_mention_is_read_as_it_was_typed(text, plain):
    assert plain_question(text, "U0TRIAGE") == plain
