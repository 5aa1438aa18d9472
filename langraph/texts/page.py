"""What people read on the web page: headings, buttons, each result and refusal in one sentence."""

from datetime import timedelta

from langraph.models.incident import Action, Severity, Status
from langraph.models.text import Text
from langraph.texts.announcing import SEVERITIES as SEVERITIES

# --- the frame -----------------------------------------------------------------------------------------------------

SKIP = Text("Skip to the content", "본문으로 건너뛰기")
NAVIGATION = Text("Main", "주 메뉴")
INCIDENTS = Text("Incidents", "인시던트")
LEARNING = Text("Learning", "학습")
SYSTEM = Text("System", "시스템")
API = Text("API", "API")
THEME = Text("Dark or light", "어둡게/밝게")
OTHER_LANGUAGE = Text("한국어", "English")
SIGN_OUT = Text("Sign out", "로그아웃")
SIGNED_IN = Text("signed in as", "로그인:")
HALTED = Text("Halted: nothing is committed.", "중지됨: 아무것도 커밋하지 않습니다.")
GIT_AWAY = Text(
    "Git cannot be read right now, so incidents that only git remembers are missing here.",
    "지금 Git을 읽을 수 없어 Git에만 있는 인시던트는 표시되지 않습니다.",
)
WENT_WRONG = Text("That did not work", "처리하지 못했습니다")
BACK = Text("Back to the incidents", "인시던트 목록으로")
NOTHING_HERE = Text("There is nothing here.", "페이지를 찾을 수 없습니다.")
TRY_LATER = Text(
    "Not possible right now; try again in a moment.", "지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요."
)
NOT_ALLOWED = Text("You may not do this.", "이 작업을 수행할 권한이 없습니다.")
FORM_STALE = Text(
    "This form is too old or came from elsewhere, so nothing was done. Look at the page and send it again.",
    "오래되었거나 다른 곳에서 온 양식이라 아무 작업도 하지 않았습니다. 내용을 확인하고 다시 보내 주세요.",
)
REASON_NEEDED = Text("Write at least one word, at most 300 characters.", "한 글자 이상 300자 이하로 입력해 주세요.")
TOO_LONG = Text("This is too long; 3,000 characters at most.", "너무 깁니다. 3,000자 이하로 입력해 주세요.")
VALUE_NEEDED = Text("Enter a value.", "값을 입력해 주세요.")

# --- what is said everywhere ---------------------------------------------------------------------------------------

STATUS = Text("Status", "상태")
SEVERITY = Text("Severity", "심각도")
CATEGORY = Text("Category", "카테고리")
APP = Text("App", "앱")
NAMESPACE = Text("Namespace", "네임스페이스")
CAUSE = Text("Cause", "원인")
COUNT = Text("Count", "횟수")
AGE = Text("Age", "경과")
OPENED = Text("Began", "발생")
TOOK = Text("Took", "소요")
WHO = Text("Who must act", "조치할 사람")
UNKNOWN = Text("unknown", "알 수 없음")
NONE = Text("none", "없음")
YES, NO = Text("yes", "예"), Text("no", "아니요")
NO_DATA = Text("no data", "데이터 없음")
AS_TABLE = Text("The same as a table", "표로 보기")

