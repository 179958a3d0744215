"""Hosts without an IPv4 address: IPv6 sets itself up on a link, and that is enough."""

import socket

import pytest

from tests.helpers.hosts import Host, Network
from tests.helpers.program import Programs

pytestmark = pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")


def _hosts(network: Network, count: int) -> list[Host]:
    switch = network.switch()
    hosts = [network.host() for _ in range(count)]
    for host in hosts:
        network.join(host, switch, None)
    return hosts


def test_hosts_without_ipv4_find_each_other_and_talk(network: Network, programs: Programs) -> None:
    alice, bob, carol = (
        programs.start(nickname, "--json", prefix=host.prefix)
        for nickname, host in zip(("alice", "bob", "carol"), _hosts(network, 3), strict=True)
    )
    for person in (alice, bob, carol):
        person.wait_for_people(2)
    bob.send("without a single IPv4 address")
    for person in (alice, carol):
        person.wait_for_texts("without a single IPv4 address")


def test_a_host_with_ipv4_hears_one_without(network: Network, programs: Programs) -> None:
    switch, first, second = network.switch(), network.host(), network.host()
    network.join(first, switch, "10.7.0.1/24")
    network.join(second, switch, None)
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    bob.send("can you hear me?")
    alice.wait_for_texts("can you hear me?")


def test_an_interface_that_is_not_named_is_not_used_over_ipv6_either(network: Network, programs: Programs) -> None:
    first, second = _hosts(network, 2)
    alice = programs.start("alice", "--json", "--interface", "lo", prefix=first.prefix)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    near = programs.start("near", "--json", "--interface", "lo", prefix=first.prefix)
    alice.wait_for_people(1)
    near.send("on the same machine")
    alice.wait_for_texts("on the same machine")
    bob.send("on another one")
    bob.wait_for_texts("on another one")
    assert "on another one" not in alice.texts
    assert not any("1 here" in line for line in bob.err)


def test_the_doctor_finds_who_is_there_over_ipv6_alone(network: Network, programs: Programs) -> None:
    first, second = _hosts(network, 2)
    programs.start("bob", "--json", prefix=first.prefix).wait_for_error(", port ")
    doctor = programs.start("alice", "--doctor", prefix=second.prefix)
    assert doctor.wait() == 0
    report = "\n".join(doctor.out)
    assert "IPv6: sends and hears; of this room 1 heard" in report
    assert "is in this room (multichat/" in report
