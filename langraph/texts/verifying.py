"""What the verification says."""

from datetime import timedelta

from langraph.models.incident import Signal
from langraph.models.text import Text


def log_signature(before: int, after: int, traffic: int | None) -> Text:
    if after:
        return Text(
            f"the error was logged {after} more times after the change was live ({before} times before)",
            f"변경 적용 후에도 같은 오류가 {after}회 더 기록되었습니다 (이전 {before}회)",
        )
    if traffic:
        return Text(
            f"the error was not logged again while the app wrote {traffic} other lines ({before} times before)",
            f"앱이 다른 로그 {traffic}줄을 쓰는 동안 같은 오류가 다시 나타나지 않았습니다 (이전 {before}회)",
        )
    if traffic is None:
        return Text(
            "the error was not seen in the logs again, but how much the app logs is not known: that proves nothing",
            "로그에서 같은 오류는 다시 보이지 않았지만 앱의 로그 양을 알 수 없어 이것만으로는 판단할 수 없습니다",
        )
    return Text(
        "the error was not logged again, but the app wrote no lines at all: that proves nothing",
        "같은 오류는 없었지만 앱이 로그를 전혀 남기지 않아 판단할 수 없습니다",
    )


def alert(firing: bool | None) -> Text:
    if firing is None:
        return Text(
            "whether its alert still fires is not known: Prometheus did not answer",
            "Prometheus가 응답하지 않아 해당 알림이 해소되었는지 알 수 없습니다",
        )
    if firing:
        return Text("its alert still fires", "해당 알림이 아직 발생 중입니다")
    return Text("its alert has stopped firing", "해당 알림이 해소되었습니다")


_COUNTED = {
    "restarts": Text("container restarts in the window", "관찰 시간 동안의 컨테이너 재시작 횟수"),
    "unready": Text("pods that are not ready", "준비되지 않은 파드 수"),
}


def counted(name: str, value: float | None) -> Text:
    what = _COUNTED[name]
    if value is None:
        return Text(f"{what.en}: no data", f"{what.ko}: 데이터 없음")
    return Text(f"{what.en}: {value:g}", f"{what.ko}: {value:g}")


def recovered() -> Text:
    return Text(
        "The service recovered: the fault did not come back.", "서비스가 복구되었습니다. 장애가 재발하지 않았습니다."
    )


def not_recovered(signal: Signal) -> Text:
    return Text(f"The service did not recover: {signal.means.en}.", f"서비스가 복구되지 않았습니다: {signal.means.ko}.")


def no_data() -> Text:
    return Text(
        "Nothing shows whether the service recovered: there was no data to judge by.",
        "판단할 데이터가 없어 복구 여부를 확인할 수 없습니다.",
    )


def never_live(timeout: timedelta) -> Text:
    minutes = timeout.total_seconds() / 60
    return Text(
        f"The change is committed, but not live after {minutes:g} minutes. Does the GitOps sync run?",
        f"변경은 커밋되었지만 {minutes:g}분 안에 클러스터에 적용되지 않았습니다. GitOps 동기화를 확인하세요.",
    )