STATUSES = {
    Status.DETECTED: Text("Looking at it", "확인 중"),
    Status.DIAGNOSING: Text("Finding the cause", "원인 분석 중"),
    Status.AWAITING_APPROVAL: Text("Waits for approval", "승인 대기"),
    Status.APPLYING: Text("Committing", "커밋 중"),
    Status.VERIFYING: Text("Verifying", "복구 검증 중"),
    Status.RECOVERED: Text("Recovered", "복구됨"),
    Status.NOT_RECOVERED: Text("Not recovered", "복구되지 않음"),
    Status.INCONCLUSIVE: Text("Could not be verified", "복구 확인 불가"),
    Status.REJECTED: Text("Rejected", "거부됨"),
    Status.EXPIRED: Text("Expired", "만료됨"),
    Status.NO_ACTION: Text("No change proposed", "변경 없음"),
    Status.FAILED: Text("langraph failed", "처리 실패"),
}
STATUS_SHAPES = {
    Status.DETECTED: "◌", Status.DIAGNOSING: "◔", Status.AWAITING_APPROVAL: "◆", Status.APPLYING: "▶",
    Status.VERIFYING: "◑", Status.RECOVERED: "✔", Status.NOT_RECOVERED: "✖", Status.INCONCLUSIVE: "?",
    Status.REJECTED: "⊘", Status.EXPIRED: "○", Status.NO_ACTION: "–", Status.FAILED: "!",
}  # fmt: skip
"""A shape for each, so that nobody needs the colour."""
SEVERITY_SHAPES = {Severity.CRITICAL: "▲▲", Severity.HIGH: "▲", Severity.MEDIUM: "■", Severity.LOW: "▽"}

# --- the list ------------------------------------------------------------------------------------------------------

OPEN = Text("Open", "진행 중")
CLOSED = Text("Closed", "종료됨")
OPEN_CAPTION = Text("Incidents that are open now, the worst first", "진행 중인 인시던트 (심각한 순)")
CLOSED_CAPTION = Text("Closed incidents, newest first", "종료된 인시던트 (최신순)")
NOTHING_OPEN = Text("Nothing is open. Go back to sleep.", "진행 중인 인시던트가 없습니다. 편히 쉬세요.")
NOTHING_FITS = Text("Nothing fits. Take a filter away.", "조건에 맞는 인시던트가 없습니다. 필터를 줄여 보세요.")
NOTHING_CLOSED = Text("No incident has been closed yet.", "아직 종료된 인시던트가 없습니다.")
SEARCH = Text("Search", "검색")
SEARCH_HINT = Text("id, app, cause, log line…", "ID, 앱, 원인, 로그…")
FIND = Text("Find", "찾기")
CLEAR = Text("Clear", "초기화")
ANY = Text("any", "전체")
PERIOD = Text("Period", "기간")
PERIODS = {
    "1": Text("24 hours", "24시간"),
    "7": Text("7 days", "7일"),
    "30": Text("30 days", "30일"),
    "90": Text("90 days", "90일"),
}
NEWER, OLDER = Text("Newer", "이전"), Text("Older", "다음")
PAGES = Text("Pages", "페이지")
YOU_DECIDE = Text("you: decide", "나: 결정 필요")
AN_APPROVER = Text("an approver", "승인자")
LANGRAPH = Text("langraph", "langraph")
SOMEBODY_RESUMES = Text("an approver: resume", "승인자: 재개 필요")
PLEASE_LOOK = Text("somebody: have a look", "확인 필요")
NOBODY = Text("nobody", "없음")

# --- charts --------------------------------------------------------------------------------------------------------

CHARTS = Text("How it goes", "현황")
PER_DAY = Text("Incidents per day, by category", "일별 인시던트 (카테고리별)")
TO_DECISION = Text("Time to decision", "결정까지 걸린 시간")
TO_RECOVERY = Text("Time to recovery", "복구까지 걸린 시간")
RECOVERY_RATE = Text("Recovery rate", "복구율")
LEARNING_CURVE = Text("Learning curve", "학습 곡선")
LEARNING_CURVE_SAYS = Text(
    "Share that recovered among the last 20 verified changes", "최근 검증된 변경 20건 중 복구된 비율"
)
MEDIAN_SAYS = Text("Median of each day, in minutes", "일별 중앙값 (분)")
RATE_SAYS = Text("Recovered, of those with a verdict, by day", "판정된 인시던트 중 복구된 비율 (일별)")
DAY, VALUE, OTHERS = Text("Day", "날짜"), Text("Value", "값"), Text("others", "기타")
NUMBER = Text("Number", "순번")
MEDIAN = Text("median", "중앙값")
NOT_YET = Text("No data yet", "아직 데이터가 없습니다")

# --- one incident --------------------------------------------------------------------------------------------------

