"""The life of a link by the clock, which is an argument."""

import pytest

from multifeed.errors import HandshakeError
from multifeed.limits import HANDSHAKE_TIMEOUT_S, IDLE_TIMEOUT_S, PING_INTERVAL_S
from multifeed.protocol.events import Closed
from multifeed.protocol.messages import Bye, Ping, Pong
from multifeed.protocol.session import Session
from tests.helpers.pipe import Pipe, RawPeer, greeted, session


def _closed(events: list[object]) -> Closed:
    (closed,) = events
    assert isinstance(closed, Closed)
    return closed


@pytest.mark.parametrize("initiator", [True, False])
def test_a_handshake_that_does_not_go_on_is_given_up(*, initiator: bool) -> None:
    waiting = session(1, initiator=initiator)
    waiting.data_to_send()
    assert waiting.next_timeout_s() == HANDSHAKE_TIMEOUT_S
    assert waiting.handle_timeout(HANDSHAKE_TIMEOUT_S - 0.01) == []
    closed = _closed(list(waiting.handle_timeout(HANDSHAKE_TIMEOUT_S)))
    assert isinstance(closed.error, HandshakeError)
    assert not waiting.has_data_to_send
    assert waiting.handle_timeout(2 * HANDSHAKE_TIMEOUT_S) == []


def test_a_handshake_that_trickles_in_gets_no_more_time() -> None:
    initiator, responder = session(1, initiator=True), session(2, initiator=False)
    for place, byte in enumerate(initiator.data_to_send()[:40]):
        assert responder.receive(bytes([byte]), place / 10) == []
    assert responder.next_timeout_s() == HANDSHAKE_TIMEOUT_S
    assert isinstance(_closed(list(responder.handle_timeout(HANDSHAKE_TIMEOUT_S))).error, HandshakeError)


def test_who_shakes_hands_and_does_not_say_hello_is_given_up() -> None:
    ours = session(2, initiator=False)
    Pipe(RawPeer(1, initiator=True), ours).run()
    assert ours.next_timeout_s() == HANDSHAKE_TIMEOUT_S
    assert isinstance(_closed(list(ours.handle_timeout(HANDSHAKE_TIMEOUT_S))).error, HandshakeError)


def _quiet_pair() -> tuple[Session, RawPeer, Pipe]:
    """A session and a peer that has answered its first ping, at time 0."""
    ours, raw = session(1, initiator=True), RawPeer(2, initiator=False)
    pipe = greeted(ours, raw)
    raw.send(Pong(0))
    pipe.run()
    pipe.right.events.clear()
    return ours, raw, pipe


def test_a_quiet_peer_is_asked_whether_it_is_there() -> None:
    ours, _, pipe = _quiet_pair()
    assert ours.next_timeout_s() == PING_INTERVAL_S
    assert ours.handle_timeout(PING_INTERVAL_S) == []
    pipe.run()
    assert [type(message) for message in pipe.right.events] == [Ping]


def test_a_peer_that_answers_is_kept_for_ever_and_its_round_trip_is_known() -> None:
    ours, raw, pipe = _quiet_pair()
    for _ in range(20):
        due_s = ours.next_timeout_s()
        assert ours.handle_timeout(due_s) == []
        pipe.now_s = due_s + 0.125
        raw.send(Pong(0))
        pipe.run()
        assert ours.round_trip_s == 0.125
    assert not ours.is_closed
    assert pipe.now_s > 3 * IDLE_TIMEOUT_S


def test_a_peer_that_does_not_answer_is_given_up() -> None:
    ours, _, pipe = _quiet_pair()
    ours.handle_timeout(PING_INTERVAL_S)
    assert ours.next_timeout_s() == IDLE_TIMEOUT_S
    assert ours.handle_timeout(IDLE_TIMEOUT_S - 0.01) == []
    closed = _closed(list(ours.handle_timeout(IDLE_TIMEOUT_S)))
    assert not closed.is_clean
    assert closed.error is None
    pipe.run()
    assert [type(message) for message in pipe.right.events] == [Ping, Bye]


def test_whatever_is_heard_counts_as_being_there() -> None:
    ours, raw, pipe = _quiet_pair()
    ours.handle_timeout(PING_INTERVAL_S)
    pipe.now_s = IDLE_TIMEOUT_S - 1
    raw.send(Ping(7))
    pipe.run()
    assert pipe.right.of(Pong) == [Pong(7)]
    assert ours.handle_timeout(IDLE_TIMEOUT_S) == []
    assert not ours.is_closed


def test_after_a_long_sleep_of_the_machine_a_live_peer_is_asked_before_it_is_given_up() -> None:
    ours, _, pipe = _quiet_pair()
    assert ours.handle_timeout(10_000.0) == []
    pipe.run()
    assert [type(message) for message in pipe.right.events] == [Ping]
    assert ours.next_timeout_s() > 10_000.0


def test_a_pong_that_nobody_asked_for_changes_nothing() -> None:
    ours, raw, pipe = _quiet_pair()
    before = ours.round_trip_s
    pipe.now_s = 1.0
    raw.send(Pong(0), Pong(5))
    pipe.run()
    assert ours.round_trip_s == before
    assert not ours.is_closed
