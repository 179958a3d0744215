"""What is counted of beacons, for somebody who sees nobody."""

from ipaddress import IPv4Address, IPv4Network

from multifeed import limits
from multifeed.net.interfaces import InterfaceAddress, LinkLocalInterface
from multifeed.net.sightings import Sightings
from multifeed.protocol.beacon import Beacon

OWN_ID, OTHER_ID = b"o" * 16, b"x" * 16
ETHERNET = InterfaceAddress("eth0", IPv4Address("10.0.0.1"), IPv4Network("10.0.0.0/24"), IPv4Address("10.0.0.255"))
WIRELESS = LinkLocalInterface("wlan0", 3)


def _sightings() -> Sightings:
    sightings = Sightings(OWN_ID)
    sightings.there_are([ETHERNET, WIRELESS])
    return sightings


def _beacon(instance_id: bytes = OTHER_ID, time_s: int = 1_000) -> Beacon:
    return Beacon(instance_id, 5, time_s, bytes(32))


def test_each_is_counted_where_it_was_heard() -> None:
    sightings = _sightings()
    sightings.heard("10.0.0.7", _beacon(), 1_000)
    sightings.heard("fe80::7%wlan0", _beacon(OWN_ID), 1_000)
    sightings.heard("10.0.0.8", None, 1_000)
    sightings.heard("192.0.2.1", _beacon(b"y" * 16), 1_000)
    ethernet, wireless = sightings.networks
    assert (ethernet.heard, ethernet.own_heard, ethernet.foreign_hosts) == ({OTHER_ID}, 0, {"10.0.0.8"})
    assert (wireless.heard, wireless.own_heard, wireless.foreign_hosts) == (set(), 1, set())


def test_what_could_not_leave_is_not_counted_and_is_forgiven_when_it_can() -> None:
    sightings = _sightings()
    sightings.sent(ETHERNET, "Network is down")
    assert (sightings.networks[0].sent, sightings.networks[0].error) == (0, "Network is down")
    sightings.sent(ETHERNET)
    assert (sightings.networks[0].sent, sightings.networks[0].error) == (1, "")


def test_a_network_keeps_its_counts_while_it_is_there_and_loses_them_with_it() -> None:
    sightings = _sightings()
    sightings.sent(ETHERNET)
    sightings.there_are([ETHERNET])
    assert [network.sent for network in sightings.networks] == [1]
    sightings.there_are([])
    sightings.there_are([ETHERNET])
    assert [network.sent for network in sightings.networks] == [0]


def test_clocks_are_those_of_others_as_they_were_heard_last() -> None:
    sightings = _sightings()
    sightings.heard("10.0.0.7", _beacon(time_s=4_600), 1_000)
    sightings.heard("10.0.0.7", _beacon(time_s=1_002), 1_000)
    sightings.heard("10.0.0.1", _beacon(OWN_ID, time_s=9_000), 1_000)
    assert sightings.clocks_ahead_s == [2]
    sightings.left(OTHER_ID)
    assert sightings.clocks_ahead_s == []
    assert sightings.networks[0].heard == set()


def test_whatever_is_heard_what_is_kept_is_bounded() -> None:
    sightings = _sightings()
    for number in range(limits.SIGHTINGS_MAX + 50):
        sightings.heard(f"10.0.0.{number % 256}", _beacon(number.to_bytes(16)), 0)
        sightings.heard(f"fe80::{number:x}%wlan0", None, 0)
    assert len(sightings.networks[0].heard) == limits.SIGHTINGS_MAX
    assert len(sightings.networks[1].foreign_hosts) == limits.SIGHTINGS_MAX
    assert len(sightings.clocks_ahead_s) == limits.SIGHTINGS_MAX
