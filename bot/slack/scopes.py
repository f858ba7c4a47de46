"""What we ask of Slack: the methods that we call, the events that we hear, and the scopes that each wants.

`manifest.yml` asks for all of them and no more; a test holds the two together.
"""

from collections.abc import Mapping

SCOPES: Mapping[str, frozenset[str]] = {
    "apps_connections_open": frozenset(),  # the app token's own: connections:write
    "auth_test": frozenset(),
    "chat_appendStream": frozenset({"chat:write"}),
    "chat_postEphemeral": frozenset({"chat:write"}),
    "chat_postMessage": frozenset({"chat:write"}),
    "chat_startStream": frozenset({"chat:write"}),
    "chat_stopStream": frozenset({"chat:write"}),
    "chat_unfurl": frozenset({"links:write"}),
    "chat_update": frozenset({"chat:write"}),
    "conversations_history": frozenset({"channels:history", "groups:history"}),
    "conversations_info": frozenset({"channels:read", "groups:read"}),
    "conversations_list": frozenset({"channels:read", "groups:read"}),
    "conversations_replies": frozenset({"channels:history", "groups:history"}),
    "files_completeUploadExternal": frozenset({"files:write"}),
    "files_getUploadURLExternal": frozenset({"files:write"}),
    "usergroups_list": frozenset({"usergroups:read"}),
    "usergroups_users_list": frozenset({"usergroups:read"}),
    "users_info": frozenset({"users:read"}),
    "users_lookupByEmail": frozenset({"users:read.email"}),
    "views_open": frozenset(),
    "views_publish": frozenset(),
    "views_push": frozenset(),
    "views_update": frozenset(),
}
"""Methods, by their names in slack_sdk."""
EVENTS: Mapping[str, frozenset[str]] = {
    "app_home_opened": frozenset(),
    "app_mention": frozenset({"app_mentions:read"}),
    "link_shared": frozenset({"links:read"}),
}
"""Events that Slack sends us."""
TYPED = frozenset({"commands"})
"""What `/triage` and the message shortcut want."""


def all_scopes() -> frozenset[str]:
    """Everything that the bot must be granted."""
    return TYPED.union(*SCOPES.values(), *EVENTS.values())
