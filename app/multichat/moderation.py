"""Whom one does not hear in a room, by one's own choice alone: nobody else is told, and nobody decides it for others.

Owns that a choice holds for all that somebody has written and goes on to write, in whichever logs, as far as each is
vouched for by the one before. Who is muted stands on the desk: what they say is kept and passed on like all else. What
is blocked is the store's to know, which then takes and gives nothing of it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from multichat.desk import DeskFile
from multichat.errors import UsageError
from multichat.own_feed import OwnFeed
from multifeed import InvalidArgumentError, Multifeed, StoreError


class ModerationCallbacks(NamedTuple):
    """What a Moderation asks (all that somebody has written, what to call them), and what it tells."""

    feeds_of: Callable[[bytes], Sequence[bytes]]
    name_of: Callable[[bytes], str]
    changed: Callable[[], None]
    notice: Callable[[str], None]
    store_error: Callable[[StoreError], None]


class Moderation:
    """Of the room of `multi`, in which we are `own`; those who are muted are on `desk`."""

    def __init__(self, multi: Multifeed, own: OwnFeed, desk: DeskFile, callbacks: ModerationCallbacks) -> None:
        self._multi = multi
        self._own = own
        self._desk = desk
        self._callbacks = callbacks

    @property
    def unheard(self) -> frozenset[bytes]:
        """The feeds of all who are muted or blocked."""
        return self._multi.blocked.union(self._desk.desk.muted)

    def block(self, feed: bytes) -> None:
        """See `model.conversation.Conversation`."""
        if self._own.owns(feed):
            raise UsageError("that is you")
        try:
            for one in self._callbacks.feeds_of(feed):
                if not self._own.owns(one):
                    self._multi.block(one)
        except InvalidArgumentError as error:
            raise UsageError(str(error)) from error
        finally:
            self._callbacks.changed()

    def unblock(self, feed: bytes) -> None:
        """See `model.conversation.Conversation`."""
        try:
            for one in self._callbacks.feeds_of(feed):
                self._multi.unblock(one)
        finally:
            self._callbacks.changed()

    def goes_on(self, lineage: Sequence[bytes]) -> None:
        """The last of these feeds goes on from those before it: whom one does not hear, one does not hear there."""
        *earlier, feed = lineage
        muted = self._desk.desk.muted
        if feed not in muted and not set(earlier).isdisjoint(muted):
            self._desk.change(muted=(*muted, feed))
            self._tell(feed, "muted")
        if feed not in self._multi.blocked and not self._multi.blocked.isdisjoint(earlier):
            try:
                self._multi.block(feed)
            except InvalidArgumentError as error:
                self._callbacks.notice(str(error))
            except StoreError as error:
                self._callbacks.store_error(error)
            else:
                self._tell(feed, "blocked")

    def _tell(self, feed: bytes, what: str) -> None:
        self._callbacks.changed()
        self._callbacks.notice(f"{self._callbacks.name_of(feed)} goes on in another log, which is {what} too")
