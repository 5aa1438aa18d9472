"""Everything that the routes use, in one place. Kept in `app.state`, reached through a dependency."""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from fastapi import Depends, Path, Request
from starlette.responses import Response

from api.keys import ApiKeys
from api.locale import locale_of
from langraph.decisions import Desk
from langraph.errors import Forbidden, NotFound
from langraph.feedback import Feedback
from langraph.learning.revision import Processed, Progress
from langraph.models.incident import Alert, Person
from langraph.ports import Clock, GitStore, Ingested, Ledger

INCIDENT_ID = re.compile(r"incident-[0-9]{14}-[0-9a-f]{6}")

SlackDoor = Callable[[Request], Awaitable[Response]]
"""Answers a request of Slack; it checks Slack's signature itself."""

Readiness = Callable[[], Awaitable[Mapping[str, str | None]]]
"""Each thing langraph needs: None when it is there, else a sentence that says what is missing."""


class Reception(Protocol):
    """Where events that people and Alertmanager bring are taken in. Durable when it returns."""

    async def trigger(
        self, log_text: str, log_source: str, *, app: str | None, namespace: str | None, labels: Mapping[str, str]
    ) -> Ingested: ...

    async def alerts(self, alerts: Sequence[Alert]) -> Ingested: ...


class Learning(Protocol):
    """Reads what was recorded, writes down what it teaches."""

    progress: Progress

    async def process(self) -> Processed:
        """One run at a time; whoever asks meanwhile joins it. Raises: Transient."""
        ...


class Exposition(Protocol):
    """Our own metrics, for Prometheus to read."""

    def render(self) -> tuple[bytes, str]:
        """The exposition and its content type."""
        ...


@dataclass(frozen=True, slots=True)
class Counter:
    """What the routes use."""

    ledger: Ledger
    git: GitStore
    desk: Desk
    feedback: Feedback
    learning: Learning
    reception: Reception
    clock: Clock
    metrics: Exposition
    keys: ApiKeys
    """Those that the gate knows."""
    locale: str
    """The configured language, for clients that name none."""
    readiness: Readiness
    session_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    """Signs sessions; the same after a restart, so that it logs nobody out."""
    repository: str = ""
    """Path or URL of the GitOps repository, as the settings name it; pages link to its commits."""
    slack: SlackDoor | None = None
    """None: Slack is not set up, or comes by Socket Mode only."""


async def _counter(request: Request) -> Counter:
    counter: Counter = request.app.state.counter
    return counter


async def _visitor(request: Request) -> Person | None:
    """Whoever the gate has found; None for a stranger at an open path."""
    found: Person | None = request.state.person
    return found


async def _person(visitor: Annotated[Person | None, Depends(_visitor)]) -> Person:
    if visitor is None:
        raise Forbidden("nobody may do this without a name; send an API key")
    return visitor


async def _locale(request: Request, counter: Annotated[Counter, Depends(_counter)]) -> str:
    return locale_of(request.headers.get("accept-language"), counter.locale)


async def _incident_id(
    incident_id: Annotated[str, Path(alias="id", examples=["incident-20261120083000-3fa9c1"])],
) -> str:
    if INCIDENT_ID.fullmatch(incident_id) is None:
        raise NotFound("this is not an incident id; one looks like incident-20261120083000-3fa9c1")
    return incident_id


TheCounter = Annotated[Counter, Depends(_counter)]
Visitor = Annotated[Person | None, Depends(_visitor)]
Asking = Annotated[Person, Depends(_person)]
Locale = Annotated[str, Depends(_locale)]
IncidentId = Annotated[str, Depends(_incident_id)]
