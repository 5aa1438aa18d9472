"""The language of an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.locale import locale_of


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("fr, ko;q=0.5, en;q=0.2", "ko"),
        ("KO;Q=1", "ko"),
        ("ko;q=0", "en"),
        ("korean", "en"),
        ("ko;q=high", "en"),
        ("ko;q=nan", "en"),
    ],
)
def test_the_language_liked_best_of_those_we_speak(header: str, expected: str) -> None:
    assert locale_of(header, "en") == expected


@pytest.mark.parametrize("header", [None, "", "*", "fr", ";;,,", "fr;q=1"])
def test_the_configured_language_where_none_of_ours_is_named(header: str | None) -> None:
    assert locale_of(header, "ko") == "ko"
    assert locale_of(header, "en") == "en"


@given(st.text(max_size=60))
def test_any_header_gives_a_language_we_speak(header: str) -> None:
    assert locale_of(header, "en") in ("en", "ko")
