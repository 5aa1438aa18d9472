"""Did the change help? Three answers; no data is never health. Pure.

Each signal is one measurement with its numbers. `healthy` is True, False, or None: nobody can say. A `Finding` adds
whether more time may tell; then the window is extended, up to `rates.MOST_WINDOWS` windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from langraph.models.incident import Category, Incident, Outcome, Signal, Status
from langraph.redact import printable
from langraph.texts import verifying as say
from langraph.verifying.rates import Course, Episodes, course, per_minute
from langraph.verifying.rollout import TakenBack

FIRST_LOOK = timedelta(seconds=5)  # a GitOps controller needs longer; the demo's does not
ALERT_LINGERS = timedelta(minutes=6)  # the ranges of kubernetes-mixin's rules are 5: they remember what is over
LOOKS_PER_WINDOW = 10  # while waiting for the rollout: often enough to see it start, few enough to cost nothing
HALF = 0.5  # `increase` extrapolates: half an event is no event
HARDLY = 0.1  # of the lines before the fault: an app that writes less hardly does its work
FLAPPING = 0.1  # of the time not ready: a pod that was moved is not ready for a minute, a sick one again and again
AUTHOR_CHARS = 80  # of a commit; it is written by anybody

OWN = ("log_signature", "alert")
"""The fault's own signals: without one of them nothing shows recovery, however well everything else is."""
NEEDED = ("traffic", "new_errors", "unready", "live")
"""What may be unknown only where it was not measured: a doubt of these is no recovery."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal, and whether a longer look may say more."""

    signal: Signal
    may_settle: bool = False


def next_look(now: datetime, window: timedelta) -> datetime:
    """When to look again for the rollout, or for an alert that lingers."""
    return now + max(FIRST_LOOK, window / LOOKS_PER_WINDOW)


