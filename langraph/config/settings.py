"""Every setting with its unit, its default, the reason for it; the only reader of the environment.

Sources, the first one wins: environment, `.env`, `langraph.yaml`, the defaults below.
"""

import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)
from yaml import YAMLError

from langraph.errors import BadSetting

SETTINGS_FILE = "langraph.yaml"
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*")


def duration(value: object) -> object:
    """`10` (seconds), `30s`, `5m`, `24h`, `7d` as a timedelta; anything else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if isinstance(value, str) and match is None:
        raise ValueError("write a duration such as 10s, 5m, 24h")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2] or "s"]) if match else value


def _listed(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _web_address(value: object) -> object:
    if value in (None, ""):
        return None
    parts = urlsplit(str(value))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"has no scheme; write http://{str(value).removeprefix('//')}")
    return str(value).rstrip("/")


Duration = Annotated[timedelta, BeforeValidator(duration)]
Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
WebAddress = Annotated[str | None, BeforeValidator(_web_address)]


class Settings(BaseSettings):
    """All settings. A field `loki_url` is the environment variable `LOKI_URL`."""

    model_config = SettingsConfigDict(
        env_file=".env", yaml_file=SETTINGS_FILE, extra="forbid", frozen=True, env_ignore_empty=True
    )

    # the counter
    api_host: str = Field("0.0.0.0", description="Address the API listens on; without API_KEYS always 127.0.0.1.")  # noqa: S104
    api_port: int = Field(8000, ge=0, le=65535, description="Port the API listens on; 0 takes a free one.")
    api_keys: Listed = Field(
        (), repr=False, description="`name:secret` pairs, comma-separated; the name is who decides (`api:<name>`)."
    )
    langraph_locale: Literal["en", "ko"] = Field("en", description="Language of every text a person reads.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level logged.")
    log_format: Literal["auto", "json", "text"] = Field("auto", description="`auto`: text on a terminal, else json.")

    # events in
    log_monitor_interval: Duration = Field(timedelta(seconds=10), description="Between two polls of logs and alerts.")
    loki_url: WebAddress = Field(None, description="Base URL of Loki; empty: Loki is not read.")
    loki_query: str = Field(
        '{namespace=~".+"}', description="LogQL stream selector of the logs to watch; Loki needs one non-empty matcher."
    )
    loki_line_filter: str | None = Field(
        None, description="LogQL line filter after the selector; empty: the error words that the runbooks need."
    )
    loki_tenant: str | None = Field(None, description="Sent as X-Scope-OrgID.")
    loki_user: str | None = Field(None, description="User for basic authentication.")
    loki_password: SecretStr | None = Field(None, description="Password for basic authentication.")
    loki_token: SecretStr | None = Field(None, description="Bearer token.")
    loki_query_interval: Duration = Field(timedelta(minutes=5), description="Look-back of the very first poll.")
    loki_overlap: Duration = Field(
        timedelta(seconds=70),
        description="How far each poll looks back behind the one before: agents batch, lines come late.",
    )
    prometheus_url: WebAddress = Field(None, description="Base URL of Prometheus; empty: no alerts, no evidence.")
    prometheus_user: str | None = Field(None, description="User for basic authentication.")
    prometheus_password: SecretStr | None = Field(None, description="Password for basic authentication.")
    prometheus_token: SecretStr | None = Field(None, description="Bearer token.")
    alertmanager_url: WebAddress = Field(
        None, description="Base URL of Alertmanager, to find alerts that its truncated webhooks never named."
    )
    log_files: Listed = Field((), description="Globs of log files to follow, comma-separated.")
    runbooks_dir: Path | None = Field(None, description="Directory with runbooks of your own (*.yaml).")

    # the GitOps repository
    git_repo_path: str = Field(".", description="Path or URL of the GitOps repository.")
    git_branch: str = Field("main", description="Branch that is read and committed to.")
    git_timeout: Duration = Field(timedelta(seconds=60), description="Longest time one git command may take.")
    commit_name: str = Field("langraph", description="Committer name of our commits.")
    commit_email: str = Field("langraph@localhost", description="Committer e-mail of our commits.")
    values_dir: str = Field("helm-values", description="Where values files live in the repository.")
    policy_file: str = Field("helm-values/policy.yaml", description="The guardrails, in the repository.")
    apps_file: str = Field("helm-values/apps.yaml", description="The catalogue of apps, in the repository.")

    # Slack
    slack_bot_token: SecretStr | None = Field(None, description="Bot token of the Slack app (xoxb-...).")
    slack_channel: str | None = Field(None, description="Id of the channel where people are asked (C... or G...).")
    slack_fallback_channel: str | None = Field(
        None, description="Id of the channel that is used while the first one cannot be posted in."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="Signing secret of the Slack app: takes what people press over HTTP."
    )
    slack_app_token: SecretStr | None = Field(
        None, description="App-level token (xapp-...): takes what people press over Socket Mode."
    )
    slack_api_url: WebAddress = Field(None, description="Base URL of Slack's Web API; empty: Slack's own.")
    slack_digest_at: str | None = Field(
        None,
        description="When the channel is told of the day that was, `HH:MM` in UTC, for example 09:00; empty: never.",
    )

    # state
    state_dir: Path = Field(Path(".langraph"), description="Ledger, caches, the demo's repository.")
    database_url: str | None = Field(None, description="SQLAlchemy URL; empty: SQLite in STATE_DIR.")

    cache_dir: Path = Field(
        Path("~/.cache/langraph"), description="Compiled runbooks, for every command; may be deleted at any time."
    )

    # the workflow
    workers: int = Field(4, ge=1, le=64, description="Incidents driven at the same time.")
    incident_cooldown: Duration = Field(
        timedelta(minutes=15), description="After its end, how long a re-fire is shown on the old incident."
    )
    approval_reminder: Duration = Field(timedelta(minutes=30), description="When people are reminded of a proposal.")
    approval_expiry: Duration = Field(timedelta(hours=24), description="When an unanswered proposal ends.")
    verify_window: Duration = Field(
        timedelta(minutes=10), description="How long the service is watched: one GitOps sync and several scrapes."
    )
    rollout_timeout: Duration = Field(
        timedelta(minutes=20), description="How long to wait for the committed change to be live."
    )
    live_query: str | None = Field(
        None,
        description="PromQL that is not zero when a committed change is live, with `{app}`, `{namespace}` and "
        "`{container}` in it; empty: told from kube-state-metrics and Argo CD.",
    )
    feedback_loop_cron: str = Field(
        "0 3 * * *", description="When what was recorded is learned from, as cron in UTC; empty: only when asked."
    )
    owner_wait: Duration = Field(
        timedelta(seconds=30),
        description="How long a known fault whose app no event has named yet waits for one that does (the kernel "
        "reports a kill before anybody says whose container it was); longer than `LOG_MONITOR_INTERVAL`.",
    )
    systemic_apps: int = Field(
        6, ge=2, description="So many apps that fail within a minute share a cause: nothing is proposed for each."
    )
    max_attempts: int = Field(3, ge=1, description="Failed drives in a row before an incident is given up as failed.")

    # command line client
    langraph_url: WebAddress = Field(None, description="Where `langraph incidents` finds the daemon; empty: API_PORT.")
    langraph_api_key: SecretStr | None = Field(None, description="Key `langraph incidents` presents (`secret` only).")

    # tests of ourselves
    langraph_crash_at: str | None = Field(
        None, description="Kill the process at this failpoint (`name` or `name:N`); for reliability tests only."
    )

    @field_validator("api_keys")
    @classmethod
    def _named_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            name, _, secret = key.partition(":")
            if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) or len(secret) < MIN_KEY_LENGTH:
                raise ValueError(f"each entry is name:secret with a secret of at least {MIN_KEY_LENGTH} characters")
        return keys

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _kind_of_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        is_bot = info.field_name == "slack_bot_token"
        start, name = ("xoxb-", "Bot User OAuth Token") if is_bot else ("xapp-", "App-Level Token")
        if token is not None and not token.get_secret_value().startswith(start):
            raise ValueError(f"starts not with {start}; copy the app's {name}")
        return token

    @field_validator("slack_channel", "slack_fallback_channel")
    @classmethod
    def _channel_id(cls, channel: str | None) -> str | None:
        if channel is not None and not re.fullmatch(r"[CG][A-Z0-9]{5,}", channel):
            raise ValueError("is no channel id; copy it from the end of the channel's details, it looks like C012AB3CD")
        return channel

    @field_validator("slack_digest_at")
    @classmethod
    def _time_of_day(cls, at: str | None) -> str | None:
        if at is not None and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", at):
            raise ValueError("is no time of day; write it as HH:MM in UTC, for example 09:00")
        return at

    @field_validator("slack_signing_secret")
    @classmethod
    def _signing_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not secret.get_secret_value().strip():
            raise ValueError("is empty, and anybody could sign with it; copy the Signing Secret from Basic Information")
        return secret

    @model_validator(mode="after")
    def _all_of_slack(self) -> Self:
        """Half of Slack is a mistake: messages that nobody can answer, or answers to messages that never come."""
        rest = [name for name in type(self).model_fields if name.startswith("slack_") and name != "slack_bot_token"]
        if self.slack_bot_token is None:
            given = [name.upper() for name in rest if getattr(self, name) is not None]
            if given:
                raise ValueError(f"{', '.join(given)} set without SLACK_BOT_TOKEN; set it too, or none of them")
            return self
        if self.slack_channel is None:
            raise ValueError("SLACK_BOT_TOKEN is set without SLACK_CHANNEL; set it to the id of a channel (C...)")
        if self.slack_signing_secret is None and self.slack_app_token is None:
            raise ValueError(
                "SLACK_BOT_TOKEN is set and nobody could answer; set SLACK_SIGNING_SECRET for HTTP, "
                "or SLACK_APP_TOKEN for Socket Mode"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before `.env` before `langraph.yaml`."""
        return init_settings, env_settings, dotenv_settings, YamlConfigSettingsSource(settings_cls)

    @property
    def is_unconfigured(self) -> bool:
        """True when there is nothing to watch: then `langraph run` shows the demo."""
        return not (self.loki_url or self.prometheus_url or self.log_files)

    @property
    def listen_host(self) -> str:
        """Where the API really listens: without keys on loopback only."""
        return self.api_host if self.api_keys or is_loopback(self.api_host) else "127.0.0.1"

    @property
    def client_url(self) -> str:
        """Where this machine's daemon answers."""
        return self.langraph_url or f"http://127.0.0.1:{self.api_port}"


