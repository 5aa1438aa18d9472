"""The pattern file: the same lesson gives the same bytes, what people write is read, everything else is refused."""

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.errors import BadInput
from langraph.learning.lesson_file import in_order, lesson_bytes, lesson_path, parse_lesson, whose
from langraph.models.incident import Category
from langraph.models.learning import ALL_APPS, Factor, Lesson, Pattern, Result, Step
from tests.support.past import KEY, step

PATH = "examples/learning/oom_grafana_patterns.json"
ALL = "examples/learning/oom__all_patterns.json"
PATTERN = {
    "original_action": "resources.limits.memory 512Mi -> 1Gi",
    "result": "not_recovered",
    "feedback": "2Gi 이상이면 좋겠습니다",
    "improved_action": "resources.limits.memory 512Mi -> 2Gi",
    "success_count": 1,
    "failure_count": 2,
}
CONTENT = {
    "error_category": "oom",
    "app_name": "grafana",
    "patterns": [PATTERN],
    "recommended_action": "resources.limits.memory x2",
    "derived_action": "resources.limits.memory 512Mi -> 2Gi",
}
LESSON = Lesson(
    Category.OOM,
    "grafana",
    (Pattern(step(), Result.NOT_RECOVERED, "2Gi 이상이면 좋겠습니다", step("512Mi", "2Gi"), 1, 2),),
    Factor(KEY, Fraction(2)),
    step("512Mi", "2Gi"),
)


def source(**changes: object) -> bytes:
    return json.dumps(CONTENT | changes).encode()


def test_the_file_has_the_agreed_shape() -> None:
    assert json.loads(lesson_bytes(LESSON)) == CONTENT
    assert list(json.loads(lesson_bytes(LESSON))) == list(CONTENT)
    assert "이상이면".encode() in lesson_bytes(LESSON)
    assert lesson_bytes(LESSON).endswith(b"}\n")


def test_a_file_reads_as_the_lesson() -> None:
    assert parse_lesson(source(), PATH) == LESSON
    assert parse_lesson(b"\xef\xbb\xbf" + source(), PATH) == LESSON


def test_what_a_person_writes_by_hand_is_set_by_a_person() -> None:
    bare = {key: value for key, value in CONTENT.items() if key != "derived_action"}
    got = parse_lesson(json.dumps(bare).encode(), PATH)
    assert (got.derived, got.is_persons) == (None, True)


def test_a_recommendation_may_be_taken_away() -> None:
    got = parse_lesson(source(recommended_action=None), PATH)
    assert (got.recommended, got.is_persons) == (None, True)


@pytest.mark.parametrize(
    ("path", "category", "app"),
    [
        (PATH, Category.OOM, "grafana"),
        (ALL, Category.OOM, ALL_APPS),
        ("examples/learning/cpu_throttling_my-app_patterns.json", Category.CPU_THROTTLING, "my-app"),
        ("examples/learning/cpu_throttling__all_patterns.json", Category.CPU_THROTTLING, ALL_APPS),
        ("examples/learning/oom_all_patterns.json", Category.OOM, "all"),
    ],
)
def test_the_path_says_category_and_app(path: str, category: Category, app: str) -> None:
    assert whose(path) == (category, app)
    assert lesson_path(category, app) == path


@pytest.mark.parametrize("app", ["", "..", "../x", "a/b", "a_b", "A", "_all", "a" * 300])
def test_no_path_is_made_of_a_hostile_name(app: str) -> None:
    with pytest.raises(BadInput, match="no name for a pattern file"):
        lesson_path(Category.OOM, app)
    with pytest.raises(BadInput):
        lesson_bytes(Lesson(Category.OOM, app))


