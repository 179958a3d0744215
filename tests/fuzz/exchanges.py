"""Real exchanges between two programs, recorded: what the peer says to the subject, as messages and as bytes.

Everything follows from numbers, so an exchange is the same in every run, and said again it does to the subject what it
did when it was recorded.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from typing import Final, NamedTuple

from multifeed.protocol import messages
from multifeed.protocol.events import Whereabouts
from multifeed.protocol.framing import FrameDecoder, frame
from multifeed.protocol.messages import AnyMessage
from multifeed.protocol.session import Session
from tests.fuzz import program
from tests.fuzz.history import FROZEN, PEER, SUBJECT, history
from tests.fuzz.program import Past, Program
from tests.fuzz.script import INITIATOR, Kind, Step, pack
from tests.simulation.liars import FlippingSession, MakingUpSession, SlanderingSession

# After the last word, so that requests that were not answered run out.
_LONG_S: Final = 12.0


class Exchange(NamedTuple):
    """What came to the subject over one link, and what the subject said to it; `wire` is the bytes that came."""

    initiator: bool
    steps: tuple[Step, ...]
    wire: bytes
    answers: tuple[bytes, ...]
    # What the subject held in the end.
    root: bytes

    @property
    def script(self) -> bytes:
        """The exchange as an input, from the hello on."""
        return pack(INITIATOR if self.initiator else 0, self.steps)


class _RecordedSession(Session):
    """Keeps what it says."""

    def __init__(self, **arguments: object) -> None:
        self.said: list[bytes] = []
        super().__init__(**arguments)  # type: ignore[arg-type]  # as it is called

    def _send(self, message: AnyMessage) -> None:
        self.said.append(messages.encode(message))
        super()._send(message)


class _RefusingSession(MakingUpSession, _RecordedSession):
    pass


class _FlippingSession(FlippingSession, _RecordedSession):
    pass


class _SlanderingSession(SlanderingSession, _RecordedSession):
    pass


class _Recording:
    """Moves bytes between the two, a frame at a time, and keeps what comes to the subject."""

    def __init__(self, subject: Program, peer: Program) -> None:
        self.subject, self.peer = subject, peer
        self.steps: list[Step] = []
        self.wire = b""
        self._frames = FrameDecoder()

    def run(self) -> None:
        """Let both talk until neither has anything to say."""
        while self.peer.session.has_data_to_send or self.subject.session.has_data_to_send:
            for payload in self._frames.receive(self.peer.taken()):
                self.wire += frame(payload)
                self.subject.receive(frame(payload))
            if data := self.subject.taken():
                self.peer.receive(data)
        self._keep_said()

    def append_here(self, block: bytes) -> None:
        """The subject writes."""
        self.steps.append(Step(Kind.APPEND, block))
        self.subject.append(block)
        self.run()

    def append_there(self, *blocks: bytes) -> None:
        """The peer writes."""
        self.peer.feed.extend(blocks)
        self.peer.turn()
        self.run()

    def wait(self, seconds: float) -> None:
        """Time passes for both."""
        self.steps.append(Step(Kind.WAIT, bytes([round(seconds * 10)])))
        self.peer.wait(seconds)
        self.subject.wait(seconds)
        self.run()

    def say_goodbye(self) -> None:
        """The peer ends the link."""
        self.peer.session.close("that is all")
        self.run()

    def _keep_said(self) -> None:
        session = self.peer.session
        assert isinstance(session, _RecordedSession)
        self.steps += [Step(Kind.MESSAGE, message) for message in session.said]
        session.said.clear()


def _only_meet(recording: _Recording) -> None:
    recording.wait(_LONG_S)


def _talk(recording: _Recording) -> None:
    recording.peer.session.introduce([Whereabouts(b"somebody else...", b"\x0a\x00\x00\x01", 7)])
    recording.append_there(b"peer speaks")
    recording.append_here(b"subject speaks")
    recording.append_there(*history(PEER).blocks[:30])
    recording.wait(6)
    recording.append_here(b"")
    recording.say_goodbye()


def _ask_for_what_is_frozen(recording: _Recording) -> None:
    feed = recording.peer.multi.feed(history(FROZEN).key)
    assert feed is not None
    recording.peer.session.request(feed.key, 0, 5, 0)
    recording.run()
    recording.say_goodbye()


class _Scenario(NamedTuple):
    name: str
    past: Past
    kind: type[_RecordedSession]
    happens: Callable[[_Recording], None]


_SCENARIOS: Final = (
    _Scenario("strangers meet", program.of_a_stranger, _RecordedSession, _only_meet),
    _Scenario("strangers talk", program.of_a_stranger, _RecordedSession, _talk),
    _Scenario("equals talk", program.of_an_equal, _RecordedSession, _talk),
    _Scenario("a newcomer asks", program.of_nobody, _RecordedSession, _ask_for_what_is_frozen),
    _Scenario("a copied profile", program.of_a_copy, _RecordedSession, _only_meet),
    _Scenario("a refuser", program.of_a_stranger, _RefusingSession, _only_meet),
    _Scenario("a liar", program.of_a_stranger, _FlippingSession, _only_meet),
    _Scenario("a slanderer", program.of_a_copy, _SlanderingSession, _only_meet),
)


# Each scenario, dialled by the subject or by the peer.
_ALL: Final = {
    f"{scenario.name}, {dialled_by} dials": (scenario, dialled_by == "subject")
    for scenario in _SCENARIOS
    for dialled_by in ("subject", "peer")
}
NAMES: Final = tuple(_ALL)


@cache
def exchange(name: str) -> Exchange:
    """The exchange of that name; recorded once."""
    scenario, initiator = _ALL[name]
    return _recorded(scenario, initiator=initiator)


def exchanges() -> tuple[Exchange, ...]:
    """All of them."""
    return tuple(map(exchange, NAMES))


def _recorded(scenario: _Scenario, *, initiator: bool) -> Exchange:
    with ExitStack() as stack:
        subject = stack.enter_context(
            program.program(SUBJECT, program.of_the_subject, initiator=initiator, kind=_RecordedSession)
        )
        peer = stack.enter_context(program.program(PEER, scenario.past, initiator=not initiator, kind=scenario.kind))
        recording = _Recording(subject, peer)
        recording.run()
        scenario.happens(recording)
        subject.end()
        assert isinstance(subject.session, _RecordedSession)
        return Exchange(
            initiator,
            tuple(recording.steps),
            recording.wire,
            tuple(subject.session.said),
            subject.replica.heads.root(),
        )
