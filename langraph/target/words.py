"""What charts call their sections and containers, as people agree on it without a standard; names compared. Pure."""

import re

# --- containers and parts ------------------------------------------------------------------------------------------

INJECTED = (
    "istio-proxy", "istio-init", "linkerd-*", "envoy*", "vault-agent*", "daprd", "fluent*", "promtail", "filebeat",
    "datadog-*", "cloud-sql-proxy", "cloudsql-proxy", "consul-dataplane", "kuma-*", "dapr-*", "aws-otel-collector",
    "otc-container", "opentelemetry-auto-instrumentation*", "xray-daemon", "dynatrace-*", "twistlock-*", "newrelic-*",
)  # fmt: skip
"""Containers that something else puts into the pod: no values of the app are theirs."""

HELPERS = (
    "*-proxy", "*-sc-*", "*reloader*", "*sidecar*", "*-reload", "*exporter*", "*-agent", "init-*", "wait-for-*",
    "*-init", "metrics", "git-sync", "*-groomer", "*-tailer", "*-shipper", "*-watcher", "volume-permissions",
    "*migrat*", "csi-*", "liveness-probe", "livenessprobe", "node-driver-registrar", "sentinel", "dind", "*workhorse",
    "registryctl", "kubectl", "busybox", "copy*", "chown*", "mkdir*", "sysctl*", "fix-*", "change-*",
)  # fmt: skip
"""Containers that are rarely the app itself, unless the workload is called so too."""

PROGRAM_OF = (
    ("*kong*", "proxy"),
    ("*istio*gateway*", "istio-proxy"),
    ("*istio*gress*", "istio-proxy"),
    ("*gateway*", "envoy"),
    ("*envoy*", "envoy"),
)
"""Apps whose own program is called as elsewhere only a helper is."""

HELPER_WORDS = frozenset({
    "proxy", "sidecar", "exporter", "agent", "init", "wait", "reloader", "reload", "sync", "syncer", "shipper",
    "watcher", "tailer", "tail", "groomer", "log", "logs", "logger", "logging", "logrotate", "logstash", "vector",
    "telegraf", "otel", "collector", "opa", "dataplane", "setup", "copy", "chown", "permissions", "certs", "bootstrap",
    "configure", "configurator", "installer", "install", "download", "downloader", "fetch", "clone", "seed", "backup",
    "restore", "cleanup", "cleaner", "dump", "rotate", "migrate", "migration", "migrations", "prepare", "check",
    "checker", "nanny", "resizer", "warmer", "prober", "pusher", "uploader", "tunnel", "stunnel", "socat", "tailscale",
    "cloudflared", "create", "patch", "render", "template", "waiter", "poststart", "prestart", "pre", "post",
})  # fmt: skip
"""Words in the names of containers that do something for the app, unless the workload is called so too."""

ERRAND_VERBS = frozenset({
    "init", "wait", "configure", "setup", "copy", "migrate", "bootstrap", "prepare", "install", "download", "fetch",
    "clone", "seed", "create", "check", "render", "chown", "cleanup", "register", "patch",
})  # fmt: skip
"""With what the names of containers begin that do one thing before the app starts: `configure-shop`."""

SECTION_OF = (
    ("*-sc-*", "sidecar"),
    ("*config-reloader", "configReloader"),
    ("*config-reloader", "prometheusConfigReloader"),
    ("*-nanny", "addonResizer"),
    ("discovery", "pilot"),
    ("*-pre", "initContainer"),
    ("logs", "logcollector"),
    ("config-reload*", "configAutoReload"),
    ("create", "createSecretJob"),
    ("patch", "patchWebhookJob"),
    ("*configmap-reload", "configmapReload"),
    ("volume-permissions", "volumePermissions"),
    ("cloud*sql-proxy", "cloudSQLProxy"),
    ("cloud*sql-proxy", "googleCloudSQL"),
    ("cloud*sql-proxy", "cloudsql"),
    ("split-brain-fix", "splitBrainDetection"),
    ("csi-provisioner", "provisioner"),
    ("csi-attacher", "attacher"),
    ("csi-resizer", "resizer"),
    ("csi-snapshotter", "snapshotter"),
    ("node-driver-registrar", "registrar"),
)
"""Container names that the common charts give to the container of a section with another name."""

SECTION_OF_WORD = (
    ("read", "readReplicas"),
    ("replica", "readReplicas"),
    ("replicas", "replica"),
    ("admission-webhooks", "webhooks"),
    ("admission-webhook", "webhook"),
    ("operator-metrics-apiserver", "metricServer"),
    ("bookie", "bookkeeper"),
)
"""What labels and pod names of common charts call a section with another name."""

