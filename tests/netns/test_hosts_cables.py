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
