"""Which addresses a stranger may make the daemon connect to."""

from __future__ import annotations

import pytest

from watcher.core.public_addresses import is_public_address

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]
OTHERS = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1
198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.251 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1
::127.0.0.1 ::ffff:8.8.8.8 ::ffff:127.0.0.1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1
2001:10::1 2001:db8::1 2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1
fe80::1%eth0 2606:4700::1111%1 fec0::1 ff02::1 4000::1 localhost 127.1 0x7f000001 2130706433
0177.0.0.1 1.1.1.1.
"""


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize("address", [*OTHERS.split(), "", " 8.8.8.8", "8.8.8.8/32"])
def test_a_special_address_or_another_spelling_is_not(address: str) -> None:
    assert not is_public_address(address)
