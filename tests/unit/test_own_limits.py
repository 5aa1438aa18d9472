"""A program's own limit: found by its name, raised instead of what is around it, and together with it where it must."""

from dataclasses import replace
from datetime import timedelta

import pytest

from langraph.catalogue import Catalogue
from langraph.helm_values import find, format_path
from langraph.models.incident import Proposal
from langraph.models.runbook import Remedy, Runbook
from langraph.proposing import NoProposal, propose, rebuild
from langraph.runbooks.catalogue import load
from langraph.stepping import Files
from langraph.target import Place
from tests.evaluation.judging import open_policy
from tests.support.proposals import NOW, diagnosis, incident

FILE = "helm-values/shop/values.yaml"
RUNBOOKS = load().runbooks
POLICY = open_policy()
HEAP = "java.lang.OutOfMemoryError: Java heap space"
ROOMY = """\
image: {repository: shop}
javaOpts: -Xms1g -Xmx1g -XX:+UseG1GC
resources:
  limits:
    memory: 4Gi
"""


def asked(values: str, runbook: str, *, chosen: Place | None = None, **labels: str) -> Proposal | NoProposal:
    files: Files = {FILE: ("ab12", values.encode())}
    facts = {"bound": labels.pop("bound")} if "bound" in labels else {}
    line, container = labels.pop("line", ""), labels.pop("container", "shop")
    fault = replace(incident(), app=labels.pop("app", "shop"), labels=labels, facts=facts, first_line=line)
    return propose(
        fault,
        diagnosis(container),
        RUNBOOKS[runbook],
        files=files,
        catalogue=Catalogue(),
        policy=POLICY,
        history=(),
        now=NOW,
        expires_in=timedelta(hours=24),
        chosen=chosen,
    )


def changes(values: str, runbook: str, **labels: str) -> list[tuple[str, object, object]]:
    made = asked(values, runbook, **labels)
    assert isinstance(made, Proposal), made
    after = rebuild(made, {FILE: values.encode()}, POLICY, (), NOW)
    assert after == {edit.path: edit.after for edit in made.edits}
    return [(format_path(one.path), one.old, one.new) for one in made.changes]


def refused(values: str, runbook: str, **labels: str) -> NoProposal:
    made = asked(values, runbook, **labels)
    assert isinstance(made, NoProposal), made.diff
    return made


# --- the heap and the container around it ----------------------------------------------------------------------------


def test_a_fixed_heap_is_raised_and_not_the_container_that_has_room_for_it() -> None:
    assert changes(ROOMY, "jvm_heap_oom") == [("javaOpts.-Xmx", "1g", "2g")]


def test_a_container_without_room_for_the_new_heap_grows_with_it() -> None:
    tight = ROOMY.replace("4Gi", "1536Mi")
    assert changes(tight, "jvm_heap_oom") == [
        ("javaOpts.-Xmx", "1g", "2g"),
        ("resources.limits.memory", "1536Mi", "3072Mi"),
    ]


def test_a_heap_never_takes_more_than_three_quarters_of_its_container() -> None:
    full = ROOMY.replace("4Gi", "1Gi")
    assert changes(full, "jvm_heap_oom") == [
        ("javaOpts.-Xmx", "1g", "1536m"),
        ("resources.limits.memory", "1Gi", "2Gi"),
    ]


def test_where_the_container_cannot_grow_the_heap_takes_what_room_there_is() -> None:
    at_most = ROOMY.replace("1g", "8g").replace("4Gi", "16Gi")
    assert changes(at_most, "jvm_heap_oom") == [("javaOpts.-Xmx", "8g", "12g")]


def test_without_any_room_a_person_decides() -> None:
    none = ROOMY.replace("1g", "12g").replace("4Gi", "16Gi")
    assert "javaOpts.-Xmx is 12g" in refused(none, "jvm_heap_oom").reason.en


def test_without_a_fixed_heap_the_container_grows_for_the_jvm_takes_a_share_of_it() -> None:
    share = ROOMY.replace("-Xms1g -Xmx1g", "-XX:MaxRAMPercentage=75")
    assert changes(share, "jvm_heap_oom") == [("resources.limits.memory", "4Gi", "8Gi")]


