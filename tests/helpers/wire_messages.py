"""Strategies for every message of the wire, within its bounds."""

from hypothesis import strategies as st

from multifeed import Head, Node, Proof, merkle
from multifeed.conflict import Conflict
from multifeed.limits import FEED_LENGTH_MAX_BLOCKS, SESSION_FEEDS_MAX
from multifeed.protocol import messages
from multifeed.protocol.events import Whereabouts
from multifeed.protocol.messages import AnyMessage, Offered

_key = st.binary(min_size=32, max_size=32)
_signature = st.binary(min_size=64, max_size=64)
_digest = st.binary(min_size=16, max_size=16)
_number = st.integers(0, (1 << 32) - 1)
_alias = st.integers(0, SESSION_FEEDS_MAX - 1)
_length = st.integers(1, 200) | st.integers(1, FEED_LENGTH_MAX_BLOCKS)
_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=64)
_hashes = st.tuples(_key, st.integers(0, (1 << 63) - 1))
_whereabouts = st.builds(
    Whereabouts,
    _digest,
    st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16),
    st.integers(1, 65_535),
)
_block_tuples = st.lists(st.binary(max_size=60), min_size=1, max_size=5).map(tuple)


@st.composite
def offered(draw: st.DrawFn) -> Offered:
    """One feed in an offer."""
    length = draw(_length)
    places = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    held = tuple(zip(places[::2], places[1::2], strict=False))
    runs = draw(st.sampled_from([((0, length),), held]))
    return Offered(draw(_alias), draw(st.none() | _key), length, draw(_key), runs, draw(st.booleans()))


@st.composite
def requests(draw: st.DrawFn) -> messages.Request:
    """A request for at least one block."""
    end = draw(_length)
    start = draw(st.integers(0, end - 1))
    return messages.Request(draw(_number), draw(_alias), start, end, draw(st.integers(0, FEED_LENGTH_MAX_BLOCKS)))


@st.composite
def answers(draw: st.DrawFn) -> messages.Blocks:
    """Blocks with a proof of the right shape; its hashes are anything."""
    blocks = draw(_block_tuples)
    length = draw(st.integers(len(blocks), 200) | st.integers(len(blocks), FEED_LENGTH_MAX_BLOCKS))
    start = draw(st.integers(0, length - len(blocks)))
    since = draw(st.just(0) | st.integers(0, length))
    end = start + len(blocks)
    nodes = tuple(Node(index, *draw(_hashes)) for index in merkle.proof_indexes(length, start, end, since))
    return messages.Blocks(
        draw(_number), blocks, Proof(Head(length, draw(_key), draw(_signature)), start, end, since, nodes)
    )


@st.composite
def pushes(draw: st.DrawFn) -> messages.Push:
    """The last blocks of a feed."""
    blocks = draw(_block_tuples)
    length = draw(st.integers(len(blocks), FEED_LENGTH_MAX_BLOCKS))
    return messages.Push(draw(_alias), blocks, Head(length, draw(_key), draw(_signature)))


@st.composite
def contradictions(draw: st.DrawFn) -> messages.Contradiction:
    """Evidence of the right shape; what it shows is anything."""
    second = draw(_length)
    first = draw(st.integers(1, second))
    nodes = tuple(Node(index, *draw(_hashes)) for index in merkle.split_indexes(second, first))
    heads = [Head(length, draw(_key), draw(_signature)) for length in (first, second)]
    return messages.Contradiction(draw(_alias), Conflict(heads[0], heads[1], nodes))


BY_CLASS: dict[type[AnyMessage], st.SearchStrategy[AnyMessage]] = {
    messages.Hello: st.builds(messages.Hello, _digest, _key, _signature, st.integers(0, 65_535), _text),
    messages.Digest: st.builds(messages.Digest, _digest),
    messages.Buckets: st.builds(
        messages.Buckets, st.lists(st.sampled_from([b"d" * 16, b"e" * 16]), min_size=256, max_size=256).map(tuple)
    ),
    messages.Differing: st.builds(messages.Differing, st.frozensets(st.integers(0, 255))),
    messages.Offer: st.builds(messages.Offer, st.lists(offered(), max_size=6).map(tuple)),
    messages.Request: requests(),
    messages.Blocks: answers(),
    messages.Refusal: st.builds(messages.Refusal, _number),
    messages.Push: pushes(),
    messages.Ping: st.builds(messages.Ping, _number),
    messages.Pong: st.builds(messages.Pong, _number, st.integers(0, messages.TIME_MAX_S)),
    messages.Bye: st.builds(messages.Bye, _text),
    messages.Contradiction: contradictions(),
    messages.Introduction: st.builds(messages.Introduction, st.lists(_whereabouts, max_size=32).map(tuple)),
}

any_message: st.SearchStrategy[AnyMessage] = st.one_of(list(BY_CLASS.values()))
