"""Conventions of widely used charts: what they call their parts, and where two places are possible and we ask."""

import pytest

from tests.unit.test_target_charts import ASKED, LIMITS, MEMORY, Chart, answer

HASH = "-6d9c7f5b8-m4w2x"
AGENT = f"{LIMITS}\noperator:\n  {LIMITS}\nhubble:\n  relay:\n    {LIMITS}\n  ui:\n    {LIMITS}\n"
SHARED_TOP = f"{LIMITS}\nshopNode:\n  {LIMITS}\nshopWorker:\n  {LIMITS}\n"
BESIDE = f"shop:\n  {LIMITS}\notelCollector:\n  {LIMITS}\nsnuba:\n  api:\n    {LIMITS}\n  consumer:\n    {LIMITS}\n"
OPERATOR = f"replicas: 1\nkafka: {{image: {{name: kafka}}}}\n{LIMITS}\n"
BY_PART = "resources:\n  operator: {limits: {memory: 1Gi}}\n  metricServer: {limits: {memory: 1Gi}}\n"
HELPED = f"server:\n  {LIMITS}\nalertmanager:\n  {LIMITS}\n"
FLAT = f"image: {{}}\n{LIMITS}\n"
DRIVER = f"controller:\n  {LIMITS}\nnode:\n  {LIMITS}\nsidecars:\n  provisioner:\n    {LIMITS}\n"
RELEASED = {"release": "shop"}


def chart(name: str, values: str, expected: str, **incident: object) -> Chart:
    found = expected if expected == ASKED else f"shop/values.yaml: {expected}"
    return Chart(name, {"shop/values.yaml": values}, found, **incident)  # type: ignore[arg-type]


CERTAIN = [
    chart("a_node_agent_is_the_chief", AGENT, MEMORY, container="shop-agent", pod="shop-x7k2m"),
    chart("keys_spell_the_part", AGENT, f"hubble.relay.{MEMORY}", container="relay", pod=f"shop-hubble-relay{HASH}"),
    chart(
        "keys_spell_the_app_of_the_whole",
        AGENT,
        f"hubble.relay.{MEMORY}",
        app="hubble-relay",
        container="hubble-relay",
        labels={"app.kubernetes.io/part-of": "shop"},
    ),
    chart("a_shard_is_no_part", f"{LIMITS}\nzookeeper:\n  {LIMITS}\n", MEMORY, container="shop", pod="shop-shard0-1"),
    chart(
        "a_zone_is_no_part",
        f"ingester:\n  {LIMITS}\nquerier:\n  {LIMITS}\n",
        f"ingester.{MEMORY}",
        pod="shop-ingester-zone-a-0",
    ),
    chart(
        "an_injector_injects",
        f"connectInject:\n  {LIMITS}\nserver:\n  {LIMITS}\n",
        f"connectInject.{MEMORY}",
        container="sidecar-injector",
        pod=f"shop-connect-injector{HASH}",
    ),
    chart("the_charts_name_before_the_part", SHARED_TOP, f"shopWorker.{MEMORY}", app="shop-worker", container="shop"),
    chart(
        "container_in_the_containers_name",
        f"worker:\n  {LIMITS}\nserver:\n  {LIMITS}\n",
        f"worker.{MEMORY}",
        container="shop-worker-container",
    ),
    chart(
        "the_only_workload_by_its_kind",
        f"statefulset:\n  {LIMITS}\nstorage: {{persistentVolume: {{size: 8Gi}}}}\n",
        f"statefulset.{MEMORY}",
        container="engine",
        pod="shop-0",
    ),
    chart(
        "resources_by_part",
        BY_PART,
        "resources.operator.limits.memory",
        app="shop-operator",
        pod=f"shop-operator{HASH}",
    ),
    chart(
        "beside_the_charts_own_section",
        BESIDE,
        f"otelCollector.{MEMORY}",
        container="c",
        pod=f"shop-otel-collector{HASH}",
    ),
    chart("the_charts_own_section", BESIDE, f"shop.{MEMORY}", container="shop", pod="shop-0"),
    chart(
        "parts_of_a_part_beside_it",
        BESIDE,
        f"snuba.consumer.{MEMORY}",
        container="shop-snuba",
        pod=f"shop-snuba-consumer{HASH}",
    ),
    chart(
        "nodes_are_replicas",
        f"master:\n  {LIMITS}\nreplica:\n  {LIMITS}\n",
        f"replica.{MEMORY}",
        container="shop",
        pod="shop-node-0",
    ),
    chart(
        "claims_by_part",
        "persistence:\n  persistentVolumeClaim:\n    registry: {size: 5Gi}\n    database: {size: 1Gi}\n",
        "persistence.persistentVolumeClaim.database.size",
        container="database",
        pod="shop-database-0",
        value_path="persistence.size",
    ),
    chart(
        "reloader_of_a_config_map",
        f"{HELPED}configmapReload:\n  prometheus:\n    {LIMITS}\n",
        f"configmapReload.prometheus.{MEMORY}",
        container="shop-server-configmap-reload",
        pod=f"shop-server{HASH}",
    ),
    chart(
        "a_charts_part_in_a_part_of_its_name",
        f"alloy:\n  alloy:\n    {LIMITS}\n",
        f"alloy.alloy.{MEMORY}",
        app="alloy",
        container="alloy",
        labels=RELEASED,
    ),
]

