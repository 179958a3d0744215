"""What must be true of a simulated world: while it runs, and once it has healed."""

from collections.abc import Iterable, Mapping, Sequence

from multifeed.protocol.session import Closed
from tests.helpers.checks import assert_all_verify
from tests.simulation.world import Peer


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
