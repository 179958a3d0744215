"""The inputs to begin with, for every target: taken from real exchanges, and made in code by numbers."""

import json
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Final

import cbor2

from multichat.model.record import Record, continuation_value
from multifeed.protocol import messages
from multifeed.protocol.beacon import NONCE_LENGTH_BYTES, Beacon, BeaconBox
from multifeed.protocol.framing import FrameDecoder, fragments, frame
from tests.fuzz.exchanges import Exchange, exchanges
from tests.fuzz.history import FORKED, PEER, evidence, history
from tests.fuzz.insider import signed_message
from tests.fuzz.script import GREETED, INITIATOR, Kind, Step, pack, unpack
from tests.fuzz.targets import BEACON_KEY, EPHEMERAL_REPLACED, STATIC_REPLACED

# To whatever is asked: on either branch, with longer and longer heads.
_ANSWERS: Final = [Step(Kind.ANSWER, bytes([0, number % 2, number % 9, number, number // 4])) for number in range(24)]

# A point of low order: whatever it is multiplied by gives nothing secret.
_LOW_ORDER: Final = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")


@cache
def seeds(target: str) -> tuple[bytes, ...]:
    """What a target begins with, each once."""
    return tuple(dict.fromkeys(_SEEDS[target]()))


def _messages() -> list[bytes]:
    said = [step.payload for exchange in exchanges() for step in exchange.steps if step.kind == Kind.MESSAGE]
    heard = [message for exchange in exchanges() for message in exchange.answers]
    return said + heard


def _frames() -> list[bytes]:
    parts = [frame(part) for message in _messages() for part in fragments(message)]
    long = [frame(part) for part in fragments(bytes(100_000))]
    # In small and in large pieces, alone and in a row.
    return [b"\xff" + part for part in parts] + [b"\x03" + b"".join(parts[:20]), b"\xff" + b"".join(long)]


def _handshakes() -> list[bytes]:
    # One message comes from a responder, two from an initiator.
    return [
        bytes([exchange.initiator]) + b"".join(map(frame, _frames_of(exchange)[: 1 if exchange.initiator else 2]))
        for exchange in exchanges()
    ]


def _frames_of(exchange: Exchange) -> list[bytes]:
    return list(FrameDecoder().receive(exchange.wire))


def _insiders() -> list[bytes]:
    replaced = (0, EPHEMERAL_REPLACED, STATIC_REPLACED, EPHEMERAL_REPLACED | STATIC_REPLACED)
    return [
        bytes([flags | dialled]) + key + key + payload
        for flags, dialled, key, payload in product(
            replaced, (0, INITIATOR), (_LOW_ORDER, bytes(32), b"\xff" * 32), (b"", b"payload")
        )
    ]


def _beacons() -> list[Beacon]:
    return [Beacon(number.to_bytes(16), 27_272 * number % 65_536, 1 << number, bytes(16)) for number in range(40)]


def _datagrams() -> list[bytes]:
    box = BeaconBox(BEACON_KEY)
    return [box.seal(beacon, number.to_bytes(NONCE_LENGTH_BYTES)) for number, beacon in enumerate(_beacons())]


def _beacon_bodies() -> list[bytes]:
    return [cbor2.dumps([beacon.instance_id, beacon.port, beacon.time_s, beacon.digest]) for beacon in _beacons()]


def _evidence() -> list[bytes]:
    branches = history(FORKED), history(FORKED, 1)
    lengths = (1, 3, 4, 7, 8, 33, 64)
    return [
        evidence(first, short, second, long).pack()
        for first, second in product(branches, branches)
        for short, long in product(lengths, lengths)
        if short <= long
    ]


def _records() -> list[object]:
    texts = (
        "hello",
        "",
        "två\nrader\tx",
        "\u05e9\u05dc\u05d5\u05dd",
        "a\u0301" * 9,
        "\U0001f469\u200d\U0001f680",
        "x" * 20_000,
    )
    records = [Record(text[:40], text, 1_700_000_000_000 + number).value() for number, text in enumerate(texts)]
    times = ("2024-02-30T00:00:00Z", "9999-12-31T23:59:59.999-23:59", "2024-01-01", "1969-12-31T23:59:59Z", "24")
    odd = [{"type": "chat-message", "nickname": "n", "text": "t", "timestamp": time} for time in times]
    return [*records, *odd, continuation_value(history(PEER).key_pair, history(FORKED).key), {}, [], 0, "text", 1.5]


def _values() -> list[bytes]:
    return [cbor2.dumps(value, canonical=True) for value in _records()] + _messages()[:50]


def _json() -> list[bytes]:
    values = [value for value in _records() if not isinstance(value, dict) or "feed" not in value]
    return [json.dumps(value, ensure_ascii=False).encode() for value in values] + [
        b'{"a":1,"a":2}',
        b"[NaN,Infinity,-1e999]",
        b'"\\ud800"',
        b"1" * 5_000,
        b"[" * 5_000,
        b'{"a":' * 2_000,
        b"\xef\xbb\xbf{}",
        '"text"'.encode("utf-16"),
    ]


def _texts() -> list[bytes]:
    texts = [str(value["text"]) for value in _records() if isinstance(value, dict) and "text" in value]
    texts += [
        "\x1b[31mred",
        "\u202eabc",
        "\ud800",
        "\ufe0f\u200d" * 9,
        "\u1100" * 30,
        "\u4e2d\u6587\uff0c\u6587\u5b57\u3002" * 20,
        "\r\n\r\n",
    ]
    return [bytes([width]) + text[:4_000].encode("utf-8", "surrogatepass") for text in texts for width in (0, 9, 79)]


def _scripts() -> list[bytes]:
    """Every exchange as it was, and from after the hello; and such as none of them holds."""
    whole = [exchange.script for exchange in exchanges()]
    greeted = [pack(flags | GREETED, steps[1:]) for flags, steps in map(unpack, whole)]
    signed = [
        pack(GREETED | dialled, [Step(Kind.SIGNED, bytes([0, which, 9, 0, 0, 1])), Step(Kind.SIGNED, payload)])
        for dialled, which in product((0, INITIATOR), range(10))
        for payload in (bytes([2, which, 12, 0, 4]), bytes([3, which, 4, 0, 1, 9]), bytes([0, which, 4, 0, 0, 2]))
    ]
    answered = [
        pack(flags | GREETED, [step for step in steps[1:] if not _is_answer(step)] + _ANSWERS)
        for flags, steps in map(unpack, whole)
    ]
    return whole + greeted + signed + answered


def _is_answer(step: Step) -> bool:
    return step.kind == Kind.MESSAGE and isinstance(messages.decode(step.payload), messages.Blocks)


def _wires() -> list[bytes]:
    return [bytes([exchange.initiator, pieces]) + exchange.wire for exchange in exchanges() for pieces in (4, 255)]


def signed_messages() -> list[bytes]:
    """Messages whose signatures hold, of every kind that has any."""
    payloads = product(range(4), range(10), (0, 5, 40), (0, 1), (0, 3), (0, 7))
    return [messages.encode(signed_message(bytes(payload))) for payload in payloads]


_SEEDS: Final[dict[str, Callable[[], list[bytes]]]] = {
    "message": lambda: _messages() + signed_messages(),
    "frames": _frames,
    "handshake": _handshakes,
    "insider": _insiders,
    "datagram": _datagrams,
    "beacon": _beacon_bodies,
    "evidence": _evidence,
    "cbor": _values,
    "json": _json,
    "record": _values,
    "text": _texts,
    "dialogue": _scripts,
    "wire": _wires,
}
