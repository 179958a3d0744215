from tests.helpers.hosts import Cable, Network
from tests.helpers.program import Program, Programs


def test_what_was_written_while_a_cable_was_out_arrives_when_it_is_back(network: Network, programs: Programs) -> None:
    alice, bob, cable = _talking(network, programs)
    cable.pull()
    alice.send("can you hear me?")
    bob.send("is this thing on?")
    alice.wait_for_texts("can you hear me?")
    bob.wait_for_texts("is this thing on?")
    assert "can you hear me?" not in bob.texts
    assert "is this thing on?" not in alice.texts
    cable.plug()
    alice.wait_for_texts("is this thing on?")
    bob.wait_for_texts("can you hear me?")


def test_after_a_long_break_both_know_that_they_are_alone_and_meet_again(network: Network, programs: Programs) -> None:
    alice, bob, cable = _talking(network, programs)
    cable.pull()
    for person in (alice, bob):
        person.wait_for_people(0)
    alice.send("can you hear me?")
    bob.send("is this thing on?")
    alice.wait_for_texts("can you hear me?")
    bob.wait_for_texts("is this thing on?")
    cable.plug()
    alice.wait_for_texts("is this thing on?")
    bob.wait_for_texts("can you hear me?")
    for person in (alice, bob):
        person.wait_for_people(1)
    assert len(alice.texts) == len(bob.texts) == 3


def test_another_address_is_used_while_the_program_runs(network: Network, programs: Programs) -> None:
    switch = network.switch()
    first, second, third = network.host(), network.host(), network.host()
    cable = network.join(first, switch, "10.7.0.1/24")
    network.join(second, switch, "10.7.0.2/24")
    network.join(third, switch, "10.8.0.3/24")
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    carol = programs.start("carol", "--json", prefix=third.prefix)
    alice.wait_for_people(1)
    alice.send("from the old address")
    bob.wait_for_texts("from the old address")
    cable.readdress("10.8.0.1/24")
    carol.wait_for_people(1)
    carol.wait_for_texts("from the old address")
    carol.send("welcome")
    alice.wait_for_texts("welcome")


def test_those_whom_an_access_point_keeps_apart_talk_through_one_whom_both_reach(
    network: Network, programs: Programs
) -> None:
    switch = network.switch()
    hosts = [network.host() for _ in range(3)]
    cables = [network.join(host, switch, f"10.7.0.{number}/24") for number, host in enumerate(hosts, 1)]
    for cable in cables[1:]:
        cable.isolate()
    alice, bob, carol = (
        programs.start(nickname, "--json", prefix=host.prefix)
        for nickname, host in zip(("alice", "bob", "carol"), hosts, strict=True)
    )
    alice.wait_for_people(2)
    bob.send("can carol hear me?")
    carol.wait_for_texts("can carol hear me?")
    carol.send("she can")
    bob.wait_for_texts("she can")


def test_those_who_hear_no_beacons_of_each_other_are_linked_by_one_whom_both_know(
    network: Network, programs: Programs
) -> None:
    switch = network.switch()
    hosts = [network.host() for _ in range(3)]
    cables = [network.join(host, switch, f"10.7.0.{number}/24") for number, host in enumerate(hosts, 1)]
    alice = programs.start("alice", "--json", "--no-discovery", prefix=hosts[0].prefix)
    alice.wait_for_error(", port ")
    bob, carol = (
        programs.start(
            nickname, "--json", "--no-discovery", "--peer", f"{cables[0].address}:{alice.port}", prefix=host.prefix
        )
        for nickname, host in zip(("bob", "carol"), hosts[1:], strict=True)
    )
    for person in (alice, bob, carol):
        person.wait_for_people(2)
    alice.kill()
    for person in (bob, carol):
        person.wait_for_people(1)
    bob.send("without alice")
    carol.wait_for_texts("without alice")


def _talking(network: Network, programs: Programs) -> tuple[Program, Program, Cable]:
    """Two on hosts of their own who have met and talked, and the cable of the second one."""
    switch, first, second = network.switch(), network.host(), network.host()
    network.join(first, switch, "10.7.0.1/24")
    cable = network.join(second, switch, "10.7.0.2/24")
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    alice.wait_for_people(1)
    bob.wait_for_people(1)
    alice.send("all is well")
    bob.wait_for_texts("all is well")
    return alice, bob, cable
