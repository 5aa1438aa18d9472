"""What LangGraph carries from step to step: JSON only, small. Evidence, proposals, decisions stay in the ledger."""

from typing import Any, TypedDict


class State(TypedDict, total=False):
    """The workflow's state of one incident. Times are ISO 8601 in UTC."""

    incident_id: str
    version: int
    """Version of the present proposal, from 1."""
    proposal_digest: str | None
    """The present proposal; None: there is none."""
    answer: str | None
    """The action of the decision on the present proposal."""
    commit: str | None
    committed_at: str | None
    live_at: str | None
    """When the committed change was first seen to be in force."""
    live_known: bool
    """Whether anything could tell if the change is in force; with `live_at`: whether that was observed, or assumed."""
    away: bool
    """Whether Prometheus was away at a look: then its part of the watch begins anew before nobody can say."""
    watched_since: str | None
    """When that was; None: the watch began with `live_at`."""
    wake_at: str | None
    """What the verification waits for; None before its first look."""
    outcome: dict[str, Any] | None
    """`{status, en, ko, signals}` once it is known how the incident ends."""
