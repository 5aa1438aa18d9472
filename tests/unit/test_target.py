"""Where the value sits: one certain place, or the candidates and why."""

from dataclasses import replace

import pytest

from langraph.catalogue import App, Catalogue
from langraph.errors import EditRefused
from langraph.helm_values import format_path
from langraph.target import Candidates, Target, Wanted, paths_to_read, resolve

FILE = "helm-values/shop/values.yaml"
FLAT = "image: {tag: '1'}\nreplicaCount: 1\n"
MEMORY = Wanted("shop", "resources.limits.memory", container="shop")
LIMITS = "resources: {limits: {memory: 1Gi}}"


def place(text: str, wanted: Wanted = MEMORY, catalogue: Catalogue | None = None) -> str | list[str]:
    found = resolve(wanted, catalogue or Catalogue(), {FILE: text.encode()})
    if isinstance(found, Target):
        return format_path(found.path) + ("" if found.exists else " (new)")
    assert found.reason.en != found.reason.ko
    return [format_path(candidate.path) for candidate in found.places]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LIMITS}\n", "resources.limits.memory"),
        (f"server:\n  {LIMITS}\n", "server.resources.limits.memory"),
        (f"shop:\n  {LIMITS}\n", "shop.resources.limits.memory"),
        (f"shop:\n  {LIMITS}\nother:\n  {LIMITS}\n", "shop.resources.limits.memory"),
        ("resources: {}\n", "resources.limits.memory (new)"),
        ("resources:\n", "resources.limits.memory (new)"),
        ("resources: {requests: {memory: 1Gi}}\n", "resources.limits.memory (new)"),
        (FLAT, "resources.limits.memory (new)"),
        (f"{LIMITS}\nmetrics: {{resources: {{}}}}\n", "resources.limits.memory"),
        (f"{LIMITS}\nsidecar:\n  {LIMITS}\n", "resources.limits.memory"),
        (f"{LIMITS}\ninitContainers:\n  - name: wait\n    {LIMITS}\n", "resources.limits.memory"),
        (f"{LIMITS}\nworker:\n  {LIMITS}\n", "resources.limits.memory"),
        (f"# comment\n---\n{LIMITS}\n", "resources.limits.memory"),
    ],
)
def test_the_usual_charts_have_one_certain_place(text: str, expected: str) -> None:
    assert place(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"server:\n  {LIMITS}\nworker:\n  {LIMITS}\n",
        f"primary:\n  {LIMITS}\nreplica:\n  {LIMITS}\n",
        f"controller:\n  {LIMITS}\nwebhook: {{resources: {{}}}}\n",
    ],
)
def test_two_equal_places_are_shown_and_none_is_chosen(text: str) -> None:
    found = place(text)
    assert isinstance(found, list)
    assert len(found) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "global: {}\n",
        "server: {enabled: true}\nworker: {enabled: true}\nimage: {}\n",
        "resources: 5\n",
        "base: &r {limits: {memory: 1Gi}}\nresources: *r\n",
        "- a\n",
    ],
)
def test_where_the_chart_shows_no_place_nothing_is_chosen(text: str) -> None:
    assert isinstance(place(text), list)


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ("worker", "worker.resources.limits.memory"),
        ("shop-worker", "worker.resources.limits.memory"),
        ("auth-proxy", "extraContainers[1].resources.limits.memory"),
        ("configReloader", "config-reloader.resources.limits.memory"),
    ],
)
def test_a_container_is_found_by_its_name(container: str, expected: str) -> None:
    text = (
        f"server:\n  {LIMITS}\nworker:\n  {LIMITS}\nconfig-reloader:\n  {LIMITS}\n"
        f"extraContainers:\n  - name: log-shipper\n    {LIMITS}\n  - name: auth-proxy\n    {LIMITS}\n"
    )
    assert place(text, replace(MEMORY, container=container)) == expected


@pytest.mark.parametrize("container", ["istio-proxy", "shop-sc-dashboard", "redis-exporter", "vault-agent"])
def test_the_apps_own_memory_is_not_given_to_a_helper_container(container: str) -> None:
    assert place(f"{LIMITS}\n", replace(MEMORY, container=container)) == ["resources.limits.memory"]
    assert place(FLAT, replace(MEMORY, container=container)) == []


def test_the_pods_name_or_the_component_label_tells_workloads_apart() -> None:
    text = f"primary:\n  {LIMITS}\nreplica:\n  {LIMITS}\n"
    assert place(text, replace(MEMORY, pod="shop-primary-0")) == "primary.resources.limits.memory"
    assert place(text, replace(MEMORY, hints=("replica",))) == "replica.resources.limits.memory"


def test_the_app_name_tells_workloads_apart() -> None:
    text = f"ingester:\n  {LIMITS}\nquerier:\n  {LIMITS}\n"
    found = resolve(
        replace(MEMORY, app="loki-ingester"), Catalogue(), {"helm-values/loki-ingester/values.yaml": text.encode()}
    )
    assert isinstance(found, Target)
    assert found.path[0] == "ingester"


def test_the_catalogue_has_the_last_word_on_a_container() -> None:
    text = f"{LIMITS}\nweird:\n  {LIMITS}\n"
    catalogue = Catalogue((App("shop", (FILE,), containers={"shop": "weird"}),))
    assert place(text, catalogue=catalogue) == "weird.resources.limits.memory"
    assert place("weird: {}\n", catalogue=catalogue) == "weird.resources.limits.memory (new)"
    assert place("other: 1\n", catalogue=catalogue) == "weird.resources.limits.memory (new)"


def test_a_section_of_another_container_is_not_taken() -> None:
    catalogue = Catalogue((App("shop", (FILE,), containers={"a": "", "b": "sidecar"}),))
    assert place(f"{LIMITS}\n", replace(MEMORY, container="c"), catalogue) == []


