"""Where the value sits in charts as people write them: umbrellas, layers, objects, workloads side by side."""

from dataclasses import dataclass, field

import pytest

from langraph.catalogue import Catalogue
from langraph.errors import EditRefused
from langraph.helm_values import format_path
from langraph.target import Candidates, Target, Wanted, paths_to_read, resolve
from langraph.target.values_files import environment_of, releases_of

LIMITS = "resources: {limits: {memory: 1Gi}}"
ASKED = "asked"
HELM_RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
APPLICATION = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"


@dataclass(frozen=True)
class Chart:
    """Values, and an incident in one of the chart's containers."""

    name: str
    files: dict[str, str]
    """By path below the values directory."""
    expected: str
    """`file: path`, with ` (new)` where it is to be added; `asked` where only a person can know."""
    app: str = "shop"
    container: str | None = None
    pod: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    namespace: str | None = None
    value_path: str = "resources.limits.memory"


def resolved(chart: Chart) -> Target | Candidates:
    files = {f"helm-values/{path}": text.encode() for path, text in chart.files.items()}
    wanted = Wanted(
        app=chart.app,
        value_path=chart.value_path,
        namespace=chart.namespace,
        container=chart.container,
        pod=chart.pod,
        hints=tuple(chart.labels[label] for label in ("component", "statefulset") if label in chart.labels),
        releases=releases_of(chart.namespace, chart.labels),
        environment=environment_of(chart.namespace, chart.labels),
    )
    read = paths_to_read(chart.app, Catalogue(), list(files), chart.namespace, chart.labels)
    return resolve(wanted, Catalogue(), {path: files[path] for path in read})


def answer(chart: Chart) -> str:
    found = resolved(chart)
    if isinstance(found, Candidates):
        assert found.reason.en != found.reason.ko
        return ASKED
    suffix = "" if found.exists else " (new)"
    return f"{found.file.removeprefix('helm-values/')}: {format_path(found.path)}{suffix}"


def one(text: str) -> dict[str, str]:
    return {"shop/values.yaml": text}


MEMORY = "resources.limits.memory"
TWO = f"web:\n  {LIMITS}\nworkers:\n  {LIMITS}\n"
INJECTOR = f"injector:\n  {LIMITS}\nserver:\n  enabled: true\n  image: {{tag: '1'}}\n"
MAIN_AND_HOOKS = f"replicaCount: 1\n{LIMITS}\nwebhook:\n  {LIMITS}\ncainjector:\n  {LIMITS}\n"
HOLLOW_PRIMARY = "auth: {database: x}\nprimary:\n  persistence: {size: 8Gi}\nsecondary:\n  persistence: {size: 8Gi}\n"
STORE = f"gateway:\n  {LIMITS}\ningester:\n  {LIMITS}\n"

