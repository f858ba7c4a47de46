"""Sentry's issue shows what the alert's row says; what Sentry did itself is never told back; one comment, ever."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.alerts.alert import Action, Actor, Source, Standing, State
from bot.alerts.classification import Severity
from bot.alerts.dossier import SENTRY, Dossier, Shown
from bot.errors import RateLimited, Rejected, Unavailable
from bot.sandbox.sentry_issues import Issue
from bot.sentry.comment import comment, is_ours, marker
from bot.sentry.target import SETTLE, SentryTarget
from bot.untrusted.text import Pen
from tests.loopback import World
from tests.slack import samples
from tests.slack.hostile import PIECES, everywhere

ANA, BEN = samples.ANA, samples.BEN
TIMER = Actor(source=Source.TIMER, name="timer")
THREAD = "https://example.slack.com/archives/C0ALERTS/p1760000000000001"

NEVER = Shown(target=SENTRY)


@dataclass
class Life:
    """An alert that goes through states, the target's record of it, and what reconcile would do in between."""

    world: World
    issue: Issue
    assignee: str | None = None
    thread: str | None = THREAD
    dossier: Dossier = field(default_factory=samples.dossier)
    shown: Shown = NEVER

    def __post_init__(self) -> None:
        self.target = SentryTarget(
            self.world.client(),
            clock=self.world.clock,
            assignee=self.assigned,
            thread_url=self.link,
        )

    async def assigned(self, _: Dossier) -> str | None:
        return self.assignee

    async def link(self, _: Dossier) -> str | None:
        return self.thread

    def move(self, state: State, by: Actor = ANA, action: Action | None = None, **detail: str) -> None:
        before = self.dossier.alert.standing
        after = replace(before, state=state, since=before.since + timedelta(minutes=1), by=by)
        action = action or {State.OPEN: Action.REOPENED}.get(state) or Action(state.value)
        made = replace(samples.moved(action, by, before, after, **detail), id=len(self.dossier.transitions) + 1)
        self.stand(after)
        self.dossier = replace(self.dossier, transitions=(*self.dossier.transitions, made))

    def stand(self, standing: Standing) -> None:
        alert = replace(self.dossier.alert, standing=standing, version=self.dossier.alert.version + 1)
        self.dossier = replace(self.dossier, alert=alert)

    def correct(self, severity: Severity, reason: str = "it pages people") -> None:
        old = self.dossier.classification or samples.RULES
        self.move(
            self.dossier.alert.state,
            action=Action.RECLASSIFIED,
            from_severity=old.severity,
            to_severity=severity,
            from_category="database",
            to_category="database",
            reason=reason,
        )
        self.stand(replace(self.dossier.alert.standing, corrected=True))
        verdict = replace(old, severity=severity, made_by=f"user:{ANA.id}", confidence=1.0)
        self.dossier = replace(self.dossier, classification=verdict)

    async def save(self, shown: Shown) -> None:
        self.shown = shown

    async def round(self) -> Shown:
        self.shown = await self.target.show(self.dossier, self.shown, self.save)
        return self.shown

    @property
    def told(self) -> list[str]:
        """The statuses that we set, in order."""
        return [str(call.args["status"]) for call in self.world.made("sentry.update") if "status" in call.args]

    @property
    def notes(self) -> list[str]:
        return [note.text for note in self.issue.notes]


@pytest.fixture
def life(world: World) -> Life:
    return Life(world, world.sentry.add("4256774711", "SHOP-API-1A2"))


async def test_a_new_alert_changes_nothing_in_sentry_but_says_its_verdict_once(life: Life):
    for _ in range(3):
        await life.round()
    assert life.told == []
    (note,) = life.notes
    for words in (
        "critical · database",
        "rules, 94% sure",
        "The pool of db-1 is exhausted",
        f"[Slack thread]({THREAD})",
    ):
        assert words in note
    assert life.shown.external_id == life.issue.notes[0].id
    assert life.shown.version == life.dossier.alert.version


