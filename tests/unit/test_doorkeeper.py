"""Who has to go when more members of the room come than there are places."""

from dataclasses import dataclass
from typing import cast

import pytest

from multifeed.net.addresses import Address
from multifeed.net.doorkeeper import Doorkeeper
from multifeed.net.link import Link


@dataclass(eq=False)
class _Member:
    remote_host: str
    made_at_s: float = 0.0
    address: Address | None = None


def _who_goes(newcomer: _Member, members: list[_Member], *, is_full: bool = True) -> object:
    keeper = Doorkeeper(())
    return keeper.who_goes(cast("Link", newcomer), cast("list[Link]", members), is_full=is_full)


def test_where_there_is_room_nobody_has_to_go() -> None:
    members = [_Member("10.0.0.1") for _ in range(40)]
    assert _who_goes(_Member("10.0.0.1"), members, is_full=False) is None


def test_from_a_host_that_has_most_places_a_newcomer_is_turned_away() -> None:
    members = [_Member("10.0.0.1") for _ in range(40)]
    newcomer = _Member("10.0.0.1")
    assert _who_goes(newcomer, members) is newcomer


def test_a_newcomer_from_elsewhere_takes_the_last_place_of_the_host_that_has_most() -> None:
    members = [_Member("10.0.0.1", number) for number in range(40)] + [_Member("10.0.0.2", 100.0)]
    assert _who_goes(_Member("10.0.0.3"), members) is members[39]


def test_where_every_host_has_one_place_the_newcomer_is_turned_away() -> None:
    members = [_Member(f"10.0.0.{number}") for number in range(40)]
    newcomer = _Member("10.0.1.1")
    assert _who_goes(newcomer, members) is newcomer


def test_links_that_we_dialled_are_given_to_nobody() -> None:
    dialled = Address(("10.0.0.1", 1), by_hand=False)
    members = [_Member("10.0.0.1", number, dialled) for number in range(40)]
    newcomer = _Member("10.0.0.2")
    assert _who_goes(newcomer, members) is newcomer


@pytest.mark.parametrize("count", [2, 3, 10])
def test_two_hosts_that_compete_come_to_rest(count: int) -> None:
    """Nobody who is sent away comes back and sends away another for ever."""
    members = [_Member("10.0.0.1", number) for number in range(count)]
    changes = 0
    for number in range(10 * count):
        newcomer = _Member("10.0.0.2" if number % 2 else "10.0.0.1", 1000 + number)
        leaver = _who_goes(newcomer, members)
        if leaver is not newcomer:
            members.remove(cast("_Member", leaver))
            members.append(newcomer)
            changes += 1
    assert changes == count // 2
