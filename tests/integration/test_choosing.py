"""Where only a person can know which value is meant: they are asked, and what they choose is what is committed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from langraph.errors import BadInput, PolicyDenied
from langraph.models.incident import Action, Status
from tests.support.nouns import occurrence
from tests.support.world import World, world

FILE = "helm-values/mimir/values.yaml"
TWO_COMPONENTS = b"""\
ingester:
  resources: {limits: {memory: 1Gi}}
querier:
  resources: {limits: {memory: 2Gi}}
"""


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, {FILE: TWO_COMPONENTS}) as opened:
        yield opened
        assert await opened.violations() == []


async def asked(w: World) -> str:
    """A memory fault of an app with two components, and nothing that says which of them it was."""
    one = replace(occurrence(app="mimir"), facts={}, labels={"app": "mimir"})
    incident_id = await w.fault(one)
    incident = await w.drive(incident_id)
    assert incident.status is Status.AWAITING_APPROVAL
    return incident_id


async def test_people_are_asked_which_value_is_meant_instead_of_guessing(w: World) -> None:
    proposal = await w.proposal(await asked(w))
    assert proposal.is_question
    assert (proposal.changes, proposal.diff) == ((), "")
    assert {(o.dotted, o.old, o.new) for o in proposal.options} == {
        ("ingester.resources.limits.memory", "1Gi", "2Gi"),
        ("querier.resources.limits.memory", "2Gi", "4Gi"),
    }


async def test_a_question_cannot_be_approved(w: World) -> None:
    incident_id = await asked(w)
    with pytest.raises(BadInput, match="choose one with Modify"):
        await w.say(incident_id, Action.APPROVE)
    assert (await w.ledger.incident(incident_id)).status is Status.AWAITING_APPROVAL


async def test_the_chosen_value_and_no_other_is_committed(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.MODIFY, changes={"querier.resources.limits.memory": "4Gi"})
    incident = await w.drive(incident_id)
    assert incident.status is Status.VERIFYING
    assert w.git.show(FILE) == TWO_COMPONENTS.replace(b"2Gi", b"4Gi")
    assert w.git.commits[-1].message.startswith("fix(mimir): querier.resources.limits.memory 2Gi -> 4Gi")


async def test_a_value_further_than_suggested_is_asked_about_again(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.MODIFY, changes={"ingester.resources.limits.memory": "4Gi"})
    assert (await w.drive(incident_id)).status is Status.AWAITING_APPROVAL
    assert [c.new for c in (await w.proposal(incident_id)).changes] == ["4Gi"]


async def test_a_value_that_is_no_option_is_refused_and_nothing_is_decided(w: World) -> None:
    incident_id = await asked(w)
    with pytest.raises(BadInput, match=r"ingester\.resources\.limits\.memory"):
        await w.say(incident_id, Action.MODIFY, changes={"compactor.resources.limits.memory": "4Gi"})
    with pytest.raises(PolicyDenied):
        await w.say(incident_id, Action.MODIFY, changes={"ingester.resources.limits.memory": "64Gi"})
    assert (await w.ledger.incident(incident_id)).status is Status.AWAITING_APPROVAL


async def test_a_question_can_be_rejected(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.REJECT)
    assert (await w.drive(incident_id)).status is Status.REJECTED
