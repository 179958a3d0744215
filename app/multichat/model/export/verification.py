"""Checks a file of JSON lines, line by line: what holds, what does not, and what contradicts what. Pure.

Owns what is remembered from line to line, which is bounded whatever is in them: that two lines are each signed does not
make them one history. Knows neither files nor how it is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from multichat.limits import VERIFIED_AUTHORS_MAX, VERIFIED_FAILURES_MAX, VERIFIED_ROOTS_MAX
from multichat.model.export.evidence import Signed
from multichat.model.export.jsonl import Line, LineError, read_line
from multichat.model.names import shown_name
from multichat.model.text import SafeText
from multifeed import flat_tree, keys, merkle
from multifeed.merkle import Head, Node

# Most lines of a feed are proven against one head.
_HEADS_CACHED: Final = 1_024


class Failure(NamedTuple):
    """Why a line does not hold; the first is 1."""

    number: int
    reason: str


@dataclass(slots=True)
class Failures:
    """The first of them, and how many there are."""

    first: list[Failure]
    count: int = 0

    def add(self, number: int, reason: str) -> None:
        """One more line that does not hold."""
        self.count += 1
        if len(self.first) < VERIFIED_FAILURES_MAX:
            self.first.append(Failure(number, reason))


@dataclass(slots=True)
class Author:
    """Whose key has signed how many lines, and what the last of them is called."""

    nickname: SafeText
    count: int = 0


class _Root(NamedTuple):
    node: Node
    # The line that it comes from.
    number: int


class Verification:
    """Of one file. `read` every line; then, if `has_several_heads`, read them anew with `read_again` if that can be."""

    def __init__(self) -> None:
        self.line_count = 0
        self.broken = Failures([])
        self.contradictions = Failures([])
        # Of further ones, nothing is remembered but the lines.
        self.authors: dict[bytes, Author] = {}
        self._roots: dict[bytes, dict[int, _Root]] = {}
        self._heads: dict[bytes, set[Head]] = {}
        self._root_count = 0
        self._is_signed = lru_cache(_HEADS_CACHED)(_is_signed)

    @property
    def holds(self) -> bool:
        """Whether all lines hold, and none contradicts another."""
        return not self.broken.count and not self.contradictions.count

    @property
    def failures(self) -> list[Failure]:
        """The first lines that do not hold, in their order."""
        return sorted([*self.broken.first, *self.contradictions.first])[:VERIFIED_FAILURES_MAX]

    @property
    def has_several_heads(self) -> bool:
        """Whether a feed has more than one head: a line may contradict one that comes after it."""
        return any(len(heads) > 1 for heads in self._heads.values())

    @property
    def is_all_remembered(self) -> bool:
        """Whether every head could be compared with every line."""
        return self._root_count < VERIFIED_ROOTS_MAX

    def read(self, line: bytes) -> None:
        """Check the next line."""
        self.line_count += 1
        try:
            found = read_line(line, self._is_signed)
        except LineError as error:
            self.broken.add(self.line_count, str(error))
            return
        self._count(found)
        self._compare(self.line_count, found)
        self._remember(self.line_count, found)

    def begin_again(self) -> None:
        """What contradicts what is found anew, with all heads known."""
        self.contradictions = Failures([])

    def read_again(self, number: int, line: bytes) -> None:
        """Compare line `number` with the heads of all lines."""
        try:
            found = read_line(line, self._is_signed)
        except LineError:
            # It has been told.
            return
        self._compare(number, found)

    def _count(self, line: Line) -> None:
        feed = line.signed.feed
        if feed not in self.authors and len(self.authors) >= VERIFIED_AUTHORS_MAX:
            return
        author = self.authors.setdefault(feed, Author(SafeText("")))
        author.nickname = shown_name(line.record.nickname)
        author.count += 1

    def _compare(self, number: int, line: Line) -> None:
        """A node that two lines show is one node, if they are of one history."""
        feed, head = line.signed.feed, line.signed.head
        if self._heads.get(feed, set()) <= {head}:
            return
        roots = self._roots[feed]
        for node in _nodes_of(line.signed):
            known = roots.get(node.index)
            if known is not None and known.node != node:
                self.contradictions.add(
                    number,
                    f"it is signed, and contradicts line {known.number:,}: the same key has signed two histories",
                )
                return

    def _remember(self, number: int, line: Line) -> None:
        feed, head = line.signed.feed, line.signed.head
        if head in self._heads.get(feed, set()) or not self.is_all_remembered:
            return
        self._heads.setdefault(feed, set()).add(head)
        roots = self._roots.setdefault(feed, {})
        for node in line.roots:
            roots.setdefault(node.index, _Root(node, number))
        self._root_count += len(line.roots)


def _nodes_of(signed: Signed) -> Iterator[Node]:
    """What the proof of one block shows: what it was given, and what lies between the block and its root."""
    yield from signed.nodes
    verified = merkle.verify(signed.proof, [signed.block], ())
    index = flat_tree.index_of(0, signed.seq)
    while (node := verified.node(index)) is not None:
        yield node
        index = flat_tree.parent_of(index)


def _is_signed(feed: bytes, head: Head) -> bool:
    return keys.verify(feed, merkle.signable(head.tree_hash, head.length), head.signature)
