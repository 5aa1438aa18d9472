"""What people read and press in Slack: the message's parts, the buttons, the modals, each refusal in one sentence."""

from collections.abc import Sequence
from datetime import datetime

from langraph.models.incident import Status
from langraph.models.text import Text
from langraph.texts.refusing import IN_KOREAN

# --- the message ---------------------------------------------------------------------------------------------------

STATE = Text("Status", "상태")
REFIRED = Text("again after its end", "종료 후 재발")
FILE = Text("file", "파일")
RESTARTS = Text("pods restart", "파드 재시작")
YES, NO = Text("yes", "예"), Text("no", "아니요")
WEAKENS = Text(
    "⚠️ This takes protection away; only `stronger` approvers may approve it.",
    "⚠️ 보호 장치를 약화하는 변경입니다. `stronger` 승인자만 승인할 수 있습니다.",
)
WHOLE_DIFF = Text("The whole diff is a file in this thread.", "전체 Diff는 이 스레드에 파일로 첨부했습니다.")
FIRST_HUNK = Text("First part:", "첫 부분:")
EVIDENCE = Text("🔎 Evidence", "🔎 근거")
NO_DATA = Text("no data", "데이터 없음")
RULED_OUT = Text("Ruled out", "배제한 원인")
ASKED = Text("⏳ waiting for your decision", "⏳ 승인 대기 중")
APPROVED = Text("✅ approved - committing…", "✅ 승인됨 - 커밋 진행 중...")
VERIFYING = Text("⏳ verifying the recovery…", "⏳ 복구 검증 중…")
REVERT_WANTED = Text("auto-revert if it does not help", "복구되지 않으면 자동 되돌리기")


def by_whom(name: str) -> Text:
    """Who approved."""
    return Text(f"✅ approved by {name}", f"✅ 승인됨 ({name})")


def committed(commit: str) -> Text:
    """The commit, short."""
    return Text(f"✅ committed: {commit}", f"✅ 커밋 완료: {commit}")


def reverted(commit: str, name: str) -> Text:
    """The commit that took it back, short, and who wanted that; nobody is named where it was the policy."""
    who = f" ({name})" if name else ""
    return Text(f"✅ reverted: {commit}{who}", f"✅ 되돌림: {commit}{who}")


def reverting(name: str) -> Text:
    """Somebody has pressed the button; the commit is not there yet."""
    return Text(f"⏳ taking the change back… ({name})", f"⏳ 되돌리는 중… ({name})")


NOT_REVERTED = Text("❌ not taken back", "❌ 되돌리지 못함")


def why_not_reverted(reason: Text) -> Text:
    """Why a change stays."""
    return Text(f"Not taken back: {reason.en}", f"되돌리지 못한 사유: {reason.ko}")


def teach(incident_id: str) -> Text:
    """Below a change that did not help."""
    return Text(
        f"💬 /feedback {incident_id}: say what would have been right, langraph learns from it.",
        f"💬 /feedback {incident_id}: 어떤 조치가 맞았는지 알려 주시면 다음 제안에 반영합니다.",
    )


WHICH = Text("Which value is meant?", "어떤 값을 변경할까요?")


def suggested(path: str, file: str, old: object, new: object) -> Text:
    """One of the values to choose from, and what it would become."""
    return Text(
        f"{path} ({file}): {_value(old, 'not set')} -> {_value(new, 'not set')}",
        f"{path} ({file}): {_value(old, '없음')} -> {_value(new, '없음')}",
    )


def until(when: datetime) -> Text:
    """When the proposal ends."""
    return Text(f"until {_when(when)}", f"{_when(when)}까지")


def diff_summary(files: int, added: int, removed: int) -> Text:
    """How much a long diff changes."""
    return Text(
        f"{files} file(s), +{added} -{removed} lines. {WHOLE_DIFF.en}",
        f"파일 {files}개, +{added} -{removed}줄. {WHOLE_DIFF.ko}",
    )


def more(count: int) -> Text:
    """What a list leaves out."""
    return Text(f"… and {count} more", f"… 외 {count}건")


def preview(incident_id: str, category: str, app: str, state: Text) -> Text:
    """The line a phone shows."""
    return Text(
        f"🚨 {incident_id} · {category} · {app}: {state.en}",
        f"🚨 {incident_id} · {category} · {app}: {state.ko}",
    )


