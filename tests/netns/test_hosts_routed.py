"""Hosts of several networks: a router passes on no broadcast, and a host that is in two networks nothing at all."""

from tests.helpers.hosts import Host, Network, Router
from tests.helpers.program import Program, Programs

_ALICE_AT = "10.7.0.1"


def test_broadcasts_do_not_pass_a_router(network: Network, programs: Programs) -> None:
    (first, third), second, _ = _routed(network)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    bob.send("beyond the router")
    bob.wait_for_texts("beyond the router")
    alice = programs.start("alice", "--json", prefix=first.prefix)
    carol = programs.start("carol", "--json", prefix=third.prefix)
    _talk(alice, carol)
    for person in (alice, carol):
        assert "beyond the router" not in person.texts
        assert not any("2 here" in line for line in person.err)
    assert not any(" here" in line for line in bob.err)


def test_who_is_given_by_hand_is_met_through_a_router_and_so_are_those_whom_they_know(
    network: Network, programs: Programs
) -> None:
    (first, third), second, _ = _routed(network)
    alice = programs.start("alice", "--json", prefix=first.prefix)
    carol = programs.start("carol", "--json", prefix=third.prefix)
    bob = programs.start("bob", "--json", "--peer", f"{_ALICE_AT}:{alice.port}", prefix=second.prefix)
    for person in (alice, bob, carol):
        person.wait_for_people(2)
    _talk(alice, bob)
    alice.kill()
    for person in (bob, carol):
        person.wait_for_people(1)
    _talk(bob, carol)


def test_what_was_written_while_a_router_passed_nothing_on_arrives_when_it_does_again(
    network: Network, programs: Programs
) -> None:
    (first, _), second, router = _routed(network)
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", "--peer", f"{_ALICE_AT}:{alice.port}", prefix=second.prefix)
    _talk(alice, bob)
    router.cut()
    for person, text in ((alice, "can you hear me?"), (bob, "is this thing on?")):
        person.send(text)
        person.wait_for_texts(text)
    assert "can you hear me?" not in bob.texts
    assert "is this thing on?" not in alice.texts
    router.restore()
    alice.wait_for_texts("is this thing on?")
    bob.wait_for_texts("can you hear me?")


def test_who_cannot_be_reached_through_a_router_is_met_as_soon_as_it_passes_on(
    network: Network, programs: Programs
) -> None:
    (first, _), second, router = _routed(network)
    router.cut()
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", "--peer", f"{_ALICE_AT}:{alice.port}", prefix=second.prefix)
    bob.wait_for_error("does not answer")
    router.restore()
    _talk(alice, bob)


def test_who_was_met_through_a_router_is_met_again_without_being_given_again(
    network: Network, programs: Programs
) -> None:
    (first, _), second, _ = _routed(network)
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", "--peer", f"{_ALICE_AT}:{alice.port}", prefix=second.prefix)
    _talk(alice, bob)
    assert bob.interrupt() == 0
    alice.wait_for_people(0)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    alice.wait_for_people(1)
    bob.wait_for_people(1)


def test_in_three_networks_that_two_hosts_join_everybody_hears_everybody(network: Network, programs: Programs) -> None:
    names = ("left", "left-middle", "middle", "middle-right", "right")
    hosts = {name: network.host() for name in names}
    for number, members in enumerate((names[:2], names[1:4], names[3:])):
        switch = network.switch()
        for at, name in enumerate(members, 1):
            network.join(hosts[name], switch, f"10.7.{number}.{at}/24")
    people = [programs.start(name, "--json", prefix=hosts[name].prefix) for name in names]
    for person, neighbours in zip(people, (1, 3, 2, 3, 1), strict=True):
        person.wait_for_people(neighbours)
    said = [f"this is {name}" for name in names]
    for person, text in zip(people, said, strict=True):
        person.send(text)
    for person in people:
        person.wait_for_texts(*said)
        assert sorted(person.texts) == sorted(said)


def _routed(network: Network) -> tuple[tuple[Host, Host], Host, Router]:
    """Two hosts on one side of a router, the first of them at `_ALICE_AT`, and one on the other; and the router."""
    near, far = network.switch(), network.switch()
    router = network.router({near: "10.7.0.254/24", far: "10.7.1.254/24"})
    first, third, second = network.host(), network.host(), network.host()
    network.join(first, near, f"{_ALICE_AT}/24")
    network.join(third, near, "10.7.0.3/24")
    network.join(second, far, "10.7.1.2/24")
    for host in (first, third):
        host.go_by("10.7.0.254")
    second.go_by("10.7.1.254")
    return (first, third), second, router


def _talk(one: Program, other: Program) -> None:
    """Wait until each has heard what the other says."""
    for speaker, listener in ((one, other), (other, one)):
        text = f"this is {speaker.arguments[0]}"
        speaker.send(text)
        listener.wait_for_texts(text)
