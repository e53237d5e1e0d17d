"""Amounts as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grantflow.forms.amounts import (
    EITHER_WAY,
    NotANumber,
    as_decimal,
    places,
    read_number,
    write_number,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.234,56", "1234.56"),
        ("1234.56", "1234.56"),
        ("1234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234", "1234"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("12 500,00 €", "12500.00"),
        ("12\u00a0500 EUR", "12500"),
        ("0,5", "0.5"),
        ("-3", "-3"),
        ("−3,10", "-3.10"),
        ("7", "7"),
        ("0.500", "0.5"),  # nobody groups a thousand behind a zero
        ("0,001", "0.001"),
    ],
)
def test_german_and_english_amounts_are_read(written: str, meant: str) -> None:
    assert read_number(written) == Decimal(meant)


@pytest.mark.parametrize(
    "written", ["1.23.456", "1,2,3", "12.34.567,00", "1.234,5.6", ",5", "5,", "01.000"]
)
def test_wrong_separators_are_named_as_such(written: str) -> None:
    with pytest.raises(NotANumber, match=r"forms\.separators"):
        read_number(written)


@pytest.mark.parametrize("written", ["", "zwölf", "1e5", "0x10", "--1", "1-2", "NaN", "٣"])
def test_what_is_no_number_is_named_as_such(written: str) -> None:
    with pytest.raises(NotANumber, match=r"forms\.number"):
        as_decimal(written)


@pytest.mark.parametrize("raw", [True, None, [], float("nan"), float("inf"), "9" * 41])
def test_only_numbers_and_short_texts_are_numbers(raw: object) -> None:
    with pytest.raises(NotANumber):
        as_decimal(raw)


def test_numbers_from_json_are_exact() -> None:
    assert as_decimal(1234.1) == Decimal("1234.1")
    assert as_decimal(3) == Decimal(3)


def test_numbers_are_written_as_the_language_does() -> None:
    assert write_number(Decimal("1234.5"), "de", 2) == "1.234,50"
    assert write_number(Decimal("1234.5"), "en", 2) == "1,234.50"
    assert write_number(Decimal("12345.5"), "de") == "12.345,5"
    assert write_number(Decimal("2027"), "de") == "2027"
    assert write_number(Decimal("1234"), "de", 0) == "1.234"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12,000", "12000"),
        ("500,000 €", "500000"),
        ("1,500", "1500"),
        ("-1,500", "-1500"),
        ("0,500", "0.5"),
        ("12,50", "12.5"),
        ("1234,500", "1234.5"),  # nobody writes thousands so
        ("12,345.00", "12345"),
        ("1.234.567", "1234567"),
        ("0.125", "0.125"),
        ("12345.67", "12345.67"),
    ],
)
def test_in_english_a_comma_and_three_digits_are_thousands(written: str, meant: str) -> None:
    assert read_number(written, "en") == Decimal(meant)


@pytest.mark.parametrize("written", ["12.345", " 1.234 €", "-123.456"])
def test_in_english_a_point_and_three_digits_are_refused(written: str) -> None:
    assert read_number(written) == read_number(written, "de")
    with pytest.raises(NotANumber) as refused:
        read_number(written, "en")
    assert refused.value.key == EITHER_WAY
    assert not str(refused.value.params["whole"]).startswith("-")
    assert as_decimal(12.345, "en") == Decimal("12.345")  # JSON says what it means


@pytest.mark.parametrize(
    ("number", "digits"),
    [("12,345", 3), ("12,000", 3), ("1234,500", 3), ("12,50", 1), ("12,0", 0), ("12.000", 0)],
)
def test_three_digits_behind_a_comma_count_even_if_they_are_zeros(number: str, digits: int) -> None:
    assert places(read_number(number)) == digits


def test_zeros_of_json_do_not_count() -> None:
    assert [places(as_decimal(raw)) for raw in (12, 12.0, 12.5, 12.345)] == [0, 0, 1, 3]
