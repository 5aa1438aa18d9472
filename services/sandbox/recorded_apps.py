"""The cluster that `examples/` is recorded on: the demo's apps and some more, each with a fault and its values file."""

from collections.abc import Mapping, Sequence

from services.sandbox.apps import ALL_APPS, MIB
from services.sandbox.demo_repository import initial_files
from services.sandbox.scripted_apps import CpuEater, MakeApp, MemoryEater, PoolDrainer

MADE: Mapping[str, tuple[str, MakeApp, str]] = {
    "thumbnailer": ("media", CpuEater.of("thumbnailer", "media", 0.52), "cpu: 300m\n    memory: 256Mi"),
    "search": ("catalog", MemoryEater.of("search", "catalog", 1300 * MIB), "memory: 512Mi"),
    "recommender": ("research", MemoryEater.of("recommender", "research", 1500 * MIB), "memory: 384Mi"),
    "billing": ("finance", MemoryEater.of("billing", "finance", 700 * MIB), "memory: 512Mi"),
    "sessions": ("identity", MemoryEater.of("sessions", "identity", 430 * MIB), "memory: 256Mi"),
    "importer": ("warehouse", MemoryEater.of("importer", "warehouse", 900 * MIB), "memory: 640Mi"),
    "reports": ("analytics", PoolDrainer.of("reports", "analytics", 26), "memory: 768Mi"),
}
"""Apps beside the demo's own: namespace, behaviour, limits."""

VALUES = """\
# {app}: owned by team {namespace}
replicaCount: 1
resources:
  limits:
    {limits}
"""
POOL = """\
database:
  pool:
    maxSize: 15  # of the 100 that the server takes
"""

EVERY_APP: tuple[MakeApp, ...] = (*ALL_APPS, *(made for _, made, _ in MADE.values()))


def first_files(approvers: Sequence[str]) -> dict[str, bytes]:
    """The demo's repository, with more apps, two approvers, and a pause between changes that a recording can wait."""
    files = initial_files(approvers)
    files["helm-values/policy.yaml"] = files["helm-values/policy.yaml"].replace(b"cooldown: 30m ", b"cooldown: 1s ")
    files["helm-values/policy.yaml"] = files["helm-values/policy.yaml"].replace(b"cooldown: 30m\n", b"cooldown: 1s\n")
    files["helm-values/policy.yaml"] = files["helm-values/policy.yaml"].replace(
        b"changes_per_day: 12", b"changes_per_day: 40"
    )
    catalogue = files["helm-values/apps.yaml"].decode()
    for app, (namespace, _, limits) in MADE.items():
        text = VALUES.format(app=app, namespace=namespace, limits=limits) + (POOL if app == "reports" else "")
        files[f"helm-values/{app}/values.yaml"] = text.encode()
        catalogue += f'\n  - app: {app}\n    files: [helm-values/{app}/values.yaml]\n    containers: {{{app}: ""}}\n'
    files["helm-values/apps.yaml"] = catalogue.encode()
    return files
