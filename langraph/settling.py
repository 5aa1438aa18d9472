"""When an incident may begin: a fault whose app nobody has named waits for the event that names it. Pure."""

from datetime import datetime, timedelta

from langraph.models.incident import Incident
from langraph.models.runbook import Runbook

SAID_AT_ONCE = frozenset({"trigger", "prometheus", "alertmanager"})
"""Sources that say all they know at once: a person who waits for the answer, alerts with all their labels."""


def settles_at(incident: Incident, runbook: Runbook | None, wait: timedelta, now: datetime) -> datetime | None:
    """When to look again at an incident whose owner may still be named; None when it can begin now.

    The kernel writes that it killed a process before anybody writes whose container that was. A fault that
    no values can mend needs no owner; an old line would wait for nothing, one from the future too long. Clocks of nodes
    differ a little, so a line may be ahead by as much as the wait.

    Args:
        incident: that has not begun.
        runbook: of the incident.
        wait: how long after the fault its owner may still be named.
    """
    if incident.app is not None or incident.source in SAID_AT_ONCE:
        return None
    if runbook is None or not runbook.remedies:
        return None
    until = incident.opened_at + wait
    return until if now < until <= now + 2 * wait else None
