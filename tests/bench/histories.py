"""What is stored before a measurement begins: messages as the program writes them, and feeds of others."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from multichat.model.record import Record
from multifeed import Feed, KeyPair, Multifeed

_BATCH = 1_000
_MOMENT_MS = 1_700_000_000_000


def message(number: int) -> dict[str, object]:
    """The value of a message: about 130 bytes in a block."""
    text = f"hello world number {number} lorem ipsum dolor sit amet"
    return Record("cat-lover", text, _MOMENT_MS + number * 1_000).value()


def write_messages(feed: Feed, count: int) -> None:
    """Append so many messages, in batches of 1,000."""
    for start in range(0, count, _BATCH):
        feed.extend([message(number) for number in range(start, min(start + _BATCH, count))])


def fill(multi: Multifeed, feeds: int, values: Sequence[bytes]) -> None:
    """Put so many feeds of others there, each accepted whole, all with the same blocks; `writer(n)` wrote them."""
    with tempfile.TemporaryDirectory() as directory, Multifeed.open(Path(directory) / "writers.sqlite") as writers:
        for number in range(feeds):
            feed = writers.writer(str(number), key_pair=writer(number))
            feed.extend(values)
            multi.candidate(feed.key).accept(0, values, feed.proof(0, len(values)))


def writer(number: int) -> KeyPair:
    """Who wrote a feed that `fill` has put somewhere."""
    return KeyPair.from_seed(number.to_bytes(32))