def test_without_a_limit_in_the_values_the_room_is_pointed_at() -> None:
    made = asked("image: {}\njavaOpts: -Xmx1g\n", "jvm_heap_oom")
    assert isinstance(made, Proposal)
    assert "do not say the container's limit" in made.explanation.en
    assert "컨테이너 한도" in made.explanation.ko


def test_a_kill_by_the_kernel_raises_the_container_and_points_at_the_heap() -> None:
    made = asked(ROOMY, "container_oom")
    assert isinstance(made, Proposal)
    assert [(format_path(one.path), one.new) for one in made.changes] == [("resources.limits.memory", "8Gi")]
    assert "-Xmx1g in javaOpts" in made.explanation.en


def test_both_changes_are_told_and_undone_together() -> None:
    made = asked(ROOMY.replace("4Gi", "1536Mi"), "jvm_heap_oom")
    assert isinstance(made, Proposal)
    assert made.explanation.en.count("Change: ") == 2
    assert "+javaOpts: -Xms1g -Xmx1g -XX:+UseG1GC" in made.revert_diff


def test_a_heap_among_forbidden_keys_stays_and_nothing_else_is_raised_instead() -> None:
    in_args = ROOMY.replace("javaOpts: -Xms1g -Xmx1g -XX:+UseG1GC", 'args: ["-Xmx1g", "-jar", "shop.jar"]')
    assert "never changed" in refused(in_args, "jvm_heap_oom").reason.en


def test_a_person_may_choose_one_of_several_heaps() -> None:
    two = "web: {image: {}, javaOpts: -Xmx1g}\nworker: {image: {}, javaOpts: -Xmx512m}\n"
    question = refused(two, "jvm_heap_oom")
    assert [format_path(one.path) for one in question.candidates] == ["web.javaOpts.-Xmx", "worker.javaOpts.-Xmx"]
    made = asked(two, "jvm_heap_oom", chosen=question.candidates[1])
    assert isinstance(made, Proposal)
    assert [(one.old, one.new) for one in made.changes] == [("512m", "1024m")]


# --- by name, wherever a chart keeps it ------------------------------------------------------------------------------

FOUND = [
    ("env: [{name: JAVA_TOOL_OPTIONS, value: -Xmx512m}]", "jvm_heap_oom", {}, "env[0].value.-Xmx", "1024m"),
    ("env: {NODE_OPTIONS: --max-old-space-size=384}", "node_js_heap_oom", {},
     "env.NODE_OPTIONS.--max-old-space-size", "768"),
    ("jvm: {maxHeapSize: 1G}", "jvm_heap_oom", {}, "jvm.maxHeapSize", "2G"),
    ("heapSize: 512", "jvm_heap_oom", {}, "heapSize", 1024),
    ("config: {SHOP_XMX: 256m}", "jvm_heap_oom", {}, "config.SHOP_XMX", "512m"),
    ("env: {JVM: -XX:MaxMetaspaceSize=128m -Xmx1g}", "jvm_metaspace_oom", {},
     "env.JVM.-XX:MaxMetaspaceSize", "256m"),
    ("opts: >-\n  -Xmx1g\n  -XX:MaxDirectMemorySize=256m\n", "jvm_direct_memory_oom", {},
     "opts.-XX:MaxDirectMemorySize", "512m"),
    ("ini: |\n  memory_limit = 128M\n", "php_memory_limit", {"bound": "134217728"}, "ini.~memory_limit", "256M"),
    ("pool: |\n  [www]\n  pm.max_children = 10\n", "worker_setting_reached", {"bound": "10"},
     "pool.~pm.max_children", "15"),
    ("nginx: {workerConnections: '1024'}", "worker_connections_used_up", {"bound": "1024"},
     "nginx.workerConnections", "2048"),
    ("scratch: {sizeLimit: 1Gi}", "emptydir_limit_exceeded", {"bound": "1Gi"}, "scratch.sizeLimit", "2Gi"),
    ("resourceQuota: {hard: {limits.memory: 8Gi}}", "quota_exceeded", {"bound": "8Gi"},
     '["resourceQuota", "hard", "limits.memory"]', "12Gi"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "runbook", "about", "path", "new"), FOUND, ids=[case[3] for case in FOUND])
