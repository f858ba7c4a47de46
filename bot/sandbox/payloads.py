"""The payloads of clicks, submissions, commands and events, field for field as Slack sends them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from bot.sandbox.messages import Message
from bot.sandbox.people import APP_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, VERIFICATION_TOKEN, Channel, User
from bot.sandbox.values import Json


class Impossible(LookupError):
    """A person cannot do that: there is no such button, choice, field or view on their screen."""


def envelope(kind: str, user: User, trigger_id: str) -> Json:
    """What all interactions have in common."""
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM_ID},
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "trigger_id": trigger_id,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def about_message(message: Message, channel: Channel, shown: Json) -> Json:
    """The part of a click that says which message it was on; an ephemeral message is not shown to the app again."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.viewer is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    place: Json = {"id": channel.id, "name": channel.name or "directmessage"}
    return {"container": container, "channel": place, **({} if message.viewer else {"message": shown})}


def elements_of(blocks: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with the block that it stands in."""
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        yield from ((block, element) for element in inside if isinstance(element, dict) and "action_id" in element)


def find_element(blocks: Sequence[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json]:
    """The first element with this action_id (in the block `block_id`, where one is named), and its block.

    Raises:
        Impossible: there is none.
    """
    for block, element in elements_of(blocks):
        if element["action_id"] == action_id and block_id in (None, block["block_id"]):
            return block, element
    there = ", ".join(sorted(element["action_id"] for _, element in elements_of(blocks))) or "nothing"
    raise Impossible(f"no element {action_id!r} here; there is {there}")


def _offered(element: Json, value: str) -> Json:
    groups = [group["options"] for group in element.get("option_groups") or []]
    for choice in [*(element.get("options") or []), *(choice for group in groups for choice in group)]:
        if choice["value"] == value:
            return dict(choice)
    raise Impossible(f"{element['action_id']!r} does not offer {value!r}")


_SINGLE = {
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


def chosen(element: Json, value: object) -> Json:
    """What an element says when somebody chose or typed `value`; None means that nobody touched it."""
    kind = str(element["type"])
    if kind in ("static_select", "radio_buttons", "overflow"):
        option = element.get("initial_option") if value is None else _offered(element, str(value))
        return {"type": kind, "selected_option": option}
    if kind in ("checkboxes", "multi_static_select"):
        values: Any = value
        options = element.get("initial_options", []) if value is None else [_offered(element, v) for v in values]
        return {"type": kind, "selected_options": options}
    if kind == "multi_users_select":
        return {"type": kind, "selected_users": element.get("initial_users", []) if value is None else value}
    if kind in _SINGLE:
        field, initial = _SINGLE[kind]
        return {"type": kind, field: element.get(initial) if value is None else value}
    return {"type": kind, "value": (element.get("initial_value") if value is None else value) or None}


def is_empty(state: Json) -> bool:
    """Whether a field was left blank."""
    return not any(value for name, value in state.items() if name != "type")


def view_state(blocks: Sequence[Json], values: Mapping[str, object]) -> Json:
    """view.state.values for what somebody filled in, by action_id.

    Raises:
        Impossible: a value for a field that is not there.
    """
    state: Json = {}
    left = set(values)
    for block, element in elements_of(blocks):
        if element["type"] in ("button", "overflow", "feedback_buttons", "icon_button"):
            continue
        left.discard(element["action_id"])
        filled = chosen(element, values.get(element["action_id"]))
        state.setdefault(block["block_id"], {})[element["action_id"]] = filled
    if left:
        raise Impossible(f"the view has no field {', '.join(sorted(left))}")
    return state


def action(block: Json, element: Json, choice: object, now: float) -> Json:
    """One entry of a block_actions' `actions`."""
    done: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": f"{now:.6f}"}
    kind = element["type"]
    if kind == "feedback_buttons":
        names = ("positive_button", "negative_button")
        pressed = next((element[name] for name in names if element[name]["value"] == choice), None)
        if pressed is None:
            raise Impossible(f"{element['action_id']!r} does not offer {choice!r}")
        return {**done, "type": kind, "text": pressed["text"], "value": pressed["value"]}
    if kind in ("button", "icon_button"):
        kept: Json = {name: element[name] for name in ("text", "value", "style", "url", "confirm") if name in element}
        return {**done, "type": kind, **kept}
    return {
        **done,
        **chosen(element, choice),
        **({"placeholder": element["placeholder"]} if "placeholder" in element else {}),
    }


def command_form(user: User, channel: Channel, text: str, trigger_id: str, response_url: str) -> dict[str, str]:
    """A slash command's form; `text` begins with the command."""
    command, _, rest = text.partition(" ")
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": rest.strip(),
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def event_callback(event: Json, now: float) -> Json:
    """An event in its envelope, with a fresh event_id."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{uuid4().hex[:12].upper()}",
        "event_time": int(now),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{uuid4().hex}",
    }


def message_event(message: Message, channel: Channel) -> Json:
    """A `message` event for something that a person wrote."""
    event: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "client_msg_id": str(uuid4()),
        "text": message.text,
        "team": TEAM_ID,
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": channel.kind,
    }
    return event | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def mention_event(message: Message, channel: Channel) -> Json:
    """The `app_mention` that comes along with a message naming the bot."""
    event = message_event(message, channel)
    del event["channel_type"]
    return {**event, "type": "app_mention"}
