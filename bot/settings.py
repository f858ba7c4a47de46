"""Environment and `.env` → one frozen `Settings`, triage.yml with it. The only place that reads the environment.

Each setting's name, default and help stand together here; `docs/configuration.md` is held to them by a test.
A mistake is named with its line, where it has one, and its cure.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import BadSettings
from bot.triage_file import TriageFile, read_triage_file

_S = TypeVar("_S", bound="Settings")


class Settings(BaseSettings):
    """Everything that can be set from outside."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_file=".env", env_ignore_empty=True)

    host: str = Field("0.0.0.0", description="Address to listen on.")  # noqa: S104  Sentry and Slack must reach it
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database_url: SecretStr = Field(
        SecretStr("sqlite:///triage.db"), description="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`."
    )
    redis_url: SecretStr | None = Field(None, description="Redis for wake-ups between replicas; unset: in memory.")
    triage_config: Path = Field(Path("triage.yml"), description="The file that a team edits; it may be missing.")
    sentry_webhook_secret: SecretStr | None = Field(
        None, description="Client Secret of the Sentry integration; several, separated by commas, while one is rotated."
    )
    sentry_auth_token: SecretStr | None = Field(None, description="Token for Sentry's API; it needs SENTRY_ORG, too.")
    sentry_org: str | None = Field(None, description="Slug of the Sentry organisation, for its API and for links.")
    sentry_url: str = Field("https://sentry.io", description="Address of Sentry; your own when self-hosted.")
    slack_bot_token: SecretStr | None = Field(None, description="Bot token, `xoxb-…`.")
    slack_signing_secret: SecretStr | None = Field(None, description="Signing secret of the Slack app.")
    slack_app_token: SecretStr | None = Field(None, description="App token, `xapp-…`; set: Socket Mode.")
    slack_channel: str | None = Field(None, description="Default channel for cards: its id, or its `#name`.")
    slack_api_url: str = Field("https://slack.com/api/", description="Address of Slack's Web API.")
    pagerduty_routing_key: SecretStr | None = Field(
        None, description="Integration key of a PagerDuty service; more of them, for routes, as `KEY,NAME=KEY2`."
    )
    pagerduty_webhook_secret: SecretStr | None = Field(
        None, description="Secret of the PagerDuty webhook; several, separated by commas, while one is rotated."
    )
    pagerduty_api_token: SecretStr | None = Field(None, description="PagerDuty REST API token; read-only will do.")
    pagerduty_events_url: str = Field("https://events.pagerduty.com", description="Address of the Events API.")
    pagerduty_api_url: str = Field("https://api.pagerduty.com", description="Address of the REST API.")
    llm_base_url: str | None = Field(None, description="Address of an OpenAI-compatible endpoint.")
    llm_api_key: SecretStr | None = Field(None, description="Its key.")
    llm_model: str | None = Field(None, description="The model to ask.")
    daily_budget_usd: float | None = Field(None, ge=0, description="What the models may cost in a day, in US dollars.")
    sentry_dsn: SecretStr | None = Field(None, description="Where the bot reports its own errors.")
    admin_token: SecretStr | None = Field(None, description="Bearer token for the pages and for /classify-error.")
    triage: TriageFile = TriageFile()

    @property
    def sentry_secrets(self) -> tuple[SecretStr, ...]:
        """The webhook secrets in force."""
        value = self.sentry_webhook_secret.get_secret_value() if self.sentry_webhook_secret else ""
        return tuple(SecretStr(part.strip()) for part in value.split(",") if part.strip())

    @property
    def asks_sentry(self) -> bool:
        """Whether Sentry's API may be called."""
        return bool(self.sentry_auth_token and self.sentry_org)

    @property
    def pagerduty_secrets(self) -> tuple[SecretStr, ...]:
        """The webhook secrets in force."""
        value = self.pagerduty_webhook_secret.get_secret_value() if self.pagerduty_webhook_secret else ""
        return tuple(SecretStr(part.strip()) for part in value.split(",") if part.strip())

    @property
    def pagerduty_services(self) -> Mapping[str, SecretStr]:
        """The integration keys by the names that routes give them; the default one's name is empty."""
        value = self.pagerduty_routing_key.get_secret_value() if self.pagerduty_routing_key else ""
        pairs = (part.rpartition("=") for part in value.split(",") if part.strip())
        return {name.strip(): SecretStr(key.strip()) for name, _, key in pairs}

    @classmethod
    def load(cls) -> Self:
        """Read the environment, `.env` and triage.yml.

        Raises:
            BadSettings: with every mistake's name, line and cure.
        """
        return cls._checked(cls)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Settings":
        """Read `environ` alone, as if it were the whole environment: for tests and for the demo.

        Raises:
            BadSettings: as `load`.
        """
        return cls._checked(_WithoutEnvironment, **{key.lower(): value for key, value in environ.items()})

    @classmethod
    def _checked(cls, kind: "type[_S]", **given: Any) -> "_S":
        try:
            base = kind(**given)
            return kind(**given, triage=read_triage_file(base.triage_config, base.pagerduty_services))
        except ValidationError as error:
            problems = [f"{str(e['loc'][0]).upper()}: {e['msg']} (see .env.example)" for e in error.errors()]
            raise BadSettings("; ".join(problems)) from None  # the chained error would print the values

    def about_models(self) -> dict[str, str]:
        """What the environment says about models, as an environment: the demo passes it on to its bot."""
        names = ("llm_base_url", "llm_api_key", "llm_model", "daily_budget_usd")
        given = {name.upper(): getattr(self, name) for name in names}
        shown = {n: v.get_secret_value() if isinstance(v, SecretStr) else v for n, v in given.items()}
        return {name: str(value) for name, value in shown.items() if value is not None}

    def missing_to_serve(self) -> list[str]:
        """The settings without which `serve` has nothing to do, by their names in the environment."""
        needed = ["sentry_webhook_secret", "slack_bot_token", "slack_channel"]
        needed += [] if self.slack_app_token else ["slack_signing_secret"]
        return [name.upper() for name in needed if not getattr(self, name)]

    def secrets(self) -> list[str]:
        """Every secret value, so that the log can mask them."""
        found = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        several = (*self.sentry_secrets, *self.pagerduty_secrets, *self.pagerduty_services.values())
        of_routes = (route.pagerduty_key for route in self.triage.routes)
        found += [secret.get_secret_value() for secret in (*several, *of_routes) if secret]
        passwords = [urlsplit(value).password for value in found if "://" in value]
        urls = [value for value in found if "://" in value]
        return [*(value for value in found if value not in urls), *(word for word in passwords if word)]


class _WithoutEnvironment(Settings):
    """Settings that take only what they are given."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)
