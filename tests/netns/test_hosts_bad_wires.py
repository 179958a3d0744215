"""Hosts on wires that are slow and lose part of what they carry."""

import time
from typing import Final

from tests.helpers.hosts import Network
from tests.helpers.program import Program, Programs
from tests.helpers.wire import Wire

_COUNT: Final = 200
_BAD: Final = Wire(delay_s=0.1, loss=0.05, seed=1)
_HARDLY_OF_USE: Final = Wire(delay_s=0.3, loss=0.1, seed=1)


def test_what_two_say_in_a_burst_over_a_bad_wire_is_heard_whole_and_once(network: Network, programs: Programs) -> None:
    people = _met(network, programs, _BAD)
    said = {person.arguments[0]: [f"{person.arguments[0]} says {n}" for n in range(_COUNT)] for person in people}
    for person in people:
        person.send(*said[person.arguments[0]])
    for person in people:
        person.wait_for_texts(*(text for texts in said.values() for text in texts))
    # Whatever comes twice has come by the time that something later has.
    for person in people:
        last_words = f"{person.arguments[0]} has said all"
        said[person.arguments[0]].append(last_words)
        person.send(last_words)
    for person in people:
        person.wait_for_texts(*(texts[-1] for texts in said.values()))
        assert _heard(person) == said


def test_over_a_wire_that_is_hardly_of_use_two_find_each_other_and_talk(network: Network, programs: Programs) -> None:
    alice, bob = _met(network, programs, _HARDLY_OF_USE)
    start_s = time.monotonic()
    alice.send("can you hear me?")
    bob.wait_for_texts("can you hear me?")
    bob.send("hardly")
    alice.wait_for_texts("hardly")
    assert time.monotonic() - start_s >= 2 * _HARDLY_OF_USE.delay_s
    for person in (alice, bob):
        person.wait_for_just("can you hear me?", "hardly")


def _met(network: Network, programs: Programs, wire: Wire) -> tuple[Program, Program]:
    """Two who have found each other; all that goes to or from the first one goes over `wire`."""
    switch, first, second = network.switch(), network.host(), network.host()
    network.join(first, switch, "10.7.0.1/24", wire=wire)
    network.join(second, switch, "10.7.0.2/24")
    alice = programs.start("alice", "--json", prefix=first.prefix)
    bob = programs.start("bob", "--json", prefix=second.prefix)
    alice.wait_for_people(1)
    bob.wait_for_people(1)
    return alice, bob


def _heard(person: Program) -> dict[str, list[str]]:
    """What each has said, as its author ordered it: of what is fetched late, the newest comes first."""
    heard: dict[str, list[str]] = {}
    for message in sorted(person.messages, key=lambda message: message["seq"]):
        heard.setdefault(message["nickname"], []).append(message["text"])
    return heard
