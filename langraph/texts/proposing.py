"""What a proposal says to the person on call at 03:00, and why there is none when there is none."""

from collections.abc import Sequence

from langraph.models.text import Text
from langraph.texts.korean import object_


def join(*sentences: Text | None) -> Text:
    """The sentences as lines, leaving out those that are not there."""
    said = [sentence for sentence in sentences if sentence is not None]
    return Text("\n".join(text.en for text in said), "\n".join(text.ko for text in said))


# --- the explanation -----------------------------------------------------------------------------------------------


def change(key: str, file: str, old: object, new: object) -> Text:
    if old is None:
        return Text(
            f"Change: {key} = {new} is added to {file}, where it was not set; nothing else in the file changes.",
            f"변경: {file}에 설정되어 있지 않던 {key} = {new} 값을 추가합니다. 파일의 다른 부분은 바뀌지 않습니다.",
        )
    return Text(
        f"Change: {key} in {file} goes from {old} to {new}; nothing else in the file changes.",
        f"변경: {file}의 {key} 값을 {old}에서 {new}(으)로 바꿉니다. 파일의 다른 부분은 바뀌지 않습니다.",
    )


def restarts(app: str, yes: bool) -> Text:
    if yes:
        return Text(
            f"Restarts: the pods of {app} are replaced one after another once the change is rolled out.",
            f"재시작: 변경이 배포되면 {app} 파드가 차례로 재시작됩니다.",
        )
    return Text(f"Restarts: no pod of {app} is restarted.", f"재시작: {app} 파드는 재시작되지 않습니다.")


def will_not(kind: str) -> Text:
    """The limits of the remedy, by the kind of value, so that nobody expects a cure for the cause behind it."""
    known = {
        "memory": Text(
            "It does not find or stop a memory leak: if usage keeps growing, it will run out again, only later.",
            "메모리 누수를 찾거나 막지는 않습니다. 사용량이 계속 늘어나면 나중에 다시 부족해집니다.",
        ),
        "cpu": Text(
            "It does not make the work itself cheaper: if load keeps growing, throttling comes back.",
            "작업량 자체를 줄이지는 않습니다. 부하가 계속 늘어나면 CPU 제한이 다시 발생합니다.",
        ),
        "storage": Text(
            "It deletes no data, and a volume that has grown cannot shrink again.",
            "데이터를 삭제하지 않으며, 한번 늘어난 볼륨은 다시 줄일 수 없습니다.",
        ),
        "seconds": Text(
            "It does not make the application faster: a real hang is noticed later than before.",
            "애플리케이션을 빠르게 만들지는 않습니다. 실제로 멈춘 경우에는 이전보다 늦게 발견됩니다.",
        ),
        "count": Text(
            "It does not raise the limits of what is behind it, such as a database's own connections.",
            "데이터베이스 연결 수처럼 뒤에 있는 시스템의 한도는 늘리지 않습니다.",
        ),
    }
    general = Text(
        "It does not touch anything besides this value.",
        "이 값 이외에는 아무것도 건드리지 않습니다.",
    )
    said = known.get(kind, general)
    return Text(f"Will not: {said.en}", f"하지 않는 것: {said.ko}")


def undo(key: str, old: object, kind: str) -> Text:
    if kind == "storage":
        return Text(
            f"Undo: the revert restores {_value(old).en} in git, but the volume itself stays at its new size.",
            f"되돌리기: git의 값은 {_value(old).ko}(으)로 돌아가지만 볼륨 자체는 늘어난 크기로 남습니다.",
        )
    return Text(
        f"Undo: `git revert` of the commit restores {key} to {_value(old).en} and touches nothing else.",
        f"되돌리기: 커밋을 `git revert` 하면 {key} 값만 {_value(old).ko}(으)로 돌아갑니다.",
    )


def _value(old: object) -> Text:
    return Text("not set", "설정되지 않은 상태") if old is None else Text(str(old), str(old))


def cause(root_cause: Text) -> Text:
    return Text(f"Cause: {root_cause.en}", f"원인: {root_cause.ko}")


def set_by(person: str) -> Text:
    return Text(
        f"Chosen by: {person}, instead of the proposed value.",
        f"선택: {person} 님이 제안된 값 대신 선택했습니다.",
    )


def action_set(app: str, key: str, old: object, new: object) -> Text:
    return Text(
        f"Set {key} of {app} from {_value(old).en} to {new}.",
        f"{app}의 {key} 값을 {_value(old).ko}에서 {new}(으)로 변경하세요.",
    )


# --- how the size was chosen ---------------------------------------------------------------------------------------


def restored(commit: str, author: str, old: object, new: object) -> Text:
    return Text(
        f"Commit {commit[:12]} by {author} lowered it from {old} to {new} shortly before; this puts it back.",
        f"직전에 {author} 님의 커밋 {commit[:12]}이(가) 이 값을 {old}에서 {new}(으)로 낮췄으므로 되돌립니다.",
    )


