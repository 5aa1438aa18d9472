"""The team's list of apps: looked up by name and labels, never ambiguous."""

from pathlib import Path

import pytest

from langraph.catalogue import App, Catalogue, is_plain_path, parse_catalogue
from langraph.errors import BadInput
from langraph.helm_values import find, parse_path

ROOT = Path(__file__).parents[2]
TWO = b"""apps:
  - {app: web, namespace: staging, files: [helm-values/web/staging.yaml], match: {app.kubernetes.io/name: web}}
  - {app: web, namespace: prod, files: [helm-values/web/prod.yaml], match: {app.kubernetes.io/name: web, tier: front}}
"""


def test_an_empty_file_is_an_empty_catalogue() -> None:
    assert parse_catalogue(b"") == Catalogue()
    assert parse_catalogue(b"# none yet\n").lookup("web", {}) is None


def test_an_app_is_found_by_name_and_namespace() -> None:
    found = parse_catalogue(TWO).app("web", "prod")
    assert found is not None
    assert found.files == ("helm-values/web/prod.yaml",)


def test_a_name_in_two_namespaces_is_no_answer_without_the_namespace() -> None:
    catalogue = parse_catalogue(TWO)
    assert catalogue.app("web") is None
    assert catalogue.lookup("web", {}, "development") is None
    assert catalogue.knows("web")


def test_the_entry_that_says_most_about_the_labels_wins() -> None:
    catalogue = parse_catalogue(TWO)
    found = catalogue.by_labels({"app_kubernetes_io_name": "web", "tier": "front"})
    assert found is not None
    assert found.namespace == "prod"
    assert catalogue.by_labels({"app_kubernetes_io_name": "shop"}) is None


def test_two_entries_that_fit_equally_well_are_no_answer() -> None:
    one = App("a", ("a/values.yaml",), match={"team": "x"})
    other = App("b", ("b/values.yaml",), match={"team": "x"})
    assert Catalogue((one, other)).by_labels({"team": "x"}) is None


def test_an_entry_without_labels_matches_nothing_by_labels() -> None:
    assert Catalogue((App("a", ("a/values.yaml",)),)).by_labels({"team": "x"}) is None


def test_a_container_is_told_apart_by_its_pod() -> None:
    app = App("db", ("f",), containers={"*-read-*/db": "readReplicas", "*/db": "primary", "metrics": "metrics"})
    assert app.section_of("db", "shop-read-0") == "readReplicas"
    assert app.section_of("db", "shop-primary-0") == "primary"
    assert app.section_of("db", None) is None
    assert app.section_of("metrics", None) == "metrics"
    assert app.section_of("other", "shop-read-0") is None


def test_an_only_container_is_meant_when_none_is_named() -> None:
    assert App("a", ("f",), containers={"server": "main"}).section_of(None, None) == "main"
    assert App("a", ("f",), containers={"a": "", "side": "sidecar"}).section_of(None, None) == ""


def test_approvers_of_shared_files_are_those_whom_every_app_lists() -> None:
    apps = (
        App("a", ("f",), approvers=("api:x", "api:y")),
        App("b", ("f",), approvers=("api:y",)),
        App("c", ("g",)),
        App("d", ("h",), approvers=()),
    )
    catalogue = Catalogue(apps)
    assert catalogue.approvers_of(["f"]) == ("api:y",)
    assert catalogue.approvers_of(["g"]) is None
    assert catalogue.approvers_of(["g", "h"]) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"aps: []", "aps"),
        (b"apps: [{app: a, files: [x], container: {}}]", "container"),
        (b"apps: [{files: [x]}]", "app"),
        (b"apps: [{app: a}]", "files"),
        (b"apps: [{app: a, files: [../x]}]", "files"),
        (b"apps: [{app: a, files: [x], tier: gold}]", "gold"),
        (b"apps: [{app: a, files: [x]}, {app: a, files: [z]}]", "twice"),
        (b"apps: [{app: a, files: [x], match: {port: 80}}]", "match"),
    ],
)
def test_a_mistake_in_the_file_is_named(text: bytes, names: str) -> None:
    with pytest.raises(BadInput, match=r"apps\.yaml") as error:
        parse_catalogue(text)
    assert names in str(error.value)


@pytest.mark.parametrize("path", ["", "/a", "a//b", "a/../b", "./a", ".git/config", "a\\b", "a/\nb", "a/*.yaml"])
def test_a_path_that_could_leave_the_repository_is_not_plain(path: str) -> None:
    assert not is_plain_path(path)


def test_the_catalogue_we_ship_points_at_files_and_keys_that_exist() -> None:
    catalogue = parse_catalogue((ROOT / "helm-values/apps.yaml").read_bytes())
    assert {app.name for app in catalogue.apps} == {"grafana", "loki", "orders-api", "postgresql", "mail-worker"}
    for app in catalogue.apps:
        source = (ROOT / app.files[0]).read_bytes()
        for key in (*app.containers.values(), *app.keys.values()):
            assert not key or find(source, parse_path(key)).exists, f"{app.name}: {key}"
