"""The verdict over scripted recoveries, against what was true: never `recovered` when it was not."""

from random import Random
from typing import Any

import pytest

from langraph.models.incident import Category, Status
from services.ledger import SqlLedger
from tests.support.recoveries import WATCHED_S, Matrix, Scene, Script

LEAST_SCRIPTS = 60
LEAST_SHARE = 0.85  # of the plain recoveries that are called so


def poisson(seed: int, per_minute: float, since: float, until: float) -> tuple[float, ...]:
    """Errors that come at random, at one rate."""
    dice, at, out = Random(seed), since, list[float]()
    while (at := at + dice.expovariate(per_minute / 60)) < until:
        out.append(at)
    return tuple(out)


def crash_loop(since: float, until: float, *, longest: float = 300.0) -> tuple[float, ...]:
    """The kubelet's back-off: 10 s, 20 s, 40 s, ... five minutes; each start lives for some seconds."""
    at, wait, out = since, 10.0, []
    while at < until:
        out.append(at)
        at, wait = at + wait + 8.0, min(wait * 2, longest)
    return tuple(out)


BUSY = poisson(1, 3.0, -600.0, 55.0)
LOOP = crash_loop(-1500.0, 55.0)
EVERY_15 = tuple(-1900.0 + 900 * n for n in range(6))
FLICKERS = [(at, at + 120.0) for at in EVERY_15]
BACK = poisson(41, 3.0, 120.0, WATCHED_S)
SILENT = ((-90000.0, 60.0, 60.0),)
ON = WATCHED_S
FLOOD = ((-90000.0, -600.0, 20.0), (-600.0, 60.0, 9000.0), (60.0, ON, 20.0))


def recovers() -> list[Script]:
    """The fault is gone, and everything shows it."""
    plain = [
        Script(
            f"errors stop, {rate} a minute before, seed {seed}", True, True, poisson(seed, rate, -minutes * 60, 55.0)
        )
        for rate, minutes in ((0.7, 25), (2.0, 10), (6.0, 6), (30.0, 4))
        for seed in (11, 12, 13)
    ]
    plain += [
        Script("a crash loop ends", True, True, LOOP, restarts=[at + 2 for at in LOOP]),
        Script("slow: two minutes more of errors", True, True, BUSY, poisson(2, 3.0, 65.0, 180.0)),
        Script("slow: three minutes more of errors", True, True, BUSY, poisson(7, 4.0, 65.0, 240.0)),
        Script("slow: four minutes more of errors", True, True, BUSY, poisson(3, 2.0, 65.0, 300.0)),
        Script("slow: one restart of the new pod", True, True, BUSY, (70.0, 90.0), restarts=(92.0,)),
        Script("the sync takes eight minutes", True, True, poisson(4, 3.0, -600.0, 475.0), applied=480.0),
        Script("no Prometheus", True, True, BUSY, prometheus=False),
        Script("no kube-state-metrics", True, True, poisson(5, 3.0, -600.0, 55.0), visible=False),
        Script("its alert resolves at once", True, True, BUSY, alert=[(-300.0, 120.0)]),
        Script("its alert lingers for five minutes", True, True, BUSY, alert=[(-300.0, 400.0)]),
        Script("an alert alone, resolved", True, True, alert=[(-300.0, 120.0)]),
        Script("few lines, and its alert resolves", True, True, (-200.0, -120.0), alert=[(-180.0, 100.0)]),
        Script("the kernel told of it", True, True, BUSY, told_by_kernel=True),
        Script("a namesake is sick", True, True, BUSY, sick_namesake=True),
        Script("a fault in another namespace", True, True, BUSY, others=[(300.0, "far", "away", Category.DNS)]),
        Script("a short hole in the samples", True, True, BUSY, unscraped=[(200.0, 420.0)]),
        Script("Prometheus away for a while", True, True, BUSY, away=[(600.0, 800.0)]),
        Script("the logs are read late", True, True, BUSY, unread=(400.0, 900.0)),
        Script("less traffic, by half", True, True, BUSY, lines=((-90000.0, 60.0, 60.0), (60.0, ON, 30.0))),
        Script("not ready for a minute", True, True, BUSY, unready=[(60.0, 120.0)]),
        Script("a flood of errors in the logs before", True, True, BUSY, lines=FLOOD),
    ]
    return plain