MAIN_NAMES = frozenset({"app", "main", "server", "application", "container", "default"})
"""What people call the only container of a pod."""

MAIN_SECTIONS = frozenset({"server", "primary", "master", "controller", "main", "app"})
"""What charts call the section of the workload that bears the chart's own name."""

MAIN_COMPONENTS = MAIN_SECTIONS | {"application", "manager", "default", "standalone", "solrcloud"}
"""What labels and names call it."""

NEUTRAL = frozenset({"main", "app", "application", "default", "standalone", "manager"})
"""What of that says no more than that it is the chief."""

NODE_GROUPS = frozenset({"nodeGroup", "clusterName", "masterService", "nodeGroups"})
"""Keys of charts of which every group of nodes is a release, with a name of its own."""

PROGRAMS = frozenset({"service", "svc", "api", "web", "backend", "container", "daemon", "program", "pod"})
"""What may stand behind the app's name in that of its only container."""

IN_FRONT = frozenset({"pgbouncer", "haproxy", "envoy", "nginx", "squid", "statsd"})
"""Of that software what stands before or beside a store and is none."""

STORES = frozenset({
    "cache", "queue", "broker", "mq", "db", "database", "kv", "store", "sessions", "bus", "messaging",
})  # fmt: skip
"""Names of apps that are themselves what others use beside them: `sessions-cache` runs `redis`."""

SOFTWARE = frozenset({
    "redis", "valkey", "memcached", "postgres", "postgresql", "pgbouncer", "mysql", "mariadb", "mongo", "mongodb",
    "rabbitmq", "kafka", "zookeeper", "elasticsearch", "opensearch", "clickhouse", "minio", "etcd", "nats",
    "cassandra", "keydb", "dragonfly", "tika", "gotenberg", "browserless", "localstack", "nginx", "haproxy", "envoy",
    "squid", "statsd", "db", "database", "cache",
})  # fmt: skip
"""What apps use beside themselves: in an app of another name such a container or part is not the app."""

ERRANDS = ("migrat*", "*migration*", "cron*", "hook*", "test*", "backup*", "init*", "job", "jobs", "cleanup*")
"""Parts that are jobs beside an app."""

GENERIC = frozenset({"app", "application", "main", "default"})
"""Words that tell one part from another in no chart."""

ROLES = ("-controller", "-server", "-manager", "-provider")
"""What is behind a part's name when its program is meant."""

CHARTS = frozenset({
    "actions-runner-controller", "airflow", "alertmanager", "alloy", "apisix", "argo-cd", "argo-events",
    "argo-rollouts", "argo-workflows", "authentik", "aws-load-balancer-controller", "backstage", "cassandra",
    "cert-manager", "chartmuseum", "cilium", "clickhouse", "cluster-autoscaler", "cockroachdb", "concourse", "consul",
    "coredns", "crossplane", "dagster", "dex", "elasticsearch", "emqx", "etcd", "external-dns", "external-secrets",
    "fluent-bit", "fluentd", "ghost", "gitea", "gitlab-runner", "grafana", "haproxy", "haproxy-ingress", "harbor",
    "influxdb", "influxdb2", "ingress-nginx", "jaeger", "jenkins", "jupyterhub", "kafka", "karpenter", "keda",
    "keycloak", "keycloakx", "kiali-server", "kibana", "kong", "kube-prometheus-stack", "kube-state-metrics",
    "kubernetes-dashboard", "kubernetes-ingress", "kyverno", "linkerd", "logstash", "loki", "longhorn", "mariadb",
    "mariadb-galera", "mattermost-team-edition", "memcached", "metabase", "metallb", "metrics-server",
    "mimir-distributed", "minio", "mlflow", "mongodb", "mysql", "nats", "neo4j", "nextcloud",
    "nexus-repository-manager", "nginx", "nginx-ingress", "oauth2-proxy", "opensearch", "opensearch-dashboards",
    "opentelemetry-collector", "opentelemetry-operator", "pgadmin4", "postgresql", "postgresql-ha", "prometheus",
    "prometheus-adapter", "prometheus-blackbox-exporter", "prometheus-node-exporter", "prometheus-postgres-exporter",
    "prometheus-pushgateway", "promtail", "rabbitmq", "redis", "redis-cluster", "redis-ha", "redpanda", "reloader",
    "sealed-secrets", "selenium-grid", "solr", "sonarqube", "spark-operator", "strimzi-kafka-operator", "superset",
    "tempo", "temporal", "thanos", "traefik", "trino", "trivy-operator", "unleash", "valkey", "vault", "vector",
    "velero", "victoria-metrics-cluster", "victoria-metrics-single", "wordpress", "zabbix", "zookeeper",
})  # fmt: skip
"""Names of charts that are published under them: what stands behind a release's name in those of its objects."""

