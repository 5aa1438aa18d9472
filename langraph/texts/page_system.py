"""What the page says of langraph itself: sources, queue, policy in words, learned patterns."""

from langraph.amounts import show_factor, show_period
from langraph.models.text import Text
from langraph.policy_file import Bound, Policy, Rule
from langraph.texts.page import NONE

SOURCES = Text("Sources", "데이터 소스")
SOURCES_CAPTION = Text("How far each source is read", "소스별 수집 상태")
SOURCE, LAG, LINES = Text("Source", "소스"), Text("Lag", "지연"), Text("Lines read", "읽은 로그")
ERRORS, LOST = Text("Failed reads", "읽기 실패"), Text("Lines lost", "유실된 로그")
NO_SOURCES = Text("No source has been read yet.", "아직 읽은 소스가 없습니다.")
GAPS = Text("Gaps", "유실 구간")
GAPS_CAPTION = Text("Lines that exist and could not be read, newest first", "읽지 못한 로그 구간 (최신순)")
NO_GAPS = Text("No gaps: every line was read.", "유실 구간이 없습니다. 모든 로그를 읽었습니다.")
SINCE, UNTIL, WHY = Text("From", "시작"), Text("Until", "끝"), Text("Why", "사유")
NEEDS = Text("What langraph needs", "의존 구성 요소")
NEEDS_CAPTION = Text("Whether it is there", "연결 상태")
THING, STATE = Text("Part", "구성 요소"), Text("State", "상태")
IS_THERE, IS_MISSING = Text("there", "정상"), Text("missing", "연결 안 됨")
WORK = Text("Work", "작업")
QUEUE = Text("Waiting for a worker", "작업 대기")
RUNS = Text("Workflow runs", "워크플로우 실행")
RUN_TIME = Text("Mean time of a run", "평균 실행 시간")
FAILED_RUNS = Text("Runs that failed", "실패한 실행")
DELAYED_RUNS = Text("Runs put off", "지연된 실행")
OPEN = Text("Open incidents", "진행 중인 인시던트")
DUE = Text("Due now", "처리 예정")
INTENTS = Text("Effects under way", "진행 중인 변경")
OUTBOX = Text("Messages not shown yet", "미전송 메시지")
VERSION = Text("Version", "버전")
HEAD = Text("Branch head", "브랜치 HEAD")
POLICY = Text("Policy", "정책")
POLICY_SAYS = Text("What langraph may change. What is not written here is not allowed.",
                   "langraph가 변경할 수 있는 범위입니다. 적혀 있지 않은 것은 허용되지 않습니다.")  # fmt: skip
POLICY_BROKEN = Text(
    "The policy cannot be read, so nothing is allowed.", "정책을 읽을 수 없어 아무것도 허용되지 않습니다."
)
RULE, MAY = Text("Rule", "규칙"), Text("What it allows", "허용 범위")
RULES_CAPTION = Text("The rules, the first that fits counts", "규칙 목록 (먼저 일치하는 규칙 적용)")
APPROVERS, STRONGER = Text("Approvers", "승인자"), Text("Stronger approvers", "상위 승인자")
FILES, FORBIDDEN = Text("Files", "파일"), Text("Never changed", "변경 금지")
BUDGET = Text("Budget", "변경 한도")
SECOND = Text("Own values are asked about again", "수정한 값의 재승인")
AUTO_REVERT = Text("Reverted by itself when it does not help", "복구되지 않으면 자동 되돌리기")
SECOND_WORDS = {
    "always": Text("always", "항상"),
    "larger": Text("when they go further than the proposal", "제안 범위를 넘을 때"),
    "never": Text("never", "하지 않음"),
}
NAMES_HIDDEN = Text("Names are shown to approvers.", "이름은 승인자에게만 표시됩니다.")
SWITCH = Text("Kill switch", "긴급 중지")
RUNNING = Text("langraph may commit.", "langraph가 커밋할 수 있습니다.")
HALT, RESUME = Text("Halt", "중지"), Text("Resume", "재개")
HALT_SAYS = Text("Stops every commit until somebody resumes. Incidents are still found and shown.",
                 "재개할 때까지 모든 커밋을 중지합니다. 인시던트는 계속 감지되고 표시됩니다.")  # fmt: skip