# --- buttons, modals -----------------------------------------------------------------------------------------------

APPROVE = Text("✅ Approve", "✅ 승인")
REJECT = Text("❌ Reject", "❌ 거부")
MODIFY = Text("✏️ Modify", "✏️ 수정")
CHOOSE = Text("✏️ Choose", "✏️ 선택")
APPROVE_REVERTING = Text("✅ Approve with auto-revert", "✅ 승인 (복구 실패 시 자동 되돌리기)")
REVERT = Text("↩️ Revert", "↩️ 되돌리기")
NEXT_PAGE = Text("Next", "다음")
CANCEL = Text("Cancel", "취소")
APPLY = Text("Apply", "적용")
SEND = Text("Send", "보내기")
CLOSE = Text("Close", "닫기")

MODIFY_TITLE = Text("Enter your own values", "수정된 액션 입력")
CHOOSE_TITLE = Text("Choose the value", "변경할 값 선택")
USE_THIS = Text("Use this value", "이 값으로 적용")
NEW_VALUE = Text("New value", "새 값")
EMPTY_IS_SUGGESTED = Text("Empty: the suggested value.", "비워 두면 제안된 값을 사용합니다.")
CHOICE_NEEDED = Text("Choose one of these values.", "이 중에서 값을 하나 선택해 주세요.")
BOUNDS = Text("What each may be", "값별 허용 범위")
REJECT_TITLE = Text("Reject", "제안 거부")
TRIGGER_TITLE = Text("Report a fault", "인시던트 등록")
FEEDBACK_TITLE = Text("Feedback", "피드백")
NOTICE_TITLE = Text("langraph", "langraph")

NOTE = Text("Note", "추가 메모")
REASON = Text("Reason", "사유")
AUTO_REVERT = Text("Revert by itself when it does not help", "복구되지 않으면 자동으로 되돌리기")
OPTIONS = Text("Options", "옵션")
LOG_TEXT = Text("Log lines that show the fault", "오류를 보여 주는 로그")
APP = Text("App", "앱")
NAMESPACE = Text("Namespace", "네임스페이스")
RECOGNITION = Text("What do you take it for?", "어떤 문제로 인식하셨나요?")
WANTED_ACTION = Text("What should be done?", "어떤 조치를 원하시나요?")
COMMIT_HINT = Text("It goes into the commit message.", "커밋 메시지에 기록됩니다.")
NEGATIVE_TITLE = Text("What went wrong?", "잘못된 점 알리기")
WHAT_WAS_WRONG = Text("What was wrong with it?", "무엇이 잘못되었나요?")
EXPECTED = Text("What should have been done instead?", "어떤 조치가 맞았을까요?")
EXPECTED_HINT = Text(
    "A value in it, such as 1Gi, is what langraph proposes next time.",
    "1Gi처럼 값을 적어 주시면 다음 제안에 사용합니다.",
)
REVERT_TITLE = Text("Take the change back?", "변경을 되돌릴까요?")
REVERT_NOW = Text("Take it back", "되돌리기")


def goes_back(values: Sequence[tuple[str, object, object]], more_of_them: int) -> Text:
    """What a revert undoes: (path, value now, value afterwards) each."""
    en = [f"{path}: {_value(now, 'not set')} → {_value(then, 'not set')}" for path, now, then in values]
    ko = [f"{path}: {_value(now, '없음')} → {_value(then, '없음')}" for path, now, then in values]
    rest = more(more_of_them)
    if more_of_them > 0:
        en, ko = [*en, rest.en], [*ko, rest.ko]
    return Text(
        f"One commit puts back: {', '.join(en)}. Only if nobody has changed it since.",
        f"다음 값을 되돌리는 커밋을 만듭니다: {', '.join(ko)}. 그 사이 값이 바뀌었다면 되돌리지 않습니다.",
    )


def _value(value: object, nothing: str) -> str:
    return nothing if value is None else f"{value!s:.40}"


