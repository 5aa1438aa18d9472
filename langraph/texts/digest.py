"""The one message a day: what happened, what waits."""

from collections.abc import Sequence
from datetime import timedelta

from langraph.digest import Day
from langraph.models.text import Text

NAMED = 5  # ids in a line; the numbers are what is read, the ids are for looking further


def digest(day: Day) -> Text:
    """The whole message."""
    lines = [
        Text(
            f"📊 The day until {day.until:%Y-%m-%d %H:%M} UTC",
            f"📊 {day.until:%Y-%m-%d %H:%M} UTC까지 하루 요약",
        ),
        _counted(Text("Opened", "발생"), day.opened),
        _counted(Text("Recovered", "복구"), day.recovered),
        _counted(Text("Not recovered, or not verifiable", "복구되지 않음·확인 불가"), day.not_recovered),
        _counted(Text("Waiting for a decision now", "현재 승인 대기"), day.waiting),
        _took(Text("Median time to a decision", "결정까지 걸린 시간(중앙값)"), day.to_decision),
        _took(Text("Median time to recovery", "복구까지 걸린 시간(중앙값)"), day.to_recovery),
        _learned(day),
    ]
    return Text("\n".join(line.en for line in lines), "\n".join(line.ko for line in lines))


def _counted(what: Text, ids: Sequence[str]) -> Text:
    names = ", ".join(ids[:NAMED])
    rest = len(ids) - NAMED
    en = f" ({names}{f', and {rest} more' if rest > 0 else ''})" if ids else ""
    ko = f" ({names}{f' 외 {rest}건' if rest > 0 else ''})" if ids else ""
    return Text(f"{what.en}: {len(ids)}{en}", f"{what.ko}: {len(ids)}건{ko}")


def _took(what: Text, time: timedelta | None) -> Text:
    if time is None:
        return Text(f"{what.en}: –", f"{what.ko}: –")
    minutes = max(1, round(time / timedelta(minutes=1)))
    hours, rest = divmod(minutes, 60)
    en = f"{hours} h {rest} min" if hours else f"{minutes} min"
    ko = f"{hours}시간 {rest}분" if hours else f"{minutes}분"
    return Text(f"{what.en}: {en}", f"{what.ko}: {ko}")


def _learned(day: Day) -> Text:
    names = ", ".join(day.learned[:NAMED]) or "–"
    waits = day.feedback_waiting
    return Text(
        f"Learned, to be reviewed under examples/learning: {names}; feedback not in git yet: {waits}",
        f"새로 학습한 내용(examples/learning에서 검토): {names}, 아직 git에 없는 피드백: {waits}건",
    )
