"""Two of ours on a link as JavaScript peers have it."""

import random
from collections.abc import Iterator

import pytest

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")

from multifeed import Feed, Multifeed, limits
from multifeed.hypercore9.intake import Intake
from multifeed.hypercore9.peer import Policy
from tests.helpers.feeds import copy_range, key_pair, numbered_blocks, open_multifeeds, written
from tests.helpers.js_pair import End, Wire, offers_all, values

Stores = list[Multifeed]


@pytest.fixture
def stores() -> Iterator[Stores]:
    with open_multifeeds(3) as multis:
        yield multis


def _wire(one: Multifeed, other: Multifeed, seed: int = 0) -> Wire:
    return Wire(End(one, initiator=True, seed=seed + 1), End(other, initiator=False, seed=seed + 2), seed)


def _assert_open(wire: Wire) -> None:
    assert [(end.peer.is_closed, end.peer.reason) for end in wire.ends] == [(False, "")] * 2


@pytest.mark.parametrize("seed", range(12))
def test_whatever_both_hold_both_have_at_the_end(stores: Stores, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(4):
        written(stores[number % 2], number, numbered_blocks(chance.choice((0, 1, 2, 63, 64, 65, 200, 300))))
    wire = _wire(stores[0], stores[1], seed)
    wire.run()

    _assert_open(wire)
    assert {key: blocks for key, blocks in values(stores[0].feeds()).items() if blocks} == {
        key: blocks for key, blocks in values(stores[1].feeds()).items() if blocks
    }


@pytest.mark.parametrize("seed", range(8))
def test_what_is_written_while_blocks_are_on_their_way_arrives_too(stores: Stores, seed: int) -> None:
    chance = random.Random(seed)
    feed = written(stores[0], 0, numbered_blocks(chance.randrange(1, 300)))
    wire = _wire(stores[0], stores[1], seed)
    for _ in range(20):
        wire.run(until=lambda: chance.random() < 0.2)
        feed.extend(numbered_blocks(chance.choice((1, 1, 5, 100)), "more"))
    wire.run()

    _assert_open(wire)
    assert values(stores[1].feeds()) == values([feed])


@pytest.mark.parametrize("seed", range(8))
def test_of_a_feed_with_holes_what_there_is_arrives(stores: Stores, seed: int) -> None:
    chance = random.Random(seed)
    source = written(stores[2], 0, numbered_blocks(400))
    middle = stores[0].add(source.key)
    copy_range(source, middle, 390, 400)
    for _ in range(5):
        start = chance.randrange(390)
        copy_range(source, middle, start, min(start + chance.randrange(1, 60), 400))
    wire = _wire(stores[0], stores[1], seed)
    wire.run()
    copy = stores[1].feed(source.key)

    _assert_open(wire)
    assert copy is not None
    assert copy.held == middle.held
    copy_range(source, middle, 0, 390)
    wire.run()
    assert copy.held.covers(0, 400)


def test_the_newest_blocks_come_first(stores: Stores) -> None:
    source = written(stores[0], 0, numbered_blocks(2000))
    firsts: list[int] = []
    stores[1].listen(lambda _feed, start, _end: firsts.append(start))
    wire = _wire(stores[0], stores[1])
    wire.run()

    assert firsts[0] == source.length - 1
    assert firsts[1:] == sorted(firsts[1:], reverse=True)


def test_a_feed_that_is_blocked_here_is_neither_taken_nor_given(stores: Stores) -> None:
    mine, theirs = written(stores[0], 0, numbered_blocks(5)), written(stores[1], 1, numbered_blocks(5))
    stores[0].block(theirs.key)
    wire = _wire(stores[0], stores[1])
    wire.run()

    assert stores[0].feed(theirs.key) is None
    assert values([stores[1].add(mine.key)]) == values([mine])


def test_a_feed_that_is_blocked_later_is_left_alone_from_then_on(stores: Stores) -> None:
    theirs = written(stores[1], 1, numbered_blocks(5))
    wire = _wire(stores[0], stores[1])
    wire.run()
    stores[0].block(theirs.key)
    theirs.extend(numbered_blocks(5))
    wire.run()
    copy = stores[0].feed(theirs.key)

    _assert_open(wire)
    assert copy is not None
    assert copy.length == 5


def test_a_feed_that_is_unblocked_again_goes_on_where_it_was(stores: Stores) -> None:
    theirs = written(stores[1], 1, numbered_blocks(5))
    wire = _wire(stores[0], stores[1])
    wire.run()
    stores[0].block(theirs.key)
    theirs.extend(numbered_blocks(5))
    wire.run()
    stores[0].unblock(theirs.key)
    wire.run()

    _assert_open(wire)
    assert values(stores[0].feeds()) == values([theirs])


def test_a_feed_that_was_blocked_when_it_was_offered_comes_once_it_is_not(stores: Stores) -> None:
    theirs = written(stores[1], 1, numbered_blocks(5))
    stores[0].block(theirs.key)
    wire = _wire(stores[0], stores[1])
    wire.run()
    stores[0].unblock(theirs.key)
    wire.run()

    _assert_open(wire)
    assert values(stores[0].feeds()) == values([theirs])


def test_a_feed_that_is_for_them_no_more_is_given_no_further(stores: Stores) -> None:
    is_for_them = True
    feed = written(stores[0], 0, numbered_blocks(5))
    one = End(stores[0], initiator=True, seed=1, policy=Policy(lambda _feed: is_for_them))
    wire = Wire(one, End(stores[1], initiator=False, seed=2))
    wire.run()
    is_for_them = False
    feed.extend(numbered_blocks(5))
    wire.run()
    copy = stores[1].feed(feed.key)

    _assert_open(wire)
    assert copy is not None
    assert copy.length == 5


def test_who_writes_hears_how_much_of_it_the_other_side_holds(stores: Stores) -> None:
    told: list[int] = []
    feed = written(stores[0], 0, numbered_blocks(100))
    policy = Policy(offers_all, on_held=lambda _key, theirs: told.append(theirs.size))
    one = End(stores[0], initiator=True, seed=1, policy=policy)
    wire = Wire(one, End(stores[1], initiator=False, seed=2))
    wire.run()

    assert values(stores[1].feeds()) == values([feed])
    assert told[-1] == 100


def _run(wires: list[Wire], chance: random.Random, rounds: int = 20_000) -> None:
    """All wires at once, in any order, until nothing moves on any of them."""
    for _ in range(rounds):
        chance.shuffle(wires)
        for wire in wires:
            wire.step(*chance.choice((wire.ends, wire.ends[::-1])))
        moved = [wire.step(*ends) for wire in wires for ends in (wire.ends, wire.ends[::-1])]
        if not any(moved):
            return
    raise AssertionError("it never comes to rest")


def test_two_who_have_the_same_are_not_asked_for_it_twice(stores: Stores) -> None:
    feed = written(stores[0], 0, numbered_blocks(600))
    copy_range(feed, stores[1].add(feed.key), 0, 600)
    intake = Intake(stores[2])
    stored: list[int] = []
    stores[2].listen(lambda _feed, start, end: stored.append(end - start))
    wires = []
    for number in range(2):
        one = End(stores[2], initiator=True, seed=number, intake=intake)
        wires.append(Wire(one, End(stores[number], initiator=False, seed=number + 5), number))
    _run(wires, random.Random(1))
    copy = stores[2].feed(feed.key)

    assert copy is not None
    assert copy.held.covers(0, 600)
    assert sum(stored) == 600


@pytest.mark.parametrize("seed", range(8))
def test_all_around_a_hub_have_the_same_at_the_end_whatever_moves_meanwhile(seed: int) -> None:
    chance = random.Random(seed)
    with open_multifeeds(5) as (hub, *spokes, native):
        intake = Intake(hub)
        feeds = [written(multi, number, numbered_blocks(chance.randrange(150))) for number, multi in enumerate(spokes)]
        feeds.append(written(native, 9, numbered_blocks(30)))
        wires = []
        for number, multi in enumerate(spokes):
            at_hub = End(hub, initiator=True, seed=2 * number, intake=intake)
            wires.append(Wire(at_hub, End(multi, initiator=False, seed=2 * number + 1), seed + number))
        for _ in range(60):
            for _ in range(chance.randrange(30)):
                wire = chance.choice(wires)
                wire.step(*chance.choice((wire.ends, wire.ends[::-1])))
            feed = chance.choice(feeds)
            feed.extend(numbered_blocks(chance.choice((1, 2, 40)), "more"))
            _copy_some(chance.choice(feeds), chance.choice((hub, hub, *spokes)), chance)
        _copy_some(feeds[-1], hub, chance, whole=True)
        _run(wires, chance)

        for wire in wires:
            _assert_open(wire)
        expected = values(feeds)
        assert [values(multi.feeds()) == expected for multi in (hub, *spokes)] == [True] * 4


def _copy_some(feed: Feed, multi: Multifeed, chance: random.Random, *, whole: bool = False) -> None:
    """What comes to a store over links of another kind."""
    copy = multi.candidate(feed.key)
    if copy is feed or copy.writable or not feed.length:
        return
    start = 0 if whole else chance.randrange(feed.length)
    copy_range(feed, copy, start, feed.length)


def test_a_writer_who_lost_the_end_of_its_own_feed_gets_it_back(stores: Stores) -> None:
    whole = written(stores[0], 0, numbered_blocks(90))
    restored = written(stores[1], 0, numbered_blocks(40))
    wire = _wire(stores[0], stores[1])
    wire.run()

    assert values([restored]) == values([whole])


def test_of_a_feed_with_two_histories_nothing_is_lost_but_that_feed(stores: Stores) -> None:
    written(stores[0], 0, numbered_blocks(90))
    ours = written(stores[1], 0, numbered_blocks(40, "other"))
    other = written(stores[0], 1, numbered_blocks(20))
    wire = _wire(stores[0], stores[1])
    wire.run()

    _assert_open(wire)
    assert ours.conflict is not None
    assert ours.length == 40
    assert values([stores[1].add(other.key)]) == values([other])


def test_a_link_on_which_nothing_is_said_is_kept_and_one_that_is_dead_is_given_up(stores: Stores) -> None:
    written(stores[0], 0, numbered_blocks(3))
    wire = _wire(stores[0], stores[1])
    wire.run()
    wire.wait(100.0)
    _assert_open(wire)
    one, _ = wire.ends
    one.peer.handle_timeout(wire.now_s + 30.0)

    assert one.peer.is_closed
    assert one.peer.reason == "nothing was heard of the peer any more"


def test_whoever_does_not_know_the_key_is_told_so_and_gets_nothing(stores: Stores) -> None:
    written(stores[0], 0, numbered_blocks(3))
    one = End(stores[0], initiator=True, seed=1)
    other = End(stores[1], initiator=False, seed=2, room_key=bytes(32))
    Wire(one, other).run()

    assert one.peer.reason == other.peer.reason == "the peer has another key for the room"
    assert stores[1].feeds() == []


def test_a_bit_that_is_changed_on_the_way_never_changes_what_is_stored(stores: Stores) -> None:
    feed = written(stores[0], 0, numbered_blocks(200))
    for seed in range(60):
        chance = random.Random(seed)
        wire = _wire(stores[0], stores[1], seed)
        for _ in range(chance.randrange(1, 12)):
            for here, there in (wire.ends, wire.ends[::-1]):
                wire.step(here, there)
        one, other = wire.ends
        data = bytearray(one.peer.data_to_send(0.0) or b"\x00")
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        other.peer.receive(bytes(data), 0.0)
        wire.run()
    copy = stores[1].feed(feed.key)

    assert copy is None or all(copy.block(seq) == feed.block(seq) for run in copy.held for seq in range(*run))
    assert key_pair(0).public_key == feed.key


def test_who_writes_faster_than_anybody_reads_is_taken_slowly_and_whole(stores: Stores) -> None:
    floods: list[bytes] = []
    feed = written(stores[0], 0, numbered_blocks(10))
    taker = End(stores[1], initiator=False, seed=2, intake=Intake(stores[1], floods.append))
    wire = Wire(End(stores[0], initiator=True, seed=1), taker)
    wire.run()
    wire.wait(limits.FEED_SETTLING_S + 10)
    for _ in range(4):
        feed.extend(numbered_blocks(5000))
        wire.run()
    copy = stores[1].feed(feed.key)
    assert copy is not None
    after_the_flood = copy.held.size
    wire.wait(400.0)

    _assert_open(wire)
    assert floods == [feed.key]
    assert after_the_flood < 12_000
    assert copy.held.covers(0, 20_010)
