"""Amounts as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grantflow.forms.amounts import NotANumber, as_decimal, either_way, read_number, write_number


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


@pytest.mark.parametrize("written", ["12.345", " 1.234 €", "-123.456"])
def test_a_point_and_three_digits_are_read_either_way_in_english_only(written: str) -> None:
    assert either_way(written, "en")
    assert not either_way(written, "de")


@pytest.mark.parametrize(
    "written", ["12345", "12345.00", "12,345.00", "0.125", "1.234.567", 12.345]
)
def test_what_can_be_read_one_way_only_is_not_ambiguous(written: object) -> None:
    assert not either_way(written, "en")
