"""The incident that somebody means by what they typed: one of the ledger's, or one that only git remembers."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from langraph.errors import GitUnavailable, NotFound
from langraph.models.incident import Incident, Severity, Status
from langraph.ports import IncidentFilter, Ledger
from langraph.texts import slack as say
from services.slack_client.directory import Refused

log = structlog.get_logger()

SEARCHED = 200  # newest incidents among which a shortened id is looked for
PIECE_CHARS = 4  # of an id; less than that is a typing error
GIT_SECONDS = 1.5  # git may be fetching; Slack waits three seconds for everything together
FULL_ID = re.compile(r"incident-[0-9]{14}-[0-9a-f]{6}")
_UNQUOTED = re.compile(r"^[`'\"<\s]+|[`'\">\s]+$")


@dataclass(frozen=True, slots=True)
class Kept:
    """An incident as git remembers it, in the reader's language. What the record does not say is None or empty."""

    id: str
    status: Status | None = None
    severity: Severity | None = None
    category: str | None = None
    app: str | None = None
    count: int | None = None
    first_line: str = ""
    root_cause: str = ""
    action: str = ""
    advice: Sequence[str] = ()
    diff: str = ""
    decided_by: str = ""
    commits: Sequence[str] = ()
    reason: str = ""
    """How it ended, in a sentence."""


class Showing(Protocol):
    """Incidents that only git remembers."""

    async def __call__(self, typed: str, locale: str) -> Kept | None:
        """The one whose id `fits` what was typed; None when there is none, or more than one.

        Raises: GitUnavailable.
        """
        ...


def fits(typed: str, incident_id: str) -> bool:
    """Whether an id is meant by what somebody typed: all of it, or a piece."""
    return typed == incident_id or (len(typed) >= PIECE_CHARS and typed in incident_id)


def unquoted(typed: str) -> str:
    """Without the quotes and brackets that people copy along."""
    return _UNQUOTED.sub("", typed)


class Finding:
    """Looks in the ledger, then in git.

    Args:
        ledger: the incidents of late.
        showing: the rest; None: nothing but the ledger is known.
        locale: `en` or `ko`.
    """

    def __init__(self, ledger: Ledger, showing: Showing | None, locale: str) -> None:
        self._ledger = ledger
        self._showing = showing
        self._locale = locale

    async def incident(self, typed: str) -> Incident | Kept:
        """Raises: Refused, with what to do."""
        found = await self._in_ledger(typed) or await self._in_git(typed)
        if found is None:
            raise Refused(say.no_such(typed))
        return found

    async def _in_ledger(self, typed: str) -> Incident | None:
        if FULL_ID.fullmatch(typed):
            try:
                return await self._ledger.incident(typed)
            except NotFound:
                return None
        newest, _ = await self._ledger.incidents(IncidentFilter(), SEARCHED)
        fitting = [one for one in newest if fits(typed, one.id)]
        if len(fitting) > 1:
            raise Refused(say.no_such(typed))
        return fitting[0] if fitting else None

    async def _in_git(self, typed: str) -> Kept | None:
        if self._showing is None or len(typed) < PIECE_CHARS:
            return None
        try:
            async with asyncio.timeout(GIT_SECONDS):
                return await self._showing(typed, self._locale)
        except (GitUnavailable, TimeoutError) as error:
            log.warning("git could not be asked for an incident", error=str(error) or type(error).__name__)
            raise Refused(say.GIT_AWAY) from error
