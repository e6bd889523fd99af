"""Which IP addresses are public: those that a stranger may make the daemon connect to.

The lists are those of IANA's registries of special-purpose addresses. They are written down here, because
what `ipaddress` calls global differs between versions of Python.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

_IPV6_UNICAST = IPv6Network("2000::/3")  # all that is assigned to machines of the internet
_SPECIAL_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols, among them Teredo, which wraps IPv4 addresses
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which wraps IPv4 addresses
            "3fff::/20",  # documentation
        ),
    )
)
_SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind a provider's translation; some clouds' metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's machine agent
            "169.254.0.0/16",  # link-local; most clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)


def is_public_address(text: str) -> bool:
    """Return whether an address belongs to a machine of the internet, and to no network in between.

    An IPv6 address that wraps an IPv4 address (mapped, NAT64, 6to4, Teredo) is none: where it leads depends
    on the network.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_IPV4)
    if address.scope_id is not None or address not in _IPV6_UNICAST:
        return False
    return not any(address in network for network in _SPECIAL_IPV6)