MIN_KEY_LENGTH = 16  # characters; below that a key can be guessed over the network


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load(**overrides: Any) -> Settings:
    """Read every source.

    Raises:
        BadSetting: names each bad setting, its value, the cure.
    """
    _refuse_misspelt(os.environ)
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise BadSetting("; ".join(_sentence(problem) for problem in error.errors())) from error
    except YAMLError as error:
        where = " ".join(str(error).split())
        raise BadSetting(f"{SETTINGS_FILE} is no YAML ({where}); correct it: one `name: value` a line") from error
    except ValueError as error:  # bytes that are no text, a list instead of names
        where = " ".join(str(error).split())
        raise BadSetting(
            f"{SETTINGS_FILE} or .env cannot be read ({where}); write one `name: value` a line, `NAME=value` in .env"
        ) from error


def _sentence(problem: Mapping[str, Any]) -> str:
    if not problem["loc"]:  # about several settings, which its sentence names; the input holds their secrets
        return str(problem["msg"]).removeprefix("Value error, ")
    name = str(problem["loc"][0])
    if problem["type"] == "extra_forbidden":
        return f"{name} is not a setting{_did_you_mean(name)}"
    reason = str(problem["msg"]).removeprefix("Value error, ")
    shown = "***" if _is_secret(name) else repr(problem["input"])
    return f"{name.upper()}={shown}: {reason}"


def _is_secret(name: str) -> bool:
    return any(word in name for word in ("key", "token", "password", "secret", "database_url"))


def _did_you_mean(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), Settings.model_fields, n=1)
    return f"; did you mean {close[0].upper()}?" if close else "; docs/settings.md lists them all"


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    """A variable one letter away from a setting is a typing error; any other is somebody else's."""
    for name in environment:
        lower = name.lower()
        if lower in Settings.model_fields:
            continue
        if difflib.get_close_matches(lower, _DISTINCTIVE, n=1, cutoff=0.93):
            raise BadSetting(f"{name} is not a setting{_did_you_mean(name)}")


# Names short or common enough to be somebody else's variable are not guarded.
_DISTINCTIVE = [
    name for name in Settings.model_fields if name.startswith(("loki_", "prometheus_", "langraph_", "log_m"))
]
