"""What an incident looks like in Slack: its shape in two languages, its limits whatever it holds."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.models.feedback import RevertRequest
from langraph.models.incident import (
    Action,
    BlastRadius,
    Decision,
    Evidence,
    FileEdit,
    Incident,
    Outcome,
    Person,
    Proposal,
    Status,
    ValueChange,
)
from langraph.models.text import Text
from langraph.policy import parse_policy
from langraph.ports import TimelineEntry
from services.sandbox.slack_rules import block_faults, message_error, view_error
from services.slack_client import diffs, modals
from services.slack_client.escaping import escaped, fenced, inert
from services.slack_client.finding import Kept
from services.slack_client.message import BLOCKS_CHARS, Seen, incident_message, state_line
from services.slack_client.recorded import recorded_post
from services.slack_client.thread import evidence_post, notice_post
from tests.support.counter import AFTER, BEFORE, POLICY, VALUES, a_diagnosis
from tests.support.proposals import NOW, incident

ALICE = Person("slack:U0ALICE", "alice")
DIFF = f"--- a/{VALUES}\n+++ b/{VALUES}\n@@ -1,3 +1,3 @@\n limits:\n-    memory: 512Mi\n+    memory: 1Gi\n"
COMMIT = "abc1234" + "0" * 33

HOSTILE = (
    "<!channel> <https://evil.example|Approve> @here *b* _i_ ~s~ `c` ```\n```\u202e\u200b\x1b[31m :bomb: & &lt;",
    "<" * 400,
    "&" * 900,
    '\\"' * 700,
    "```" * 300,
    "\u202e\u2066" * 300,
    "\ud800 broken \udfff",
    "가" * 4_000,
    "😀" * 2_000,
    "line\n" * 900,
    "password=hunter2hunter2 Authorization: Bearer abcdefghijklmnop",
    "",
    " ",
)
hostile = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=3_000))


def a_proposal(**changes: Any) -> Proposal:
    change = ValueChange(VALUES, ("resources", "limits", "memory"), "512Mi", "1Gi")
    usual = Proposal(
        "incident-20251226171614-3fa9c1",
        1,
        (change,),
        (FileEdit(VALUES, "b" * 40, BEFORE, AFTER),),
        diff=DIFF,
        revert_diff=DIFF,
        action=Text(
            "Raise the memory limit of grafana (values.yaml).",
            "grafana의 메모리 리소스 제한을 증가시키세요 (values.yaml 수정)",
        ),
        explanation=Text("because", "왜냐하면"),
        blast=BlastRadius((VALUES,), ("grafana",), restarts_pods=True),
        created_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )
    return replace(usual, **changes)


WISH = RevertRequest("d" * 64, "incident-20251226171614-3fa9c1", Person("slack:U0BOB", "bob"), NOW)
ASKED = TimelineEntry(NOW, "revert_asked", {"by": "slack:U0BOB"})
REVERTED = TimelineEntry(NOW, "reverted", {"by": "slack:U0ALICE", "commit": "def5678" + "0" * 33})
STAYS = TimelineEntry(NOW, "not_reverted", {"reason": "The value has changed.", "reason_ko": "값이 바뀌었습니다."})


def seen(status: Status = Status.AWAITING_APPROVAL, **more: Any) -> Seen:
    fields: dict[str, Any] = {"proposal": a_proposal(), "decision": None, "timeline": (), "now": NOW, **more}
    told = fields.pop("incident", {})
    return Seen(incident(status=status, diagnosis=a_diagnosis(), **told), **fields)


def decision(action: Action = Action.APPROVE, **more: Any) -> Decision:
    return Decision(a_proposal().digest, a_proposal().incident_id, action, ALICE, NOW, **more)


def committed(*more: TimelineEntry) -> Sequence[TimelineEntry]:
    return (TimelineEntry(NOW, "opened"), TimelineEntry(NOW, "committed", {"commit": COMMIT}), *more)


def texts(found: Any) -> list[tuple[str, str]]:
    """(kind, text) of every text in blocks."""
    out: list[tuple[str, str]] = []
    if isinstance(found, dict):
        if isinstance(found.get("text"), str):
            out.append((str(found["type"]), found["text"]))
        for value in found.values():
            out += texts(value)
    elif isinstance(found, list):
        for one in found:
            out += texts(one)
    return out


def read(post: Any) -> str:
    return "\n".join(text for _, text in texts(post.blocks))


def action_ids(post: Any) -> list[str]:
    return [
        element["action_id"] for block in post.blocks if block["type"] == "actions" for element in block["elements"]
    ]


# --- shape ---------------------------------------------------------------------------------------------------------


def test_the_korean_message_has_the_shape_people_know() -> None:
    assert read(incident_message(seen(), "ko")) == (
        "🚨 인시던트 발생: incident-20251226171614-3fa9c1\n"
        "📋 에러 정보:  카테고리: OOM · 심각도: Critical · 영향받는 앱: grafana · 발생: 1×\n"
        "OOMKilled\n"
        "🔍 근본 원인:  grafana에서 메모리 부족이 발생했습니다.\n"
        "💡 제안된 액션:  1. grafana의 메모리 리소스 제한을 증가시키세요 (values.yaml 수정)\n"
        "    파일: helm-values/grafana/values.yaml · 파드 재시작: 예\n"
        "📝 변경 사항 (Diff):\n" + DIFF + "⏳ 상태: ⏳ 승인 대기 중 (2025-12-27 17:16 UTC까지)\n"
        "✅ 승인\n❌ 거부\n✏️ 수정\n✅ 승인 (복구 실패 시 자동 되돌리기)"
    )


def test_the_english_message_has_the_same_shape() -> None:
    assert read(incident_message(seen(), "en")) == (
        "🚨 Incident: incident-20251226171614-3fa9c1\n"
        "📋 Error:  category: OOM · severity: Critical · affected app: grafana · seen: 1×\n"
        "OOMKilled\n"
        "🔍 Root cause:  grafana ran out of memory.\n"
        "💡 Proposed action:  1. Raise the memory limit of grafana (values.yaml).\n"
        "    file: helm-values/grafana/values.yaml · pods restart: yes\n"
        "📝 Change (diff):\n" + DIFF + "⏳ Status: ⏳ waiting for your decision (until 2025-12-27 17:16 UTC)\n"
        "✅ Approve\n❌ Reject\n✏️ Modify\n✅ Approve with auto-revert"
    )


def test_without_a_proposal_the_advice_is_numbered_and_nothing_can_be_pressed() -> None:
    post = incident_message(seen(Status.NO_ACTION, proposal=None), "en")
    assert "💡 What to do:  1. Raise the memory limit." in read(post)
    assert action_ids(post) == []


def test_repeats_and_returns_are_counted_on_the_message() -> None:
    shown = read(incident_message(seen(Status.RECOVERED, incident={"count": 12, "refires": 2}), "ko"))
    assert "발생: 12× · 종료 후 재발: 2×" in shown


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (seen(Status.APPLYING, decision=decision()), "⏳ 상태: ✅ 승인됨 - 커밋 진행 중... (alice)"),
        (seen(decision=decision()), "⏳ 상태: ✅ 승인됨 - 커밋 진행 중... (alice)"),
        (
            seen(Status.VERIFYING, decision=decision(), timeline=committed()),
            "⏳ 상태: ✅ 승인됨 (alice) → ✅ 커밋 완료: abc1234 → ⏳ 복구 검증 중…",
        ),
        (
            seen(Status.RECOVERED, decision=decision(), timeline=committed()),
            "상태: ✅ 승인됨 (alice) → ✅ 커밋 완료: abc1234 → ✅ 복구 성공!",
        ),
        (
            seen(
                Status.NOT_RECOVERED,
                decision=decision(auto_revert=True),
                timeline=committed(REVERTED),
            ),
            "상태: ✅ 승인됨 (alice), 복구되지 않으면 자동 되돌리기 → ✅ 커밋 완료: abc1234 → ❌ 복구되지 않음 "
            "→ ✅ 되돌림: def5678 (alice)",
        ),
        (
            seen(Status.NOT_RECOVERED, decision=decision(), timeline=committed(ASKED), wish=WISH),
            "상태: ✅ 승인됨 (alice) → ✅ 커밋 완료: abc1234 → ❌ 복구되지 않음 → ⏳ 되돌리는 중… (bob)",
        ),
        (
            seen(Status.INCONCLUSIVE, decision=decision(), timeline=committed(ASKED, STAYS), wish=WISH),
            "상태: ✅ 승인됨 (alice) → ✅ 커밋 완료: abc1234 → ❔ 복구 여부 확인 불가 → ❌ 되돌리지 못함\n"
            "되돌리지 못한 사유: 값이 바뀌었습니다.",
        ),
        (
            seen(Status.REJECTED, decision=decision(Action.REJECT)),
            "상태: ❌ 거부됨 - 워크플로우 중단 (alice)",
        ),
        (seen(decision=decision(Action.REJECT)), "⏳ 상태: ❌ 거부됨 - 워크플로우 중단"),
        (seen(Status.EXPIRED), "상태: ⌛ 만료됨, 변경 없음"),
    ],
)
def test_each_step_is_told_on_the_status_line(found: Seen, line: str) -> None:
    assert state_line(found, "ko").startswith(line)


def test_how_it_ended_is_said_below_the_status() -> None:
    outcome = Outcome(Status.RECOVERED, NOW, Text("No more kills.", "더 이상 종료되지 않았습니다."))
    found = seen(Status.RECOVERED, decision=decision(), timeline=committed(), incident={"outcome": outcome})
    assert state_line(found, "en").endswith("✅ recovered!\nNo more kills.")


@pytest.mark.parametrize(
    "found",
    [
        seen(decision=decision()),
        seen(decision=decision(Action.MODIFY)),
        seen(now=NOW + timedelta(hours=24)),
        seen(Status.APPLYING, decision=decision()),
        seen(Status.RECOVERED, decision=decision()),
        seen(Status.EXPIRED),
    ],
)
def test_there_are_no_buttons_when_nothing_can_be_decided(found: Seen) -> None:
    assert action_ids(incident_message(found, "en")) == []


def test_buttons_carry_nothing_but_the_digest() -> None:
    post = incident_message(seen(), "en")
    assert action_ids(post) == ["approve", "reject", "modify", "menu"]
    elements = next(block for block in post.blocks if block["type"] == "actions")["elements"]
    values = {element.get("value") or element["options"][0]["value"] for element in elements}
    assert values == {a_proposal().digest}


@pytest.mark.parametrize("status", [Status.NOT_RECOVERED, Status.INCONCLUSIVE])
def test_a_failed_verification_offers_the_way_back_once(status: Status) -> None:
    assert action_ids(incident_message(seen(status, decision=decision(), timeline=committed()), "en")) == ["revert"]
    for entries in ((ASKED,), (REVERTED,), (ASKED, REVERTED), (STAYS,)):
        lost = seen(status, decision=decision(), timeline=committed(*entries), wish=WISH)
        assert action_ids(incident_message(lost, "en")) == []


@pytest.mark.parametrize("status", [Status.RECOVERED, Status.REJECTED, Status.FAILED, Status.VERIFYING])
def test_nothing_else_offers_a_way_back(status: Status) -> None:
    post = incident_message(seen(status, decision=decision(), timeline=committed()), "en")
    assert action_ids(post) == []
    assert "/feedback" not in read(post)


def test_without_a_commit_there_is_no_way_back() -> None:
    assert action_ids(incident_message(seen(Status.INCONCLUSIVE, decision=decision()), "en")) == []


def test_the_way_back_is_confirmed_with_what_it_undoes() -> None:
    post = incident_message(seen(Status.NOT_RECOVERED, decision=decision(), timeline=committed()), "en")
    (pressed,) = post.blocks[-1]["elements"]
    assert pressed["confirm"]["text"]["text"] == (
        "One commit puts back: resources.limits.memory: 1Gi → 512Mi. Only if nobody has changed it since."
    )
    assert pressed["value"] == a_proposal().digest


def test_below_a_failed_verification_stands_how_to_teach() -> None:
    post = incident_message(seen(Status.NOT_RECOVERED, decision=decision(), timeline=committed()), "ko")
    assert "/feedback incident-20251226171614-3fa9c1" in read(post)


@settings(max_examples=40, deadline=None)
@given(hostile, hostile, st.integers(1, 9))
def test_the_confirmation_keeps_slacks_limits(name: str, value: str, count: int) -> None:
    changes = tuple(ValueChange(VALUES, (name or "x", str(number)), value, None) for number in range(count))
    lost = seen(Status.NOT_RECOVERED, proposal=a_proposal(changes=changes), timeline=committed())
    for locale in ("en", "ko"):
        assert_harmless(incident_message(lost, locale).blocks, "x")


@settings(max_examples=40, deadline=None)
@given(hostile, st.integers(0, 9))
def test_what_git_remembers_keeps_slacks_limits_and_is_harmless(text: str, many: int) -> None:
    kept = Kept(
        "incident-20251226171614-3fa9c1",
        category=text,
        app=text,
        first_line=text,
        root_cause=text,
        action=text if many % 2 else "",
        advice=[text] * many,
        diff=text * many,
        decided_by=text,
        commits=[text] * many,
        reason=text,
    )
    for locale in ("en", "ko"):
        post = recorded_post(kept, locale)
        assert_harmless(post.blocks, post.text)


# --- limits, hostile texts -----------------------------------------------------------------------------------------


def hostile_incident(text: str) -> Incident:
    diagnosis = replace(
        a_diagnosis(),
        root_cause=Text(text, text),
        advice=(Text(text, text),) * 4,
        evidence=tuple(Evidence("line", text, NOW, text, Text(text, text), True) for _ in range(30)),
        ruled_out=(Text(text, text),) * 5,
    )
    return incident(status=Status.AWAITING_APPROVAL, first_line=text, app=text or None, diagnosis=diagnosis)


def assert_harmless(blocks: Any, text: str) -> None:
    assert block_faults(blocks) == []
    assert message_error(text, blocks) is None
    for kind, shown in texts(blocks):
        assert kind in ("plain_text", "text")
        assert kind == "text" or not re.search(r"[<>]|&(?!amp;|lt;|gt;)", shown)
        assert "hunter2" not in shown
        assert not re.search(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\x1b\ud800-\udfff]", shown)
    assert not re.search(r"[<>`]|://", text)
    text.encode()


@settings(max_examples=60, deadline=None)
@given(text=hostile, diff=hostile, with_proposal=st.booleans())
def test_nothing_from_outside_becomes_a_mention_a_link_or_a_broken_message(
    text: str, diff: str, with_proposal: bool
) -> None:
    proposal = a_proposal(diff=diff, action=Text(text, text)) if with_proposal else None
    found = Seen(hostile_incident(text), proposal, None, (), NOW)
    for locale in ("en", "ko"):
        post = incident_message(found, locale)
        assert_harmless(post.blocks, post.text)
        assert message_error(post.plain, []) is None
        inside = post.plain.removeprefix("```").removesuffix("```")
        assert not re.search(r"[<>`]|://", inside)
        evidence = evidence_post(found.incident, locale)
        assert evidence is not None
        assert_harmless(evidence.blocks, evidence.text)
    assert_harmless(notice_post(text).blocks, notice_post(text).text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=200), max_size=400))
def test_a_diff_of_any_size_fits_and_is_whole_or_said_not_to_be(lines: list[str]) -> None:
    diff = f"--- a/{VALUES}\n+++ b/{VALUES}\n" + "\n".join(f"+{line}" for line in lines)
    post = incident_message(seen(proposal=a_proposal(diff=diff)), "en")
    assert block_faults(post.blocks) == []
    assert sum(len(text) for _, text in texts(post.blocks)) <= BLOCKS_CHARS
    if post.whole_diff is not None:
        assert post.whole_diff == diff
        assert "The whole diff is a file in this thread." in read(post)


@pytest.mark.parametrize(("length", "blocks"), [(100, 1), (2_899, 1), (3_100, 2), (8_500, 3)])
def test_a_diff_up_to_nine_thousand_characters_is_shown_whole(length: int, blocks: int) -> None:
    diff = ("+" + "x" * 78 + "\n") * (length // 80)
    shown = diffs.whole(diff)
    assert shown is not None
    assert len(shown.parts) == blocks
    assert "\n".join(shown.parts) == diff.rstrip("\n")


def test_a_longer_diff_shows_its_first_hunk_and_how_much_there_is() -> None:
    hunk = "@@ -{0},1 +{0},1 @@\n-old {0}\n+new {0}\n"
    diff = "--- a/x\n+++ b/x\n" + "".join(hunk.format(number) for number in range(500))
    shown = diffs.whole(diff) or diffs.brief(diff)
    assert shown.parts == ("--- a/x\n+++ b/x\n@@ -0,1 +0,1 @@\n-old 0\n+new 0",)
    assert shown.summary is not None
    assert shown.summary.en.startswith("1 file(s), +500 -500 lines.")


@given(st.text(max_size=400), st.integers(2, 100))
def test_escaping_never_cuts_an_entity_in_two(text: str, most: int) -> None:
    found = escaped(text, most)
    assert len(found) <= most
    assert re.sub(r"&(amp|lt|gt);", "", found).count("&") == 0


def test_a_fence_cannot_be_left() -> None:
    assert fenced("```<!here>", 100) == "```\n'''&lt;!here&gt;\n```"
    assert inert("see https://evil.example", 100) == "see https[:]//evil.example"


# --- windows -------------------------------------------------------------------------------------------------------


def test_the_modify_window_is_filled_and_says_what_is_allowed() -> None:
    view = modals.modify_modal(a_proposal(), "C0INCIDENTS", parse_policy(POLICY), (), NOW, "ko")
    assert view_error(view) is None
    assert view["title"]["text"] == "수정된 액션 입력"
    assert (view["close"]["text"], view["submit"]["text"]) == ("취소", "적용")
    field = view["blocks"][0]
    assert field["label"]["text"] == "메모리 (resources.limits.memory)"
    assert field["element"]["initial_value"] == "1Gi"
    assert field["element"]["placeholder"]["text"] == "기본값: 512Mi"
    assert field["hint"]["text"].startswith("현재 값: 512Mi · 허용: 정책의 최솟값 64Mi")


@settings(max_examples=40, deadline=None)
@given(hostile, hostile, st.integers(1, 150))
def test_every_window_keeps_slacks_limits(name: str, value: str, count: int) -> None:
    changes = tuple(ValueChange(VALUES, (name or "x", str(number)), value, value) for number in range(count))
    proposal = a_proposal(changes=changes)
    for locale in ("en", "ko"):
        assert view_error(modals.modify_modal(proposal, "C1", parse_policy(POLICY), (), NOW, locale)) is None
        assert view_error(modals.reject_modal(proposal.digest, "C1", locale)) is None
        assert view_error(modals.trigger_modal(locale)) is None
        assert view_error(modals.feedback_modal("incident-20251226171614-3fa9c1", locale)) is None
        assert view_error(modals.negative_modal("incident-20251226171614-3fa9c1", locale)) is None
        assert view_error(modals.notice_modal(value, locale)) is None