async def test_what_people_and_timers_do_is_shown_in_sentry(life: Life):
    steps = [
        (State.RESOLVED, ANA, "resolved"),
        (State.OPEN, ANA, "unresolved"),
        (State.SNOOZED, ANA, "ignored"),
        (State.ACKNOWLEDGED, ANA, "unresolved"),
        (State.SNOOZED, ANA, "ignored"),
        (State.OPEN, TIMER, "unresolved"),
    ]
    for state, by, status in steps:
        life.move(state, by)
        await life.round()
        assert life.issue.status == status
    assert life.told == [status for *_, status in steps]


async def test_taking_an_alert_changes_no_status(life: Life):
    life.move(State.ACKNOWLEDGED)
    await life.round()
    assert life.told == []


async def test_what_sentry_did_is_not_told_back(life: Life):
    for state in (State.RESOLVED, State.REGRESSED, State.SNOOZED, State.OPEN, State.RESOLVED):
        life.move(state, BEN)
        await life.round()
    assert life.told == []


async def test_what_a_person_did_after_sentry_is_told_even_when_both_came_between_two_looks(life: Life):
    life.move(State.RESOLVED, BEN)
    life.move(State.OPEN, ANA)
    await life.round()
    assert life.told == ["unresolved"]


async def test_after_sentry_went_on_a_person_can_say_the_same_again(life: Life):
    life.move(State.RESOLVED)
    await life.round()
    life.move(State.REGRESSED, BEN)
    await life.round()
    life.move(State.RESOLVED)
    await life.round()
    assert life.told == ["resolved", "resolved"]


async def test_an_issue_that_was_resolved_before_we_heard_of_it_can_be_reopened(life: Life):
    over = Standing(state=State.RESOLVED, since=samples.BEGAN, by=BEN, classification_id=1)
    life.stand(over)
    opened = replace(samples.moved(Action.OPENED, BEN, over, over), id=1)
    life.dossier = replace(life.dossier, transitions=(opened,))
    assert await life.round() == NEVER, "over before we ever said a word about it"
    life.move(State.OPEN)
    await life.round()
    assert life.told == ["unresolved"]


async def test_what_is_no_issue_of_sentrys_is_left_alone(life: Life):
    metric = replace(life.dossier, alert=replace(life.dossier.alert, issue_key="metric:7"))
    sample = replace(life.dossier, event=replace(life.dossier.event, sample=True))
    for dossier in (metric, sample):
        life.dossier = dossier
        assert await life.round() == NEVER
    assert list(life.world.journal.entries) == []


async def test_a_correction_edits_the_comment_in_place_and_sets_the_priority(life: Life):
    await life.round()
    assert life.issue.priority == "high"
    life.correct(Severity.MEDIUM, "only the <b>preview</b> shop")
    await life.round()
    (note,) = life.notes
    assert "**medium · database** (a person)" in note
    assert r"**Corrected** by Ana, critical → medium: only the \<b\>preview\</b\> shop" in note
    assert life.issue.priority == "medium"
    assert len(life.world.made("sentry.comment")) == 1


async def test_a_machines_verdict_leaves_sentrys_priority_alone(life: Life):
    life.dossier = samples.dossier(verdict=replace(samples.RULES, severity=Severity.LOW))
    await life.round()
    assert life.issue.priority == "high"


async def test_a_comment_waits_for_a_verdict_and_learns_of_the_thread_later(life: Life):
    life.thread = None
    life.dossier = samples.dossier(verdict=None)
    await life.round()
    assert life.notes == []
    life.dossier = samples.dossier()
    await life.round()
    life.thread = THREAD
    await life.round()
    (note,) = life.notes
    assert THREAD in note


async def test_a_comment_whose_answer_was_lost_is_found_by_its_marker_and_not_written_again(life: Life):
    life.world.sentry.front.faults.hang_up("comment")
    with pytest.raises(Unavailable):
        await life.round()
    waiting = await life.round()
    assert waiting.next_try_at == life.world.clock() + SETTLE, "a request may still be on its way"
    life.world.clock.pass_(4)
    life.correct(Severity.HIGH)
    shown = await life.round()
    (note,) = life.issue.notes
    assert (shown.external_id, shown.next_try_at) == (note.id, None)
    assert "high · database" in note.text


