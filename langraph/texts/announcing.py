"""What people are told about an incident, in the shape they know from the first message on."""

from collections.abc import Callable
from datetime import UTC, datetime

from langraph.excerpt import excerpt
from langraph.models.incident import Action, Incident, Proposal, Severity, Status
from langraph.models.text import Text
from langraph.ports import Gap

ACTIONS = {
    Action.APPROVE: Text("approved", "승인"),
    Action.REJECT: Text("rejected", "거부"),
    Action.MODIFY: Text("modified", "수정"),
    Action.EXPIRE: Text("expired", "만료"),
}

STATUSES = {
    Status.DETECTED: Text("⏳ looking at it…", "⏳ 확인 중..."),
    Status.DIAGNOSING: Text("⏳ finding the cause…", "⏳ 원인 분석 중..."),
    Status.AWAITING_APPROVAL: Text("⏳ waiting for your decision", "⏳ 승인 대기 중"),
    Status.APPLYING: Text("✅ approved - committing…", "✅ 승인됨 - 커밋 진행 중..."),
    Status.VERIFYING: Text("✅ committed; ⏳ verifying the recovery…", "✅ 커밋 완료, ⏳ 복구 검증 중..."),
    Status.RECOVERED: Text("✅ recovered!", "✅ 복구 성공!"),
    Status.NOT_RECOVERED: Text("❌ not recovered", "❌ 복구되지 않음"),
    Status.INCONCLUSIVE: Text("❔ could not be verified", "❔ 복구 여부 확인 불가"),
    Status.REJECTED: Text("❌ rejected - workflow stopped", "❌ 거부됨 - 워크플로우 중단"),
    Status.EXPIRED: Text("⌛ expired, nothing was changed", "⌛ 만료됨, 변경 없음"),
    Status.NO_ACTION: Text("ℹ️ no change proposed", "ℹ️ 제안할 변경 없음"),
    Status.FAILED: Text("❌ langraph could not handle it", "❌ 처리 실패"),
}

SEVERITIES = {
    Severity.CRITICAL: Text("Critical", "Critical"),
    Severity.HIGH: Text("High", "High"),
    Severity.MEDIUM: Text("Medium", "Medium"),
    Severity.LOW: Text("Low", "Low"),
}

HEAD = Text("Incident", "인시던트 발생")
ERROR = Text("Error", "에러 정보")
CATEGORY = Text("category", "카테고리")
SEVERITY = Text("severity", "심각도")
APP = Text("affected app", "영향받는 앱")
SEEN = Text("seen", "발생")
CAUSE = Text("Root cause", "근본 원인")
ACTION = Text("Proposed action", "제안된 액션")
ADVICE = Text("What to do", "권장 조치")
DIFF = Text("Change (diff)", "변경 사항 (Diff)")
STATE = Text("Status", "상태")
UNKNOWN = Text("unknown", "알 수 없음")


def as_plain_text(incident: Incident, proposal: Proposal | None, locale: str, clean: Callable[[str], str]) -> str:
    """The incident's message as plain lines.

    Args:
        incident: as it is now.
        proposal: its present proposal, if any.
        locale: `en` or `ko`.
        clean: makes text that may come from a log harmless where it is shown.
    """

    def word(text: Text) -> str:
        return text.in_locale(locale)

    app = incident.app or word(UNKNOWN)
    lines = [
        f"🚨 {word(HEAD)}: {incident.id}",
        f"📋 {word(ERROR)}:  {word(CATEGORY)}: {incident.category} · {word(SEVERITY)}: "
        f"{word(SEVERITIES[incident.severity])} · {word(APP)}: {clean(app)} · {word(SEEN)}: {incident.count}×",
        f"   {clean(excerpt(incident.first_line))}",
    ]
    if incident.diagnosis is not None:
        lines.append(f"🔍 {word(CAUSE)}:  {clean(word(incident.diagnosis.root_cause))}")
    if proposal is not None:
        lines.append(f"💡 {word(ACTION)}:  {clean(word(proposal.action))}")
        for option in proposal.options:
            lines.append(
                " ".join(f"    {clean(option.file)}: {clean(option.dotted)}={clean(str(option.new))}".split("\n"))
            )
        if proposal.diff:
            lines.append(f"📝 {word(DIFF)}:")
        lines += [f"    {clean(line)}" for line in proposal.diff.splitlines()]
    elif incident.diagnosis is not None and incident.diagnosis.advice:
        lines.append(f"💡 {word(ADVICE)}:")
        lines += [f"   {n}. {clean(word(advice))}" for n, advice in enumerate(incident.diagnosis.advice, 1)]
    lines.append(f"{word(STATE)}: {word(STATUSES[incident.status])}")
    if incident.outcome is not None:
        lines.append(f"   {clean(word(incident.outcome.reason))}")
    if incident.commits:
        lines.append(f"   commit {incident.commits[-1][:12]}")
    return "\n".join(lines)


