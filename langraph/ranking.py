"""Which of many faults in a noisy stream is the root cause, likeliest first. Deterministic."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from langraph.affected import from_labels
from langraph.affected.other_side import DATABASE, is_of_other_side
from langraph.models.incident import Category, LogEvent, Occurrence
from langraph.recognise import Recogniser, event_key
from langraph.runbooks.catalogue import Catalogue

unknown_rank = 10  # of 100: an unknown error is evidence, but weaker than any known fault
crash_rank = 70  # of 100: in one line a trace's known cause comes before the crash; in a stream a crash is a cause
downstream_share = 0.3  # what a symptom keeps once its cause is in the stream
bystander_share = 0.5  # what a symptom that names nobody keeps while another app has a fault that could be its cause
stranger_share = 0.65  # the same for one that names a host we cannot tell: a Service may have any name
repeat_step = 0.08  # each doubling of a fault's count makes it this much likelier ...
retry_step = 0.03  # ... and a symptom this much: callers repeat themselves however small the cause
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
standing_share = 0.5  # the same for a state that lasts and is reported now and then
max_mined = 20  # lines of one fault that are searched for hosts; more of the same name the same
min_suffix_chars = 4  # a host that is the end of an app's name: shorter ones (api, web) are the end of many
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
STANDING = frozenset(
    {
        Category.SCHEDULING,
        Category.QUOTA,
        Category.IMAGE_PULL,
        Category.VOLUME,
        Category.NODE,
        Category.CONFIG_ERROR,
        Category.CERT_EXPIRY,
    }
)
"""Faults that are a state and not a moment: the first report may come long after the first symptom."""
STAGES = {
    Category.IMAGE_PULL: 1,
    **dict.fromkeys(SYMPTOMS - {Category.TARGET_DOWN}, 2),
    Category.APP_CRASH: 3,
    Category.PROBE_FAILURE: 4,
    Category.CRASH_LOOP: 5,
    **dict.fromkeys(
        (Category.REPLICAS_MISMATCH, Category.TARGET_DOWN, Category.JOB_FAILED, Category.HPA, Category.UNKNOWN), 6
    ),
}
"""Within one app a lower stage brings about a higher one; what is not named here comes first."""
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
SERVED = frozenset(
    {
        Category.CONN_POOL,
        Category.DB_LOCK,
        Category.READ_ONLY,
        Category.DISK_FULL,
        Category.CACHE_MAXMEMORY,
        Category.REPLICATION_LAG,
    }
)
"""Faults of a data store that its clients print in the same words."""
WAITERS = frozenset({Category.CONN_POOL, Category.THREAD_LIMIT})
"""A caller's own pool and workers run out too while it waits for a slow service."""
STALLS = frozenset({Category.DISK_FULL, Category.VOLUME, Category.CPU_THROTTLING})
"""Faults in which a database stands still and goes on after: who holds a lock then does not let go of it."""
STATES = frozenset({"network_policy_denied"})
"""Runbooks of a fault that is a state, though others of its category are a moment."""
EXITED = "process_exited"
"""The runbook of a process that ended without a word: it tells less than that it was given up."""
OF_NODES = frozenset(
    {Category.EVICTION, Category.REPLICAS_MISMATCH, Category.TARGET_DOWN, Category.PROBE_FAILURE, Category.NETWORK}
)
"""What a node that fails does to the pods on it."""
KILLED = frozenset({Category.OOM, Category.EVICTION, Category.APP_CRASH})
"""Faults that the node reports too, without saying whose process it was."""
SERVICE_SUFFIXES = frozenset(
    {"svc", "service", "headless", "hl", "primary", "replica", "replicas", "master", "slave", "leader", "read", "write"}
    | {"rw", "ro", "r", "client", "internal", "http", "grpc", "nodes", "discovery"}
)
"""What charts append to an app's name for its further Services."""
COMMON_PARTS = frozenset(("api", "app", "server", "web", "worker", "db", "cache", "queue", "backend", "frontend", "ui"))
"""What many apps' names have in common."""
PROXY = re.compile(
    r"(?:^|-)(?:ingress|gateway|nginx|envoy|istio|traefik|haproxy|kong|contour|apisix|proxy|edge|lb|loadbalancer)(?:-|$)"
)
"""Apps that only pass requests on: their 5xx, refusals and time-outs are somebody else's."""
STORE = re.compile(
    r"(?:^|-)(?:postgres(?:ql)?|pg|mysql|maria(?:db)?|mongo(?:db|d)?|redis|valkey|memcached|cassandra|scylla|clickhouse"
    r"|elasticsearch|opensearch|kafka|rabbitmq|nats|etcd|zookeeper|db|database|sql|mssql|oracle|cockroach(?:db)?|tidb"
    r"|pgbouncer|pgpool|proxysql|cache|queue|broker|minio)(?:-|\d|$)"
)
"""Apps that hold data for others."""
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
    alone: float = 1.0
    """What it keeps without a certain cause: less for a symptom while another app has a fault that could be it."""
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
    _mark_bystanders(groups, last - first)
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
    is_stream = len({tuple(sorted(seen.labels.items())) for seen in occurrences}) > 1
    for seen in sorted(occurrences, key=lambda o: (o.at_ns, o.key)):
        app = seen.app or (_writer(seen) if is_stream else None)
        name = (seen.category.value, app or "", seen.namespace or "")
        runbook = catalogue.runbooks.get(seen.runbook or "")
        group = groups.get(name)
        if group is None:
            group = _Group(seen.category, app, seen.namespace, [], seen, set(), set(), unknown_rank)
            groups[name] = group
        group.times.append(seen.at_ns)
        is_crash = runbook is not None and runbook.category is Category.APP_CRASH and runbook.id != EXITED
        strength = max(runbook.rank, crash_rank * is_crash) if runbook else 0
        if strength > group.rank:
            group.rank, group.sample = strength, seen
        if seen.facts.get("host"):
            group.hosts.add(seen.facts["host"])
        if len(group.times) <= max_mined:
            group.words.update(m["host"] for p in (CALLED, IN_CLUSTER) for m in p.finditer(seen.text))
    return list(groups.values())