def becomes(old: object, new: object, file: str) -> Text:
    """What choosing a value makes of it; the file where the values are in several."""
    where = f" · {file}" if file else ""
    return Text(
        f"{_value(old, 'not set')} → {_value(new, 'not set')} (suggested){where}",
        f"{_value(old, '없음')} → {_value(new, '없음')} (제안){where}",
    )


_NAMES = {
    "memory": Text("Memory", "메모리"),
    "cpu": Text("CPU", "CPU"),
    "replicas": Text("Replicas", "레플리카 수"),
    "replicaCount": Text("Replicas", "레플리카 수"),
    "size": Text("Size", "크기"),
    "storage": Text("Storage", "저장 용량"),
    "initialDelaySeconds": Text("Initial delay (seconds)", "초기 지연(초)"),
    "timeoutSeconds": Text("Timeout (seconds)", "타임아웃(초)"),
    "failureThreshold": Text("Failure threshold", "실패 허용 횟수"),
    "maxReplicas": Text("Most replicas", "최대 레플리카 수"),
}


def field_label(last: str, dotted: str) -> Text:
    """What the value is, for somebody who does not know the chart."""
    name = _NAMES.get(last)
    return Text(f"{name.en} ({dotted})", f"{name.ko} ({dotted})") if name else Text(dotted, dotted)


def now_is(old: object) -> Text:
    """The value in the file."""
    if old is None:
        return Text("not set now", "현재 값: 없음")
    return Text(f"now {old!s:.80}", f"현재 값: {old!s:.80}")


def default_is(old: object) -> Text:
    """What an empty field would leave."""
    return Text(f"now: {old!s:.80}", f"기본값: {old!s:.80}")


# --- answers to a person -------------------------------------------------------------------------------------------

OTHER_WORKSPACE = Text(
    "You come from another workspace, so you may not decide here; ask a member of this one.",
    "다른 워크스페이스의 사용자는 여기서 결정할 수 없습니다. 이 워크스페이스의 구성원에게 요청해 주세요.",
)
GUEST = Text(
    "Guests may not decide; ask a full member of this workspace.",
    "게스트는 결정할 수 없습니다. 이 워크스페이스의 정식 구성원에게 요청해 주세요.",
)
BOT = Text("Bots and apps may not decide.", "봇과 앱은 결정할 수 없습니다.")
DEACTIVATED = Text("This account is deactivated and may not decide.", "비활성화된 계정은 결정할 수 없습니다.")
CANNOT_TELL_WHO = Text(
    "Slack did not tell us who you are, so nothing was done; press it again in a moment.",
    "Slack에서 사용자 정보를 확인하지 못해 아무 작업도 하지 않았습니다. 잠시 후 다시 눌러 주세요.",
)
NOT_NOW = Text(
    "langraph cannot record it right now, so nothing was done; press it again in a moment.",
    "지금은 langraph가 기록할 수 없어 아무 작업도 하지 않았습니다. 잠시 후 다시 눌러 주세요.",
)
UNREADABLE = Text(
    "langraph does not understand this button any more; look at the newest message of the incident.",
    "더 이상 사용할 수 없는 버튼입니다. 해당 인시던트의 최신 메시지를 확인해 주세요.",
)
ASK_AGAIN = Text(
    "Your values go further than the proposal, so they wait for one more approval in the channel.",
    "수정한 값이 제안 범위를 넘어 채널에서 한 번 더 승인이 필요합니다.",
)
NOT_ALLOWED = Text("You may not do this here", "이 작업을 수행할 권한이 없습니다")


def group_unknown(groups: str) -> Text:
    """A refusal whose reason may be that Slack did not answer."""
    return Text(
        f"(Slack did not say who is in {groups}; if you are, press it again in a moment.)",
        f"(Slack에서 {groups} 그룹의 구성원을 확인하지 못했습니다. 구성원이라면 잠시 후 다시 눌러 주세요.)",
    )


_DONE = {
    "approve": Text("approved", "승인"),
    "reject": Text("rejected", "거부"),
    "modify": Text("modified", "수정"),
    "expire": Text("expired", "만료"),
}


def already_decided(name: str, action: str, at: datetime) -> Text:
    """Somebody was first."""
    what = _DONE.get(action, Text(action, action))
    return Text(
        f"{name} has already decided this ({what.en}) at {at:%H:%M:%S} UTC; nothing was changed by your click.",
        f"{name}님이 {at:%H:%M:%S} UTC에 이미 결정했습니다({what.ko}). 이번 클릭으로 바뀐 것은 없습니다.",
    )


