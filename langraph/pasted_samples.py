"""Metric samples as people paste them, two that say something only together: what is there against what there may be.

A pattern sees one line; `process_open_fds 1010` means nothing without `process_max_fds 1024`. Pairs are compared here
and the finding is said as a line of its own, which patterns know. Pure. The series are those of kube-state-metrics,
the kubelet, node-exporter, and the exporters of Redis, PostgreSQL and MySQL, as their documentation describes them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

MAX_TEXT = 200_000  # characters; a page of /metrics
MAX_SAMPLES = 2_000
SAMPLE = re.compile(
    r"^[ \t]{0,8}(?P<name>[a-zA-Z_:][\w:]{2,120})(?P<labels>\{[^{}\n]{0,2000}\})?[ \t]{1,8}(?:=>[ \t])?"
    r"(?P<value>-?\d{1,18}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,3})?)(?:[ \t@][^\n]{0,60})?$",
    re.MULTILINE,
)
LABEL = re.compile(r'([a-zA-Z_]\w{0,80})="((?:[^"\\\n]|\\.){0,400})"')


class Test(Enum):
    """When a pair is a finding."""

    MISSING = "missing"
    USED = "used"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two series that belong together.

    Args:
        part, whole: the names of the series, as regular expressions.
        bound: the share of the whole from which on (`USED`), or up to which (`LEFT`), it is a finding.
        says: how the finding is worded; `{part}`, `{whole}`, `{missing}` are filled in.
    """

    part: re.Pattern[str]
    whole: re.Pattern[str]
    test: Test
    bound: float
    says: str

    def finds(self, part: float, whole: float) -> bool:
        if whole <= 0:
            return False
        if self.test is Test.MISSING:
            return part < whole
        share = part / whole
        return share >= self.bound if self.test is Test.USED else 0 <= share <= self.bound


def _pair(part: str, whole: str, test: Test, bound: float, says: str) -> Pair:
    return Pair(re.compile(part), re.compile(whole), test, bound, says)


UNAVAILABLE = "{missing} of {whole} replicas unavailable"
PAIRS = (
    _pair("kube_deployment_status_replicas_(?:available|ready)", "kube_deployment_(?:spec|status)_replicas",
          Test.MISSING, 0, UNAVAILABLE),
    _pair("kube_statefulset_status_replicas_(?:available|ready)", "kube_statefulset_(?:status_)?replicas",
          Test.MISSING, 0, UNAVAILABLE),
    _pair("kube_daemonset_status_number_(?:available|ready)", "kube_daemonset_status_desired_number_scheduled",
          Test.MISSING, 0, UNAVAILABLE),
    _pair("kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes",
          Test.LEFT, 0.05, "compared: volume nearly full"),
    _pair("kubelet_volume_stats_used_bytes", "kubelet_volume_stats_capacity_bytes",
          Test.USED, 0.95, "compared: volume nearly full"),
    _pair("node_filesystem_(?:avail|free)_bytes", "node_filesystem_size_bytes",
          Test.LEFT, 0.05, "compared: node's disk nearly full"),
    _pair("process_open_fds", "process_max_fds", Test.USED, 0.95, "compared: open files used up"),
    _pair("node_filefd_allocated", "node_filefd_maximum", Test.USED, 0.95, "compared: open files used up"),
    _pair("pg_stat_activity_count|pg_stat_database_numbackends", "pg_settings_max_connections",
          Test.USED, 0.95, "compared: server's connections used up"),
    _pair("mysql_global_status_threads_connected", "mysql_global_variables_max_connections",
          Test.USED, 0.95, "compared: server's connections used up"),
    _pair("redis_connected_clients", "redis_config_maxclients",
          Test.USED, 0.95, "compared: server's connections used up"),
    _pair("hikaricp_connections_active", "hikaricp_connections_max", Test.USED, 1, "compared: pool used up"),
    _pair("redis_memory_used_bytes", "redis_memory_max_bytes|redis_config_maxmemory",
          Test.USED, 0.98, "compared: cache memory used up"),
    _pair("container_cpu_cfs_throttled_periods_total", "container_cpu_cfs_periods_total",
          Test.USED, 0.25, "compared: CPU periods throttled"),
    _pair("kube_horizontalpodautoscaler_status_(?:current|desired)_replicas",
          "kube_horizontalpodautoscaler_spec_max_replicas", Test.USED, 1, "compared: autoscaler at its maximum"),
    _pair("node_nf_conntrack_entries", "node_nf_conntrack_entries_limit",
          Test.USED, 0.95, "compared: connection tracking table full"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sample:
    name: str
    labels: Mapping[str, str]
    written: str
    value: float


def compared(text: str) -> Sequence[str]:
    """A line for each pair that says something: the first sample with its labels, both numbers, the finding."""
    if len(text) > MAX_TEXT or text.count("\n") == 0:
        return ()
    samples = list(_samples(text))
    return [line for pair in PAIRS for line in _findings(pair, samples)] if len(samples) > 1 else ()


def _samples(text: str) -> Iterator[_Sample]:
    for number, found in enumerate(SAMPLE.finditer(text)):
        if number >= MAX_SAMPLES:
            return
        labels = dict(LABEL.findall(found["labels"] or ""))
        yield _Sample(found["name"], labels, f"{found['name']}{found['labels'] or ''}", float(found["value"]))


def _findings(pair: Pair, samples: Sequence[_Sample]) -> Iterator[str]:
    wholes = [one for one in samples if pair.whole.fullmatch(one.name)]
    for part in (one for one in samples if pair.part.fullmatch(one.name)) if wholes else ():
        whole = next((one for one in wholes if _belong(part.labels, one.labels)), None)
        if whole is not None and pair.finds(part.value, whole.value):
            missing = f"{whole.value - part.value:g}"
            said = pair.says.format(part=f"{part.value:g}", whole=f"{whole.value:g}", missing=missing)
            yield f"{part.written} {part.value:g}, {whole.name} {whole.value:g}: {said}"


def _belong(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether every label that both have is equal."""
    return all(one[name] == other[name] for name in one.keys() & other.keys())
