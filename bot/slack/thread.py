"""The thread under a card: first what is known of the error, then one short line for each thing that happens.

The lines, and the keys of `Transition.detail` that they are made of, are `bot.slack.story`'s.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from bot.alerts.alert import Transition
from bot.alerts.dossier import Dossier
from bot.alerts.event import Breadcrumb, ErrorEvent, ExceptionInfo, Frame
from bot.slack import storm_cards, story, words
from bot.slack.blocks import Block, code_block, line, named, packed, rich, span
from bot.slack.cards import Message
from bot.slack.facts import TITLE_LIMIT, place_of, title, where_it_broke
from bot.slack.text import inert, joined, many_lines, one_line, size

_MESSAGE_LIMIT = 3500
"""Of all lines in one message: also its top-level text, which Slack wants below 4,000."""
_JUST_NOW = timedelta(minutes=1)
_MAX_FRAMES, _MAX_CAUSES, _MAX_TAGS, _MAX_BREADCRUMBS = 6, 3, 12, 6
_MESSAGE_TEXT = 1500
_CODE_LINE, _TAG_LIMIT, _STEP_LIMIT, _CAUSE_LIMIT, _URL_LIMIT = 160, 80, 160, 250, 300

_SHOWN_ELSEWHERE = frozenset(
    (
        *("environment", "release", "level", "logger", "handled", "mechanism", "url", "transaction", "sample_event"),
        *(
            "browser.name",
            "os.name",
            "client_os.name",
            "runtime.name",
            "device.family",
            "sentry:release",
            "sentry:user",
        ),
    )
)
"""Tags that repeat what the card or another tag says."""


def opening(dossier: Dossier, _now: datetime) -> Message:
    """The thread's first message: where it broke in the code, the request, the tags that matter, what went before."""
    event = dossier.event
    parts = storm_cards.opening(dossier.storm) if dossier.storm else _of_event(event)
    if not any(parts.values()):
        parts["nothing"] = rich(line(span(words.NOTHING_MORE)))
    what, where = inert(title(event, TITLE_LIMIT), TITLE_LIMIT), inert(where_it_broke(event), TITLE_LIMIT)
    return Message(words.details_of(what, where), named(f"alert-{dossier.alert.id}-opening", parts))


def _of_event(event: ErrorEvent) -> dict[str, Block | None]:
    return {
        "message": _whole_message(event),
        "frames": _frames(event.crash),
        "causes": _causes(event),
        "around": _around(event),
        "before": _before(event.breadcrumbs),
    }


def lines(transitions: Sequence[Transition], dossier: Dossier, now: datetime) -> Message | None:
    """All that happened, oldest first, in one message; None where nothing is worth a line.

    What does not fit is counted: the details of the card have it all. What has just happened needs no time of its own,
    since Slack puts one on the message.
    """
    late = any(now - each.at >= _JUST_NOW for each in transitions)
    told = [said for each in transitions if (said := story.line(each, dossier, timed=late))]
    if not told:
        return None
    kept, room = len(told), _MESSAGE_LIMIT
    while kept and room >= size(told[kept - 1]):
        kept -= 1
        room -= size(told[kept]) + 1
    shown = [*([words.earlier(kept)] if kept else []), *told[kept:]]
    parts = {f"lines-{index}": block for index, block in enumerate(packed(shown))}
    return Message(joined(shown, "\n"), named(f"alert-{dossier.alert.id}-v{dossier.alert.version}", parts))


def _whole_message(event: ErrorEvent) -> Block | None:
    """What the event says, where the card had to shorten it or fold its lines."""
    said = (event.crash.value if event.crash else None) or event.message
    whole = many_lines(said, _MESSAGE_TEXT)
    if "\n" not in whole and size(whole) <= TITLE_LIMIT:
        return None
    return rich(line(span(words.WHOLE_MESSAGE, bold=True)), code_block(whole))


def _frames(crash: ExceptionInfo | None) -> Block | None:
    """Our own frames, newest first, with the line of code; libraries' frames only where there are no others."""
    frames = [frame for frame in reversed(crash.frames) if place_of(frame)] if crash else []
    own = [frame for frame in frames if frame.in_app] or frames
    calls = [(call, len(list(times))) for call, times in groupby(own, key=_call)][:_MAX_FRAMES]
    if not calls:
        return None
    hidden = len(frames) - sum(times for _, times in calls)
    shown = [f"{call}{words.repeated(times)}" for call, times in calls]
    box = code_block("\n".join([*shown, *([words.more_frames(hidden)] if hidden else [])]))
    return rich(line(span(words.WHERE_IT_BROKE, bold=True)), box)


def _call(frame: Frame) -> str:
    code = one_line(frame.context_line, _CODE_LINE)
    return f"{place_of(frame)}\n    {code}" if code else place_of(frame)


def _causes(event: ErrorEvent) -> Block | None:
    """The other exceptions of the chain, nearest first."""
    others = [each for each in reversed(event.exceptions) if each is not event.crash]
    said = [one_line(": ".join(filter(None, (each.type, each.value))), _CAUSE_LIMIT) for each in others]
    told = list(filter(None, said))[:_MAX_CAUSES]
    return rich(line(span(words.CAUSED_BY, bold=True)), code_block("\n".join(told))) if told else None


def _around(event: ErrorEvent) -> Block | None:
    request = event.request
    called = one_line(" ".join(filter(None, (request.method, request.url))), _URL_LIMIT) if request else ""
    tags = [(one_line(k, _TAG_LIMIT), one_line(v, _TAG_LIMIT)) for k, v in event.tags if k not in _SHOWN_ELSEWHERE]
    spelled = [one_line(f"{key}={value}", _TAG_LIMIT) for key, value in tags if key and value][:_MAX_TAGS]
    asked = [span(f"{words.REQUEST} ", bold=True), span(called, code=True), span("\n")] if called else []
    marks = [piece for each in spelled for piece in (span(each, code=True), span("  "))]
    labelled = [span(f"{words.TAGS} ", bold=True), *marks[:-1]] if marks else []
    spans = [*asked, *labelled] if labelled else asked[:-1]
    return rich(line(*spans)) if spans else None


def _before(breadcrumbs: Sequence[Breadcrumb]) -> Block | None:
    steps = list(filter(None, map(_step, breadcrumbs[-_MAX_BREADCRUMBS:])))
    return rich(line(span(words.BEFORE_IT, bold=True)), code_block("\n".join(steps))) if steps else None


def _step(crumb: Breadcrumb) -> str:
    said = one_line(": ".join(filter(None, (crumb.category, crumb.message))), _STEP_LIMIT)
    return f"{crumb.at.astimezone(UTC):%H:%M:%S}  {said}" if crumb.at and said else said
