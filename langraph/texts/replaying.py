"""What `langraph replay` says."""

from collections.abc import Sequence

from langraph.models.text import Text
from langraph.replaying import Replay

_WHAT = {
    "category": Text("category", "카테고리"),
    "runbook": Text("runbook", "런북"),
    "app": Text("app", "앱"),
    "root_cause": Text("root cause", "근본 원인"),
    "changes": Text("proposed change", "제안된 변경"),
}
_SAME = Text("the same today", "현재 규칙으로도 결과가 같습니다")
_DIFFERENT = Text("different today:", "현재 규칙으로는 결과가 다릅니다:")
_THEN, _NOW = Text("then", "당시"), Text("now", "현재")


def lines(one: Replay, locale: str) -> Sequence[str]:
    """One incident: a line, and three for each difference."""
    if not one.differences:
        return [f"{one.incident_id}: {_SAME.in_locale(locale)}"]
    told = [f"{one.incident_id}: {_DIFFERENT.in_locale(locale)}"]
    for what, then, now in one.differences:
        told.append(f"  {_WHAT[what].in_locale(locale)}")
        told += [f"    {_THEN.in_locale(locale)}: {then}", f"    {_NOW.in_locale(locale)}: {now}"]
    if not one.now.changes and one.now.why_none:
        told.append(f"    {one.now.why_none}")
    return told
