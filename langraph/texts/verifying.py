"""What the verification says."""

from collections.abc import Sequence
from datetime import timedelta

from langraph.models.incident import Category, Signal
from langraph.models.text import Text
from langraph.verifying.rates import Course, Episodes, bounds_per_minute


def _span(seconds: float) -> Text:
    if seconds < 120:
        return Text(f"{seconds:.0f} s", f"{seconds:.0f}초")
    if seconds < 7200:
        return Text(f"{seconds / 60:.0f} min", f"{seconds / 60:.0f}분")
    return Text(f"{seconds / 3600:.1f} h", f"{seconds / 3600:.1f}시간")


def _rate(count: int, seconds: float) -> str:
    low, high = bounds_per_minute(count, seconds)
    middle = count * 60 / seconds if seconds > 0 else 0.0
    return f"{middle:.2g} ({low:.2g}-{high:.2g})"


# --- the fault's own lines -----------------------------------------------------------------------------------------


def not_read() -> Text:
    return Text(
        "whether the error was logged again is not known: the logs could not be read up to the end of the watch",
        "관찰 시간이 끝날 때까지의 로그를 읽지 못해 같은 오류가 다시 기록되었는지 알 수 없습니다",
    )


def log_signature(seen: Episodes, course: Course, *, backed: bool) -> Text:
    if backed:
        return _backed(seen)
    watched, silent = _span(seen.after_s), _span(seen.silent_s)
    before = _rate(seen.before, seen.before_s)
    if course is Course.SILENT:
        return Text(
            f"the error was not logged for {watched.en} after the change was live; before, it came {before} times a "
            f"minute (counted in slots of ten seconds, with 95 % bounds), and by chance alone such a silence has "
            f"p={seen.chance:.2g}",
            f"변경 적용 후 {watched.ko} 동안 같은 오류가 기록되지 않았습니다. 이전에는 분당 {before}회(10초 구간 단위, "
            f"95% 신뢰구간)였고, 우연히 이렇게 조용할 확률은 p={seen.chance:.2g}입니다",
        )
    if course is Course.TOO_RARE:
        return Text(
            f"the error was not logged for {watched.en} after the change was live, but it came so rarely before that "
            f"this says nothing yet ({seen.before + 1} times in {_span(seen.before_s).en}, longest pause "
            f"{_span(seen.longest_pause_s).en}; by chance alone p={seen.chance:.2g})",
            f"변경 적용 후 {watched.ko} 동안 같은 오류가 없었지만, 이전에도 드물게 발생해 아직 판단할 수 없습니다"
            f"({_span(seen.before_s).ko} 동안 {seen.before + 1}회, 최대 간격 {_span(seen.longest_pause_s).ko}, "
            f"우연일 확률 p={seen.chance:.2g})",
        )
    last = _span(seen.after[-1] if seen.after else 0.0)
    if course is Course.SETTLED:
        return Text(
            f"the error stopped {last.en} after the change was live and was not logged for {silent.en} since; before, "
            f"it came {before} times a minute, and by chance alone such a silence has p={seen.chance:.2g}",
            f"변경 적용 {last.ko} 후 오류가 멈추었고 이후 {silent.ko} 동안 기록되지 않았습니다. 이전에는 분당 "
            f"{before}회였고, 우연히 이렇게 조용할 확률은 p={seen.chance:.2g}입니다",
        )
    return _goes_on(seen, before, _rate(len(seen.after), seen.after_s), last, settling=course is Course.SETTLING)


def _backed(seen: Episodes) -> Text:
    watched, pause = _span(seen.after_s), _span(seen.longest_pause_s)
    return Text(
        f"the error was not logged for {watched.en} after the change was live, more than twice its longest pause "
        f"before ({pause.en}), and its alert is over too; its few lines alone would prove nothing "
        f"({seen.before + 1} times in {_span(seen.before_s).en}, p={seen.chance:.2g})",
        f"변경 적용 후 {watched.ko} 동안(이전 최대 간격 {pause.ko}의 두 배 이상) 같은 오류가 없었고 알림도 "
        f"해소되었습니다. 로그만으로는 판단하기에 드문 오류입니다({_span(seen.before_s).ko} 동안 {seen.before + 1}회, "
        f"p={seen.chance:.2g})",
    )


