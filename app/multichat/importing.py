"""`--import-multifeed`: brings the history that `multichat.js` kept on a disk into a room.

Every block goes the way of a peer's: it is stored once it is shown to be what its author signed, and stays under its
author's key. Owns what is taken of a feed that is here already, and how it is told. What of the files holds is
`multifeed.hypercore9`'s to say; they are never written to, and the secret key among them is not looked at.
"""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from multichat.limits import LEFT_OUT_SHOWN_MAX
from multichat.model.log import record_in
from multichat.output import as_line
from multichat.profile import RoomOptions, keep_private, open_store, room_key
from multifeed import BlockedError, ConflictError, Feed, FrozenError, InvalidProofError, Multifeed, StoreError
from multifeed.hypercore9.history import History, Part, Unsound
from multifeed.hypercore9.storage import Storage, feed_directories

# Where a line can be written over, it is told this often how far it is; else seldom, since every line stays.
_ON_A_TERMINAL_S: Final = 0.1
_ELSEWHERE_S: Final = 5.0


@dataclass(slots=True)
class _Tally:
    """What has come of an import so far."""

    feed_count: int
    read_count: int = 0
    message_count: int = 0
    other_count: int = 0
    absent_count: int = 0
    left_out_count: int = 0
    left_out: list[str] = field(default_factory=list)

    def leave_out(self, what: str) -> None:
        """Say of something that it was not taken, and why; only the first are kept."""
        self.left_out_count += 1
        if len(self.left_out) < LEFT_OUT_SHOWN_MAX:
            self.left_out.append(what)


class _Progress:
    """Tells on stderr how far it is: in one line where that can be written over."""

    def __init__(self, tally: _Tally) -> None:
        self._tally = tally
        self._is_terminal = sys.stderr.isatty()
        self._interval_s = _ON_A_TERMINAL_S if self._is_terminal else _ELSEWHERE_S
        self._next_s = time.monotonic() + self._interval_s
        self._width = 0

    def tell(self) -> None:
        """Tell it if it is time to."""
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + self._interval_s
        tally = self._tally
        line = f"multichat: feed {tally.read_count} of {tally.feed_count}, {_messages(tally.message_count)} so far"
        if self._is_terminal:
            print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=sys.stderr, flush=True)
            self._width = 0


def import_multifeed(options: RoomOptions, nickname: str, directory: Path) -> bool:
    """Bring in all feeds of a multifeed that hold, and print what became of them; whether nothing had to be left out.

    What was taken stays, whatever happens afterwards; taken again, it adds nothing. Raises ForeignStoreError if there
    is no multifeed in `directory`, RefusedError for a room in use, StoreError.
    """
    directories = feed_directories(directory)
    tally = _Tally(len(directories))
    progress = _Progress(tally)
    keep_private(options, nickname)
    multi = open_store(options.directory(nickname), nickname)
    try:
        room_key(multi, options)
        for each in directories:
            tally.read_count += 1
            _import_feed(multi, each, tally, progress)
    except KeyboardInterrupt:
        tally.leave_out("the rest: interrupted; the same command goes on from here")
    finally:
        progress.clear()
        multi.close()
    _report(tally)
    return not tally.left_out_count


def _import_feed(multi: Multifeed, directory: Path, tally: _Tally, progress: _Progress) -> None:
    try:
        storage = Storage(directory)
    except StoreError as error:
        tally.leave_out(f"feed {directory.name}: {error}")
        return
    with storage:
        name = f"feed {directory.name} ({storage.key.hex()[:8]})"
        history = History(storage)
        feed = multi.candidate(storage.key)
        try:
            if history.head.length:
                _connect(feed, history)
            for found in history.parts(without=feed.held):
                if isinstance(found, Unsound):
                    tally.leave_out(f"{name}{_where(found)}: {found.why}")
                else:
                    _take(multi, feed, found, tally)
                progress.tell()
        except (ConflictError, FrozenError):
            tally.leave_out(f"{name}: its key has signed another history too; nothing new is taken from it")
        except BlockedError:
            tally.leave_out(f"{name}: it is blocked here")
        except InvalidProofError as error:
            tally.leave_out(f"{name}: does not go together with what is here of it ({error})")
        else:
            tally.absent_count += max(0, history.head.length - feed.held.size)


def _connect(feed: Feed, history: History) -> None:
    """Tie the head to what is here of the feed, so that any part can follow. Raises like `Feed.accept`."""
    length = min(feed.length, history.head.length)
    if not length or feed.tree_hash_at(history.head.length) == history.head.tree_hash:
        return
    proof = history.proof(0, 0, since=length) if length < history.head.length else None
    if proof is not None:
        try:
            feed.advance(proof)
        except ConflictError:
            raise
        except InvalidProofError:
            # Another history, or a tree that the disk has changed: the last block that both have, by itself, tells.
            pass
        else:
            return
    if (part := history.part_at(length - 1)) is not None:
        feed.accept(part.start, part.blocks, part.proof)


def _take(multi: Multifeed, feed: Feed, part: Part, tally: _Tally) -> None:
    feed.accept(part.start, part.blocks, part.proof)
    message_count = sum(record_in(multi, block) is not None for block in part.blocks)
    tally.message_count += message_count
    tally.other_count += len(part.blocks) - message_count


def _where(unsound: Unsound) -> str:
    if unsound.start == unsound.end:
        return ""
    last = unsound.end - 1
    return f", block {last}" if unsound.start == last else f", blocks {unsound.start} to {last}"


def _report(tally: _Tally) -> None:
    for what in tally.left_out:
        print(f"multichat: left out: {as_line(what)}", file=sys.stderr)
    if tally.left_out_count > len(tally.left_out):
        print(f"multichat: left out: {tally.left_out_count - len(tally.left_out):,} more", file=sys.stderr)
    feeds = "1 feed" if tally.feed_count == 1 else f"{tally.feed_count:,} feeds"
    said = [f"{_messages(tally.message_count)} taken from {feeds}"]
    if tally.other_count:
        said.append(f"{tally.other_count:,} that are no chat messages are kept too")
    if tally.absent_count:
        said.append(f"{tally.absent_count:,} known of are not there, and come from whoever has them")
    print("; ".join(said))


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"
