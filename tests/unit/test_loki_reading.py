"""The pure parts of reading Loki: answers, queries, limits, splits."""

import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.errors import BadSetting, SourceUnavailable
from langraph.ports import LogPage
from langraph.recognise import event_key
from services.loki_paging import PageSizer, named_cap, windows
from services.loki_query import DEFAULT_LINE_FILTER, count_query, label_selector, log_query, then
from services.loki_split import Split, best_split
from services.loki_wire import decode_limits, decode_page, decode_points, duration_ns
from tests.support.runbook_cases import all_cases

DATA = Path(__file__).parents[1] / "data" / "loki"


def body(name: str) -> bytes:
    return (DATA / f"{name}.body").read_bytes()


def answer(*streams: dict[str, object]) -> bytes:
    return msgspec.json.encode({"status": "success", "data": {"resultType": "streams", "result": streams}})


def test_metadata_joins_the_labels_and_the_identity_but_parsed_labels_join_the_labels_only() -> None:
    page = decode_page(body("meta_logfmt_categorize"), "")
    plain = decode_page(body("meta_categorize"), "")
    assert page.labels[0]["user"] == "bob"
    assert page.labels[0]["trace_id"] == "abc"
    assert list(page.keys) == list(plain.keys)
    assert page.texts[2] == "plain ERROR text"


def test_a_line_has_the_key_that_every_other_part_of_the_program_gives_it() -> None:
    page = decode_page(body("meta_categorize"), "team")
    for text, at_ns, key, labels in zip(page.texts, page.at_ns, page.keys, page.labels, strict=True):
        assert key == event_key(labels, at_ns, text, "team")


def test_a_server_that_folds_metadata_into_the_stream_gives_the_same_keys() -> None:
    assert set(decode_page(body("meta_default"), "").keys) == set(decode_page(body("meta_categorize"), "").keys)


def test_streams_are_merged_in_time_order_and_the_shard_label_is_nobodys_identity() -> None:
    values = [["7", "b"], ["9", "d"]]
    page = decode_page(
        answer({"stream": {"a": "1"}, "values": values}, {"stream": {"a": "2"}, "values": [["8", "c"]]}), ""
    )
    assert (list(page.texts), list(page.at_ns)) == (["b", "c", "d"], [7, 8, 9])
    sharded = decode_page(answer({"stream": {"a": "1", "__stream_shard__": "3"}, "values": values}), "")
    assert set(sharded.keys) < set(page.keys)
    assert "__stream_shard__" not in sharded.labels[0]


def test_broken_utf8_arrives_as_replacement_characters() -> None:
    assert any("\ufffd" in text for text in decode_page(body("invalid_utf8"), "").texts)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"404 page not found",
        b'{"status":"success"}',
        b'{"status":"error","data":{"resultType":"streams","result":[]}}',
        b'{"status":"success","data":{"resultType":"streams","result":[]},"warnings":["partial"]}',
        answer({"stream": {"a": "1"}, "values": [["soon", "x"]]}),
        answer({"stream": {"a": "1"}, "values": [["1"]]}),
        answer({"stream": {"a": 1}, "values": []}),
        body("m_range_matrix"),
        body("meta_default")[:900],
    ],
)
def test_what_is_not_a_whole_answer_says_nothing(raw: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        decode_page(raw, "")


def test_points_of_ranges_and_instants_are_nanoseconds_and_numbers() -> None:
    assert (1795164740 * 10**9, 40.0) in decode_points(body("m_range_matrix"))
    assert len(decode_points(body("m_instant_vector"))) == 2
    assert decode_points(body("m_instant_empty")) == []
    with pytest.raises(SourceUnavailable, match="scalar"):
        decode_points(b'{"status":"success","data":{"resultType":"scalar","result":[]}}')


def test_limits_are_discovered_or_unknown() -> None:
    limits = decode_limits((DATA.parent / "loki_limits" / "drilldown_limits.body").read_bytes())
    assert limits is not None
    assert (limits.max_entries, limits.max_query_length, limits.max_query_lookback) == (5000, "30d1h", "2h")
    assert decode_limits(b"404 page not found") is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("30d1h", 2_595_600), ("721h0m0s", 2_595_600), ("0s", 0), ("1m30s", 90), ("1.5h", 5_400)]
)
def test_durations_are_read_as_loki_writes_them(text: str, seconds: int) -> None:
    assert duration_ns(text) == seconds * 10**9


@pytest.mark.parametrize("text", ["", "5", "h", "5 m", "-5m", "5m!"])
def test_what_is_no_duration_is_unknown(text: str) -> None:
    assert duration_ns(text) is None


def test_the_query_is_the_selector_and_the_filter() -> None:
    assert log_query(' {app="x"} ', "(?i)err\\b") == '{app="x"} |~ "(?i)err\\\\b"'
    assert log_query('{app="x"}', '|= "err" or "fail"') == '{app="x"} |= "err" or "fail"'
    assert log_query('{app="x"} | json', "") == '{app="x"} | json'
    assert log_query('{app="x"} # mine', "e") == '{app="x"} # mine\n|~ "e"'
    assert count_query('{app="x"} # mine', "60s") == 'sum(count_over_time({app="x"} # mine\n[60s]))'