def _goes_on(seen: Episodes, before: str, after: str, last: Text, *, settling: bool) -> Text:
    if settling:
        return Text(
            f"the error comes more rarely than before the change, the last time {last.en} after it: "
            f"{before} -> {after} times a minute (95 % bounds); whether it stops is not known yet",
            f"변경 전보다 오류가 줄었지만(마지막 발생: 적용 {last.ko} 후) 멈추었는지는 아직 알 수 없습니다: "
            f"분당 {before} -> {after}회(95% 신뢰구간)",
        )
    if seen.fell_for_sure:
        return Text(
            f"the error became rarer and goes on: {before} -> {after} times a minute (95 % bounds)",
            f"오류가 줄었지만 계속 발생합니다: 분당 {before} -> {after}회(95% 신뢰구간)",
        )
    return Text(
        f"the error goes on as before the change: {before} -> {after} times a minute (95 % bounds)",
        f"변경 후에도 오류가 계속 발생합니다: 분당 {before} -> {after}회(95% 신뢰구간)",
    )


# --- the app's traffic ---------------------------------------------------------------------------------------------


def traffic(before: float | None, after: float | None, *, enough: bool) -> Text:
    if after is None:
        return Text(
            "how many lines the app writes is not known, so its silence about the error proves nothing",
            "앱의 로그 양을 알 수 없어 오류가 없다는 것만으로는 판단할 수 없습니다",
        )
    was = (
        Text(f"{before:.3g} before", f"이전 {before:.3g}줄")
        if before is not None
        else Text("unknown before", "이전 알 수 없음")
    )
    if enough:
        return Text(
            f"the app writes {after:.3g} lines a minute ({was.en} the fault)",
            f"앱이 분당 로그 {after:.3g}줄을 씁니다 ({was.ko})",
        )
    return Text(
        f"the app hardly talks: {after:.3g} lines a minute ({was.en} the fault), so its silence about the error "
        "proves nothing",
        f"앱의 로그가 거의 없어(분당 {after:.3g}줄, {was.ko}) 오류가 없다는 것만으로는 판단할 수 없습니다",
    )


# --- the alert, the pods -------------------------------------------------------------------------------------------


def alert(firing: bool | None) -> Text:
    if firing is None:
        return Text(
            "whether its alert still fires is not known: Prometheus did not answer",
            "Prometheus가 응답하지 않아 해당 알림이 해소되었는지 알 수 없습니다",
        )
    if firing:
        return Text("its alert still fires", "해당 알림이 아직 발생 중입니다")
    return Text("its alert has stopped firing", "해당 알림이 해소되었습니다")


def restarts(before: float | None, total: float | None, recent: float | None) -> Text:
    if total is None or recent is None:
        return Text("container restarts since the change: no data", "변경 이후 컨테이너 재시작 횟수: 데이터 없음")
    was = "?" if before is None else f"{before:.3g}"
    return Text(
        f"container restarts since the change: {total:.3g}, in the last half of the watch {recent:.3g} ({was} before)",
        f"변경 이후 컨테이너 재시작: {total:.3g}회, 관찰 후반 {recent:.3g}회 (이전 {was}회)",
    )


def unready(value: float | None, share: float | None) -> Text:
    if value is None:
        return Text("pods that are not ready: no data", "준비되지 않은 파드: 데이터 없음")
    flapped = "?" if share is None else f"{share:.0%}"
    return Text(
        f"pods that are not ready: {value:g}; not ready in the last half of the watch, at most {flapped} of the time",
        f"준비되지 않은 파드: {value:g}개, 관찰 후반에 준비되지 않은 시간 비율 최대 {flapped}",
    )


def with_gap(what: Text) -> Text:
    return Text(
        f"{what.en}; but for a part of the watch there are no samples",
        f"{what.ko}. 다만 관찰 시간 일부에 측정값이 없습니다",
    )


# --- what else -----------------------------------------------------------------------------------------------------


