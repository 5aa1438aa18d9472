"""What `langraph incidents`, `halt` and `resume` say to the person who typed them."""

from langraph.models.text import Text

OPEN_NONE = Text("There are no such incidents.", "해당하는 인시던트가 없습니다.")
HEADINGS = Text("ID|STATUS|SEVERITY|CATEGORY|APP|COUNT|LAST SEEN", "ID|상태|심각도|카테고리|앱|횟수|마지막 발생")
NAMESPACE = Text("namespace", "네임스페이스")
EVIDENCE = Text("Evidence", "근거")
RULED_OUT = Text("Ruled out", "배제된 원인")
TIMELINE = Text("Timeline", "타임라인")
DECISION = Text("Decision", "결정")
OUTCOME = Text("Outcome", "결과")
COMMITS = Text("Commits", "커밋")
GIT_AWAY = Text(
    "git cannot be read now, so incidents that only git remembers are missing.",
    "지금 git을 읽을 수 없어 git에만 기록된 인시던트는 빠져 있습니다.",
)


def more(shown: int) -> Text:
    return Text(
        f"The newest {shown} are shown; --limit shows more.",
        f"최근 {shown}건만 표시했습니다. --limit으로 더 볼 수 있습니다.",
    )


def unreachable(url: str, why: str) -> Text:
    return Text(
        f"langraph does not answer at {url} ({why}); start it with `langraph run`, or set LANGRAPH_URL to its address",
        f"{url}에서 langraph가 응답하지 않습니다 ({why}). `langraph run`으로 시작하거나 LANGRAPH_URL을 지정하세요",
    )


def not_langraph(url: str, status: int) -> Text:
    return Text(
        f"what answers at {url} (HTTP {status}) is not langraph; set LANGRAPH_URL to where langraph runs",
        f"{url}에서 응답한 서버(HTTP {status})는 langraph가 아닙니다. LANGRAPH_URL에 langraph 주소를 지정하세요",
    )


def set_a_key() -> Text:
    return Text("put your key's secret into LANGRAPH_API_KEY", "LANGRAPH_API_KEY에 키의 비밀 값을 지정하세요")


def no_such(typed: str) -> Text:
    return Text(
        f"no incident begins or ends with {typed}; `langraph incidents list` shows their ids",
        f"{typed}(으)로 시작하거나 끝나는 인시던트가 없습니다. `langraph incidents list`로 ID를 확인하세요",
    )


def ambiguous(typed: str, found: list[str]) -> Text:
    names = ", ".join(found[:5]) + ("…" if len(found) > 5 else "")
    return Text(
        f"{typed} means several incidents: {names}; type more of the id",
        f"{typed}에 해당하는 인시던트가 여러 개입니다: {names}. ID를 더 길게 입력하세요",
    )


def option(path: str, file: str, old: object, new: object) -> Text:
    """One of the values to choose from."""
    before = Text("not set", "없음") if old is None else Text(str(old), str(old))
    return Text(f"{path} ({file}): {before.en} -> {new}", f"{path} ({file}): {before.ko} -> {new}")


def choose(incident: str, example: str) -> Text:
    """What to type where nobody but a person can know which value is meant."""
    typed = f"langraph incidents modify {incident} --set {example}"
    return Text(f"Choose one and give it a value, for example:  {typed}", f"하나를 골라 값을 지정하세요. 예:  {typed}")


def nothing_to_decide(incident: str, status: str) -> Text:
    return Text(
        f"{incident} has no proposal to decide on (status: {status}); nothing was done",
        f"{incident} 인시던트에는 결정할 제안이 없습니다 (상태: {status}). 아무것도 변경하지 않았습니다",
    )


def another_proposal(incident: str, digest: str) -> Text:
    return Text(
        f"the proposal of {incident} is {digest[:12]} now, not the one you named; look at it again, nothing was done",
        f"{incident}의 현재 제안은 지정하신 것이 아니라 {digest[:12]}입니다. 다시 확인해 주세요",
    )


def decided(action: str, incident: str, digest: str) -> Text:
    said = {
        "approve": Text("approved", "승인되었습니다"),
        "reject": Text("rejected", "거부되었습니다"),
        "modify": Text("modified", "수정되었습니다"),
    }[action]
    return Text(f"✔ {incident} {said.en} (proposal {digest[:12]})", f"✔ {incident} {said.ko} (제안 {digest[:12]})")


def needs_approval(incident: str) -> Text:
    return Text(
        f"Your values go further, so they have to be approved:  langraph incidents approve {incident}",
        f"수정한 값은 다시 승인이 필요합니다:  langraph incidents approve {incident}",
    )


def reverting(incident: str) -> Text:
    return Text(
        f"✔ {incident}: the change is being taken back; see  langraph incidents show {incident}",
        f"✔ {incident}: 변경을 되돌리고 있습니다. 결과 확인:  langraph incidents show {incident}",
    )


def feedback_taken(incident: str) -> Text:
    return Text(f"✔ {incident}: your feedback is recorded", f"✔ {incident}: 피드백이 기록되었습니다")


def switched(halted: bool, reason: str | None) -> Text:
    if halted:
        return Text(
            f"⏸ halted ({reason}): nothing is pushed until `langraph resume`",
            f"⏸ 중지됨 ({reason}): `langraph resume` 전까지 아무것도 푸시하지 않습니다",
        )
    return Text("▶ running: approved changes are pushed again", "▶ 재개됨: 승인된 변경을 다시 푸시합니다")
