"""The files in which hypercore 9 keeps a feed, and where a multifeed 6 keeps its feeds: read, and never written.

`key` is the public key. `tree`, `signatures` and `bitfield` begin with a header of 32 bytes. Then follow nodes of 40
bytes by index (hash, u64 size); signatures of 64 bytes, each where the last seq is that it covers; pages, the first KiB
of each with a bit for every block, the highest bit of a byte first. `data` is the blocks, where the sizes put them.

Owns the layout. What stands there is taken as it is: whether it holds is the business of `history`.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing
from io import BufferedReader
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import Final, Self

from multifeed.errors import ForeignStoreError, StoreError
from multifeed.keys import KEY_LENGTH_BYTES, SIGNATURE_LENGTH_BYTES
from multifeed.limits import STORED_FEEDS_MAX, STORED_SIGNATURES_LOOKED_AT_MAX
from multifeed.merkle import HASH_LENGTH_BYTES, Node

_HEADER_LENGTH_BYTES: Final = 32
_MAGIC: Final = b"\x05\x02\x57"
_BITFIELD, _SIGNATURES, _TREE = range(3)
_VERSION: Final = 0

_NODE = Struct(">32sQ")
_LEAF_SIZE = Struct(">32xQ40x")
_NO_NODE: Final = bytes(_NODE.size)
_NO_SIGNATURE: Final = bytes(SIGNATURE_LENGTH_BYTES)
_SIGNATURES_READ: Final = 1024

# Of a page of the bitfield, what says which blocks are held; the rest says which nodes are known.
_PAGE_HELD_BYTES: Final = 1024
_PAGE_BLOCKS: Final = 8 * _PAGE_HELD_BYTES
_PAGE_LENGTHS_BYTES: Final = (3328, 3584)

# A link may lead anywhere, and a pipe never ends. Windows has neither here.
_FLAGS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def feed_directories(directory: Path) -> list[Path]:
    """Where the feeds of a multifeed are, in its order; `directory` itself where that is a single feed.

    Raises ForeignStoreError if there are none, StoreError if it cannot be read.
    """
    if (directory / "key").is_file():
        return [directory]
    try:
        names = [entry.name for entry in directory.iterdir() if _is_number(entry.name)]
    except OSError as error:
        raise StoreError(f"cannot read {directory}: {error.strerror or error}") from error
    if not names:
        raise ForeignStoreError(f"{directory} is not the directory of a multifeed: it has no feeds (0, 1, 2, ...)")
    if len(names) > STORED_FEEDS_MAX:
        raise ForeignStoreError(f"{directory} has more than {STORED_FEEDS_MAX} feeds")
    return [directory / name for name in sorted(names, key=int)]


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 10


class Storage:
    """The files of one feed, open; a context manager. What cannot be read of them is not there."""

    def __init__(self, directory: Path) -> None:
        """Raises ForeignStoreError if this is not such a directory, StoreError if it cannot be read."""
        with ExitStack() as files:
            if directory.is_symlink():
                raise ForeignStoreError("is a link to somewhere else")
            with closing(_File(directory / "key")) as key:
                self.key = key.read(0, KEY_LENGTH_BYTES + 1)
            if len(self.key) != KEY_LENGTH_BYTES:
                raise ForeignStoreError(f"key is not {KEY_LENGTH_BYTES} bytes")
            self._tree, self._signatures, self._bitfield, self._data = (
                files.enter_context(closing(_File(directory / name)))
                for name in ("tree", "signatures", "bitfield", "data")
            )
            _require_header(self._tree, _TREE, _NODE.size, b"BLAKE2b")
            _require_header(self._signatures, _SIGNATURES, SIGNATURE_LENGTH_BYTES, b"Ed25519")
            self._page_length_bytes = _page_length_in(self._bitfield)
            self._files = files.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._files.close()

    # --- signatures ---

    @property
    def length(self) -> int:
        """How many blocks the feed may have: there is a place for so many signatures, or leaves."""
        return max(_count(self._signatures, SIGNATURE_LENGTH_BYTES), self._leaf_count)

    def signatures(self) -> Iterator[tuple[int, bytes]]:
        """The lengths that are signed, from the greatest on that the tree may have, with what should be signatures.

        No more than STORED_SIGNATURES_LOOKED_AT_MAX places are looked at: of a file without an end nobody waits for it.
        """
        end = min(_count(self._signatures, SIGNATURE_LENGTH_BYTES), self._leaf_count)
        last = max(0, end - STORED_SIGNATURES_LOOKED_AT_MAX)
        for stop in range(end, last, -_SIGNATURES_READ):
            start = max(last, stop - _SIGNATURES_READ)
            read = self._signatures.read(*_place(start, stop, SIGNATURE_LENGTH_BYTES))
            for seq in range(stop - 1, start - 1, -1):
                at = (seq - start) * SIGNATURE_LENGTH_BYTES
                signature = read[at : at + SIGNATURE_LENGTH_BYTES]
                if len(signature) == SIGNATURE_LENGTH_BYTES and signature != _NO_SIGNATURE:
                    yield seq + 1, signature

    # --- the tree ---

    @property
    def _leaf_count(self) -> int:
        return (_count(self._tree, _NODE.size) + 1) // 2

    def node(self, index: int) -> Node | None:
        """A node of the tree; None if it is not there."""
        read = self._tree.read(*_place(index, index + 1, _NODE.size))
        if len(read) < _NODE.size or read == _NO_NODE:
            return None
        hash_, size = _NODE.unpack(read)
        assert len(hash_) == HASH_LENGTH_BYTES
        return Node(index, hash_, size)

    def block_lengths(self, start: int, end: int) -> list[int] | None:
        """How long each of the blocks of [start, end) should be; None if the tree ends before."""
        # The leaves are every other node, without the one behind the last.
        offset, length = _place(2 * start, 2 * end - 1, _NODE.size)
        read = self._tree.read(offset, length)
        if len(read) < length:
            return None
        return [size for (size,) in _LEAF_SIZE.iter_unpack(read + _NO_NODE)]

    # --- blocks ---

    def data(self, offset: int, length: int) -> bytes | None:
        """So much of all blocks together; None if it is not there."""
        if offset + length > self._data.length:
            return None
        read = self._data.read(offset, length)
        return read if len(read) == length else None

    @property
    def says_what_is_held(self) -> bool:
        """Whether the bitfield can be read; `held` gives everything else."""
        return self._page_length_bytes is not None

    def held(self, length: int) -> Iterator[tuple[int, int]]:
        """The runs of the first `length` blocks that should be here, from the left; those that touch may be several."""
        if self._page_length_bytes is None:
            yield 0, length
            return
        for start in range(0, length, _PAGE_BLOCKS):
            offset = _HEADER_LENGTH_BYTES + start // _PAGE_BLOCKS * self._page_length_bytes
            page = self._bitfield.read(offset, _PAGE_HELD_BYTES)
            for first, last in _runs_in(page):
                if start + first < length:
                    yield start + first, min(start + last, length)


class _File:
    """A regular file, open; where it ends or cannot be read, there is nothing."""

    def __init__(self, path: Path) -> None:
        """Raises ForeignStoreError, StoreError."""
        try:
            self._file = _opened(path)
        except FileNotFoundError as error:
            raise ForeignStoreError(f"has no {path.name}") from error
        except OSError as error:
            raise StoreError(f"cannot read {path.name}: {error.strerror or error}") from error
        self.length = os.fstat(self._file.fileno()).st_size

    def close(self) -> None:
        self._file.close()

    def read(self, offset: int, length: int) -> bytes:
        """Up to so many bytes; fewer where the file ends."""
        if offset >= self.length:
            return b""
        try:
            self._file.seek(offset)
            return self._file.read(min(length, self.length - offset))
        except OSError:
            return b""


def _opened(path: Path) -> BufferedReader:
    if path.is_symlink():
        raise ForeignStoreError(f"{path.name} is a link to somewhere else")
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | _FLAGS))  # noqa: SIM115 (a Path takes no opener; see _File.close)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ForeignStoreError(f"{path.name} is not a file")
    return file


def _place(start: int, end: int, each_bytes: int) -> tuple[int, int]:
    """Where in a file [start, end) is, of what it is made of, and how long that is."""
    return _HEADER_LENGTH_BYTES + start * each_bytes, (end - start) * each_bytes


def _count(file: _File, each_bytes: int) -> int:
    """How many of what it is made of are in a file."""
    return max(0, file.length - _HEADER_LENGTH_BYTES) // each_bytes


def _header_of(file: _File) -> tuple[int, int, bytes] | None:
    """What the file is, the length of what it is made of, and of which algorithm; None if it is of another format."""
    read = file.read(0, _HEADER_LENGTH_BYTES)
    if len(read) < _HEADER_LENGTH_BYTES or read[:3] != _MAGIC or read[4] != _VERSION:
        return None
    return read[3], int.from_bytes(read[5:7]), read[8 : 8 + read[7]]


def _require_header(file: _File, kind: int, each_bytes: int, algorithm: bytes) -> None:
    if _header_of(file) != (kind, each_bytes, algorithm):
        name = ("bitfield", "signatures", "tree")[kind]
        raise ForeignStoreError(f"{name} does not begin as one of hypercore 9 does")


def _page_length_in(bitfield: _File) -> int | None:
    header = _header_of(bitfield)
    is_known = header is not None and header[0] == _BITFIELD and header[1] in _PAGE_LENGTHS_BYTES
    return header[1] if header is not None and is_known else None


def _runs_in(page: bytes) -> Iterator[tuple[int, int]]:
    """The runs of bits that are set."""
    if page == b"\xff" * _PAGE_HELD_BYTES:
        yield 0, _PAGE_BLOCKS
        return
    bits = "".join(format(byte, "08b") for byte in page)
    end = 0
    while (start := bits.find("1", end)) >= 0:
        end = bits.find("0", start)
        if end < 0:
            end = len(bits)
        yield start, end
