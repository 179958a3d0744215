import subprocess

from tests.helpers.hosts import Host, Network
from tests.helpers.program import Programs


def test_two_hosts_on_one_network_find_each_other_and_talk(network: Network, programs: Programs) -> None:
    first, second = _two_hosts(network)
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    alice.wait_for_people(1)
    bob.wait_for_people(1)
    alice.send("hello bob")
    bob.wait_for_texts("hello bob")
    bob.send("hello alice")
    alice.wait_for_texts("hello alice")


def test_who_comes_later_is_found_as_well(network: Network, programs: Programs) -> None:
    first, second = _two_hosts(network)
    alice = programs.start("alice", "--json", prefix=first.prefix)
    alice.send("is anyone here?")
    alice.wait_for_texts("is anyone here?")
    bob = programs.start("bob", "--json", prefix=second.prefix)
    bob.wait_for_texts("is anyone here?")
    alice.wait_for_people(1)


def test_two_programs_on_each_of_two_hosts_all_see_each_other(network: Network, programs: Programs) -> None:
    everyone = [
        programs.start(f"{name}{number}", "--json", prefix=host.prefix)
        for host, name in zip(_two_hosts(network), ("left", "right"), strict=True)
        for number in (1, 2)
    ]
    for person in everyone:
        person.wait_for_people(3)
        person.send(f"this is {person.arguments[0]}")
    for person in everyone:
        person.wait_for_texts(*(f"this is {other.arguments[0]}" for other in everyone))
        assert len(person.texts) == len(everyone)


def test_an_interface_that_is_not_named_is_not_used(network: Network, programs: Programs) -> None:
    switch, host, other = network.switch(), network.host(), network.host()
    network.join(host, switch, "10.7.0.1/24")
    network.join(other, switch, "10.7.0.2/24")
    alice = programs.start("alice", "--json", "--interface", "lo", prefix=host.prefix)
    neighbour = programs.start("neighbour", "--json", prefix=host.prefix)
    stranger = programs.start("stranger", "--json", prefix=other.prefix)
    alice.wait_for_people(1)
    neighbour.wait_for_people(2)
    stranger.wait_for_people(1)
    stranger.send("through the one between")
    alice.wait_for_texts("through the one between")
    assert not any("2 here" in line for program in (alice, stranger) for line in program.err)


def test_a_network_that_is_made_while_the_program_runs_is_used(network: Network, programs: Programs) -> None:
    switch, first, second = network.switch(), network.host(), network.host()
    alice = programs.start("alice", "--json", prefix=first.prefix)
    alice.send("alone at first")
    alice.wait_for_texts("alone at first")
    network.join(first, switch, "10.7.0.1/24")
    network.join(second, switch, "10.7.0.2/24")
    bob = programs.start("bob", "--json", prefix=second.prefix)
    bob.wait_for_texts("alone at first")


def test_a_name_that_no_server_knows_is_said_and_the_program_goes_on(network: Network, programs: Programs) -> None:
    first, second = _two_hosts(network)
    alice = programs.start("alice", "--json", "--peer", "nosuch.invalid:27272", prefix=first.prefix)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    alice.wait_for_error("nosuch.invalid")
    alice.wait_for_people(1)
    alice.send("all the same")
    bob.wait_for_texts("all the same")


def test_hosts_that_share_no_network_talk_through_those_between_them(network: Network, programs: Programs) -> None:
    left, near, far, right = (network.host() for _ in range(4))
    for number, (one, other) in enumerate([(left, near), (near, far), (far, right)]):
        switch = network.switch()
        network.join(one, switch, f"10.7.{number}.1/24")
        network.join(other, switch, f"10.7.{number}.2/24")
    assert not _can_reach(left, "10.7.2.2")
    people = [
        programs.start(name, "--json", prefix=host.prefix)
        for name, host in (("left", left), ("near", near), ("far", far), ("right", right))
    ]
    for person, neighbours in zip(people, (1, 2, 2, 1), strict=True):
        person.wait_for_people(neighbours)
    for person in people:
        person.send(f"this is {person.arguments[0]}")
    for person in people:
        person.wait_for_texts(*(f"this is {other.arguments[0]}" for other in people))


def test_a_relay_passes_on_what_was_written_by_one_who_is_gone(network: Network, programs: Programs) -> None:
    left, middle, right = (network.host() for _ in range(3))
    near, far = network.switch(), network.switch()
    network.join(left, near, "10.7.0.1/24")
    network.join(middle, near, "10.7.0.2/24")
    relay = programs.start("relay", "--json", prefix=middle.prefix)
    alice = programs.start("alice", "--json", prefix=left.prefix)
    alice.wait_for_people(1)
    alice.send("for whoever comes")
    relay.wait_for_texts("for whoever comes")
    assert alice.interrupt() == 0
    network.join(middle, far, "10.7.1.1/24")
    network.join(right, far, "10.7.1.2/24")
    bob = programs.start("bob", "--json", prefix=right.prefix)
    bob.wait_for_texts("for whoever comes")


def _two_hosts(network: Network) -> tuple[Host, Host]:
    switch, first, second = network.switch(), network.host(), network.host()
    network.join(first, switch, "10.7.0.1/24")
    network.join(second, switch, "10.7.0.2/24")
    return first, second


def _can_reach(host: Host, address: str) -> bool:
    """Whether there is a way from `host` to `address` at all."""
    command = [*host.prefix, "ip", "route", "get", address]
    return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0
