"""Product codes: which digits name a product."""

from __future__ import annotations

import pytest

from watcher.core.product_codes import expand_upc_e, product_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4006381333931", "4006381333931"),
        ("978-0-306-40615-7", "9780306406157"),
        ("036000291452", "036000291452"),
        ("0036000291452", "036000291452"),
        ("96385074", "96385074"),
        ("4006381333932", ""),  # a wrong check digit
        ("96385075", ""),
        ("2001234567893", ""),  # a number of the shop, such as weighed goods
        ("0212345678992", ""),
        ("9991234567896", ""),  # a coupon
        ("0000000000000", ""),
        ("00000000", ""),
        ("400638133393", ""),
        ("40063813339310", ""),
        ("4006381333931x", ""),
        ("\uff14006381333931", ""),  # a digit that is not ASCII
        ("", ""),
    ],
)
def test_only_codes_of_products_with_a_right_check_digit_count(text: str, code: str) -> None:
    assert product_code(text) == code


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("04252614", "042100005264"),
        ("01234505", "012000003455"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234565", "012345000065"),
        ("21234565", ""),
        ("0123456", ""),
    ],
)
def test_a_upc_e_stands_for_twelve_digits(short: str, full: str) -> None:
    assert expand_upc_e(short) == full
    assert not full or len(full) == 12
