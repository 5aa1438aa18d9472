"""Why langraph asks where a value belongs, instead of choosing a place."""

from langraph.models.text import Text


def other_part(app: str, value_path: str, part: str) -> Text:
    return Text(
        f"The fault is in the part `{part}` of {app}, for which the values have no {value_path}; another part's is not "
        "taken for it. Choose one, or name the key in helm-values/apps.yaml.",
        f"{app}의 `{part}` 부분에서 발생한 문제이지만 values에 해당 부분의 {value_path} 값이 없습니다. 다른 부분의 "
        "값을 대신 사용하지 않습니다. 하나를 선택하시거나 helm-values/apps.yaml에 키를 적어 주세요.",
    )


def set_elsewhere(value_path: str, where: str) -> Text:
    return Text(
        f"{value_path} is set by {where} as well, which wins over the values; choose which one to change.",
        f"{value_path} 값은 {where}에도 설정되어 있으며 그 값이 우선합니다. 변경할 위치를 선택해 주세요.",
    )


def which_environment(value_path: str, files: str) -> Text:
    return Text(
        f"{value_path} is set for several environments ({files}), and the incident does not say which one it is in; "
        "choose one.",
        f"{value_path} 값이 여러 환경({files})에 설정되어 있으나 어느 환경의 인시던트인지 알 수 없습니다. "
        "하나를 선택해 주세요.",
    )


def no_first_limit(key: str) -> Text:
    return Text(
        f"{key} is not set, and neither the event nor a measurement says how much memory there was: it may be the "
        "chart's default, a LimitRange, or, with no limit at all, the node's own memory that ran out. A first value "
        "would be a guess; measure the use, then set it by hand.",
        f"{key} 값이 설정되어 있지 않으며 이벤트와 측정값 어디에도 실제 메모리 크기가 나와 있지 않습니다. 차트 기본값, "
        "LimitRange, 또는 제한이 없어 노드 메모리 자체가 부족했을 수 있습니다. 첫 값은 추측이 되므로 사용량을 측정한 "
        "뒤 직접 설정해 주세요.",
    )


def below_running(key: str, bound: Text) -> Text:
    return Text(
        f"{key} is not set, and the most that policy allows for a first value ({bound.en}) is not above what the "
        "container had already; a person has to decide.",
        f"{key} 값이 설정되어 있지 않으며 정책이 허용하는 첫 값의 상한({bound.ko})이 컨테이너가 이미 사용하던 크기보다 "
        "크지 않습니다. 담당자의 결정이 필요합니다.",
    )


def preset_ends(preset: str) -> Text:
    return Text(
        f"Note: the chart's `resourcesPreset: {preset}` no longer counts once `resources` holds anything: its requests "
        "and its other limits go with it.",
        f"참고: `resources`에 값이 들어가면 차트의 `resourcesPreset: {preset}` 설정은 더 이상 적용되지 않으며, "
        "프리셋의 요청량과 다른 제한도 함께 사라집니다.",
    )


def not_set(app: str, setting: str) -> Text:
    return Text(
        f"The values of {app} do not set {setting}, or not to what runs: there is nothing to change; see the advice.",
        f"{app}의 values에 {setting} 설정이 없거나 실행 중인 값과 달라 변경할 대상이 없습니다. 조언을 참고해 주세요.",
    )
