"""Every bound in one place, unit last: each a size, count, rate or time that a peer, a user or a disk can press on."""

from typing import Final

# --- the log ---

# A chat message is a few hundred bytes; this leaves room for records of other programs and keeps any block a single
# message that a small machine can hold many of.
BLOCK_LENGTH_MAX_BYTES: Final = 262_144

# 2^40 blocks are 35,000 years of one a second; beyond it, sizes and indexes could leave 64 bits.
FEED_LENGTH_MAX_BLOCKS: Final = 1 << 40

# The name of a writer is a label in a table, not a document.
WRITER_NAME_LENGTH_MAX: Final = 256

# Feeds that one does not want: far more than anybody would ever name, and read and written as a whole.
BLOCKED_FEEDS_MAX: Final = 10_000

# What one feed may grow by in the long run, while its writer is here: faster than anybody reads, and than a program has
# to say something to people. It is what one key can make a disk grow by, 3 GB in a day at the most.
FEED_GROWTH_BLOCKS_PER_S: Final = 50
FEED_GROWTH_BYTES_PER_S: Final = 32_768

# So many seconds' worth of it may come at once: whoever pastes, or has a program tell what has happened meanwhile, is
# not held up. It is taken in a fraction of a second.
FEED_GROWTH_BURST_S: Final = 100.0

# A feed that is taken slowly is taken in steps of so many seconds' worth.
FEED_GROWTH_STEP_S: Final = 1.0

# Whoever comes says within this what there was before; it is history, and comes as fast as it can.
FEED_SETTLING_S: Final = 60.0

# How long to wait for another connection of this same process to finish its write.
STORE_BUSY_TIMEOUT_S: Final = 5.0

# The write-ahead log is moved into the database about this often: a short log is written over and over in its place,
# which the disk does much faster than making it longer.
CHECKPOINT_INTERVAL_BYTES: Final = 2 << 20

# What the writer moves itself, to end a checkpoint: a few milliseconds.
CHECKPOINT_REST_MAX_BYTES: Final = 512 << 10

# The log is cut back to this when it starts anew after a great burst.
LOG_LENGTH_KEPT_BYTES: Final = 4 << 20

# So many blocks may be appended before the head is written beside them. Whoever opens the store after a crash hashes
# and signs these again.
UNWRITTEN_HEAD_MAX_BLOCKS: Final = 64

# --- frames and messages ---

# Noise specification, section 3: a transport message is at most 65,535 bytes, its tag included.
FRAME_LENGTH_MAX_BYTES: Final = 65_535

# One message may span frames. It holds at least one block of the greatest length and what proves it.
MESSAGE_LENGTH_MAX_BYTES: Final = 1 << 20

# Arrays inside arrays: a message, its list, an entry of it, a field of that. One more is kept in reserve.
MESSAGE_DEPTH_MAX: Final = 5

# A responder fills one answer with blocks up to about here: large enough that headers do not matter, small enough that
# verifying and storing it does not hold up the screen.
RANGE_LENGTH_TARGET_BYTES: Final = 131_072

# The same bound for small blocks, whose cost is by count.
RANGE_LENGTH_MAX_BLOCKS: Final = 384

# Heads in one message: a few milliseconds of work at either end.
OFFER_LENGTH_MAX_FEEDS: Final = 256

# Runs of blocks that a peer says it holds of one feed; who holds more runs names the newest ones.
OFFER_LENGTH_MAX_RANGES: Final = 64

# Feeds of one room that a peer may offer in one session; far over any room that people share.
SESSION_FEEDS_MAX: Final = 32_768

# How often the evidence against one feed is shown to one peer: when it first hears of the feed, once it has a block of
# it, and once more for good measure.
CONTRADICTIONS_PER_FEED_MAX: Final = 3

# Offers that a peer may make in the long run; as many as there may be feeds it may make at once.
OFFERS_PER_S: Final = 10_000

# Runs of blocks that are remembered of what one peer says it holds, for all feeds together; beyond, the newest of each.
SESSION_RUNS_MAX: Final = 65_536

# Blocks that are pushed to a peer before it has said that it holds them; whoever does not want them, or not as fast,
# is told what there is and asks.
PUSHED_AHEAD_MAX_BLOCKS: Final = 256

# Answers that a peer may ask of us before it has read the earlier ones.
REQUESTS_IN_FLIGHT_MAX: Final = 16

