"""Titles that omit or respell parts of the query, and similar titles of different items."""

from __future__ import annotations

import pytest

from watcher.core.titles.verdict import title_verdict


@pytest.mark.parametrize(
    ("query", "title"),
    [
        # a catalogue number is enough, whatever else is in the query
        ("Acme Dark Bay 58 79030N", "2022 Acme 79030N Full Set"),
        ("Acme M18 Fuel 2767-20 impact wrench", "ACME 2767-20 M18 Impact"),
        ("Acme M18 Fuel 2767-20 impact wrench", "ACME 2767-20 18V High Torque Wrench"),
        ("Acme Dark Bay 58 79030N", "Acme Dark Bay M79030N"),
        ("Acme M18 2767-20 PSA 10", "Acme 2767-20 PSA 10"),
        ("Acme Dark Bay 58 79030N size 10", "Acme 79030N sz 10"),
        # the product line after a maker and a code
        ("Seiko SPB143 Prospex", "SEIKO SPB143 Automatic 200m"),
        # the maker of a named product line
        ("Nintendo GameCube console indigo", "Gamecube Indigo Console tested"),
        ("Samsung Galaxy Z Flip 5 512GB", "Samsung Z Flip5 5G 512GB"),
        # words joined or separated, roman numerals and digits
        ("Acme Air Max 97 Silver", "ACME AIRMAX 97 SILVER"),
        ("Acme Galaxy Z Flip 5", "ACME GALAXY ZFLIP 5"),
        ("Acme Birkin 35 Togo", "Acme B35 Birkin Togo"),
        ("Acme Arizona Sandal 42", "Acme Arizona Suede Sandal Brown EU 42"),
        ("Acme 550 White Green 9", "Acme 550 White / Green Sneaker Sz 9"),
        ("Acme 550 White Green 9", "Acme 550 White / Green 9 US"),
        ("Acme Dark Bay 58", "Acme Dark Bay Fifty-Eight"),
        ("Last Story VIII PS1", "Last Story 8 PSX"),
        ("Last Story 8 PS1", "Last Story VIII PS1"),
        ("Acme 87V multimeter", "Acme 87 V True RMS Meter DMM"),
        ("Acme 4090 24GB", "Acme 4090 24 G"),
        ("phone 14 Pro Max 256GB", "Phone 14 ProMax 256GB"),
        # half sizes and grades
        ("Acme Samba OG black size 8.5", "Samba black Acme mens 8.5"),
        ("Acme Low Panda 9.5", "Acme Low Panda sz 9.5"),
        ("Acme chrome 111 BGS 9.5", "Acme Chrome #111 BGS Gem Mint 9.5"),
        ("Acme chrome 111 PSA 5", "Acme Chrome #111 PSA EX 5"),
        # one wrong letter of a long word
        ("Acme chrome refractor 111", "Acme Chrome Refactor #111"),
        ("Acme submariner", "Acme Submarnier"),
        ("Acme submariner", "Acme Submatiner"),
        ("Acme submariner", "Acme Submarinner Date"),
    ],
)
def test_omissions_and_other_spellings_are_accepted(query: str, title: str) -> None:
    assert title_verdict(query, title).reason is None


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("Acme Dark Bay 58 79030N", "Acme Dark Bay 58 79030B"),
        ("Acme M18 2767-20 PSA 10", "Acme 2767-20 PSA 9"),
        ("2003-04 Acme Chrome 111", "2003-04 Acme Chrome #113"),
        ("Acme Z440 E5-1650 32GB", "Acme Z640 E5-1650 32GB"),
        ("Acme X1 Carbon i7-1165G7", "Acme Latitude i7-1165G7"),
        ("Seiko SPB143 black", "Seiko SPB143 brown"),
        ("Acme RTX6000 Ada", "Acme RTX6000 Turing"),
        ("Nintendo Switch", "Gigabit Switch"),
        ("Acme Galaxy Z Flip 5", "Acme Galaxy Z Fold 5"),
        ("Acme Birkin 35 Togo", "Acme Kelly B35 Togo"),
        ("Acme Jordan 11", "Acme Jordan Mid Chicago size 11"),
        ("Acme 550 White Green 9", "Acme 550 White Green EU 42"),
        ("Acme 550 White Green 9", "Acme 550 White Navy size 10, 9 pairs sold"),
        ("Acme Samba OG black size 8.5", "Acme Samba OG White size 8.5"),
        ("Acme Samba OG black size 8.5", "Acme Gazelle black 8.5"),
        ("Acme Samba OG black size 8.5", "Acme Samba OG black size 8"),
        ("Acme Low Panda 9.5", "Acme High Panda 9.5"),
        ("Acme chrome 111 BGS 9.5", "Acme Chrome #111 BGS 9"),
        ("Acme tool 3 inch", "Acme tool 3 in 1"),
        ("Acme 87V multimeter", "Acme 87 III multimeter"),
        ("Acme Dark Bay 58", "Acme Dark Bay Fifty-Four"),
        ("Acme 5000mah bank", "Acme 5000 bank"),
        ("Acme submariner", "Acme Submersible"),
        ("Acme submariner", "Acme Sub Mar"),
        ("Black Flower Collectors Edition", "Black Flower playmat Collectors Edition art"),
        ("Acme 1950 Cutter DF 500", "Acme 1950 Cutter assortment DF 500"),
    ],
)
def test_a_different_item_is_rejected(query: str, title: str) -> None:
    assert title_verdict(query, title).reason is not None
