"""Parts that are told by names around them: a release in a namespace's folder, an item of a list, text in a value."""

import pytest

from langraph.catalogue import Catalogue
from langraph.helm_values import format_path
from langraph.target import Candidates, Wanted, resolve

MEMORY, VOLUME, POOL = "resources.limits.memory", "persistence.size", "database.pool.maxSize"


def place(values: str, app: str, value: str = MEMORY, *, file: str = "", **more: object) -> str | None:
    """Where the value is; None where a person is asked."""
    wanted = Wanted(app, value, **more)  # type: ignore[arg-type]  # each test gives what it is about
    found = resolve(wanted, Catalogue(), {file or "helm-values/shop/values.yaml": values.encode()})
    return None if isinstance(found, Candidates) else format_path(found.path)


# --- one file per release ------------------------------------------------------------------------------------------

THANOS = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: thanos, namespace: monitoring}
spec:
  values:
    query: {resources: {limits: {memory: 4Gi}}}
    compactor: {resources: {limits: {memory: 6Gi}}, persistence: {size: 80Gi}}
"""
THERE = "helm-values/observability/thanos.yaml"


@pytest.mark.parametrize(
    ("app", "value", "namespace", "expected"),
    [
        ("thanos-compactor", MEMORY, "monitoring", "spec.values.compactor.resources.limits.memory"),
        ("thanos-compactor", VOLUME, "monitoring", "spec.values.compactor.persistence.size"),
        ("thanos-query", MEMORY, None, "spec.values.query.resources.limits.memory"),
        ("thanos-compactor", MEMORY, "staging", None),
        ("thanos-sidecar", MEMORY, "monitoring", None),
        ("athanos-query", MEMORY, "monitoring", None),
    ],
)
def test_a_part_of_a_release_in_a_folder_of_another_name(
    app: str, value: str, namespace: str | None, expected: str | None
) -> None:
    assert place(THANOS, app, value, file=THERE, namespace=namespace, pod=f"{app}-0") == expected


def test_a_release_that_bears_the_apps_whole_name_is_no_part_of_its_folder() -> None:
    text = THANOS.replace("name: thanos", "name: shop-api").replace("    query: {", "    {")
    flat = text.partition("  values:")[0] + "  values: {image: {}, resources: {limits: {memory: 1Gi}}}\n"
    found = place(flat, "shop-api", file="helm-values/shop/helmrelease.yaml", pod="shop-api-7d9f8c6b5d-x2k4p")
    assert found == "spec.values.resources.limits.memory"


# --- items of lists ------------------------------------------------------------------------------------------------

WORKERS = """\
web: {resources: {limits: {memory: 512Mi}}}
workers:
  - {name: emails, resources: {limits: {memory: 256Mi}}}
  - {name: thumbnails, resources: {limits: {memory: 1Gi}}}
"""
NODES = """\
nodeSets:
  - {name: masters, env: [{name: ES_JAVA_OPTS, value: -Xmx2g}]}
  - {name: hot, env: [{name: ES_JAVA_OPTS, value: -Xmx4g}]}
