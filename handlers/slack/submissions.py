"""What all submitted modals have in common: which alert they are about, where they were opened, what may be wrong.

Slack does not tell from where a modal was opened, so each carries it, and the copy that its reader then sees again (the
Home tab, a private answer) is made anew.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.alerts.alert import Refused
from bot.assist.asking import NoCard
from bot.errors import NobodyToCall, UnknownAlert
from bot.slack import words, words_pagerduty
from bot.slack.forms import BadInput
from bot.slack.ids import CallbackId, Input
from bot.work.desk import Desk
from handlers.slack.copies import Copies, Origin
from handlers.slack.person import actor, refusal

MAIN: Mapping[CallbackId, Input] = {
    CallbackId.RECLASSIFY: Input.SEVERITY,
    CallbackId.SNOOZE: Input.UNTIL,
    CallbackId.ASK: Input.QUESTION,
    CallbackId.ESCALATE: Input.NOTE,
    CallbackId.ASSIGN: Input.ASSIGNEE,
    CallbackId.PROMISE: Input.PROMISE,
}
"""The input of each modal beside which is said what concerns no input."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a modal is about, and where it was opened."""

    alert: int
    origin: Origin

    def __str__(self) -> str:
        """As the modal carries it; `opened` reads it back."""
        return json.dumps({"alert": self.alert, **{name: said for name, said in asdict(self.origin).items() if said}})


def opened(view: Mapping[str, Any]) -> Opened:
    """What a submitted view carries."""
    said = json.loads(view["private_metadata"])
    if not isinstance(said, dict):  # opened before modals said where
        return Opened(int(said), Origin())
    return Opened(int(said.pop("alert")), Origin(**said))


async def settle(
    ack: Callable[..., Awaitable[Any]], body: Mapping[str, Any], write: Awaitable[object], desk: Desk, copies: Copies
) -> None:
    """Do what a modal asks for, then close it. What is wrong is said beside its input, and it stays open."""
    view = body["view"]
    main = MAIN[CallbackId(view["callback_id"])]
    try:
        await write
    except BadInput as wrong:
        main, why = wrong.field, str(wrong)
    except Refused as refused:
        why = refusal(refused, desk.now())
    except UnknownAlert:
        why = words.UNKNOWN_ALERT
    except NobodyToCall:
        why = words_pagerduty.NO_PAGERDUTY
    except NoCard:
        why = words.NO_CARD
    else:
        await ack()
        await copies.again(opened(view).origin, actor(body))
        return
    await ack(response_action="errors", errors={main: why})
