"""Proposals where the file sets no limit, and where the values are a text inside an object."""

from dataclasses import replace
from datetime import timedelta

import pytest

from langraph.catalogue import Catalogue
from langraph.errors import Stale
from langraph.models.incident import Category, Proposal
from langraph.models.learning import Lesson, Lessons, Step
from langraph.policy import Limit
from langraph.proposing import NoProposal, propose, rebuild, rebuild_revert
from langraph.sizing import NoSize, size
from langraph.target import Place
from langraph.target.presets import preset_at, preset_limit
from tests.support.proposals import FILE, MEMORY, NOW, applied, diagnosis, incident, policy, remedy, runbook

DAY = timedelta(hours=24)
GIB = 1 << 30  # bytes
PRESET = b"image: {}\nresourcesPreset: small\n"
BLOCK = b"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: grafana}
spec:
  source:
    helm:
      values: |
        # as text
        replicaCount: 1
        resources:
          limits: {memory: 512Mi}  # why
  project: default
"""


def made(source: bytes, **given: object) -> Proposal | NoProposal:
    about = {
        "files": {FILE: ("ab12", source)},
        "catalogue": Catalogue(),
        "policy": policy(),
        "history": (),
        "now": NOW,
        "expires_in": DAY,
    }
    return propose(incident(), diagnosis(), runbook(remedy()), **(about | given))  # type: ignore[arg-type]


def test_without_any_evidence_of_the_size_the_one_place_is_shown_and_no_value_is_made_up() -> None:
    got = made(b"replicaCount: 1\nresources: {}\n")
    assert isinstance(got, NoProposal)
    assert got.candidates == (Place(FILE, MEMORY),)
    assert "LimitRange" in got.reason.en
    assert "LimitRange" in got.reason.ko


def test_a_measured_peak_or_what_was_learned_is_evidence_enough_for_a_first_limit() -> None:
    step = Step("resources.limits.memory", None, "384Mi")
    learned = Lessons(Lesson(Category.OOM, "grafana", recommended=step))
    for evidence in ({"peak_bytes": 300 << 20}, {"lessons": learned}):
        got = made(b"replicaCount: 1\nresources: {}\n", **evidence)
        assert isinstance(got, Proposal)
        assert (got.changes[0].op, got.changes[0].new) == ("insert", "384Mi")


@pytest.mark.parametrize("had", [{"running": "1Gi"}, {"peak_bytes": 2 * GIB}])
def test_a_first_limit_at_or_below_what_the_container_had_is_not_proposed(had: dict[str, object]) -> None:
    most = Limit(None, policy().rules[0].insert_max.amount, remedy().action)  # type: ignore[union-attr]
    got = size("k", None, remedy(), [most], **had)  # type: ignore[arg-type]
    assert isinstance(got, NoSize)
    assert got.reason.en != got.reason.ko


def test_a_named_preset_says_what_the_container_ran_with_and_that_it_ends() -> None:
    got = made(PRESET)
    assert isinstance(got, Proposal)
    assert (got.changes[0].path, got.changes[0].old, got.changes[0].new) == (MEMORY, None, "1Gi")
    assert "768Mi" in got.explanation.en
    assert "resourcesPreset: small" in got.explanation.en
    assert "resourcesPreset: small" in got.explanation.ko


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        (PRESET, "768Mi"),
        (PRESET + b"resources: {}\n", "768Mi"),
        (PRESET + b"resources: {requests: {cpu: 1}}\n", None),
        (PRESET.replace(b"small", b"none"), None),
        (PRESET.replace(b"small", b"7"), None),
        (b"a: 1\n", None),
    ],
)
def test_a_preset_counts_only_where_resources_hold_nothing(source: bytes, limit: str | None) -> None:
    assert preset_limit(preset_at(source, MEMORY), MEMORY) == limit
    assert preset_limit(preset_at(source, MEMORY), ("resources", "requests", "memory")) is None
    assert preset_at(source, ("persistence", "size")) is None


def test_a_value_in_a_block_of_text_is_proposed_rebuilt_and_taken_back_byte_for_byte() -> None:
    got = made(BLOCK)
    assert isinstance(got, Proposal)
    after = BLOCK.replace(b"512Mi", b"1Gi")
    assert got.edits[0].after == after
    assert rebuild(got, {FILE: BLOCK}, policy(), (), NOW) == {FILE: after}
    busy = BLOCK.replace(b"replicaCount: 1", b"replicaCount: 4  # busy")
    assert rebuild(got, {FILE: busy}, policy(), (), NOW) == {FILE: busy.replace(b"512Mi", b"1Gi")}
    mine = [applied(got.changes[0], incident_id=got.incident_id)]
    later = busy.replace(b"512Mi", b"1Gi")
    assert rebuild_revert(got, {FILE: later}, policy(), mine) == {FILE: busy}
    with pytest.raises(Stale):
        rebuild(got, {FILE: BLOCK.replace(b"512Mi", b"2Gi")}, policy(), (), NOW)


def test_a_person_may_choose_a_place_inside_a_block_of_text() -> None:
    path = ("spec", "source", "helm", "values", "|", *MEMORY)
    got = made(BLOCK, chosen=Place(FILE, path))
    assert isinstance(got, Proposal)
    assert got.changes[0] == replace(got.changes[0], path=path, old="512Mi", new="1Gi")