"""


@pytest.mark.parametrize(("part", "at"), [("emails", 0), ("thumbnails", 1)])
def test_a_worker_of_a_list_of_workers(part: str, at: int) -> None:
    app = f"shop-worker-{part}"
    assert place(WORKERS, app, pod=f"{app}-7d9f8c6b5d-x2k4p") == f"workers[{at}].resources.limits.memory"


def test_a_worker_that_the_list_does_not_have_is_asked_about() -> None:
    assert place(WORKERS, "shop-worker-ocr", pod="shop-worker-ocr-7d9f8c6b5d-x2k4p") is None


@pytest.mark.parametrize(
    ("pod", "expected"),
    [("shop-es-hot-2", "nodeSets[1].env[0].value.-Xmx"), ("shop-es-cold-0", None)],
)
def test_a_setting_is_that_of_the_item_the_pod_is_called_after(pod: str, expected: str | None) -> None:
    found = place(NODES, "shop-es", "jvm.heap", names=("-Xmx",), kind="bytes", pod=pod, container="elasticsearch")
    assert found == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("pooler error: no more connections allowed (max_client_conn)", "pooler.max_client_conn"),
        ("no more connections", None),
    ],
)
def test_of_settings_with_several_names_the_one_that_the_message_names(message: str, expected: str | None) -> None:
    values = "postgres: {max_connections: 200}\npooler: {max_client_conn: 600}\n"
    names = ("max_connections", "max_client_conn")
    assert place(values, "shop", "database.max_connections", names=names, kind="count", message=message) == expected


def test_a_job_before_the_start_is_what_its_section_is_about() -> None:
    values = "init: {resources: {limits: {memory: 512Mi}}}\nworker: {resources: {limits: {memory: 1Gi}}}\n"
    assert place(values, "shop-init-db", pod="shop-init-db-x7lqn") == "init.resources.limits.memory"


# --- volumes -------------------------------------------------------------------------------------------------------

CLUSTER = "cluster: {storage: {size: 300Gi}, walStorage: {size: 15Gi}}\n"


def test_the_volume_of_the_write_ahead_log_is_none_for_the_data() -> None:
    assert place("cluster: {walStorage: {size: 15Gi}}\n", "shop-cluster", VOLUME, claim="shop-cluster-2") is None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"claim": "shop-cluster-2-wal"}, "cluster.walStorage.size"),
        ({"claim": "shop-cluster-2"}, "cluster.storage.size"),
        ({"message": 'could not write "/var/lib/postgresql/wal/pg_wal/000": full'}, "cluster.walStorage.size"),
        ({"message": 'could not extend file "base/16384/2619": No space left'}, "cluster.storage.size"),
    ],
)
def test_the_volume_of_the_write_ahead_log_is_changed_only_where_it_is_named(
    more: dict[str, str], expected: str
) -> None:
    assert place(CLUSTER, "shop-cluster", VOLUME, **more) == expected


# --- values inside texts -------------------------------------------------------------------------------------------

KEYCLOAK = """\
image: {}
extraEnv: |
  - name: KC_DB_POOL_MAX_SIZE
    value: "20"
  - name: JAVA_OPTS_APPEND
    value: -Xmx1g
startupProbe: |
  httpGet: {path: /health, port: http}
  failureThreshold: 60
livenessProbe: |
  {{ toYaml .Values.probe }}