def recovers_unseen() -> list[Script]:
    """The fault is gone, and little shows it: `inconclusive` is a good answer."""
    return [
        Script("once, never again", True, before=(-120.0,)),
        Script("three times in a day", True, before=(-80000.0, -40000.0, -120.0)),
        Script("gone, in an app that writes nothing", True, before=BUSY, lines=()),
    ]


def as_before(per_minute: float, minutes: float, seed: int) -> Script:
    errors = poisson(seed, per_minute, -minutes * 60, ON)
    before, after = [at for at in errors if at < 0], [at for at in errors if at >= 0]
    return Script(f"as before, {per_minute} a minute, seed {seed}", False, before=before or (-60.0,), after=after)


def rarer(share: float, seed: int) -> Script:
    before, after = poisson(seed, 6.0, -900.0, 0.0), poisson(seed + 1, 6.0 * share, 0.0, ON)
    return Script(f"only {share:.0%} of the errors remain, seed {seed}", False, before=before, after=after)


def goes_on() -> list[Script]:
    """The fault, or a worse one, is there."""
    rates = ((0.05, 60.0), (0.2, 40.0), (1.0, 15.0), (5.0, 8.0))
    out = [as_before(rate, minutes, seed) for rate, minutes in rates for seed in (21, 22, 23, 24)]
    out += [rarer(share, seed) for share in (0.5, 0.25, 0.1) for seed in (31, 41, 51, 61)]
    loop = crash_loop(65.0, ON)
    bursts = (*range(-2500, -2400, 10), *range(-1200, -1100, 10))
    stopped = [-7200.0 + 15 * n for n in range(20)]
    again = poisson(35, 3.0, 10.0, ON)
    return [
        *out,
        Script("quiet for four minutes, then again", False, before=BUSY, after=poisson(33, 3.0, 300.0, ON)),
        Script("quiet for eight minutes, then again", False, before=BUSY, after=poisson(34, 3.0, 540.0, ON)),
        Script("the new pod crash-loops, same error", False, before=LOOP, after=loop, restarts=loop),
        Script("every 15 minutes, with an alert", False, before=EVERY_15[:3], after=EVERY_15[3:], alert=FLICKERS),
        Script("the kernel tells of it again", False, before=BUSY, after=again, told_by_kernel=True),
        Script("a nightly burst", False, before=[-3000.0 + 10 * n for n in range(30)], after=(5000.0,)),
        Script("bursts every twenty minutes", False, before=bursts, after=(1300.0,)),
        Script("over before the change, by itself", False, before=stopped, after=(3500.0,)),
        Script("never applied, errors go on", False, before=BUSY, after=again, applied=None),
        Script("never applied, a quiet spell", False, before=BUSY, applied=None),
        Script("never applied, nothing shows it", False, before=BUSY, after=again, applied=None, visible=False),
        Script("never applied, Prometheus goes away", False, before=BUSY, applied=None, away=[(400.0, ON)]),
        Script("the new pod never gets ready", False, before=BUSY, after=again, applied=None, stuck_at=60.0),
        Script("it never gets ready, a quiet spell", False, before=BUSY, applied=None, stuck_at=60.0),
        Script(
            "it never gets ready, no limits scraped",
            False,
            before=BUSY,
            applied=None,
            stuck_at=60.0,
            shows_values=False,
        ),
        Script("never applied, and a pod was moved", False, before=BUSY, applied=None, stuck_at=60.0, evicted=True),
        Script("applied, then undone", False, before=BUSY, unapplied=420.0, after=poisson(37, 3.0, 700.0, ON)),
        Script("a person takes it back", False, before=BUSY, taken_back=300.0),
        Script("a person takes it back before the sync", False, before=BUSY, applied=None, taken_back=30.0),
    ]