def windows_over(live_at: datetime, now: datetime, window: timedelta) -> int:
    """How many whole windows have passed since the change was live."""
    return max(0, (now - live_at) // window)


# --- the signals ---------------------------------------------------------------------------------------------------

_HEALTH = {
    Course.SILENT: True,
    Course.SETTLED: True,
    Course.TOO_RARE: None,
    Course.SETTLING: None,
    Course.GOES_ON: False,
}


def signature(
    seen: Episodes, window: timedelta, *, read: bool, talks: bool | None, alert_over: bool, last_look: bool
) -> Finding:
    """The fault's own lines, in episodes a minute.

    Args:
        window: how long one look is.
        read: whether the logs were read up to the end of the watch, without a gap.
        talks: whether the app writes lines at all; its silence is no news otherwise.
        alert_over: the fault has an alert too, which knows more of it than its few lines, and which has stopped.
        last_look: nothing is waited for after it.
    """
    before = per_minute(seen.before, seen.before_s)
    after = per_minute(len(seen.after), seen.after_s)
    found = course(seen, window.total_seconds(), last_look=last_look)
    backed = found is Course.TOO_RARE and alert_over and seen.outlasts_pauses
    healthy = True if backed else _HEALTH[found]
    if healthy is not False and not read:
        return Finding(Signal("log_signature", before, None, None, say.not_read()), may_settle=True)
    if healthy and not talks:
        healthy = None
    means = say.log_signature(seen, found, backed=backed)
    return Finding(Signal("log_signature", before, after, healthy, means), may_settle=healthy is None)


def traffic(before: float | None, after: float | None, recent: float | None, *, may_settle: bool) -> Finding:
    """Lines of any kind a minute: before the fault, since the change, in the last half of the watch."""
    if after is None or recent is None:
        return Finding(Signal("traffic", before, after, None, say.traffic(before, None, enough=False)), may_settle)
    enough = after > 0 and recent > 0 and (before is None or after >= before * HARDLY)
    means = say.traffic(before, after, enough=enough)
    return Finding(Signal("traffic", before, after, True if enough else None, means), may_settle=not enough)


def alert(firing: bool | None) -> Finding:
    """The alert that opened or joined the incident; None: nobody can say whether it fires."""
    healthy = None if firing is None else not firing
    after = None if firing is None else float(firing)
    return Finding(Signal("alert", 1.0, after, healthy, say.alert(firing)))


def restarts(
    before: float | None, total: float | None, recent: float | None, *, whole: bool | None, quiet_long: bool
) -> Finding:
    """Container restarts.

    Args:
        before: from the fault's first line to the change.
        total, recent: since the change, and in the last half of that; None: no data, or no pods.
        whole: whether there are samples throughout; None: not even one.
        quiet_long: whether that last half is a whole window long.
    """
    means = say.restarts(before, total, recent)
    if total is None or recent is None:
        return Finding(Signal("restarts", before, None, None, means), may_settle=whole is False)
    if recent >= HALF:
        return Finding(Signal("restarts", before, total, False, means))
    if not whole:
        return Finding(Signal("restarts", before, total, None, say.with_gap(means)), may_settle=True)
    healthy = True if total < HALF or quiet_long else None
    return Finding(Signal("restarts", before, total, healthy, means), may_settle=healthy is None)


def unready(value: float | None, share: float | None, *, whole: bool | None) -> Finding | None:
    """Pods that are not ready now, and the largest share of the last half that one of them was not.

    None where nobody measures that: not a doubt, but no signal.
    """
    means = say.unready(value, share)
    if value is None:
        gap = Finding(Signal("unready", None, None, None, means), may_settle=True)
        return gap if whole is not None else None
    if value >= HALF:
        return Finding(Signal("unready", None, value, False, means))
    flaps = share is not None and share > FLAPPING
    healthy = None if flaps else True
    return Finding(Signal("unready", None, value, healthy, means), may_settle=flaps)


def new_errors(incident: Incident, later: Sequence[Incident], touched: Sequence[str]) -> Finding:
    """Faults that were first seen after the change: the app's own, and its neighbours'.

    A line that no runbook knows is a doubt, no verdict: it may be nothing, and a change must not be taken back for it.

    Args:
        later: incidents opened since the change whose like was not there before.
        touched: apps whose values are in the changed files.
    """
    own = [one for one in later if one.app == incident.app and one.namespace in (incident.namespace, None)]
    others = [one for one in later if one not in own and (one.app in touched or _beside(one, incident))]
    near = [(one.app or "?", one.category) for one in others]
    means = say.new_errors([one.category for one in own], near)
    known = any(one.category is not Category.UNKNOWN for one in own)
    healthy = False if known else None if own or near else True
    return Finding(Signal("new_errors", 0.0, float(len(own) + len(near)), healthy, means))


def _beside(one: Incident, incident: Incident) -> bool:
    return one.namespace is not None and one.namespace == incident.namespace


def live(in_force: bool | None) -> Finding | None:
    """Whether the change still is in force; no signal where nothing can tell."""
    if in_force is None or in_force:
        return None
    return Finding(Signal("live", 1.0, 0.0, None, say.no_longer_live()), may_settle=True)


# --- together ------------------------------------------------------------------------------------------------------


def of(signals: Sequence[Signal], at: datetime) -> Outcome:
    """Recovered only if each of the fault's own signals says so and nothing needed is in doubt."""
    told = tuple(signals)
    gone = [s for s in told if s.name == "live"]
    if gone:  # what is seen now is not the work of this change, good or bad
        return Outcome(Status.INCONCLUSIVE, at, say.not_known(gone), told)
    bad = [s for s in told if s.healthy is False]
    if bad:
        return Outcome(Status.NOT_RECOVERED, at, say.not_recovered(bad[0]), told)
    own = [s for s in told if s.name in OWN]
    doubts = [s for s in told if s.healthy is None and s.name in (*OWN, *NEEDED)]
    if own and not doubts:
        return Outcome(Status.RECOVERED, at, say.recovered(), told)
    return Outcome(Status.INCONCLUSIVE, at, say.not_known(doubts) if doubts else say.no_data(), told)


def may_settle(findings: Sequence[Finding]) -> bool:
    """Whether a longer look may say more, and nothing has been decided already."""
    if any(found.signal.healthy is False for found in findings):
        return False
    return any(found.may_settle for found in findings)


def only_an_alert_lingers(findings: Sequence[Finding]) -> bool:
    """Nothing is wrong but an alert that is not known to be over.

    Its rule may look back at the time before the change, or who knows of it does not answer now.
    """
    signals = [found.signal for found in findings]
    open_alert = any(s.name == "alert" and s.healthy is not True for s in signals)
    return open_alert and not any(s.name != "alert" and s.healthy is False for s in signals)


def never_live(at: datetime, timeout: timedelta) -> Outcome:
    """Committed, but nothing in the cluster changed."""
    return Outcome(Status.INCONCLUSIVE, at, say.never_live(timeout))


def stuck(at: datetime, pods: int, timeout: timedelta) -> Outcome:
    """Applied, and its pods do not start: the service runs on what it had, and its fault is as it was."""
    means = say.stuck(pods, timeout)
    return Outcome(Status.NOT_RECOVERED, at, means, (Signal("rollout", None, float(pods), False, means),))


def taken_back(signals: Sequence[Signal], at: datetime, back: TakenBack) -> Outcome:
    """Somebody changed the value again while we watched: what was seen is not the work of our change."""
    author = printable(back.by.author)[:AUTHOR_CHARS] if back.by else None
    means = say.taken_back(back.by.commit if back.by else None, author)
    return Outcome(Status.INCONCLUSIVE, at, means, tuple(signals))