# An agent string names a program and a version.
AGENT_LENGTH_MAX: Final = 64

# The last words of a link.
REASON_LENGTH_MAX: Final = 200

# Peers that have sent blocks that do not hold, by the feed: who keeps trying runs into it, and is dropped each time.
BANNED_MAX: Final = 10_000

# --- time ---

# A handshake is three small messages; over any network that can carry a chat it takes less than this.
HANDSHAKE_TIMEOUT_S: Final = 5.0

# A link on which nothing was heard is asked, and given up when nothing comes back.
PING_INTERVAL_S: Final = 5.0
IDLE_TIMEOUT_S: Final = 15.0

# On a link that is never silent too, the other side is asked this often: the answer says what its clock shows.
CLOCK_INTERVAL_S: Final = 15.0

# An owner of a range that has not answered by then loses it to another peer.
REQUEST_TIMEOUT_MIN_S: Final = 0.25
REQUEST_TIMEOUT_ROUND_TRIPS: Final = 4

# With no other peer to ask, an owner that is merely slow is given this long.
REQUEST_TIMEOUT_LAST_S: Final = 10.0

# Last words are sent to peers that take them; nobody waits longer to leave.
GOODBYE_TIMEOUT_S: Final = 0.5

# --- the network ---

# A datagram of this size is never fragmented, and a beacon is far smaller.
DATAGRAM_LENGTH_MAX_BYTES: Final = 1_200

# Read from a link at a time: what comes of them is bounded too.
READ_LENGTH_MAX_BYTES: Final = 1 << 16

# Of small messages no more than these are looked at in one go.
MESSAGES_PER_READ_MAX: Final = 100

# What came in is handled for about so long, then the screen and the other links have their turn.
TURN_LENGTH_S: Final = 0.0015

# Bytes that wait in a link for a peer that reads slowly; over the high mark its requests wait.
LINK_BUFFER_HIGH_BYTES: Final = 1 << 20
LINK_BUFFER_LOW_BYTES: Final = 1 << 18

# A peer whose unsent bytes reach this has stopped reading and is let go.
LINK_BUFFER_MAX_BYTES: Final = 8 << 20

# How long what others send waits for a key that was pressed to be seen: a few frames.
WAY_GIVEN_S: Final = 0.03

# Links, those that others dialled included. Full mesh up to 32 peers, and room for the strays.
LINKS_MAX: Final = 48

# So many can all be linked with each other; more form a ring, with so many links beside it that each makes at random.
FULL_MESH_MAX_PEERS: Final = 32
RANDOM_LINKS: Final = 3

# In a ring, links that others have made: with our own, twice what a peer has on the average.
ACCEPTED_LINKS_MAX: Final = 16

# A link that the other side ends before this was refused, and is not made again at once.
LINK_PROVES_GOOD_AFTER_S: Final = 5.0

# Connections from anyone on the network that have not yet shown that they know the room.
HANDSHAKES_MAX: Final = 64

# Of them, from one address: on one machine there may be many programs.
HANDSHAKES_PER_HOST_MAX: Final = 32

# Peers that are made known in one message, and by one peer in the long run: dials that somebody can make us try.
INTRODUCTION_LENGTH_MAX_PEERS: Final = 32
INTRODUCED_PEERS_PER_S: Final = 4

# In a ring, one of the random links is made anew about this often, so that no choice of neighbours lasts.
ROTATION_INTERVAL_S: Final = 60.0
ROTATION_JITTER_S: Final = 15.0

# Peers given by hand and met before, that are tried again when the program starts.
REMEMBERED_PEERS_MAX: Final = 16

# Of peers on one host that were heard of and never met, so many count as being there.
UNPROVEN_PER_HOST_MAX: Final = 8

# Back-off between dials of one address.
DIAL_BACKOFF_MIN_S: Final = 0.5
DIAL_BACKOFF_MAX_S: Final = 30.0
DIAL_TIMEOUT_S: Final = 5.0

# Addresses learnt from beacons that are remembered at one time: those of a large room.
ADDRESSES_MAX: Final = 2_048

# Whoever says in beacons that an address has changed hands makes us dial it no more often than this.
ADDRESS_RENEWAL_INTERVAL_S: Final = 5.0

# Who hears a beacon of somebody with a smaller instance id lets them dial, and dials only after this.
DIAL_COURTESY_S: Final = 1.0

