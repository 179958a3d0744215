"""Search: how fast a history is indexed, what the index costs on the disk, and how soon the first page is there."""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date
from itertools import accumulate
from pathlib import Path

from multichat.model.query import Query
from multichat.model.record import Record
from multichat.model.search import SearchIndex
from multifeed import Multifeed
from tests.bench.table import Figure, median_seconds, print_table, seconds

SIZES = (100_000, 1_000_000)
_BATCH = 10_000
_PAGE = 50
_REPEATS = 20

# Indexing ends there, and the figures are those of what has been indexed.
_INDEXING_MAX_S = 300.0

_FIRST_MS = 1_700_000_000_000
# Between two messages, on average.
_GAP_MS = 20_000
_NEVER_MS = 1 << 60
_TODAY = date(2024, 5, 31)

_AUTHORS = [f"person {number}" for number in range(20)]
_VOCABULARY_LENGTH = 60_000
_WORDS = 10


def run(sizes: tuple[int, ...] = SIZES) -> None:
    for size in sizes:
        with tempfile.TemporaryDirectory() as directory:
            print_table(f"search in {size:,} messages of about {_WORDS} words", list(_figures(size, Path(directory))))


class _Talk:
    """Messages whose words are as unequally common as those of a language: the n-th weighs 1/(n + 3)."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._moment_ms = _FIRST_MS
        words: dict[str, None] = {}
        while len(words) < _VOCABULARY_LENGTH:
            # Common words are short.
            length = 2 + len(words) // 200 if len(words) < 800 else self._rng.randint(5, 11)
            words["".join(self._rng.choices("etaoinshrdlucmfwypvbgkjqxz", range(27, 1, -1), k=length))] = None
        self.vocabulary = list(words)
        self._weights = list(accumulate(1 / (number + 3) for number in range(_VOCABULARY_LENGTH)))

    def record(self) -> Record:
        self._moment_ms += 1 + int(self._rng.expovariate(1 / _GAP_MS))
        length = 1 + min(int(self._rng.expovariate(1 / (_WORDS - 1))), 10 * _WORDS)
        text = " ".join(self._rng.choices(self.vocabulary, cum_weights=self._weights, k=length))
        return Record(_AUTHORS[int(self._rng.triangular(0, len(_AUTHORS) - 1, 0))], text, self._moment_ms)


def _write(multi: Multifeed, talk: _Talk, size: int) -> int:
    """Write so much talk, each person's to a feed of their own; how many bytes of text that is."""
    length_bytes = 0
    for _ in range(size // _BATCH):
        said: dict[str, list[Record]] = {}
        for record in (talk.record() for _ in range(_BATCH)):
            said.setdefault(record.nickname, []).append(record)
            length_bytes += len(record.text)
        for nickname, records in said.items():
            multi.writer(nickname).extend([record.value() for record in records])
    return length_bytes


def _figures(size: int, directory: Path) -> Iterator[Figure]:
    talk = _Talk(size)
    path = directory / "search.sqlite"
    with Multifeed.open(directory / "log.sqlite", value_encoding="cbor") as multi:
        length_bytes = _write(multi, talk, size)
        with closing(SearchIndex.open(path, multi, source=b"bench")) as index:
            yield from _indexing_figures(index, size)
        took_s = median_seconds(lambda _: SearchIndex.open(path, multi, source=b"bench").close(), 5)
        yield Figure("open", took_s * 1e3, "ms")
        with closing(SearchIndex.open(path, multi, source=b"bench")) as index:
            indexed = size - index.unread
            yield Figure("the text", length_bytes / size, "bytes/message")
            yield Figure("the index on the disk", path.stat().st_size / indexed, "bytes/message")
            yield from _query_figures(index, talk.vocabulary, _FIRST_MS + indexed * _GAP_MS // 2)
            yield from _live_figures(index, multi, talk)


def _indexing_figures(index: SearchIndex, size: int) -> Iterator[Figure]:
    steps_s: list[float] = []
    start_s = time.perf_counter()
    while index.unread and time.perf_counter() - start_s < _INDEXING_MAX_S:
        steps_s.append(seconds(index.advance))
    indexed = size - index.unread
    yield Figure("indexed", indexed, "messages")
    yield Figure("index", indexed / sum(steps_s), "messages/s")
    yield Figure("a step", statistics.median(steps_s) * 1e3, "ms", "a few")
    yield Figure("99 of 100 steps", statistics.quantiles(steps_s, n=100)[-1] * 1e3, "ms")
    yield Figure("the longest", max(steps_s) * 1e3, "ms")


def _query_figures(index: SearchIndex, vocabulary: list[str], middle_ms: int) -> Iterator[Figure]:
    first, second, third = vocabulary[:3]
    day = time.strftime("%Y-%m-%d", time.gmtime(middle_ms / 1000))
    queries = {
        "a rare word": f"{vocabulary[-1]} ",
        "a word of a hundredth": f"{vocabulary[100]} ",
        "the most common word": f"{first} ",
        "the two most common words": f"{first} {second} ",
        "a rare and a common word": f"{vocabulary[30_000]} {first} ",
        "a phrase of common words": f'"{first} {second}"',
        "a phrase of three, mostly not there": f'"{first} {second} {third} {first}"',
        "two letters that begin a word": f"{first[:2]}",
        "three letters that begin a word": f"{vocabulary[1000][:3]}",
        "a common word and two letters": f"{second} {first[:2]}",
        "all but a common word": f"-{first}",
        "one common word without another": f"{first} -{second}",
        "from one of twenty": 'from:"person 7"',
        "from all of them": "from:person",
        "from one, with a common word": f'from:"person 7" {first} ',
        "a day in the middle": f"on:{day}",
        "a common word before the middle": f"{first} before:{day}",
        "a common word on that day": f"{first} on:{day}",
        "what nobody has said": "zzzzzzzzzzzzzz ",
    }
    for what, text in queries.items():
        query = Query.parse(text, today=_TODAY, zone=UTC)
        found: list[int] = []

        def page(_: int, query: Query = query, found: list[int] = found) -> None:
            found.append(len(index.search(query, None, _PAGE, until_ms=_NEVER_MS)))

        took_s = median_seconds(page, _REPEATS)
        yield Figure(f"{what}: a page of {found[0]}", took_s * 1e3, "ms", "< 50")
    common = Query.parse(f"{first} ", today=_TODAY, zone=UTC)
    took_s = median_seconds(lambda _: index.count(common, 1_000, until_ms=_NEVER_MS), _REPEATS)
    yield Figure("count to 1,000", took_s * 1e3, "ms")


def _live_figures(index: SearchIndex, multi: Multifeed, talk: _Talk) -> Iterator[Figure]:
    """Messages that come one by one, as they do when the history has been read."""
    if index.unread:
        return
    steps_s: list[float] = []
    for _ in range(1_000):
        multi.writer(_AUTHORS[0]).append(talk.record().value())
        steps_s.append(seconds(index.advance))
    yield Figure("a message that arrives", statistics.median(steps_s) * 1e3, "ms")
    yield Figure("99 of 100 of these", statistics.quantiles(steps_s, n=100)[-1] * 1e3, "ms")


if __name__ == "__main__":
    run()
