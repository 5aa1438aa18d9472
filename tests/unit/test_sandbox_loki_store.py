"""The simulated Loki's columns: in whatever order lines came, a page and a count are the brute-force ones."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sandbox.logql import LogQuery, make_matcher, parse
from services.sandbox.logql_pipeline import Pipeline, make_pipeline
from services.sandbox.loki_query import encode_streams, read_page, scramble_ties
from services.sandbox.loki_store import Entry, Stream, Tenant

PLAIN = Pipeline((), ())
batches = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["error a", "error b", "fine c", "fine d"])), max_size=12),
    max_size=6,
)


def pipeline_of(query: str) -> Pipeline:
    tree = parse(query)
    assert isinstance(tree, LogQuery)
    return make_pipeline(tree.stages)


def with_filter() -> Pipeline:
    return pipeline_of('{app="x"} |= "error"')


def entries(batch: list[tuple[int, str]]) -> list[Entry]:
    return [(at, line, {}) for at, line in sorted(batch, key=lambda entry: entry[0])]


@given(pushed=batches, start=st.integers(0, 30), length=st.integers(0, 31), limit=st.integers(1, 20))
@settings(max_examples=150)
def test_a_page_is_the_brute_force_page(
    pushed: list[list[tuple[int, str]]], start: int, length: int, limit: int
) -> None:
    stream, distinct = Stream({"app": "x"}), dict[tuple[int, str], None]()
    pipeline = with_filter()
    for batch in pushed:
        stream.insert(entries(batch))
        distinct.update(dict.fromkeys(sorted(batch, key=lambda entry: entry[0])))
        read_page([stream], pipeline, (start, start + length), 2, backward=True)  # verdicts remembered half-way
    inside = [e for e in distinct if start <= e[0] < start + length and "error" in e[1]]
    inside.sort(key=lambda entry: entry[0])
    for backward in (False, True):
        page = read_page([stream], pipeline, (start, start + length), limit, backward=backward)
        wanted = list(reversed(inside))[:limit] if backward else inside[:limit]
        assert [(hit.at, hit.line) for hit in page] == wanted


@given(pushed=batches, after=st.integers(-1, 30), length=st.integers(0, 31))
@settings(max_examples=150)
def test_a_count_is_the_brute_force_count(pushed: list[list[tuple[int, str]]], after: int, length: int) -> None:
    stream, pipeline = Stream({"app": "x"}), with_filter()
    for batch in pushed:
        stream.insert(entries(batch))
        stream.mask(pipeline.key, pipeline.keeps, 0, len(stream.at) // 2)
    distinct = {entry for batch in pushed for entry in batch if after < entry[0] <= after + length}
    mask = stream.mask(pipeline.key, pipeline.keeps, *stream.window(after + 1, after + length + 1))
    assert stream.count(after, after + length, None) == len(distinct)
    assert stream.count(after, after + length, mask) == sum("error" in line for _, line in distinct)


def test_forgetting_the_oldest_lines_keeps_verdicts_with_their_lines() -> None:
    stream, pipeline = Stream({"app": "x"}), with_filter()
    stream.insert([(at, "error" if at % 3 == 0 else "fine", {}) for at in range(90)])
    stream.mask(pipeline.key, pipeline.keeps, 0, 90)
    assert stream.drop_oldest(31) == 31
    page = read_page([stream], pipeline, (0, 100), 100, backward=False)
    assert [hit.at for hit in page] == list(range(33, 90, 3))


def test_streams_that_come_later_are_selected_too() -> None:
    tenant, matchers = Tenant(max_lines=10), [make_matcher("app", "=~", "a|b")]
    first = tenant.stream({"app": "a"})
    assert tenant.select(matchers) == [first]
    second = tenant.stream({"app": "b"})
    tenant.stream({"app": "c"})
    assert tenant.select(matchers) == [first, second]


def test_lines_held_back_appear_when_their_time_has_come() -> None:
    tenant = Tenant(max_lines=10)
    stream = tenant.stream({"app": "a"})
    tenant.hold(stream, [(5, "later", {})], 100, until_flush=False)
    tenant.hold(stream, [(6, "flushed", {})], 100, until_flush=True)
    tenant.settle(99)
    assert stream.lines == []
    tenant.flush()
    assert stream.lines == ["flushed"]
    tenant.settle(100)
    assert stream.lines == ["later", "flushed"]


def test_scrambling_keeps_every_line_and_every_time_in_place() -> None:
    stream = Stream({"app": "x"})
    stream.insert([(at, f"{at} {i}", {}) for at in (1, 2) for i in range(40 * at)])
    page = read_page([stream], PLAIN, (0, 9), 500, backward=False)
    scrambled = scramble_ties(page)
    assert [hit.at for hit in scrambled] == [hit.at for hit in page]
    assert scrambled != page
    assert {hit.line for hit in scrambled} == {hit.line for hit in page}
    assert scramble_ties(page[:12]) == page[:12]


def test_equal_labels_from_different_streams_share_one_result() -> None:
    one, two = Stream({"app": "x", "pod": "1"}), Stream({"app": "x", "pod": "2"})
    one.insert([(1, "a", {}), (3, "c", {})])
    two.insert([(2, "b", {})])
    pipeline = pipeline_of('{app="x"} | drop pod')
    (result,) = encode_streams(read_page([one, two], pipeline, (0, 9), 9, backward=True), categorize=False)
    assert result == {"stream": {"app": "x"}, "values": [("3", "c"), ("2", "b"), ("1", "a")]}
