"""Rooms that are shared with JavaScript peers, on loopback: who reads what, and that nobody becomes two people."""

import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")

from multichat.errors import UsageError
from multichat.model.conversation import JsPeersChanged
from multichat.model.people import JS_PEERS
from multichat.model.record import json_continuation
from multichat.room import Room
from multichat.widgets.colours import person_colour
from multifeed import limits
from multifeed.errors import ListenError, MissingLibraryError
from multifeed.net.js_link import open_doors
from multifeed.net.options import BridgeOptions
from tests.helpers.feeds import key_pair
from tests.helpers.js_room import Rooms, js_port, others, rooms_in, texts
from tests.helpers.swarms import until


async def _met(room: Room) -> None:
    await until(lambda: room.js_peers == 1)


# --- who reads whom ---


async def test_both_read_each_other_and_what_was_said_before(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice")
        alice.send("before")
        async with rooms.js_peer("anna", alice) as anna:
            anna.say("one of anna")
            await until(lambda: "before" in anna.texts and "one of anna" in texts(alice))
            alice.send("after")
            anna.say("two of anna")
            await until(lambda: "after" in anna.texts and "two of anna" in texts(alice))
            assert [person.nickname for person in others(alice)] == ["anna"]


async def test_whoever_is_dialled_is_read_too(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms, rooms.js_peer("anna") as anna:
        anna.say("here is anna")
        alice = await rooms.share("alice", dials=(anna.port,))
        alice.send("here is alice")
        await until(lambda: "here is alice" in anna.texts and "here is anna" in texts(alice))


async def test_who_has_no_link_with_them_writes_for_them_as_soon_as_the_room_is_shared(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        bob = await rooms.open("bob")
        alice = await rooms.share("alice", bob)
        await until(lambda: alice.own_feed in {feed.key for feed in bob._multi.feeds()})
        bob.send("bob, through alice")
        async with rooms.js_peer("anna", alice) as anna:
            anna.say("anna, through alice")
            await until(lambda: "bob, through alice" in anna.texts and "anna, through alice" in texts(bob))


async def test_what_was_written_before_the_room_was_shared_stays_out_of_their_sight(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        bob = await rooms.open("bob")
        bob.send("long ago")
        alice = await rooms.share("alice", bob)
        await until(lambda: "long ago" in texts(alice))
        async with rooms.js_peer("anna", alice) as anna:
            bob.send("now")
            await until(lambda: "now" in anna.texts)
            assert "long ago" not in anna.texts


async def test_without_anybody_who_writes_json_nothing_changes(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.open("alice")
        bob = await rooms.open("bob", alice)
        alice.send("hello")
        await until(lambda: "hello" in texts(bob))
        bob.send("hello alice")
        assert not bob._multi.has_writer("json")
        assert bob.js_peers is None


async def test_who_has_blocked_all_who_write_json_does_not_write_it(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        bob = await rooms.open("bob")
        alice = await rooms.share("alice", bob)
        alice.send("hello")
        await until(lambda: "hello" in texts(bob))
        bob.block(alice.own_feed)
        bob.send("not for them")
        assert not bob._multi.has_writer("json")
        bob.unblock(alice.own_feed)
        bob.send("for them")
        assert bob._multi.has_writer("json")


async def test_once_one_writes_json_one_goes_on_without_any_of_them(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice")
        alice.send("one")
        await alice.close()
        alice = await rooms.open("alice")
        message = alice.send("two")
        assert message.feed == alice.own_feed == alice._multi.writer("json").key
        assert alice._multi.writer("json").block(2).endswith(b"}\n")
        await until(lambda: texts(alice) == ["one", "two"])


async def test_only_feeds_of_json_are_offered_and_none_any_more_in_which_something_else_comes(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice")
        good, bad, mixed = (alice._multi.writer(name) for name in ("good", "bad", "mixed"))
        good.append_block(b'{"text":"good"}')
        bad.append_block(b"[1]")
        mixed.append_block(b'{"text":"mixed"}')
        async with rooms.js_peer("anna", alice) as anna:
            await until(lambda: {"good", "mixed"} <= anna.texts)
            mixed.append({"text": "CBOR"})
            mixed.append_block(b'{"text":"after CBOR"}')
            good.append_block(b'{"text":"and good"}')
            await until(lambda: "and good" in anna.texts)
            assert anna.multi.feed(bad.key) is None
            assert "after CBOR" not in anna.texts
        async with rooms.js_peer("berta", alice) as berta:
            await until(lambda: "and good" in berta.texts)
            assert berta.multi.feed(mixed.key) is None


# --- one person, two feeds ---


async def _two_feeds(rooms: Rooms) -> tuple[Room, Room]:
    """Alice, who reads, and bob, who has said one thing in each of his feeds."""
    alice = await rooms.share("alice")
    bob = await rooms.open("bob")
    bob.send("in CBOR")
    bob.connect(f"127.0.0.1:{alice.port}")
    await until(lambda: "in CBOR" in texts(alice) and not bob._own.is_json and bob._own.is_to_change())
    bob.send("in JSON")
    await until(lambda: "in JSON" in texts(alice))
    assert bob._own.is_json
    return alice, bob


async def test_who_writes_in_both_is_one_person(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice, _ = await _two_feeds(rooms)
        first, second = alice.history.before(None, 2)
        (person,) = others(alice)
        assert (person.feed, person.root, person.label) == (second.feed, first.feed, "bob")
        assert person.is_here
        assert alice.identity(second.feed).feeds == (first.feed, second.feed)
        assert alice.meant(first.feed.hex()) == alice.meant(second.feed.hex()) == [person]
        callings = [alice.calling(message.feed, message.nickname) for message in (first, second)]
        assert {calling.label for calling in callings} == {"bob"}
        assert {calling.root or message.feed for calling, message in zip(callings, (first, second), strict=True)} == {
            first.feed
        }
        assert person_colour(person.root, dark=True) == person_colour(first.feed, dark=True)


async def test_to_themselves_they_are_one_person_as_well(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice, bob = await _two_feeds(rooms)
        feeds = {message.feed for message in bob.history.before(None, 2)}
        assert len(feeds) == 2
        assert all(map(bob.is_own, feeds))
        assert feeds == bob.own_feeds
        assert [person.is_own for person in bob.everyone()] == [True, False]
        with pytest.raises(UsageError, match="that is you"):
            bob.block(min(feeds))
        # Of both, it is known who holds them.
        positions = [message.position for message in bob.history.before(None, 2)]
        await until(lambda: all(bob.delivery(position) for position in positions))
        assert [[person.feed for person in bob.delivery(position)] for position in positions] == 2 * [[alice.own_feed]]


@pytest.mark.parametrize("how", ["muted", "blocked"])
async def test_whom_one_did_not_hear_before_one_does_not_hear_in_json(tmp_path: Path, how: str) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice")
        bob = await rooms.open("bob")
        bob.send("in CBOR")
        bob.connect(f"127.0.0.1:{alice.port}")
        await until(lambda: "in CBOR" in texts(alice) and bob._own.is_to_change())
        (person,) = others(alice)
        if how == "muted":
            alice.change_desk(muted=(person.feed,))
        else:
            alice.block(person.feed)
        bob.send("in JSON")
        await until(lambda: bob.own_feed in {*alice.desk.muted, *alice.blocked})
        assert "bob goes on in another log, which is " + how + " too" in rooms.notices["alice"]


async def test_a_key_that_was_checked_stays_so_and_the_name_with_it(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.open("alice")
        bob = await rooms.open("bob", alice)
        bob.send("hello")
        await until(lambda: "hello" in texts(alice))
        assert alice.check(bob.own_feed)
        await bob.close()
        # Without a word in JSON yet.
        bob = await rooms.share("bob", alice)
        await until(lambda: [(person.feed, person.is_here) for person in others(alice)] == [(bob.own_feed, True)])
        (person,) = others(alice)
        assert (person.label, person.is_checked) == ("bob", True)
        assert alice.identity(person.feed).checked_as == "bob"
        bob.rename("rob")
        bob.send("now rob")
        await until(lambda: others(alice)[0].label == "rob")
        assert not others(alice)[0].is_checked
        await until(lambda: any("called rob now" in notice for notice in rooms.notices["alice"]))


async def test_a_key_that_two_go_on_from_vouches_for_neither(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice, bob = await _two_feeds(rooms)
        assert alice.check(bob.own_feed)
        thief = key_pair(5)
        stolen = bob._multi.writer("local").key_pair
        assert stolen is not None
        async with rooms.js_peer("thief", alice, key_pair=thief) as eve:
            eve.own.append_block(json_continuation(stolen, thief.public_key))
            eve.say("it is me, bob", nickname="bob")
            await until(lambda: "it is me, bob" in texts(alice))
            assert alice.identity(thief.public_key).checked_as is None


# --- who holds what ---


async def test_it_waits_until_one_of_them_has_it_and_then_no_more(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice")
        message = alice.send("hello")
        assert alice.delivery(message.position) == ()
        async with rooms.js_peer("anna", alice):
            await alice.wait_until_held()
            assert alice.delivery(message.position) == (JS_PEERS,)
        await alice.close()
        # As it is remembered.
        alice = await rooms.open("alice")
        assert alice.delivery(message.position) == (JS_PEERS,)


async def test_what_was_written_in_both_in_one_run_has_to_be_held_in_both(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice, bob = await _two_feeds(rooms)
        assert [feed.length for feed in bob._own.written] == [1, 2]
        await bob.wait_until_held()
        await alice.close()
        bob._said_held.clear()
        await until(lambda: not bob.people)
        assert not bob._is_own_held()


# --- who comes in ---


async def test_how_many_are_linked_is_told_and_what_that_means(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice")
        assert alice.js_peers == 0
        assert f"on TCP port {js_port(alice)}: to anybody" in rooms.notices["alice"][0]
        assert "not authenticated against tampering" in rooms.notices["alice"][0]
        async with rooms.js_peer("anna", alice):
            await _met(alice)
        await until(lambda: alice.js_peers == 0)
        told = [event.count for event in rooms.events["alice"] if isinstance(event, JsPeersChanged)]
        assert told == [1, 0]
        (finding,) = (finding for finding in alice.diagnose() if finding.kind == "javascript")
        assert finding.said.endswith("0 are linked")
        assert finding.facts == {"port": js_port(alice), "linked": 0, "public": True}


async def test_while_one_of_them_is_there_it_is_no_problem_that_nobody_else_is(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice")
        assert "people" in {finding.kind for finding in alice.diagnose()}
        async with rooms.js_peer("anna", alice):
            await _met(alice)
            assert "people" not in {finding.kind for finding in alice.diagnose()}


async def test_with_a_key_of_their_own_others_stay_outside(tmp_path: Path) -> None:
    key = bytes(range(32))
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice", key=key)
        assert "whoever has their key" in rooms.notices["alice"][0]
        async with rooms.js_peer("stranger", alice) as stranger:
            stranger.say("let me in")
            await until(lambda: any("another key for the room" in notice for notice in rooms.notices["alice"]))
            assert alice.js_peers == 0
        async with rooms.js_peer("anna", alice, key=key) as anna:
            anna.say("here I am")
            await until(lambda: texts(alice) == ["here I am"])


async def test_why_a_link_was_ended_is_said_once_however_often_it_is_tried(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack, rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice", key=bytes(32))
        for number in range(3):
            stranger = await stack.enter_async_context(rooms.js_peer(f"stranger {number}", alice))
            await until(lambda: bool(stranger.notices))  # noqa: B023 (waited for at once)
        assert len([notice for notice in rooms.notices["alice"] if "was ended" in notice]) == 1


async def test_who_cannot_be_reached_is_named_and_told_of_to_the_doctor(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        async with rooms.js_peer("anna") as anna:
            port = anna.port
        alice = await rooms.share("alice", dials=(port,))
        await until(lambda: f"nobody listens on 127.0.0.1:{port}" in rooms.notices["alice"])
        problems = [finding for finding in alice.diagnose() if finding.kind == "javascript" and finding.is_problem]
        assert [finding.said for finding in problems] == [f"nobody listens on 127.0.0.1:{port}"]


async def test_a_blocked_author_stays_blocked_whichever_way_it_comes(tmp_path: Path) -> None:
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice")
        async with rooms.js_peer("anna", alice) as anna:
            anna.say("one")
            await until(lambda: texts(alice) == ["one"])
            alice.block(anna.own.key)
            anna.say("two")
            async with rooms.js_peer("berta", alice) as berta:
                berta.say("of berta", nickname="berta")
                await until(lambda: "of berta" in texts(alice))
                feed = alice._multi.feed(anna.own.key)
                assert feed is not None
                assert feed.length == 1
                assert anna.own.key not in berta.values
            alice.unblock(anna.own.key)
            await until(lambda: "two" in texts(alice))


async def test_a_flood_of_theirs_is_told_of_and_taken_slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FEED_GROWTH_BLOCKS_PER_S", "FEED_GROWTH_BURST_S", "FEED_SETTLING_S"):
        monkeypatch.setattr(limits, name, 0.1)
    async with rooms_in(tmp_path) as rooms:
        alice = await rooms.share("alice")
        async with rooms.js_peer("anna", alice) as anna:
            anna.say("one")
            await until(lambda: texts(alice) == ["one"])

            def is_told_of_one_more() -> bool:
                anna.say("more")
                return any("anna writes faster than anybody reads" in notice for notice in rooms.notices["alice"])

            await until(is_told_of_one_more)


# --- what cannot be ---


def test_a_port_that_is_taken_is_said_before_anything_is_shown(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path, AsyncExitStack())
    doors = open_doors(0, ["lo"])
    port = doors[0].getsockname()[1]
    try:
        with pytest.raises(ListenError, match=f"TCP port {port} for JavaScript peers"):
            Room(replace(rooms.options, bridge=BridgeOptions(port, interfaces=("lo",))), "alice")
    finally:
        for door in doors:
            door.close()


def test_without_the_extra_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "Crypto.Cipher.Salsa20", None)
    with pytest.raises(MissingLibraryError, match=r"pip install 'multichat\[js\]'"):
        Room(replace(Rooms(tmp_path, AsyncExitStack()).options, bridge=BridgeOptions(0)), "alice")