def test_a_setting_is_found_wherever_a_chart_keeps_it(
    values: str, runbook: str, about: dict[str, str], path: str, new: object
) -> None:
    made = changes(f"image: {{}}\n{values}\n", runbook, **about)
    assert [(where, value) for where, _, value in made] == [(path, new)]


def test_a_value_that_is_not_as_much_as_the_message_says_is_not_meant() -> None:
    values = "image: {}\nnginx: {workerConnections: 1024}\n"
    assert refused(values, "worker_connections_used_up", bound="4096").candidates == ()


def test_of_two_values_as_large_the_one_that_the_message_names_is_meant() -> None:
    values = "image: {}\nscratch: {sizeLimit: 1Gi}\nspool: {sizeLimit: 1Gi}\n"
    line = 'Usage of EmptyDir volume "spool" exceeds the limit "1Gi".'
    assert changes(values, "emptydir_limit_exceeded", bound="1Gi", line=line)[0][0] == "spool.sizeLimit"
    assert len(refused(values, "emptydir_limit_exceeded", bound="1Gi").candidates) == 2


def test_a_quota_is_no_other_memory_of_that_size() -> None:
    values = "image: {}\nresources: {limits: {memory: 8Gi}}\n"
    assert refused(values, "quota_exceeded", bound="8Gi").candidates == ()


# --- whose setting it is ---------------------------------------------------------------------------------------------

SERVER = "image: {}\nprimary: {extendedConfiguration: |\n  max_connections = 100\n}\n".replace(
    "primary: {extendedConfiguration: |\n  max_connections = 100\n}",
    "primary:\n  extendedConfiguration: |\n    max_connections = 100",
)


def test_a_databases_connections_are_raised_in_its_own_values() -> None:
    made = changes(SERVER, "db_connection_limit", container="postgresql")
    assert made == [("primary.extendedConfiguration.~max_connections", "100", "200")]


def test_a_clients_setting_of_that_name_is_not_the_servers() -> None:
    assert refused("image: {}\ndatasource: {maxConnections: 20}\n", "db_connection_limit").candidates == ()


def test_the_server_that_a_clients_chart_brings_along_is_meant() -> None:
    bundled = "image: {}\nredis:\n  commonConfiguration: |\n    maxmemory 96mb\n"
    assert changes(bundled, "cache_maxmemory") == [("redis.commonConfiguration.~maxmemory", "96mb", "192mb")]


BUNDLE = """\
image: {{}}
resources: {{limits: {{memory: 1Gi}}}}
redis:
  commonConfiguration: |
    maxmemory 768mb
{master}"""


def test_room_for_a_bundled_servers_setting_is_made_in_the_servers_container_not_in_the_clients() -> None:
    line = "ReplyError: OOM command not allowed when used memory > 'maxmemory'."
    master = BUNDLE.format(master="  master: {resources: {limits: {memory: 1Gi}}}\n")
    assert changes(master, "cache_maxmemory", line=line) == [
        ("redis.commonConfiguration.~maxmemory", "768mb", "1536mb"),
        ("redis.master.resources.limits.memory", "1Gi", "2Gi"),
    ]
    assert changes(BUNDLE.format(master=""), "cache_maxmemory", line=line) == [
        ("redis.commonConfiguration.~maxmemory", "768mb", "1536mb")  # its container's limit is not in the values
    ]


def test_what_an_exporter_tells_is_about_the_server_beside_it() -> None:
    values = "image: {}\nextraFlags: --max_connections=150\n"
    made = changes(values, "db_connection_limit", container="metrics", pod="shop-mariadb-0")
    assert made == [("extraFlags.--max_connections", "150", "300")]


PARTS = "coordinator: {image: {}, jvm: {maxHeapSize: 1G}}\nworker: {image: {}, jvm: {maxHeapSize: 2G}}\n"


def test_a_parts_setting_is_the_one_in_its_section() -> None:
    made = changes(PARTS, "jvm_heap_oom", container="worker", pod="shop-worker-0")
    assert made == [("worker.jvm.maxHeapSize", "2G", "4G")]