# --- sections ------------------------------------------------------------------------------------------------------

AUXILIARY = (
    "sidecar*", "*sidecar", "metrics", "*exporter", "init*", "volumepermissions", "test*", "*reloader", "*reload",
    "*proxy", "backup*", "*agent", "downloaddashboards", "extracontainers", "hook*", "sysctl*", "monitoring",
    "createbucket*", "migrat*", "cronjob*", "job", "jobs", "logrotate*", "waitfor*", "*sync", "*groomer", "*apicheck",
)  # fmt: skip
"""Sections (lower case, without dashes) that charts use for helpers; such a helper has a container of its own name."""

COMPONENTS = frozenset({
    "server", "controller", "primary", "master", "replica", "secondary", "readreplicas", "read", "write", "backend",
    "frontend", "web", "worker", "scheduler", "api", "gateway", "ingester", "distributor", "querier", "singlebinary",
    "alertmanager", "webhook", "cainjector", "slave", "node", "coordinator", "data", "broker", "operator",
})  # fmt: skip
"""Top-level sections that mean one workload of several."""

WORKLOAD_KEYS = frozenset({
    "resources", "resourcesPreset", "replicas", "replicaCount", "minReplicas", "image", "persistence", "livenessProbe",
    "readinessProbe", "startupProbe", "nodeSelector", "tolerations", "affinity", "podAnnotations", "podLabels",
    "podSecurityContext", "containerSecurityContext", "extraEnv", "extraEnvVars", "autoscaling", "hpa", "pdb",
    "extraArgs", "updateStrategy", "podDisruptionBudget", "priorityClassName", "extraVolumeMounts", "extraVolumes",
    "terminationGracePeriodSeconds", "topologySpreadConstraints",
})  # fmt: skip
"""Keys by which a section shows that it makes a workload of its own."""

NOT_WORKLOADS = ("global", "image", "persistence", "volumeclaim*", "autoscaling", "service", "ingress", "*probe")
"""Sections (lower case) that hold what a workload's own sections hold too, and make none."""

SCALED = frozenset({"replicas", "replicaCount"})
"""Keys that only a workload's section has."""

CHIEFS = MAIN_SECTIONS | {"web", "webserver", "node", "backend", "api"}
"""Sections that may be the chief workload's where the top level holds the same values for all."""

PRIMARIES = frozenset({"primary", "master", "main", "server", "standalone"})
"""Sections below a sub-chart's that are the workload which bears its name alone: `postgresql.primary`."""

SECONDARY = COMPONENTS - CHIEFS | {
    "ui", "dashboard", "console", "portal", "celery", "beat", "cron", "flower", "proxy", "canary", "pooler", "router",
    "registry", "nodeagent", "clusteragent", "exporter", "runner", "executor", "importer", "indexer", "consumer",
}  # fmt: skip
"""Sections that are seldom the chief workload's, even where they are the only ones with the value."""

FORMS = frozenset({"statefulset", "deployment", "daemonset", "pod", "storage", "cluster"})
"""Top-level sections of charts of one workload that hold its values by the kind of object they go into."""

OF_ITS_OWN = ("spec", "deployment", "statefulset", "daemonset", "pod", "container", "main")
"""What may stand between a workload's section and its `resources`, besides `<section>Spec`."""

INSIDE = frozenset({
    *OF_ITS_OWN, *PRIMARIES, "merge", "internal", "containers", "podtemplate", "template", "nodesets", "deployments",
    "controllers", "workloads", "resources", "healthchecks", "healthcheck", "probes",
})  # fmt: skip
"""What may stand between a section that bears a container's name and the container's values, and is no other's."""

ADDABLE = frozenset({"resources"})
"""What may be added where the file does not name it: every chart has it, in the same form.

Not the probes: one without what it asks (httpGet, exec) is refused by Kubernetes; nor `persistence`: many lack it."""

# --- names ---------------------------------------------------------------------------------------------------------


def plain(name: str) -> str:
    """A name without the differences of spelling between labels and keys."""
    return re.sub(r"[-_.\s]", "", name).lower()


def same(one: str, other: str) -> bool:
    return plain(one) == plain(other)


def same_section(section: str, name: str) -> bool:
    """Whether a section is called so: charts write `workers` for what makes each `worker`, `setupJob` for a `setup`."""
    one, other = plain(section), plain(name)
    alike = one in (other, f"{other}s", f"{other}job", f"{other}cronjob") or f"{one}s" == other
    return bool(one) and (alike or (bool(other) and one in (f"resources{other}", f"{other}resources")))
