"""One incident's page: the story, the forms, who sees which; all of it without a script."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from langraph.models.incident import Action, Evidence, Outcome, Status
from langraph.models.text import Text
from langraph.ports import TimelineEntry
from tests.support.counter import ALICE, BOB, KEYS, POLICY
from tests.support.pages import Browser, a_record, browser, pushed, said

ONLY_ALICE = POLICY.replace(b"[local:operator, api:alice, api:bob]", b"[api:alice]")
COMMIT = "c0ffee" * 6 + "abcd"


@pytest.fixture
async def someone(tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(tmp_path) as found:
        yield found


# --- the story -----------------------------------------------------------------------------------------------------


async def test_an_open_question_tells_what_is_wrong_what_would_change_and_how_to_undo_it(someone: Browser) -> None:
    incident_id, _ = await someone.world.asked()
    shown = said(await someone.opens(f"/incidents/{incident_id}"))
    words = (
        "grafana ran out of memory.", "Raise the memory limit of grafana.", "resources.limits.memory", "512Mi", "1Gi",
        "Pods restart ⟳ yes", "helm-values/grafana/values.yaml", "One commit takes exactly these values back",
        "local:operator, api:alice, api:bob", "Expires in 24 h", "Raise the memory limit.", "Not the node.",
        "Commits exactly the diff you see.", incident_id,
    )  # fmt: skip
    assert [word for word in words if word not in shown] == []


async def test_the_matched_part_of_a_line_is_marked(someone: Browser) -> None:
    world = someone.world
    incident_id = await world.opened(runbook="volume_full", text="write /data/x: no space left on device (os error 28)")
    seen = Evidence("line", "write /data/x: no space left on device (os error 28)", world.clock.now())
    await world.ledger.update(incident_id, evidence=[seen])
    assert "<mark>no space left on device</mark>" in await someone.opens(f"/incidents/{incident_id}")


async def test_a_query_shows_its_answer_with_the_unit_or_that_there_was_no_data(someone: Browser) -> None:
    world = someone.world
    incident_id = await world.opened()
    now = world.clock.now()
    seen = [Evidence("query", "max(memory)", now, "508 MiB"), Evidence("query", "max(restarts)", now, None)]
    await world.ledger.update(incident_id, evidence=seen)
    shown = said(await someone.opens(f"/incidents/{incident_id}"))
    assert "508 MiB" in shown
    assert "no data" in shown


async def test_a_querys_course_over_the_hour_is_drawn_and_said(someone: Browser) -> None:
    world = someone.world
    incident_id = await world.opened()
    seen = Evidence("query", "max(memory)", world.clock.now(), "508 MiB", course=(100.0, 200.0, 508.0))
    await world.ledger.update(incident_id, evidence=[seen])
    page = await someone.opens(f"/incidents/{incident_id}")
    assert "3 answers over the hour before, 100 - 508, last 508 MiB" in page
    assert 'aria-labelledby="course-' in page


async def test_what_happened_is_told_in_the_readers_language(someone: Browser) -> None:
    incident_id, _ = await someone.world.asked()
    assert (await someone.decides(incident_id, "reject", comment="the leak is fixed")).status_code == 303
    shown = said(await someone.opens(f"/incidents/{incident_id}"))
    for word in ("Detected", "Change proposed", "Rejected by local operator", "the leak is fixed"):
        assert word in shown
    korean = said(await someone.opens(f"/incidents/{incident_id}?lang=ko"))
    for word in ("감지됨", "변경 제안", "거부", "타임라인", "무엇이 문제인가"):
        assert word in korean


async def test_an_incident_that_only_git_knows_has_a_page_without_forms_to_decide(someone: Browser) -> None:
    name, metadata = a_record(1, someone.world.clock.now())
    pushed(someone.world, (name, metadata))
    html = await someone.opens(f"/incidents/{name}")
    assert "It ran out of memory." in html
    assert "/decide" not in html


@pytest.mark.parametrize("name", ["incident-20200101000000-ffffff", "nope", "%00"])
async def test_what_is_not_there_is_said_on_a_page(someone: Browser, name: str) -> None:
    assert "There is nothing here." in await someone.opens(f"/incidents/{name}", status=404)


async def test_an_address_that_leads_nowhere_is_a_page_for_a_browser_and_a_problem_for_a_program(
    someone: Browser,
) -> None:
    html = "text/html,application/xhtml+xml,*/*;q=0.8"
    assert "There is nothing here." in await someone.opens("/nope", status=404, Accept=html)
    assert "<nav" in await someone.opens("/incidents/a/b/c", status=404, Accept=html)
    for path, accept in (("/nope", "*/*"), ("/api/nope", html)):
        answer = await someone.client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_commits_link_to_the_forge_when_there_is_one(tmp_path: Path) -> None:
    from dataclasses import replace

    async with browser(tmp_path) as someone:
        world = someone.world
        incident_id = await world.opened()
        entry = TimelineEntry(world.clock.now(), "committed", {"commit": COMMIT})
        await world.ledger.update(incident_id, commits=(COMMIT,), entry=entry)
        assert "github" not in await someone.opens(f"/incidents/{incident_id}")
        address = "https://user:hunter2@github.com/acme/gitops.git"
        world.app.state.counter = replace(world.app.state.counter, repository=address)
        html = await someone.opens(f"/incidents/{incident_id}")
        assert f'href="https://github.com/acme/gitops/commit/{COMMIT}" rel="noreferrer"' in html
        assert "hunter2" not in html


# --- deciding ------------------------------------------------------------------------------------------------------


async def test_approving_is_a_decision_and_goes_back_to_the_page_with_a_sentence(someone: Browser) -> None:
    world = someone.world
    incident_id, proposal = await world.asked()
    answer = await someone.decides(incident_id, "approve", comment="agreed", auto_revert="on")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/incidents/{incident_id}?said=approved"
    decision = await world.ledger.decision(proposal.digest)
    assert decision is not None
    assert (decision.action, decision.by.id, decision.comment) == (Action.APPROVE, "local:operator", "agreed")
    assert decision.auto_revert
    page = await someone.opens(answer.headers["location"])
    assert "Taken: approved." in said(page)
    assert "/decide" not in page


async def test_own_values_are_taken_within_the_policy(someone: Browser) -> None:
    world = someone.world
    incident_id, proposal = await world.asked()
    answer = await someone.decides(incident_id, "modify", **{"change.0": "768Mi"})
    assert answer.headers["location"].endswith("?said=modified")
    decision = await world.ledger.decision(proposal.digest)
    assert decision is not None
    assert decision.replaced_by is not None
    assert (await world.ledger.proposal(decision.replaced_by)).changes[0].new == "768Mi"


async def test_values_that_go_further_wait_for_one_more_approval(someone: Browser) -> None:
    incident_id, _ = await someone.world.asked()
    answer = await someone.decides(incident_id, "modify", **{"change.0": "1536Mi"})
    assert answer.headers["location"].endswith("?said=asked-again")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("lots", "no amount of memory"),
        ("64Gi", "outside the policy"),
        ("", "Enter a value."),
        ("9" * 5_000, "too long"),
    ],
)
async def test_a_bad_value_is_told_at_its_field_and_what_was_typed_stays(
    someone: Browser, value: str, sentence: str
) -> None:
    world = someone.world
    incident_id, proposal = await world.asked()
    fields = {"change.0": value, "comment": "my note", "auto_revert": "on"}
    answer = await someone.decides(incident_id, "modify", **fields)
    assert answer.status_code == 422
    html = answer.text
    assert sentence in said(html)
    assert f'name="change.0" value="{value}"' in html
    assert 'aria-describedby="hint-1 problem-1" aria-invalid="true"' in html
    assert "my note</textarea>" in html
    assert '<details class="modify" open>' in html
    assert await world.ledger.decision(proposal.digest) is None


async def test_a_bad_value_is_told_in_korean_to_those_who_read_korean(someone: Browser) -> None:
    incident_id, _ = await someone.world.asked()
    await someone.opens("/?lang=ko")
    answer = await someone.decides(incident_id, "modify", **{"change.0": "lots"})
    assert "올바른 memory 값이 아닙니다" in said(answer.text)


async def test_a_refusal_is_told_in_korean_to_those_who_read_korean(tmp_path: Path) -> None:
    async with browser(tmp_path, policy=ONLY_ALICE, keys=KEYS, key=BOB) as bob:
        incident_id, proposal = await bob.world.asked()
        page = await bob.opens(f"/incidents/{incident_id}?lang=ko")
        fields = {"action": "approve", "digest": proposal.digest}
        answer = await bob.sends(f"/incidents/{incident_id}/decide", page, **fields)
        assert "목록에 없어 결정할 수 없습니다" in said(answer.text)


async def test_who_comes_second_is_told_who_was_first(tmp_path: Path) -> None:
    async with browser(tmp_path, keys=KEYS, key=ALICE) as person:
        incident_id, proposal = await person.world.asked()
        address = f"/incidents/{incident_id}/decide"
        page = await person.opens(f"/incidents/{incident_id}")
        fields = {"digest": proposal.digest, "comment": "kept"}
        assert (await person.sends(address, page, action="approve", **fields)).status_code == 303
        person.client.headers["Authorization"] = f"Bearer {BOB}"
        answer = await person.sends(address, page, action="reject", **fields)
        assert answer.status_code == 409
        assert "alice has already decided this (approved)" in said(answer.text)


async def test_a_decision_about_a_proposal_that_expired_changes_nothing(someone: Browser) -> None:
    world = someone.world
    incident_id, proposal = await world.asked()
    page = await someone.opens(f"/incidents/{incident_id}")
    world.clock.pass_(hours=25)
    fields = {"action": "approve", "digest": proposal.digest}
    answer = await someone.sends(f"/incidents/{incident_id}/decide", page, **fields)
    assert answer.status_code == 409
    assert "expired" in said(answer.text)
    assert await world.ledger.decision(proposal.digest) is None


async def test_a_form_without_our_token_does_nothing(someone: Browser) -> None:
    world = someone.world
    incident_id, proposal = await world.asked()
    fields = {"action": "approve", "digest": proposal.digest}
    answer = await someone.client.post(f"/incidents/{incident_id}/decide", data=fields)
    assert answer.status_code == 403
    assert await world.ledger.decision(proposal.digest) is None


@pytest.mark.parametrize("fields", [{}, {"action": "expire"}, {"action": "approve", "digest": "nonsense"}])
async def test_a_form_that_is_none_of_ours_does_nothing(someone: Browser, fields: dict[str, str]) -> None:
    world = someone.world
    incident_id, proposal = await world.asked()
    page = await someone.opens(f"/incidents/{incident_id}")
    answer = await someone.sends(f"/incidents/{incident_id}/decide", page, **fields)
    assert answer.status_code in (404, 409)
    assert await world.ledger.decision(proposal.digest) is None


async def test_a_person_who_signed_in_decides_with_the_forms_of_their_session(tmp_path: Path) -> None:
    async with browser(tmp_path, keys=KEYS) as person:
        incident_id, proposal = await person.world.asked()
        assert (await person.client.post("/login", data={"key": ALICE, "next": "/"})).status_code == 303
        person.client.headers["Origin"] = "http://localhost"
        page = await person.opens(f"/incidents/{incident_id}")
        assert "Sign out" in page
        fields = {"action": "approve", "digest": proposal.digest, "csrf": "0" * 64}
        refused = await person.client.post(f"/incidents/{incident_id}/decide", data=fields)
        assert refused.status_code == 403
        assert (await person.decides(incident_id, "approve")).status_code == 303
        decision = await person.world.ledger.decision(proposal.digest)
        assert decision is not None
        assert decision.by.id == "api:alice"
        assert ALICE not in await person.opens(f"/incidents/{incident_id}")


async def test_how_often_it_was_seen_is_drawn_and_said(someone: Browser) -> None:
    world = someone.world
    incident_id = await world.opened()
    world.clock.pass_(minutes=7)
    html = await someone.opens(f"/incidents/{incident_id}")
    assert '<svg class="spark"' in html
    assert "1 occurrences between 2026-11-20 08:30 and" in said(html)


# --- only looking --------------------------------------------------------------------------------------------------


async def test_who_may_only_look_sees_why_but_no_digest_no_form_no_names(tmp_path: Path) -> None:
    async with browser(tmp_path, policy=ONLY_ALICE, keys=KEYS, key=BOB) as bob:
        incident_id, proposal = await bob.world.asked()
        html = await bob.opens(f"/incidents/{incident_id}")
        assert "You may look, not decide." in html
        assert "api:bob is not listed under `approvers`" in said(html)
        assert proposal.digest not in html
        assert "/decide" not in html
        assert "api:alice" not in html
        assert ALICE not in html
        assert BOB not in html
        bob.client.headers["Authorization"] = f"Bearer {ALICE}"
        assert proposal.digest in await bob.opens(f"/incidents/{incident_id}")


async def test_a_form_that_was_made_up_by_somebody_who_may_not_is_refused(tmp_path: Path) -> None:
    async with browser(tmp_path, policy=ONLY_ALICE, keys=KEYS, key=BOB) as bob:
        incident_id, proposal = await bob.world.asked()
        page = await bob.opens(f"/incidents/{incident_id}")
        fields = {"action": "approve", "digest": proposal.digest}
        answer = await bob.sends(f"/incidents/{incident_id}/decide", page, **fields)
        assert answer.status_code == 403
        assert "is not listed under" in said(answer.text)
        assert await bob.world.ledger.decision(proposal.digest) is None


# --- afterwards ----------------------------------------------------------------------------------------------------


async def closed(world: object, status: Status) -> str:
    incident_id, _ = await world.asked()  # type: ignore[attr-defined]
    now = world.clock.now()  # type: ignore[attr-defined]
    ledger = world.ledger  # type: ignore[attr-defined]
    entry = TimelineEntry(now, "committed", {"commit": COMMIT})
    await ledger.update(incident_id, commits=(COMMIT,), entry=entry)
    await ledger.close(incident_id, Outcome(status, now, Text("It still restarts.", "계속 재시작합니다.")))
    return str(incident_id)


@pytest.mark.parametrize(
    ("status", "offered"),
    [(Status.NOT_RECOVERED, True), (Status.INCONCLUSIVE, True), (Status.RECOVERED, False), (Status.FAILED, False)],
)
async def test_a_revert_is_offered_where_a_change_did_not_demonstrably_help(
    someone: Browser, status: Status, offered: bool
) -> None:
    incident_id = await closed(someone.world, status)
    assert ("/revert" in await someone.opens(f"/incidents/{incident_id}")) is offered


async def test_no_revert_is_offered_twice(someone: Browser) -> None:
    incident_id = await closed(someone.world, Status.NOT_RECOVERED)
    entry = TimelineEntry(someone.world.clock.now(), "reverted", {"commit": COMMIT})
    await someone.world.ledger.update(incident_id, entry=entry)
    assert "/revert" not in await someone.opens(f"/incidents/{incident_id}")


async def test_a_revert_that_the_desk_refuses_says_why(someone: Browser) -> None:
    incident_id = await closed(someone.world, Status.NOT_RECOVERED)
    page = await someone.opens(f"/incidents/{incident_id}")
    answer = await someone.sends(f"/incidents/{incident_id}/revert", page)  # nothing was really committed here
    assert answer.status_code == 409
    assert "nothing was committed" in said(answer.text)


async def test_negative_feedback_is_taken_and_thanked_for(someone: Browser) -> None:
    incident_id = await closed(someone.world, Status.NOT_RECOVERED)
    page = await someone.opens(f"/incidents/{incident_id}")
    fields = {"reason": "too small", "expected_result": "2Gi"}
    answer = await someone.sends(f"/incidents/{incident_id}/feedback", page, **fields)
    assert answer.headers["location"].endswith("?said=feedback")
    assert [one.reason for one in await someone.world.ledger.complaints()] == ["too small"]
    assert "too small → 2Gi local operator" in said(await someone.opens(f"/incidents/{incident_id}"))


async def test_feedback_without_words_is_refused_and_keeps_the_rest(someone: Browser) -> None:
    incident_id = await closed(someone.world, Status.NOT_RECOVERED)
    page = await someone.opens(f"/incidents/{incident_id}")
    answer = await someone.sends(f"/incidents/{incident_id}/feedback", page, reason=" ", expected_result="2Gi")
    assert answer.status_code == 422
    assert "2Gi</textarea>" in answer.text


async def test_a_remark_is_taken_while_the_workflow_runs(someone: Browser) -> None:
    incident_id, _ = await someone.world.asked()
    page = await someone.opens(f"/incidents/{incident_id}")
    answer = await someone.sends(f"/incidents/{incident_id}/remark", page, user_recognition="a leak")
    assert answer.status_code == 303
