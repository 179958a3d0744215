"""How many bytes two who meet exchange until both are silent: two replicas, a pipe in memory, every byte counted."""

from typing import NamedTuple

from multifeed import Multifeed, StoreError
from multifeed.protocol.events import Event
from multifeed.protocol.heads import Claim
from multifeed.protocol.session import Session
from multifeed.replica import Replica
from tests.helpers.pipe import End, Pipe, session

_HEADER_BYTES = 2


class Exchange(NamedTuple):
    """What went each way, apart from the handshake, which took `handshake_bytes` both ways together."""

    initiator_bytes: int
    responder_bytes: int
    handshake_bytes: int


def exchange(initiator: Multifeed, responder: Multifeed) -> Exchange:
    """Let two stores replicate until neither has anything to say."""
    pipe = Pipe(_Program(initiator, 1, initiator=True), _Program(responder, 2, initiator=False))
    pipe.run()
    shaken = _frames_bytes(pipe.left, 2), _frames_bytes(pipe.right, 1)
    return Exchange(len(pipe.left.sent) - shaken[0], len(pipe.right.sent) - shaken[1], sum(shaken))


def _frames_bytes(end: End, count: int) -> int:
    """How long the first frames are that an end has sent, each with its length before it."""
    at = 0
    for _ in range(count):
        at += _HEADER_BYTES + int.from_bytes(end.sent[at : at + _HEADER_BYTES])
    return at


class _Program:
    """A replica and its one session, as an end of a pipe."""

    def __init__(self, multi: Multifeed, number: int, *, initiator: bool) -> None:
        self._replica = Replica(multi, on_store_error=_fail, on_held=_ignore)
        self._session = session(number, initiator=initiator, heads=self._replica.heads)
        self._replica.add(self._session)

    @property
    def has_data_to_send(self) -> bool:
        return self._session.has_data_to_send

    def data_to_send(self) -> bytes:
        return self._session.data_to_send()

    def receive(self, data: bytes, now_s: float) -> list[Event]:
        events = self._session.receive(data, now_s)
        self._replica.handle(self._session, events, now_s)
        self._replica.poll(now_s)
        while self._replica.next_timeout_s() == 0:
            self._replica.poll(now_s)
        return events


def _fail(error: StoreError) -> None:
    raise error


def _ignore(_session: Session, _claim: Claim) -> None:
    pass
