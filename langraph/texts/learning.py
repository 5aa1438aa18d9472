"""What we say of what worked before, and of what people refused."""

from datetime import datetime

from langraph.models.text import Text

# --- why this size -------------------------------------------------------------------------------------------------


def worked(amount: str, move: str, succeeded: int, tried: int, app: str) -> Text:
    return Text(
        f"Size: {amount}, because {move} worked {succeeded} of {tried} times for {app}.",
        f"크기: {amount}. {app}에서 {move} 변경이 {tried}번 중 {succeeded}번 효과가 있었습니다.",
    )


def worked_elsewhere(factor: str, succeeded: int, tried: int, category: str) -> Text:
    return Text(
        f"Size: {factor} times the present value, because that worked {succeeded} of {tried} times for {category} "
        "over all apps; this app has no history of its own.",
        f"크기: 현재 값의 {factor}배입니다. 이 앱의 이력은 없지만, 모든 앱의 {category} 인시던트에서 "
        f"{tried}번 중 {succeeded}번 효과가 있었습니다.",
    )


def asked_for(amount: str, person: str, incident: str) -> Text:
    if not person:
        return Text(
            f"Size: {amount}, which the feedback on {incident} asked for.",
            f"크기: {incident}의 피드백에서 요청한 값({amount})입니다.",
        )
    return Text(
        f"Size: {amount}, which {person} chose in {incident}.",
        f"크기: {incident}에서 {person} 님이 선택한 값({amount})입니다.",
    )


def set_in_file(amount: str, path: str) -> Text:
    return Text(
        f"Size: {amount}, which the team set as the recommended action in {path}.",
        f"크기: 팀이 {path} 파일에 권장 조치로 지정한 값({amount})입니다.",
    )


def improved(amount: str, path: str) -> Text:
    return Text(
        f"Size: {amount}, the better amount that {path} has from earlier incidents.",
        f"크기: 이전 인시던트를 바탕으로 {path} 파일에 기록된 더 나은 값({amount})입니다.",
    )


def beyond(failed: str, incident: str) -> Text:
    return Text(
        f"Size: {failed} was tried in {incident} and did not help, so this goes beyond it.",
        f"크기: {incident}에서 {failed} 값을 시도했으나 효과가 없어 그보다 더 큰 값을 제안합니다.",
    )


def no_room_beyond(key: str, failed: object, bound: Text) -> Text:
    return Text(
        f"Held back by the rule `failed`: {key}: {failed!s:.80} did not help before, and nothing beyond it is within "
        f"{bound.en}; a person has to decide what comes next.",
        f"`failed` 규칙에 따라 보류했습니다: {key}: {failed!s:.80} 값은 이전에 효과가 없었고, {bound.ko} 안에서는 더 "
        "큰 값을 제안할 수 없습니다. 다음 조치는 담당자의 결정이 필요합니다.",
    )


# --- why nothing is proposed ---------------------------------------------------------------------------------------


def rejected(move: str, person: str, incident: str, until: datetime) -> Text:
    who = f" by {person}" if person else ""
    who_ko = f"{person} 님이 " if person else ""
    return Text(
        f"Held back by the rule `rejected`: {move} was rejected{who} in {incident}, so neither it nor more of it is "
        f"proposed before {_day(until)}; another present value, or feedback with an expected value, changes that.",
        f"`rejected` 규칙에 따라 보류했습니다: {incident}에서 {who_ko}{move} 변경을 거부했으므로 "
        f"{_day(until)}까지 같은 변경이나 더 큰 변경은 제안하지 않습니다. 현재 값이 달라지거나 기대하는 값을 "
        "피드백으로 남기면 다시 제안합니다.",
    )


def reverted(move: str, person: str, incident: str, until: datetime) -> Text:
    who = f" by {person}" if person else ""
    who_ko = f"{person} 님이 " if person else ""
    return Text(
        f"Held back by the rule `reverted`: {move} of {incident} was taken back{who}, so neither it nor more of it is "
        f"proposed before {_day(until)}; another present value, or feedback with an expected value, changes that.",
        f"`reverted` 규칙에 따라 보류했습니다: {incident}의 {move} 변경을 {who_ko}되돌렸으므로 "
        f"{_day(until)}까지 같은 변경이나 더 큰 변경은 제안하지 않습니다. 현재 값이 달라지거나 기대하는 값을 "
        "피드백으로 남기면 다시 제안합니다.",
    )


def reverted_in_git(move: str, author: str, commit: str, until: datetime) -> Text:
    return Text(
        f"Held back by the rule `reverted`: commit {commit[:12]} by {author} took back our change {move}, so neither "
        f"it nor more of it is proposed before {_day(until)}; another present value, or feedback with an expected "
        "value, changes that.",
        f"`reverted` 규칙에 따라 보류했습니다: {author} 님의 커밋 {commit[:12]}이(가) langraph의 변경({move})을 "
        f"되돌렸으므로 {_day(until)}까지 같은 변경이나 더 큰 변경은 제안하지 않습니다. 현재 값이 달라지거나 "
        "기대하는 값을 피드백으로 남기면 다시 제안합니다.",
    )


def failed(move: str, incident: str, until: datetime) -> Text:
    return Text(
        f"Held back by the rule `failed`: {move} did not help in {incident}, so it is not proposed again before "
        f"{_day(until)}; another present value, or room for a larger step in the policy, changes that.",
        f"`failed` 규칙에 따라 보류했습니다: {incident}에서 {move} 변경이 효과가 없었으므로 {_day(until)}까지 다시 "
        "제안하지 않습니다. 현재 값이 달라지거나 정책에서 더 큰 변경을 허용하면 다시 제안합니다.",
    )


def failed_twice(key: str, amounts: str, incident: str, until: datetime) -> Text:
    return Text(
        f"Held back by the rule `failed_twice`: {key} went to {amounts} and neither helped (last in {incident}), so "
        f"this direction is not proposed before {_day(until)}; a larger expected value in the feedback changes that.",
        f"`failed_twice` 규칙에 따라 보류했습니다: {key} 값을 {amounts}(으)로 바꿔도 효과가 없었으므로"
        f"(마지막 인시던트: {incident}) {_day(until)}까지 같은 방향의 변경은 제안하지 않습니다. 더 큰 기대 값을 "
        "피드백으로 남기면 다시 제안합니다.",
    )


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
