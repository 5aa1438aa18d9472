"""Which of many faults in a noisy stream is the root cause, likeliest first. Deterministic."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from langraph.models.incident import Category, LogEvent, Occurrence
from langraph.recognise import Recogniser, event_key
from langraph.runbooks.catalogue import Catalogue

unknown_rank = 10  # of 100: an unknown error is evidence, but weaker than any known fault
downstream_share = 0.3  # what a symptom keeps once its cause is in the stream
noise_share = 0.25  # what a fault keeps that was there before the others began and did not grow with them
noise_min_count = 6  # fewer events say nothing about evenness
noise_buckets = 8  # the stream is cut in so many equal parts
noise_growth = 3.0  # a fault whose rate grew less than this when the others began goes on as before
quiet_share = 0.15  # of the stream: what began this early was there before; what began later is news
upstream_bonus = 1.25  # a fault that others' symptoms point at ...
upstream_step = 0.05  # ... and this much more for each further app that points at it
max_upstream_bonus = 1.5
onset_bonus = 0.3  # the first fault to appear is this much likelier than the last
batch_ns = 15_000_000_000  # collectors send in batches: within 15 s the order of two apps' lines says nothing
late_ns = 60_000_000_000  # a cause may be logged a minute after its first symptom (a poll, a restart), not more ...
late_share = 0.1  # ... or this part of a long stream
max_mined = 20  # lines of one fault that are searched for hosts; more of the same name the same
min_name_chars = 2  # a shorter app name is found in any text by chance

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
        Category.JOB_FAILED,
        Category.IMAGE_PULL,
    }
)
"""Faults that another fault of the same app brings about."""
WAITERS = frozenset({Category.CONN_POOL, Category.THREAD_LIMIT})
"""A caller's own pool and workers run out too while it waits for a slow service."""
SLOWNESS = frozenset({Category.DB_LOCK, Category.CPU_THROTTLING, Category.DISK_FULL, Category.REPLICATION_LAG})
"""Faults that make a service slow, so that its callers run out of connections and workers."""
OF_NODES = frozenset(
    {Category.EVICTION, Category.REPLICAS_MISMATCH, Category.TARGET_DOWN, Category.PROBE_FAILURE, Category.NETWORK}
)
"""What a node that fails does to the pods on it."""
RESOLVERS = ("coredns", "kube-dns", "node-local-dns", "nodelocaldns")

CALLED = re.compile(
    r"(?:://(?:[^\s/@\"']{0,80}@)?|\bhost\\?[=:'\" ]{1,4}|\blookup |\bdial tcp "
    r"|\b(?:to|from|calling|by|at|reach|of|for|on) \\?[\"']?"
    r"|\bupstream[:=\" ]{1,3}|\b(?:service|server|broker|dependency|backend)[=: ]\\?[\"']?)"
    r"(?P<host>[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?)"
)
"""Words of a message that may be the name of a service; they count only where an app of the stream has that name."""
IN_CLUSTER = re.compile(r"(?<![\w.-])(?P<host>[a-z0-9][a-z0-9-]{0,62}\.[a-z0-9][a-z0-9-]{0,62}\.svc)\b")


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
    """Hosts that the runbook's pattern named."""
    words: set[str]
    """Words of the messages that may name a service."""
    rank: int
    score: float = 0.0
    noise: bool = False
    causes: list["_Group"] = field(default_factory=list)


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
    _link(groups, last - first)
    _mark_noise(groups, first, last)
    news = [g.times[0] for g in groups if not g.noise]
    for group in groups:
        group.score = _base(group, min(news, default=first), last) * (noise_share if group.noise else 1.0)
    _weigh_causes(groups)
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
            group = _Group(seen.category, seen.app, seen.namespace, [], seen, set(), set(), unknown_rank)
            groups[name] = group
        group.times.append(seen.at_ns)
        if runbook is not None and runbook.rank > group.rank:
            group.rank, group.sample = runbook.rank, seen
        if seen.facts.get("host"):
            group.hosts.add(seen.facts["host"])
        if len(group.times) <= max_mined:
            group.words.update(m["host"] for p in (CALLED, IN_CLUSTER) for m in p.finditer(seen.text))
    return list(groups.values())


def _base(group: _Group, onset: int, last: int) -> float:
    """How likely a fault is the cause, seen by itself: its kind, how often, how early."""
    weight = 1 + 0.08 * min(math.log2(len(group.times)), 8.0)  # repetition supports a fault, it does not prove a cause
    lag = max(group.times[0] - onset - batch_ns, 0)
    early = 1 + onset_bonus * (1 - min(lag / max(last - onset, late_ns), 1.0))
    return (0.1 + 0.9 * group.rank / 100) * weight * early / (1.64 * (1 + onset_bonus) * max_upstream_bonus)


