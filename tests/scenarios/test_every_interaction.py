"""Every name on the wire, over signed HTTP and over the socket: its delivery is taken, and does what it says.

Each row of `PLAYS` is a short scene with the names that it uses. A name without a row fails, and so does a row whose
names did not travel.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial

import pytest

from bot.insights.records import Tally
from bot.sandbox.journal import Sent
from bot.slack import ids
from bot.slack.commands import Verb, parse
from bot.slack.ids import COMMAND, SHORTCUT, ActionId, CallbackId, Input, ReplyAction, RuleAction, Thumb
from bot.slack.scopes import EVENTS
from tests.classify.endpoint import answers, serving, verdict
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, Way, said
from tests.scenarios.test_commands import ISSUE, SHORT, a_card, answer, changed, press
from tests.scenarios.test_feedback import tally, thumb
from tests.scenarios.test_home import home, told
from tests.scenarios.test_home import press as press_at_home
from tests.scenarios.test_learning import card_of, offered_rule, report
from tests.scenarios.test_shortcut import KNOWN, triage, unfolded, written

SETTING = """
storms: {enabled: false}
severities: {critical: {page: never}}
models:
  prices: {example-model: 10}
"""
"""Each issue speaks for itself, nobody is called by itself; there is a model, and a budget that forbids to ask it."""
BUDGET = {"LLM_MODEL": "example-model", "LLM_API_KEY": "example-key", "DAILY_BUDGET_USD": "0.0001"}
Play = Callable[[Stage], Awaitable[None]]


async def clicked(stage: Stage, *clicks: tuple[ActionId, str]) -> None:
    """Click one button of the card after the other; each time it says what it should before the next."""
    card = await a_card(stage)
    for action, saying in clicks:
        await stage.click(ANA, card, action)
        await stage.card(saying)


async def submitted(
    stage: Stage, action: ActionId, callback: CallbackId, values: dict[str, object], saying: str
) -> None:
    """Open a modal by its button, fill it in, send it off; what it did stands on the card or in its thread."""
    await clicked(stage, TAKEN)
    card = await stage.card()
    await stage.click(ANA, card, action)
    view = await stage.modal(ANA)
    assert view.body["callback_id"] == callback
    assert (await stage.sandbox.people.submit(ANA, view.id, values)).ok
    everything = partial(_card_and_thread, stage)
    await stage.until(lambda: saying in everything())


def _card_and_thread(stage: Stage) -> str:
    (card,) = stage.cards()
    return "\n".join(map(said, (card, *stage.slack.replies(CHANNEL, card.ts))))


async def details(stage: Stage) -> None:
    await stage.click(ANA, await a_card(stage), ActionId.DETAILS)
    assert "shop@4.2.0" in str((await stage.modal(ANA)).body)


async def analysed(stage: Stage) -> None:
    await stage.sandbox.shelf.fire("error")
    await stage.click(ANA, await stage.card("budget does not allow"), ActionId.ANALYSE)
    await stage.card("The pool is exhausted.")


async def asked(stage: Stage, text: str, saying: str) -> None:
    await a_card(stage)
    assert saying in said(await answer(stage, text))


async def run(stage: Stage) -> None:
    await a_card(stage)
    guess = await answer(stage, "lst critical")
    await press(stage, guess, ReplyAction.RUN)
    await changed(stage, guess, "remaining connection slots")


async def shared(stage: Stage) -> None:
    await a_card(stage)
    await press(stage, await answer(stage, "list critical"), ReplyAction.SHARE)
    await stage.card("ana shared")


async def muted(stage: Stage) -> None:
    await press(stage, begun := await answer(stage, "mute TypeError for 2d"), ReplyAction.MUTE)
    await changed(stage, begun, "Muted")
    await press(stage, held := await answer(stage, "unmute"), ReplyAction.UNMUTE)
    await changed(stage, held, "no longer muted")


async def looked_at_home(stage: Stage) -> None:
    page = await home(stage)
    await a_card(stage)
    assert "remaining connection slots" in told(await press_at_home(stage, page, ReplyAction.REFRESH, "refresh"))


async def thumbs(stage: Stage) -> None:
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("nobody has it yet")
    await thumb(stage, card.ts, ANA, "up")
    assert await tally(stage) == Tally(1, 0)


async def plain_thumbs(stage: Stage) -> None:
    stage.slack.faults.refuse("chat.postMessage", "invalid_blocks")
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("Not good")
    for action, counted in ((Thumb.UP, Tally(1, 0)), (Thumb.DOWN, Tally(0, 1))):
        await stage.click(BO, card, action)
        assert await tally(stage) == counted


async def rule_accepted(stage: Stage) -> None:
    await stage.sandbox.people.click(ANA, CHANNEL, (await offered_rule(stage)).ts, RuleAction.ACCEPT)
    await stage.until(lambda: any("It is a rule now" in m.text for m in stage.slack.ephemerals(ANA)))
    fresh = await report(stage, "stock count is out of step with the till", where="four")
    await card_of(stage, fresh, "database")


async def rule_rejected(stage: Stage) -> None:
    await stage.sandbox.people.click(ANA, CHANNEL, (await offered_rule(stage)).ts, RuleAction.REJECT)
    await stage.until(lambda: any("not propose this again" in m.text for m in stage.slack.ephemerals(ANA)))
    assert "could be made of" not in said(await answer(stage, "review"))


async def rule_retired(stage: Stage) -> None:
    await rule_accepted(stage)
    kept = await answer(stage, "review")
    assert "Made a rule by ana" in said(kept)
    await press(stage, kept, RuleAction.RETIRE)
    await stage.until(lambda: any("It is no rule any more" in m.text for m in stage.slack.ephemerals(ANA)))
    await stage.until(lambda: "Made a rule by ana" not in said(kept))
    fresh = await report(stage, "shelf count is out of step with the till", where="five")
    assert "database" not in said(await card_of(stage, fresh, "nobody has it yet"))


async def shortcut(stage: Stage) -> None:
    assert "I made an alert of this" in said(await triage(stage, await written(stage, TRACE)))


async def mentioned(stage: Stage) -> None:
    card = await a_card(stage)
    assert (await stage.sandbox.people.mention(BO, CHANNEL, "how often does this happen?", thread_ts=card.ts)).ok
    await stage.thread(card, "How often")


async def linked(stage: Stage) -> None:
    await a_card(stage)
    message = await written(stage, f"this one again: {KNOWN}")
    await stage.until(lambda: "remaining connection slots" in unfolded(message))


TAKEN, FREE = (ActionId.ACKNOWLEDGE, "ana has it"), "nobody has it yet"
OVER = (ActionId.RESOLVE, "resolved by ana")
TRACE = 'Traceback (most recent call last):\n  File "shop/cart.py", line 7, in total\n    pay()\nCartError: 7'
A_VERDICT: dict[str, object] = {Input.SEVERITY: "low", Input.CATEGORY: "logic", Input.REASON: "a test box"}
MODALS: tuple[tuple[ActionId, CallbackId, dict[str, object], str], ...] = (
    (ActionId.RECLASSIFY, CallbackId.RECLASSIFY, A_VERDICT, "corrected by ana"),
    (ActionId.SNOOZE, CallbackId.SNOOZE, {Input.UNTIL: "30min"}, "Snoozed by ana until"),
    (ActionId.ASK, CallbackId.ASK, {Input.QUESTION: "who has it?"}, "ana asked: who has it?"),
    (ActionId.ESCALATE, CallbackId.ESCALATE, {Input.NOTE: "now"}, "Escalated by ana"),
    (ActionId.ASSIGN, CallbackId.ASSIGN, {Input.ASSIGNEE: BO}, "Assigned to <@U0BO>"),
    (ActionId.PROMISE, CallbackId.PROMISE, {Input.PROMISE: "30min"}, "back within 30 min"),
)
VERBS = {
    Verb.SHOW: (f"show {SHORT}", "remaining connection slots"),
    Verb.LIST: ("list", "1 alert is open"),
    Verb.REVIEW: ("review", "Nothing to review"),
    Verb.WHY: (f"why {ISSUE}", "critical · database by rules"),
    Verb.MUTE: ("mute slots", "Critical alerts come through all the same: 1 of them"),
    Verb.UNMUTE: ("unmute", "No mute is in force"),
    Verb.STATS: ("stats", "The last week in errors"),
    Verb.BUDGET: ("budget", "$0.00"),
    Verb.ONCALL: ("oncall", "1. "),
    Verb.HELP: ("help", "/triage mute PATTERN"),
}
PLAYS: dict[tuple[str, ...], Play] = {
    (ActionId.ACKNOWLEDGE,): lambda stage: clicked(stage, TAKEN),
    (ActionId.UNACKNOWLEDGE,): lambda stage: clicked(stage, TAKEN, (ActionId.UNACKNOWLEDGE, FREE)),
    (ActionId.RESOLVE,): lambda stage: clicked(stage, OVER),
    (ActionId.REOPEN,): lambda stage: clicked(stage, OVER, (ActionId.REOPEN, FREE)),
    (ActionId.UNDO,): lambda stage: clicked(stage, TAKEN, (ActionId.UNDO, FREE)),
    (ActionId.DETAILS,): details,
    (ActionId.ANALYSE,): analysed,
    **{
        (action, callback): partial(submitted, action=action, callback=callback, values=values, saying=saying)
        for action, callback, values, saying in MODALS
    },
    **{(f"{COMMAND} {verb}",): partial(asked, text=text, saying=saying) for verb, (text, saying) in VERBS.items()},
    (ReplyAction.RUN,): run,
    (ReplyAction.SHARE,): shared,
    (ReplyAction.MUTE, ReplyAction.UNMUTE): muted,
    (ReplyAction.REFRESH, "app_home_opened"): looked_at_home,
    (Thumb.BOTH,): thumbs,
    (Thumb.UP, Thumb.DOWN): plain_thumbs,
    (RuleAction.ACCEPT,): rule_accepted,
    (RuleAction.REJECT,): rule_rejected,
    (RuleAction.RETIRE,): rule_retired,
    (SHORTCUT,): shortcut,
    ("app_mention",): mentioned,
    ("link_shared",): linked,
}


def names_of(sent: Sent) -> set[str]:
    """The names on the wire that one delivery carries."""
    payload = sent.payload
    if "command" in payload:
        return {f"{payload['command']} {parse(payload['text']).verb}"}
    if "event" in payload:
        return {payload["event"]["type"]}
    view = payload["view"] if payload["type"] == "view_submission" else payload
    return {view.get("callback_id", ""), *(action["action_id"] for action in payload.get("actions", ()))}


@pytest.mark.parametrize("names", PLAYS, ids=" ".join)
async def test_it_reaches_the_bot_either_way_and_does_what_it_says(staging, way: Way, names: tuple[str, ...]):
    async with serving() as endpoint:
        endpoint.scripts = [answers(verdict())]
        async with staging(way=way, triage=SETTING, extra={**BUDGET, "LLM_BASE_URL": endpoint.url}) as stage:
            await PLAYS[names](stage)
            taken = [sent for sent in stage.slack.journal.sent() if not sent.problem and sent.kind in FROM_SLACK]
            assert set(names) <= set().union(*map(names_of, taken))
            assert (stage.bot.settings.slack_signing_secret is None) is (way is Way.SOCKET)


FROM_SLACK = {"block_actions", "view_submission", "message_action", "command", *EVENTS}
"""What the sandbox calls its deliveries."""


def test_no_name_on_the_wire_is_left_out():
    enums = (each for each in vars(ids).values() if isinstance(each, type) and issubclass(each, StrEnum))
    known = {str(name) for each in enums if each is not Input for name in each}
    known |= {SHORTCUT, *EVENTS, *(f"{COMMAND} {verb}" for verb in Verb)}
    assert {str(name) for names in PLAYS for name in names} == known
