"""Announcements: readable for the room, and nothing but noise for everybody else."""

import cbor2
import nacl.bindings
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multifeed.errors import MessageError
from multifeed.protocol.beacon import MAGIC, NONCE_LENGTH_BYTES, Beacon, BeaconBox, is_beacon

_KEY = b"k" * 32
_beacons = st.builds(
    Beacon,
    instance_id=st.binary(min_size=16, max_size=16),
    port=st.integers(0, 65_535),
    time_s=st.integers(0, 1 << 40),
    digest=st.binary(min_size=16, max_size=16),
)
_nonces = st.binary(min_size=NONCE_LENGTH_BYTES, max_size=NONCE_LENGTH_BYTES)


def _opens_as(datagram: bytes) -> Beacon | None:
    """What a receiver of the room takes a datagram for; None for what it drops, in whichever of the two ways."""
    try:
        return BeaconBox(_KEY).unseal(datagram)
    except MessageError:
        return None


@given(_beacons, _nonces)
def test_the_room_reads_what_was_sealed_and_it_is_small(beacon: Beacon, nonce: bytes) -> None:
    datagram = BeaconBox(_KEY).seal(beacon, nonce)
    assert is_beacon(datagram)
    assert BeaconBox(_KEY).unseal(datagram) == beacon
    assert len(datagram) < 200


@given(_beacons, _nonces, st.binary(min_size=32, max_size=32).filter(lambda key: key != _KEY))
def test_another_room_sees_nothing_in_it(beacon: Beacon, nonce: bytes, other_key: bytes) -> None:
    assert BeaconBox(other_key).unseal(BeaconBox(_KEY).seal(beacon, nonce)) is None


@given(_beacons, _nonces, st.data())
def test_a_beacon_cut_short_or_with_more_behind_it_is_dropped(
    beacon: Beacon, nonce: bytes, data: st.DataObject
) -> None:
    datagram = BeaconBox(_KEY).seal(beacon, nonce)
    assert _opens_as(datagram[: data.draw(st.integers(0, len(datagram) - 1))]) is None
    assert _opens_as(datagram + data.draw(st.binary(min_size=1, max_size=20))) is None


@given(_beacons, _nonces)
def test_a_flipped_bit_anywhere_is_noticed(beacon: Beacon, nonce: bytes) -> None:
    datagram = BeaconBox(_KEY).seal(beacon, nonce)
    for at in range(len(datagram)):
        spoilt = bytearray(datagram)
        spoilt[at] ^= 1 << at % 8
        assert _opens_as(bytes(spoilt)) is None


@given(_beacons, _nonces, _nonces)
def test_two_beacons_of_one_program_share_nothing_that_links_them(beacon: Beacon, first: bytes, second: bytes) -> None:
    if first == second:
        return
    box = BeaconBox(_KEY)
    at = len(MAGIC) + NONCE_LENGTH_BYTES
    one, other = box.seal(beacon, first)[at:], box.seal(beacon, second)[at:]
    # Of 80 random bytes, ten equal at the same place come about once in 10^13 pairs.
    assert sum(a == b for a, b in zip(one, other, strict=False)) < 10


@given(st.binary(max_size=300))
def test_junk_is_dropped(datagram: bytes) -> None:
    assert _opens_as(datagram) is None
    assert _opens_as(MAGIC + datagram) is None


_BODIES: list[object] = [
    None,
    [],
    {},
    "text",
    [b"i" * 16, 1, 2],
    [b"i" * 15, 1, 2, b"d" * 16],
    [b"i" * 16, 65_536, 2, b"d" * 16],
    [b"i" * 16, -1, 2, b"d" * 16],
    [b"i" * 16, 1, -1, b"d" * 16],
    [b"i" * 16, 1, 1 << 60, b"d" * 16],
    [b"i" * 16, 1, 1.5, b"d" * 16],
    [b"i" * 16, 1, 2, b"d" * 17],
    [b"i" * 16, [1], 2, b"d" * 16],
    [b"i" * 16, 1, 2, b"d" * 16, 5],
]


@pytest.mark.parametrize("body", _BODIES, ids=repr)
def test_a_sealed_body_that_does_not_say_what_it_should_is_malformed(body: object) -> None:
    with pytest.raises(MessageError):
        BeaconBox(_KEY).unseal(_sealed(cbor2.dumps(body)))


@given(st.binary(max_size=100))
def test_arbitrary_bytes_under_the_seal_are_malformed(body: bytes) -> None:
    with pytest.raises(MessageError):
        BeaconBox(_KEY).unseal(_sealed(body))


def _sealed(body: bytes) -> bytes:
    """A datagram that an insider makes of any body."""
    box = BeaconBox(_KEY)
    nonce = bytes(NONCE_LENGTH_BYTES)
    return MAGIC + nonce + box._tag(nonce) + nacl.bindings.crypto_secretbox(body, nonce, box._body_key)