WORKLOADS = [
    Chart("plural_section", one(TWO), "shop/values.yaml: workers." + MEMORY, container="worker", pod="shop-worker-1"),
    Chart(
        "component_label", one(TWO), "shop/values.yaml: web." + MEMORY, container="shop", labels={"component": "web"}
    ),
    Chart("another_workloads_value_is_not_taken", one(f"web:\n  {LIMITS}\n"), ASKED, pod="shop-worker-1"),
    Chart(
        "the_part_without_a_value_gets_its_own",
        one(INJECTOR),
        "shop/values.yaml: server." + MEMORY + " (new)",
        container="shop",
        labels={"component": "server"},
        pod="shop-0",
    ),
    Chart(
        "the_pod_with_the_charts_name_is_the_servers",
        one(INJECTOR),
        "shop/values.yaml: server." + MEMORY + " (new)",
        container="shop",
        pod="shop-0",
    ),
    Chart("without_a_pod_nobody_knows_which", one(INJECTOR), ASKED, container="shop"),
    Chart(
        "injector_by_what_two_names_share",
        one(INJECTOR),
        "shop/values.yaml: injector." + MEMORY,
        app="shop-agent-injector",
        container="sidecar-injector",
        pod="shop-agent-injector-7c9d8f6b5-2xk4w",
    ),
    Chart(
        "half_of_a_name_is_not_enough",
        one(STORE),
        ASKED,
        container="store-gateway",
        pod="shop-store-gateway-0",
    ),
    Chart(
        "the_whole_name_however_it_is_spelt",
        one(STORE + f"storeGateway:\n  {LIMITS}\n"),
        "shop/values.yaml: storeGateway." + MEMORY,
        container="store-gateway",
        pod="shop-store-gateway-0",
    ),
    Chart(
        "controller_is_the_top",
        one(MAIN_AND_HOOKS),
        "shop/values.yaml: " + MEMORY,
        container="shop-controller",
        pod="shop-5c7d8f9b6-p4x2k",
    ),
    Chart(
        "webhook_is_its_section",
        one(MAIN_AND_HOOKS),
        "shop/values.yaml: webhook." + MEMORY,
        container="shop-webhook",
        pod="shop-webhook-5c7d8f9b6-p4x2k",
    ),
    Chart(
        "an_unlisted_part_does_not_get_the_tops",
        one(MAIN_AND_HOOKS),
        ASKED,
        container="shop-approver",
        pod="shop-approver-5c7d8f9b6-p4x2k",
    ),
    Chart(
        "primary_without_resources",
        one(HOLLOW_PRIMARY),
        "shop/values.yaml: primary." + MEMORY + " (new)",
        container="shop",
        labels={"component": "primary"},
        pod="shop-0",
    ),
    Chart(
        "replicas_of_a_statefulset",
        one(f"master:\n  {LIMITS}\nreplica:\n  {LIMITS}\n"),
        "shop/values.yaml: replica." + MEMORY,
        container="shop",
        pod="shop-replicas-2",
    ),
    Chart(
        "a_suffix_of_a_flat_chart",
        one(f"image: {{}}\n{LIMITS}\n"),
        "shop/values.yaml: " + MEMORY,
        app="shop-master",
        container="shop",
        pod="shop-master-0",
    ),
    Chart("resources_of_a_claim_are_a_volumes", one(f"volumeClaimTemplate:\n  {LIMITS}\n"), ASKED, container="shop"),
    Chart(
        "the_spec_below_a_section",
        one(f"alertmanager:\n  alertmanagerSpec:\n    {LIMITS}\noperator:\n  {LIMITS}\n"),
        "shop/values.yaml: alertmanager.alertmanagerSpec." + MEMORY,
        labels={"component": "alertmanager"},
    ),
    Chart(
        "a_port_called_like_the_part_is_no_workload",
        one(f"ports:\n  web: {{port: 80}}\nweb:\n  {LIMITS}\nother:\n  {LIMITS}\n"),
        "shop/values.yaml: web." + MEMORY,
        labels={"component": "web"},
    ),
    Chart(
        "a_section_inside_one_of_its_own_name",
        one(f"registry:\n  registry:\n    {LIMITS}\n  controller:\n    {LIMITS}\n"),
        "shop/values.yaml: registry.registry." + MEMORY,
        container="registry",
        pod="shop-registry-5c7d8f9b6-w4x2k",
    ),
    Chart(
        "an_injected_proxy_has_no_place",
        one(f"proxy:\n  {LIMITS}\n"),
        ASKED,
        container="istio-proxy",
        pod="shop-proxy-5c7d8f9b6-w4x2k",
    ),
    Chart(
        "what_is_switched_off_is_not_there",
        one(f"server:\n  {LIMITS}\nworker:\n  enabled: false\n  {LIMITS}\n"),
        "shop/values.yaml: server." + MEMORY,
        container="shop",
        pod="shop-0",
    ),
    Chart(
        "application_controller",
        one(f"controller:\n  {LIMITS}\nserver:\n  {LIMITS}\n"),
        "shop/values.yaml: controller." + MEMORY,
        container="application-controller",
        pod="shop-application-controller-0",
    ),
]

OTHER_VALUES = [
    Chart(
        "persistent_volume_by_another_name",
        one("server:\n  persistentVolume: {size: 8Gi}\n"),
        "shop/values.yaml: server.persistentVolume.size",
        value_path="persistence.size",
    ),
    Chart(
        "claim_template_of_an_operator",
        one("storage: {volumeClaimTemplate: {spec: {resources: {requests: {storage: 8Gi}}}}}\n"),
        "shop/values.yaml: storage.volumeClaimTemplate.spec.resources.requests.storage",
        value_path="persistence.size",
    ),
    Chart(
        "variable_by_name_in_a_section",
        one("worker:\n  extraEnvVars:\n    - {name: A, value: b}\n    - {name: DB_POOL_SIZE, value: '5'}\n"),
        "shop/values.yaml: worker.extraEnvVars[1].value",
        value_path="env.DB_POOL_*",
        pod="shop-worker-0",
    ),
]

