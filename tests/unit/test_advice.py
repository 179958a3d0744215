"""What a look at the network means, in words."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from multichat.advice import network_report
from multifeed.net.diagnosis import Diagnosis, Dialled, Network, Outcome
from multifeed.net.interfaces import InterfaceAddress


def _network(address: str = "10.0.0.1", *, broadcast: bool = True) -> Network:
    network = IPv4Network(f"{address}/24", strict=False)
    there = network.broadcast_address if broadcast else None
    return Network(InterfaceAddress("eth0", IPv4Address(address), network, there), sent=3)


def _said(diagnosis: Diagnosis) -> str:
    return "\n".join(network_report(diagnosis, only_loopback=False))


def test_beacons_that_do_not_come_back_mean_a_firewall_here() -> None:
    assert "a firewall on this machine" in _said(Diagnosis([_network()]))


def test_a_network_that_nothing_leaves_by_is_said_with_the_systems_words() -> None:
    network = _network()
    network.error = "Network is unreachable"
    assert "nothing can be sent: Network is unreachable" in _said(Diagnosis([network]))


def test_an_address_without_broadcast_is_for_peers_given_by_hand() -> None:
    assert "connect with --peer HOST" in _said(Diagnosis([_network(broadcast=False)]))


def test_without_any_network_that_is_what_is_said() -> None:
    assert "no network but itself" in _said(Diagnosis([_network("127.0.0.1")]))
    assert "no network but itself" in _said(Diagnosis([]))


def test_with_ipv6_alone_nobody_is_told_to_connect_to_a_network() -> None:
    said = _said(Diagnosis([_network("127.0.0.1")], ipv6_only=["eth0"]))
    assert "eth0: IPv6 alone" in said
    assert "no network but itself" not in said


def test_a_port_that_is_taken_is_said() -> None:
    assert "until then nobody is found" in _said(Diagnosis([_network()], port_error="cannot listen on UDP port 27272"))


@pytest.mark.parametrize(
    ("ahead_s", "words"), [([3600], "60 minutes behind"), ([-7200, -7300, 0], "120 minutes ahead of"), ([100, 2], "")]
)
def test_a_clock_that_differs_from_most_is_said_to_be_wrong(ahead_s: list[int], words: str) -> None:
    said = _said(Diagnosis([_network()], clocks_ahead_s=ahead_s))
    assert words in said
    assert ("clock" in said) == bool(words)


@pytest.mark.parametrize("outcome", Outcome)
def test_whatever_came_of_dialling_is_said(outcome: Outcome) -> None:
    said = _said(Diagnosis([_network()], [Dialled(("10.0.0.2", 7), by_hand=True, outcome=outcome, agent="\x1b[31mx")]))
    assert "10.0.0.2:7 " in said
    assert "\x1b" not in said
    assert ("nobody of this room was met" in said) == (outcome is not Outcome.MET)
