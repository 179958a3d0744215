"""What we take of one feed on one link: what the other side holds, what of it is asked for, what came.

Owns the requests that are open. The first of them asks for the block behind our head, which brings the other side's
head with it; then the newest blocks first, in batches. Knows no link: messages go out through an argument.
"""

from collections.abc import Callable, Iterator

from multifeed import limits, merkle
from multifeed.errors import (
    BlockedError,
    ConflictError,
    FrozenError,
    InvalidProofError,
    MessageError,
    RemoteError,
    UntiedProofError,
)
from multifeed.feed import Feed
from multifeed.hypercore9 import bitfield, digest
from multifeed.hypercore9.assembly import Batch
from multifeed.hypercore9.intake import Intake
from multifeed.hypercore9.messages import Data, Have, Message, Request, Unhave, Want
from multifeed.merkle import Proof
from multifeed.ranges import RangeSet


class Download:
    """Of `feed`, into what all links share."""

    def __init__(self, feed: Feed, intake: Intake, send: Callable[[Message], None]) -> None:
        # What the other side holds.
        self.theirs = RangeSet()
        # How many blocks are asked for and have not come.
        self.in_flight = 0
        self._feed = feed
        self._intake = intake
        self._reserved = intake.reserved
        self._send = send
        self._is_over = False
        # What was to follow our head did not.
        self._is_wary = False
        self._batches: list[Batch] = []
        self._batch_of: dict[int, Batch] = {}
        self._batch_length = limits.JS_BATCH_LENGTH_MIN_BLOCKS
        self._wanted_regions = 0
        # What comes soon after this may have been written long ago.
        self._began_s = 0.0

    # --- what they hold ---

    def begin(self, now_s: float) -> None:
        """Ask what there is."""
        self._began_s = now_s
        self._want_region()

    def have(self, have: Have) -> None:
        """The other side holds blocks. Raises MessageError."""
        if have.bitfield is None:
            self.theirs.add(have.start, have.start + max(have.length, 1))
        else:
            for start, end in bitfield.decode(have.bitfield, have.start):
                self.theirs.add(start, end)
        if self.theirs.run_count > limits.JS_RUNS_MAX:
            self.theirs = RangeSet(list(self.theirs)[-limits.JS_RUNS_MAX :])
        while self._wanted_regions * limits.JS_WANT_LENGTH_BLOCKS < self.theirs.end and self._want_region():
            pass

    def unhave(self, unhave: Unhave) -> None:
        """It does not, or no more; what was asked for of them will not come."""
        start, end = unhave.start, unhave.start + max(unhave.length, 1)
        self.theirs.remove(start, end)
        for batch in [batch for batch in self._batches if batch.start < end and start < batch.end]:
            self._drop(batch)

    def _want_region(self) -> bool:
        """Ask about one more region; whether there may be more."""
        if self._wanted_regions == limits.JS_WANTS_MAX:
            return False
        start = self._wanted_regions * limits.JS_WANT_LENGTH_BLOCKS
        self._send(Want(start, limits.JS_WANT_LENGTH_BLOCKS))
        self._wanted_regions += 1
        return True

    # --- what we ask for ---

    def ask(self, now_s: float) -> int:
        """Ask for one more batch, if there is one to ask for and not enough is on its way; returns how many blocks."""
        span = None if self._is_over or len(self._batches) >= limits.JS_BATCHES_IN_FLIGHT_MAX else self._next_span()
        if span is None:
            return 0
        batch = Batch(*span, self._feed.length, now_s + limits.JS_IDLE_TIMEOUT_S)
        self._batches.append(batch)
        self._reserved.add(self._feed.key, *span)
        self.in_flight += batch.end - batch.start
        for request in self._requests(*span):
            self._batch_of[request.index] = batch
            self._send(request)
        return batch.end - batch.start

    def _next_span(self) -> tuple[int, int] | None:
        length, length_max = self._feed.length, self._intake.length_max(self._feed.key)
        if not length and self._batches:
            return None
        if length < min(self.theirs.end, length_max):
            first = length or self.theirs.end - 1
            if first in self.theirs and not self._reserved.overlaps(self._feed.key, first, first + 1):
                return first, first + 1
        return self._newest_missing(min(length, length_max))

    def _newest_missing(self, end: int) -> tuple[int, int] | None:
        """The end of the last run that they hold and we neither hold nor have asked for."""
        spoken_for = self._reserved.joined(self._feed.key, self._feed.held)
        while (gap := spoken_for.last_gap(0, end)) is not None:
            runs = list(self.theirs.within(*gap))
            if runs:
                start, end = runs[-1]
                return max(start, (end - 1) // self._batch_length * self._batch_length), end
            end = gap[0]
        return None

    def _requests(self, start: int, end: int) -> Iterator[Request]:
        """The ends of a batch come with what proves it; between them, and in a whole subtree, that is all it takes."""
        is_subtree = end - start == self._batch_length and start % self._batch_length == 0
        for seq in range(start, end):
            if seq == start:
                yield Request(seq, nodes=self._digest_of_first(seq))
            else:
                is_end = seq == end - 1 and not is_subtree
                yield Request(seq, nodes=digest.FULL if is_end else digest.BARE)

    def _digest_of_first(self, seq: int) -> int:
        return digest.following(seq) if seq == self._feed.length and not self._is_wary else digest.FULL

    # --- what comes ---

    def receive(self, data: Data, now_s: float) -> None:
        """Take in a block; once those of its batch are there, store them.

        Raises StoreError, InvalidProofError if they do not hold, MessageError for what is no answer.
        """
        batch = self._batch_of.pop(data.index, None)
        if batch is None:
            # Asked for and given up since.
            return
        self.in_flight -= 1
        if data.value is None:
            raise MessageError("the peer answers without a block")
        batch.add(data)
        if len(data.value) > limits.BLOCK_LENGTH_MAX_BYTES or not all(map(merkle.is_possible, data.nodes)):
            # Their blocks may be longer than ours.
            self.stop()
        elif batch.is_complete:
            self._drop(batch)
            self._store(batch, now_s)

    def _store(self, batch: Batch, now_s: float) -> None:
        self._adapt(batch)
        try:
            self._accept(batch, now_s)
        except (ConflictError, FrozenError, BlockedError):
            # Whoever passes on a fork, or what is not wanted here, may be honest; the feed is what it costs.
            self.stop()
        except UntiedProofError:
            # Shown by an older head that cannot be compared with ours; somebody else will have it.
            self.theirs.remove(batch.start, batch.end)
        except InvalidProofError:
            if not 0 < self._feed.length == batch.start or self._is_wary:
                raise
            # It does not go on from our head: a lie, or a fork. All that proves it by itself tells.
            self._is_wary = True

    def _accept(self, batch: Batch, now_s: float) -> None:
        """Store what one of the proofs holds for. Raises InvalidProofError if none does.

        If our head has moved on since they were asked for, it may take another proof: they are asked for anew.
        """
        is_history = now_s < self._began_s + limits.FEED_SETTLING_S
        failure: InvalidProofError | None = None
        for proof in self._proofs(batch):
            try:
                self._intake.accept(self._feed, batch.values(), proof, now_s, is_history=is_history)
            except (ConflictError, UntiedProofError):
                raise
            except InvalidProofError as error:
                failure = error
            else:
                return
        if failure is None and batch.since == self._feed.length:
            failure = InvalidProofError("blocks came without what proves them")
        if failure is not None:
            raise failure

    def _proofs(self, batch: Batch) -> Iterator[Proof]:
        """What may prove a batch: against our own head, which needs no other; against the one that came with it."""
        feed = self._feed
        proof = batch.proof_against(feed.head, feed.node) if batch.end <= feed.length else None
        if proof is not None:
            yield proof
        head = batch.signed_head(feed.node)
        if head is not None:
            since = feed.length if head.length > feed.length and not self._is_wary else 0
            proof = batch.proof_against(head, feed.node, since=since)
            if proof is not None:
                yield proof

    def _adapt(self, batch: Batch) -> None:
        """Long blocks come in smaller batches."""
        if batch.size_bytes > limits.JS_BATCH_LENGTH_TARGET_BYTES:
            self._batch_length = max(self._batch_length // 2, limits.JS_BATCH_LENGTH_MIN_BLOCKS)
        elif batch.size_bytes < limits.JS_BATCH_LENGTH_TARGET_BYTES // 2:
            self._batch_length = min(self._batch_length * 2, limits.JS_BATCH_LENGTH_MAX_BLOCKS)

    def _drop(self, batch: Batch) -> None:
        self._batches.remove(batch)
        self._reserved.remove(self._feed.key, batch.start, batch.end)
        for seq in range(batch.start, batch.end):
            if self._batch_of.pop(seq, None) is not None:
                self.in_flight -= 1

    def stop(self) -> None:
        """Take nothing more of this feed on this link."""
        self._is_over = True
        self.pause()

    def pause(self) -> None:
        """Take nothing of what is asked for; until more is asked for, nothing comes."""
        for batch in list(self._batches):
            self._drop(batch)

    # --- driven by the clock ---

    def handle_timeout(self, now_s: float) -> None:
        """Raise RemoteError if an answer is overdue."""
        if any(now_s >= batch.deadline_s for batch in self._batches):
            raise RemoteError("the peer does not send the blocks that it says it has")