def test_another_parts_setting_is_not_taken_for_a_missing_one() -> None:
    one = "coordinator: {image: {}, jvm: {maxHeapSize: 1G}}\nworker: {image: {}}\n"
    assert isinstance(asked(one, "jvm_heap_oom", container="worker", pod="shop-worker-0"), NoProposal)


def test_a_sidecars_fault_does_not_raise_the_programs_heap() -> None:
    assert isinstance(asked(ROOMY, "jvm_heap_oom", container="jmx-exporter", pod="shop-6d9c7f5b8-m4w2x"), NoProposal)


def test_lines_that_a_log_sidecar_passes_on_are_the_programs() -> None:
    made = changes(ROOMY, "jvm_heap_oom", container="app-log", pod="shop-6d9c7f5b8-m4w2x")
    assert made[0][0] == "javaOpts.-Xmx"


@pytest.mark.parametrize("name", [one.id for one in RUNBOOKS.values() if one.own_limit is not None])
def test_every_own_limit_says_what_it_is_called_and_may_be_found(name: str) -> None:
    runbook: Runbook = RUNBOOKS[name]
    limit: Remedy | None = runbook.own_limit
    assert limit is not None
    assert limit.names
    assert limit.op == "multiply"


def test_a_setting_can_be_looked_up_by_the_path_that_people_see() -> None:
    values = b"conf: |\n  spring.datasource.hikari.maximum-pool-size=10\n"
    path = ("conf", "~spring.datasource.hikari.maximum-pool-size")
    assert format_path(path) == "conf.~spring.datasource.hikari.maximum-pool-size"
    assert find(values, path).value == "10"


@pytest.mark.parametrize(
    ("runbook", "values", "labels", "expected"),
    [
        ("response_header_too_big", "controller: {image: {}, config: {proxy-buffer-size: 8k}}\n", {},
         ("controller.config.proxy-buffer-size", "8k", "16k")),
        ("request_body_too_large", "image: {}\nnginx.conf: |\n  http {\n    client_max_body_size 20m;\n  }\n", {},
         ('["nginx.conf", "~client_max_body_size"]', "20m", "40m")),
        ("packet_too_large", "image: {}\nmysql: {configuration: \"max_allowed_packet=16M\"}\n", {},
         ("mysql.configuration.~max_allowed_packet", "16M", "32M")),
        ("input_buffer_full", "image: {}\nconfig:\n  inputs: |\n    [INPUT]\n        Mem_Buf_Limit 5MB\n", {},
         ("config.inputs.~Mem_Buf_Limit", "5MB", "10MB")),
        ("query_memory_of_one_node", "server: {config: {query: {maxMemory: 90GB}}}\n"
         "worker: {config: {query: {maxMemoryPerNode: 16GB}}}\n", {"bound": "16GB"},
         ("worker.config.query.maxMemoryPerNode", "16GB", "24GB")),
        ("query_memory_of_the_cluster", "server: {config: {query: {maxMemory: 90GB}}}\n"
         "worker: {config: {query: {maxMemoryPerNode: 16GB}}}\n", {"bound": "90GB"},
         ("server.config.query.maxMemory", "90GB", "135GB")),
        ("sample_rate_limited", "image: {}\nlimits: {ingestion_rate: 25000}\n", {"bound": "25000"},
         ("limits.ingestion_rate", 25000, 50000)),
        ("pooler_exhausted", "image: {}\npgbouncer: {pgbouncer.ini: {default_pool_size: 20}}\n", {},
         ('["pgbouncer", "pgbouncer.ini", "default_pool_size"]', 20, 30)),
        ("manifest_generation_timeout", "repoServer: {env: [{name: ARGOCD_EXEC_TIMEOUT, value: 2m}]}\n",
         {"bound": "2m0s"}, ("repoServer.env[0].value", "2m", "4m")),
        ("image_scan_timeout", "trivy: {image: {}, timeout: 5m0s}\n", {"container": "trivy"},
         ("trivy.timeout", "5m0s", "600s")),
    ],
)  # fmt: skip
def test_limits_of_proxies_shippers_and_engines_are_raised_where_the_values_set_them(
    runbook: str, values: str, labels: dict[str, str], expected: tuple[str, object, object]
) -> None:
    assert changes(values, runbook, **labels) == [expected]
