"""Two sessions that meet: who they are, what they tell each other, how a link ends."""

import pytest

from multifeed import limits
from multifeed.errors import FrameError, HandshakeError
from multifeed.protocol.events import Answered, Claimed, Closed, Established, Pushed, Refused, Requested
from multifeed.protocol.heads import HeadIndex, bucket_of
from multifeed.protocol.messages import Bye
from tests.helpers.feeds import key_pair, numbered_blocks, open_multifeeds, written
from tests.helpers.pipe import Pipe, RawPeer, greeted, heads_with, identity, session, whole


def _claims_heard(events: list[object]) -> set[bytes]:
    return {event.claim.key for event in events if isinstance(event, Claimed)}


def _keys(count: int) -> list[bytes]:
    return [bytes([number]) * 32 for number in range(count)]


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_both_sides_learn_who_the_other_is(seed: int | None) -> None:
    pipe = Pipe(session(1, initiator=True), session(2, initiator=False), seed=seed)
    pipe.run()
    for end, number in ((pipe.left, 2), (pipe.right, 1)):
        (established,) = end.of(Established)
        peer, expected = established.peer, identity(number)
        assert (peer.instance_id, peer.feed_key, peer.device_key) == (
            expected.instance_id,
            expected.feed.public_key,
            expected.device.public_key,
        )


def test_who_lacks_the_key_of_the_room_gets_no_answer_at_all() -> None:
    pipe = Pipe(session(1, initiator=True, room_key=b"x" * 32), session(2, initiator=False))
    pipe.run()
    assert isinstance(pipe.right.closed.error, HandshakeError)
    assert pipe.right.sent == b""


@pytest.mark.parametrize("junk", [b"\x00\x00", b"GET / HTTP/1.1\r\n\r\n" * 2000, bytes(70_000)], ids=len)
def test_junk_gets_no_answer_at_all(junk: bytes) -> None:
    responder = session(2, initiator=False)
    events = responder.receive(junk, 0.0)
    assert [type(event) for event in events] == [Closed]
    assert isinstance(events[0], Closed)
    assert isinstance(events[0].error, HandshakeError)
    assert not responder.has_data_to_send
    assert responder.receive(b"more", 0.0) == []


def test_nothing_is_answered_while_a_frame_is_not_whole() -> None:
    responder = session(2, initiator=False)
    assert responder.receive(b"\xff\xff" + bytes(60_000), 0.0) == []
    assert not responder.has_data_to_send


def test_two_that_hold_the_same_are_done_at_once() -> None:
    claims = [whole(key, 10_000) for key in _keys(200)]
    pipe = Pipe(
        session(1, initiator=True, heads=heads_with(claims)), session(2, initiator=False, heads=heads_with(claims))
    )
    pipe.run()
    # Three flights shake hands and carry the first greeting; the other, and the answers to two pings, are the rest.
    assert pipe.flights <= 5
    for end in (pipe.left, pipe.right):
        assert len(end.sent) < 1000
        assert [type(event) for event in end.events] == [Established]


def test_equal_digests_say_that_the_other_holds_what_is_written_here() -> None:
    own = key_pair(1).public_key
    claims = [whole(own, 3), whole(b"z" * 32, 5)]
    pipe = Pipe(
        session(1, initiator=True, heads=heads_with(claims, [own])),
        session(2, initiator=False, heads=heads_with(claims)),
    )
    pipe.run()
    assert _claims_heard(pipe.left.events) == {own}
    assert _claims_heard(pipe.right.events) == set()


def test_where_two_differ_only_those_buckets_are_talked_of() -> None:
    same = [whole(key, 7) for key in _keys(256)]
    only_left = whole(b"\x05" + b"l" * 31, 3)
    only_right = whole(b"\x09" + b"r" * 31, 4)
    longer_left, shorter_right = whole(b"\x64" + b"b" * 31, 8), whole(b"\x64" + b"b" * 31, 6, b"u" * 32)
    pipe = Pipe(
        session(1, initiator=True, heads=heads_with([*same, only_left, longer_left])),
        session(2, initiator=False, heads=heads_with([*same, only_right, shorter_right])),
    )
    pipe.run()
    differing = {0x05, 0x09, 0x64}
    for end, theirs in ((pipe.left, [only_right, shorter_right]), (pipe.right, [only_left, longer_left])):
        heard = _claims_heard(end.events)
        assert {bucket_of(key) for key in heard} <= differing
        assert {claim.key for claim in theirs} <= heard
        claims = {event.claim for event in end.of(Claimed)}
        assert set(theirs) <= claims


def test_everything_is_offered_to_one_who_has_nothing() -> None:
    claims = [whole(bytes([number % 256]) + number.to_bytes(31), number + 1) for number in range(1500)]
    for holder_initiates in (True, False):
        left, right = HeadIndex(), heads_with(claims)
        if holder_initiates:
            left, right = right, left
        pipe = Pipe(session(1, initiator=True, heads=left), session(2, initiator=False, heads=right))
        pipe.run()
        receiver = pipe.right if holder_initiates else pipe.left
        assert {event.claim for event in receiver.of(Claimed)} == set(claims)


def test_what_is_new_is_announced_once() -> None:
    left = session(1, initiator=True)
    pipe = greeted(left, session(2, initiator=False))
    claim = whole(b"k" * 32, 5)
    for _ in range(3):
        left.announce([claim])
    pipe.run()
    assert [event.claim for event in pipe.right.of(Claimed)] == [claim]


