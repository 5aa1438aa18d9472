"""Proposals: made, changed by a person, rebuilt on the present head, taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from langraph.catalogue import App, Catalogue
from langraph.errors import BadInput, EditRefused, PolicyDenied, Stale
from langraph.helm_values import changed_paths
from langraph.models.incident import Proposal
from langraph.policy import Policy
from langraph.proposing import NoProposal, modified, propose, rebuild, rebuild_revert
from langraph.target import Place
from tests.support.proposals import (
    FILE,
    MEMORY,
    NOW,
    POLICY,
    VALUES,
    applied,
    change,
    diagnosis,
    incident,
    policy,
    remedy,
    runbook,
)

DAY = timedelta(hours=24)
HOLLOW = VALUES.replace(
    b"resources:\n  limits:\n    memory: 512Mi  # raised twice already\n  requests:\n    memory: 256Mi\n",
    b"resources: {}\n  # limits: set them one day\n",
)


def made(source: bytes = VALUES, **given: object) -> Proposal | NoProposal:
    usual: dict[str, object] = {
        "files": {FILE: ("ab12", source)},
        "catalogue": Catalogue(),
        "policy": policy(),
        "history": (),
        "now": NOW,
        "expires_in": DAY,
    }
    about = {"incident": incident(), "diagnosis": diagnosis(), "runbook": runbook(remedy())}
    about |= {name: given.pop(name) for name in list(given) if name in about}  # type: ignore[misc]  # a test's own keys
    return propose(about["incident"], about["diagnosis"], about["runbook"], **(usual | given))  # type: ignore[arg-type]


def proposal(source: bytes = VALUES, **given: object) -> Proposal:
    got = made(source, **given)
    assert isinstance(got, Proposal), got
    return got


def refusal(source: bytes = VALUES, **given: object) -> NoProposal:
    got = made(source, **given)
    assert isinstance(got, NoProposal), got
    assert got.reason.en != got.reason.ko
    return got


def test_the_usual_step_is_proposed_and_nothing_else_in_the_file_changes() -> None:
    got = proposal()
    assert got.changes == (change("1Gi"),)
    assert got.edits[0].after == VALUES.replace(b"512Mi", b"1Gi")
    assert "-    memory: 512Mi  # raised twice already\n+    memory: 1Gi  # raised twice already\n" in got.diff
    assert "-    memory: 1Gi  # raised twice already\n+    memory: 512Mi  # raised twice already\n" in got.revert_diff
    assert (got.created_at, got.expires_at, got.version) == (NOW, NOW + DAY, 1)
    assert got.blast.apps == ("grafana",)


def test_the_explanation_says_cause_change_restart_limits_and_undo_in_both_languages() -> None:
    got = proposal()
    english = ["Cause: grafana was killed", "from 512Mi to 1Gi", "Restarts:", "does not find or stop", "Undo:"]
    korean = ["원인: grafana에서", "512Mi에서 1Gi", "재시작:", "누수", "되돌리기:"]
    assert [part for part in english if part not in got.explanation.en] == []
    assert [part for part in korean if part not in got.explanation.ko] == []
    assert got.action.en == "Raise the memory of grafana from 512Mi to 1Gi."


def test_a_name_with_braces_is_only_a_name() -> None:
    got = proposal(
        incident=incident(app="{new}"),
        files={"helm-values/{new}/values.yaml": ("ab", VALUES)},
        diagnosis=diagnosis(None),
    )
    assert got.action.en == "Raise the memory of {new} from 512Mi to 1Gi."


def test_the_same_grounds_make_the_same_digest() -> None:
    assert proposal().digest == proposal().digest
    assert proposal(version=2).digest != proposal().digest


def test_a_jvm_heap_limit_in_the_file_is_pointed_at() -> None:
    got = proposal(VALUES.replace(b'value: "10"', b"value: -Xmx400m", 1))
    assert "-Xmx400m in env[0].value" in got.explanation.en


def test_a_fault_without_remedy_gets_no_diff() -> None:
    assert "advice" in refusal(runbook=runbook(None)).reason.en


def test_an_unknown_app_gets_no_diff() -> None:
    assert "which app" in refusal(incident=incident(app=None)).reason.en


def test_labels_tell_the_app_through_the_catalogue() -> None:
    catalogue = Catalogue((App("grafana", (FILE,), match={"team": "x"}, containers={"grafana": ""}),))
    assert proposal(incident=incident(app=None, labels={"team": "x"}), catalogue=catalogue).changes == (change("1Gi"),)


def test_other_apps_in_the_same_file_are_named_in_the_blast_radius() -> None:
    catalogue = Catalogue((App("grafana", (FILE,), containers={"grafana": ""}), App("loki", (FILE,))))
    assert proposal(catalogue=catalogue).blast.apps == ("grafana", "loki")


def test_several_places_are_shown_and_a_person_may_choose_one() -> None:
    source = b"server: {resources: {limits: {memory: 1Gi}}}\nworker: {resources: {limits: {memory: 512Mi}}}\n"
    got = refusal(source)
    assert len(got.candidates) == 2
    chosen = proposal(source, chosen=got.candidates[1])
    assert chosen.changes[0].dotted == "worker.resources.limits.memory"


def test_a_chosen_place_is_judged_like_any_other() -> None:
    assert "No rule allows" in refusal(chosen=Place(FILE, ("replicaCount",))).reason.en


def test_policy_bounds_the_step_and_the_explanation_says_so() -> None:
    got = proposal(VALUES.replace(b"512Mi", b"6Gi"))
    assert got.changes[0].new == "8Gi"
    assert "maximum of 8Gi" in got.explanation.en


def test_what_policy_denies_is_not_proposed() -> None:
    assert "no rules" in refusal(policy=Policy()).reason.en
    recent = applied(change("512Mi", "400Mi"), ago=timedelta(minutes=5))
    assert "once in 1h" in refusal(history=(recent,)).reason.en
    assert "maximum of 8Gi" in refusal(VALUES.replace(b"512Mi", b"8Gi")).reason.en


def test_the_incidents_own_claim_does_not_stand_in_its_way() -> None:
    own = applied(change(), ago=timedelta(minutes=5), incident_id=incident().id)
    assert proposal(history=(own,)).changes == (change("1Gi"),)


def test_a_first_limit_goes_into_an_empty_block_and_not_below_the_request() -> None:
    got = proposal(HOLLOW, runbook=runbook(remedy(default="256Mi")))
    assert got.changes[0].op == "insert"
    assert b"resources:\n  limits:\n    memory: 256Mi\n" in got.edits[0].after
    source = HOLLOW.replace(b"resources: {}\n", b"resources:\n  requests:\n    memory: 300Mi\n")
    assert proposal(source, runbook=runbook(remedy(default="256Mi"))).changes[0].new == "300Mi"


def test_the_limit_that_the_event_names_sizes_a_first_value() -> None:
    told = incident(facts={"limit": "262144kB"})
    assert proposal(HOLLOW, incident=told).changes[0].new == "512Mi"
    assert refusal(HOLLOW).reason.en


def test_a_value_shared_by_an_anchor_is_refused() -> None:
    shared = VALUES.replace(b"memory: 512Mi", b"memory: &big 512Mi") + b"other: *big\n"
    assert "anchor" in refusal(shared).reason.en


def test_a_file_that_cannot_be_read_is_no_crash() -> None:
    assert "cannot be edited safely" in refusal(b"resources: {\n").reason.en
    assert "helm-values/apps.yaml" in refusal(files={}).reason.en


# --- a person's own values -----------------------------------------------------------------------------------------


def own(values: dict[str, object], source: bytes = VALUES) -> Proposal:
    return modified(proposal(source), values, policy(), (), NOW, by="Alice")  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["resources.limits.memory", f"{FILE}#0:resources.limits.memory"])
def test_a_persons_value_makes_the_next_version(key: str) -> None:
    got = own({key: " 768Mi "})
    assert got.changes == (change("768Mi"),)
    assert got.edits[0].after == VALUES.replace(b"512Mi", b"768Mi")
    assert got.version == 2
    assert got.digest != proposal().digest
    assert "Chosen by: Alice" in got.explanation.en
    assert got.explanation.en.startswith("Cause: grafana was killed")
    assert "does not find or stop a memory leak" in got.explanation.en
    assert "768Mi" in got.diff


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"resources.limits.cpu": "1"}, "resources.limits.cpu"),
        ({"resources.limits.memory": "much"}, "much"),
        ({"resources.limits.memory": True}, "True"),
        ({"resources.limits.memory": ""}, "no amount"),
        ({}, "at least one"),
    ],
)
def test_values_that_make_no_sense_are_named(values: dict[str, object], names: str) -> None:
    with pytest.raises(BadInput) as error:
        own(values)
    assert names in str(error.value)


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(BadInput) as error:
        own({"a": 1, "resources.limits.memory": "much"})
    assert "a: " in str(error.value)
    assert "much" in str(error.value)


@pytest.mark.parametrize("value", ["2Gi", "256Mi", "512Mi"])
def test_a_persons_value_outside_policy_is_denied(value: str) -> None:
    with pytest.raises(PolicyDenied):
        own({"resources.limits.memory": value})


# --- the commit ----------------------------------------------------------------------------------------------------


def test_on_the_same_file_the_approved_bytes_come_out() -> None:
    got = proposal()
    assert rebuild(got, {FILE: VALUES}, POLICY, (), NOW) == {FILE: got.edits[0].after}


def test_what_people_changed_elsewhere_in_the_file_stays() -> None:
    present = VALUES.replace(b"replicaCount: 1", b"replicaCount: 4  # busy") + b"extra: true\n"
    after = rebuild(proposal(), {FILE: present}, policy(), (), NOW)[FILE]
    assert after == present.replace(b"512Mi", b"1Gi")
    assert changed_paths(present, after) == {(0, MEMORY)}


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {FILE: VALUES.replace(b"512Mi", b"1Gi")},
        {FILE: VALUES.replace(b"512Mi", b"0.5Gi")},
        {FILE: VALUES.replace(b"    memory: 512Mi  # raised twice already\n", b"    cpu: 1\n")},
    ],
)
def test_a_key_that_moved_makes_the_proposal_stale(tree: dict[str, bytes]) -> None:
    with pytest.raises(Stale):
        rebuild(proposal(), tree, policy(), (), NOW)


def test_an_inserted_key_that_somebody_else_added_makes_it_stale() -> None:
    got = proposal(HOLLOW, runbook=runbook(remedy(default="256Mi")))
    assert rebuild(got, {FILE: HOLLOW}, policy(), (), NOW) == {FILE: got.edits[0].after}
    with pytest.raises(Stale):
        rebuild(got, {FILE: VALUES}, policy(), (), NOW)


def test_another_list_item_in_the_same_position_makes_it_stale() -> None:
    pool = runbook(remedy(value_path="env.DB_POOL_SIZE", kind="count"))
    got = proposal(runbook=pool)
    assert got.changes[0].new == "20"
    swapped = VALUES.replace(b"DB_POOL_SIZE", b"HTTP_POOL_SIZE")
    with pytest.raises(Stale, match="another list item"):
        rebuild(got, {FILE: swapped}, policy(), (), NOW)


def test_the_policy_on_the_branch_has_the_last_word() -> None:
    got = proposal()
    for stricter in (b"", POLICY.replace(b"max: 8Gi", b"max: 600Mi"), b"rules: {"):
        with pytest.raises(PolicyDenied):
            rebuild(got, {FILE: VALUES}, stricter, (), NOW)


def test_a_change_by_another_incident_meanwhile_denies_and_ones_own_claim_does_not() -> None:
    got = proposal()
    recent = applied(change(), ago=timedelta(minutes=1))
    with pytest.raises(PolicyDenied):
        rebuild(got, {FILE: VALUES}, policy(), (recent,), NOW)
    rebuild(got, {FILE: VALUES}, policy(), (replace(recent, incident_id=got.incident_id),), NOW)


def test_bytes_that_were_not_approved_are_refused() -> None:
    got = proposal()
    forged = replace(got, edits=(replace(got.edits[0], after=VALUES),))
    with pytest.raises(EditRefused, match="approved"):
        rebuild(forged, {FILE: VALUES}, policy(), (), NOW)


# --- the way back --------------------------------------------------------------------------------------------------


def back(got: Proposal, present: bytes) -> bytes:
    mine = [applied(made, timedelta(minutes=9), got.incident_id) for made in got.changes]
    return rebuild_revert(got, {FILE: present}, policy(), mine)[FILE]


def test_the_way_back_restores_the_old_bytes() -> None:
    got = proposal()
    assert back(got, got.edits[0].after) == VALUES


def test_the_way_back_leaves_what_people_changed_since() -> None:
    got = proposal()
    present = got.edits[0].after.replace(b"replicaCount: 1", b"replicaCount: 2")
    assert back(got, present) == VALUES.replace(b"replicaCount: 1", b"replicaCount: 2")


def test_the_way_back_takes_an_inserted_block_out_again() -> None:
    got = proposal(HOLLOW, runbook=runbook(remedy(default="256Mi")))
    assert back(got, got.edits[0].after) == HOLLOW
    later = got.edits[0].after.replace(b"replicaCount: 1", b"replicaCount: 2")
    assert back(got, later) == HOLLOW.replace(b"replicaCount: 1", b"replicaCount: 2")


def test_a_key_that_was_touched_since_is_not_taken_back() -> None:
    got = proposal()
    with pytest.raises(Stale):
        back(got, VALUES.replace(b"512Mi", b"3Gi"))
    with pytest.raises(PolicyDenied):
        rebuild_revert(got, {FILE: got.edits[0].after}, policy(), [])
    with pytest.raises(PolicyDenied):
        rebuild_revert(got, {FILE: got.edits[0].after}, b"", [applied(got.changes[0])])
