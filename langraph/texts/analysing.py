"""What `langraph analyze` says to a person."""

from collections.abc import Callable, Sequence

from langraph.models.incident import Diagnosis, Evidence, Proposal
from langraph.models.text import Text
from langraph.ranking import Ranked
from langraph.texts.announcing import ADVICE, APP, CATEGORY, CAUSE, DIFF, SEEN, SEVERITIES, SEVERITY, UNKNOWN

NAMESPACE = Text("namespace", "네임스페이스")
EVIDENCE = Text("Evidence", "근거")
NO_CHANGE = Text("No change proposed", "제안할 변경 없음")
CANDIDATES = Text("Places where the value could be", "값이 있을 수 있는 위치")
ALSO = Text("Also seen, less likely the cause", "함께 발견된 오류 (원인일 가능성 낮음)")
NOTHING = Text("Nothing here shows a fault.", "오류로 보이는 내용이 없습니다.")

MAX_ALSO = 10  # further faults that are listed; a person looks at the first few
MAX_LINE = 200  # characters of their lines

Clean = Callable[[str], str]


def no_values() -> Text:
    return Text(
        "no values files were found; name the GitOps repository with --repo or GIT_REPO_PATH.",
        "values 파일을 찾지 못했습니다. --repo 또는 GIT_REPO_PATH로 GitOps 저장소를 지정하세요.",
    )


def uncounted(count: int) -> Text:
    return Text(
        f"{count} more faults are of too many different apps to be told apart; analyze a part of the file.",
        f"구분하기에는 앱 종류가 너무 많은 오류가 {count}건 더 있습니다. 파일의 일부만 분석해 주세요.",
    )


def found(diagnosis: Diagnosis, count: int, locale: str, clean: Clean) -> list[str]:
    """Cause, whose, how often, the lines that show it."""

    def word(text: Text) -> str:
        return text.in_locale(locale)

    whose = [f"{word(APP)}: {clean(diagnosis.app or word(UNKNOWN))}"]
    if diagnosis.namespace:
        whose.append(f"{word(NAMESPACE)}: {clean(diagnosis.namespace)}")
    severity = f"{word(SEVERITY)}: {word(SEVERITIES[diagnosis.severity])}"
    lines = [
        f"🔍 {word(CAUSE)}:  {clean(word(diagnosis.root_cause))}",
        " · ".join([f"   {word(CATEGORY)}: {diagnosis.category}", severity, *whose, f"{word(SEEN)}: {count}×"]),
        f"📄 {word(EVIDENCE)}:",
    ]
    return lines + [f"   {line}" for seen in diagnosis.evidence for line in _few_lines(seen, clean)]


def _few_lines(seen: Evidence, clean: Clean) -> list[str]:
    """A line as it is; of a stack trace the beginning and the end, where the causes are."""
    lines = clean(seen.text).split("\n")
    return lines if len(lines) <= 8 else [*lines[:4], "…", *lines[-3:]]


def advice(said: Sequence[Text], locale: str, clean: Clean) -> list[str]:
    """What to do."""
    if not said:
        return []
    numbered = [f"   {n}. {clean(one.in_locale(locale))}" for n, one in enumerate(said, 1)]
    return [f"💡 {ADVICE.in_locale(locale)}:", *numbered]


def change(proposal: Proposal, locale: str, clean: Clean) -> list[str]:
    """The diff."""
    return [f"📝 {DIFF.in_locale(locale)}:", *(f"    {clean(line)}" for line in proposal.diff.splitlines())]


def no_change(reason: Text, places: Sequence[str], locale: str, clean: Clean) -> list[str]:
    """Why there is no diff, and where a person could look."""
    lines = [f"📝 {NO_CHANGE.in_locale(locale)}: {clean(reason.in_locale(locale))}"]
    if places:
        lines.append(f"   {CANDIDATES.in_locale(locale)}:")
    return lines + [f"   - {clean(place)}" for place in places]


def also(others: Sequence[Ranked], locale: str, clean: Clean) -> list[str]:
    """The other faults, one line each."""
    if not others:
        return []
    unknown = UNKNOWN.in_locale(locale)
    lines = [f"➕ {ALSO.in_locale(locale)}:"]
    for one in others[:MAX_ALSO]:
        text = " ".join(clean(one.sample.text).split())[:MAX_LINE]
        lines.append(f"   {one.category} · {clean(one.app or unknown)} · {one.count}× · {text}")
    left = len(others) - MAX_ALSO
    return lines + ([f"   … +{left}"] if left > 0 else [])