WHAT_IS_WRONG = Text("What is wrong", "무엇이 문제인가")
WHAT_WOULD_CHANGE = Text("What would change", "무엇이 바뀌는가")
WHAT_CHANGED = Text("What was proposed", "제안된 변경")
NOT_DIAGNOSED = Text("The cause is not known yet.", "아직 원인을 알 수 없습니다.")
NO_PROPOSAL = Text("Nothing is proposed.", "제안된 변경이 없습니다.")
ADVICE = Text("What to do", "권장 조치")
RULED_OUT = Text("Ruled out", "배제한 원인")
KEY, NOW, PROPOSED = Text("Value", "값"), Text("Before", "변경 전"), Text("After", "변경 후")
NOT_SET = Text("not set", "없음")
CHANGES_CAPTION = Text("The values that change", "바뀌는 값")
RESTARTS = Text("Pods restart", "파드 재시작")
FILES = Text("Files", "파일")
APPS = Text("Apps", "앱")
EXPIRES = Text("Expires", "만료")
UNDO = Text("To undo it", "되돌리는 방법")
UNDO_SAYS = Text(
    "One commit takes exactly these values back; the diff is below.",
    "커밋 한 번으로 이 값들만 되돌립니다. 되돌리기 Diff는 아래에 있습니다.",
)
WEAKENS = Text(
    "This takes protection away; only `stronger` approvers may approve it.",
    "보호 장치를 약화하는 변경입니다. `stronger` 승인자만 승인할 수 있습니다.",
)
WHO_ELSE = Text("Who may decide", "결정할 수 있는 사람")
DIFF = Text("Diff", "변경 사항 (Diff)")
UNDO_DIFF = Text("The diff that takes it back", "되돌리기 Diff")
UNIFIED, SPLIT = Text("Unified", "한 열"), Text("Side by side", "나란히")
OLD_LINE, NEW_LINE = Text("Old line", "이전 줄"), Text("New line", "새 줄")
REMOVED, ADDED = Text("removed", "삭제"), Text("added", "추가")
CONTENT = Text("Content", "내용")
TRUNCATED = Text(
    "The diff is longer than this page shows; the record has all of it.",
    "Diff가 길어 일부만 표시했습니다. 전체는 기록에서 볼 수 있습니다.",
)
EVIDENCE = Text("Evidence", "근거")
SPEAKS_FOR, SPEAKS_AGAINST, ONLY_KNOWN = Text("for", "뒷받침"), Text("against", "반박"), Text("known", "참고")
KINDS = {
    "line": Text("log line", "로그"),
    "query": Text("query", "쿼리"),
    "alert": Text("alert", "알림"),
    "change": Text("change", "변경"),
    "note": Text("note", "메모"),
}
KIND, MEANING, ANSWER = Text("Kind", "종류"), Text("Meaning", "의미"), Text("Answer", "결과")
NO_EVIDENCE = Text("Nothing was kept.", "남은 근거가 없습니다.")
SIGNALS = Text("Verification", "복구 검증")
SIGNALS_CAPTION = Text("What was measured before and after", "변경 전후 측정값")
SIGNAL, BEFORE, AFTER, HEALTHY = (
    Text("Signal", "신호"),
    Text("Before", "전"),
    Text("After", "후"),
    Text("Healthy", "정상"),
)
OUTCOME = Text("How it ended", "결과")
TIMELINE = Text("Timeline (UTC)", "타임라인 (UTC)")
WORKFLOW = Text("Workflow", "워크플로우")
WORKFLOW_SAYS = Text(
    "The steps of every incident; the filled one is where this one is.",
    "인시던트 처리 단계입니다. 채워진 단계가 현재 위치입니다.",
)
RAW = Text("Raw record", "원본 기록")
COMMITS = Text("Commits", "커밋")
FACTS = Text("Facts", "세부 정보")
SOURCE, RUNBOOK, DIGEST = Text("Source", "출처"), Text("Runbook", "런북"), Text("Digest", "다이제스트")
OFTEN = Text("How often", "발생 추이")
DECIDED_BY = Text("Decided by", "결정한 사람")
COMMENT = Text("Comment", "의견")

