"""What the workflow says on its way."""

from collections.abc import Sequence

from langraph.models.incident import Decision, Person
from langraph.models.text import Text
from langraph.restoring import PastChange
from langraph.texts.refusing import text_of

SOME_APP = Text("the app", "이 앱")
"""Stands where an app's name should be that no line told."""


def unknown_cause() -> Text:
    return Text(
        "No runbook knows this error. Its cause is unknown, so nothing is proposed.",
        "알려진 런북과 일치하지 않는 오류입니다. 원인을 알 수 없어 변경을 제안하지 않습니다.",
    )


def unknown_fault() -> Text:
    return Text(
        "Nothing is proposed: no runbook knows this error.",
        "일치하는 런북이 없어 변경을 제안하지 않습니다.",
    )


def not_answered(asked: Text, error: Exception) -> Text:
    return Text(f"{asked.en} (not answered: {error})", f"{asked.ko} (응답 없음: {error})")


def bad_rules(error: Exception) -> Text:
    return Text(
        f"Nothing is proposed: the rules in the repository cannot be read ({error}).",
        f"저장소의 규칙 파일을 읽을 수 없어 변경을 제안하지 않습니다 ({error}).",
    )


def claimed(error: Exception) -> Text:
    why = text_of(error)
    return Text(f"Nothing is proposed: {why.en}.", f"변경을 제안하지 않습니다. {why.ko}.")


def systemic(apps: Sequence[str]) -> Text:
    few = ", ".join(apps[:8]) + (" …" if len(apps) > 8 else "")
    return Text(
        f"Nothing is proposed: {len(apps)} apps began to fail within a minute ({few}). They most likely share a cause: "
        "look at nodes, network, DNS and the databases they have in common.",
        f"1분 사이에 앱 {len(apps)}개가 동시에 실패하여 개별 변경을 제안하지 않습니다 ({few}). "
        "노드, 네트워크, DNS, 공용 데이터베이스 등 공통 원인을 먼저 확인하세요.",
    )


def too_many_versions(most: int) -> Text:
    return Text(
        f"Given up after {most} versions: people keep changing the same values, so they are at it already.",
        f"같은 값이 계속 변경되어 {most}번째 제안 이후 중단했습니다. 이미 담당자가 작업 중인 것으로 보입니다.",
    )


def rejected(decision: Decision) -> Text:
    said = f": {decision.comment}" if decision.comment else ""
    return Text(f"Rejected by {decision.by.name}{said}", f"{decision.by.name} 님이 거부했습니다{said}")


def expired() -> Text:
    return Text(
        "Nobody decided in time; the proposal has expired and nothing was changed.",
        "제한 시간 안에 결정이 없어 제안이 만료되었습니다. 변경된 것은 없습니다.",
    )


def past_change(past: PastChange) -> str:
    """One line about what a person changed; the same in every language, as a commit is."""
    change = past.change
    old = "unset" if change.old is None else change.old
    new = "unset" if change.new is None else change.new
    return f"{past.commit[:12]} {past.author}: {change.file} {change.dotted} {old} -> {new} ({past.subject})"


def changed_before() -> Text:
    return Text("Changed in the day before the fault.", "장애 발생 전 하루 안에 변경된 값입니다.")


def broken_lesson() -> Text:
    return Text(
        "This pattern file cannot be read, so nothing was learned from it.",
        "이 패턴 파일을 읽을 수 없어 학습 내용을 사용하지 않았습니다.",
    )


def taken_back(commit: str, by: Person | None) -> Text:
    who = by.name if by is not None else "policy.yaml"
    return Text(
        f"The change was taken back, as {who} wanted (commit {commit[:12]}).",
        f"{who} 설정에 따라 변경을 되돌렸습니다 (커밋 {commit[:12]})."
        if by is None
        else f"{who} 님의 요청대로 변경을 되돌렸습니다 (커밋 {commit[:12]}).",
    )


def not_taken_back(why: Text) -> Text:
    return Text(f"The change was not taken back: {why.en}", f"변경을 되돌리지 않았습니다: {why.ko}")


def failed(error: BaseException) -> Text:
    return Text(
        f"langraph could not finish this incident and gave up ({error}). Nothing more will be done by itself.",
        f"인시던트를 처리하지 못해 중단했습니다 ({error}). 이후 자동으로 진행되는 작업은 없습니다.",
    )