def _writer(seen: Occurrence) -> str | None:
    """Who complains of the other side: among others' lines that tells where to look."""
    who = from_labels(seen.labels)
    return who.app if is_of_other_side([name for name in (who.app, who.pod) if name], seen.text) else None


def _base(group: _Group, onset: int, last: int) -> float:
    """How likely a fault is the cause, seen by itself: its kind, how often, how early."""
    step = retry_step if group.category in SYMPTOMS | FOLLOWERS else repeat_step
    weight = 1 + step * min(math.log2(len(group.times)), 8.0)  # repetition supports a fault, it does not prove a cause
    lag = max(group.times[0] - onset - batch_ns, 0)
    early = 1 + onset_bonus * (1 - min(lag / max(last - onset, late_ns), 1.0))
    return (0.1 + 0.9 * group.rank / 100) * weight * early / (1.64 * (1 + onset_bonus) * max_upstream_bonus)


# --- what was there before -----------------------------------------------------------------------------------------


def _mark_noise(groups: Sequence[_Group], first: int, last: int) -> None:
    """Faults that went on before, during and after the others; never one that explains a fault that did not."""
    if len(groups) < 2 or last <= first:
        return
    news = [g for g in groups if g.times[0] > first + quiet_share * (last - first)]
    onset = min((g.times[0] for g in news), default=None)
    for group in groups:
        group.noise = _is_even(group, first, last) or (onset is not None and _went_on(group, first, onset, last))
    pending = [group for group in groups if not group.noise]
    while pending:  # the only cause of what is no noise is none either, nor is the only cause of that cause
        causes = pending.pop().causes
        for cause in causes:
            if cause.noise and all(other.noise for other in causes):
                cause.noise = False
                pending.append(cause)


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
    for group in groups:
        group.causes = [g for g in groups if g is not group and _in_time(g, group, span) and _explains(g, group)]
    circles = {(id(g), id(c)) for g in groups for c in g.causes if any(g is back for back in c.causes)}
    for group in groups:  # of two that name each other the one of the stronger kind may explain the other, else none
        group.causes = [g for g in group.causes if (id(group), id(g)) not in circles or g.rank > group.rank]


def _mark_bystanders(groups: Sequence[_Group], span: int) -> None:
    for group in groups:
        possible = [g for g in groups if _in_time(g, group, span) and g.noise <= group.noise]
        group.alone = min((_share_beside(g, group) for g in possible), default=1.0)


def _in_time(cause: _Group, symptom: _Group, span: int) -> bool:
    """Whether a fault was there early enough to be the cause; events of Kubernetes repeat ever more seldom."""
    lasts = cause.category in STANDING or cause.sample.runbook in STATES or _at_the_store(cause, symptom)
    patience = max(late_ns, int(span * (standing_share if lasts else late_share)))
    return cause.times[0] <= symptom.times[0] + patience


