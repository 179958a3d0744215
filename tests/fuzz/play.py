"""Plays an input to a program: a script after a true handshake, or bytes on the wire from the first one on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from multifeed.protocol import messages
from tests.fuzz import program
from tests.fuzz.history import SUBJECT
from tests.fuzz.insider import Insider, answer, signed_message
from tests.fuzz.program import Program
from tests.fuzz.script import GREETED, INITIATOR, Kind, Step, unpack

# Two ways there and one back, and the hello after it.
_HANDSHAKE_FLIGHTS: Final = 3
# So that one input takes milliseconds, however small the pieces are.
_PIECES_MAX: Final = 300


@contextmanager
def subject(*, initiator: bool) -> Iterator[Program]:
    """The program that is played to."""
    with program.program(SUBJECT, program.of_the_subject, initiator=initiator) as running:
        yield running


def play_script(running: Program, data: bytes) -> None:
    """Shake hands with a subject and do what a script says, until it is over or the link is."""
    script = unpack(data)
    insider = Insider(initiator=not running.session.initiator)
    for _ in range(_HANDSHAKE_FLIGHTS):
        list(insider.channel.receive(running.taken()))
        if insider.channel.has_data_to_send:
            running.receive(insider.channel.data_to_send())
    if script.flags & GREETED:
        running.receive(insider.sealed(messages.encode(insider.hello())))
    for step in script.steps:
        if running.is_closed:
            break
        _take(running, insider, step)
        running.taken()
    running.end()


def _take(running: Program, insider: Insider, step: Step) -> None:
    match step.kind:
        case Kind.MESSAGE:
            running.receive(insider.sealed(step.payload))
        case Kind.FRAGMENT:
            running.receive(insider.sealed_fragment(step.payload[:65_519]))
        case Kind.WIRE:
            running.receive(step.payload)
        case Kind.WAIT:
            for tenths in step.payload[:8]:
                running.wait(tenths / 10)
        case Kind.APPEND:
            running.append(step.payload)
        case Kind.SIGNED:
            running.receive(insider.sealed(messages.encode(signed_message(step.payload))))
        case Kind.ANSWER:
            said = answer(running.session._asked, step.payload)
            if said is not None:
                running.receive(insider.sealed(messages.encode(said)))


def play_wire(running: Program, data: bytes, piece_length: int) -> None:
    """Give a subject these bytes in pieces, until they are over or the link is."""
    piece_length = max(piece_length, len(data) // _PIECES_MAX + 1)
    for at in range(0, len(data), piece_length):
        if running.is_closed:
            break
        running.receive(data[at : at + piece_length])
        running.taken()
    running.end()


def is_initiator(data: bytes) -> bool:
    """Whether the subject has dialled, by the first byte of an input."""
    return bool(data[:1] and data[0] & INITIATOR)