def expired(at: datetime) -> Text:
    """Too late."""
    return Text(
        f"This proposal expired at {_when(at)}; nothing was changed.",
        f"이 제안은 {_when(at)}에 만료되어 아무것도 변경하지 않았습니다.",
    )


def replaced() -> Text:
    """A message that shows an older version."""
    return Text(
        "This proposal was replaced by a newer version; look at that one and decide there.",
        "더 새로운 제안으로 대체되었습니다. 새 제안을 확인하고 결정해 주세요.",
    )


def closed(incident_id: str, status: Status) -> Text:
    """There is nothing to decide any more."""
    return Text(
        f"{incident_id} is {status}: there is nothing to decide.",
        f"{incident_id} 인시던트는 현재 '{IN_KOREAN[status]}' 상태이므로 결정할 것이 없습니다.",
    )


def refused(sentence: str) -> Text:
    """What the guardrails say, as they say it."""
    return Text(f"{NOT_ALLOWED.en}: {sentence}", f"{NOT_ALLOWED.ko}: {sentence}")


# --- slash commands ------------------------------------------------------------------------------------------------

HELP = Text(
    "/incidents list - the newest incidents\n"
    "/incidents <id> - one incident\n"
    "/incidents trigger - report a fault\n"
    "/incidents halt [reason] - stop every commit\n"
    "/incidents resume [reason] - let langraph commit again\n"
    "/feedback <id> - say how it went",
    "/incidents list - 최근 인시던트 목록\n"
    "/incidents <id> - 인시던트 하나 보기\n"
    "/incidents trigger - 인시던트 직접 등록\n"
    "/incidents halt [사유] - 모든 커밋 중지\n"
    "/incidents resume [사유] - 커밋 재개\n"
    "/feedback <id> - 피드백 남기기",
)
NONE_YET = Text("No incidents.", "인시던트가 없습니다.")
LIST_HEAD = Text("Incidents, newest first", "인시던트 (최신순)")
HALTED = Text(
    "⛔ Halted: nothing is committed until somebody types /incidents resume.",
    "⛔ 중지했습니다. /incidents resume을 입력할 때까지 아무것도 커밋하지 않습니다.",
)
RESUMED = Text("▶️ Resumed: langraph commits again.", "▶️ 재개했습니다. langraph가 다시 커밋합니다.")
FEEDBACK_TAKEN = Text("Thank you, your feedback is recorded.", "감사합니다. 피드백이 기록되었습니다.")
FEEDBACK_WHICH = Text(
    "Say of which incident: /feedback <id>; /incidents list shows the newest.",
    "어느 인시던트인지 알려 주세요: /feedback <id>. /incidents list로 최근 목록을 볼 수 있습니다.",
)
GIT_AWAY = Text(
    "The history in git does not answer right now; try it again in a moment.",
    "지금은 git 기록을 읽을 수 없습니다. 잠시 후 다시 시도해 주세요.",
)
FROM_GIT = Text("from the record in git", "git 기록")
NO_MODAL = Text("Slack did not open the window; try it again.", "Slack에서 창을 열지 못했습니다. 다시 시도해 주세요.")


def no_such(typed: str) -> Text:
    """An id that nobody knows."""
    return Text(
        f"There is no incident {typed!r:.80}; /incidents list shows the newest.",
        f"{typed!r:.80} 인시던트를 찾을 수 없습니다. /incidents list로 최근 목록을 확인해 주세요.",
    )


def triggered(ids: str) -> Text:
    """A report that was taken in."""
    return Text(
        f"Taken in as {ids}; its message appears in the channel.",
        f"{ids}(으)로 등록했습니다. 채널에 메시지가 표시됩니다.",
    )


def listed(incident_id: str, severity: str, category: str, app: str, status: Text) -> Text:
    """One line of the list."""
    return Text(
        f"{incident_id} · {severity} · {category} · {app} · {status.en}",
        f"{incident_id} · {severity} · {category} · {app} · {status.ko}",
    )


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
