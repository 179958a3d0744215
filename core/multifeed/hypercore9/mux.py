"""What two multifeeds say to each other: that they are ones, which feeds they have, which they want, which will come.

    both ways   HANDSHAKE         client and version
    both ways   MANIFEST          the keys of the feeds that the sender has; later, of those that are new
    both ways   REQUEST_FEEDS     those of them that the receiver wants
    both ways   REPLICATE_FEEDS   those of these that the sender now opens channels for, as does the receiver

Each is a value in JSON under a name; names are numbered by their place in the list that each side sends first. Owns who
has offered and asked for what. Knows no feeds: which ones to offer and to ask for is an argument.
"""

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, NamedTuple

from multifeed.errors import ClientMismatchError, MessageError, VersionMismatchError
from multifeed.hypercore9.messages import Extension, Message, Options
from multifeed.keys import KEY_LENGTH_BYTES
from multifeed.limits import JS_EXTENSIONS_MAX, JS_FEEDS_MAX

CLIENT: Final = "MULTIFEED"
VERSION: Final = "4.0.0"

HANDSHAKE: Final = "MULTIFEED_HANDSHAKE"
MANIFEST: Final = "MULTIFEED_MANIFEST"
REQUEST: Final = "MULTIFEED_REQUEST_FEEDS"
REPLICATE: Final = "MULTIFEED_REPLICATE_FEEDS"

# In the order in which they are numbered.
_NAMES: Final = tuple(sorted((HANDSHAKE, MANIFEST, REQUEST, REPLICATE)))

# Of what somebody else sent, so much is repeated to the person who reads why a link ended.
_QUOTED_LENGTH_MAX: Final = 40


class Heard(NamedTuple):
    """What came of a message: `offered` keys, of which some may be asked for, and those to `replicate` from now on."""

    offered: tuple[bytes, ...] = ()
    replicate: tuple[bytes, ...] = ()


class Mux:
    """One side; `send` sends a message on the channel of the link."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        # The other side is a multifeed of our version.
        self.is_ready = False
        self._send = send
        self._their_names: tuple[str, ...] = ()
        # In order, so that a run can be repeated.
        self._offered: dict[bytes, None] = {}
        self._heard_of: dict[bytes, None] = {}
        self._asked: dict[bytes, None] = {}

    @property
    def heard_of(self) -> Collection[bytes]:
        """The keys of all feeds that the other side has offered."""
        return self._heard_of.keys()

    def greet(self) -> None:
        """Say who we are, once the other side has shown that it knows the room's key."""
        self._send(Options(_NAMES))
        self._say(HANDSHAKE, {"client": CLIENT, "version": VERSION})

    def offer(self, keys: Iterable[bytes]) -> None:
        """Offer those feeds that were neither offered nor asked for yet."""
        assert self.is_ready
        new = [key for key in keys if key not in self._offered and key not in self._asked]
        if new:
            self._offered.update(dict.fromkeys(new))
            self._say(MANIFEST, {"keys": [key.hex() for key in new]})

    def ask(self, keys: Iterable[bytes]) -> None:
        """Ask for feeds that were offered."""
        new = [key for key in keys if key not in self._asked]
        if new:
            self._asked.update(dict.fromkeys(new))
            self._say(REQUEST, [key.hex() for key in new])

    def names(self, message: Options) -> None:
        """The other side numbers its extensions. Raises MessageError for too many."""
        if len(message.extensions) > JS_EXTENSIONS_MAX:
            raise MessageError("the peer has too many extensions")
        self._their_names = message.extensions

    def receive(self, message: Extension) -> Heard:
        """What a message says. Raises HandshakeError or one of its kinds, MessageError."""
        name = self._their_names[message.id] if message.id < len(self._their_names) else ""
        if name not in _NAMES:
            return Heard()
        value = _loaded(message.payload)
        if name == HANDSHAKE:
            self._shake_hands(value)
            return Heard()
        if not self.is_ready:
            raise MessageError("the peer speaks of feeds before it has said what it is")
        return self._hear_of_feeds(name, value)

    def _shake_hands(self, value: object) -> None:
        if not isinstance(value, dict):
            raise MessageError("the peer does not say what it is")
        version, client = value.get("version"), value.get("client")
        if _major(version) != _major(VERSION):
            raise VersionMismatchError(f"the peer speaks version {_quoted(version)} of multifeed, not {VERSION}")
        if client != CLIENT:
            raise ClientMismatchError(f"the peer is no {CLIENT} but {_quoted(client)}")
        self.is_ready = True

    def _hear_of_feeds(self, name: str, value: Any) -> Heard:  # noqa: ANN401 (what JSON can be)
        if name == MANIFEST:
            keys = _keys(value.get("keys") if isinstance(value, dict) else None)
            self._heard_of.update(dict.fromkeys(keys))
            if len(self._heard_of) > JS_FEEDS_MAX:
                raise MessageError(f"the peer offers more than {JS_FEEDS_MAX} feeds")
            return Heard(offered=keys)
        keys = _keys(value)
        if name == REPLICATE:
            return Heard(replicate=tuple(key for key in keys if key in self._asked))
        keys = tuple(key for key in keys if key in self._offered)
        self._say(REPLICATE, [key.hex() for key in keys])
        return Heard(replicate=keys)

    def _say(self, name: str, value: object) -> None:
        self._send(Extension(_NAMES.index(name), json.dumps(value, separators=(",", ":")).encode()))


def _loaded(payload: bytes) -> object:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MessageError("what the peer says of feeds is not JSON") from error


def _keys(value: object) -> tuple[bytes, ...]:
    """The keys of a list, each once."""
    if not isinstance(value, list):
        raise MessageError("the peer's list of feeds is not a list")
    if len(value) > JS_FEEDS_MAX:
        raise MessageError(f"the peer names more than {JS_FEEDS_MAX} feeds at once")
    return tuple(dict.fromkeys(map(_key, value)))


def _key(value: object) -> bytes:
    try:
        key = bytes.fromhex(value) if isinstance(value, str) and len(value) == 2 * KEY_LENGTH_BYTES else b""
    except ValueError:
        key = b""
    if len(key) != KEY_LENGTH_BYTES:
        raise MessageError("the peer's list of feeds holds what is not a key")
    return key


def _major(version: object) -> str:
    return version.split(".")[0] if isinstance(version, str) else ""


def _quoted(value: object) -> str:
    return json.dumps(value[:_QUOTED_LENGTH_MAX]) if isinstance(value, str) else "nothing"
