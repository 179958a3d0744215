"""The channels of one link: one for each feed that both sides have, and the first, under the key of the room.

Owns which number stands for which feed on either side, and that whoever opens one knows the feed's key. Channel 0 is
for the link itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from multifeed import limits
from multifeed.errors import HandshakeError, MessageError
from multifeed.hypercore9.handshake import Secrets
from multifeed.hypercore9.messages import Close, Message, Open
from multifeed.keys import discovery_key

LINK_CHANNEL: Final = 0

# Sends a message on a channel of ours.
Send = Callable[[int, Message], None]


@dataclass(slots=True, eq=False)
class Channel:
    """One feed on one link; its key is known once we have opened it."""

    discovery_key: bytes
    key: bytes | None = None
    local_id: int | None = None
    remote_id: int | None = None
    capability: bytes = b""

    @property
    def is_open(self) -> bool:
        """Whether both sides have opened it."""
        return self.local_id is not None and self.remote_id is not None


class Channels:
    """Of a link with these `secrets`; `room_key` is what the first channel stands for."""

    def __init__(self, room_key: bytes, secrets: Secrets, send: Send) -> None:
        self._secrets = secrets
        self._send = send
        self._room_discovery_key = discovery_key(room_key)
        self._by_discovery_key: dict[bytes, Channel] = {}
        self._next_id = LINK_CHANNEL + 1
        self._remote: dict[int, Channel] = {}
        self.room = self.open(room_key)

    def __len__(self) -> int:
        return len(self._by_discovery_key)

    def open(self, key: bytes) -> Channel:
        """Open the channel of a feed. Raises HandshakeError if the other side has, and does not know its key."""
        name = discovery_key(key)
        channel = self._by_discovery_key.setdefault(name, Channel(name))
        if channel.local_id is None:
            channel.key = key
            channel.local_id = self._next_id
            self._next_id += 1
            self._send(channel.local_id, Open(name, self._secrets.capability(key)))
            self._check(channel)
        return channel

    def send(self, channel: Channel, message: Message) -> None:
        """Send a message on a channel that we have opened."""
        assert channel.local_id is not None
        self._send(channel.local_id, message)

    def opened(self, remote_id: int, message: Open) -> Channel:
        """The other side has opened a channel. Raises HandshakeError, MessageError."""
        if not self._remote and self.room.remote_id is None and message.discovery_key != self._room_discovery_key:
            raise HandshakeError("the peer has another key for the room")
        known = self._by_discovery_key.get(message.discovery_key)
        if remote_id == LINK_CHANNEL or remote_id in self._remote or (known and known.remote_id is not None):
            raise MessageError("a channel is opened twice")
        if known is None and len(self) >= limits.JS_FEEDS_MAX:
            raise MessageError(f"the peer opens more than {limits.JS_FEEDS_MAX} channels")
        channel = self._by_discovery_key.setdefault(message.discovery_key, Channel(message.discovery_key))
        channel.remote_id, channel.capability = remote_id, message.capability
        self._remote[remote_id] = channel
        self._check(channel)
        return channel

    def at(self, remote_id: int) -> Channel | None:
        """The channel under a number of the other side's; None if it has none there."""
        return self._remote.get(remote_id)

    def closed(self, remote_id: int, message: Close) -> Channel | None:
        """The other side has closed a channel, or will not open ours: it is closed on both sides."""
        channel = self._remote.get(remote_id) or self._by_discovery_key.get(message.discovery_key)
        if channel is not None:
            self.close(channel)
        return channel

    def close(self, channel: Channel) -> None:
        """Close a channel."""
        if channel.remote_id is not None:
            del self._remote[channel.remote_id]
        if channel.local_id is not None:
            self._send(channel.local_id, Close())
        del self._by_discovery_key[channel.discovery_key]
        channel.local_id = channel.remote_id = None

    def _check(self, channel: Channel) -> None:
        """Whoever opens the channel of a feed shows that it knows the feed's key."""
        if channel.is_open:
            assert channel.key is not None
            if not compare_digest(channel.capability, self._secrets.remote_capability(channel.key)):
                raise HandshakeError("the peer opens a channel and does not know its key")