def size_learned(amount: str) -> Text:
    return Text(
        f"Size: {amount} worked for this app before.",
        f"크기: 이 앱에서 이전에 효과가 있었던 값({amount})입니다.",
    )


def size_step(op: str, amount: str) -> Text:
    said = {
        "multiply": Text(
            f"Size: {amount} times the present value, the usual step.",
            f"크기: 현재 값의 {amount}배이며, 일반적인 변경 폭입니다.",
        ),
        "add": Text(
            f"Size: {amount} more than now, the usual step.",
            f"크기: 현재 값에 {amount}만큼 더한, 일반적인 변경 폭입니다.",
        ),
    }
    return said.get(op, Text(f"Size: {amount}, the usual value.", f"크기: 일반적인 값({amount})입니다."))


def size_default(amount: str) -> Text:
    return Text(
        f"Size: the file sets no value yet, so a common first one is used ({amount}).",
        f"크기: 파일에 값이 없어 일반적인 초깃값({amount})을 사용합니다.",
    )


def size_evidence(peak_mib: int) -> Text:
    return Text(
        f"Size: the measured peak was {peak_mib} MiB; this is the next usual size with a fifth to spare.",
        f"크기: 측정된 최대 사용량은 {peak_mib} MiB이며, 여기에 20% 여유를 둔 다음 표준 크기입니다.",
    )


def size_bounded(bound: Text) -> Text:
    return Text(f"It is held at {bound.en}.", f"{bound.ko}에 맞춰 제한되었습니다.")


def bound_by_limit(limit: object) -> Text:
    return Text(f"the limit of {limit}, which a request may not pass", f"요청량이 넘을 수 없는 한도 {limit}")


def bound_by_request(request: object) -> Text:
    return Text(f"the request of {request}, below which a limit may not go", f"한도가 내려갈 수 없는 요청량 {request}")


def size_running(limit: str, amount: str) -> Text:
    return Text(
        f"Size: the file sets no value; the container ran with {limit}, and {amount} times that is the usual step.",
        f"크기: 파일에 값이 없습니다. 컨테이너는 {limit}(으)로 실행 중이었으며, "
        f"그 {amount}배가 일반적인 변경 폭입니다.",
    )


def room(limit: str, amount: object) -> Text:
    return Text(
        f"It is held at three quarters of the container's limit ({limit}: {amount}), which leaves room for the rest.",
        f"컨테이너 한도({limit}: {amount})의 4분의 3에 맞춰 제한했습니다. 나머지는 그 밖의 메모리를 위한 여유입니다.",
    )


def room_made(limit: str, amount: object) -> Text:
    return Text(
        f"The container's limit goes with it ({limit} to {amount}), so that a quarter of it stays for the rest.",
        f"컨테이너 한도도 함께 올립니다({limit}: {amount}). 그중 4분의 1은 그 밖의 메모리를 위한 여유입니다.",
    )


def room_unknown(limit: str) -> Text:
    return Text(
        f"Note: the values do not say the container's limit ({limit}); it must have room for the new value.",
        f"참고: values에 컨테이너 한도({limit})가 없습니다. 새 값이 들어갈 여유가 있는지 확인해 주세요.",
    )


def no_room_within(key: str, old: object, limit: str, amount: object) -> Text:
    return Text(
        f"{key} is {old} and cannot go much further within the container's limit ({limit}: {amount}), which policy "
        "does not let grow enough; a person has to decide what comes next.",
        f"{key}의 현재 값은 {old}이며, 컨테이너 한도({limit}: {amount}) 안에서 더 늘리기 어렵고 정책상 한도도 충분히 "
        "올릴 수 없습니다. 다음 조치는 담당자의 결정이 필요합니다.",
    )


def example(kind: str) -> str:
    """One good value of a kind, for the cure in an error."""
    return {"memory": "512Mi", "cpu": "500m", "storage": "10Gi", "seconds": "30", "bytes": "512m"}.get(kind, "10")


def heap_note(where: str, flag: str) -> Text:
    return Text(
        f"Note: the runtime's own heap limit ({flag} in {where}) stays as it is and must remain below the "
        "container's limit.",
        f"참고: 런타임 힙 한도({where}의 {flag})는 그대로이며 컨테이너 한도보다 작아야 합니다.",
    )


# --- why there is no proposal --------------------------------------------------------------------------------------


def no_remedy() -> Text:
    return Text(
        "No values change can mend this; see the advice.",
        "values 변경으로 해결할 수 없는 문제입니다. 조언을 참고해 주세요.",
    )


