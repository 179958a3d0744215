"""Published vectors of HSalsa20 and XSalsa20 (Bernstein, "Extending the Salsa20 nonce"; the tests of NaCl)."""

import random
from hashlib import sha256

import pytest

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")

from multifeed.hypercore9.salsa import XSalsa20, hsalsa20

_SHARED = bytes.fromhex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
_FIRST_KEY = bytes.fromhex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
_NONCE = bytes.fromhex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37")
_SECOND_KEY = bytes.fromhex("dc908dda0b9344a953629b733820778880f3ceb421bb61b91cbd4c3e66256ce4")
_STREAM_START = bytes.fromhex("eea6a7251c1e72916d11c2cb214d3c252539121d8e234e652d651fa4c8cff880")
_STREAM_SHA256 = "662b9d0e3463029156069b12f918691a98f7dfb2ca0393c96bbfc6b1fbd630a2"


def test_hsalsa20_makes_the_keys_of_the_paper() -> None:
    assert hsalsa20(_SHARED, bytes(16)) == _FIRST_KEY
    assert hsalsa20(_FIRST_KEY, _NONCE[:16]) == _SECOND_KEY


def test_the_key_stream_is_the_one_of_the_paper() -> None:
    stream = XSalsa20(_FIRST_KEY, _NONCE).update(bytes(1 << 22))

    assert stream.startswith(_STREAM_START)
    assert sha256(stream).hexdigest() == _STREAM_SHA256


def test_the_key_stream_goes_on_wherever_the_pieces_end() -> None:
    chance = random.Random(1)
    whole = XSalsa20(_FIRST_KEY, _NONCE).update(bytes(100_000))
    cipher, pieces = XSalsa20(_FIRST_KEY, _NONCE), b""
    while len(pieces) < len(whole):
        pieces += cipher.update(bytes(min(chance.choice((0, 1, 7, 63, 64, 65, 1000)), len(whole) - len(pieces))))

    assert pieces == whole
