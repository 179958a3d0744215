"""What one input of a session is: a header and steps, each a kind, a u16 length and a payload.

Owns how bytes become steps and back. Any bytes are a script: what does not fit at the end is left out.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

# So that one input takes milliseconds.
STEPS_MAX: Final = 300

_LENGTH_BYTES: Final = 2
_PAYLOAD_LENGTH_MAX_BYTES: Final = (1 << 16) - 1

# The first byte of a script: whether the subject has dialled, and whether the peer has said a true hello already.
INITIATOR: Final = 1
GREETED: Final = 2


class Kind(IntEnum):
    """What the peer does in a step, or what happens at the subject meanwhile."""

    # The payload is the plaintext of a message.
    MESSAGE = 0
    # The plaintext of a frame: what should be a fragment of a message.
    FRAGMENT = 1
    # Bytes on the wire that no key has sealed.
    WIRE = 2
    # The payload is tenths of seconds that pass, a byte each.
    WAIT = 3
    # The subject writes the payload to its own feed.
    APPEND = 4
    # A message about a feed with proofs and signatures that hold: see `insider`.
    SIGNED = 5
    # An answer to a request that is open, with a proof and a signature that hold.
    ANSWER = 6


class Step(NamedTuple):
    """One thing that happens."""

    kind: Kind
    payload: bytes


class Script(NamedTuple):
    """What happens on one link after its handshake."""

    flags: int
    steps: tuple[Step, ...]


def pack(flags: int, steps: Iterable[Step]) -> bytes:
    """The bytes of a script; steps that are too long for one are left out."""
    fitting = [step for step in steps if len(step.payload) <= _PAYLOAD_LENGTH_MAX_BYTES]
    return bytes([flags]) + b"".join(
        bytes([step.kind]) + len(step.payload).to_bytes(_LENGTH_BYTES) + step.payload for step in fitting[:STEPS_MAX]
    )


def unpack(data: bytes) -> Script:
    """The script in any bytes."""
    steps: list[Step] = []
    at = 1
    while len(steps) < STEPS_MAX and at + 1 + _LENGTH_BYTES <= len(data):
        start = at + 1 + _LENGTH_BYTES
        end = start + int.from_bytes(data[at + 1 : start])
        steps.append(Step(Kind(data[at] % len(Kind)), data[start:end]))
        at = end
    return Script(data[0] if data else 0, tuple(steps))
