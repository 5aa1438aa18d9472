"""Where values sit in the forms of widely used charts: every container finds its own place, or a person is asked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from langraph.helm_values import INNER, find
from langraph.models.incident import ValueChange, ValuePath
from langraph.policy import parse_policy, rule_for
from langraph.target import Candidates
from tests.unit.test_target_charts import Chart, answer, resolved

CASES = Path(__file__).parent / "target_cases.yaml"
LIMITS = "resources: {limits: {memory: 1Gi, cpu: 1}}"
MEMORY = "resources.limits.memory"


def known() -> Iterator[Chart]:
    for entry in yaml.safe_load(CASES.read_text(encoding="utf-8").replace("%L", LIMITS)):
        values = entry["values"]
        files = values if isinstance(values, dict) else {f"{entry['chart']}/values.yaml": values}
        yield from (chart(entry["chart"], files, given) for given in entry["cases"])


def chart(name: str, files: dict[str, str], given: dict[str, Any]) -> Chart:
    is_key = len(files) == 1 and not given["want"].startswith((f"{name}/", "asked"))
    wanted = f"{name}/values.yaml: {given['want']}" if is_key else given["want"]
    return Chart(
        f"{name}:{given.get('p') or given.get('app')}:{given.get('c')}:{given.get('v', MEMORY)}",
        files,
        " ".join(
            word if word != "M" and not word.endswith(".M") else f"{word[:-1]}{MEMORY}" for word in wanted.split(" ")
        ),
        app=given.get("app", name),
        container=given.get("c"),
        pod=given.get("p"),
        labels=given.get("l", {}),
        namespace=given.get("ns"),
        value_path=given.get("v", MEMORY),
    )


@pytest.mark.parametrize("chart", list(known()), ids=lambda chart: chart.name)
def test_every_container_of_a_known_kind_of_chart_finds_its_value_or_a_person_is_asked(chart: Chart) -> None:
    assert answer(chart) == chart.expected


def without(text: str, doc: int, path: ValuePath) -> str:
    """A values file without what stands at a path; an item of a list stays, emptied."""
    documents = list(yaml.safe_load_all(text))
    node: Any = documents[doc]
    for key in path[:-1]:
        node = node[key]
    last: Any = path[-1]
    if isinstance(node, list):
        node[last] = {}
    else:
        node.pop(last)
    return yaml.safe_dump_all(documents)


PLACED = [chart for chart in known() if " (new)" not in chart.expected and chart.expected != "asked"]


@pytest.mark.parametrize("chart", PLACED, ids=lambda chart: chart.name)
@pytest.mark.parametrize("cut", ["its resources", "its section"])
def test_where_the_containers_own_value_is_missing_no_other_containers_is_taken(chart: Chart, cut: str) -> None:
    place = resolved(chart)
    assert not isinstance(place, Candidates)
    if INNER in place.path or str(place.path[0]).startswith("custom"):
        return  # text within text; a probe below the one that overrides it
    keys = len(place.path) - len(chart.value_path.split(".")) + (1 if cut == "its resources" else 0)
    file = place.file.removeprefix("helm-values/")
    cut_off = without(chart.files[file], place.doc, place.path[: max(keys, 1)])
    other = resolved(replace(chart, files={**chart.files, file: cut_off}))
    is_below = not isinstance(other, Candidates) and other.path == place.path  # the layer below says it, too
    assert isinstance(other, Candidates) or not other.exists or is_below


RULES = parse_policy((Path(__file__).parents[2] / "helm-values" / "policy.yaml").read_bytes())
RULED = [chart for chart in PLACED if chart.value_path != "activeDeadlineSeconds"]  # a guardrail: no rule by default


@pytest.mark.parametrize("chart", RULED, ids=lambda chart: chart.name)
def test_the_policy_that_comes_with_langraph_has_a_rule_for_the_place(chart: Chart) -> None:
    place = resolved(chart)
    assert not isinstance(place, Candidates)
    source = chart.files[place.file.removeprefix("helm-values/")].encode()
    value = find(source, place.path, place.doc).value
    assert value is not None
    assert rule_for(ValueChange(place.file, place.path, value, None, "set", place.doc), source, RULES) is not None
