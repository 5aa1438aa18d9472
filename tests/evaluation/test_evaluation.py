"""The evaluation: its cases are well formed, its counting is right, and no figure falls below its recorded level."""

from collections import Counter
from pathlib import Path

import pytest

from langraph.models.incident import Category
from tests.evaluation import words
from tests.evaluation.figures import FIGURES, Table, Value, falls, is_good, table_of
from tests.evaluation.judging import RICH_VALUES, Verdict, grouping_accuracy
from tests.evaluation.loading import HERE, NOTHING, Case, all_cases, read
from tests.evaluation.report import BEGIN, END, write_failures, write_page
from tests.evaluation.run import PAGE, judged, read_levels
from tests.evaluation.stream_maker import make_sample, make_stream

# The cases are judged once, by one worker, which takes minutes where the machine is busy.
pytestmark = [pytest.mark.xdist_group("evaluation"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return all_cases()


@pytest.fixture(scope="module")
def verdicts(cases: list[Case]) -> list[Verdict]:
    return judged(cases)


@pytest.fixture(scope="module")
def table(verdicts: list[Verdict]) -> Table:
    return table_of(verdicts)


def events(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case.kind in ("event", "alert")]


def test_no_figure_falls_below_its_recorded_level(table: Table) -> None:
    assert falls(table, read_levels()) == []


def test_every_figure_has_cases_on_both_sides_and_a_level(table: Table) -> None:
    assert set(table) == set(FIGURES) == set(read_levels())


def test_the_rich_values_file_lets_a_diff_show_itself(verdicts: list[Verdict]) -> None:
    proposed = [one for one in verdicts if one.case.kind == "event" and one.got["diff"]]
    assert len(proposed) > 20
    assert b"memory: 512Mi" in RICH_VALUES


def test_every_category_has_ten_cases_and_each_case_its_source(cases: list[Case]) -> None:
    counts = Counter(case.expect.get("category") for case in events(cases))
    assert [name for name in Category if counts[str(name)] < 10] == []
    assert [case.id for case in events(cases) if not case.given.get("source")] == []


def test_every_label_is_a_category_that_exists(cases: list[Case]) -> None:
    known = {*map(str, Category), *NOTHING}
    assert [case.id for case in events(cases) if case.expect.get("category") not in known] == []
    firsts = [case.expect["first"] for case in cases if case.kind == "stream"]
    assert {first["category"] for first in firsts if first} <= known


def test_enough_cases_are_blind_to_say_something(cases: list[Case]) -> None:
    blind = Counter(case.kind for case in cases if case.split == "holdout")
    assert blind["event"] + blind["alert"] >= 150
    assert min(blind["stream"], blind["chart"]) >= 20
    assert blind["grouping"] >= 8


def test_streams_are_noisy_and_the_same_every_time(cases: list[Case]) -> None:
    streams = [case for case in cases if case.kind == "stream"]
    assert len(streams) >= 40
    assert sum(case.expect["first"] is None for case in streams) >= 5
    for case in streams:
        lines = make_stream(case.given, case.given["library"])
        assert 100 <= len(lines) <= 700, case.id
        assert not any("$[" in line.text for line in lines), case.id
    assert make_stream(streams[0].given, streams[0].given["library"]) == make_stream(
        streams[0].given, streams[0].given["library"]
    )


def test_lines_that_are_delivered_late_keep_their_own_time() -> None:
    late = {"labels": {}, "lines": ["cause"], "from": 10, "to": 11, "late": 60}
    symptom = {"labels": {}, "lines": ["symptom"], "from": 20, "to": 21}
    lines = make_stream({"seed": 1, "tracks": [late, symptom]}, {"background": {}, "shapes": {}})
    assert [line.text for line in lines] == ["symptom", "cause"]
    assert lines[1].at < lines[0].at


def test_samples_have_sixty_lines_and_several_messages() -> None:
    paths = sorted((HERE / "grouping").glob("*.yaml"))
    assert len(paths) >= 12
    for path in paths:
        sample = make_sample(read(path))
        assert len(sample) >= 60, path.name
        assert len({id for id, _ in sample}) >= 6, path.name


def test_a_group_counts_only_when_it_is_exactly_the_true_one() -> None:
    assert grouping_accuracy(["a", "a", "b", "b"], ["1", "1", "2", "2"]) == (1.0, [])
    assert grouping_accuracy(["a", "a", "b", "b"], ["1", "1", "2", "3"]) == (0.5, ["b"])
    assert grouping_accuracy(["a", "a", "b", "b"], ["1", "1", "1", "1"]) == (0.0, ["a", "b"])


def test_one_statement_with_two_words_may_be_one_group_or_two_and_nothing_between() -> None:
    of = {"a": "s", "b": "s"}
    assert grouping_accuracy(["a", "a", "b", "b", "c"], ["1", "1", "1", "1", "2"], of) == (1.0, [])
    assert grouping_accuracy(["a", "a", "b", "b", "c"], ["1", "1", "3", "3", "2"], of) == (1.0, [])
    assert grouping_accuracy(["a", "a", "b", "b", "c"], ["1", "1", "1", "3", "2"], of) == (0.2, ["a", "b"])
    assert grouping_accuracy(["a", "a", "b", "b", "c"], ["1", "1", "1", "1", "1"], of) == (0.0, ["a", "b", "c"])


def test_a_figure_may_rise_but_not_fall() -> None:
    now = {"category": {"all": Value(0.9, 10)}, "wrong_diff": {"all": Value(0.1, 10)}}
    assert falls(now, {"category": {"all": 0.9}, "wrong_diff": {"all": 0.1}}) == []
    assert falls(now, {"category": {"all": 0.8}, "wrong_diff": {"all": 0.2}}) == []
    assert len(falls(now, {"category": {"all": 0.91}, "wrong_diff": {"all": 0.09}})) == 2


def test_a_level_without_cases_is_told() -> None:
    assert falls({}, {"category": {"dev": 0.5}}) == [
        "category (dev) has a level but no cases any more; remove it from levels.yaml"
    ]


def test_failing_cases_are_written_with_what_is_wrong(tmp_path: Path) -> None:
    case = Case("x-1", "event", {"log_text": "boom"}, {"category": "oom"}, "cases/x.yaml")
    bad = Verdict(case, {"category": 0, "confidently_wrong": 1}, {"category": "dns"}, {"category": "oom"})
    good = Verdict(case, {"category": 1, "confidently_wrong": 0}, {}, {})
    assert (is_good(good), is_good(bad)) == (True, False)
    assert write_failures(tmp_path / "f.yaml", [good, bad]) == 1
    (dumped,) = read(tmp_path / "f.yaml")
    assert (dumped["id"], dumped["wrong"]) == ("x-1", ["category", "confidently_wrong"])


def test_the_page_keeps_its_text_around_the_figures(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_page(page, "new")
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    page.write_text("no markers", encoding="utf-8")
    with pytest.raises(ValueError, match="no markers"):
        write_page(page, "new")


def test_the_page_shows_every_figure() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [figure.says for figure in FIGURES.values() if figure.says not in text] == []


def test_the_words_of_messages_are_those_of_the_samples_that_are_not_blind() -> None:
    assert words.TARGET.read_text(encoding="utf-8") == words.gathered(), "run `make words`"
