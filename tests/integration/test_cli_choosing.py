"""Which value is meant, chosen at a terminal, against the real API on real HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from langraph.models.incident import Action
from tests.integration.test_cli_client import Desk
from tests.support.counter import VALUES, counter_world
from tests.support.questions import INGESTER, asked_which
from tests.support.servers import serve

OTHER = "helm-values/loki/values.yaml"


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.chdir(tmp_path)
    async with counter_world(tmp_path) as world, serve(world.app) as url:
        yield Desk(world, {"LANGRAPH_URL": url, "LANGRAPH_LOCALE": "en", "no_proxy": "127.0.0.1"})


async def test_show_lists_the_values_and_says_what_to_type(desk: Desk) -> None:
    incident, _ = await asked_which(desk.world)
    shown = (await desk("incidents", "show", incident)).stdout
    assert f"1. ingester.resources.limits.memory ({VALUES}): 1Gi -> 2Gi" in shown
    assert f"2. querier.resources.limits.memory ({VALUES}): 2Gi -> 4Gi" in shown
    assert f"langraph incidents modify {incident} --set ingester.resources.limits.memory=2Gi" in shown
    assert "Change (diff)" not in shown
    korean = (await desk("incidents", "show", incident, LANGRAPH_LOCALE="ko")).stdout
    assert "하나를 골라 값을 지정하세요" in korean


async def test_an_approval_says_how_to_choose_and_decides_nothing(desk: Desk) -> None:
    incident, proposal = await asked_which(desk.world)
    result = await desk("incidents", "approve", incident)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "choose one with Modify and give it a value: ingester.resources.limits.memory, querier" in result.stderr
    korean = await desk("incidents", "approve", incident, LANGRAPH_LOCALE="ko")
    assert "수정에서 하나를 골라 값을 입력하세요" in korean.stderr
    assert await desk.world.ledger.decision(proposal.digest) is None


async def test_what_is_typed_chooses_the_value(desk: Desk) -> None:
    incident, proposal = await asked_which(desk.world)
    result = await desk("incidents", "modify", incident, "--set", "querier.resources.limits.memory=4Gi")
    assert result.exit_code == 0, result.output
    assert "+  resources: {limits: {memory: 4Gi}}" in result.stdout
    assert "modified" in result.stdout
    decision = await desk.world.ledger.decision(proposal.digest)
    assert decision is not None
    assert decision.action is Action.MODIFY
    assert "modify" not in (await desk("incidents", "show", incident)).stdout.split("Timeline")[0]


async def test_a_value_further_than_suggested_must_be_approved(desk: Desk) -> None:
    incident, _ = await asked_which(desk.world)
    result = await desk("incidents", "modify", incident, "--set", "ingester.resources.limits.memory=4Gi")
    assert f"langraph incidents approve {incident}" in result.stdout


@pytest.mark.parametrize("setting", ["compactor.memory=4Gi", "querier.resources.limits.memory", "=1Gi",
                                     "querier.resources.limits.memory=64Gi"])  # fmt: skip
async def test_what_is_no_choice_decides_nothing(desk: Desk, setting: str) -> None:
    incident, proposal = await asked_which(desk.world)
    result = await desk("incidents", "modify", incident, "--set", setting)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "querier.resources.limits.memory" in result.stderr or "ingester.resources.limits.memory" in result.stderr
    assert await desk.world.ledger.decision(proposal.digest) is None


async def test_one_path_in_two_files_is_chosen_by_its_key(desk: Desk) -> None:
    incident, _ = await asked_which(desk.world, INGESTER, replace(INGESTER, file=OTHER))
    key = f"{OTHER}#0:ingester.resources.limits.memory"
    shown = (await desk("incidents", "show", incident)).stdout
    assert f"--set '{VALUES}#0:ingester.resources.limits.memory=2Gi'" in shown
    ambiguous = await desk("incidents", "modify", incident, "--set", "ingester.resources.limits.memory=2Gi")
    assert ambiguous.exit_code == 2
    result = await desk("incidents", "modify", incident, "--set", f"{key}=2Gi")
    assert result.exit_code == 0, result.output
    assert f"+++ b/{OTHER}" in result.stdout
    assert VALUES not in result.stdout
