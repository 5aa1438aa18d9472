"""An incident at the counter that asks which of two values is meant."""

from dataclasses import replace

from langraph.asking import question
from langraph.models.incident import FileEdit, Proposal, Status, ValueChange
from langraph.models.text import Text
from tests.support.counter import VALUES, CounterWorld, a_diagnosis, a_proposal

TWO = b"ingester:\n  resources: {limits: {memory: 1Gi}}\nquerier:\n  resources: {limits: {memory: 2Gi}}\n"
INGESTER = ValueChange(VALUES, ("ingester", "resources", "limits", "memory"), "1Gi", "2Gi")
QUERIER = ValueChange(VALUES, ("querier", "resources", "limits", "memory"), "2Gi", "4Gi")


async def asked_which(
    world: CounterWorld, *options: ValueChange, version: int = 1, incident_id: str | None = None
) -> tuple[str, Proposal]:
    """An incident that waits for a choice; the ingester's or the querier's memory when no options are named."""
    incident_id = incident_id or await world.opened()
    one = replace(
        a_proposal(incident_id, world.clock.now()),
        version=version,
        explanation=Text("It ran out of memory.", "메모리가 부족합니다."),
    )
    each = [
        replace(one, changes=(option,), edits=(FileEdit(option.file, "b" * 40, TWO, TWO),))
        for option in options or (INGESTER, QUERIER)
    ]
    proposal = question(Text("It could be either.", "둘 중 하나입니다."), each)
    await world.ledger.propose(proposal)
    await world.ledger.update(
        incident_id, status=Status.AWAITING_APPROVAL, diagnosis=a_diagnosis(), proposal_digest=proposal.digest
    )
    return incident_id, proposal
