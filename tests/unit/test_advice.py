"""What a look at the network means, in words."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from multichat.advice import findings_of
from multifeed.net.diagnosis import Diagnosis, Dialled, Door
from multifeed.net.interfaces import InterfaceAddress, LinkLocalInterface
from multifeed.net.outcome import Outcome
from multifeed.net.sightings import Network

DOOR = Door(27_272)


def _network(address: str = "10.0.0.1", *, broadcast: bool = True) -> Network:
    network = IPv4Network(f"{address}/24", strict=False)
    there = network.broadcast_address if broadcast else None
    return Network(InterfaceAddress("eth0", IPv4Address(address), network, there), sent=3)


def _said(diagnosis: Diagnosis) -> str:
    return "\n".join(map(str, findings_of(diagnosis)))


def _problems(diagnosis: Diagnosis) -> set[str]:
    return {finding.kind for finding in findings_of(diagnosis) if finding.is_problem}


def test_beacons_that_do_not_come_back_mean_a_firewall_here() -> None:
    assert "a firewall on this machine" in _said(Diagnosis(DOOR, [_network()]))
    network = _network()
    network.own_heard = 1
    assert "a firewall on this machine" not in _said(Diagnosis(DOOR, [network]))


def test_a_network_that_nothing_leaves_by_is_said_with_the_systems_words() -> None:
    network = _network()
    network.error = "Network is unreachable"
    diagnosis = Diagnosis(DOOR, [network])
    assert "nothing can be sent: Network is unreachable" in _said(diagnosis)
    assert "network" in _problems(diagnosis)


def test_an_address_without_broadcast_is_for_peers_given_by_hand() -> None:
    assert "with --peer HOST" in _said(Diagnosis(DOOR, [_network(broadcast=False)]))


def test_without_any_network_that_is_what_is_said() -> None:
    assert "no network but itself" in _said(Diagnosis(DOOR, [_network("127.0.0.1")]))
    assert "no network but itself" in _said(Diagnosis(DOOR, []))


def test_with_ipv6_alone_nobody_is_told_to_connect_to_a_network() -> None:
    alone = Network(LinkLocalInterface("eth0", 2), sent=2, own_heard=2)
    said = _said(Diagnosis(DOOR, [_network("127.0.0.1"), alone]))
    assert "eth0 IPv6: sends and hears" in said
    assert "no network but itself" not in said


def test_a_discovery_port_that_is_taken_is_said() -> None:
    diagnosis = Diagnosis(DOOR, [_network()], discovery_error="cannot listen on UDP port 27272")
    assert "until then connect by hand" in _said(diagnosis)
    assert "discovery" in _problems(diagnosis)


def test_a_port_that_is_taken_is_no_problem_and_is_said() -> None:
    diagnosis = Diagnosis(Door(5, error="in use by another program"), [_network()])
    assert "TCP port 5 cannot be opened here: in use by another program" in _said(diagnosis)
    assert "port" not in _problems(diagnosis)


def test_a_running_program_that_nobody_came_to_says_which_port_to_allow() -> None:
    assert "allow TCP port 5" in _said(Diagnosis(Door(5, came_in=0), [_network()]))
    said = _said(Diagnosis(Door(5, came_in=2), [_network()]))
    assert "2 came in" in said
    assert "allow TCP port" not in said


@pytest.mark.parametrize(
    ("ahead_s", "words"),
    [
        ([3600], "1 hour behind the other's; one of the two is wrong"),
        ([-7200, -7300, 0], "2 hours ahead of most others'; set it"),
        ([100, 2], "agrees with the others'"),
        ([90, 95, 100], "1 minute 35 seconds behind most others'; set it"),
    ],
)
def test_a_clock_that_differs_from_most_is_said_to_be_wrong(ahead_s: list[int], words: str) -> None:
    assert words in _said(Diagnosis(DOOR, [_network()], clocks_ahead_s=ahead_s))


def test_a_clock_is_a_problem_from_where_on_messages_wait() -> None:
    assert "clock" not in _problems(Diagnosis(DOOR, [_network()], clocks_ahead_s=[299, 299]))
    assert "clock" in _problems(Diagnosis(DOOR, [_network()], clocks_ahead_s=[301, 301]))


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_whatever_came_of_dialling_is_said(outcome: Outcome | None) -> None:
    diagnosis = Diagnosis(DOOR, [_network()], [Dialled(("10.0.0.2", 7), True, outcome, agent="\x1b[31mx")])
    said = _said(diagnosis)
    assert "10.0.0.2:7 " in said
    assert "\x1b" not in said
    assert ("nobody of this room was met" in said) == (outcome is not Outcome.MET)
    assert ("peer" in _problems(diagnosis)) == (outcome not in (None, Outcome.MET))


def test_the_figures_behind_a_finding_are_there_for_programs() -> None:
    network = _network()
    network.foreign_hosts.add("10.0.0.9")
    network.heard.add(b"somebody")
    (finding,) = (it for it in findings_of(Diagnosis(DOOR, [network])) if it.kind == "network")
    assert finding.facts == {
        "interface": "eth0",
        "address": "10.0.0.1",
        "sent": 3,
        "error": "",
        "own_heard": 0,
        "of_this_room": 1,
        "hosts_of_other_rooms": 1,
    }
