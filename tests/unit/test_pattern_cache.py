"""Compiled patterns are kept between runs, and never trusted blindly."""

from pathlib import Path

import pytest

from langraph.runbooks.scanner import scanner
from services.pattern_cache import PatternCache

PATTERNS = ["out of memory", r"exit code \d+"]
PAGE = b"fine\nexit code 137\nout of memory\n"


def test_what_was_kept_finds_the_same(tmp_path: Path) -> None:
    first = scanner(PATTERNS, PatternCache(tmp_path)).ends(PAGE)
    assert scanner(PATTERNS, PatternCache(tmp_path)).ends(PAGE) == first
    assert {number for number, _ in first} == {0, 1}
    assert len(list(tmp_path.iterdir())) == 1


def test_other_patterns_are_kept_apart(tmp_path: Path) -> None:
    scanner(PATTERNS, PatternCache(tmp_path))
    assert scanner(PATTERNS[:1], PatternCache(tmp_path)).ends(PAGE) == [(0, 32)]


@pytest.mark.parametrize("damage", [b"", b"not a database", b"\0" * 5000])
def test_a_damaged_file_is_compiled_anew_and_replaced(tmp_path: Path, damage: bytes) -> None:
    scanner(PATTERNS, PatternCache(tmp_path))
    (kept,) = tmp_path.iterdir()
    good = kept.read_bytes()
    kept.write_bytes(damage)
    assert len(scanner(PATTERNS, PatternCache(tmp_path)).ends(PAGE)) == 2
    assert len(kept.read_bytes()) == len(good)


def test_a_file_that_others_may_write_is_not_loaded(tmp_path: Path) -> None:
    scanner(PATTERNS, PatternCache(tmp_path))
    (kept,) = tmp_path.iterdir()
    kept.chmod(0o666)
    assert PatternCache(tmp_path).get(kept.stem) is None


def test_a_directory_that_cannot_be_made_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(scanner(PATTERNS, PatternCache(tmp_path / "file" / "below")).ends(PAGE)) == 2


def test_what_one_directory_holds_no_other_one_has_to(tmp_path: Path) -> None:
    scanner(PATTERNS, PatternCache(tmp_path / "of the user"))
    both = PatternCache(tmp_path / "of the daemon", tmp_path / "of the user")
    (kept,) = (tmp_path / "of the user").iterdir()
    assert both.get(kept.stem) == kept.read_bytes()


def test_a_read_only_home_does_not_keep_the_daemon_from_keeping_its_own(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    scanner(PATTERNS, PatternCache(tmp_path / "home" / "cache", tmp_path / "state"))
    assert len(list((tmp_path / "state").iterdir())) == 1


def test_a_user_without_a_home_has_what_the_daemon_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(number: int) -> None:
        raise KeyError(f"nobody has the number {number}")

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    scanner(PATTERNS, PatternCache(Path("~/.cache/langraph"), tmp_path))
    assert len(list(tmp_path.iterdir())) == 1