def unknown_app() -> Text:
    return Text(
        "The events do not say which app this is, so there is no file to change; "
        "add its labels to helm-values/apps.yaml.",
        "이벤트만으로는 어떤 앱인지 알 수 없어 변경할 파일이 없습니다. helm-values/apps.yaml에 레이블을 추가해 주세요.",
    )


def no_file(app: str, tried: Sequence[str]) -> Text:
    return Text(
        f"No values file is known for {app} (looked for {', '.join(tried)}); add the app to helm-values/apps.yaml.",
        f"{app}의 values 파일을 찾을 수 없습니다({', '.join(tried)} 확인). helm-values/apps.yaml에 앱을 추가해 주세요.",
    )


def other_namespace(app: str, namespace: str | None) -> Text:
    return Text(
        f"The catalogue has no single entry for {app} in namespace {namespace or 'unknown'}; "
        "add one to helm-values/apps.yaml.",
        f"카탈로그에 네임스페이스 {namespace or '미상'}의 {app} 항목이 하나로 정해지지 않습니다. "
        "helm-values/apps.yaml에 추가해 주세요.",
    )


def no_place(app: str, value_path: str) -> Text:
    return Text(
        f"The values of {app} have no place for {value_path} that is certain to be the right one; "
        "name the container's key in helm-values/apps.yaml.",
        f"{app}의 values에서 {object_(value_path)} 넣을 위치를 확실히 정할 수 없습니다. "
        "helm-values/apps.yaml에 컨테이너의 키를 적어 주세요.",
    )


def several_places(app: str, value_path: str, count: int) -> Text:
    return Text(
        f"{value_path} of {app} could be in {count} places, and langraph does not guess; choose one.",
        f"{app}의 {value_path} 값이 있을 수 있는 위치가 {count}곳이며, langraph는 추측하지 않습니다. "
        "하나를 선택해 주세요.",
    )


def not_this_container(container: str, value_path: str) -> Text:
    return Text(
        f"The values do not say where {value_path} of the container {container} is; "
        "name its key under `containers` in helm-values/apps.yaml.",
        f"컨테이너 {container}의 {value_path} 값이 어디에 있는지 values에 나와 있지 않습니다. "
        "helm-values/apps.yaml의 `containers`에 키를 적어 주세요.",
    )


def shared_value(key: str) -> Text:
    return Text(
        f"{key} is shared through a YAML anchor or merge key, so changing it would change more; edit the file by hand.",
        f"{key} 값은 YAML 앵커나 병합 키로 공유되어 있어 바꾸면 다른 값도 바뀝니다. 파일을 직접 수정해 주세요.",
    )


def refused(file: str, why: str) -> Text:
    return Text(f"{file} cannot be edited safely: {why}", f"{file} 파일을 안전하게 수정할 수 없습니다: {why}")


def no_default(key: str) -> Text:
    return Text(
        f"{key} is not set, and no first value is known for it; set it by hand once.",
        f"{key} 값이 설정되어 있지 않고 알려진 초깃값도 없습니다. 한 번 직접 설정해 주세요.",
    )


def not_sizable(key: str, value: object) -> Text:
    return Text(
        f"{key} is {value!s:.80}, which is not an amount that can be stepped; change it by hand.",
        f"{key}의 현재 값 {value!s:.80}은(는) 단계적으로 바꿀 수 있는 값이 아닙니다. 직접 변경해 주세요.",
    )


def no_room(key: str, old: object, bound: Text) -> Text:
    return Text(
        f"{key} is {_value(old).en} and cannot move further: {bound.en} is reached; "
        "a person has to decide what comes next.",
        f"{key}의 현재 값은 {_value(old).ko}이며 {bound.ko}에 도달해 더 바꿀 수 없습니다. "
        "다음 조치는 담당자의 결정이 필요합니다.",
    )


# --- which value is meant -------------------------------------------------------------------------------------------


def choose(app: str, paths: Sequence[str]) -> Text:
    """In place of an action, where only a person can know which value is meant."""
    shown = ", ".join(paths)
    return Text(
        f"Choose which value of {app} to change: {shown}.",
        f"{app}에서 변경할 값을 선택하세요: {shown}",
    )


def choose_one(paths: Sequence[str]) -> Text:
    """Refuses an approval of a question."""
    shown = ", ".join(paths)
    return Text(
        f"which value is meant is not known; choose one with Modify and give it a value: {shown}",
        f"어느 값을 변경할지 정해지지 않았습니다. 수정에서 하나를 골라 값을 입력하세요: {shown}",
    )


def option(path: str, file: str, old: object, new: object) -> Text:
    """One of the values to choose from, with what would be proposed for it."""
    before, before_ko = ("unset", "미설정") if old is None else (str(old), str(old))
    return Text(f"- {path} in {file}: {before} -> {new}", f"- {file}의 {path}: {before_ko} -> {new}")
