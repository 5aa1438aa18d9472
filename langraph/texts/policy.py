"""What the guardrails say when they refuse: the key, the value, the bound, the cure."""

from langraph.models.text import Text
from langraph.texts.korean import topic
from langraph.texts.proposing import example

CURE = "helm-values/policy.yaml"


def empty() -> Text:
    return Text(
        f"The policy has no rules, so no change is allowed; add rules to {CURE}.",
        f"정책에 규칙이 없어 어떤 변경도 허용되지 않습니다. {CURE} 파일에 규칙을 추가해 주세요.",
    )


def nothing_to_change() -> Text:
    return Text(
        "The proposal changes nothing; give at least one new value.",
        "변경할 값이 없습니다. 새 값을 하나 이상 지정해 주세요.",
    )


def twice(key: str) -> Text:
    return Text(
        f"{key} is changed twice in one proposal; keep one of the two.",
        f"하나의 제안에서 {topic(key)} 두 번 변경됩니다. 하나만 남겨 주세요.",
    )


def file_not_listed(file: str) -> Text:
    return Text(
        f"{file} is not among the files that may be changed; add it under `files` in {CURE}.",
        f"{topic(file)} 변경이 허용된 파일이 아닙니다. {CURE} 파일의 `files`에 추가해 주세요.",
    )


def forbidden(key: str, by: str) -> Text:
    return Text(
        f"{key} is never changed by langraph ({by}); change it by hand.",
        f"{topic(key)} langraph가 절대 변경하지 않는 값입니다({by}). 직접 변경해 주세요.",
    )


def no_rule(key: str) -> Text:
    return Text(
        f"No rule allows {key}; add one under `rules` in {CURE} if it may be changed.",
        f"{key} 값의 변경을 허용하는 규칙이 없습니다. 변경해도 된다면 {CURE} 파일의 `rules`에 추가해 주세요.",
    )


def bound_missing(rule: str, field: str) -> Text:
    return Text(
        f"The rule `{rule}` has no `{field}`, and a missing bound allows nothing; write it in {CURE}.",
        f"`{rule}` 규칙에 `{field}` 값이 없습니다. 빠진 한도는 허용하지 않으므로 {CURE} 파일에 적어 주세요.",
    )


def budget_missing(field: str) -> Text:
    return Text(
        f"The policy has no `budget.{field}`, and a missing budget allows nothing; write it in {CURE}.",
        f"정책에 `budget.{field}` 값이 없습니다. 빠진 한도는 허용하지 않으므로 {CURE} 파일에 적어 주세요.",
    )


def not_an_amount(key: str, value: object, kind: str) -> Text:
    return Text(
        f"{key} would be {value!s:.80}, which is no amount of {kind}; give one such as {example(kind)}.",
        f"{key}의 값 {value!s:.80}은(는) 올바른 {kind} 값이 아닙니다. {example(kind)}처럼 입력해 주세요.",
    )


def old_not_an_amount(key: str, value: object, kind: str) -> Text:
    return Text(
        f"{key} is {value!s:.80} now, which is no amount of {kind}, so a step cannot be judged; change it by hand.",
        f"{key}의 현재 값 {value!s:.80}은(는) {kind} 값이 아니어서 변경 폭을 판단할 수 없습니다. 직접 변경해 주세요.",
    )


def not_allowed_value(key: str, value: object, allowed: str) -> Text:
    return Text(
        f"{key} may only be one of {allowed}, not {value!s:.80}; choose one of them.",
        f"{topic(key)} {allowed} 중 하나만 가능하며 {value!s:.80}은(는) 허용되지 않습니다. 이 중에서 선택해 주세요.",
    )


def unchanged(key: str, value: object) -> Text:
    return Text(
        f"{key} already is {value!s:.80}; give another value.",
        f"{topic(key)} 이미 {value!s:.80}입니다. 다른 값을 지정해 주세요.",
    )


def wrong_way(key: str, old: object, new: object, direction: str) -> Text:
    way = {"raise": "raised", "lower": "lowered"}.get(direction, direction)
    ko = {"raise": "늘리는", "lower": "줄이는"}.get(direction, direction)
    return Text(
        f"{key} may only be {way}, not go from {old!s:.80} to {new!s:.80}; change it by hand if you mean it.",
        f"{topic(key)} {ko} 변경만 허용되므로 {old!s:.80}에서 {new!s:.80}(으)로 바꿀 수 없습니다. "
        "필요하다면 직접 변경해 주세요.",
    )


def out_of_bounds(key: str, value: object, bound: Text) -> Text:
    return Text(
        f"{key} = {value!s:.80} is outside {bound.en}; choose a value within it or change the bound in {CURE}.",
        f"{key} = {value!s:.80}은(는) 허용 범위({bound.ko})를 벗어납니다. "
        f"범위 안의 값을 고르거나 {CURE} 파일의 한도를 바꿔 주세요.",
    )