def something_else() -> list[Script]:
    """The error is silent, and the service is not well, or nobody can know."""
    loop = crash_loop(80.0, ON)
    return [
        Script("the app is gone silent", False, before=BUSY, lines=SILENT),
        Script("silent, and no Prometheus", False, before=BUSY, lines=SILENT, prometheus=False),
        Script("silent after the start", False, before=BUSY, lines=((-90000.0, 120.0, 60.0),)),
        Script("two lines a minute of a hundred", False, before=BUSY, lines=((-90000.0, 60.0, 100.0), (60.0, ON, 2.0))),
        Script("the pods are never ready", False, before=BUSY, unready=[(60.0, ON)]),
        Script("the pods flap", False, before=BUSY, unready=[(60.0 + 90 * n, 120.0 + 90 * n) for n in range(40)]),
        Script("restarts without a word", False, before=BUSY, restarts=loop),
        Script("restarts every four minutes", False, before=BUSY, restarts=[60.0 + 240 * n for n in range(15)]),
        Script("another error of the app", False, before=BUSY, others=[(200.0, "same", "", Category.CONN_POOL)]),
        Script("an unknown error of the app", False, before=BUSY, others=[(200.0, "same", "", Category.UNKNOWN)]),
        Script("a neighbour breaks", False, before=BUSY, others=[(240.0, "billing", "", Category.SCHEDULING)]),
        Script("the logs are never read again", False, before=BUSY, after=BACK, unread=(90.0, 2 * ON)),
        Script("the lines of the watch are lost", False, before=BUSY, after=BACK, lost=(100.0, 1950.0)),
        Script("its alert fires on", False, before=BUSY, alert=[(-300.0, ON)]),
        Script("an alert alone, it fires on", False, alert=[(-300.0, ON)]),
        Script("an alert alone, Prometheus stays away", False, alert=[(-300.0, ON)], away=[(90.0, 2 * ON)]),
        Script("an alert and Prometheus away", False, before=BUSY, alert=[(-300.0, ON)], away=[(90.0, 2 * ON)]),
        Script("once, back after an hour", False, before=(-120.0,), after=(3500.0,)),
    ]


async def test_what_has_not_recovered_is_never_called_recovered_and_what_plainly_has_nearly_always_is(
    ledger: SqlLedger,
) -> None:
    scripts = [*recovers(), *recovers_unseen(), *goes_on(), *something_else()]
    matrix, missed = Matrix(), []
    for number, script in enumerate(scripts, start=1):
        incident = await Scene(script, ledger, number).judged()
        matrix.add(script, incident)
        assert incident.outcome is not None
        if script.plainly and incident.status is not Status.RECOVERED:
            missed.append(f"{script.name}: {incident.outcome.reason.en}")
    print(f"\n{len(scripts)} scripts\n{matrix.table()}", *missed, *matrix.wrong, sep="\n")
    assert len(scripts) >= LEAST_SCRIPTS
    assert matrix.wrong == []
    plain = matrix.count("plainly recovered")
    assert matrix.count("plainly recovered", Status.RECOVERED) >= LEAST_SHARE * plain, missed


def stuck(**more: Any) -> Script:
    return Script("stuck", False, before=BUSY, applied=None, stuck_at=60.0, **more)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (stuck(), Status.NOT_RECOVERED),
        (stuck(shows_values=False), Status.NOT_RECOVERED),
        (stuck(evicted=True), Status.INCONCLUSIVE),
        (stuck(evicted=True, shows_values=False), Status.INCONCLUSIVE),
        (stuck(away=[(1190.0, ON)]), Status.INCONCLUSIVE),
    ],
    ids=["by its limits", "by its replica set", "a moved pod", "a moved pod, no limits", "Prometheus away"],
)
async def test_a_change_whose_pods_never_get_ready_has_failed_and_says_so(
    ledger: SqlLedger, script: Script, says: Status
) -> None:
    incident = await Scene(script, ledger, 1).judged()
    assert incident.outcome is not None
    assert incident.status is says
    told = [(signal.name, signal.after) for signal in incident.outcome.signals]
    assert told == ([("rollout", 1.0)] if says is Status.NOT_RECOVERED else [])
