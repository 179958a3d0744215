"""Values to block bytes and back. Pure.

A block is bytes; what they mean is up to whoever reads the feed. Owns the three encodings, and that whatever a foreign
block does to a decoder comes out as BlockDecodeError.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import cbor2

from multifeed.errors import BlockDecodeError, InvalidArgumentError


@dataclass(frozen=True, slots=True)
class Encoding:
    """One way to write values; `encode` raises InvalidArgumentError, `decode` BlockDecodeError."""

    name: str
    _dumps: Callable[[Any], bytes]
    _loads: Callable[[bytes], Any]

    def encode(self, value: object) -> bytes:
        """The bytes of the block that holds `value`."""
        try:
            return self._dumps(value)
        except (TypeError, ValueError, cbor2.CBOREncodeError, RecursionError) as error:
            raise InvalidArgumentError(f"not a value that {self.name} can hold: {error}") from error

    def decode(self, block: bytes) -> Any:  # noqa: ANN401 (a value is whatever the writer put in)
        """The value in a block."""
        try:
            return self._loads(block)
        except Exception as error:  # decoders build many kinds of objects; whichever fails, the bytes are at fault
            raise BlockDecodeError(f"the block is not {self.name}: {error}") from error


def _require_bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, bytearray | memoryview):
        raise TypeError(f"{type(value).__name__} is not bytes")
    return bytes(value)


def _dump_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _dump_cbor(value: object) -> bytes:
    return cbor2.dumps(value, canonical=True)


def _refuse(*_: object) -> NoReturn:
    raise ValueError("it holds what a value cannot be")


# References make a value contain itself, and whoever walks it never ends.
_NO_REFERENCES: Final = {28: _refuse, 29: _refuse}


def _load_cbor(block: bytes) -> object:
    # From a stream, whose position shows what is left over behind the value. Records are a map of texts; nesting that
    # deep is an attack on whoever walks it.
    stream = io.BytesIO(block)
    decoder = cbor2.CBORDecoder(stream, semantic_decoders=_NO_REFERENCES, max_depth=64, strict_hashable_types=True)
    value: object = decoder.decode()
    if stream.tell() != len(block):
        raise ValueError("there is more behind the value")
    return value


def _load_json(block: bytes) -> object:
    return json.loads(block, parse_constant=_refuse)


_ENCODINGS: Final = {
    encoding.name: encoding
    for encoding in (
        Encoding("binary", _require_bytes, bytes),
        Encoding("cbor", _dump_cbor, _load_cbor),
        Encoding("json", _dump_json, _load_json),
    )
}


def encoding_named(name: str) -> Encoding:
    """The encoding "binary", "cbor" or "json". Raises InvalidArgumentError for any other name."""
    try:
        return _ENCODINGS[name]
    except KeyError:
        raise InvalidArgumentError(f"value_encoding is one of {', '.join(_ENCODINGS)}, not {name!r}") from None
