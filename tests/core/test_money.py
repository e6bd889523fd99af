from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.money import CurrencyMismatch, Money, exponent, from_wire, is_currency, parse_money

CURRENCIES = st.sampled_from(["USD", "EUR", "GBP", "JPY", "KWD", "XXX"])
MONEY = st.builds(Money, st.integers(1, 10**12 - 1), CURRENCIES)


@given(MONEY)
def test_formatted_money_parses_back(money: Money) -> None:
    assert from_wire(money.amount, money.currency) == money
    assert parse_money(money.amount, money.currency) == money
    assert parse_money(f"{money.amount} {money.currency}", "CHF") == money
    assert parse_money(str(money), "CHF") == money


@given(MONEY)
def test_amount_is_exact_and_has_the_currencys_decimal_places(money: Money) -> None:
    whole, _, fraction = money.amount.partition(".")
    assert whole.isdecimal()
    assert len(fraction) == exponent(money.currency)
    assert Decimal(money.amount).scaleb(exponent(money.currency)) == money.minor


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), CURRENCIES)
def test_amounts_of_one_currency_compare_and_add_as_minor_units(a: int, b: int, currency: str) -> None:
    x, y = Money(a, currency), Money(b, currency)
    assert (x < y, x <= y, x > y, x >= y, x == y) == (a < b, a <= b, a > b, a >= b, a == b)
    assert x + y - y == x
    assert (x + y).minor == a + b


@pytest.mark.parametrize(
    "act",
    [
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
        lambda a, b: a + b,
        lambda a, b: a - b,
    ],
)
def test_different_currencies_cannot_be_compared(act) -> None:
    with pytest.raises(CurrencyMismatch, match="USD and EUR cannot be compared"):
        act(Money(5, "USD"), Money(5, "EUR"))
    assert Money(5, "USD") != Money(5, "EUR")


def test_money_is_hashable_and_immutable() -> None:
    assert {Money(5, "USD"): "kept"}[Money(5, "USD")] == "kept"
    with pytest.raises(AttributeError):
        Money(5, "USD").minor = 6


@pytest.mark.parametrize(
    ("money", "amount", "text"),
    [
        (Money(4990, "USD"), "49.90", "$49.90"),
        (Money(5, "EUR"), "0.05", "€0.05"),
        (Money(0, "GBP"), "0.00", "£0.00"),
        (Money(1200, "JPY"), "1200", "¥1,200"),
        (Money(1234, "KWD"), "1.234", "1.234 KWD"),
        (Money(-5, "USD"), "-0.05", "$-0.05"),
        (Money(99_999, "USD"), "999.99", "$999.99"),
        (Money(1_234_567, "KWD"), "1234.567", "1,234.567 KWD"),
        (Money(123_456_789, "USD"), "1234567.89", "$1,234,567.89"),
        (Money(-1200, "JPY"), "-1200", "¥-1,200"),
    ],
)
def test_money_is_formatted_with_its_sign_or_its_code(money: Money, amount: str, text: str) -> None:
    assert (money.amount, str(money)) == (amount, text)


@pytest.mark.parametrize(
    ("minor", "ratio", "share"),
    [(1000, "0.95", 950), (999, "0.5", 500), (1, "0.5", 1), (1, "0.49", 0), (333, "1.03", 343), (0, "9", 0)],
)
def test_share_is_rounded_half_up(minor: int, ratio: str, share: int) -> None:
    assert Money(minor, "USD").share(Decimal(ratio)) == Money(share, "USD")


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("204.99", "USD", 20499),
        ("204.9", "USD", 20490),
        ("204", "USD", 20400),
        ("0", "USD", 0),
        ("0.00", "USD", 0),
        ("0.005", "USD", 1),
        ("0.004", "USD", 0),
        ("19.999", "USD", 2000),
        ("1200", "JPY", 1200),
        ("1200.5", "JPY", 1201),
        ("1.2345", "KWD", 1235),
        (204.99, "USD", 20499),
        (7, "USD", 700),
        (Decimal("7.10"), "USD", 710),
        ("999999999999.98", "USD", 99999999999998),
    ],
)
def test_wire_decimals_are_parsed_exactly(value: object, currency: str, minor: int) -> None:
    assert from_wire(value, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "5 ", " 5", "-5", "+5", "5.", ".5", "1e3", "1,00.00", "NaN", "inf", "Infinity", "0x10"),
        *("٣", "5.1234567", "1" * 13, "free", None, True, [], {}, b"5"),
        *("-5.00", "+5.00", " 5.00", ".50", "1.5.00", "1,00.00", "٣.٣٣", "1e1.00", "1" * 13 + ".00"),
        *(-1, -0.5, float("nan"), float("inf"), 1e20, 1e-7, Decimal("NaN"), Decimal("1E+3")),
    ],
)
def test_other_wire_values_are_none(value: object) -> None:
    assert from_wire(value, "USD") is None


