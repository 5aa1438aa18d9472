"""Kinds that extend Kubernetes and whose objects are workloads, called as people call the app. Pure."""

import re

_N = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_NS = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_Q = r"""\\{0,3}["']?"""

CUSTOM_WORKLOADS = (
    # batch and machine learning
    "CronWorkflow",
    "SparkApplication",
    "ScheduledSparkApplication",
    "SparkConnect",
    "FlinkDeployment",
    "FlinkSessionJob",
    "RayJob",
    "RayCluster",
    "RayService",
    "DaskCluster",
    "DaskJob",
    "PyTorchJob",
    "TFJob",
    "MPIJob",
    "XGBoostJob",
    "PaddleJob",
    "TrainJob",
    "JobSet",
    "VCJob",
    "LeaderWorkerSet",
    "InferenceService",
    "SeldonDeployment",
    # brokers
    "KafkaConnect",
    "KafkaMirrorMaker2",
    "KafkaMirrorMaker",
    "KafkaBridge",
    "StrimziPodSet",
    "RabbitmqCluster",
    "NatsCluster",
    "PulsarCluster",
    # databases, caches, search
    "PerconaXtraDBCluster",
    "PerconaServerMongoDB",
    "PerconaServerMySQL",
    "PerconaPGCluster",
    "PostgresCluster",
    "PostgreSQL",
    "InnoDBCluster",
    "MongoDBCommunity",
    "MariaDB",
    "ClickHouseInstallation",
    "ClickHouseKeeperInstallation",
    "RedisCluster",
    "RedisFailover",
    "RedisSentinel",
    "RedisReplication",
    "CassandraDatacenter",
    "K8ssandraCluster",
    "ScyllaCluster",
    "TidbCluster",
    "VitessCluster",
    "CrdbCluster",
    "SolrCloud",
    "ZookeeperCluster",
    "EtcdCluster",
    "OpenSearchCluster",
    "ApmServer",
    "EnterpriseSearch",
    # the rest
    "OpenTelemetryCollector",
    "Jaeger",
    "LokiStack",
    "TempoStack",
    "Keycloak",
    "DeploymentConfig",
    "CloneSet",
    "VirtualMachine",
    "VirtualMachineInstance",
    "Canary",
)
"""Argo, Kubeflow, Spark, Flink, Ray, Strimzi, Percona, Zalando, Altinity, ECK, OpenKruise, KubeVirt, Flagger, ..."""

PLAIN_WORDS = frozenset(
    {"kafka", "cluster", "elasticsearch", "kibana", "logstash", "beat", "redis", "mongodb", "cassandra", "tenant"}
)
"""Kinds (Strimzi, CloudNativePG, ECK, ...) that everyday texts say, too: believed in an event's column only."""

NAMED_AS_APP = frozenset(
    {
        *(kind.lower() for kind in CUSTOM_WORKLOADS),
        *PLAIN_WORDS,
        # routes, called as the app behind them
        "httproute",
        "grpcroute",
        "tcproute",
        "tlsroute",
        "httpproxy",
        "ingressroute",
        "ingressroutetcp",
        "virtualservice",
        "route",
        # what scales, delivers or guards one workload
        "scaledobject",
        "scaledjob",
        "helmrelease",
        "verticalpodautoscaler",
        "vpa",
        "poddisruptionbudget",
        "pdb",
    }
)
"""Kinds that extend Kubernetes and whose objects people call after the app."""

CUSTOM_LABELS = (
    *(
        kind.lower()
        for kind in CUSTOM_WORKLOADS
        if kind not in {"Canary", "MariaDB", "PostgreSQL", "Jaeger", "Keycloak"}
    ),
    "spark_application",
    "spark_app_name",
    "sparkoperator_k8s_io_app_name",
    "ray_io_cluster",
    "strimzi_io_cluster",
    "cnpg_io_cluster",
    "cnpg_cluster",
    "serving_knative_dev_service",
    "knative_service",
    "elasticsearch_k8s_elastic_co_cluster_name",
    "kibana_k8s_elastic_co_name",
)
"""Labels named after a kind, or that an operator puts on the pods that it makes."""

_KINDS = "|".join(CUSTOM_WORKLOADS)
SAID_CUSTOM = re.compile(
    rf"\b(?P<kind>{_KINDS}) {_Q}(?:(?P<namespace>{_NS})/)?"
    rf"(?!(?:controllers?|operators?|resources?|objects?|status|spec|jobs?|pods?|crds?|is|was|has|in|not|did)\b[^-.])"
    rf"(?P<name>{_N}){_Q}(?=(?:[:,;)]| (?:failed|in|is|was|has"
    r"|submission|execution|driver|not|could|cannot|restarted|completed|submitted|exceeded|became|did|entered)\b|$))"
)
"""How operators word it in their events and errors: `SparkApplication etl failed: ...`, `RayCluster ml/train is`."""
RECONCILIATION = re.compile(
    rf"\bReconciliation #\d{{1,9}}\(\w{{1,20}}\) (?P<kind>[A-Z][A-Za-z0-9]{{2,60}})"
    rf"\((?P<namespace>{_NS})/(?P<name>{_N})\)"
)
"""How Strimzi's operator begins its lines."""
FLINK = re.compile(
    rf"(?P<kind>FlinkDeployment|FlinkSessionJob)(?:Controller|Observer|Reconciler)\W{{0,4}}\s{{0,4}}"
    rf"\[\w{{4,5}}\s?\]\[(?P<namespace>{_NS})[./](?P<name>{_N})\]"
)
"""How Flink's operator does: controller, level, object."""
ELASTIC = re.compile(
    rf"\bnamespace{_Q}\s?[:=]\s?{_Q}(?P<namespace>{_NS}){_Q}\s?[, ]\s?{_Q}"
    rf"(?:es|kb|kibana|elasticsearch|apm|ls|beat)_name{_Q}"
    rf"\s?[:=]\s?{_Q}(?P<name>{_N}){_Q}"
)
"""The fields of Elastic's operator."""
KNATIVE = re.compile(
    rf"\bknative\.dev/kind{_Q}\s?[:=]\s?{_Q}(?:[a-z0-9.]{{1,60}}\.)?(?P<kind>[A-Z][A-Za-z]{{2,40}}){_Q}.{{1,400}}?"
    rf"\bknative\.dev/(?:key|name){_Q}\s?[:=]\s?{_Q}(?P<namespace>{_NS})/(?P<name>{_N})"
)
"""The fields of Knative's controllers."""
