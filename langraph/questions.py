"""PromQL made from templates and checked names; log text never becomes a query. Pure."""

import re
from string import Template

from langraph.models.incident import Incident

APP_LABELS = frozenset({"namespace", "app", "app_kubernetes_io_name", "k8s_app", "service_name", "container"})
"""Stream labels that name the app rather than one of its pods or lines."""

PEAKS = {
    "memory": 'max(max_over_time(container_memory_working_set_bytes{namespace="$namespace",pod=~"$pod",'
    'container="$container"}[1h]))',
}
"""For values of this kind: the most that was used in the last hour, in the value's unit (bytes)."""

NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")  # RFC 1123, as Kubernetes has it
_NEEDED = re.compile(r"\$\{?(\w+)\}?")


def fill(promql: str, incident: Incident) -> str | None:
    """The question about this incident's app; None when a name it needs is not known.

    `$pod` is a regex of the app's pods, `$container` one of its containers (any when the line named none).
    """
    container = incident.facts.get("container")
    if container is None:
        promql = promql.replace('container="$container"', 'container!=""')
    names = {
        "namespace": incident.namespace,
        "app": incident.app,
        "pod": pods_of(incident.app) if incident.app else None,
        "container": container,
    }
    needed = {match for match in _NEEDED.findall(promql) if match in names}
    if any(not names[name] for name in needed):
        return None
    if any(name and not NAME.fullmatch(name) for name in (incident.namespace, incident.app, container)):
        return None
    return Template(promql).safe_substitute({name: value for name, value in names.items() if value})


def pods_of(app: str) -> str:
    """A PromQL regex of the app's pods: its name alone, or with suffixes of its workload."""
    return app.replace(".", r"\\.") + "(-.*)?"


_STEPS = ((1024**3, "Gi"), (1024**2, "Mi"), (1024, "Ki"))


def with_unit(value: float, unit: str) -> str:
    """A measurement for people: `1.2Gi`, `85 %`, `0.25 cores`."""
    if unit == "bytes":
        for size, suffix in _STEPS:
            if abs(value) >= size:
                return f"{value / size:.3g}{suffix}"
        return f"{value:.0f}B"
    if unit == "ratio":
        return f"{value * 100:.3g} %"
    return f"{value:.4g}" if unit == "count" else f"{value:.4g} {unit}"
