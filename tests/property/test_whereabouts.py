"""Where peers are said to be: what is told to whom, and what is believed."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multifeed.net.whereabouts import host_port_of, whereabouts_at
from multifeed.protocol.events import Whereabouts

_ID = b"i" * 16
_hosts = st.ip_addresses().map(str)


@given(_hosts, _hosts, st.integers(0, 65_535))
def test_what_is_told_is_believed_by_whoever_is_told_and_leads_there(host: str, listener: str, port: int) -> None:
    told = whereabouts_at(_ID, host, port, told_to=listener)
    if told is not None:
        mapped = getattr(ip_address(host), "ipv4_mapped", None)
        assert host_port_of(told, said_by=listener) == (str(mapped or ip_address(host)), port)


@given(st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16), st.text(max_size=40))
def test_whatever_is_said_is_an_address_or_nothing(address: bytes, speaker: str) -> None:
    found = host_port_of(Whereabouts(_ID, address, 1), said_by=speaker)
    assert found is None or not ip_address(found[0]).is_multicast


@pytest.mark.parametrize(
    ("host", "listener", "is_told"),
    [
        ("192.0.2.1", "192.0.2.2", True),
        ("10.1.2.3", "192.168.1.5", True),
        ("::ffff:10.1.2.3", "10.0.0.1", True),
        ("2001:db8::1", "10.0.0.1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("127.0.0.1", "10.0.0.1", False),
        ("::1", "10.0.0.1", False),
        ("fe80::1%eth0", "fe80::2%eth0", False),
        ("169.254.1.1", "169.254.1.2", False),
        ("224.0.0.1", "10.0.0.1", False),
        ("0.0.0.0", "10.0.0.1", False),  # noqa: S104 (nothing listens there)
        ("255.255.255.255", "10.0.0.1", False),
        ("somewhere", "10.0.0.1", False),
    ],
)
def test_an_address_is_told_to_those_for_whom_it_means_the_same(host: str, listener: str, *, is_told: bool) -> None:
    assert (whereabouts_at(_ID, host, 27_272, told_to=listener) is not None) == is_told


def test_who_accepts_no_links_is_not_told_of() -> None:
    assert whereabouts_at(_ID, "10.0.0.1", 0, told_to="10.0.0.2") is None