@pytest.mark.parametrize(
    "bad", ["", "app=x", 'sum(rate({a="b"}[1m]))', '{a="b"} | drop x', '{a="b"} |line_format "{{.x}}"']
)
def test_a_query_that_is_no_selector_or_blurs_lines_is_refused(bad: str) -> None:
    with pytest.raises(BadSetting, match="LOKI_QUERY"):
        log_query(bad, "x")


def test_the_default_filter_lets_every_line_pass_that_a_runbook_knows() -> None:
    known = [line for case in all_cases().values() for line in case["yes"]]
    wanted = re.compile(DEFAULT_LINE_FILTER)
    assert [line for line in known if not wanted.search(line)] == []


def test_the_default_filter_lets_the_faults_of_applications_pass() -> None:
    cases = yaml.safe_load((DATA.parents[1] / "unit" / "runbook_cases_applications.yaml").read_text(encoding="utf-8"))
    known = [event for name, case in cases.items() if name != "unknown" for event in case["yes"]]
    wanted = re.compile(DEFAULT_LINE_FILTER)
    assert [event for event in known if not wanted.search(event)] == []


def test_the_default_filter_leaves_ordinary_lines_where_they_are() -> None:
    wanted = re.compile(DEFAULT_LINE_FILTER)
    ordinary = (
        'GET /cart 200 12ms referrer="https://shop.example/"',
        "INFO request served path=/orders status=200 amount=17 flag=on",
        "Successfully assigned shop/api-0 to node-1",
        "connection received: host=10.0.0.1 port=5432",
    )
    assert [line for line in ordinary if wanted.search(line)] == []


def test_words_inside_quotes_and_comments_are_no_stages() -> None:
    assert log_query('{a="b"} |= "x | drop y" # | keep z', "")


def test_label_values_are_escaped_and_impossible_selectors_are_none() -> None:
    assert label_selector({"b": 'x"\\\n', "a": "é😀"}) == '{a="é😀",b="x\\"\\\\\\n"}'
    assert label_selector({}) is None
    assert label_selector({"a": ""}) is None
    assert label_selector({"k8s.io/app": "x"}) is None


def test_the_limit_follows_the_size_of_lines_and_grows_no_faster_than_fourfold() -> None:
    sizer = PageSizer()
    sizer.arrived(1_000, 1_000 * 100)
    assert sizer.limit == 4_000
    sizer.arrived(4_000, 4_000 * 100)
    assert sizer.limit == 5_000
    sizer.arrived(5_000, 3_500 + 5_000 * 10_000)
    assert sizer.limit == 150
    assert sizer.tie_limit == 300


def test_a_page_that_does_not_arrive_quarters_the_limit_down_to_one_line() -> None:
    sizer = PageSizer()
    limit: int | None = sizer.limit
    tried = []
    while limit is not None:
        tried.append(limit)
        limit = sizer.too_large(limit)
    assert tried == [1_000, 250, 62, 15, 3, 1]
    sizer.arrived(0, 3_500)
    assert sizer.limit == 4


def test_the_cap_that_a_refusal_names_is_found() -> None:
    assert named_cap(body("qr_limit_5001").decode()) == 5_000
    assert named_cap("parse error") is None


@given(st.integers(0, 10**6), st.integers(0, 10**5), st.integers(1, 10**4))
def test_windows_cover_everything_once(since: int, length: int, piece: int) -> None:
    cut = list(windows(since, since + length, piece))
    assert sum(end - start for start, end in cut) == length
    assert all(a[1] == b[0] for a, b in pairwise(cut))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=2, max_size=30, unique=True))
def test_a_split_puts_every_line_on_exactly_one_side_and_lines_on_both(texts: list[str]) -> None:
    split = best_split(_page(texts))
    assert split is not None
    sides = [_passes(split, text) for text in texts]
    assert 0 < sum(sides) < len(texts)


def test_lines_that_differ_only_in_a_label_are_split_by_it() -> None:
    page = LogPage(["x"] * 4, [1] * 4, [b""] * 4, [{"pod": f"p-{i}"} for i in range(4)])
    split = best_split(page)
    assert split is not None
    assert split.left == '| pod =~ "(?s).{2}[01].*"'
    assert then("{}", split.right) == split.of("{}")[1]


def test_lines_that_differ_in_nothing_cannot_be_split() -> None:
    assert best_split(_page(["same"] * 9)) is None
    assert best_split(_page([])) is None


def _page(texts: list[str]) -> LogPage:
    return LogPage(texts, [1] * len(texts), [b""] * len(texts), [{"a": "b"}] * len(texts))


def _passes(split: Split, text: str) -> bool:
    """Whether a line passes the left stage, by Python's reading of the same expression."""
    pattern = msgspec.json.decode(split.left.removeprefix("|~ "), type=str)
    if pattern.endswith("$"):
        pattern = pattern[:-1] + r"\Z"  # RE2's meaning of it
    return re.search(pattern, text) is not None