def test_a_probe_is_only_changed_where_it_asks_something() -> None:
    wanted = replace(MEMORY, value_path="livenessProbe.initialDelaySeconds")
    assert place("livenessProbe: {httpGet: {path: /}}\n", wanted) == "livenessProbe.initialDelaySeconds (new)"
    assert place("livenessProbe: {}\n", wanted) == []
    assert place(FLAT, wanted) == []


def test_the_catalogue_knows_what_a_chart_calls_a_value() -> None:
    catalogue = Catalogue((App("shop", (FILE,), keys={"persistence.size": "disk.gigabytes"}),))
    wanted = replace(MEMORY, value_path="persistence.size")
    assert place("disk: {gigabytes: 5Gi}\n", wanted, catalogue) == "disk.gigabytes"


def test_an_environment_variable_is_found_by_name_in_a_list_or_a_mapping() -> None:
    wanted = replace(MEMORY, value_path="env.DB_POOL_*")
    listed = "extraEnvVars:\n  - {name: OTHER, value: 'x'}\n  - {name: DB_POOL_SIZE, value: '10'}\n"
    assert place(listed, wanted) == "extraEnvVars[1].value"
    assert place("env: {DB_POOL_SIZE: 10}\n", wanted) == "env.DB_POOL_SIZE"
    assert place("env:\n  - {name: DB_POOL_SIZE, valueFrom: {}}\n", wanted) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("database: {pool: {maxSize: 10, minSize: 2}}\n", "database.pool.maxSize"),
        ("db: {pool: {maximumSize: 10, minimumIdle: 2, connectionTimeoutMs: 5}}\n", "db.pool.maximumSize"),
        ("config: {maxPoolSize: 10}\n", "config.maxPoolSize"),
        ("env:\n  - {name: DB_POOL_SIZE, value: '10'}\n  - {name: DB_POOL_TIMEOUT, value: '3'}\n", "env[0].value"),
        ("env: {SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE: '10'}\n", "env.SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE"),
        ("nodeSelector: {pool: general}\nthreadCount: 3\n", []),
        ("db: {pool: {max: 10}}\nenv: {DB_POOL_SIZE: 10}\n", ["env.DB_POOL_SIZE", "db.pool.max"]),
    ],
)
def test_a_pool_size_is_found_whatever_the_framework_calls_it(text: str, expected: str | list[str]) -> None:
    assert place(text, replace(MEMORY, value_path="database.pool.maxSize")) == expected


def test_helm_values_inside_a_flux_or_argo_object_are_found() -> None:
    flux = f"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  values:\n    {LIMITS}\n"
    assert place(flux) == "spec.values.resources.limits.memory"
    argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {helm: {values: 'resources: {}'}}}\n"
    assert place(argo) == "spec.source.helm.values.|.resources.limits.memory (new)"


def test_of_several_files_the_last_one_that_has_the_value_counts() -> None:
    base, prod = "helm-values/shop/values.yaml", "helm-values/shop/prod.yaml"
    catalogue = Catalogue((App("shop", (base, prod)),))
    files = {base: f"{LIMITS}\n".encode(), prod: b"resources: {}\n"}
    found = resolve(MEMORY, catalogue, files)
    assert isinstance(found, Target)
    assert found.file == base
    found = resolve(MEMORY, catalogue, {**files, prod: files[base]})
    assert isinstance(found, Target)
    assert found.file == prod


def test_another_namespaces_file_is_not_touched() -> None:
    catalogue = Catalogue((App("shop", (FILE,), namespace="prod"),))
    found = resolve(replace(MEMORY, namespace="staging"), catalogue, {FILE: LIMITS.encode()})
    assert isinstance(found, Candidates)
    assert "staging" in found.reason.en


def test_an_umbrella_chart_holds_the_app_under_its_name_only() -> None:
    umbrella = f"shop:\n  {LIMITS}\nimage: {{}}\n".encode()
    found = resolve(MEMORY, Catalogue(), {"helm-values/platform/values.yaml": umbrella})
    assert isinstance(found, Target)
    assert found.path == ("shop", "resources", "limits", "memory")
    assert isinstance(resolve(MEMORY, Catalogue(), {"helm-values/x/values.yaml": LIMITS.encode()}), Candidates)


def test_without_any_file_the_answer_says_where_we_looked() -> None:
    found = resolve(MEMORY, Catalogue(), {})
    assert isinstance(found, Candidates)
    assert FILE in found.reason.en


def test_a_file_that_is_not_yaml_is_refused() -> None:
    with pytest.raises(EditRefused):
        place("resources: {\n")


def test_only_the_files_that_may_hold_the_value_are_read() -> None:
    listing = [FILE, "helm-values/other/values.yaml", "helm-values/apps.yaml", "helm-values/policy.yaml"]
    assert paths_to_read("shop", Catalogue(), listing) == (FILE,)
    assert paths_to_read("new", Catalogue(), listing) == ("helm-values/other/values.yaml", FILE)
    assert paths_to_read(None, Catalogue(), listing) == ()
    catalogue = Catalogue((App("shop", ("a.yaml", "b.yaml"), namespace="prod", match={"app": "shop"}),))
    assert paths_to_read("shop", catalogue, ["b.yaml", "a.yaml"], "prod") == ("a.yaml", "b.yaml")
    assert paths_to_read("shop", catalogue, ["a.yaml", FILE], "staging") == ()
    # The listing is of the values directory; what the catalogue has elsewhere is for the reader to look for.
    assert paths_to_read(None, catalogue, [FILE], "prod", {"app": "shop"}) == ("a.yaml", "b.yaml")