LAYERS = {"shop/values.yaml": f"{LIMITS}\n", "shop/values-prod.yaml": f"{LIMITS}\n"}
BLOCK = APPLICATION + "metadata: {name: shop}\nspec:\n  source:\n    helm:\n      values: |\n        " + LIMITS + "\n"
FILES = [
    Chart("last_layer_wins", LAYERS, f"shop/values-prod.yaml: {MEMORY}", namespace="shop-prod"),
    Chart("same_environment_other_word", LAYERS, f"shop/values-prod.yaml: {MEMORY}", labels={"env": "production"}),
    Chart("another_environments_layer_is_left_alone", LAYERS, f"shop/values.yaml: {MEMORY}", namespace="staging"),
    Chart("unknown_environment_is_asked", LAYERS, ASKED, namespace="shop"),
    Chart(
        "a_layer_that_does_not_set_it_leaves_the_base",
        {**LAYERS, "shop/values-prod.yaml": "replicaCount: 2\n"},
        f"shop/values.yaml: {MEMORY}",
    ),
    Chart(
        "folders_of_environments",
        {"shop/prod/values.yaml": f"{LIMITS}\n", "shop/dev/values.yaml": f"{LIMITS}\n"},
        f"shop/prod/values.yaml: {MEMORY}",
        namespace="prod",
    ),
    Chart("only_environments_and_none_named", {"shop/prod/values.yaml": LIMITS, "shop/dev/values.yaml": LIMITS}, ASKED),
    Chart("a_group_of_teams", {"team-a/shop/values.yaml": LIMITS}, f"team-a/shop/values.yaml: {MEMORY}"),
    Chart("two_teams_with_one_name", {"team-a/shop/values.yaml": LIMITS, "team-b/shop/values.yaml": LIMITS}, ASKED),
    Chart("file_named_after_the_app", {"shop.yaml": LIMITS}, f"shop.yaml: {MEMORY}"),
    Chart(
        "release_in_front",
        {"shop/values.yaml": LIMITS},
        f"shop/values.yaml: {MEMORY}",
        app="prod-shop",
        container="shop",
    ),
    Chart(
        "release_by_its_label",
        {"shop/values.yaml": LIMITS},
        f"shop/values.yaml: {MEMORY}",
        app="blue-shop",
        labels={"app.kubernetes.io/instance": "blue"},
        container="shop",
    ),
    Chart("an_unknown_front_is_another_app", {"shop/values.yaml": LIMITS}, ASKED, app="blue-shop"),
    Chart("a_database_beside_a_flat_chart", {"shop/values.yaml": f"image: {{}}\n{LIMITS}\n"}, ASKED, app="shop-db"),
    Chart(
        "a_database_in_the_apps_name",
        {"shop/values.yaml": f"image: {{}}\n{LIMITS}\n"},
        ASKED,
        container="postgres",
        pod="shop-db-0",
    ),
    Chart(
        "any_name_of_the_only_container",
        {"shop/values.yaml": f"image: {{}}\n{LIMITS}\n"},
        f"shop/values.yaml: {MEMORY}",
        container="discovery",
        pod="shop-5c7d8f9b6-w4x2k",
    ),
    Chart("a_database_beside_the_app", {"shop/values.yaml": f"{LIMITS}\nweb: {{image: x}}\n"}, ASKED, app="shop-db"),
    Chart(
        "charts_of_a_chart",
        {"lab/values.yaml": f"lab:\n  shop:\n    {LIMITS}\n  gitaly: {{resources: {{}}}}\n"},
        f"lab/values.yaml: lab.shop.{MEMORY}",
    ),
    Chart(
        "a_part_by_the_whole_ones_name",
        {"lab/values.yaml": f"lab:\n  shop:\n    {LIMITS}\n  gitaly: {{resources: {{}}}}\n"},
        f"lab/values.yaml: lab.shop.{MEMORY}",
        app="lab-shop",
        pod="lab-shop-0",
    ),
    Chart("a_part_that_is_not_installed", {"lab/values.yaml": f"shop:\n  enabled: false\n  {LIMITS}\n"}, ASKED),
    Chart(
        "two_umbrellas_and_nothing_to_tell",
        {"a/values.yaml": f"shop:\n  {LIMITS}\n", "b/values.yaml": f"shop:\n  {LIMITS}\n"},
        ASKED,
    ),
    Chart(
        "two_umbrellas_and_a_release",
        {"a/values.yaml": f"shop:\n  {LIMITS}\n", "b/values.yaml": f"shop:\n  {LIMITS}\n"},
        f"b/values.yaml: shop.{MEMORY}",
        labels={"release": "b"},
    ),
    Chart(
        "block_of_text", {"shop/application.yaml": BLOCK}, f"shop/application.yaml: spec.source.helm.values.|.{MEMORY}"
    ),
    Chart(
        "object_anywhere",
        {"argocd/everything/x.yaml": BLOCK, "argocd/everything/y.yaml": BLOCK.replace("shop", "cart")},
        f"argocd/everything/x.yaml: spec.source.helm.values.|.{MEMORY}",
    ),
    Chart(
        "object_of_the_namespace",
        {
            "fleet/all.yaml": "---\n".join(
                f"{HELM_RELEASE}metadata: {{name: shop, namespace: {space}}}\nspec: {{values: {{{LIMITS}}}}}\n"
                for space in ("north", "south")
            )
        },
        f"fleet/all.yaml: spec.values.{MEMORY}",
        namespace="south",
    ),
    Chart(
        "objects_of_two_namespaces",
        {
            "fleet/all.yaml": "---\n".join(
                f"{HELM_RELEASE}metadata: {{name: shop, namespace: {space}}}\nspec: {{values: {{{LIMITS}}}}}\n"
                for space in ("north", "south")
            )
        },
        ASKED,
    ),
    Chart(
        "values_object_wins_over_values",
        {"shop/app.yaml": BLOCK.replace("values: |", f"valuesObject: {{{LIMITS}}}\n      values: |")},
        f"shop/app.yaml: spec.source.helm.valuesObject.{MEMORY}",
    ),
    Chart(
        "one_of_several_sources",
        {
            "shop/app.yaml": f"{APPLICATION}spec:\n  sources:\n    - repoURL: x\n    - chart: shop\n      helm:\n"
            f"        values: |\n          {LIMITS}\n"
        },
        f"shop/app.yaml: spec.sources[1].helm.values.|.{MEMORY}",
    ),
    Chart(
        "a_parameter_wins_and_is_shown",
        {"shop/app.yaml": BLOCK + f"      parameters:\n        - {{name: {MEMORY}, value: 2Gi}}\n"},
        ASKED,
    ),
    Chart(
        "values_inside_the_object_win_over_the_file",
        {"shop/values.yaml": LIMITS, "shop/application.yaml": BLOCK},
        f"shop/application.yaml: spec.source.helm.values.|.{MEMORY}",
    ),
    Chart("a_manifest_is_no_values_file", {"shop/values.yaml": f"apiVersion: v1\nkind: ConfigMap\n{LIMITS}\n"}, ASKED),
    Chart("chart_metadata_is_no_values_file", {"shop/Chart.yaml": LIMITS, "shop/notes.yaml": LIMITS}, ASKED),
]


