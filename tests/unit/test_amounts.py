"""Bytes as programs write them in their own settings."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langraph.amounts import amount_of, write_bytes

MIB = 1 << 20


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1g", 1024 * MIB), ("512m", 512 * MIB), ("512M", 512 * MIB), ("256mb", 256 * MIB), ("1GB", 1024 * MIB),
        ("64MiB", 64 * MIB), ("128k", 128 * 1024), ("768", 768 * MIB), (512, 512 * MIB), ("134217728", 128 * MIB),
    ],
)  # fmt: skip
def test_bytes_are_read_as_programs_read_them(text: str | int, amount: int) -> None:
    assert amount_of(text, "bytes") == amount


@pytest.mark.parametrize("text", ["", "lots", "-1g", "1.5g", "1e9", "512 m", "１g", True, None])
def test_what_is_no_amount_of_bytes_is_none(text: str | bool | None) -> None:
    assert amount_of(text, "bytes") is None


@pytest.mark.parametrize(
    ("amount", "like", "written"),
    [
        (2048 * MIB, "1g", "2g"), (1536 * MIB, "1g", "1536m"), (192 * MIB, "96mb", "192mb"),
        (1536 * MIB, "1GB", "1536MB"),
        (1536 * MIB, "768", "1536"), (1024 * MIB, 512, 1024), (256 * MIB, "134217728", "268435456"),
    ],
)  # fmt: skip
def test_bytes_are_written_as_their_author_writes_them(amount: int, like: str | int, written: str | int) -> None:
    assert write_bytes(Fraction(amount), like) == written


@given(st.integers(1, 9999), st.sampled_from(["k", "m", "g", "M", "G", "kb", "MB", "GiB"]), st.integers(1, 8))
def test_what_is_written_reads_back_as_the_same_amount(number: int, unit: str, factor: int) -> None:
    like = f"{number}{unit}"
    amount = amount_of(like, "bytes")
    assert amount is not None
    assert amount_of(write_bytes(amount * factor, like), "bytes") == amount * factor