@pytest.mark.parametrize(
    "path",
    ["", "oom_grafana_patterns.json", "examples/learning/fire_grafana_patterns.json",
     "examples/learning/../learning/oom_a_patterns.json", "examples/learning/oom_.._patterns.json", PATH + "\n"],
)  # fmt: skip
def test_other_paths_are_no_pattern_files(path: str) -> None:
    with pytest.raises(BadInput, match="is no pattern file"):
        parse_lesson(source(), path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"error_category": "cpu_throttling"}, "`error_category`"),
        ({"app_name": "loki"}, "'loki'"),
        ({"app_name": ["grafana"]}, "make them agree"),
        ({"notes": "hi"}, "unknown field 'notes'"),
        ({"patterns": None}, "`patterns` is None"),
        ({"patterns": [PATTERN] * 501}, "at most 500"),
        ({"patterns": [PATTERN, PATTERN]}, "two patterns for"),
        ({"patterns": [3]}, "patterns[0] is 3"),
        ({"patterns": [PATTERN | {"original_action": None}]}, "`original_action` is None"),
        ({"patterns": [PATTERN | {"original_action": "more memory"}]}, "'more memory' has no factor"),
        ({"patterns": [PATTERN | {"result": "fine"}]}, "`result` is 'fine'; write one of recovered"),
        ({"patterns": [PATTERN | {"result": ["recovered"]}]}, "`result` is"),
        ({"patterns": [PATTERN | {"feedback": 3}]}, "`feedback` is 3"),
        ({"patterns": [PATTERN | {"feedback": "x" * 2001}]}, "at most 2000 characters"),
        ({"patterns": [PATTERN | {"success_count": True}]}, "`success_count` is True"),
        ({"patterns": [PATTERN | {"success_count": -1}]}, "`success_count` is -1"),
        ({"patterns": [PATTERN | {"failure_count": 1.0}]}, "`failure_count` is 1.0"),
        ({"patterns": [PATTERN | {"failure_count": 10**9}]}, "a whole number from 0 to"),
        ({"patterns": [PATTERN | {"author": "me"}]}, "unknown field 'author'"),
        ({"patterns": [{k: v for k, v in PATTERN.items() if k != "result"}]}, "no field `result`"),
        ({"recommended_action": ["x2"]}, "`recommended_action` is ['x2']"),
        ({"recommended_action": "resources.limits.memory 1 -> 1e999"}, "`recommended_action`"),
    ],
)
def test_a_slip_is_named_with_field_value_and_cure(changes: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_lesson(source(**changes), PATH)
    assert says in str(error.value)
    assert PATH in str(error.value)
    assert len(str(error.value)) < 600


def test_over_all_apps_only_factors_are_written() -> None:
    factors = {"patterns": [], "recommended_action": "resources.limits.memory x2", "derived_action": None}
    assert parse_lesson(source(app_name="*", **factors), ALL).recommended == Factor(KEY, Fraction(2))
    with pytest.raises(BadInput, match="amounts differ between apps"):
        parse_lesson(source(app_name="*"), ALL)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe{}",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        source().replace(b'"success_count": 1', b'"success_count": NaN'),
        source().replace(b'"success_count": 1', b'"success_count": -Infinity'),
        source().replace(b'"success_count": 1', b'"success_count": ' + b"9" * 10_000),
        source().replace(b'"app_name"', b'"app_name": "x", "app_name"'),
        b" " * (513 * 1024),
        source().replace(b"grafana", b"\x00"),
    ],
)
def test_a_hostile_file_is_bad_input_and_nothing_else(data: bytes) -> None:
    with pytest.raises(BadInput) as error:
        parse_lesson(data, PATH)
    assert PATH in str(error.value)
    assert len(str(error.value)) < 600


def test_control_characters_and_half_characters_in_feedback_do_no_harm() -> None:
    got = parse_lesson(source(patterns=[PATTERN | {"feedback": "\x1b[31m\x00\ud800 ok"}]), PATH)
    assert got.patterns[0].feedback == "␀\\ud800 ok"
    assert parse_lesson(lesson_bytes(got), PATH) == got


moves = st.one_of(
    st.builds(
        Step,
        st.text(min_size=1, max_size=10),
        st.one_of(st.none(), st.text(max_size=8), st.integers(-99, 10**18)),
        st.text(),
    ),
    st.builds(Factor, st.text(min_size=1, max_size=10), st.integers(1, 9999).map(lambda n: Fraction(n, 100))),
)
words = st.from_regex(r"[\w 가-힣<>@!]{0,20}", fullmatch=True).filter(str.isprintable)
patterns = st.builds(
    Pattern, moves, st.sampled_from(Result), words,
    st.none() | moves, st.integers(0, 10**6), st.integers(0, 10**6),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(patterns, max_size=4, unique_by=lambda p: p.original), st.none() | moves, st.none() | moves)
def test_a_lesson_reads_back_as_it_was_written(
    some: list[Pattern], recommended: Step | Factor | None, derived: Step | Factor | None
) -> None:
    lesson = Lesson(Category.OOM, "grafana", in_order(tuple(some)), recommended, derived)
    assert parse_lesson(lesson_bytes(lesson), PATH) == lesson
    assert lesson_bytes(Lesson(Category.OOM, "grafana", tuple(reversed(some)), recommended, derived)) == lesson_bytes(
        lesson
    )


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(source())), st.integers(0, 40))
def test_a_file_with_damage_is_read_or_refused(damage: bytes, at: int, gone: int) -> None:
    data = source()
    try:
        lesson = parse_lesson(data[:at] + damage + data[at + gone :], PATH)
    except BadInput:
        return
    assert parse_lesson(lesson_bytes(lesson), PATH) == lesson