# --- what was there before -----------------------------------------------------------------------------------------


def _mark_noise(groups: Sequence[_Group], first: int, last: int) -> None:
    """Faults that went on before, during and after the others; never one that explains a fault which is news."""
    if len(groups) < 2 or last <= first:
        return
    news = [g for g in groups if g.times[0] > first + quiet_share * (last - first)]
    onset = min((g.times[0] for g in news), default=None)
    explains = {id(cause) for group in news for cause in group.causes}
    for group in groups:
        if id(group) not in explains:
            group.noise = _is_even(group, first, last) or (onset is not None and _went_on(group, first, onset, last))


def _is_even(group: _Group, first: int, last: int) -> bool:
    """Went on evenly from the start of the stream to its end."""
    if len(group.times) < noise_min_count:
        return False
    width = (last - first) / noise_buckets
    buckets = [0] * noise_buckets
    for at in group.times:
        buckets[min(int((at - first) / width), noise_buckets - 1)] += 1
    even = max(buckets) <= 3 * len(group.times) / noise_buckets
    return buckets[0] > 0 and buckets[-1] > 0 and buckets.count(0) <= noise_buckets // 4 and even


def _went_on(group: _Group, first: int, onset: int, last: int) -> bool:
    """Was there before the others began, and came hardly more often after."""
    before = sum(at < onset - batch_ns for at in group.times)
    after = len(group.times) - before
    if before < 2 or onset - batch_ns <= first:
        return False
    rate_before = before / (onset - first)
    rate_after = after / max(last - onset, 1)
    return rate_after <= noise_growth * rate_before


# --- what follows from what ----------------------------------------------------------------------------------------


def _link(groups: Sequence[_Group], span: int) -> None:
    """Find the causes of each fault among the others."""
    patience = max(late_ns, int(span * late_share))
    for group in groups:
        group.causes = [
            g for g in groups if g is not group and g.times[0] <= group.times[0] + patience and _explains(g, group)
        ]
    circles = {(id(g), id(c)) for g in groups for c in g.causes if any(g is back for back in c.causes)}
    for group in groups:  # of two that name each other the one of the stronger kind may explain the other, else none
        group.causes = [g for g in group.causes if (id(group), id(g)) not in circles or g.rank > group.rank]


def _weigh_causes(groups: Sequence[_Group]) -> None:
    callers: dict[int, set[str]] = {}
    for group in groups:
        causes = [g for g in group.causes if not g.noise]
        if causes:
            group.score *= downstream_share
        for cause in causes:
            callers.setdefault(id(cause), set()).add(group.app or "")
    for group in groups:
        apps = callers.get(id(group))
        if apps:
            group.score *= min(upstream_bonus + upstream_step * (len(apps) - 1), max_upstream_bonus)


def _explains(cause: _Group, symptom: _Group) -> bool:
    if cause.app == symptom.app and cause.app is not None and _same_place(cause, symptom):
        return _explains_in_app(cause, symptom)
    if symptom.category is Category.DNS and cause.app is not None and cause.app.startswith(RESOLVERS):
        return True
    if cause.category is Category.NODE and symptom.category in OF_NODES:
        return True
    if symptom.category in SYMPTOMS:
        named = symptom.hosts | symptom.words
        return (cause.category not in SYMPTOMS or cause.app != symptom.app) and _any_names(named, cause)
    if symptom.category in FOLLOWERS - {Category.HPA} or (symptom.category in WAITERS and cause.category in SLOWNESS):
        return cause.category is not Category.UNKNOWN and _any_names(symptom.words, cause)
    return False


def _explains_in_app(cause: _Group, symptom: _Group) -> bool:
    if symptom.category not in FOLLOWERS:
        return False
    return cause.rank > symptom.rank and cause.category not in FOLLOWERS - {
        Category.PROBE_FAILURE,
        Category.CRASH_LOOP,
        Category.IMAGE_PULL,
    }


def _same_place(one: _Group, other: _Group) -> bool:
    return one.namespace is None or other.namespace is None or one.namespace == other.namespace


def _any_names(hosts: Iterable[str], group: _Group) -> bool:
    return group.app is not None and len(group.app) >= min_name_chars and any(_names(h, group) for h in hosts)


def _names(host: str, group: _Group) -> bool:
    """Whether a host name means the app: `db.shop.svc.cluster.local:5432`, `db:5432` and `db-0.db` are `db`."""
    if group.app is None:
        return False
    labels = host.strip("[]").partition("/")[0].partition(":")[0].split(".")
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
