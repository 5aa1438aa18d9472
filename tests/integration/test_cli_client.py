"""`langraph incidents`, `halt`, `resume` against the real API on real HTTP."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from langraph.cli import cli
from langraph.models.incident import Action, Severity, Status
from langraph.ports import Intent
from tests.support.counter import ALICE, KEYS, CounterWorld, counter_world
from tests.support.servers import serve


@dataclass(slots=True)
class Desk:
    """A person at a terminal, and the daemon's world that they talk to."""

    world: CounterWorld
    environment: dict[str, str]

    async def __call__(self, *arguments: str, **environment: str) -> Result:
        run = CliRunner(env={**self.environment, **environment})
        return await asyncio.to_thread(run.invoke, cli, arguments)

    async def json(self, *arguments: str) -> object:
        result = await self(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.chdir(tmp_path)
    # A proxy that the environment names must not be asked about our own machine.
    proxies = {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "", "no_proxy": ""}
    async with counter_world(tmp_path) as world, serve(world.app) as url:
        yield Desk(world, {"LANGRAPH_URL": url, "LANGRAPH_LOCALE": "en", **proxies})


async def test_the_list_shows_the_newest_first(desk: Desk) -> None:
    old = await desk.world.opened(desk.world.clock.now() - timedelta(hours=1), app="loki")
    new = await desk.world.opened()
    lines = (await desk("incidents", "list")).stdout.splitlines()
    assert lines[0].split()[:3] == ["ID", "STATUS", "SEVERITY"]
    assert [line.split()[0] for line in lines[1:]] == [new, old]
    assert "grafana" in lines[1]
    assert "critical" in lines[1]


async def test_the_list_is_filtered_and_limited(desk: Desk) -> None:
    for n in range(5):
        await desk.world.opened(desk.world.clock.now() - timedelta(hours=n + 1), app="loki")
    grafana = await desk.world.opened()
    assert grafana in (await desk("incidents", "list", "--app", "grafana")).stdout
    assert (await desk("incidents", "list", "--app", "grafana")).stdout.count("incident-") == 1
    assert (await desk("incidents", "list", "--open", "--category", "oom")).stdout.count("incident-") == 6
    assert "no such incidents" in (await desk("incidents", "list", "--status", "recovered")).stdout
    limited = (await desk("incidents", "list", "--limit", "2")).stdout
    assert limited.count("incident-") == 2
    assert "--limit" in limited


async def test_a_list_longer_than_a_page_of_the_api_comes_whole(desk: Desk) -> None:
    for n in range(205):
        await desk.world.opened(desk.world.clock.now() - timedelta(minutes=n))
    page = await desk.json("incidents", "list", "--limit", "1000")
    assert isinstance(page, dict)
    assert len({item["id"] for item in page["items"]}) == 205
    assert page["next"] is None


async def test_a_filter_that_makes_no_sense_is_told_by_the_api(desk: Desk) -> None:
    result = await desk("incidents", "list", "--status", "sleeping")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "status" in result.stderr


async def test_show_has_cause_diff_and_timeline(desk: Desk) -> None:
    incident, _ = await desk.world.asked()
    shown = (await desk("incidents", "show", incident)).stdout
    for said in (
        incident,
        "grafana ran out of memory.",
        "+    memory: 1Gi",
        "Not the node.",
        "waiting for your decision",
    ):
        assert said in shown
    korean = (await desk("incidents", "show", incident, LANGRAPH_LOCALE="ko")).stdout
    assert "메모리 부족이 발생했습니다" in korean


async def test_an_id_may_be_shortened_while_it_means_one_incident(desk: Desk) -> None:
    first = await desk.world.opened(desk.world.clock.now() - timedelta(hours=1))
    second, _ = await desk.world.asked()
    for short in (second[-6:], second[:-3], second.removeprefix("incident-")):
        assert (await desk.json("incidents", "show", short))["id"] == second  # type: ignore[index]  # JSON
    several = await desk("incidents", "show", "incident-")
    assert several.exit_code == 2
    assert first in several.stderr
    assert second in several.stderr


@pytest.mark.parametrize("typed", ["incident-20200101000000-ffffff", "zzz", ""])
async def test_an_unknown_incident_is_one_sentence(desk: Desk, typed: str) -> None:
    await desk.world.opened()
    result = await desk("incidents", "show", typed)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("langraph: ")


async def test_approving_prints_the_change_and_decides_on_its_digest(desk: Desk) -> None:
    incident, proposal = await desk.world.asked()
    result = await desk("incidents", "approve", incident, "--comment", "agreed", "--auto-revert")
    assert result.exit_code == 0, result.output
    assert "+    memory: 1Gi" in result.stdout
    assert "approved" in result.stdout
    decision = await desk.world.ledger.decision(proposal.digest)
    assert decision is not None
    assert (decision.action, decision.by.id, decision.comment, decision.auto_revert) == (
        Action.APPROVE, "local:operator", "agreed", True,
    )  # fmt: skip


async def test_approving_twice_changes_nothing(desk: Desk) -> None:
    incident, _ = await desk.world.asked()
    assert (await desk("incidents", "approve", incident)).exit_code == 0
    assert (await desk("incidents", "approve", incident)).exit_code == 0


async def test_the_second_decision_is_too_late(desk: Desk) -> None:
    incident, proposal = await desk.world.asked()
    await desk("incidents", "reject", incident, "--comment", "a leak")
    late = await desk("incidents", "approve", incident)
    assert (late.exit_code, late.stdout) == (3, "")
    assert "already decided (reject)" in late.stderr
    decision = await desk.world.ledger.decision(proposal.digest)
    assert decision is not None
    assert (decision.action, decision.comment) == (Action.REJECT, "a leak")


async def test_a_digest_of_another_proposal_decides_nothing(desk: Desk) -> None:
    incident, proposal = await desk.world.asked()
    result = await desk("incidents", "approve", incident, "--digest", "0" * 12)
    assert result.exit_code == 3
    assert await desk.world.ledger.decision(proposal.digest) is None
    assert (await desk("incidents", "approve", incident, "--digest", proposal.digest[:12])).exit_code == 0


async def test_an_incident_without_a_proposal_cannot_be_approved(desk: Desk) -> None:
    incident = await desk.world.opened()
    result = await desk("incidents", "approve", incident)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no proposal" in result.stderr


async def test_a_modification_puts_own_values_into_the_proposal(desk: Desk) -> None:
    incident, _ = await desk.world.asked()
    result = await desk("incidents", "modify", incident, "--set", "resources.limits.memory=768Mi")
    assert result.exit_code == 0, result.output
    assert "+    memory: 768Mi" in result.stdout
    assert "modified" in result.stdout


async def test_a_modification_that_goes_further_must_be_approved(desk: Desk) -> None:
    incident, _ = await desk.world.asked()
    result = await desk("incidents", "modify", incident, "--set", "resources.limits.memory=2Gi")
    assert f"langraph incidents approve {incident}" in result.stdout


@pytest.mark.parametrize("setting", ["resources.limits.memory", "=1Gi", "nothing=1", "resources.limits.memory=much"])
async def test_a_value_that_makes_no_sense_decides_nothing(desk: Desk, setting: str) -> None:
    incident, proposal = await desk.world.asked()
    result = await desk("incidents", "modify", incident, "--set", setting)
    assert (result.exit_code, result.stdout) == (2, "")
    assert await desk.world.ledger.decision(proposal.digest) is None


async def ended(desk: Desk) -> str:
    """An incident whose change is on the branch and did not help."""
    ledger = desk.world.ledger
    incident, proposal = await desk.world.asked()
    await ledger.intend(Intent(f"apply:{proposal.digest}", "apply", incident, desk.world.clock.now()))
    await ledger.settle(f"apply:{proposal.digest}", "done", "c" * 40)
    await ledger.update(incident, status=Status.NOT_RECOVERED)
    return incident


async def test_a_change_is_taken_back_once(desk: Desk) -> None:
    incident = await ended(desk)
    result = await desk("incidents", "revert", incident[-6:])
    assert result.exit_code == 0, result.output
    assert "is being taken back" in result.stdout
    wish = await desk.json("incidents", "revert", incident)
    assert isinstance(wish, dict)
    assert (wish["incident_id"], wish["by"]) == (incident, "local:operator")
    timeline = await desk.world.ledger.timeline(incident)
    assert [entry.what for entry in timeline].count("revert_asked") == 1


async def test_what_was_not_committed_cannot_be_taken_back(desk: Desk) -> None:
    running, _ = await desk.world.asked()
    result = await desk("incidents", "revert", running)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "can be taken back when it has ended" in result.stderr
    korean = await desk("incidents", "revert", running, LANGRAPH_LOCALE="ko")
    assert "종료된 뒤에 변경을 되돌릴 수 있습니다" in korean.stderr


async def test_words_about_a_running_workflow_are_kept(desk: Desk) -> None:
    incident, _ = await desk.world.asked()
    result = await desk("incidents", "feedback", incident, "--recognition", "a leak", "--action", "restart it")
    assert result.exit_code == 0, result.output
    assert "recorded" in result.stdout
    (said,) = await desk.world.ledger.remarks(incident)
    assert (said.by.id, said.user_recognition, said.user_approved_action) == ("local:operator", "a leak", "restart it")


async def test_words_about_a_workflow_that_has_ended_come_too_late(desk: Desk) -> None:
    result = await desk("incidents", "feedback", await ended(desk), "--recognition", "a leak")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "does not run any more" in result.stderr


async def test_a_change_that_was_wrong_is_told_with_what_had_been_right(desk: Desk) -> None:
    incident = await ended(desk)
    taken = await desk.json(
        "incidents", "feedback", incident, "--negative", "--reason", "a leak", "--expected", "768Mi"
    )
    assert isinstance(taken, dict)
    assert (taken["reason"], taken["expected_result"]) == ("a leak", "768Mi")
    (said,) = await desk.world.ledger.complaints(incident)
    assert said.original_action == "resources.limits.memory 512Mi -> 1Gi"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), "--recognition"),
        (("--reason", "x"), "--negative"),
        (("--negative",), "--reason"),
        (("--negative", "--reason", "x", "--action", "y"), "--action"),
    ],
)
async def test_feedback_that_makes_no_sense_is_one_sentence(desk: Desk, arguments: tuple[str, ...], names: str) -> None:
    incident, _ = await desk.world.asked()
    result = await desk("incidents", "feedback", incident, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert names in result.stderr
    assert result.stderr.count("\n") == 1


async def test_json_is_the_apis_own(desk: Desk) -> None:
    incident, proposal = await desk.world.asked()
    shown = await desk.json("incidents", "show", incident)
    assert isinstance(shown, dict)
    assert shown["proposal"]["digest"] == proposal.digest
    taken = await desk.json("incidents", "reject", incident)
    assert isinstance(taken, dict)
    assert taken["action"] == "reject"


async def test_what_a_log_wrote_cannot_write_to_the_terminal(desk: Desk) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b5n rm -rf"
    incident = await desk.world.opened(text=evil, app="grafana", facts={"host": evil}, severity=Severity.HIGH)
    await desk.world.ledger.update(incident, status=Status.DIAGNOSING)
    for arguments in (("list",), ("show", incident)):
        out = (await desk("incidents", *arguments)).stdout
        assert "incident-" in out
        assert not set(out) & {"\x1b", "\x07", "\x9b"}


async def test_the_switch_is_turned_and_turned_back(desk: Desk) -> None:
    halted = await desk("halt", "a", "bad", "deploy")
    assert halted.exit_code == 0, halted.output
    assert "a bad deploy" in halted.stdout
    assert "a bad deploy" in (await desk.world.ledger.halted() or "")
    assert (await desk("resume")).exit_code == 0
    assert await desk.world.ledger.halted() is None


async def test_a_daemon_that_is_not_there_is_one_sentence_with_the_cure(desk: Desk) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        result = await desk("incidents", "list", LANGRAPH_URL=url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert url in result.stderr
    assert "langraph run" in result.stderr
    assert result.stderr.count("\n") == 1


async def test_another_server_at_the_address_is_told_apart(desk: Desk) -> None:
    async def other(scope: object, receive: object, send: Callable[..., object]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[misc]
        await send({"type": "http.response.body", "body": b"<html>hello"})  # type: ignore[misc]

    async with serve(_http_only(other)) as url:
        result = await desk("incidents", "list", LANGRAPH_URL=url)
    assert result.exit_code == 2
    assert "is not langraph" in result.stderr


def _http_only(app: Callable[..., object]) -> Callable[..., object]:
    async def served(scope: dict[str, object], receive: Callable[..., object], send: Callable[..., object]) -> None:
        if scope["type"] == "lifespan":
            return
        await app(scope, receive, send)  # type: ignore[misc]

    return served


async def test_a_key_names_who_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with counter_world(tmp_path, keys=KEYS) as world, serve(world.app) as url:
        desk = Desk(world, {"LANGRAPH_URL": url})
        incident, proposal = await world.asked()
        stranger = await desk("incidents", "approve", incident)
        assert stranger.exit_code == 2
        assert "LANGRAPH_API_KEY" in stranger.stderr
        assert (await desk("incidents", "approve", incident, LANGRAPH_API_KEY=ALICE)).exit_code == 0
        decision = await world.ledger.decision(proposal.digest)
        assert decision is not None
        assert decision.by.id == "api:alice"