"""


@pytest.mark.parametrize(
    ("value", "more", "expected"),
    [
        (POOL, {}, "extraEnv.|[0].value"),
        ("startupProbe.failureThreshold", {}, "startupProbe.|.failureThreshold"),
        ("jvm.heap", {"names": ("-Xmx",), "kind": "bytes"}, "extraEnv.|[1].value.-Xmx"),
        ("startupProbe.periodSeconds", {}, None),  # the chart's default; a probe is not written half
        ("livenessProbe.failureThreshold", {}, None),
    ],
)
def test_what_a_chart_takes_as_text_is_read_as_what_it_is(
    value: str, more: dict[str, object], expected: str | None
) -> None:
    assert place(KEYCLOAK, "shop", value, pod="shop-0", **more) == expected


def test_a_path_that_is_written_as_one_key_is_a_pools_size_too() -> None:
    values = "image: {}\napp: {properties: {spring.datasource.hikari.maximum-pool-size: 24}}\n"
    found = place(values, "shop", POOL, message="HikariPool-1 - Connection is not available")
    assert found == '["app", "properties", "spring.datasource.hikari.maximum-pool-size"]'


# --- folders called after releases ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "app", "expected"),
    [
        ("controller: {image: {}, %s}\ndefaultBackend: {%s}\n", "shop-ingress-nginx-controller", "controller."),
        ("controller: {image: {}, %s}\ndefaultBackend: {%s}\n", "shop-ingress-nginx-defaultbackend", "defaultBackend."),
        ("image: {}\n%s\n", "shop-fluent-bit", ""),
        ("master: {%s}\nreplica: {%s}\n", "shop-redis-master", "master."),
        ("image: {}\n%s\nredis: {master: {%s}}\n", "shop-redis-master", "redis.master."),
        ("image: {}\n%s\n", "shop-redis", None),  # what an app has beside itself, or the folder's own chart
        ("image: {}\n%s\n", "shop-payments", None),
    ],
)
def test_behind_the_releases_name_stands_the_charts(values: str, app: str, expected: str | None) -> None:
    limits = "resources: {limits: {memory: 1Gi}}"
    found = place(values.replace("%s", limits), app, pod=f"{app}-7d9f8c6b5d-x2k4p")
    assert found == (None if expected is None else f"{expected}{MEMORY}")


# --- folders called after namespaces, and releases that only labels name -------------------------------------------

MYSQL = "primary: {resources: {limits: {memory: 1Gi}}}\nsecondary: {resources: {limits: {memory: 2Gi}}}\n"


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [("shop-db", "primary.resources.limits.memory"), ("other", None), (None, None)],
)
def test_a_chart_below_the_namespaces_folder_is_that_of_its_releases(
    namespace: str | None, expected: str | None
) -> None:
    app = "shop-mysql-primary"
    found = place(MYSQL, app, file="helm-values/shop-db/mysql/values.yaml", namespace=namespace, pod=f"{app}-0")
    assert found == expected


def test_another_namespaces_chart_of_that_name_is_none_of_its_layers() -> None:
    app, here, there = (
        "shop-mysql-primary",
        "helm-values/shop-db/mysql/values.yaml",
        "helm-values/crm/mysql/values.yaml",
    )
    wanted = Wanted(app, MEMORY, namespace="shop-db", pod=f"{app}-0")
    found = resolve(wanted, Catalogue(), {here: MYSQL.encode(), there: MYSQL.encode()})
    assert not isinstance(found, Candidates)
    assert found.file == here


def test_a_release_that_the_labels_name_is_found_whatever_its_objects_are_called() -> None:
    release = THANOS.replace("name: thanos", "name: opensearch-data").partition("  values:")[0]
    values = release + '  values: {nodeGroup: data, clusterName: logs, opensearchJavaOpts: "-Xms6g -Xmx6g"}\n'
    more = {"names": ("-Xmx",), "kind": "bytes", "namespace": "monitoring", "pod": "logs-data-1"}
    path = "spec.values.opensearchJavaOpts.-Xmx"
    assert place(values, "logs-data", "jvm.heap", file=THERE, releases=("opensearch-data",), **more) == path
    assert place(values, "logs-data", "jvm.heap", file=THERE, **more) is None


# --- connection strings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Host=pg;Username=c;Password=$(PG_PASSWORD);Maximum Pool Size=50;Timeout=15", "~Maximum Pool Size"),
        ("Server=sql;Max Pool Size=100", "~Max Pool Size"),
        ("postgresql://app:${PASSWORD}@pg:5432/shop?schema=public&connection_limit=5", "~connection_limit"),
        ("mongodb://db/shop?maxPoolSize=20", "~maxPoolSize"),
        ("Host=pg;Password=hunter2;Maximum Pool Size=50", None),  # a diff would show the password
        ("postgresql://app:hunter2@pg/shop?connection_limit=5", None),
        ("Host=pg;Minimum Pool Size=5", None),
    ],
)
def test_a_pools_size_in_a_connection_string(text: str, part: str | None) -> None:
    message = "The connection pool has been exhausted"
    for values, path in (
        (f'image: {{}}\nenv: {{DB: "{text}"}}\n', ["env", "DB"]),
        (f'image: {{}}\nenv: [{{name: DB, value: "{text}"}}]\n', ["env", 0, "value"]),
        (f'image: {{}}\ndatabase: {{connectionString: "{text}"}}\n', ["database", "connectionString"]),
    ):
        found = place(values, "shop", POOL, message=message)
        assert found == (None if part is None else format_path((*path, part)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"-Xmx1g -Dkey=x"', "opts.-Xmx"),
        ('"-Xmx1g -Ddb.password=hunter2"', None),
        ("|\n  -Xmx1g\n  -Ddb.password=hunter2\n", "opts.-Xmx"),  # the changed line shows nothing
    ],
)
def test_a_line_that_holds_a_password_is_left_to_a_person(text: str, expected: str | None) -> None:
    found = place(f"image: {{}}\nopts: {text}\n", "shop", "jvm.heap", names=("-Xmx",), kind="bytes", pod="shop-0")
    assert found == expected


# --- what an ApplicationSet fills in -------------------------------------------------------------------------------

SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
spec:
  generators:
    - list:
        elements:
          - {%s, memory: 768Mi, maxReplicas: "2"}
          - {%s, memory: 1Gi, maxReplicas: "8"}
  template:
    metadata: {name: "claims-{{ .env }}"}
    spec:
      source:
        helm:
          releaseName: claims
          valuesObject: {image: {}, resources: {limits: {memory: "{{ .memory }}", cpu: "{{ .cpu }}"}}}
"""


