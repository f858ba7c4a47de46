"""What may stand inside blocks: text objects, options, buttons, selects, inputs and the parts of rich text."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.checks import (
    Check,
    anything,
    at,
    boolean,
    by_type,
    exactly_one,
    integer,
    listing,
    one_of,
    shape,
    string,
    web_address,
)

ACTION_ID = string(255)


def plain(longest: int) -> Check:
    """A plain_text object."""
    return shape({"text": string(longest)}, {"emoji": boolean}, kind="plain_text")


def mrkdwn(longest: int) -> Check:
    """A mrkdwn object."""
    return shape({"text": string(longest)}, {"verbatim": boolean}, kind="mrkdwn")


def prose(longest: int) -> Check:
    """Either kind of text object."""
    return by_type({"plain_text": plain(longest), "mrkdwn": mrkdwn(longest)})


CONFIRM = shape(
    {"title": plain(100), "text": prose(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)


def option(text: Check, **more: Check) -> Check:
    """One choice of a select, an overflow menu, radio buttons or checkboxes."""
    return shape({"text": text, "value": string(150)}, {"description": prose(75), **more})


OPTION = option(plain(75))
CHOICE = option(prose(75))
GROUP = shape({"label": plain(75), "options": listing(OPTION, 100)})


def _flat(element: Mapping[str, Any]) -> list[Any]:
    groups = element.get("option_groups") or []
    nested = [choice for group in groups if isinstance(group, dict) for choice in group.get("options") or []]
    return [*(element.get("options") or []), *nested]


def initial_is_offered(element: Mapping[str, Any], pointer: str) -> Iterator[str]:
    """Slack refuses an initial option that is not, word for word, one of the options."""
    wanted = list(element.get("initial_options") or [])
    if element.get("initial_option") is not None:
        wanted.append(element["initial_option"])
    if any(choice not in _flat(element) for choice in wanted):
        yield at("initial option must exactly match one of the options", pointer)


_ASKED = {"action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
_HINTED = {**_ASKED, "placeholder": plain(150)}
_SOME = {"max_selected_items": integer(1, 100)}

BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": ACTION_ID,
        "url": web_address(3000),
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
    kind="button",
)
OVERFLOW = shape(
    {"options": listing(option(plain(75), url=web_address(3000)), 5)},
    {"action_id": ACTION_ID, "confirm": CONFIRM},
    kind="overflow",
)
IMAGE = shape(
    {"alt_text": string(2000)},
    {"image_url": web_address(3000), "slack_file": anything},
    exactly_one("image_url", "slack_file"),
    kind="image",
)


def _select(kind: str, **fields: Check) -> Check:
    return shape({}, {**_HINTED, **fields}, kind=kind)


def _static(kind: str, **fields: Check) -> Check:
    offered: dict[str, Check] = {"options": listing(OPTION, 100), "option_groups": listing(GROUP, 100)}
    rules = (exactly_one("options", "option_groups"), initial_is_offered)
    return shape({}, {**_HINTED, **offered, **fields}, *rules, kind=kind)


def _choices(kind: str, **fields: Check) -> Check:
    return shape({"options": listing(CHOICE, 10)}, {**_ASKED, **fields}, initial_is_offered, kind=kind)


SELECTS: dict[str, Check] = {
    "static_select": _static("static_select", initial_option=OPTION),
    "users_select": _select("users_select", initial_user=string()),
    "conversations_select": _select(
        "conversations_select",
        initial_conversation=string(),
        default_to_current_conversation=boolean,
        response_url_enabled=boolean,
        filter=anything,
    ),
    "channels_select": _select("channels_select", initial_channel=string(), response_url_enabled=boolean),
    "datepicker": _select("datepicker", initial_date=string(10, 10)),
    "timepicker": _select("timepicker", initial_time=string(5, 5), timezone=string()),
    "radio_buttons": _choices("radio_buttons", initial_option=CHOICE),
    "checkboxes": _choices("checkboxes", initial_options=listing(CHOICE, 10)),
    "datetimepicker": shape(
        {}, {**_ASKED, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}, kind="datetimepicker"
    ),
}
MULTI_SELECTS: dict[str, Check] = {
    "multi_static_select": _static("multi_static_select", initial_options=listing(OPTION, 100), **_SOME),
    "multi_users_select": _select("multi_users_select", initial_users=listing(string(), 100), **_SOME),
}
TYPED: dict[str, Check] = {
    "plain_text_input": shape(
        {},
        {
            **_HINTED,
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            "dispatch_action_config": anything,
        },
        kind="plain_text_input",
    ),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {**_HINTED, "initial_value": string(), "min_value": string(), "max_value": string()},
        kind="number_input",
    ),
    "email_text_input": _select("email_text_input", initial_value=string()),
    "url_text_input": _select("url_text_input", initial_value=string()),
}
_THUMB = shape({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
FEEDBACK = shape(
    {"positive_button": _THUMB, "negative_button": _THUMB}, {"action_id": ACTION_ID}, kind="feedback_buttons"
)
ICON_BUTTON = shape(
    {"icon": one_of("trash"), "text": plain(75)},
    {
        "action_id": ACTION_ID,
        "value": string(2000),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "visible_to_user_ids": listing(string(), 100),
    },
    kind="icon_button",
)

IN_ACTIONS = by_type({"button": BUTTON, "overflow": OVERFLOW, **SELECTS})
IN_SECTION = by_type({"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE, **SELECTS, **MULTI_SELECTS})
IN_INPUT = by_type({**TYPED, **SELECTS, **MULTI_SELECTS})
IN_CONTEXT = by_type({"image": IMAGE, "plain_text": plain(3000), "mrkdwn": mrkdwn(3000)})
IN_CONTEXT_ACTIONS = by_type({"feedback_buttons": FEEDBACK, "icon_button": ICON_BUTTON})

_STYLE = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "unlink"), boolean))
_STYLED = {"style": _STYLE}
_TEXT = shape({"text": string()}, _STYLED, kind="text")
_LINK = shape({"url": string()}, {**_STYLED, "text": string(None, 0), "unsafe": boolean}, kind="link")
_INLINE = by_type(
    {
        "text": _TEXT,
        "link": _LINK,
        "emoji": shape({"name": string()}, {**_STYLED, "unicode": string(), "skin_tone": integer(1, 6)}, kind="emoji"),
        "user": shape({"user_id": string()}, _STYLED, kind="user"),
        "usergroup": shape({"usergroup_id": string()}, _STYLED, kind="usergroup"),
        "channel": shape({"channel_id": string()}, _STYLED, kind="channel"),
        "broadcast": shape({"range": one_of("here", "channel", "everyone")}, _STYLED, kind="broadcast"),
        "color": shape({"value": string()}, _STYLED, kind="color"),
        "date": shape(
            {"timestamp": integer(0, 9_999_999_999), "format": string()},
            {**_STYLED, "url": string(), "fallback": string()},
            kind="date",
        ),
    }
)
_MANY = 10_000
_BORDER = {"border": integer(0, 1)}
_SECTION = shape({"elements": listing(_INLINE, _MANY, 0)}, kind="rich_text_section")
IN_RICH_TEXT = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_quote": shape({"elements": listing(_INLINE, _MANY, 0)}, _BORDER, kind="rich_text_quote"),
        "rich_text_preformatted": shape(
            {"elements": listing(by_type({"text": _TEXT, "link": _LINK}), _MANY, 0)},
            {**_BORDER, "language": string()},
            kind="rich_text_preformatted",
        ),
        "rich_text_list": shape(
            {"elements": listing(_SECTION, _MANY, 0), "style": one_of("bullet", "ordered")},
            {**_BORDER, "indent": integer(0, 8), "offset": integer(0, _MANY)},
            kind="rich_text_list",
        ),
    }
)
