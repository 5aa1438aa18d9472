"""Kubernetes quantities: exact, and written as their author would."""

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from langraph.errors import BadQuantity
from langraph.quantity import Quantity, parse, scaled

SUFFIXES = [
    "",
    "n",
    "u",
    "m",
    "k",
    "M",
    "G",
    "T",
    "P",
    "E",
    "Ki",
    "Mi",
    "Gi",
    "Ti",
    "Pi",
    "Ei",
    "e3",
    "E6",
    "e-3",
    "e+2",
]
texts = st.builds(
    lambda sign, whole, part, suffix: f"{sign}{whole}{part}{suffix}",
    st.sampled_from(["", "+", "-"]),
    st.integers(0, 10**12),
    st.sampled_from(["", ".", ".5", ".25", ".125", ".001"]),
    st.sampled_from(SUFFIXES),
)
positive = texts.filter(lambda text: not text.startswith("-"))
factors = st.decimals(min_value="0.01", max_value=20, places=3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        ("+1", "1"),
        ("-1", "-1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("100n", "0.0000001"),
        ("100u", "0.0001"),
        ("500m", "0.5"),
        ("1k", "1000"),
        ("2M", "2000000"),
        ("1G", "1000000000"),
        ("1T", "1000000000000"),
        ("1P", "1000000000000000"),
        ("1E", "1000000000000000000"),
        ("1Ki", "1024"),
        ("1Mi", "1048576"),
        ("1.5Gi", "1610612736"),
        ("1Ti", "1099511627776"),
        ("1Pi", "1125899906842624"),
        ("1Ei", "1152921504606846976"),
        ("1e3", "1000"),
        ("1E3", "1000"),
        ("12e-1", "1.2"),
        (2, "2"),
        (0.5, "0.5"),
        (1e3, "1000"),
    ],
)
def test_every_suffix_and_number_form_is_read_exactly(text: object, value: str) -> None:
    assert parse(text).value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("512MB", "M or Mi"),
        ("512mi", "written Mi"),
        ("1GiB", "written Gi"),
        ("5K", "k or Ki"),
        (" 1Gi", "remove the spaces"),
        ("", "write a number"),
        ("Gi", "write a number"),
        ("1e", "write a number"),
        ("1e99", "exponent"),
        ("--1", "write a number"),
        ("1,5Gi", "Gi"),
        ("1" * 65, "write a number"),
        (True, "write a number"),
        (None, "write a number"),
        (float("inf"), "write a number"),
        (1e300, "beyond"),
    ],
)
def test_what_is_no_quantity_is_refused_with_the_value_and_the_cure(text: object, cure: str) -> None:
    with pytest.raises(BadQuantity, match=cure) as caught:
        parse(text)
    assert str(text).strip()[:4] in str(caught.value)


@pytest.mark.parametrize(
    ("text", "factor", "expected"),
    [
        ("512Mi", 2, "1Gi"),
        ("1024Mi", 2, "2048Mi"),
        ("512Mi", 3, "1536Mi"),
        ("512Mi", 1.3, "666Mi"),
        ("1Gi", 1.5, "1536Mi"),
        ("1Gi", "1.3", "1332Mi"),
        ("1.5Gi", 1.5, "2.25Gi"),
        ("1Ki", 1.5, "1536"),
        ("500m", 1.5, "750m"),
        ("500m", 2, "1000m"),
        ("333m", 1.5, "500m"),
        ("1", 1.5, "1500m"),
        (1, 1.5, "1500m"),
        ("0.5", 2, "1"),
        (0.5, 1.5, "0.75"),
        ("0.1", "1.23456", "0.124"),
        ("1G", 2, "2G"),
        ("500M", 2, "1G"),
        ("536870912", 2, "1073741824"),
        ("536870912", 1.3, "697932186"),
        ("1e3", 2, "2e3"),
        ("1e3", 1.5, "1500"),
        ("1e-3", 1.5, "2m"),
        ("0", 2, "0"),
        ("0Mi", 2, "0Mi"),
        ("0e3", 2, "0"),
    ],
)
def test_a_scaled_quantity_is_written_as_its_author_would(text: object, factor: object, expected: str) -> None:
    assert scaled(text, factor) == expected  # type: ignore[arg-type]


def test_a_sibling_written_in_large_mebibytes_keeps_the_unit() -> None:
    assert scaled("512Mi", 2, "2048Mi") == "1024Mi"
    assert scaled("512Mi", 2, "256Mi") == "1Gi"


def test_an_amount_can_take_over_the_style_of_another() -> None:
    assert parse("1Gi").in_style_of(parse("2048Mi")) == "1024Mi"
    assert parse("1G").in_style_of(parse("512Mi")) == "954Mi"
    assert parse("1.5").in_style_of(parse("100m")) == "1500m"


def test_one_gibi_equals_1024_mebi_and_exceeds_one_giga() -> None:
    assert parse("1Gi") == parse("1024Mi")
    assert hash(parse("1Gi")) == hash(parse("1024Mi"))
    assert parse("1Gi") > parse("1G")
    assert parse("999m") < parse(1)


@pytest.mark.parametrize("factor", ["two", float("nan"), float("inf"), -1, "1e99"])
def test_a_factor_that_makes_no_size_is_refused(factor: object) -> None:
    with pytest.raises(BadQuantity, match="factor"):
        parse("1Gi").multiply(factor)  # type: ignore[arg-type]


@given(texts)
def test_reading_and_writing_keeps_the_value_exact(text: str) -> None:
    quantity = parse(text)
    again = parse(str(quantity))
    assert again.value == quantity.value
    assert again.suffix == quantity.suffix


@given(texts, texts)
def test_order_is_the_order_of_the_amounts(one: str, other: str) -> None:
    a, b = parse(one), parse(other)
    assert (a < b) == (a.value < b.value)
    assert (a == b) == (a.value == b.value)


@given(positive, factors, factors)
def test_a_larger_factor_never_gives_less(text: str, one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert parse(text).multiply(low) <= parse(text).multiply(high)


@settings(max_examples=300)
@given(texts, factors)
@example("0.5k", Decimal("0.011"))
def test_a_scaled_quantity_is_never_below_the_exact_product_and_close_to_it(text: str, factor: Decimal) -> None:
    exact = parse(text).multiply(factor)
    written = parse(scaled(text, factor))
    assert written >= exact
    finest = Decimal("1e-9") if parse(text).suffix in ("n", "u") else Decimal("0.001")
    finest = max(finest, Decimal("1e-6")) if parse(text).suffix == "u" else finest
    in_bytes = parse(text).suffix.endswith("i") or parse(text).suffix in tuple("kMGTPE")
    finest = Decimal(1) if in_bytes else finest  # nothing holds a part of a byte
    assert written.value - exact.value <= max(
        abs(exact.value) / 100, finest, Decimal(1) if abs(exact.value) > 1000 else finest
    )


@given(positive, texts)
def test_any_style_can_be_taken_over_without_going_below(text: str, style: str) -> None:
    quantity = parse(text)
    assert parse(quantity.in_style_of(parse(style))) >= quantity


def test_a_product_is_exact_where_floats_would_not_be() -> None:
    assert parse("0.1").multiply("3").value == Decimal("0.3")
    assert Quantity(Decimal("1"), "Ei").multiply("1.1").value == Decimal("1.1")
