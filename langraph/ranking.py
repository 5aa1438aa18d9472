"""Which of many faults in a noisy stream is the root cause, likeliest first. Deterministic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from langraph.models.incident import Category, LogEvent, Occurrence
from langraph.recognise import Recogniser, event_key
from langraph.runbooks.catalogue import Catalogue

unknown_rank = 10  # of 100: an unknown error is evidence, but weaker than any known fault
downstream_share = 0.3  # what a symptom keeps once its cause is in the stream
noise_share = 0.35  # what a fault keeps that went on evenly before, during and after the others
noise_min_count = 6  # fewer events say nothing about evenness
noise_buckets = 8  # the stream is cut in so many equal parts
upstream_bonus = 1.25  # a fault that others' symptoms point at
onset_bonus = 0.3  # the first fault to appear is this much likelier than the last

SYMPTOMS = frozenset(
    {
        Category.CONNECTION_REFUSED,
        Category.TIMEOUT,
        Category.NETWORK,
        Category.SERVICE_ROUTING,
        Category.DNS,
        Category.TARGET_DOWN,
    }
)
"""Faults seen by a caller; the host they name, where it has a fault of its own, is where to look."""
FOLLOWERS = frozenset(
    {
        Category.PROBE_FAILURE,
        Category.CRASH_LOOP,
        Category.REPLICAS_MISMATCH,
        Category.TARGET_DOWN,
        Category.APP_CRASH,
        Category.UNKNOWN,
        Category.HPA,
    }
)
"""Faults that another fault of the same app brings about."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One candidate for the root cause."""

    category: Category
    app: str | None
    namespace: str | None
    score: float
    """Between 0 and 1, larger is likelier; only the order has a meaning."""
    runbook: str | None
    count: int
    first_ns: int
    last_ns: int
    sample: Occurrence
    """The first occurrence, as evidence."""


@dataclass(slots=True)
class _Group:
    """All the occurrences of one fault in one app."""

    category: Category
    app: str | None
    namespace: str | None
    times: list[int]
    sample: Occurrence
    hosts: set[str]
    rank: int
    score: float = 0.0


def rank(occurrences: Sequence[Occurrence], catalogue: Catalogue, span: tuple[int, int] | None = None) -> list[Ranked]:
    """The faults of a stream, likeliest root cause first.

    Args:
        occurrences: in any order.
        catalogue: for the runbooks' ranks.
        span: first and last time (nanoseconds) of the whole stream, harmless lines included.
    """
    groups = _grouped(occurrences, catalogue)
    if not groups:
        return []
    first = span[0] if span else min(g.times[0] for g in groups)
    last = span[1] if span else max(g.times[-1] for g in groups)
    noise = {id(g) for g in groups if len(groups) > 1 and _is_noise(g, first, last)}
    onsets = sorted({g.times[0] for g in groups if id(g) not in noise})
    for group in groups:
        group.score = _base(group, onsets) * (noise_share if id(group) in noise else 1.0)
    _discount_symptoms(groups, noise)
    ordered = sorted(groups, key=lambda g: (-round(g.score, 6), g.times[0], g.category, g.app or "", g.namespace or ""))
    return [_ranked(g) for g in ordered]


def rank_stream(recogniser: Recogniser, catalogue: Catalogue, events: Sequence[LogEvent]) -> list[Ranked]:
    """The likely root causes in a stream of lines, harmless ones included."""
    if not events:
        return []
    found = [recogniser.event(e, event_key(e.labels, e.at_ns, e.text)) for e in events]
    times = [e.at_ns for e in events]
    return rank([o for o in found if o is not None], catalogue, (min(times), max(times)))


def _grouped(occurrences: Sequence[Occurrence], catalogue: Catalogue) -> list[_Group]:
    groups: dict[tuple[str, str, str], _Group] = {}
    for seen in sorted(occurrences, key=lambda o: (o.at_ns, o.key)):
        name = (seen.category.value, seen.app or "", seen.namespace or "")
        runbook = catalogue.runbooks.get(seen.runbook or "")
        group = groups.get(name)
        if group is None:
            group = groups[name] = _Group(seen.category, seen.app, seen.namespace, [], seen, set(), unknown_rank)
        group.times.append(seen.at_ns)
        if runbook is not None and runbook.rank > group.rank:
            group.rank, group.sample = runbook.rank, seen
        if seen.facts.get("host"):
            group.hosts.add(seen.facts["host"])
    return list(groups.values())


def _base(group: _Group, onsets: Sequence[int]) -> float:
    weight = 1 + 0.08 * min(math.log2(len(group.times)), 8.0)  # repetition supports a fault, it does not prove a cause
    place = onsets.index(group.times[0]) if group.times[0] in onsets else len(onsets) - 1
    early = 1 + onset_bonus * (1 - place / max(len(onsets) - 1, 1))
    return (0.1 + 0.9 * group.rank / 100) * weight * early / (1.64 * (1 + onset_bonus) * upstream_bonus)


def _is_noise(group: _Group, first: int, last: int) -> bool:
    """Went on evenly from the start of the stream to its end."""
    if len(group.times) < noise_min_count or last <= first:
        return False
    width = (last - first) / noise_buckets
    buckets = [0] * noise_buckets
    for at in group.times:
        buckets[min(int((at - first) / width), noise_buckets - 1)] += 1
    even = max(buckets) <= 3 * len(group.times) / noise_buckets
    return buckets[0] > 0 and buckets[-1] > 0 and buckets.count(0) <= noise_buckets // 4 and even


def _discount_symptoms(groups: Sequence[_Group], noise: set[int]) -> None:
    pointed_at: set[int] = set()
    for group in groups:
        causes = [g for g in groups if g is not group and id(g) not in noise and _explains(g, group)]
        if causes:
            group.score *= downstream_share
        pointed_at.update(id(g) for g in causes if group.category in SYMPTOMS)
    for group in groups:
        if id(group) in pointed_at:
            group.score *= upstream_bonus


def _explains(cause: _Group, symptom: _Group) -> bool:
    if cause.category not in SYMPTOMS and symptom.category in SYMPTOMS and any(_names(h, cause) for h in symptom.hosts):
        return True
    same_app = cause.app == symptom.app and cause.app is not None
    if not same_app or symptom.category not in FOLLOWERS:
        return False
    return cause.rank > symptom.rank and cause.category not in FOLLOWERS - {Category.PROBE_FAILURE, Category.CRASH_LOOP}


def _names(host: str, group: _Group) -> bool:
    """Whether a host name means the app: `db.shop.svc.cluster.local:5432`, `db:5432` and `db-0.db` are `db`."""
    if group.app is None:
        return False
    labels = host.strip("[]").partition(":")[0].split(".")
    if (
        len(labels) > 1
        and group.namespace
        and labels[1] != group.namespace
        and (labels[2:3] == ["svc"] or len(labels) == 2)
    ):
        return labels[1] == group.app
    return (
        labels[0] == group.app
        or (len(labels) > 1 and labels[1] == group.app)
        or labels[0].rpartition("-")[0] == group.app
    )


def _ranked(group: _Group) -> Ranked:
    return Ranked(
        category=group.category,
        app=group.app,
        namespace=group.namespace,
        score=round(min(group.score, 1.0), 4),
        runbook=group.sample.runbook,
        count=len(group.times),
        first_ns=group.times[0],
        last_ns=group.times[-1],
        sample=group.sample,
    )
