"""Which value is meant, chosen on an incident's page, without a script."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from langraph.models.incident import Action, Outcome, Status
from langraph.models.text import Text
from langraph.ports import TimelineEntry
from tests.support.counter import ALICE, BOB, KEYS, POLICY
from tests.support.pages import Browser, browser, said
from tests.support.questions import INGESTER, QUERIER, asked_which

OTHER = "helm-values/loki/values.yaml"
BOTH = {"change.0": "2Gi", "change.1": "4Gi"}
"""Every field of the form is sent, whichever value is chosen."""


@pytest.fixture
async def someone(tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(tmp_path) as found:
        yield found


async def test_the_page_asks_which_value_is_meant_and_offers_nothing_to_approve(someone: Browser) -> None:
    incident_id, _ = await asked_which(someone.world)
    html = await someone.opens(f"/incidents/{incident_id}")
    shown = said(html)
    for word in (
        "Which value is meant?", "Memory (ingester.resources.limits.memory)", "now 1Gi", "the policy's maximum of 4Gi",
        "Memory (querier.resources.limits.memory)", "Use this value", "Suggested", "Reject",
    ):  # fmt: skip
        assert word in shown
    assert html.count('type="radio" name="option"') == 2
    assert " checked" not in html, "langraph does not guess"
    assert 'name="change.0" value="2Gi"' in html
    assert 'name="change.1" value="4Gi"' in html
    assert 'value="approve"' not in html
    assert "approve-form" not in html
    assert "the diff is below" not in shown


async def test_the_chosen_value_and_no_other_is_decided(someone: Browser) -> None:
    world = someone.world
    incident_id, proposal = await asked_which(world)
    answer = await someone.decides(incident_id, "modify", option="1", comment="the querier", **BOTH)
    assert answer.headers["location"].endswith("?said=modified")
    decision = await world.ledger.decision(proposal.digest)
    assert decision is not None
    assert (decision.action, decision.comment) == (Action.MODIFY, "the querier")
    changes = (await world.ledger.proposal(str(decision.replaced_by))).changes
    assert [(change.dotted, change.new) for change in changes] == [("querier.resources.limits.memory", "4Gi")]


async def test_a_value_further_than_suggested_waits_for_one_more_approval(someone: Browser) -> None:
    incident_id, _ = await asked_which(someone.world)
    answer = await someone.decides(incident_id, "modify", **{**BOTH, "option": "0", "change.0": "4Gi"})
    assert answer.headers["location"].endswith("?said=asked-again")


@pytest.mark.parametrize("option", [None, "", "2", "-1", "x", "01"])
async def test_without_a_choice_nothing_is_decided_and_what_was_typed_stays(
    someone: Browser, option: str | None
) -> None:
    incident_id, proposal = await asked_which(someone.world)
    chosen = {} if option is None else {"option": option}
    fields = {**BOTH, "change.1": "3Gi", "comment": "my note", **chosen}
    answer = await someone.decides(incident_id, "modify", **fields)
    assert answer.status_code == 422
    assert "Choose one of these values." in said(answer.text)
    assert 'aria-describedby="option-problem"' in answer.text
    assert 'name="change.1" value="3Gi"' in answer.text
    assert "my note</textarea>" in answer.text
    assert await someone.world.ledger.decision(proposal.digest) is None


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("lots", "no amount of memory"),
        ("64Gi", "outside the policy"),
        ("", "Enter a value."),
        ("2Gi", "already is 2Gi"),
        ("9" * 5_000, "too long"),
    ],
)
async def test_a_bad_value_is_told_at_the_chosen_field_and_the_choice_stays(
    someone: Browser, value: str, sentence: str
) -> None:
    incident_id, proposal = await asked_which(someone.world)
    answer = await someone.decides(incident_id, "modify", **{**BOTH, "option": "1", "change.1": value})
    assert answer.status_code == 422
    assert sentence in said(answer.text)
    assert 'id="problem-2"' in answer.text
    assert 'id="problem-1"' not in answer.text
    assert 'name="option" value="1" required checked' in answer.text
    assert f'name="change.1" value="{value}"' in answer.text
    assert await someone.world.ledger.decision(proposal.digest) is None


async def test_what_stands_in_the_other_field_does_not_matter(someone: Browser) -> None:
    incident_id, _ = await asked_which(someone.world)
    answer = await someone.decides(incident_id, "modify", **{**BOTH, "option": "1", "change.0": "nonsense"})
    assert answer.status_code == 303


async def test_an_approval_that_somebody_forges_is_told_how_to_choose(someone: Browser) -> None:
    incident_id, proposal = await asked_which(someone.world)
    answer = await someone.decides(incident_id, "approve")
    assert answer.status_code == 422
    assert "choose one with Modify" in said(answer.text)
    assert await someone.world.ledger.decision(proposal.digest) is None


async def test_a_question_can_be_rejected(someone: Browser) -> None:
    incident_id, _ = await asked_which(someone.world)
    assert (await someone.decides(incident_id, "reject")).headers["location"].endswith("?said=rejected")


async def test_a_choice_for_an_older_question_is_refused_and_fills_in_nothing(someone: Browser) -> None:
    world = someone.world
    incident_id, old = await asked_which(world)
    page = await someone.opens(f"/incidents/{incident_id}")
    _, new = await asked_which(world, QUERIER, INGESTER, version=2, incident_id=incident_id)
    fields = {"action": "modify", "digest": old.digest, "option": "1", "change.0": "1536Mi", "change.1": "3Gi"}
    answer = await someone.sends(f"/incidents/{incident_id}/decide", page, **fields)
    assert answer.status_code == 409
    assert "replaced by a newer version" in said(answer.text)
    assert "3Gi" not in answer.text
    assert " checked" not in answer.text
    assert new.digest in answer.text


async def test_whoever_chooses_second_is_told_who_was_first(tmp_path: Path) -> None:
    async with browser(tmp_path, keys=KEYS, key=BOB) as bob:
        incident_id, proposal = await asked_which(bob.world)
        page = await bob.opens(f"/incidents/{incident_id}")
        bob.client.headers["Authorization"] = f"Bearer {ALICE}"
        assert (await bob.decides(incident_id, "modify", option="1", **BOTH)).status_code == 303
        bob.client.headers["Authorization"] = f"Bearer {BOB}"
        fields = {"action": "modify", "digest": proposal.digest, "option": "0", **BOTH}
        late = await bob.sends(f"/incidents/{incident_id}/decide", page, **fields)
        assert late.status_code == 409
        assert "alice has already decided this (modified)" in said(late.text)


async def test_those_who_read_korean_are_asked_in_korean(someone: Browser) -> None:
    incident_id, _ = await asked_which(someone.world)
    await someone.opens("/?lang=ko")
    shown = said(await someone.opens(f"/incidents/{incident_id}"))
    for word in ("어떤 값을 변경할까요?", "이 값으로 적용", "새 값", "제안"):
        assert word in shown
    answer = await someone.decides(incident_id, "modify", **BOTH)
    assert "이 중에서 값을 하나 선택해 주세요." in said(answer.text)


async def test_an_approver_of_another_app_may_not_choose(tmp_path: Path) -> None:
    """Who may decide is asked of the files that could be changed, not of those that are."""
    apps = b"apps:\n  - {app: grafana, files: [helm-values/grafana/values.yaml], approvers: [api:alice]}\n"
    async with browser(tmp_path, policy=POLICY, keys=KEYS, key=BOB) as bob:
        bob.world.git.person_pushes({"helm-values/apps.yaml": apps})
        incident_id, _ = await asked_which(bob.world)
        html = await bob.opens(f"/incidents/{incident_id}")
        assert "You may look, not decide." in html
        assert "/decide" not in html


async def test_hostile_names_stay_text(someone: Browser) -> None:
    evil = replace(INGESTER, path=('"><script>alert(1)</script>', "memory"), new='"><img src=x>')
    incident_id, _ = await asked_which(someone.world, evil, replace(QUERIER, file=OTHER))
    html = await someone.opens(f"/incidents/{incident_id}")
    assert "<script>alert" not in html
    assert "<img" not in html
    assert re.search(r"<small>helm-values/loki/values\.yaml</small>", html)


@pytest.mark.parametrize("what", ["revert_asked", "not_reverted", "reverted"])
async def test_no_way_back_is_offered_once_somebody_has_tried_it(someone: Browser, what: str) -> None:
    world = someone.world
    incident_id, _ = await world.asked()
    now = world.clock.now()
    await world.ledger.update(incident_id, entry=TimelineEntry(now, "committed", {"commit": "c" * 40}))
    await world.ledger.close(incident_id, Outcome(Status.NOT_RECOVERED, now, Text("No.", "아니요.")))
    assert "/revert" in await someone.opens(f"/incidents/{incident_id}")
    reason = {"reason": "somebody changed it", "reason_ko": "누군가 값을 바꿨습니다"}
    await world.ledger.update(incident_id, entry=TimelineEntry(now, what, reason))
    html = await someone.opens(f"/incidents/{incident_id}")
    assert "/revert" not in html
    assert "somebody changed it" in said(html)
    korean = said(await someone.opens(f"/incidents/{incident_id}?lang=ko"))
    assert "누군가 값을 바꿨습니다" in korean
    assert "somebody changed it" not in korean


@pytest.mark.parametrize(
    ("what", "en", "ko"),
    [
        ("not_reverted", "Could not be reverted", "되돌리지 못함"),
        ("revert_asked", "Revert requested", "되돌리기 요청"),
        ("remarked", "Remark", "의견 남김"),
        ("not_applied_yet", "Committed, but not live yet", "커밋되었지만 아직 적용되지 않음"),
    ],
)
async def test_the_timeline_has_words_for_what_comes_afterwards(someone: Browser, what: str, en: str, ko: str) -> None:
    incident_id, _ = await someone.world.asked()
    await someone.world.ledger.update(incident_id, entry=TimelineEntry(someone.world.clock.now(), what, {}))
    assert en in said(await someone.opens(f"/incidents/{incident_id}"))
    assert ko in said(await someone.opens(f"/incidents/{incident_id}?lang=ko"))