REASON = Text("Reason", "사유")

# --- learning ------------------------------------------------------------------------------------------------------

LEARNING_SAYS = Text(
    "What worked before, and what did not. The next proposal for the same fault of the same app uses it.",
    "이전에 효과가 있었던 조치와 없었던 조치입니다. 같은 앱의 같은 오류에 대한 다음 제안에 반영됩니다.",
)
NOTHING_LEARNED = Text("Nothing has been learned yet.", "아직 학습된 패턴이 없습니다.")
RECOMMENDED = Text("Next time", "다음 제안")
TRIED, IMPROVED = Text("What was done", "수행한 조치"), Text("What it became", "개선된 조치")
RESULT, FEEDBACK = Text("Result", "결과"), Text("Feedback", "피드백")
WORKED, FAILED = Text("Worked", "성공"), Text("Failed", "실패")
PATTERNS_CAPTION = Text("Patterns for one category and app", "카테고리와 앱별 패턴")
BROKEN = Text("This file cannot be read", "읽을 수 없는 파일입니다")
NOT_JSON = Text("it is not a JSON object", "JSON 객체가 아닙니다")
NOT_PATTERNS = Text("it has no list `patterns`", "`patterns` 목록이 없습니다")
TOO_MANY = Text("Only the first 500 files are shown.", "처음 500개 파일만 표시합니다.")

# --- the policy in words -------------------------------------------------------------------------------------------

_DIRECTIONS = {
    "raise": Text("may be raised", "늘리기만 가능"),
    "lower": Text("may be lowered", "줄이기만 가능"),
    "both": Text("may go both ways", "늘리기·줄이기 가능"),
}


def budget(policy: Policy) -> Text:
    """How many changes a day."""
    if policy.per_app_per_day is None or policy.per_day is None:
        return Text("missing, so nothing is allowed", "없음 (아무것도 허용되지 않음)")
    return Text(
        f"{policy.per_app_per_day} changes per app and {policy.per_day} in all within 24 hours",
        f"24시간 동안 앱당 {policy.per_app_per_day}건, 전체 {policy.per_day}건",
    )


def rule(one: Rule) -> Text:
    """What one rule allows, as a sentence."""
    if one.type == "string":
        values = ", ".join(one.allowed)
        return Text(f"one of {values or NONE.en}", f"다음 중 하나: {values or NONE.ko}")
    parts = [_DIRECTIONS[one.direction], _between(one.min, one.max)]
    if one.max_step_factor is not None:
        factor = show_factor(one.max_step_factor)
        parts.append(Text(f"at most ×{factor} at a time", f"한 번에 최대 {factor}배"))
    if one.max_cumulative_factor is not None and one.cumulative_period is not None:
        factor, period = show_factor(one.max_cumulative_factor), show_period(one.cumulative_period)
        parts.append(Text(f"×{factor} within {period}", f"{period} 동안 {factor}배"))
    if one.cooldown is not None:
        pause = show_period(one.cooldown)
        parts.append(Text(f"once in {pause}", f"{pause}에 한 번"))
    if one.insert_max is not None:
        most = one.insert_max.text
        parts.append(Text(f"up to {most} where nothing was set", f"값이 없던 곳에는 최대 {most}"))
    if one.weakens_guardrail:
        parts.append(Text("needs a stronger approver", "상위 승인자 필요"))
    return Text(", ".join(part.en for part in parts), ", ".join(part.ko for part in parts))


def _between(low: Bound | None, high: Bound | None) -> Text:
    if low is None or high is None:
        return Text("a bound is missing, so nothing is allowed", "한도가 없어 허용되지 않음")
    return Text(f"between {low.text} and {high.text}", f"{low.text} ~ {high.text}")


def changes(count: int) -> Text:
    return Text(f"{count} patterns", f"패턴 {count}개")