def bound_min(text: str) -> Text:
    return Text(f"the policy's minimum of {text}", f"정책의 최솟값 {text}")


def bound_max(text: str) -> Text:
    return Text(f"the policy's maximum of {text}", f"정책의 최댓값 {text}")


def bound_insert(text: str) -> Text:
    return Text(
        f"the policy's maximum of {text} for a value that was not set before",
        f"이전에 없던 값에 대한 정책의 최댓값 {text}",
    )


def bound_step(factor: str, old: object) -> Text:
    return Text(
        f"the policy's step of factor {factor} from {old!s:.80}",
        f"정책의 1회 변경 한도: {old!s:.80}의 {factor}배",
    )


def bound_cumulative(factor: str, period: str) -> Text:
    return Text(
        f"the policy's factor of {factor} for all changes of this key within {period}",
        f"정책의 누적 변경 한도: {period} 동안 {factor}배",
    )


def cooling_down(key: str, at: str, cooldown: str) -> Text:
    return Text(
        f"{key} was changed at {at} and may change once in {cooldown}; wait, or change it by hand.",
        f"{topic(key)} {at}에 변경되었으며 {cooldown}에 한 번만 변경할 수 있습니다. 기다리거나 직접 변경해 주세요.",
    )


def budget_spent(what: str, count: int, budget: int) -> Text:
    of = "all apps" if what == "*" else what
    of_ko = "모든 앱" if what == "*" else what
    return Text(
        f"{of} would have {count} changes within 24 hours and the budget is {budget}; "
        f"wait, or raise the budget in {CURE}.",
        f"24시간 동안 {of_ko}의 변경이 {count}건이 되어 한도 {budget}건을 넘습니다. "
        f"기다리거나 {CURE} 파일의 한도를 늘려 주세요.",
    )


def request_above_limit(request_key: str, request: object, limit: object) -> Text:
    return Text(
        f"{request_key} = {request!s:.80} would be above its limit of {limit!s:.80}, which Kubernetes refuses; "
        "lower the request or raise the limit.",
        f"{request_key} = {request!s:.80}이(가) 한도 {limit!s:.80}보다 커서 쿠버네티스가 거부합니다. "
        "요청량을 낮추거나 한도를 높여 주세요.",
    )


def not_comparable(key: str, request: object, limit: object) -> Text:
    return Text(
        f"The request ({request!s:.80}) and limit ({limit!s:.80}) beside {key} cannot be compared; "
        "write both as quantities.",
        f"{key}의 요청량({request!s:.80})과 한도({limit!s:.80})를 비교할 수 없습니다. 둘 다 수량으로 적어 주세요.",
    )


def not_in_document(key: str) -> Text:
    return Text(
        f"The edited file does not hold the value meant for {key}, so nothing is written; propose again.",
        f"수정된 파일에 {key}의 값이 들어 있지 않아 저장하지 않습니다. 다시 제안해 주세요.",
    )


def nobody_listed(field: str) -> Text:
    return Text(
        f"`{field}` in {CURE} is empty, so nobody may decide; add ids such as slack:U012AB or api:alice.",
        f"{CURE} 파일의 `{field}` 목록이 비어 있어 아무도 결정할 수 없습니다. "
        "slack:U012AB 또는 api:alice 같은 ID를 추가해 주세요.",
    )


def not_an_approver(person: str, field: str) -> Text:
    return Text(
        f"{person} is not listed under `{field}` and may not decide; ask somebody who is, or add the id in {CURE}.",
        f"{topic(person)} `{field}` 목록에 없어 결정할 수 없습니다. "
        f"목록에 있는 분께 요청하거나 {CURE} 파일에 ID를 추가해 주세요.",
    )


def not_an_app_approver(person: str) -> Text:
    return Text(
        f"{person} is not an approver of this app; ask one of its approvers, listed in helm-values/apps.yaml.",
        f"{topic(person)} 이 앱의 승인자가 아닙니다. helm-values/apps.yaml에 있는 승인자에게 요청해 주세요.",
    )


def not_the_inverse(key: str) -> Text:
    return Text(
        f"{key} would not go back to what it was before our last change; change it by hand.",
        f"{topic(key)} 마지막 변경 이전의 값으로 돌아가지 않습니다. 직접 변경해 주세요.",
    )


def one_of(values: str) -> Text:
    """The only values that a rule allows."""
    return Text(f"one of {values}", f"허용 값: {values}")


def within(bounds: str) -> Text:
    """The bounds of a rule in one sentence."""
    return Text(f"within {bounds}", f"허용: {bounds}")
