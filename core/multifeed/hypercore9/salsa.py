"""XSalsa20, the stream cipher that these links run through: it hides what is sent, and does not show if it was changed.

Owns the step that makes a key for Salsa20 of a long nonce. Salsa20 itself is pycryptodome's, which comes with the extra
`multichat[js]`.
"""

from struct import Struct
from typing import Final

from multifeed.errors import MissingLibraryError

_words: Final = Struct("<16I")
_key_words: Final = Struct("<8I")
_nonce_words: Final = Struct("<4I")
_MASK: Final = (1 << 32) - 1
_CONSTANT: Final = (0x61707865, 0x3320646E, 0x79622D32, 0x6B206574)

# A round changes each column, then each row, of the four by four words: the places that a quarter of it works on.
_COLUMNS: Final = ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11))
_ROWS: Final = ((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14))
_DOUBLE_ROUNDS: Final = 10

# Of the words after the last round, those that are the new key: the places of the constants and of the nonce.
_OUTPUT: Final = (0, 5, 10, 15, 6, 7, 8, 9)


def hsalsa20(key: bytes, nonce: bytes) -> bytes:
    """32 bytes made of a key of 32 and a nonce of 16."""
    k, n, c = _key_words.unpack(key), _nonce_words.unpack(nonce), _CONSTANT
    words = [c[0], *k[:4], c[1], *n, c[2], *k[4:], c[3]]
    for _ in range(_DOUBLE_ROUNDS):
        for places in (*_COLUMNS, *_ROWS):
            _quarter_round(words, *places)
    return _key_words.pack(*(words[place] for place in _OUTPUT))


def _quarter_round(words: list[int], a: int, b: int, c: int, d: int) -> None:
    words[b] ^= _rotated(words[a] + words[d], 7)
    words[c] ^= _rotated(words[b] + words[a], 9)
    words[d] ^= _rotated(words[c] + words[b], 13)
    words[a] ^= _rotated(words[d] + words[c], 18)


def _rotated(value: int, bits: int) -> int:
    value &= _MASK
    return (value << bits | value >> (32 - bits)) & _MASK


def require_cipher() -> None:
    """Raise MissingLibraryError if there is no Salsa20 on this machine."""
    try:
        import Crypto.Cipher.Salsa20  # noqa: F401, PLC0415 (an extra: wanted only where such links are)
    except ImportError as error:
        raise MissingLibraryError(
            "links with JavaScript peers need a cipher that is not installed: pip install 'multichat[js]'"
        ) from error


class XSalsa20:
    """The keystream of a key of 32 bytes and a nonce of 24, XORed onto what goes by, in whatever pieces it comes."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes, nonce: bytes) -> None:
        require_cipher()
        from Crypto.Cipher import Salsa20  # noqa: PLC0415 (an extra: wanted only where such links are)

        self._cipher = Salsa20.new(key=hsalsa20(key, nonce[:16]), nonce=nonce[16:])

    def update(self, data: bytes) -> bytes:
        """The next bytes, encrypted or decrypted: it is the same."""
        return self._cipher.encrypt(data)