ASKING = [
    chart("the_top_is_for_all_and_the_chief_has_its_own", SHARED_TOP, ASKED, container="shop", pod=f"shop{HASH}"),
    chart("the_top_or_the_servers", f"{LIMITS}\nserver:\n  {LIMITS}\n", ASKED, container="shop", pod=f"shop{HASH}"),
    chart("a_server_of_several_copies", f"{LIMITS}\nserver: {{replicas: 2}}\n", ASKED, container="shop", pod="shop-0"),
    chart(
        "a_new_place_where_the_top_may_hold",
        f"{LIMITS}\nworker: {{replicas: 2}}\n",
        ASKED,
        container="shop",
        pod=f"shop-worker{HASH}",
    ),
    chart("an_agent_beside_a_program", f"{LIMITS}\n", ASKED, container="shop-agent", pod=f"shop{HASH}"),
    chart("keys_spell_an_app_of_another_whole", AGENT, ASKED, app="hubble-relay", container="hubble-relay"),
    chart("nothing_new_among_parts", BY_PART, ASKED, container="shop", pod=f"shop{HASH}"),
    chart("amounts_of_another_form", "image: {}\nresources: {memory: {max: 1Gi}}\n", ASKED, container="shop"),
    chart(
        "no_place_beside_an_alias",
        "base: &b {}\nserver:\n  image: {}\n  resources: *b\n",
        ASKED,
        pod="shop-server-0",
    ),
    chart("a_part_that_is_nowhere_beside", BESIDE, ASKED, container="collector", pod=f"shop-trace-collector{HASH}"),
    chart("a_job_beside_the_app", FLAT, ASKED, container="shop", pod="shop-migrate-x7k2m"),
    chart("a_cron_job_beside_the_app", FLAT, ASKED, container="shop", pod="shop-cron-29012345-x7k2m"),
    chart("a_migration_before_the_app", FLAT, ASKED, container="db-migrations", pod=f"shop{HASH}"),
    chart("a_cache_in_the_apps_pod", FLAT, ASKED, container="redis", pod=f"shop{HASH}"),
    chart("a_database_called_so", FLAT, ASKED, container="db", pod="shop-db-0"),
    chart(
        "a_daemon_on_nodes_is_no_replica",
        f"controller:\n  {LIMITS}\nreplica:\n  {LIMITS}\n",
        ASKED,
        container="driver",
        pod="shop-node-x7k2m",
    ),
    chart("a_job_beside_the_charts_own_section", BESIDE, ASKED, container="shop", pod="shop-worker-x7k2m"),
    chart("a_helper_called_after_its_part", HELPED, ASKED, container="shop-server-warmer", pod=f"shop-server{HASH}"),
]

OPERATED = [
    ("shop-cluster-operator", "shop-cluster-operator", MEMORY),
    ("shop-cluster-operator", "warmer", ASKED),
    ("orders-cluster-operator", "orders-cluster-operator", ASKED),
    ("shop-kafka", "kafka", ASKED),
]


DRIVEN = [
    ("shop-csi-node-x7k2m", "plugin", f"node.{MEMORY}"),
    (f"shop-csi-controller{HASH}", "csi-provisioner", f"sidecars.provisioner.{MEMORY}"),
    (f"shop-csi-controller{HASH}", "csi-attacher", ASKED),
]


@pytest.mark.parametrize(("pod", "container", "expected"), DRIVEN)
def test_a_storage_drivers_parts_bear_half_of_its_name(pod: str, container: str, expected: str) -> None:
    name = "cloud-shop-csi-driver"
    found = answer(Chart("driver", {f"{name}/values.yaml": DRIVER}, "", app=name, container=container, pod=pod))
    assert found == (ASKED if expected == ASKED else f"{name}/values.yaml: {expected}")


@pytest.mark.parametrize("chart", CERTAIN, ids=lambda chart: chart.name)
def test_what_common_charts_call_their_parts_is_known(chart: Chart) -> None:
    assert answer(chart) == chart.expected


@pytest.mark.parametrize("chart", ASKING, ids=lambda chart: chart.name)
def test_where_two_places_are_possible_a_person_is_asked(chart: Chart) -> None:
    assert answer(chart) == chart.expected


@pytest.mark.parametrize(("workload", "container", "expected"), OPERATED)
def test_an_operators_chart_sizes_the_operator_and_nothing_that_it_operates(
    workload: str, container: str, expected: str
) -> None:
    name = "shop-kafka-operator"
    files = {f"{name}/values.yaml": OPERATOR}
    found = answer(Chart("operator", files, "", app=name, container=container, pod=f"{workload}{HASH}"))
    assert found == (ASKED if expected == ASKED else f"{name}/values.yaml: {expected}")


def test_what_a_key_begins_with_is_the_charts_name_only_up_to_a_word() -> None:
    beside = chart("beside", f"{LIMITS}\nshopsidekick:\n  {LIMITS}\n", MEMORY, container="shop", pod="shop-x7k2m")
    assert answer(beside) == beside.expected