def new_errors(own: Sequence[Category], near: Sequence[tuple[str, Category]]) -> Text:
    if own:
        kinds = ", ".join(sorted(set(own)))
        return Text(
            f"the app has {len(own)} new fault(s) since the change: {kinds}",
            f"변경 이후 앱에 새 장애 {len(own)}건: {kinds}",
        )
    if near:
        few = ", ".join(f"{app} ({kind})" for app, kind in near[:5]) + (" …" if len(near) > 5 else "")
        return Text(
            f"since the change its neighbours have {len(near)} new fault(s): {few}",
            f"변경 이후 이웃 앱에 새 장애 {len(near)}건: {few}",
        )
    return Text(
        "no new fault of the app or its neighbours since the change", "변경 이후 앱과 이웃 앱에 새 장애가 없습니다"
    )


def no_longer_live() -> Text:
    return Text(
        "the change was live and is no longer: the cluster shows another value",
        "적용되었던 변경이 클러스터에 더 이상 반영되어 있지 않습니다",
    )


# --- how it ends ---------------------------------------------------------------------------------------------------


def recovered() -> Text:
    return Text(
        "The service recovered: the fault did not come back.", "서비스가 복구되었습니다. 장애가 재발하지 않았습니다."
    )


def not_recovered(signal: Signal) -> Text:
    return Text(f"The service did not recover: {signal.means.en}.", f"서비스가 복구되지 않았습니다: {signal.means.ko}.")


def not_known(doubts: Sequence[Signal]) -> Text:
    en = "; ".join(doubt.means.en for doubt in doubts)
    ko = "; ".join(doubt.means.ko for doubt in doubts)
    return Text(
        f"It cannot be said whether the service recovered: {en}.", f"서비스가 복구되었는지 판단할 수 없습니다: {ko}."
    )


def no_data() -> Text:
    return Text(
        "Nothing shows whether the service recovered: there was no data to judge by.",
        "판단할 데이터가 없어 복구 여부를 확인할 수 없습니다.",
    )


def taken_back(commit: str | None, author: str | None) -> Text:
    if commit is None:
        return Text(
            "It cannot be said whether the change helps: the branch no longer has its value.",
            "브랜치에 변경한 값이 더 이상 없어 효과를 판단할 수 없습니다.",
        )
    return Text(
        f"It cannot be said whether the change helps: {author} changed the value again (commit {commit[:12]}).",
        f"{author}이(가) 값을 다시 변경하여(커밋 {commit[:12]}) 효과를 판단할 수 없습니다.",
    )


def never_live(timeout: timedelta) -> Text:
    minutes = timeout.total_seconds() / 60
    return Text(
        f"The change is committed, but not live after {minutes:g} minutes. Does the GitOps sync run?",
        f"변경은 커밋되었지만 {minutes:g}분 안에 클러스터에 적용되지 않았습니다. GitOps 동기화를 확인하세요.",
    )


def stuck(pods: int, timeout: timedelta) -> Text:
    minutes = timeout.total_seconds() / 60
    few = "1 pod with it is" if pods == 1 else f"{pods} pods with it are"
    return Text(
        f"The change does not get live: after {minutes:g} minutes {few} not ready, and the old ones serve on.",
        f"변경이 적용되지 못하고 있습니다: {minutes:g}분이 지나도 새 파드 {pods}개가 준비되지 않아 이전 파드가 계속 "
        "서비스하고 있습니다.",
    )


def not_applied_yet(incident: str, commit: str, waited: timedelta, timeout: timedelta) -> Text:
    since, until = _span(waited.total_seconds()), _span(timeout.total_seconds())
    return Text(
        f"{incident}: the change is committed ({commit[:12]}), but not live after {since.en}. Does the GitOps sync "
        f"run? It is waited for until {until.en} after the commit.",
        f"{incident}: 변경이 커밋되었지만({commit[:12]}) {since.ko}이 지나도 클러스터에 적용되지 않았습니다. GitOps "
        f"동기화를 확인하세요. 커밋 후 {until.ko}까지 기다립니다.",
    )
