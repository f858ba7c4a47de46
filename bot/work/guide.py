"""The team's rules as they are in force now, asked about one alert: where it goes, what is planned for it, who to page.

The rules may change while we run (`bot.work.rules`), so nobody keeps a decision.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import SecretStr

from bot.alerts.dossier import Dossier
from bot.alerts.routing import Decision, decide
from bot.alerts.timing import Planned, next_due, plan, upcoming
from bot.triage_file import TriageFile


class Guide:
    """What triage.yml says about an alert."""

    def __init__(
        self, rules: Callable[[], TriageFile], services: Mapping[str, SecretStr], *, sentry: bool = False
    ) -> None:
        """Wire it.

        Args:
            rules: the rules in force.
            services: PagerDuty's integration keys by name, the default one's name being empty.
            sentry: Sentry may be asked who is concerned.
        """
        self._rules, self._services, self._sentry = rules, services, sentry
        self._pages = bool(self.keys())  # the first key of all needs a restart: without one nothing is built that pages

    def rules(self) -> TriageFile:
        """The rules in force."""
        return self._rules()

    def decide(self, dossier: Dossier) -> Decision:
        """Where it goes and whom it calls."""
        rules = self._rules()
        return decide(rules.routes, dossier, rules.severities, rules.quiet_hours)

    def plan(self, dossier: Dossier) -> Sequence[Planned]:
        """What is still to come while nobody does anything, soonest first."""
        rules = self._rules()
        can_page = self.key_for(dossier) is not None and not dossier.event.sample  # Sentry's test wakes nobody
        can_find = self._sentry or bool(rules.people)
        return plan(dossier, self.decide(dossier), rules.timers, can_page=can_page, can_find=can_find)

    def next_due(self, dossier: Dossier, now: datetime) -> datetime | None:
        """When something of it is due next."""
        return next_due(self.plan(dossier), dossier, now)

    def upcoming(self, dossier: Dossier, now: datetime) -> Planned | None:
        """What the card says is planned next."""
        return upcoming(self.plan(dossier), dossier, now)

    def key_for(self, dossier: Dossier) -> SecretStr | None:
        """The integration key of the service to page; None: there is none."""
        if not self._pages:
            return None
        key = self.decide(dossier).pagerduty_key
        return self._services.get("") if key is None else self._services.get(key.get_secret_value(), key)

    def keys(self) -> Sequence[SecretStr]:
        """Every integration key in use."""
        of_routes = (route.pagerduty_key for route in self._rules().routes if route.pagerduty_key)
        named = (self._services.get(key.get_secret_value(), key) for key in of_routes)
        return tuple({key.get_secret_value(): key for key in (*self._services.values(), *named)}.values())
