"""Interfaces of a host that change while the program runs: each test waits for longer than a change may take."""

import pytest

from tests.helpers.hosts import Network
from tests.helpers.program import Programs


@pytest.mark.parametrize("has_ipv6", [True, False])
def test_an_interface_that_is_down_at_the_start_is_used_once_it_is_up(
    network: Network, programs: Programs, *, has_ipv6: bool
) -> None:
    switch, first, second = network.switch(), network.host(), network.host()
    if not has_ipv6:
        first.give_up_ipv6()
    cable = network.join(first, switch, "10.7.0.1/24")
    network.join(second, switch, "10.7.0.2/24")
    cable.switch_off()
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    for person in (alice, bob):
        person.send(f"{person.arguments[0]} is alone")
        person.wait_for_texts(f"{person.arguments[0]} is alone")
    cable.switch_on()
    alice.wait_for_texts("bob is alone")
    bob.wait_for_texts("alice is alone")


def test_who_came_while_an_interface_was_down_is_met_when_it_is_up_again(network: Network, programs: Programs) -> None:
    switch = network.switch()
    hosts = [network.host() for _ in range(3)]
    cable, *_ = [network.join(host, switch, f"10.7.0.{number}/24") for number, host in enumerate(hosts, 1)]
    alice, bob = (
        programs.start(nickname, "--json", prefix=host.prefix)
        for nickname, host in zip(("alice", "bob"), hosts[:2], strict=True)
    )
    for person in (alice, bob):
        person.wait_for_people(1)
    cable.switch_off()
    bob.send("can you hear me?")
    carol = programs.start("carol", "--json", prefix=hosts[2].prefix)
    carol.wait_for_texts("can you hear me?")
    assert "can you hear me?" not in alice.texts
    cable.switch_on()
    alice.wait_for_texts("can you hear me?")
    for person in (alice, bob, carol):
        person.wait_for_people(2)
    alice.send("I can again")
    for person in (bob, carol):
        person.wait_for_texts("I can again")


def test_another_netmask_is_used_while_the_program_runs(network: Network, programs: Programs) -> None:
    switch, first, second, third = network.switch(), network.host(), network.host(), network.host()
    cable = network.join(first, switch, "10.7.0.1/24")
    network.join(second, switch, "10.7.1.2/16")
    network.join(third, switch, "10.7.0.3/24")
    bob = programs.start("bob", "--json", prefix=second.prefix)
    bob.send("is anyone here?")
    bob.wait_for_texts("is anyone here?")
    alice = programs.start("alice", "--json", prefix=first.prefix)
    carol = programs.start("carol", "--json", prefix=third.prefix)
    for person in (alice, carol):
        person.wait_for_people(1)
    assert "is anyone here?" not in alice.texts
    cable.widen(16)
    alice.wait_for_texts("is anyone here?")
    alice.send("here we are")
    for person in (bob, carol):
        person.wait_for_texts("here we are")


def test_who_is_on_a_network_already_is_met_by_one_who_is_plugged_into_it(network: Network, programs: Programs) -> None:
    near, far = network.switch(), network.switch()
    first, second, third = network.host(), network.host(), network.host()
    network.join(first, near, "10.7.0.1/24")
    network.join(second, near, "10.7.0.2/24")
    network.join(third, far, "10.7.1.3/24")
    carol = programs.start("carol", "--json", prefix=third.prefix)
    carol.send("is anyone here?")
    carol.wait_for_texts("is anyone here?")
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    for person in (alice, bob):
        person.wait_for_people(1)
    network.join(first, far, "10.7.1.1/24")
    for person in (alice, bob):
        person.wait_for_texts("is anyone here?")
    alice.wait_for_people(2)
    bob.send("from the other network")
    carol.wait_for_texts("from the other network")


def test_a_cable_that_is_out_is_said_and_so_is_its_return(network: Network, programs: Programs) -> None:
    switch, host = network.switch(), network.host()
    cable = network.join(host, switch, "10.7.0.1/24")
    alice = programs.start("alice", "--json", prefix=host.prefix)
    alice.wait_for_error(", port ")
    assert not any("network" in line for line in alice.err)
    cable.pull()
    alice.wait_for_error("no network: until there is one, only programs on this machine are found")
    cable.plug()
    alice.wait_for_error("the network is back")


def test_without_any_network_programs_on_one_machine_meet_and_are_told(network: Network, programs: Programs) -> None:
    host = network.host()
    alice, bob = (programs.start(nickname, "--json", prefix=host.prefix) for nickname in ("alice", "bob"))
    for person in (alice, bob):
        person.wait_for_people(1)
        person.wait_for_error("no network")