@pytest.mark.parametrize("currency", [None, "", "usd", "US", "USDT", "US$", "U5D", 840, "USD\n"])
def test_malformed_currency_code_gives_none(currency: object) -> None:
    assert from_wire("5.00", currency) is None
    assert not is_currency(str(currency))


@given(
    st.text() | st.integers() | st.floats() | st.decimals() | st.none() | st.binary(), st.text() | st.none()
)
def test_any_wire_value_is_none_or_not_negative(value: object, currency: object) -> None:
    for code in (currency, "USD", "JPY"):
        money = from_wire(value, code)
        assert money is None or 0 <= money.minor < 10**14


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("50", Money(5000, "USD")),
        ("50.00", Money(5000, "USD")),
        ("50€", Money(5000, "EUR")),
        ("50eur", Money(5000, "EUR")),
        ("US $50", Money(5000, "USD")),
        ("$50 CAD", Money(5000, "CAD")),
        ("C $50", Money(5000, "CAD")),
        ("50 zł", Money(5000, "PLN")),
        ("$50", Money(5000, "USD")),
        ("€49.90", Money(4990, "EUR")),
        ("¥50", Money(50, "JPY")),
        ("50 USD", Money(5000, "USD")),
        ("  usd   50 ", Money(5000, "USD")),
        ("EUR 49.90", Money(4990, "EUR")),
        ("$50 USD", Money(5000, "USD")),
        ("1.234 KWD", Money(1234, "KWD")),
        ("$12,000", Money(1_200_000, "USD")),
        ("12000.50", Money(1_200_050, "USD")),
        ("1,250,000 USD", Money(125_000_000, "USD")),
    ],
)
def test_typed_money_is_parsed_in_several_forms(text: str, money: Money) -> None:
    assert parse_money(text, "USD") == money


def test_money_without_a_currency_has_the_default_one() -> None:
    assert parse_money("50", "JPY") == Money(50, "JPY")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *(
            (text, "is not an amount of money")
            for text in ("", "fifty", "1,00", "-5", "+5", "1e3", "٣", "5 5", "5.", ".5", "1,2,3")
        ),
        *(
            (text, "is not an amount of money")
            for text in ("USD", "USD EUR", "5 USD EUR", "50 us", "NaN", "$", "$$5")
        ),
        ("$50 EUR", "is not an amount of money"),
        ("€50 USD", "is not an amount of money"),
        ("0", "must be more than 0"),
        ("0.00", "must be more than 0"),
        ("9999999999999", "is not an amount of money"),
        ("49.999", "more decimal places than USD has"),
        ("50.5 JPY", "more decimal places than JPY has"),
        ("999999999999 KWD", "less than a trillion"),
    ],
)
def test_invalid_money_is_refused_with_a_message(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        parse_money(text, "USD")
    assert str(caught.value).startswith(f'"{text}"')


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("1.500", "has more decimal places than USD has; write 1500 or 1.50"),
        ("12.000 USD", "write 12000 or 12.00"),
        ("EUR 1.500", "has more decimal places than EUR has; write 1500 EUR or 1.50 EUR"),
        ("49.900", "write 49900 or 49.90"),
        ("0.500", "write 0.50"),
        ("1.2345", "write 1.23"),
        ("1500.000", "write 1500.00"),
        ("1.500 JPY", "has more decimal places than JPY has; write 1500 JPY"),
        ("0.5 JPY", "write a whole amount"),
        ("1.500,50", "write 1500.50"),
        ("49,90", "write 49.90"),
        ("1,50 €", "write 1.50 EUR"),
        ("£1 500", "write 1500 GBP"),
        ("1.500.000", "write 1500000"),
        ("1 500", "write 1500"),
        ("1'500", "write 1500"),
    ],
)
def test_amount_that_could_be_read_in_two_ways_is_refused_with_both(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match="write") as caught:
        parse_money(text, "USD")
    assert str(caught.value).endswith(advice)


@given(st.text())
def test_any_text_is_parsed_or_raises_value_error(text: str) -> None:
    try:
        money = parse_money(text, "USD")
    except ValueError:
        return
    assert money.minor > 0
