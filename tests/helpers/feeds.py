"""Feeds to test with: keys by number, stores in directories that go away, copies of feeds."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from multifeed import Feed, KeyPair, Multifeed

STORE_NAME = "multifeed.sqlite"


def key_pair(number: int) -> KeyPair:
    """The same key pair for the same number, in every run."""
    return KeyPair.from_seed(number.to_bytes(32))


def numbered_blocks(count: int, mark: str = "block") -> list[bytes]:
    """Blocks that differ in content and in length."""
    return [f"{mark} {number} ".encode() * (number % 4 + 1) for number in range(count)]


@contextmanager
def open_multifeeds(count: int) -> Iterator[list[Multifeed]]:
    """So many empty stores, each of its own."""
    with TemporaryDirectory() as directory, ExitStack() as stack:
        yield [stack.enter_context(Multifeed.open(Path(directory) / f"{number}.sqlite")) for number in range(count)]


def written(multi: Multifeed, number: int, blocks: Sequence[bytes]) -> Feed:
    """A feed with these blocks, written in `multi` with the key pair of `number`."""
    feed = multi.writer(f"writer {number}", key_pair=key_pair(number))
    if blocks:
        feed.extend(blocks)
    return feed


def copy_range(source: Feed, target: Feed, start: int, end: int) -> None:
    """Give `target` the blocks [start, end) as a peer does."""
    target.accept(start, source.blocks(start, end), source.proof(start, end, since=min(target.length, source.length)))


def rows_of(path: Path) -> dict[str, int]:
    """How many rows each table of a store has, as another program reads it."""
    connection = sqlite3.connect(path)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608 (names of our own schema)
    finally:
        connection.close()


def heads_of(feeds: Iterable[Feed]) -> dict[bytes, tuple[int, bytes, list[tuple[int, int]]]]:
    """What is known and held of each feed, to compare two moments or two stores by."""
    return {feed.key: (feed.length, feed.head.tree_hash, list(feed.held)) for feed in feeds}