def _weigh_causes(groups: Sequence[_Group]) -> None:
    callers: dict[int, set[str]] = {}
    for group in groups:
        causes = [g for g in group.causes if g.noise <= group.noise]
        if causes:
            group.score *= downstream_share
        else:
            group.score *= group.alone
        for cause in causes:
            callers.setdefault(id(cause), set()).add(group.app or "")
    for group in groups:
        apps = callers.get(id(group))
        if apps and not any(g.noise <= group.noise for g in group.causes):  # the last link of a chain gets the credit
            group.score *= min(upstream_bonus + upstream_step * (len(apps) - 1), max_upstream_bonus)


def _explains(cause: _Group, symptom: _Group) -> bool:
    if cause.app == symptom.app and cause.app is not None and _same_place(cause, symptom):
        return _explains_in_app(cause, symptom)
    if cause.category is Category.UNKNOWN:
        return False
    if symptom.app is None and cause.app is not None and cause.category is symptom.category in KILLED:
        return True
    if symptom.category is Category.DNS and cause.app is not None and cause.app.startswith(RESOLVERS):
        return True
    if cause.category is Category.NODE and symptom.category in OF_NODES:
        return True
    if _at_the_store(symptom, cause):
        return False
    if _behind_proxy(cause, symptom) or _at_the_store(cause, symptom):
        return True
    if symptom.category in SYMPTOMS:
        named = symptom.hosts | symptom.words
        return (cause.category not in SYMPTOMS or cause.app != symptom.app) and _any_names(named, cause)
    if symptom.category in FOLLOWERS - {Category.HPA}:
        return _any_names(symptom.words, cause)
    return symptom.category in WAITERS and cause.category not in SYMPTOMS and _any_names(symptom.words, cause)


def _explains_in_app(cause: _Group, symptom: _Group) -> bool:
    first, then = _stage(cause), _stage(symptom)
    if symptom.category not in FOLLOWERS or first >= then or cause.category is Category.UNKNOWN:
        return False
    # an app that cannot reach another may fail for it, but not before
    return cause.category not in SYMPTOMS or cause.times[0] <= symptom.times[0] + batch_ns


def _stage(group: _Group) -> int:
    return STAGES[Category.UNKNOWN] if group.sample.runbook == EXITED else STAGES.get(group.category, 0)


def _behind_proxy(cause: _Group, symptom: _Group) -> bool:
    """Whether a proxy's complaint may be about the app that has a fault of its own."""
    if symptom.category not in SYMPTOMS | {Category.UNKNOWN} or not _is(PROXY, symptom) or _is(PROXY, cause):
        return False
    return cause.category not in SYMPTOMS and cause.category is not Category.HPA


def _at_the_store(cause: _Group, symptom: _Group) -> bool:
    """Whether a client prints, or waits for, what the data store reports of itself."""
    if not _is(STORE, cause) or _is(STORE, symptom):
        return False
    same = cause.category is symptom.category and cause.category in SERVED
    if symptom.category is Category.DB_LOCK:
        return same or (cause.category in STALLS and DATABASE.search(cause.app or "") is not None)
    return same or (symptom.category in WAITERS and STAGES.get(cause.category, 0) == 0)


def _share_beside(cause: _Group, symptom: _Group) -> float:
    """What a symptom keeps beside another app's fault that it does not clearly name."""
    own_fault = STAGES.get(cause.category, 0) == 0 or cause.category in (Category.APP_CRASH, Category.IMAGE_PULL)
    if symptom.category not in SYMPTOMS or cause.app == symptom.app or not own_fault:
        return 1.0
    names = [host for host in symptom.hosts if any(letter.isalpha() for letter in host.partition(":")[0])]
    if not names or cause.app is None or any(_parts(host) & _parts(cause.app) for host in names):
        return bystander_share
    is_near = _same_place(cause, symptom) and cause.times[0] <= symptom.times[0] + batch_ns
    return stranger_share if is_near else 1.0


def _parts(name: str) -> set[str]:
    """The telling words of a host's or an app's name."""
    return {w for w in name.partition(".")[0].split("-") if len(w) >= min_name_chars} - SERVICE_SUFFIXES - COMMON_PARTS


def _is(kind: re.Pattern[str], group: _Group) -> bool:
    return group.app is not None and kind.search(group.app) is not None


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
    stem, _, suffix = labels[0].rpartition("-")
    return (
        labels[0] == group.app
        or (len(labels) > 1 and labels[1] == group.app)
        or (stem == group.app and (suffix.isdigit() or suffix in SERVICE_SUFFIXES or len(labels) > 1))
        or (len(labels[0]) >= min_suffix_chars and group.app.endswith("-" + labels[0]))  # release name before it
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
