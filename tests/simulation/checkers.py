"""What must be true of a simulated world: while it runs, and once it has healed."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from multichat.model.timeline import Timeline
from multifeed import Feed
from multifeed.protocol.events import Answered, Closed, Pushed
from tests.helpers.checks import assert_all_verify
from tests.simulation.world import Peer, World


def written_by(peers: Iterable[Peer]) -> dict[bytes, list[bytes]]:
    """Every block that was ever written, by feed: what each writer itself holds."""
    return {peer.feed.key: peer.feed.blocks(0, peer.feed.length) for peer in peers}


def hold_the_union(peers: Sequence[Peer]) -> bool:
    """Whether every peer holds everything that any of them has written."""
    lengths = {peer.feed.key: peer.feed.length for peer in peers if peer.feed.length}
    return all(
        (feed := peer.multi.feed(key)) is not None and feed.held.covers(0, length) and feed.length == length
        for peer in peers
        for key, length in lengths.items()
    )


def assert_nothing_forged(peers: Iterable[Peer], written: Mapping[bytes, Sequence[bytes]]) -> None:
    """Every block anywhere is the one that its writer wrote at its place, and every store verifies."""
    for peer in peers:
        for arrival in peer.multi.arrivals():
            assert arrival.feed in written, "a feed that nobody writes"
            assert arrival.data == written[arrival.feed][arrival.seq]
        assert_all_verify(peer.multi)


def assert_nobody_accused(peers: Iterable[Peer]) -> None:
    """Among honest peers nobody ever says that the other did wrong, and no disk has failed."""
    for peer in peers:
        assert peer.store_errors == []
        for event in peer.heard:
            if isinstance(event, Closed):
                assert event.error is None, event
                assert not event.is_clean, f"somebody said goodbye: {event.reason}"


def assert_same_digest(peers: Sequence[Peer]) -> None:
    """Who holds the same says the same."""
    assert len({peer.replica.heads.root() for peer in peers}) == 1


def assert_same_claims(peers: Sequence[Peer]) -> None:
    """Everybody says the same of what these have written, and holds the same of all else.

    Of a liar's feed one may know a longer head, of which nobody has the blocks.
    """
    for key in (peer.feed.key for peer in peers):
        assert len({peer.replica.heads.get(key) for peer in peers}) == 1
    held = [{feed.key: list(feed.held) for feed in peer.multi.feeds() if feed.held} for peer in peers]
    assert all(each == held[0] for each in held), "somebody holds what others lack"


class Acknowledged:
    """What each writer was told is written: it is there, whatever happens."""

    def __init__(self) -> None:
        self._lengths: dict[Peer, int] = {}
        self._heads: dict[tuple[Peer, int], bytes] = {}

    def add(self, peer: Peer) -> None:
        """An append has returned."""
        self._lengths[peer] = peer.feed.length
        self._heads[peer, peer.feed.length] = peer.feed.head.tree_hash

    def check(self, peer: Peer) -> None:
        """Everything that was acknowledged is there, unchanged."""
        length = self._lengths.get(peer, 0)
        assert peer.feed.length >= length, "what was acknowledged is gone"
        if length:
            assert peer.feed.tree_hash_at(length) == self._heads[peer, length], "what was acknowledged has changed"
            assert peer.feed.held.covers(0, length)


class Kept:
    """What each peer has accepted: it stays, and never changes."""

    def __init__(self, peers: Iterable[Peer]) -> None:
        self._blocks: dict[Peer, dict[tuple[bytes, int], bytes]] = {}
        for peer in peers:
            self._blocks[peer] = {}
            self._watch(peer)

    def restarted(self, peer: Peer) -> None:
        """The peer has begun again: all of it is there still."""
        self._check(peer)
        self._watch(peer)

    def check(self) -> None:
        """All of it is there, at everybody's."""
        for peer in self._blocks:
            self._check(peer)

    def _watch(self, peer: Peer) -> None:
        blocks = self._blocks[peer]

        def on_change(feed: Feed, start: int, end: int) -> None:
            for seq, block in enumerate(feed.blocks(start, end), start):
                assert blocks.setdefault((feed.key, seq), block) == block, "what was accepted has changed"

        peer.multi.listen(on_change)

    def _check(self, peer: Peer) -> None:
        for (key, seq), block in self._blocks[peer].items():
            feed = peer.multi.feed(key)
            assert feed is not None, "a feed that was accepted is gone"
            assert feed.block(seq) == block, "what was accepted has changed"


def assert_bounded(peers: Sequence[Peer]) -> None:
    """What somebody was sent is in proportion to what there is, and to how often links were lost."""
    total = sum(peer.feed.length for peer in peers)
    for peer in peers:
        received = sum(len(event.blocks) for event in peer.heard if isinstance(event, Answered | Pushed))
        lost = sum(isinstance(event, Closed) for event in peer.heard)
        assert received <= 3 * total + 600 * (lost + peer.runs), f"{received} blocks were sent of {total}"


def assert_quiet(world: World, peers: Sequence[Peer], quiet_s: float) -> None:
    """When everybody holds everything, nobody says anything but that they are there."""
    for peer in peers:
        peer.heard.clear()
    world.pass_time(quiet_s)
    for peer in peers:
        assert peer.heard == [], f"something is said, again and again: {peer.heard[:3]}"
        assert not peer.replica.is_syncing()
        assert all(end.session.asked_count == 0 for end in peer.ends), "an answer is still waited for"


def assert_same_order(peers: Sequence[Peer], directory: str, clock_ms: int) -> None:
    """Everybody shows the same conversation, whatever came to them in which order."""
    orders = set()
    for peer in peers:
        path = Path(directory) / f"{peer.number}.sqlite"
        timeline = Timeline.open(path, peer.multi, source=peer.feed.key, clock_ms=lambda: clock_ms)
        while timeline.advance() is not None:
            pass
        orders.add(tuple(message.position for message in timeline.after(None, 1_000_000)))
        timeline.close()
    assert len(orders) == 1, "two show different conversations"