@pytest.mark.parametrize(
    ("staging", "prod", "value", "expected"),
    [
        ("namespace: claims-staging", "namespace: claims-prod", MEMORY, "spec.generators[0].list.elements[1].memory"),
        ("env: stage", "env: production", MEMORY, "spec.generators[0].list.elements[1].memory"),
        ("cluster: west", "cluster: east", MEMORY, None),
        (
            "env: stage",
            "env: prod",
            "resources.limits.cpu",
            "spec.template.spec.source.helm.valuesObject.resources.limits.cpu",  # nobody sets it; a person is told
        ),
    ],
)
def test_a_parameter_is_set_where_the_generator_has_it(
    staging: str, prod: str, value: str, expected: str | None
) -> None:
    more = {"namespace": "claims-prod", "environment": frozenset({"claims-prod", "claims", "prod"})}
    file = "helm-values/applicationsets/claims.yaml"
    assert place(SET % (staging, prod), "claims", value, file=file, pod="claims-7d9f8c6b5d-x2k4p", **more) == expected


RUNNER = """\
resources: {limits: {memory: 256Mi}}
runners:
  config: |
    [[runners]]
      [runners.kubernetes]
        memory_limit = "2Gi"
        helper_memory_limit = "512Mi"
        memory_limit_overwrite_max_allowed = "8Gi"
"""


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ("build", "runners.config.~memory_limit"),
        ("helper", "runners.config.~helper_memory_limit"),
        ("svc-0", None),
        (None, "runners.config.~memory_limit"),
    ],
)
def test_a_gitlab_jobs_memory_is_not_the_runners(container: str | None, expected: str | None) -> None:
    pod, file = "runner-t1zxk9pqw-project-318-concurrent-4-v7c2hd6k", "helm-values/gitlab-runner/values.yaml"
    assert place(RUNNER, "gitlab-runner", file=file, pod=pod, container=container, kind="memory") == expected
    own = place(RUNNER, "gitlab-runner", file=file, pod="gitlab-runner-7d9f8c6b5d-x2k4p", container="gitlab-runner")
    assert own == MEMORY


# --- layers: Helm merges mappings, lists and texts it replaces -----------------------------------------------------

FLAGS = ("-Xmx",)


@pytest.mark.parametrize(
    ("below", "above", "expected"),
    [
        (
            '[{name: OPTS, value: "-Xmx1g"}]',
            '[{name: MODE, value: x}, {name: OPTS, value: "-Xmx2g"}]',
            "env[1].value.-Xmx",
        ),
        ('[{name: OPTS, value: "-Xmx1g"}]', "[{name: MODE, value: x}]", None),
        ('{OPTS: "-Xmx1g"}', "{MODE: x}", "env.OPTS.-Xmx"),
        ('{OPTS: "-Xmx1g"}', '{OPTS: "-Xms1g"}', None),
        ('{OPTS: "-Xmx1g"}', "{}", "env.OPTS.-Xmx"),
    ],
    ids=["list by list", "list without it", "mappings are merged", "text by text", "nothing above"],
)
def test_what_a_later_layer_replaces_is_no_place_any_more(below: str, above: str, expected: str | None) -> None:
    files = {
        "helm-values/shop/values.yaml": f"image: {{}}\nenv: {below}\n".encode(),
        "helm-values/shop/values-prod.yaml": f"env: {above}\n".encode(),
    }
    environment = frozenset({"prod"})
    wanted = Wanted("shop", "jvm.heap", names=FLAGS, kind="bytes", pod="shop-0", environment=environment)
    found = resolve(wanted, Catalogue(), files)
    assert (None if isinstance(found, Candidates) else format_path(found.path)) == expected


# --- settings of parts and of servers ------------------------------------------------------------------------------

