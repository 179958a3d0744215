"""What the people of an open room call themselves, and what one is told of it.

Owns the names that are known, which keys one has checked under which, and what is news: somebody is called otherwise,
or goes by the name of another or by one's own, or a checked key has lost its name. Knows no links: it is told what was
said, in messages that arrive and in those that were here before.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from enum import IntEnum, auto
from typing import Final, NamedTuple

from multichat.continuations import Continuations
from multichat.errors import UsageError
from multichat.limits import CHECKED_MAX, WARNED_MAX
from multichat.model.callings import Calling, Callings
from multichat.model.conversation import Event, Notice
from multichat.model.desk import Checked, Desk, Warned
from multichat.model.message import Message
from multichat.model.names import shown_name
from multichat.model.people import Names
from multichat.model.skeleton import is_alike, looks_of
from multichat.model.text import SafeText
from multichat.own_feed import OwnFeed
from multichat.throttle import Throttle

# News of others that wait to be told: with more, how many there are says no more than that.
_NEWS_MAX: Final = 1_000


class _Kind(IntEnum):
    """What is news; the most important first."""

    TAKES_OWN_NAME = auto()
    NO_LONGER_CHECKED = auto()
    TAKES_NAME = auto()
    RENAMED = auto()


class _News(NamedTuple):
    """Of somebody: the name that they have taken, of `other` where it is theirs; or the one that they had before."""

    feed: bytes
    name: SafeText
    other: bytes = b""


class Naming:
    """Of a room in which we are `own`, called `nickname`; what was checked, and told before, is on the desk.

    `keep` is called when that has changed, and has the desk written with what `put_on` adds to it.
    Of names that were changed before `since_ms`, nothing is told: that is history.
    """

    def __init__(
        self,
        own: OwnFeed,
        nickname: SafeText,
        desk: Desk,
        continuations: Continuations,
        *,
        tell: Callable[[Event], None],
        keep: Callable[[], None],
        since_ms: Callable[[], int],
    ) -> None:
        self._own = own
        self._nickname = nickname
        self._continuations = continuations
        self._tell = tell
        self._keep = keep
        self._is_kept = True
        self._since_ms = since_ms
        self._names = Names()
        self._callings = Callings(self._is_one)
        self._checked = {checked.feed: checked.nickname for checked in desk.checked}
        self._warned = dict.fromkeys(desk.warned)
        # By what it is, and of whom: a second time it is no news. The throttle has those to tell that are being told.
        self._news: dict[tuple[_Kind, bytes], _News] = {}
        self._being_told: tuple[tuple[_Kind, bytes], ...] = ()
        # Names can change at any rate.
        self._throttle = Throttle(self._say)
        self._callings.heard(own.feed.key, nickname, is_newest=True)

    # --- what there is ---

    @property
    def feeds(self) -> Collection[bytes]:
        """Those that have a name, in the order in which they became known."""
        return self._names.feeds

    def name_of(self, feed: bytes) -> SafeText | None:
        """What the owner of a feed calls themselves; None if no message of theirs is known.

        Who has gone on in it without having said anything there is called as before.
        """
        return self._nickname if feed == self._own.feed.key else self._known_name(feed)

    def _known_name(self, feed: bytes) -> SafeText | None:
        names = map(self._names.get, self._continuations.vouched(feed))
        return next((name for name in names if name is not None), None)

    def names_of(self, feed: bytes) -> tuple[SafeText, ...]:
        """All names by which the owner of a feed is known to have gone, the present one last."""
        newest = self.name_of(feed)
        known = (name for key in self._continuations.lineage(feed) for name in self._callings.names_of(key))
        names = [name for name in dict.fromkeys(known) if name != newest]
        return tuple(names if newest is None else [*names, newest])

    def calling(self, feed: bytes, name: SafeText) -> Calling:
        """What to call the owner of a feed where they go by `name`."""
        root = self._continuations.root(feed)
        is_first = root == feed
        return Calling(name, self._callings.suffix(feed, name), self.is_checked(feed, name), b"" if is_first else root)

    @property
    def change_count(self) -> int:
        """How often it has changed what stands behind names."""
        return self._callings.change_count

    def checked_as(self, feed: bytes) -> SafeText | None:
        """The name under which one has checked the key of a feed, or one that vouches for it and for no other."""
        return self._checked.get(self._checked_key(feed))

    def _checked_key(self, feed: bytes) -> bytes:
        return next((key for key in self._continuations.vouched(feed) if key in self._checked), feed)

    def is_checked(self, feed: bytes, name: SafeText) -> bool:
        """Whether one has checked the key of a feed under a name that is this one, or looks like it."""
        checked_as = self.checked_as(feed)
        return checked_as is not None and is_alike(checked_as, name)

    def put_on(self, desk: Desk) -> Desk:
        """The desk with whose keys are checked, and what was told."""
        checked = tuple(Checked(feed, name) for feed, name in self._checked.items())
        return replace(desk, checked=checked, warned=tuple(self._warned))

    # --- what one does ---

    def check(self, feed: bytes) -> bool:
        """Mark the key of a feed as checked, under the present name of its owner, or no more; whether it is now.

        Raises UsageError for one who has no name yet.
        """
        name = self.name_of(feed)
        if name is None:
            raise UsageError("whoever has said nothing has no name yet to which a key could be bound")
        self._is_kept = False
        if self._checked.pop(self._checked_key(feed), None) is not None:
            return False
        self._checked[feed] = name
        while len(self._checked) > CHECKED_MAX:
            del self._checked[next(iter(self._checked))]
        return True

    def renamed(self, nickname: SafeText) -> None:
        """We are called something else."""
        self._nickname = nickname
        self._meet(self._own.feed.key, nickname, is_newest=True)

    # --- what happens ---

    def arrived(self, messages: Iterable[Message]) -> bool:
        """These messages have come; whether anybody is called otherwise than before."""
        names, has_changed = self._names, False
        for message in messages:
            feed, signed = message.feed, message.record.nickname
            before = self._known_name(feed)
            if names.heard(feed, message.position.seq, signed):
                has_changed = True
                name = names.get(feed) or message.nickname
                self._meet(feed, name, is_newest=True)
                self._moved(feed, before, name, message.timestamp_ms)
            elif not names.is_signed(feed, signed):
                has_changed |= self._meet(feed, message.nickname, is_newest=False)
        return has_changed

    def looked_up(self, feed: bytes, seq: int, signed: str) -> bool:
        """The newest message of a feed that was here before is signed so; whether this was not known."""
        if not self._names.heard(feed, seq, signed):
            return False
        name = shown_name(signed)
        # What was here before is no news, but for whoever has come under a name that others have.
        if self._callings.heard(feed, name, is_newest=True) is not None and self._is_ours(feed, name):
            self._warn(feed, name, self._own.feed.key)
        self._lose_check(feed, name)
        return True

    def began(self, feed: bytes) -> bool:
        """The first block of a feed has come; whether it says that the feed is the same person's as another one."""
        if self._continuations.earlier(feed) is None:
            return False
        self._callings.changed()
        return True

    def tell(self) -> None:
        """Tell what is news; after a flood of it, later."""
        self._keep_if_changed()
        self._news = {about: news for about, news in self._news.items() if self._is_still_so(*about)}
        if self._news:
            self._being_told = tuple(self._news)
            self._throttle.tell(self._text())

    def close(self) -> None:
        """Tell nothing more."""
        self._keep_if_changed()
        self._throttle.close()

    # --- inside ---

    def _keep_if_changed(self) -> None:
        if not self._is_kept:
            self._is_kept = True
            self._keep()

    def _is_one(self, one: bytes, other: bytes) -> bool:
        return (self._own.owns(one) and self._own.owns(other)) or self._continuations.is_one(one, other)

    def _is_ours(self, feed: bytes, name: SafeText) -> bool:
        return is_alike(name, self._nickname) and not self._own.owns(feed)

    def _meet(self, feed: bytes, name: SafeText, *, is_newest: bool) -> bool:
        """Somebody goes by a name from now on; whether others are to be told apart from them that were not before."""
        other = self._callings.heard(feed, name, is_newest=is_newest)
        if other is None:
            return False
        if self._own.owns(feed):
            self._warn(other, self._name_like(other, name), feed)
        else:
            self._warn(feed, name, self._own.feed.key if self._is_ours(feed, name) else other)
        return True

    def _warn(self, feed: bytes, name: SafeText, other: bytes) -> None:
        """Have it told, once for each that goes by a name, that somebody else does."""
        is_own, looks = self._own.owns(other), looks_of(name)
        if any(Warned(feed, look, is_own) in self._warned for look in looks):
            return
        # With this it is told of the other one too.
        told = (feed,) if is_own else (other, feed)
        self._warned |= dict.fromkeys(Warned(one, look, is_own) for one in told for look in looks)
        self._is_kept = False
        while len(self._warned) > WARNED_MAX:
            del self._warned[next(iter(self._warned))]
        self._add(_Kind.TAKES_OWN_NAME if is_own else _Kind.TAKES_NAME, _News(feed, name, other))

    def _moved(self, feed: bytes, before: SafeText | None, name: SafeText, timestamp_ms: int) -> None:
        if before is None or before == name or self._own.owns(feed):
            return
        self._lose_check(feed, name)
        if timestamp_ms >= self._since_ms():
            self._add(_Kind.RENAMED, _News(feed, before))

    def _lose_check(self, feed: bytes, name: SafeText) -> None:
        checked_as = self.checked_as(feed)
        if checked_as is not None and not is_alike(checked_as, name):
            del self._checked[self._checked_key(feed)]
            self._is_kept = False
            self._add(_Kind.NO_LONGER_CHECKED, _News(feed, checked_as))

    # --- news ---

    def _add(self, kind: _Kind, news: _News) -> None:
        if kind is _Kind.TAKES_OWN_NAME or len(self._news) < _NEWS_MAX:
            self._news.setdefault((kind, news.feed), news)

    def _is_still_so(self, kind: _Kind, feed: bytes) -> bool:
        news = self._news[kind, feed]
        if kind is _Kind.RENAMED:
            return self._names.get(feed) != news.name
        return kind is _Kind.NO_LONGER_CHECKED or self._callings.namesake(feed, news.name) is not None

    def _say(self, text: str) -> None:
        for about in self._being_told:
            self._news.pop(about, None)
        self._tell(Notice(SafeText(text)))

    def _text(self) -> str:
        """The most important news, and how much more there is."""
        kind, feed = min(self._news)
        said = self._sentence(kind, self._news[kind, feed])
        more = len({other for _, other in self._news} - {feed})
        if not more:
            return said
        return f"{said} (and {more:,} more {'has' if more == 1 else 'have'} changed or taken a name; /who shows them)"

    def _sentence(self, kind: _Kind, news: _News) -> str:
        now = self.name_of(news.feed) or news.name
        match kind:
            case _Kind.RENAMED:
                return f"{self._label(news.feed, news.name)} is called {self._label(news.feed, now)} now"
            case _Kind.NO_LONGER_CHECKED:
                return (
                    f"{news.name}, whose key you have checked, is called {self._label(news.feed, now)} now:"
                    " the check mark was for the other name, and is gone"
                )
        renamed = self._news.get((_Kind.RENAMED, news.feed))
        until_now = f" ({renamed.name} until now)" if renamed is not None else ""
        if kind is _Kind.TAKES_OWN_NAME:
            other = "you, though that is your name"
        else:
            other = f"{self._label(news.other, self._name_like(news.other, news.name))}, though they look alike"
        return f"{self._label(news.feed, news.name)}{until_now} is not {other}: /whois {news.name} shows their keys"

    def _label(self, feed: bytes, name: SafeText) -> SafeText:
        return self.calling(feed, name).label

    def _name_like(self, feed: bytes, name: SafeText) -> SafeText:
        """By which name the owner of a feed goes that looks like this one; the newest of several."""
        return next((known for known in reversed(self.names_of(feed)) if is_alike(known, name)), name)
