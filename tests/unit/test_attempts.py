"""What one who is alone reads of what is being tried."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from multichat.advice import findings_of
from multichat.model.attempts import attempts
from multifeed.net.diagnosis import Diagnosis, Dialled, Door
from multifeed.net.interfaces import InterfaceAddress, LinkLocalInterface
from multifeed.net.outcome import Outcome
from multifeed.net.sightings import Network

DOOR = Door(27_272, came_in=0)
NO_ANSWER = "10.0.0.7:27272 does not answer"


def network(address: str, interface: str = "eth0", *, sent: int = 3, heard: int = 3, broadcast: bool = True) -> Network:
    around = IPv4Network(f"{address}/24", strict=False)
    there = around.broadcast_address if broadcast else None
    return Network(InterfaceAddress(interface, IPv4Address(address), around, there), sent=sent, own_heard=heard)


def dialled(number: int, outcome: Outcome | None = Outcome.NO_ANSWER, *, by_hand: bool = False) -> Dialled:
    return Dialled((f"10.0.0.{number}", 27_272), by_hand, outcome)


def tried(diagnosis: Diagnosis) -> list[str]:
    return attempts(findings_of(diagnosis))


LOOPBACK = network("127.0.0.1", "lo", sent=9, heard=9)
ETHERNET = network("10.0.0.1")


def test_beacons_are_counted_by_the_networks_they_leave_by() -> None:
    assert tried(Diagnosis(DOOR, [LOOPBACK, network("10.0.0.1", sent=1, heard=1)])) == ["1 beacon sent on eth0"]
    both = [ETHERNET, Network(LinkLocalInterface("eth0", 2), sent=2, own_heard=2), network("10.1.0.1", "wlan0")]
    assert tried(Diagnosis(DOOR, both)) == ["8 beacons sent on eth0 and wlan0"]
    many = [network(f"10.{number}.0.1", f"eth{number}") for number in range(5)]
    assert tried(Diagnosis(DOOR, many)) == ["15 beacons sent on eth0 and 4 more"]


def test_where_there_is_nothing_but_this_machine_by_choice_its_own_beacons_count() -> None:
    assert attempts(findings_of(Diagnosis(DOOR, [LOOPBACK]), only_loopback=True)) == ["9 beacons sent on lo"]


def test_a_network_that_fails_is_not_said_beside_one_that_works() -> None:
    broken = network("10.1.0.1", "wlan0", heard=0)
    assert tried(Diagnosis(DOOR, [broken, ETHERNET])) == ["3 beacons sent on eth0"]
    assert tried(Diagnosis(DOOR, [broken])) == ["wlan0 10.1.0.1: what is sent is not heard back"]


@pytest.mark.parametrize(
    ("diagnosis", "said"),
    [
        (Diagnosis(DOOR, [LOOPBACK]), "This machine has no network but itself"),
        (Diagnosis(DOOR, [], has_discovery=False), "Nobody is looked for: started with --no-discovery"),
        (Diagnosis(DOOR, [], [], "UDP port 27272 is taken"), "UDP port 27272 is taken"),
        (Diagnosis(DOOR, [network("10.0.0.1", sent=0, broadcast=False)]), "eth0 10.0.0.1: has no broadcast"),
    ],
    ids=["no network", "no discovery", "no port", "no broadcast"],
)
def test_where_no_beacon_leaves_one_reads_why(diagnosis: Diagnosis, said: str) -> None:
    assert tried(diagnosis) == [said]


def test_who_is_dialled_comes_second_and_those_named_by_hand_before_others() -> None:
    assert tried(Diagnosis(DOOR, [ETHERNET], [dialled(7)]))[1:] == [NO_ANSWER]
    two = [dialled(3, Outcome.REFUSED), dialled(7, by_hand=True)]
    assert tried(Diagnosis(DOOR, [ETHERNET], two))[1:] == [f"{NO_ANSWER}; 1 more is dialled"]
    three = [dialled(7, None), dialled(8), dialled(9)]
    assert tried(Diagnosis(DOOR, [ETHERNET], three))[1:] == ["10.0.0.7:27272 is being tried; 2 more are dialled"]


def test_who_was_met_and_has_left_is_not_told_of_to_one_who_is_alone() -> None:
    assert tried(Diagnosis(DOOR, [ETHERNET], [dialled(7, Outcome.MET)])) == ["3 beacons sent on eth0"]


def test_programs_of_other_rooms_are_told_of_while_nobody_is_dialled() -> None:
    beside_others = network("10.0.0.1")
    beside_others.foreign_hosts.update({"10.0.0.8", "10.0.0.9"})
    alone = Diagnosis(DOOR, [beside_others])
    assert tried(alone)[1:] == ["2 hosts are heard, in other rooms only"]
    assert tried(Diagnosis(DOOR, [beside_others], [dialled(7)]))[1:] == [NO_ANSWER]


def test_before_anything_is_known_nothing_is_said() -> None:
    assert attempts([]) == []