@pytest.mark.parametrize("chart", [*WORKLOADS, *OTHER_VALUES], ids=lambda chart: chart.name)
def test_the_value_is_found_in_the_part_that_failed_and_in_no_other(chart: Chart) -> None:
    assert answer(chart) == chart.expected


@pytest.mark.parametrize("chart", FILES, ids=lambda chart: chart.name)
def test_the_file_is_the_one_whose_value_is_in_force(chart: Chart) -> None:
    assert answer(chart) == chart.expected


def test_objects_of_two_namespaces_in_one_file_are_told_apart_by_their_document() -> None:
    chart = next(chart for chart in FILES if chart.name == "object_of_the_namespace")
    files = {f"helm-values/{path}": text.encode() for path, text in chart.files.items()}
    found = resolve(Wanted("shop", MEMORY, namespace="south"), Catalogue(), files)
    assert isinstance(found, Target)
    assert found.doc == 1


def test_somebody_elses_broken_file_does_not_hide_the_apps_section() -> None:
    files = {"a/values.yaml": "resources: {\n", "lab/values.yaml": f"shop:\n  {LIMITS}\n"}
    assert answer(Chart("broken_neighbour", files, "")) == f"lab/values.yaml: shop.{MEMORY}"


def test_text_that_is_no_yaml_is_refused_in_the_apps_own_object() -> None:
    with pytest.raises(EditRefused):
        answer(Chart("broken_block", {"shop/app.yaml": BLOCK.replace(LIMITS, "a: {")}, ""))
