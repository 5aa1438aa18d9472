"""A part of an umbrella chart under a name of its own, whose values lie in layers: Helm's `-f values.yaml -f ...`."""

import pytest

from langraph.catalogue import Catalogue
from langraph.helm_values import format_path
from langraph.target import Candidates, Wanted, resolve

BASE = b"""\
image: {repository: shop}
resources: {limits: {memory: 256Mi}}
redis: {enabled: true, master: {resources: {limits: {memory: 128Mi}}, persistence: {size: 8Gi}}}
"""
PROD = b"redis: {master: {resources: {limits: {memory: 512Mi}}}}\n"
WITHOUT = b"redis: {enabled: false}\nreplicaCount: 3\n"
BROKEN = b"redis: {master: [\n"
FOLDER = "helm-values/shop"
LAYERS = {f"{FOLDER}/values.yaml": BASE, f"{FOLDER}/values-prod.yaml": PROD}
MEMORY, VOLUME = "resources.limits.memory", "persistence.size"


def asked(value: str, files: dict[str, bytes], environment: str = "prod") -> str | tuple[str, ...]:
    """The file of the one place, or those of the candidates."""
    wanted = Wanted(
        "redis",
        value,
        namespace="shop",
        container="redis",
        pod="shop-redis-master-0",
        releases=("shop",),
        environment=frozenset({environment}),
    )
    found = resolve(wanted, Catalogue(), files)
    if isinstance(found, Candidates):
        return tuple(place.file.rpartition("/")[2] for place in found.places)
    assert format_path(found.path).startswith("redis.master.")
    return found.file.rpartition("/")[2]


@pytest.mark.parametrize(
    ("value", "files", "expected"),
    [
        (MEMORY, LAYERS, "values-prod.yaml"),
        (VOLUME, LAYERS, "values.yaml"),
        (MEMORY, {**LAYERS, f"{FOLDER}/values-staging.yaml": PROD}, "values-prod.yaml"),
        (MEMORY, {f"{FOLDER}/values.yaml": BASE, f"{FOLDER}/values-staging.yaml": PROD}, "values.yaml"),
        (MEMORY, {f"{FOLDER}/values.yaml": BASE, f"{FOLDER}/values-prod.yaml": WITHOUT}, ()),
        (MEMORY, {f"{FOLDER}/values.yaml": WITHOUT, f"{FOLDER}/values-acme.yaml": PROD}, ()),
        (MEMORY, {**LAYERS, f"{FOLDER}/values-staging.yaml": BROKEN}, "values-prod.yaml"),
    ],
    ids=[
        "last layer",
        "only in the first",
        "others' layer too",
        "others' layer",
        "switched off",
        "switched off, and in a layer of which nothing is known",
        "others' is broken",
    ],
)
def test_the_last_layer_that_applies_and_has_the_value_is_changed(
    value: str, files: dict[str, bytes], expected: str | tuple[str, ...]
) -> None:
    assert asked(value, files) == expected


def test_where_nothing_says_which_environment_it_is_a_person_chooses_among_the_layers_that_have_the_value() -> None:
    assert asked(MEMORY, LAYERS, environment="blue") == ("values.yaml", "values-prod.yaml")
    assert asked(VOLUME, LAYERS, environment="blue") == "values.yaml"
    only_there = {f"{FOLDER}/values.yaml": b"replicaCount: 3\n", f"{FOLDER}/values-prod.yaml": PROD}
    assert asked(MEMORY, only_there, environment="blue") == "values-prod.yaml"


def test_two_charts_with_a_part_of_that_name_and_no_release_that_says_which_are_candidates() -> None:
    files = {**LAYERS, "helm-values/blog/values.yaml": BASE, "helm-values/blog/values-prod.yaml": PROD}
    wanted = Wanted("redis", MEMORY, container="redis", environment=frozenset({"prod"}))
    found = resolve(wanted, Catalogue(), files)
    assert isinstance(found, Candidates)
    assert {place.file for place in found.places} == {"helm-values/blog/values-prod.yaml", f"{FOLDER}/values-prod.yaml"}