def test_blocks_are_requested_answered_and_refused() -> None:
    with open_multifeeds(1) as (multi,):
        feed = written(multi, 2, numbered_blocks(6))
        left, right = session(1, initiator=True), session(2, initiator=False, heads=heads_with([whole(feed.key, 6)]))
        pipe = greeted(left, right)
        left.request(feed.key, 1, 4, 0)
        left.request(feed.key, 4, 6, 0)
        pipe.run()
        first, second = pipe.right.of(Requested)
        assert (first.key, first.start, first.end, first.since) == (feed.key, 1, 4, 0)
        assert left.asked_count == 2
        # The last blocks of what was asked, as many as fit; and in any order.
        right.refuse(second.request_id, second.key)
        right.answer(first.request_id, feed.blocks(2, 4), feed.proof(2, 4))
        pipe.run()
        (answered,), (refused,) = pipe.left.of(Answered), pipe.left.of(Refused)
        assert (answered.asked.start, answered.asked.end) == (1, 4)
        assert (answered.blocks, answered.proof) == (tuple(feed.blocks(2, 4)), feed.proof(2, 4))
        assert (refused.asked.start, refused.asked.end) == (4, 6)
        assert left.asked_count == 0


def test_new_blocks_are_pushed_to_one_who_holds_all_before_them() -> None:
    with open_multifeeds(1) as (multi,):
        feed = written(multi, 1, numbered_blocks(3))
        left, right = session(1, initiator=True), session(2, initiator=False)
        pipe = greeted(left, right)
        assert left.can_push(feed.key, 0)
        assert not left.can_push(feed.key, 3)
        left.push(whole(feed.key, 3), feed.blocks(0, 3), feed.head)
        assert left.can_push(feed.key, 3)
        pipe.run()
        (pushed,) = pipe.right.of(Pushed)
        assert (pushed.claim.key, pushed.blocks) == (feed.key, tuple(feed.blocks(0, 3)))


def test_no_more_is_pushed_than_so_many_blocks_that_the_other_does_not_say_it_holds() -> None:
    with open_multifeeds(1) as (multi,):
        feed = written(multi, 1, [])
        left, right = session(1, initiator=True), session(2, initiator=False)
        pipe = greeted(left, right)
        while left.can_push(feed.key, feed.length):
            seq = feed.append(b"block")
            left.push(whole(feed.key, feed.length), feed.blocks(seq, feed.length), feed.head)
        assert feed.length == limits.PUSHED_AHEAD_MAX_BLOCKS + 1
        # It takes them after all.
        right.announce([whole(feed.key, feed.length)])
        pipe.run()
        assert left.can_push(feed.key, feed.length)


def test_what_was_said_of_a_feed_that_one_kept_quiet_about_is_news_again() -> None:
    left, right = session(1, initiator=True), session(2, initiator=False)
    pipe = greeted(left, right)
    told, waiting = whole(b"k" * 32, 5), whole(b"w" * 32, 5)
    left.announce([told])
    left.is_paused = True
    left.announce([waiting])
    left.keep_quiet(told.key)
    left.keep_quiet(waiting.key)
    left.is_paused = False
    pipe.run()
    assert [event.claim for event in pipe.right.of(Claimed)] == [told]
    left.announce([told, waiting])
    pipe.run()
    assert [event.claim for event in pipe.right.of(Claimed)] == [told, told, waiting]


def test_a_goodbye_is_clean_and_a_cut_is_not() -> None:
    for says_goodbye in (True, False):
        left, right = session(1, initiator=True), session(2, initiator=False)
        pipe = greeted(left, right)
        if says_goodbye:
            left.close("leaving")
            pipe.run()
        pipe.right.events += right.receive_eof()
        assert pipe.right.closed.is_clean == says_goodbye
        assert (pipe.right.closed.reason == "leaving") == says_goodbye
        assert pipe.right.closed.error is None
        assert right.is_closed
        assert right.receive_eof() == []


def test_a_session_that_was_closed_hears_and_says_no_more() -> None:
    left, right = session(1, initiator=True), session(2, initiator=False)
    pipe = greeted(left, right)
    left.close("leaving")
    left.close("leaving again")
    pipe.run()
    assert pipe.left.of(Closed) == []
    assert not left.is_ready
    assert left.handle_timeout(1000.0) == []
    assert not left.has_data_to_send


def test_a_long_reason_is_cut_to_its_bound() -> None:
    left = session(1, initiator=True)
    pipe = greeted(left, RawPeer(2, initiator=False))
    left.close("x" * 5000)
    pipe.run()
    (bye,) = pipe.right.of(Bye)
    assert bye.reason == "x" * 200


def test_a_flipped_bit_on_the_way_ends_the_link() -> None:
    left, right = session(1, initiator=True), session(2, initiator=False)
    greeted(left, right)
    left.announce([whole(b"k" * 32, 5)])
    data = left.data_to_send()
    for at in range(2, len(data), 7):
        left, right = session(1, initiator=True), session(2, initiator=False)
        greeted(left, right)
        left.announce([whole(b"k" * 32, 5)])
        spoilt = bytearray(left.data_to_send())
        spoilt[at] ^= 0x10
        (closed,) = right.receive(bytes(spoilt), 0.0)
        assert isinstance(closed, Closed)
        assert isinstance(closed.error, FrameError)
        assert right.claims == {}


def test_a_frame_that_comes_twice_ends_the_link() -> None:
    left, right = session(1, initiator=True), session(2, initiator=False)
    greeted(left, right)
    left.announce([whole(b"k" * 32, 5)])
    data = left.data_to_send()
    assert [type(event) for event in right.receive(data, 0.0)] == [Claimed]
    (closed,) = right.receive(data, 0.0)
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, FrameError)
