"""What a simulated app takes from its values file: limits, replicas, pool size, probe; as its chart would render it."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from langraph.errors import BadInput, BadQuantity
from langraph.quantity import parse as parse_quantity

# What a chart hands to the app as its pool's upper end; a minimum, an idle time or a timeout is something else.
_POOL = re.compile(r"(?i)pool")
_POOL_UPPER_END = re.compile(r"(?i)max|size")
_POOL_OTHER = re.compile(r"(?i)min|idle|timeout|lifetime")


@dataclass(frozen=True, slots=True)
class Probe:
    """A liveness probe, in seconds and counts; defaults are Kubernetes's own."""

    initial_delay: float = 0.0
    period: float = 10.0
    threshold: int = 3

    @property
    def killed_after(self) -> float:
        """Seconds after its start at which a container that never answers is killed."""
        return self.initial_delay + self.period * (self.threshold - 1)


@dataclass(frozen=True, slots=True)
class AppValues:
    """One app's rendered values; None where the file sets nothing."""

    memory_limit: float | None
    memory_request: float | None
    cpu_limit: float | None
    cpu_request: float | None
    replicas: int | None
    pool_size: int | None
    """What the chart builds the pool from: a key of its own, before a variable of the environment."""
    probe: Probe
    recreate: bool
    """Old pods go before new ones come (`deploymentStrategy: Recreate`)."""
    template: str
    """Ten hex digits over everything but the replicas: the pod template's hash."""


def read_values(data: bytes) -> AppValues:
    """Read a values file.

    Raises:
        BadInput: not YAML, not a mapping, or a value that Kubernetes would refuse.
    """
    try:
        values = yaml.safe_load(data) or {}
    except yaml.YAMLError as cause:
        raise BadInput(f"values file is not YAML: {' '.join(str(cause).split())[:200]}") from cause
    if not isinstance(values, dict):
        raise BadInput(f"values file holds {type(values).__name__}; write a mapping of names to values")
    replicas = _whole(values.get("replicaCount", values.get("replicas")), "replicaCount")
    rendered = {key: value for key, value in values.items() if key not in ("replicaCount", "replicas")}
    return AppValues(
        memory_limit=_resource(values, "limits", "memory"),
        memory_request=_resource(values, "requests", "memory"),
        cpu_limit=_resource(values, "limits", "cpu"),
        cpu_request=_resource(values, "requests", "cpu"),
        replicas=replicas,
        pool_size=next((size for _, size in sorted(_pool_sizes(values), key=_by_kind)), None),
        probe=_probe(values),
        recreate=_mapping(values, "deploymentStrategy").get("type") == "Recreate",
        template=hashlib.sha256(json.dumps(rendered, sort_keys=True, default=str).encode()).hexdigest()[:10],
    )


def _mapping(values: object, *path: str) -> Mapping[str, object]:
    for part in path:
        values = values.get(part) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def _resource(values: Mapping[str, object], kind: str, resource: str) -> float | None:
    """`resources.<kind>.<resource>`, at the top or below the first component that has one (`primary`, `grafana`)."""
    for place in (values, *(v for v in values.values() if isinstance(v, dict))):
        found = _mapping(place, "resources", kind).get(resource)
        if found is None:
            continue
        try:
            return float(parse_quantity(str(found)).value)
        except BadQuantity as cause:
            raise BadInput(f"resources.{kind}.{resource}: {cause}") from cause
    return None


def _whole(value: object, name: str) -> int | None:
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit():
        raise BadInput(f"{name} is {value!r}; write a whole number")
    return int(text)


def _probe(values: Mapping[str, object]) -> Probe:
    probe = next((p for p in (_mapping(v, "livenessProbe") for v in (values, *values.values())) if p), {})
    default = Probe()
    delay = _whole(probe.get("initialDelaySeconds"), "livenessProbe.initialDelaySeconds")
    period = _whole(probe.get("periodSeconds"), "livenessProbe.periodSeconds")
    threshold = _whole(probe.get("failureThreshold"), "livenessProbe.failureThreshold")
    return Probe(float(delay or 0), float(period or default.period), threshold or default.threshold)


def _by_kind(found: tuple[bool, int]) -> bool:
    return found[0]


def _pool_sizes(value: object, path: str = "", *, listed: bool = False) -> Iterator[tuple[bool, int]]:
    """Every number that sizes a pool (`pool.max`, `maximumPoolSize`, an item named `*POOL*SIZE`): (listed?, size)."""
    if isinstance(value, list):
        for item in value:
            name = item.get("name") if isinstance(item, dict) else None
            yield from _pool_sizes(item["value"] if name and "value" in item else item, f"{path}.{name}", listed=True)
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _pool_sizes(inner, f"{path}.{key}", listed=listed)
        return
    leaf = path.rpartition(".")[2]
    if _POOL.search(path) and _POOL_UPPER_END.search(leaf) and not _POOL_OTHER.search(leaf) and str(value).isdigit():
        yield listed, int(str(value))
