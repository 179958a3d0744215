"""What must be true of every store at any time."""

from multifeed import Feed, Multifeed, keys, merkle


def assert_verifies(feed: Feed) -> None:
    """The head is signed, and every run that is held adds up to it."""
    if feed.length == 0:
        assert not feed.held
        return
    assert keys.verify(feed.key, merkle.signable(feed.head.tree_hash, feed.length), feed.head.signature)
    assert merkle.tree_hash(feed.roots) == feed.head.tree_hash
    for start, end in feed.held:
        verified = merkle.verify(feed.proof(start, end), feed.blocks(start, end), ())
        assert verified.roots == feed.roots


def assert_all_verify(multi: Multifeed) -> None:
    """Every feed verifies, and the arrivals are exactly the blocks that are held."""
    arrived = {(arrival.feed, arrival.seq): arrival.data for arrival in multi.arrivals()}
    held = {(feed.key, seq): feed.block(seq) for feed in multi.feeds() for run in feed.held for seq in range(*run)}
    assert arrived == held
    for feed in multi.feeds():
        assert_verifies(feed)
