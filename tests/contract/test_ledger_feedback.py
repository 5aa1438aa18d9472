"""The ledger port, afterwards: wishes to take a change back, people's words, what a proposal was made from."""

import pytest

from langraph.errors import Conflict, NotFound
from langraph.models.feedback import NegativeFeedback, Remark, RevertRequest
from langraph.models.incident import Action, Decision, Outcome, Person, Status
from langraph.models.text import Text
from langraph.ports import Batch, Intent
from services.ledger import SqlLedger
from tests.support.nouns import NOON, occurrence, proposal

ALICE = Person("api:alice", "alice")
BOB = Person("slack:U1", "bob")


async def proposed(ledger: SqlLedger) -> str:
    one = occurrence()
    incident_id = (await ledger.ingest(Batch("loki", [one.key], [one]), NOON)).opened[0]
    await ledger.propose(proposal(incident_id))
    await ledger.update(incident_id, status=Status.AWAITING_APPROVAL)
    return incident_id


async def not_recovered(ledger: SqlLedger) -> str:
    """An incident whose committed change did not help."""
    incident_id = await proposed(ledger)
    digest = proposal(incident_id).digest
    await ledger.decide(Decision(digest, incident_id, Action.APPROVE, ALICE, NOON))
    await ledger.intend(Intent(f"apply:{digest}", "apply", incident_id, NOON))
    await ledger.settle(f"apply:{digest}", "done", "a" * 40)
    await ledger.close(incident_id, Outcome(Status.NOT_RECOVERED, NOON, Text("x", "x")))
    return incident_id


def wish(incident_id: str, by: Person = ALICE) -> RevertRequest:
    return RevertRequest(proposal(incident_id).digest, incident_id, by, NOON)


async def test_the_first_wish_to_take_a_change_back_stands_and_wakes_its_incident(ledger: SqlLedger) -> None:
    incident_id = await not_recovered(ledger)
    assert await ledger.due(NOON) == []
    assert (await ledger.ask_revert(wish(incident_id))).by == ALICE
    assert (await ledger.ask_revert(wish(incident_id, BOB))).by == ALICE
    assert await ledger.revert_request(proposal(incident_id).digest) == wish(incident_id)
    assert await ledger.due(NOON) == [incident_id]
    assert (await ledger.books()).revert_requests == [wish(incident_id)]


async def test_a_change_of_a_running_incident_is_not_taken_back_from_outside(ledger: SqlLedger) -> None:
    incident_id = await proposed(ledger)
    with pytest.raises(Conflict, match="awaiting_approval"):
        await ledger.ask_revert(wish(incident_id))


async def test_where_nothing_was_committed_there_is_nothing_to_take_back(ledger: SqlLedger) -> None:
    incident_id = await proposed(ledger)
    await ledger.close(incident_id, Outcome(Status.REJECTED, NOON, Text("x", "x")))
    with pytest.raises(Conflict, match="nothing was committed"):
        await ledger.ask_revert(wish(incident_id))


@pytest.mark.parametrize(("state", "says"), [("done", "taken back already"), ("refused", "could not be taken back")])
async def test_a_change_is_taken_back_once(ledger: SqlLedger, state: str, says: str) -> None:
    incident_id = await not_recovered(ledger)
    op_id = f"revert:{proposal(incident_id).digest}"
    await ledger.intend(Intent(op_id, "revert", incident_id, NOON))
    await ledger.settle(op_id, state, "b" * 40)
    with pytest.raises(Conflict, match=says):
        await ledger.ask_revert(wish(incident_id))


async def test_a_closed_incident_changes_nothing_but_its_way_back(ledger: SqlLedger) -> None:
    incident_id = await not_recovered(ledger)
    await ledger.update(incident_id, status=Status.RECOVERED)
    assert (await ledger.incident(incident_id)).status is Status.NOT_RECOVERED
    await ledger.update(incident_id, wake_at=NOON, commits=("a" * 40,))
    assert (await ledger.incident(incident_id)).commits == ("a" * 40,)


async def test_words_on_a_running_workflow_are_kept_once(ledger: SqlLedger) -> None:
    incident_id = await proposed(ledger)
    said = Remark(incident_id, ALICE, NOON, "a leak", "raise it")
    for _ in range(2):
        await ledger.remark(said)
    assert await ledger.remarks(incident_id) == [said]
    assert [entry.what for entry in await ledger.timeline(incident_id)].count("remarked") == 1


async def test_words_on_a_closed_incident_are_too_late(ledger: SqlLedger) -> None:
    incident_id = await not_recovered(ledger)
    with pytest.raises(Conflict, match="does not run any more"):
        await ledger.remark(Remark(incident_id, ALICE, NOON, "a leak", ""))
    with pytest.raises(NotFound):
        await ledger.remark(Remark("incident-20261120083000-000000", ALICE, NOON, "a leak", ""))


async def test_negative_feedback_waits_until_it_is_in_git_also_on_incidents_that_only_git_knows(
    ledger: SqlLedger,
) -> None:
    said = NegativeFeedback("incident-20250101000000-abcdef", ALICE, NOON, "too small", "memory 512Mi -> 1Gi", "2Gi")
    for _ in range(2):
        await ledger.complain(said)
    assert await ledger.complaints() == [said]
    await ledger.complaint_recorded(said.op_id, "c" * 40)
    assert await ledger.complaints() == []
    assert await ledger.complaints(said.incident_id) == [said]


async def test_the_inputs_of_the_newest_version_are_given(ledger: SqlLedger) -> None:
    incident_id = await proposed(ledger)
    assert await ledger.inputs(incident_id) is None
    await ledger.save_inputs(incident_id, 1, {"files": {"a": "b"}})
    await ledger.save_inputs(incident_id, 2, {"files": {"a": "c"}})
    assert await ledger.inputs(incident_id) == {"files": {"a": "c"}}


async def test_every_version_of_a_proposal_is_remembered(ledger: SqlLedger) -> None:
    incident_id = await proposed(ledger)
    assert [one.version for one in await ledger.proposals(incident_id)] == [1]