async def test_a_comment_that_never_arrived_is_written_after_all(life: Life):
    life.world.sentry.front.faults.hang_up("comment", performed=False)
    with pytest.raises(Unavailable):
        await life.round()
    life.world.clock.pass_(4)
    await life.round()
    assert len(life.notes) == 1


async def test_doubt_about_a_comment_outlives_other_trouble(life: Life):
    life.world.sentry.front.faults.hang_up("comment")
    with pytest.raises(Unavailable):
        await life.round()
    life.world.clock.pass_(4)
    life.world.sentry.front.faults.limit("notes")
    with pytest.raises(RateLimited):
        await life.round()
    life.shown = replace(life.shown, sending_since=None)  # as reconcile does after a rate limit
    life.world.clock.pass_(5)
    await life.round()
    assert len(life.notes) == 1


async def test_anothers_comment_that_quotes_ours_is_not_taken_for_ours(life: Life):
    life.world.sentry.write(life.issue, f"what is {marker(life.dossier)} about?", "Bo Example")
    life.world.sentry.front.faults.hang_up("comment", performed=False)
    with pytest.raises(Unavailable):
        await life.round()
    life.world.clock.pass_(4)
    await life.round()
    assert len(life.notes) == 2


async def test_a_comment_that_somebody_deleted_comes_back_only_with_news(life: Life):
    await life.round()
    life.issue.notes.clear()
    await life.round()
    assert life.notes == []
    life.correct(Severity.LOW)
    await life.round()
    assert len(life.notes) == 1
    assert life.shown.external_id == life.issue.notes[0].id


async def test_an_assignment_is_told_once_and_taken_back(life: Life):
    for assignee, shown in (("user:2", "2"), ("user:2", "2"), (None, "2"), ("", None), ("ana@example.com", "1")):
        life.assignee = assignee
        await life.round()
        assert life.issue.assignee == shown
    assert len([call for call in life.world.made("sentry.update") if "assignedTo" in call.args]) == 3
    assert "ana@example.com" not in str(life.shown), "an address is nothing to keep"


async def test_somebody_whom_sentry_does_not_know_is_tried_once_and_no_trouble(life: Life):
    life.assignee = "nobody@example.com"
    life.move(State.RESOLVED)
    for _ in range(2):
        await life.round()
    assert (life.issue.status, len(life.notes), life.issue.assignee) == ("resolved", 1, None)
    tried = [call for call in life.world.journal.calls("sentry.update") if "assignedTo" in call.args]
    assert len(tried) == 1


async def test_without_the_scope_to_write_the_status_is_refused_and_named(life: Life):
    life.world.sentry.scopes -= {"event:write"}
    life.move(State.RESOLVED)
    with pytest.raises(Rejected, match="event:write"):
        await life.round()


async def test_what_went_through_before_sentry_went_down_is_not_sent_again(life: Life):
    life.move(State.RESOLVED)
    life.world.sentry.front.faults.break_down("comment")
    with pytest.raises(Unavailable):
        await life.round()
    life.world.clock.pass_(4)
    await life.round()
    assert (life.told, len(life.notes)) == (["resolved"], 1)


def test_our_own_comment_is_recognised_when_it_comes_back_as_a_webhook():
    text = comment(samples.dossier(), THREAD)
    assert text is not None
    assert is_ours(Pen().text(text, 4_000) or "")
    assert not is_ours("I see triage:sentry-1 everywhere")


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_text_makes_no_markup_no_link_and_no_long_comment(piece):
    text = comment(everywhere(piece), None)
    assert text is not None
    assert len(text) < 8_000
    for line in text.splitlines():
        assert "://" not in line.replace("\\://", "")
        assert "](" not in line.replace("\\](", "")
    assert text.endswith(marker(everywhere(piece)))


def test_a_link_in_a_verdict_is_no_link_in_the_comment():
    hostile = replace(samples.RULES, root_cause="see [this](https://evil.example.com) or www.evil.example.com `now`")
    text = comment(samples.dossier(verdict=hostile), None) or ""
    assert r"\[this\](https\://evil.example.com) or www\.evil.example.com \`now\`" in text
