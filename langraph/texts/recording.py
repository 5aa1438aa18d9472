"""What the written record says."""

from dataclasses import dataclass

from langraph.models.incident import Action, Decision, Person
from langraph.texts.announcing import ACTIONS


@dataclass(frozen=True, slots=True)
class Headings:
    """The fixed words of `summary.md` in one language."""

    locale: str
    status: str
    category: str
    severity: str
    app: str
    namespace: str
    opened: str
    count: str
    cause: str
    first_line: str
    advice: str
    change: str
    decision: str
    comment: str
    outcome: str
    remarks: str
    takes_it_for: str
    wants: str
    not_known: str

    def decided(self, decision: Decision) -> str:
        """Who decided what, when."""
        action = ACTIONS[Action(decision.action)].in_locale(self.locale)
        when = f"{decision.at:%Y-%m-%d %H:%M:%S} UTC"
        if self.locale == "ko":
            return f"{decision.by.name} ({decision.by.id}) 님이 {when}에 {action}했습니다"
        return f"{action} by {decision.by.name} ({decision.by.id}) at {when}"

    def taken_back(self, by: Person | None) -> str:
        """Who wanted the change taken back; None: the policy."""
        who = "policy.yaml" if by is None else f"{by.name} ({by.id})"
        if self.locale == "ko":
            return f"{who} 요청으로 변경을 되돌립니다."
        return f"The change is taken back, as {who} wants it."


_EN = Headings(
    "en",
    status="Status",
    category="Category",
    severity="Severity",
    app="App",
    namespace="Namespace",
    opened="First seen",
    count="Occurrences",
    cause="Root cause",
    first_line="The first line:",
    advice="What to do",
    change="Proposed change",
    decision="Decision",
    comment="Comment:",
    outcome="Outcome",
    remarks="What people said meanwhile",
    takes_it_for="takes it for",
    wants="wants",
    not_known="not known",
)
_KO = Headings(
    "ko",
    status="상태",
    category="카테고리",
    severity="심각도",
    app="영향받는 앱",
    namespace="네임스페이스",
    opened="최초 발생",
    count="발생 횟수",
    cause="근본 원인",
    first_line="첫 로그:",
    advice="권장 조치",
    change="제안된 변경",
    decision="결정",
    comment="메모:",
    outcome="결과",
    remarks="진행 중 의견",
    takes_it_for="판단",
    wants="승인한 조치",
    not_known="알 수 없음",
)


def for_locale(locale: str) -> Headings:
    """The words of a language; English for anything else."""
    return _KO if locale == "ko" else _EN
