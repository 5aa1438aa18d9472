"""A recorded incident, once more: the same with the same rules, and told where it would be different today."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from langraph.cli import cli
from langraph.errors import BadInput
from langraph.models.incident import Action, Status
from langraph.recognise import Recogniser
from langraph.replaying import Replay, replay
from langraph.runbooks.catalogue import load as load_runbooks
from tests.support.nouns import occurrence
from tests.support.world import VALUES, World, world

GRAFANA = "helm-values/grafana/values.yaml"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(load_runbooks())


async def recorded(w: World, action: Action = Action.REJECT, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """metadata.json and inputs.json of an incident that has ended."""
    incident_id = await w.fault(occurrence())
    await w.drive(incident_id)
    await w.say(incident_id, action, **more)
    incident = await w.drive(incident_id)
    if incident.status is Status.AWAITING_APPROVAL:
        await w.say(incident_id, Action.REJECT)
        await w.drive(incident_id)
    folder = f"examples/{incident_id}"
    return tuple(json.loads(w.git.show(f"{folder}/{name}") or b"") for name in ("metadata.json", "inputs.json"))  # type: ignore[return-value]


def again(record: tuple[dict[str, Any], dict[str, Any]], recogniser: Recogniser) -> Replay:
    return replay(*record, recogniser, load_runbooks().runbooks)


async def test_with_the_same_rules_the_record_comes_out_the_same(w: World, recogniser: Recogniser) -> None:
    one = again(await recorded(w), recogniser)
    assert one.differences == []
    assert one.now.changes == ("resources.limits.memory 512Mi -> 1Gi",)


async def test_it_comes_out_the_same_every_time(w: World, recogniser: Recogniser) -> None:
    record = await recorded(w)
    assert again(record, recogniser) == again(record, recogniser)


async def test_what_a_person_lowered_before_is_part_of_what_was_known(w: World, recogniser: Recogniser) -> None:
    before = w.clock.now()
    w.git.person_pushes({GRAFANA: VALUES.replace(b"512Mi", b"768Mi")}, "room", at=before - timedelta(days=90))
    w.git.person_pushes({GRAFANA: VALUES}, "save memory", at=before - timedelta(hours=2))
    one = again(await recorded(w), recogniser)
    assert one.differences == []
    assert one.now.changes == ("resources.limits.memory 512Mi -> 768Mi",)


async def test_a_modified_proposal_is_replayed_as_it_was_proposed(w: World, recogniser: Recogniser) -> None:
    record = await recorded(w, Action.MODIFY, changes={"resources.limits.memory": "1536Mi"})
    assert record[0]["earlier_proposals"][0]["decision"]["action"] == "modify"
    assert again(record, recogniser).differences == []


async def test_a_difference_is_named_with_both_sides(w: World, recogniser: Recogniser) -> None:
    metadata, inputs = await recorded(w)
    metadata["proposal"]["changes"][0]["new"] = "768Mi"
    differences = again((metadata, inputs), recogniser).differences
    assert differences == [
        ("changes", "resources.limits.memory 512Mi -> 768Mi", "resources.limits.memory 512Mi -> 1Gi")
    ]


@pytest.mark.parametrize(
    "broken", [{}, {"inputs_version": 99}, {"inputs_version": 1, "incident": 7}, [], None], ids=str
)
def test_inputs_that_cannot_be_read_are_a_clear_error(broken: object, recogniser: Recogniser) -> None:
    with pytest.raises(BadInput, match=r"inputs\.json"):
        replay({}, broken, recogniser, {})


async def test_the_command_shows_what_would_be_different(w: World, tmp_path: Path) -> None:
    metadata, inputs = await recorded(w)
    folder = tmp_path / "examples" / metadata["id"]
    folder.mkdir(parents=True)
    (folder / "inputs.json").write_text(json.dumps(inputs))
    (folder / "metadata.json").write_text(json.dumps(metadata))
    same = CliRunner().invoke(cli, ["replay", str(folder), "--strict"])
    assert (same.exit_code, same.output.strip()) == (0, f"{metadata['id']}: the same today")
    (folder / "metadata.json").write_text(json.dumps({**metadata, "category": "dns"}))
    other = CliRunner().invoke(cli, ["replay", str(tmp_path / "examples"), "--strict", "--json"])
    assert other.exit_code == 1
    assert json.loads(other.output)["differences"] == [{"what": "category", "then": "dns", "now": "oom"}]


def test_the_command_names_a_folder_that_holds_no_record(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["replay", str(tmp_path)])
    assert done.exit_code == 2
    assert "no recorded incident" in done.output
