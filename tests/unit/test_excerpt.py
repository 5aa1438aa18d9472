"""What people are shown of a line."""

import pytest

from langraph.excerpt import MAX_CHARS, excerpt


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"level":"error","msg":"pool is empty","id":7}', "pool is empty"),
        ('2026-11-20T12:00:00Z stderr F {"message":"OOMKilled"}', "OOMKilled"),
        ('level=error msg="it \\"broke\\" twice" id=7', 'it "broke" twice'),
        ("level=error msg=broken id=7", "broken"),
        ("java.lang.Error: x\n\tat a.B", "java.lang.Error: x at a.B"),
        ('{"level":"error"}', '{"level":"error"}'),
        ("{not json}", "{not json}"),
    ],
)
def test_the_message_inside_the_line_is_shown(line: str, shown: str) -> None:
    assert excerpt(line) == shown


def test_a_long_line_is_cut_visibly() -> None:
    assert excerpt("x" * 1000) == "x" * (MAX_CHARS - 1) + "…"
