"""The documentation says what the program does."""

import pytest

from scripts.docs import PARTS, ROOT, outdated, refreshed


def test_the_pages_are_up_to_date() -> None:
    assert outdated() == [], "run `python scripts/docs.py --write`"


def test_an_outdated_part_is_made_anew_and_the_rest_is_left_alone() -> None:
    page = "by hand | <!-- generated: x -->\nold\n<!-- end: x -->\nby hand too\n"
    assert refreshed(page, {"x": lambda: r"new \1"}) == (
        "by hand | <!-- generated: x -->\nnew \\1\n<!-- end: x -->\nby hand too\n"
    )


def test_a_page_without_its_markers_is_an_error() -> None:
    with pytest.raises(ValueError, match="generated: x"):
        refreshed("nothing here", {"x": lambda: "new"})


def test_every_page_that_is_made_is_there() -> None:
    assert [path for path in PARTS if not (ROOT / path).is_file()] == []