# --- deciding ------------------------------------------------------------------------------------------------------

DECIDE = Text("Your decision", "결정")
APPROVE, REJECT, MODIFY = Text("Approve", "승인"), Text("Reject", "거부"), Text("Modify", "수정")
APPROVE_SAYS = Text("Commits exactly the diff you see.", "표시된 Diff를 그대로 커밋합니다.")
REJECT_SAYS = Text("Stops here; nothing is changed.", "여기서 중단하며 아무것도 변경하지 않습니다.")
MODIFY_SAYS = Text("Commits your own values, within the policy.", "정책 범위 안에서 직접 지정한 값을 커밋합니다.")
AUTO_REVERT = Text("Revert by itself when it does not help", "복구되지 않으면 자동으로 되돌리기")
NOTE = Text("Note (goes into the commit)", "메모 (커밋에 기록됨)")
WHY = Text("Why? (optional)", "사유 (선택)")
WHICH = Text("Which value is meant?", "어떤 값을 변경할까요?")
CHOOSE = Text("Choose", "선택")
CHOOSE_SAYS = Text(
    "It is not known which of these values is meant. Choose one; only that one is committed, within the policy.",
    "어느 값을 변경해야 하는지 알 수 없습니다. 하나를 선택하면 정책 범위 안에서 그 값만 커밋합니다.",
)
CHOICE_NEEDED = Text("Choose one of these values.", "이 중에서 값을 하나 선택해 주세요.")
CHOICES_CAPTION = Text("The values of which one has to be chosen", "선택할 수 있는 값")
SUGGESTED = Text("Suggested", "제안")
NEW_VALUE = Text("New value", "새 값")
USE_THIS = Text("Use this value", "이 값으로 적용")
APPLY_VALUES = Text("Apply these values", "이 값으로 적용")
REVERT = Text("Revert the change", "변경 되돌리기")
REVERT_SAYS = Text(
    "The service did not demonstrably recover. This commits the inverse of the change, if nobody touched the values.",
    "서비스 복구가 확인되지 않았습니다. 그 사이 아무도 값을 바꾸지 않았다면 변경을 되돌리는 커밋을 만듭니다.",
)
ONLY_LOOK = Text("You may look, not decide", "조회만 가능합니다")
FEEDBACK = Text("Feedback", "피드백")
FEEDBACK_SAYS = Text(
    "Was it wrong? What you write is recorded beside the incident, and the next proposal learns from it.",
    "결과가 잘못되었나요? 작성한 내용은 인시던트와 함께 기록되고 다음 제안에 반영됩니다.",
)
SO_FAR = Text("Said so far", "지금까지의 의견")
FEEDBACK_REASON = Text("What was wrong?", "무엇이 잘못되었나요?")
FEEDBACK_EXPECTED = Text("What should have happened?", "어떤 결과를 기대하셨나요?")
REMARK_SAYS = Text(
    "What do you see yourself? It goes into the commit message.",
    "직접 확인한 내용을 남겨 주세요. 커밋 메시지에 기록됩니다.",
)
REMARK_SEEN = Text("What did you see?", "어떤 문제로 인식하셨나요?")
REMARK_DONE = Text("What was done?", "어떤 조치를 하셨나요?")
SEND = Text("Send", "보내기")

RESULTS = {
    "approved": Text("Taken: approved. It is being committed.", "승인되었습니다. 커밋을 진행합니다."),
    "rejected": Text("Taken: rejected. Nothing is changed.", "거부되었습니다. 아무것도 변경하지 않습니다."),
    "modified": Text("Taken: your values are being committed.", "수정한 값으로 커밋을 진행합니다."),
    "asked-again": Text(
        "Taken: your values go further than the proposal, so they wait for one more approval.",
        "수정한 값이 제안 범위를 넘어 한 번 더 승인이 필요합니다.",
    ),
    "reverting": Text("Taken: the change is being taken back.", "변경을 되돌리고 있습니다."),
    "feedback": Text("Thank you, your feedback is recorded.", "감사합니다. 피드백이 기록되었습니다."),
    "halted": Text(
        "Halted: nothing is committed until somebody resumes.", "중지했습니다. 재개할 때까지 커밋하지 않습니다."
    ),
    "resumed": Text("Resumed: langraph commits again.", "재개했습니다. langraph가 다시 커밋합니다."),
}
"""What a page says once after an action, by the code in its address."""


