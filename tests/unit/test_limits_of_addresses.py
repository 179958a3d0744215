"""Addresses and datagrams from anyone on the network: how many are remembered, and how often one is dialled."""

import asyncio
from dataclasses import replace
from random import Random

import pytest

from multifeed import limits
from multifeed.net.addresses import Address, AddressBook
from multifeed.net.discovery import Discovery
from multifeed.net.options import HostPort
from multifeed.net.outcome import Outcome
from multifeed.net.schedule import BeaconSchedule
from multifeed.protocol.beacon import NONCE_LENGTH_BYTES, Beacon, BeaconBox

_BY_HAND = ("by-hand.example", 1)
_HEARD = ("192.0.2.1", 1)
_SOMEBODY = b"i" * 16


def _instance_id(number: int) -> bytes:
    return number.to_bytes(16)


def _host_port(number: int) -> HostPort:
    return f"192.0.2.{number % 256}", 1 + number // 256


def _failed(book: AddressBook, times: int) -> Address:
    """The only address of a book, after so many dials in vain."""
    (address,) = book._addresses.values()
    for _ in range(times):
        book.failed(address, 0.0)
    return address


# --- how many ---


def test_no_more_addresses_are_remembered_than_there_may_be_and_the_newest_are_kept() -> None:
    book = AddressBook()
    for number in range(limits.ADDRESSES_MAX):
        book.heard(_host_port(number), _instance_id(number), 0.0)
    assert len(book._addresses) == limits.ADDRESSES_MAX
    book.heard(_host_port(limits.ADDRESSES_MAX), _instance_id(limits.ADDRESSES_MAX), 0.0)
    assert book.known() == {_instance_id(number) for number in range(1, limits.ADDRESSES_MAX + 1)}


def test_addresses_given_by_hand_or_in_use_are_never_pushed_out() -> None:
    book = AddressBook()
    book.heard(_HEARD, _SOMEBODY, 0.0)
    assert book.due(0.0, ()) is not None
    book.add_by_hand(_BY_HAND)
    for number in range(2 * limits.ADDRESSES_MAX):
        book.heard(_host_port(number + 2), _instance_id(number), 0.0)
    assert len(book._addresses) == limits.ADDRESSES_MAX
    assert {_BY_HAND, _HEARD} <= book._addresses.keys()


def test_with_as_many_given_by_hand_as_there_may_be_there_is_still_room_for_one_that_is_heard() -> None:
    book = AddressBook()
    for number in range(limits.ADDRESSES_MAX):
        book.add_by_hand((f"{number}.example", 1))
    for number in range(10):
        book.heard(_host_port(number), _instance_id(number), 0.0)
    assert book.known() == {_instance_id(9)}
    assert len(book._addresses) == limits.ADDRESSES_MAX + 1


# --- how often ---


def test_an_address_that_has_failed_too_often_rests_until_it_is_heard_of_again_and_then_a_while() -> None:
    book = AddressBook()
    book.heard(_HEARD, _SOMEBODY, 0.0)
    address = _failed(book, limits.DIAL_FAILURES_MAX - 1)
    # Somebody who may be gone for long makes no crowd, and is tried some times more.
    assert book.known() == set()
    assert book.next_due_s((), wanted=()) is not None
    book.failed(address, 0.0)
    assert book.next_due_s(()) is None
    book.heard(_HEARD, _SOMEBODY, 7.0)
    due_s = book.next_due_s(())
    assert due_s is not None
    assert limits.DIAL_BACKOFF_MAX_S / 2 <= due_s <= limits.DIAL_BACKOFF_MAX_S
    # Whoever repeats an announcement for ever makes us dial no more often.
    book.failed(address, due_s)
    for _ in range(100):
        book.heard(_HEARD, _SOMEBODY, due_s)
    again_s = book.next_due_s(())
    assert again_s is not None
    assert again_s >= due_s + limits.DIAL_BACKOFF_MAX_S / 2


def test_an_address_given_by_hand_is_tried_for_ever() -> None:
    book = AddressBook()
    book.add_by_hand(_BY_HAND)
    _failed(book, 5 * limits.DIAL_FAILURES_MAX)
    assert book.due(limits.DIAL_BACKOFF_MAX_S, ()) is not None


# As often as somebody who is away for a month is tried.
@pytest.mark.parametrize("failures", [1, 2, 3, 7, 8, 100, 1024, 1025, 100_000])
def test_an_address_that_fails_waits_twice_as_long_each_time_up_to_a_bound(failures: int) -> None:
    book = AddressBook()
    book.add_by_hand(_BY_HAND)
    (address,) = book._addresses.values()
    address.failures = failures - 1
    book.failed(address, 1000.0)
    doublings = min(failures - 1, 20)
    backoff_s = min(limits.DIAL_BACKOFF_MIN_S * 2**doublings, limits.DIAL_BACKOFF_MAX_S)
    assert 1000 + backoff_s / 2 <= address.due_s <= 1000 + backoff_s
    assert book.next_due_s(()) == address.due_s
    assert book.due(1000.0, ()) is None


def test_a_link_that_was_lost_is_dialled_within_the_shortest_wait_and_one_that_failed_is_not_hastened() -> None:
    book = AddressBook()
    book.heard(_HEARD, _SOMEBODY, 0.0)
    book.lost(_SOMEBODY, 1000.0)
    (address,) = book._addresses.values()
    assert 1000 <= address.due_s <= 1000 + limits.DIAL_BACKOFF_MIN_S
    book.failed(address, 1000.0)
    due_s = address.due_s
    book.lost(_SOMEBODY, 1000.0)
    assert address.due_s == due_s


