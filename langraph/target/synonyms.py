"""What some charts call a value that most call otherwise; looked for only where it is set. Data."""

from langraph.models.incident import ValuePath

_CLAIM: ValuePath = ("resources", "requests", "storage")

_SIZES: tuple[ValuePath, ...] = (
    ("persistentVolume", "size"),
    ("persistentVolumeClaim", "size"),
    ("persistence", "storage"),
    ("persistence", "storageSize"),
    ("persistence", "volumeClaimSpec", *_CLAIM),
    ("persistence", "volumeSize"),
    ("persistence", "capacity"),
    ("persistence", *_CLAIM),
    ("dataStorage", "size"),
    ("dataStorage", "capacity"),
    ("dataVolume", "size"),
    ("storage", "size"),
    ("storage", "storageSize"),
    ("storage", "requestedSize"),
    ("storage", "persistentVolume", "size"),
    ("storage", "volumeClaimTemplate", "spec", *_CLAIM),
    ("storage", *_CLAIM),
    ("storageSpec", "volumeClaimTemplate", "spec", *_CLAIM),
    ("volume", "size"),
    ("volumeClaim", "size"),
    ("volumeClaimTemplate", "spec", *_CLAIM),
    ("volumeClaimTemplate", *_CLAIM),
    ("pvc", "size"),
    ("pvc", "storage"),
    ("db", "pvc", "storage"),
    ("volumeClaimTemplates", 0, "spec", *_CLAIM),
    ("volumeSpec", "persistentVolumeClaim", *_CLAIM),
    ("volumeSpec", "pvc", *_CLAIM),
    ("volumes", "data", "dynamic", "requests", "storage"),
)
"""Bitnami and the scaffold say `persistence.size`; Prometheus, Vault, Redpanda, Victoria Metrics, JupyterHub, the
operators of Prometheus, Elasticsearch, PostgreSQL (Percona, Zalando) and many others have words of their own."""

_MOST_COPIES: tuple[ValuePath, ...] = (
    ("autoscaling", "hpa", "maxReplicas"),
    ("autoscaling", "horizontal", "maxReplicas"),
    ("autoscaling", "maxReplicaCount"),
    ("autoscaler", "maxReplicas"),
    ("horizontalPodAutoscaler", "maxReplicas"),
    ("hpa", "maxReplicas"),
    ("hpa", "max"),
    ("keda", "maxReplicas"),
    ("keda", "maxReplicaCount"),
    ("scaledObject", "maxReplicaCount"),
    ("maxReplicas",),
    ("maxReplicaCount",),
)


def _probe(kind: str, last: str) -> tuple[ValuePath, ...]:
    """Bitnami's custom probe, and the blocks of probes of common library charts."""
    return (
        (f"custom{kind.title()}Probe", last),
        (f"{kind}Probes", last),
        ("probes", kind, last),
        ("probes", kind, "spec", last),
        ("probes", f"{kind}Probe", last),
        ("probe", kind, last),
        ("health", f"{kind}Probe", last),
        ("healthChecks", f"{kind}Probe", last),
        ("healthCheck", f"{kind}Probe", last),
        (f"{kind}", last),
    )


SYNONYMS: dict[ValuePath, tuple[ValuePath, ...]] = {
    # Redpanda, JupyterHub's single users, Neo4j
    ("resources", "limits", "memory"): (
        ("resources", "memory", "container", "max"),
        ("memory", "limit"),
        ("memoryLimit",),
        ("memLimit",),
        ("limits", "memory"),
        ("resources", "memory"),
    ),
    ("resources", "limits", "cpu"): (("cpu", "limit"), ("resources", "cpu"), ("cpuLimit",), ("limits", "cpu")),
    ("persistence", "size"): _SIZES,
    ("autoscaling", "maxReplicas"): _MOST_COPIES,
    **{
        (f"{kind}Probe", last): _probe(kind, last)
        for kind in ("liveness", "readiness", "startup")
        for last in ("initialDelaySeconds", "failureThreshold", "timeoutSeconds", "periodSeconds")
    },
}

CLAIMED = ("existingClaim", "existingVolumeClaim", "existingPersistentVolumeClaim", "claimName")
"""Beside a volume's size: a volume of its own, made elsewhere, whose size the values do not say."""

OVERRIDES = {f"{kind}Probe": f"custom{kind.title()}Probe" for kind in ("liveness", "readiness", "startup")}
"""Keys that are not read where the other one holds something."""