REPLICATED = """\
primary: {image: {}, extendedConfiguration: "max_connections = 200"}
readReplicas: {replicaCount: 2, extendedConfiguration: "max_connections = 300"}
"""


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        ("orders-pg-postgresql-read-1", "readReplicas.extendedConfiguration.~max_connections"),
        ("orders-pg-postgresql-primary-0", "primary.extendedConfiguration.~max_connections"),
        ("orders-pg-postgresql-witness-0", None),
    ],
)
def test_a_servers_setting_is_that_of_the_part_whose_pod_tells(pod: str, expected: str | None) -> None:
    more = {"names": ("max_connections",), "software": ("postgres",), "kind": "count", "container": "postgresql"}
    file = "helm-values/orders/postgresql/values.yaml"
    assert place(REPLICATED, "postgresql", "database.max_connections", file=file, pod=pod, **more) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ('image: {}\ncache: {config: "maxmemory 1gb"}\n', "cache.config.~maxmemory"),
        ('image: {}\ncache: {config: "maxmemory 1gb"}\njobs: {config: "maxmemory 2gb"}\n', None),
        ('image: {}\ncache: {config: "maxmemory 1gb"}\nlocal: {maxmemory: 1gb}\n', "cache.config.~maxmemory"),
    ],
    ids=["one", "one chart under two aliases", "another's setting of that name"],
)
def test_which_of_two_stores_a_client_means_nobody_can_know(values: str, expected: str | None) -> None:
    more = {"names": ("maxmemory",), "software": ("redis", "cache"), "kind": "bytes", "container": "shop"}
    assert place(values, "shop", "cache.maxmemory", pod="shop-0", **more) == expected


@pytest.mark.parametrize(
    ("values", "app", "expected"),
    [
        ("image: {}\ncpuLimit: 400m\nmemoryLimit: 1Gi\n", "shop", "memoryLimit"),
        ("image: {}\nworker: {limits: {memory: 1Gi}}\n", "shop-worker", "worker.limits.memory"),
    ],
)
def test_short_words_for_a_limit(values: str, app: str, expected: str) -> None:
    assert place(values, app, pod=f"{app}-7d9f8c6b5d-x2k4p") == expected


def test_a_release_that_bears_its_charts_name_is_one_folder() -> None:
    values = "daemon: {resources: {limits: {memory: 1Gi}}}\nweb: {resources: {limits: {memory: 1Gi}}}\n"
    app, more = "dagster-dagster-daemon", {"releases": ("dagster",), "file": "helm-values/data/dagster/values.yaml"}
    assert place(values, app, pod=f"{app}-7d9f8c6b5d-x2k4p", **more) == "daemon.resources.limits.memory"


# --- what nobody can know ------------------------------------------------------------------------------------------

TWO_HEAPS = 'controller: {replicaCount: 3, heapOpts: "-Xmx1g"}\nbroker: {replicaCount: 3, heapOpts: "-Xmx1g"}\n'


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        (None, None),
        ("shop-controller-0", "controller.heapOpts.-Xmx"),
        ("shop-broker-0", "broker.heapOpts.-Xmx"),
        ("shop-0", "controller.heapOpts.-Xmx"),  # the chief's pod bears the chart's name
    ],
)
def test_without_a_pod_nobody_knows_which_parts_setting_it_is(pod: str | None, expected: str | None) -> None:
    assert place(TWO_HEAPS, "shop", "jvm.heap", names=FLAGS, kind="bytes", pod=pod, container="shop") == expected


@pytest.mark.parametrize(
    ("row", "container", "expected"),
    [
        ("shop-0   1/2     OOMKilled   6 (58s ago)   8d", None, None),
        ("shop-0   0/1     OOMKilled   6 (58s ago)   8d", None, MEMORY),
        ("shop-0   1/2     OOMKilled   6 (58s ago)   8d", "shop", MEMORY),
    ],
)
def test_which_of_a_pods_containers_was_killed_a_list_of_pods_does_not_say(
    row: str, container: str | None, expected: str | None
) -> None:
    values = "image: {}\nresources: {limits: {memory: 1Gi}}\nmetrics: {resources: {limits: {memory: 64Mi}}}\n"
    assert place(values, "shop", pod="shop-0", container=container, message=row) == expected
