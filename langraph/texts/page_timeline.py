"""What the page says of each thing that happened to an incident, of each step of the workflow."""

from collections.abc import Mapping

from langraph.models.incident import Status
from langraph.models.text import Text
from langraph.texts.page import STATUSES

_HAPPENED = {
    "opened": Text("Detected", "감지됨"),
    "owner_named": Text("An event named the app", "이벤트에서 앱 확인"),
    "diagnosing": Text("Finding the cause", "원인 분석 시작"),
    "diagnosed": Text("Cause found", "원인 파악"),
    "proposed": Text("Change proposed", "변경 제안"),
    "asked": Text("People were asked", "승인 요청"),
    "reminded": Text("Reminded", "재알림"),
    "stale": Text("The values changed meanwhile; proposed anew", "그 사이 값이 바뀌어 다시 제안"),
    "committed": Text("Committed", "커밋됨"),
    "not_applied_yet": Text("Committed, but not live yet", "커밋되었지만 아직 적용되지 않음"),
    "live": Text("The change is live", "변경 적용 확인"),
    "reverted": Text("Reverted", "되돌림"),
    "refired": Text("Seen again after its end", "종료 후 재발"),
    "alert_resolved": Text("Alert resolved", "알림 해소"),
    "not_reverted": Text("Could not be reverted", "되돌리지 못함"),
    "remarked": Text("Remark", "의견 남김"),
    "revert_asked": Text("Revert requested", "되돌리기 요청"),
}
_DECIDED = {
    "approve": Text("Approved", "승인"),
    "reject": Text("Rejected", "거부"),
    "modify": Text("Modified", "수정"),
    "expire": Text("Nobody decided in time", "기한 내 결정 없음"),
}
EVENTS = ("happening", "reset", "decided", "closed", *_HAPPENED, *Status)
"""Everything that a page hears of, by the name of the event: what may change what it shows."""

STEPS = {
    "triage": Text("triage", "접수"),
    "diagnose": Text("diagnose", "진단"),
    "propose": Text("propose", "제안"),
    "notify": Text("notify", "알림"),
    "approve": Text("approve", "승인"),
    "apply": Text("apply", "적용"),
    "verify": Text("verify", "검증"),
    "rollback": Text("roll back", "되돌림"),
    "record": Text("record", "기록"),
}


def happened(what: str, detail: Mapping[str, str]) -> Text:
    """One entry of a timeline. A name that we do not know is shown as it is."""
    if what == "decided":
        action = detail.get("action", "")
        return _DECIDED.get(action, Text(action, action))
    if what == "closed" and detail.get("status") in set(Status):
        end = STATUSES[Status(detail["status"])]
        return Text(f"Closed: {end.en}", f"종료: {end.ko}")
    if what in set(Status):
        return STATUSES[Status(what)]
    return _HAPPENED.get(what, Text(what, what))