# --- sentences -----------------------------------------------------------------------------------------------------


def length(span: timedelta) -> Text:
    """A length of time in its largest unit: `3 min`, `2 h 5 min`, `4 d`."""
    minutes = max(0, int(span.total_seconds())) // 60
    if minutes < 1:
        return Text("under 1 min", "1분 미만")
    if minutes < 60:
        return Text(f"{minutes} min", f"{minutes}분")
    hours, rest = divmod(minutes, 60)
    if hours < 10 and rest:
        return Text(f"{hours} h {rest} min", f"{hours}시간 {rest}분")
    if hours < 48:
        return Text(f"{hours} h", f"{hours}시간")
    return Text(f"{hours // 24} d", f"{hours // 24}일")


def ago(span: timedelta) -> Text:
    """How long since, or how long until."""
    if span < timedelta(0):
        left = length(-span)
        return Text(f"in {left.en}", f"{left.ko} 후")
    if span < timedelta(minutes=1):
        return Text("just now", "방금")
    past = length(span)
    return Text(f"{past.en} ago", f"{past.ko} 전")


def how_many(open_now: int, waiting: int) -> Text:
    """The first sentence of the page."""
    return Text(f"{open_now} open, {waiting} waiting for a decision", f"진행 중 {open_now}건, 승인 대기 {waiting}건")


def found(count: int, total: int) -> Text:
    """How many closed ones fit."""
    return Text(f"{count:,} of {total:,}", f"{total:,}건 중 {count:,}건")


def page_of(page: int, pages: int) -> Text:
    return Text(f"page {page} of {pages}", f"{pages}쪽 중 {page}쪽")


def more_open(count: int) -> Text:
    return Text(f"… and {count} more; search for them", f"… 외 {count}건은 검색해 주세요")


def times(count: int) -> Text:
    return Text(f"seen {count:,}×", f"{count:,}회 발생")


def again(count: int) -> Text:
    """Re-fires."""
    return Text(f"{count:,}× more since it was closed", f"종료 후 {count:,}회 재발")


def people(count: int) -> Text:
    return Text(f"{count} people on the list", f"목록에 있는 {count}명")


def decided(action: Action, name: str) -> Text:
    """Who said what."""
    en = {"approve": "Approved", "reject": "Rejected", "modify": "Modified", "expire": "Expired"}[action]
    ko = {"approve": "승인", "reject": "거부", "modify": "수정", "expire": "만료"}[action]
    return Text(f"{en} by {name}", f"{name}: {ko}")


def course_says(points: int, least: float, most: float, now: str) -> Text:
    """What the small chart of a query's answers shows, for those who do not see it."""
    shown = f"{least:,.6g} - {most:,.6g}"
    return Text(
        f"{points} answers over the hour before, {shown}, last {now}",
        f"이전 1시간 동안 응답 {points}개, {shown}, 마지막 {now}",
    )


def often_says(count: int, since: str, until: str) -> Text:
    """What the small chart of occurrences shows, for those who do not see it."""
    return Text(
        f"{count:,} occurrences between {since} and {until} UTC", f"{since} ~ {until} UTC 사이 {count:,}회 발생"
    )


def step_is(name: str, state: str) -> Text:
    """A step of the workflow, for those who do not see it."""
    en = {"now": "now here", "done": "done", "next": "not yet"}[state]
    ko = {"now": "현재 단계", "done": "완료", "next": "대기"}[state]
    return Text(f"{name}: {en}", f"{name}: {ko}")
