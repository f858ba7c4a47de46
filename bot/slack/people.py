"""Who is who in Slack: an address's user, a group's members, a name to show. Asked once, and remembered for a while.

Holds nothing that a restart may not lose.
"""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.alerts.people import is_email, is_group
from bot.errors import Rejected, TargetError
from bot.slack.calls import Calls

FOR_LONG, FOR_NOW = timedelta(hours=12), timedelta(minutes=5)
"""How long an answer is remembered: who somebody is, and who belongs to a group or could not be found."""
_UNKNOWN = ("users_not_found", "user_not_found", "no_such_subteam", "subteam_not_found")
_MOST = 10_000
_V = TypeVar("_V")


class _Remembered(Generic[_V]):
    """Answers by question, each until its time is up. Bounded: at the most it begins anew."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._known: dict[str, tuple[datetime, _V]] = {}

    async def get(self, key: str, ask: Callable[[], Coroutine[Any, Any, tuple[_V, timedelta]]]) -> _V:
        found = self._known.get(key)
        if found is not None and self._clock() < found[0]:
            return found[1]
        value, keep = await ask()
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = (self._clock() + keep, value)
        return value


class Directory:
    """The people of the workspace, as far as triage.yml and Sentry name them."""

    def __init__(self, client: AsyncWebClient, calls: Calls, clock: Callable[[], datetime]) -> None:
        self._client, self._calls = client, calls
        self._ids: _Remembered[str] = _Remembered(clock)
        self._profiles: _Remembered[Mapping[str, Any]] = _Remembered(clock)
        self._members: _Remembered[frozenset[str]] = _Remembered(clock)
        self._groups: _Remembered[Mapping[str, str]] = _Remembered(clock)

    async def slack_id(self, name: str) -> str:
        """The id behind a name of triage.yml; empty: nobody here has that address.

        Raises:
            TargetError: Slack did not say, or a scope is missing.
        """
        if not is_email(name):
            return name
        address = name.casefold()

        async def ask() -> tuple[str, timedelta]:
            answer = await self._found(self._client.users_lookupByEmail(email=address))
            user = str((answer.get("user") or {}).get("id") or "")
            return user, FOR_LONG if user else FOR_NOW

        return await self._ids.get(address, ask)

    async def email(self, user: str) -> str:
        """The address of a user of Slack; empty: unknown.

        Raises:
            TargetError: Slack did not say.
        """
        profile = (await self._user(user)).get("profile") or {}
        return str(profile.get("email") or "").casefold()

    async def belongs(self, group: str, user: str) -> bool:
        """Whether a user is in a user group.

        Raises:
            TargetError: Slack did not say, or a scope is missing.
        """

        async def ask() -> tuple[frozenset[str], timedelta]:
            answer = await self._found(self._client.usergroups_users_list(usergroup=group))
            return frozenset(str(member) for member in answer.get("users") or ()), FOR_NOW

        return user in await self._members.get(group, ask)

    async def label(self, name: str) -> str:
        """What to call somebody where they must not be notified: `@shop-oncall`, `Ana`; empty: nobody knows."""
        try:
            if is_group(name):
                return (await self._groups.get("all", self._ask_groups)).get(name, "")
            user = await self.slack_id(name)
            profile = await self._user(user) if user else {}
        except TargetError:  # a name is a nicety, and the card must not wait for it
            return ""
        shown = (profile.get("profile") or {}).get("display_name") or profile.get("real_name") or profile.get("name")
        return str(shown or "")

    async def _ask_groups(self) -> tuple[Mapping[str, str], timedelta]:
        try:
            answer = await self._found(self._client.usergroups_list())
        except TargetError:
            return {}, FOR_NOW
        groups = (group for group in answer.get("usergroups") or () if isinstance(group, Mapping))
        return {str(group.get("id")): f"@{group.get('handle')}" for group in groups if group.get("handle")}, FOR_LONG

    async def _user(self, user: str) -> Mapping[str, Any]:
        async def ask() -> tuple[Mapping[str, Any], timedelta]:
            answer = await self._found(self._client.users_info(user=user))
            return answer.get("user") or {}, FOR_LONG

        return await self._profiles.get(user, ask)

    async def _found(self, call: Any) -> Mapping[str, Any]:
        """The answer; empty where there is nobody of that name."""
        try:
            return await self._calls.data(call)
        except Rejected as error:
            if any(code in str(error) for code in _UNKNOWN):
                return {}
            raise