def how_to_choose(incident: Incident, page: str, program: str) -> Text:
    """The same where which value is meant is for a person to say."""
    typed = f"{program} incidents"
    return Text(
        f"Choose:   {typed} modify {incident.id} --set PATH=VALUE\n"
        f"Reject:   {typed} reject {incident.id} --comment 'why'\n"
        f"Look:     {typed} show {incident.id}   or   {page}/incidents/{incident.id}",
        f"선택:  {typed} modify {incident.id} --set 경로=값\n"
        f"거부:  {typed} reject {incident.id} --comment '사유'\n"
        f"보기:  {typed} show {incident.id}   또는   {page}/incidents/{incident.id}",
    )


def how_to_decide(incident: Incident, page: str, program: str) -> Text:
    """What to type or open, for somebody who reads a terminal."""
    typed = f"{program} incidents"
    return Text(
        f"Approve:  {typed} approve {incident.id}\n"
        f"Reject:   {typed} reject {incident.id} --comment 'why'\n"
        f"Modify:   {typed} modify {incident.id} --set PATH=VALUE\n"
        f"Look:     {typed} show {incident.id}   or   {page}/incidents/{incident.id}",
        f"승인:  {typed} approve {incident.id}\n"
        f"거부:  {typed} reject {incident.id} --comment '사유'\n"
        f"수정:  {typed} modify {incident.id} --set 경로=값\n"
        f"확인:  {typed} show {incident.id}   또는   {page}/incidents/{incident.id}",
    )


def gap(lost: Gap) -> Text:
    """Lines that exist and could not be read."""
    since, until = (
        f"{datetime.fromtimestamp(ns / 1e9, UTC):%Y-%m-%d %H:%M:%S}" for ns in (lost.since_ns, lost.until_ns)
    )
    count = "An unknown number of" if lost.lines is None else str(lost.lines)
    counted = "알 수 없는 수의" if lost.lines is None else f"{lost.lines}개의"
    return Text(
        f"{count} log lines of {lost.source} between {since} and {until} UTC could not be read: {lost.reason}",
        f"{lost.source}에서 {since} ~ {until} UTC 사이 {counted} 로그를 읽지 못했습니다: {lost.reason}",
    )


def again(refires: int) -> Text:
    """A closed incident's fault has come back within its cool-down."""
    return Text(f"seen {refires}× more since it was closed", f"종료 후 {refires}회 다시 발생")


def workflow_failed(incident_id: str) -> Text:
    """Somebody has to look at an incident that langraph itself could not finish."""
    return Text(
        f"langraph could not finish {incident_id}: nothing more happens by itself there. Please look at it.",
        f"langraph가 {incident_id} 인시던트를 처리하지 못했습니다. "
        "이후 자동으로 진행되는 작업이 없으니 직접 확인해 주세요.",
    )


def reminder(incident_id: str, expires_at: datetime) -> Text:
    """Somebody should decide."""
    when = f"{expires_at:%Y-%m-%d %H:%M} UTC"
    return Text(
        f"{incident_id} still waits for a decision; its proposal expires at {when}.",
        f"{incident_id} 인시던트가 아직 승인을 기다리고 있습니다. 제안은 {when}에 만료됩니다.",
    )
