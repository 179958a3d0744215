"""Every error of the engine, by whose mistake it is.

Ours is LocalError, the peer's RemoteError, the disk's StoreError.

Anything else that comes out of the engine is a bug in it.
"""


class MultifeedError(Exception):
    """The root of all errors of the engine; never raised itself."""


class LocalError(MultifeedError):
    """Raised when the caller asks for what cannot be: the mistake is in this process."""


class InvalidArgumentError(LocalError, ValueError):
    """Raised when an argument has the wrong size, order or kind; nothing was changed."""


class ClosedError(LocalError):
    """Raised when a multifeed is used after it was closed."""


class NotWritableError(LocalError):
    """Raised when a block is appended to a feed whose secret key is not here."""


class FrozenError(LocalError):
    """Raised when a feed would grow whose key has signed two histories; see `Feed.conflict`."""


class BlockedError(LocalError):
    """Raised when a feed would grow that is blocked here; see `Multifeed.block`."""


class NotHeldError(LocalError, LookupError):
    """Raised when a block is read, or a proof asked for, that is not on this machine."""


class ListenError(LocalError):
    """Raised when this machine does not let us listen, such as on a port that is taken."""


class MissingLibraryError(LocalError):
    """Raised when something is wanted that takes a library that is not installed; says how to get it."""


class RemoteError(MultifeedError):
    """Raised when what a peer sent is wrong; costs that peer the feed or the link, and nobody else anything."""


class FrameError(RemoteError):
    """Raised when the bytes of a link are not frames, or do not decrypt."""


class HandshakeError(RemoteError):
    """Raised when a peer does not know the room's key, or does not prove who it is."""


class VersionMismatchError(HandshakeError):
    """Raised when a JavaScript peer speaks another version of multifeed's protocol: its ERR_VERSION_MISMATCH."""


class ClientMismatchError(HandshakeError):
    """Raised when a JavaScript peer is not a multifeed: its ERR_CLIENT_MISMATCH."""


class MessageError(RemoteError):
    """Raised when a frame decrypts to something that is not a message, or not one that fits where it stands."""


class InvalidProofError(RemoteError):
    """Raised when blocks and proof do not add up to a head that the feed's key has signed; nothing was stored."""


class UntiedProofError(InvalidProofError):
    """Raised when a proof is sound by itself but does not connect to the head held; ask again with `since`."""


class ConflictError(InvalidProofError):
    """Raised when a feed's key has signed two heads that contradict each other; the feed is frozen then."""


class BlockDecodeError(RemoteError):
    """Raised when a block's bytes are not a value in the feed's encoding; the other blocks are not affected."""


class StoreError(MultifeedError):
    """Raised when the disk refuses: full, read-only, failing. What was asked for has not happened at all."""


class LockedError(StoreError):
    """Raised when another process has the store open; `pid` names it if it could be read."""

    def __init__(self, message: str, pid: int | None) -> None:
        super().__init__(message)
        self.pid = pid


class ForeignStoreError(StoreError):
    """Raised when the file is not a store of this program; it was not touched."""


class NewerStoreError(StoreError):
    """Raised when the store was written by a newer version of this program; it was not touched."""


class DamagedStoreError(StoreError):
    """Raised when the database cannot be read any more; it was not overwritten."""
