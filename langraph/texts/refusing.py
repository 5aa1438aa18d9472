"""What is said to somebody whose wish was not done: who was first, what is too late, what is missing."""

from datetime import datetime

from langraph.errors import LangraphError
from langraph.models.incident import Status
from langraph.models.text import Text
from langraph.ports import TimelineEntry
from langraph.texts.announcing import ACTIONS
from langraph.texts.korean import topic

IN_KOREAN = {
    Status.DETECTED: "확인 중",
    Status.DIAGNOSING: "원인 분석 중",
    Status.AWAITING_APPROVAL: "승인 대기",
    Status.APPLYING: "커밋 중",
    Status.VERIFYING: "복구 검증 중",
    Status.RECOVERED: "복구됨",
    Status.NOT_RECOVERED: "복구되지 않음",
    Status.INCONCLUSIVE: "복구 확인 불가",
    Status.REJECTED: "거부됨",
    Status.EXPIRED: "만료됨",
    Status.NO_ACTION: "변경 없음",
    Status.FAILED: "처리 실패",
}
"""Statuses inside a Korean sentence; English ones use the status's own name."""


def text_of(error: BaseException) -> Text:
    """An error's sentence in every language it has; English stands in for the other."""
    korean = error.ko if isinstance(error, LangraphError) else None
    return Text(str(error), korean or str(error))


def refusal_in(entry: TimelineEntry) -> Text:
    """The reason that a `not_reverted` entry of a timeline gives."""
    reason = entry.detail.get("reason", "")
    return Text(reason, entry.detail.get("reason_ko", reason))


def claimed(other_id: str, key: str) -> Text:
    """Another open incident is changing the same value."""
    return Text(
        f"{other_id} is already changing {key}; decide that one first",
        f"{other_id} 인시던트가 이미 {key} 값을 변경 중이므로 먼저 결정해 주세요",
    )


# --- deciding ------------------------------------------------------------------------------------------------------


def already_decided(name: str, action: str, at: datetime) -> Text:
    """Somebody was first."""
    what = next((text.ko for known, text in ACTIONS.items() if known == action), action)
    return Text(
        f"{name} has already decided ({action}) at {at:%H:%M:%S} UTC; nothing was changed by this one",
        f"{name} 님이 {at:%H:%M:%S} UTC에 이미 결정했습니다({what}). 이번 요청으로 바뀐 것은 없습니다.",
    )


def nothing_to_decide(incident_id: str, status: Status) -> Text:
    return Text(
        f"{incident_id} is {status}: there is nothing to decide",
        f"{incident_id} 인시던트는 현재 '{IN_KOREAN[status]}' 상태이므로 결정할 것이 없습니다.",
    )


def replaced(incident_id: str) -> Text:
    return Text(
        f"this proposal of {incident_id} was replaced by a newer version; look at that one",
        f"{incident_id} 인시던트의 이 제안은 새 제안으로 대체되었습니다. 새 제안을 확인해 주세요.",
    )


def expired(incident_id: str, at: datetime) -> Text:
    return Text(
        f"this proposal of {incident_id} expired at {at:%Y-%m-%d %H:%M:%S} UTC",
        f"{incident_id} 인시던트의 이 제안은 {at:%Y-%m-%d %H:%M:%S} UTC에 만료되었습니다.",
    )


# --- taking back ---------------------------------------------------------------------------------------------------


def already_asked(name: str, at: datetime) -> Text:
    """Somebody else wants it taken back, too, and said so first."""
    return Text(
        f"{name} has already asked for it at {at:%H:%M:%S} UTC; nothing was changed by this one",
        f"{name} 님이 {at:%H:%M:%S} UTC에 이미 되돌리기를 요청했습니다. 이번 요청으로 바뀐 것은 없습니다.",
    )


def nothing_committed(incident_id: str) -> Text:
    return Text(
        f"nothing was committed for {incident_id}, so there is nothing to take back",
        f"{incident_id} 인시던트는 커밋된 변경이 없어 되돌릴 것이 없습니다.",
    )


def still_runs(incident_id: str, status: Status) -> Text:
    return Text(
        f"{incident_id} is {status}; its change can be taken back when it has ended",
        f"{incident_id} 인시던트는 현재 '{IN_KOREAN[status]}' 상태입니다. 종료된 뒤에 변경을 되돌릴 수 있습니다.",
    )


def taken_back_already(incident_id: str, commit: str) -> Text:
    return Text(
        f"the change of {incident_id} has been taken back already (commit {commit[:12]})",
        f"{incident_id} 인시던트의 변경은 이미 되돌렸습니다 (커밋 {commit[:12]}).",
    )


def could_not_be_taken_back(incident_id: str, why: str) -> Text:
    return Text(
        f"the change of {incident_id} could not be taken back: {why}",
        f"{incident_id} 인시던트의 변경은 되돌리지 못했습니다. 메시지에서 사유를 확인하고 직접 되돌려 주세요.",
    )


def changed_since(key: str, now: object, approved: object) -> Text:
    """The key has another value than it had for the approver."""
    return Text(
        f"{key} is {now!r:.80} now and was {approved!r:.80} when it was approved; a new proposal is needed",
        f"{key} 값이 승인 당시의 {approved!r:.80}에서 {now!r:.80}(으)로 바뀌었습니다. 새로운 제안이 필요합니다.",
    )


def file_is_gone(path: str) -> Text:
    return Text(
        f"{path} is no longer on the branch; a new proposal is needed",
        f"{topic(path)} 더 이상 브랜치에 없습니다. 새로운 제안이 필요합니다.",
    )


def other_item(key: str) -> Text:
    return Text(
        f"{key} belongs to another list item now; a new proposal is needed",
        f"{key} 위치의 목록 항목이 바뀌었습니다. 새로운 제안이 필요합니다.",
    )


# --- feedback, reports ---------------------------------------------------------------------------------------------


def workflow_over(incident_id: str, status: Status) -> Text:
    return Text(
        f"{incident_id} is {status}: its workflow does not run any more; "
        "send negative feedback if the change was wrong",
        f"{incident_id} 인시던트는 '{IN_KOREAN[status]}' 상태로 종료되었습니다. "
        "변경이 잘못되었다면 부정 피드백을 남겨 주세요.",
    )


def no_words() -> Text:
    return Text(
        "feedback without words: send `user_recognition`, `user_approved_action`, or both",
        "피드백 내용이 비어 있습니다. 둘 중 하나 이상을 입력해 주세요.",
    )


def no_reason() -> Text:
    return Text(
        "negative feedback without a reason: say in `reason` what was wrong",
        "사유가 비어 있습니다. 무엇이 잘못되었는지 입력해 주세요.",
    )


def no_such_incident(incident_id: str) -> Text:
    return Text(
        f"there is no incident {incident_id!r}; `langraph incidents list` shows them",
        f"{incident_id!r} 인시던트를 찾을 수 없습니다.",
    )


def empty_report() -> Text:
    return Text(
        "log_text is empty; give the line or lines that show the fault",
        "로그가 비어 있습니다. 오류를 보여 주는 로그를 입력해 주세요.",
    )


def no_kubernetes_name(what: str, name: str) -> Text:
    return Text(
        f"{what}={name!r:.80} is not a Kubernetes name; use lower-case letters, digits and -",
        f"{name!r:.80} 값은 쿠버네티스 이름이 아닙니다. 영문 소문자, 숫자, -만 사용해 주세요.",
    )
