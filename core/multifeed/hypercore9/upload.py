"""What we give of one feed on one link: which blocks there are, and each with what proves it.

Owns what the other side has been told. Knows no link: messages go out through an argument.
"""

from collections.abc import Callable, Iterable

from multifeed import flat_tree, limits
from multifeed.errors import NotHeldError
from multifeed.feed import Feed
from multifeed.hypercore9 import bitfield, digest
from multifeed.hypercore9.messages import Data, Have, Message, Request, Unhave, Want
from multifeed.merkle import Node
from multifeed.ranges import RangeSet


class Upload:
    """Of `feed`."""

    def __init__(self, feed: Feed, send: Callable[[Message], None]) -> None:
        self._feed = feed
        self._send = send
        # The other side wants to know what there is; before that it is told nothing.
        self._is_wanted = False
        # It wants to hear of each block that has come from it.
        self.is_acknowledging = False
        self._nodes: dict[int, Node] = {}

    def want(self, want: Want, *, is_given: bool = True) -> None:
        """Say what is held of a region; first of all how far the feed goes, since regions are found by that.

        Of a feed that is not given, nothing is.
        """
        held = self._feed.held if is_given else RangeSet()
        if not self._is_wanted and self._feed.length - 1 in held:
            self._send(Have(self._feed.length - 1))
        self._is_wanted = True
        length = min(want.length or limits.JS_WANT_LENGTH_BLOCKS, limits.JS_WANT_LENGTH_BLOCKS)
        self._send(Have(want.start, want.length, bitfield.encode(held, want.start, want.start + length)))

    def tell(self, start: int, end: int, theirs: RangeSet) -> None:
        """Blocks [start, end) are new here; that is no news of those that the other side is known to hold."""
        if self._is_wanted:
            for first, last in theirs.gaps(start, end):
                self._send(Have(first, last - first))
        if self.is_acknowledging:
            for first, last in theirs.within(start, end):
                self._send(Have(first, last - first, ack=True))

    def answer(self, request: Request) -> None:
        """Send what is asked for, or say that it is not here. Raises StoreError."""
        try:
            self._send(self._data(self._seq_of(request), request))
        except NotHeldError:
            self.refuse(request)

    def refuse(self, request: Request) -> None:
        """Say that what is asked for is not to be had here."""
        self._send(Unhave(request.index))

    def _data(self, seq: int, request: Request) -> Data:
        if seq >= self._feed.length:
            raise NotHeldError("there is no such block")
        value = None if request.hash else self._feed.checked_blocks(seq, seq + 1)[0]
        known = request.nodes if seq == request.index else digest.FULL
        indexes, is_signed = digest.answer_indexes(seq, known, self._feed.length, with_hash=request.hash)
        signature = self._feed.head.signature if is_signed else None
        return Data(seq, value, tuple(map(self._node, indexes)), signature)

    def _seq_of(self, request: Request) -> int:
        """The seq that is asked for; the one that holds a byte, if that is what is asked for and can be told."""
        if not request.bytes:
            return request.index
        return _seq_at(request.bytes, self._feed.roots, self._node)

    def _node(self, index: int) -> Node:
        node = self._nodes.get(index)
        if node is None:
            node = self._feed.node(index)
            if node is None:
                raise NotHeldError("a part of the tree is not held")
            if len(self._nodes) >= limits.JS_NODES_KEPT_MAX:
                self._nodes.clear()
            self._nodes[index] = node
        return node


def _seq_at(offset: int, roots: Iterable[Node], node_at: Callable[[int], Node]) -> int:
    """The block that holds the byte at `offset`. Raises NotHeldError."""
    for root in roots:
        if offset < root.size:
            return _seq_under(offset, root, node_at)
        offset -= root.size
    raise NotHeldError("the feed is not as long as that")


def _seq_under(offset: int, node: Node, node_at: Callable[[int], Node]) -> int:
    while node.index & 1:
        left, right = map(node_at, flat_tree.children_of(node.index))
        node, offset = (left, offset) if offset < left.size else (right, offset - left.size)
    return node.index // 2