# An address from a beacon that fails this often is dialled again only when it is heard of again, and no more often.
DIAL_FAILURES_MAX: Final = 8

# Beacons: quick at the start, then seldom.
BEACON_BURST_S: Final = (0.0, 1.0, 3.0, 7.0)
BEACON_INTERVAL_S: Final = 15.0
# Earlier or later by up to this part of the interval, so that nobody keeps step with another.
BEACON_JITTER: Final = 1 / 3

# All programs of a room on one network together send about so many.
BEACONS_PER_S: Final = 8

# Programs and hosts that are counted on one network, to tell somebody who sees nobody.
SIGHTINGS_MAX: Final = 256

# The interfaces of this machine are looked at this often.
INTERFACES_INTERVAL_S: Final = 2.0

# A newcomer is answered at once, but nobody makes us send more often than this.
BEACON_ANSWER_INTERVAL_S: Final = 0.25

# --- JavaScript peers ---

# One message on such a link: a block of the greatest length and what proves it, or as many keys as there may be feeds.
JS_MESSAGE_LENGTH_MAX_BYTES: Final = 1 << 20

# A message of their handshake is 122 bytes at most; more than this is none.
JS_HANDSHAKE_LENGTH_MAX_BYTES: Final = 1_024

# Feeds on one such link, each with a channel: far over any room that people share through one program.
JS_FEEDS_MAX: Final = 4_096

# Extensions that such a peer may have, and letters in the name of one: multifeed has four.
JS_EXTENSIONS_MAX: Final = 64
JS_NAME_LENGTH_MAX: Final = 64

# What is asked about a feed at a time, as their programs do; and how many times that of one feed is asked about.
JS_WANT_LENGTH_BLOCKS: Final = 1 << 20
JS_WANTS_MAX: Final = 64

# Runs of blocks that are remembered of what such a peer holds of one feed; beyond, the newest.
JS_RUNS_MAX: Final = 4_096

# Blocks are asked for one by one, verified and stored so many at a time; a power of two, so that they are a subtree
# with one proof. Fewer when they are long.
JS_BATCH_LENGTH_MAX_BLOCKS: Final = 128
JS_BATCH_LENGTH_MIN_BLOCKS: Final = 16
JS_BATCH_LENGTH_TARGET_BYTES: Final = 131_072

# Batches of one feed, and blocks on one link, that are asked for and have not come: nobody sends more at once.
JS_BATCHES_IN_FLIGHT_MAX: Final = 4
JS_REQUESTS_IN_FLIGHT_MAX: Final = 512

# Their programs ask for 32 blocks of each feed at once; whoever asks for more than this reads no answers.
JS_REQUESTS_QUEUED_MAX: Final = 16_384

# Requests that are answered before others have their turn.
JS_ANSWERS_PER_TURN_MAX: Final = 32

# Nodes of one feed's tree that are kept at hand to answer with: those of 20,000 blocks, 4 MB at the most.
JS_NODES_KEPT_MAX: Final = 40_000

# Their programs give a link up, and a request, when nothing came for 20 s, and say something every 10 s.
JS_PING_INTERVAL_S: Final = 8.0
JS_IDLE_TIMEOUT_S: Final = 20.0

# Links with such programs at one time.
JS_LINKS_MAX: Final = 32

# --- a directory that a JavaScript multifeed wrote ---

# Feeds in one directory: as many as there may be in a room.
STORED_FEEDS_MAX: Final = SESSION_FEEDS_MAX

# Signatures of one feed that are looked for from its end backwards, and of those that are there and do not hold. Only
# what a disk has changed has more than a few behind its last good one.
STORED_SIGNATURES_LOOKED_AT_MAX: Final = 1 << 20
STORED_SIGNATURES_TRIED_MAX: Final = 1_000

# Blocks that are read and verified at once, and their bytes: a hundredth of a second, and as much memory as a link has.
STORED_PART_MAX_BLOCKS: Final = 1_024
STORED_PART_MAX_BYTES: Final = 1 << 20

# Parts of one feed in which it is looked for which blocks are to blame: ten seconds. Past it, parts are left out whole.
STORED_PARTS_SEARCHED_MAX: Final = 20_000

# Runs of blocks that are taken of one feed. Each is proven and stored by itself.
STORED_RUNS_MAX: Final = 16_384