# --- datagrams ---


class _Hearing:
    """Discovery without a socket, and the beacons that it makes of datagrams."""

    def __init__(self) -> None:
        self.heard: list[Beacon] = []
        self.left: list[Beacon] = []
        self.box = BeaconBox(b"k" * 32)
        self.discovery = Discovery(
            b"k" * 32,
            own_id=_instance_id(0),
            interfaces=(),
            make_beacon=lambda time_s: _beacon(0, time_s),
            listener=self,
        )
        self.schedule = BeaconSchedule(Random(1), asyncio.get_running_loop().time())
        self.discovery._schedule = self.schedule

    def beacon_heard(self, beacon: Beacon, host: str) -> None:
        del host
        self.heard.append(beacon)

    def beacon_of_leaving(self, beacon: Beacon) -> None:
        self.left.append(beacon)

    def network_works(self, works: bool) -> None: ...  # noqa: FBT001 (as it is called)

    def network_changed(self) -> None: ...

    def receive(self, datagram: bytes) -> None:
        self.discovery.datagram_received(datagram, ("192.0.2.1", 27_272))

    def receive_beacon(self, number: int, *, is_leaving: bool = False) -> None:
        """A beacon of somebody comes in."""
        beacon = replace(_beacon(number), is_leaving=is_leaving)
        self.receive(self.box.seal(beacon, number.to_bytes(NONCE_LENGTH_BYTES)))


def _beacon(number: int, time_s: int = 0) -> Beacon:
    return Beacon(_instance_id(number), 1, time_s, b"d" * 16)


async def test_a_datagram_longer_than_the_limit_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    hearing = _Hearing()
    beacon = _beacon(1, time_s=1 << 40)
    datagram = hearing.box.seal(beacon, bytes(NONCE_LENGTH_BYTES))
    assert len(datagram) <= limits.DATAGRAM_LENGTH_MAX_BYTES
    # No beacon is as long as the limit: the limit comes to the beacon.
    monkeypatch.setattr(limits, "DATAGRAM_LENGTH_MAX_BYTES", len(datagram) - 1)
    hearing.receive(datagram)
    assert hearing.heard == []
    monkeypatch.setattr(limits, "DATAGRAM_LENGTH_MAX_BYTES", len(datagram))
    hearing.receive(datagram)
    assert hearing.heard == [beacon]
    hearing.discovery.close()


async def test_however_many_newcomers_there_are_they_are_not_all_remembered() -> None:
    hearing = _Hearing()
    for number in range(1, limits.ADDRESSES_MAX + 100):
        hearing.receive_beacon(number)
    assert hearing.schedule.crowd == limits.ADDRESSES_MAX
    assert len(hearing.heard) == limits.ADDRESSES_MAX + 99
    hearing.discovery.close()


async def test_our_own_beacon_is_not_heard_and_who_leaves_is_told_of() -> None:
    hearing = _Hearing()
    for number in (0, 1, 2):
        hearing.receive_beacon(number)
    hearing.receive_beacon(2, is_leaving=True)
    assert [beacon.instance_id for beacon in hearing.heard] == [_instance_id(1), _instance_id(2)]
    assert [beacon.instance_id for beacon in hearing.left] == [_instance_id(2)]
    assert hearing.schedule.crowd == 1
    hearing.discovery.close()


def test_where_somebody_has_left_nobody_is_looked_for_unless_it_was_given_by_hand() -> None:
    book = AddressBook()
    book.heard(_HEARD, _SOMEBODY, 0.0)
    book.add_by_hand(_BY_HAND)
    book._addresses[_BY_HAND].instance_id = _SOMEBODY
    book.left(_SOMEBODY)
    assert set(book._addresses) == {_BY_HAND}


def test_on_another_network_what_failed_before_is_tried_at_once() -> None:
    book = AddressBook()
    book.add_by_hand(_BY_HAND)
    _failed(book, 20)
    assert book.next_due_s(()) is not None
    assert book.due(1.0, ()) is None
    book.forget_failures(1.0)
    assert book.due(1.0, ()) is not None


def test_announcements_of_those_who_are_long_gone_make_no_crowd() -> None:
    """Recorded once, sent again for ever: a room of three stays one in which everybody is linked with everybody."""
    book = AddressBook()
    for number in range(500):
        book.heard(("10.0.0.9", 1_000 + number), number.to_bytes(16), 0.0)
    assert len(book.known()) == limits.UNPROVEN_PER_HOST_MAX
    book.heard(("10.0.0.2", 5), _SOMEBODY, 0.0)
    assert _SOMEBODY in book.known()
    while (address := book.due(1.0, (), wanted=book.known())) is not None:
        book.ended(address)
        book.failed(address, 1.0)
    assert book.known() == set()


def test_who_was_met_counts_however_many_are_on_one_host() -> None:
    book = AddressBook()
    for number in range(50):
        book.heard(("10.0.0.9", 1_000 + number), number.to_bytes(16), 0.0)
    for address in book:
        address.outcome = Outcome.MET
    assert len(book.known()) == 50


def test_those_that_have_not_failed_are_dialled_first() -> None:
    book = AddressBook()
    for number in range(20):
        book.heard((f"10.0.0.{number}", 5), number.to_bytes(16), 0.0)
    for address in list(book)[:19]:
        book.failed(address, 0.0)
    due = book.due(100.0, ())
    assert due is not None
    assert due.failures == 0
