"""A room shared with people who use a JavaScript multifeed: what of it is for them, and what becomes of what they say.

Owns which feeds go to them, what they are known to hold of ours, and what is told of the links with them. How these
work is the engine's; what was said is a feed like any other, here and for everybody who gets it from here.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from multichat.json_feeds import JsonFeeds
from multichat.limits import HOLDER_RUNS_MAX
from multichat.model.finding import Finding
from multifeed import Multifeed, RangeSet, StoreError
from multifeed.hypercore9.peer import Policy
from multifeed.hypercore9.salsa import require_cipher
from multifeed.limits import JS_LINKS_MAX
from multifeed.net.js_link import PUBLIC_KEY, JsBridge, open_doors
from multifeed.net.options import BridgeOptions

# What they say that they hold is put together for so long: they take a long history in no order, a block at a time.
_TELL_AFTER_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class BridgeCallbacks:
    """Who hears what: the last runs of a feed of ours that they hold, how many of them are linked, and all else."""

    held: Callable[[bytes, Sequence[tuple[int, int]]], None]
    changed: Callable[[int], None]
    flooded: Callable[[bytes], None]
    store_error: Callable[[StoreError], None]
    notice: Callable[[str], None]


class Bridge:
    """Between the room of `multi` and JavaScript peers.

    Made without an event loop, so that what cannot work is said before anything is shown. Raises MissingLibraryError
    where the extra is not installed, ListenError for a port that is taken.
    """

    def __init__(self, multi: Multifeed, options: BridgeOptions, callbacks: BridgeCallbacks) -> None:
        require_cipher()
        self._multi = multi
        self._options = options
        self._callbacks = callbacks
        self._json = JsonFeeds()
        # By feed of ours and link, the last one last: what they say that they hold of it; it grows, and stays when
        # they are gone. And what of that is still to be told.
        self._said: dict[bytes, dict[int, RangeSet]] = {}
        self._news: dict[bytes, dict[int, RangeSet]] = {}
        self._timer: asyncio.TimerHandle | None = None
        policy = Policy(
            offers=self._json.holds,
            on_held=self._on_held,
            on_flood=callbacks.flooded,
            on_store_error=callbacks.store_error,
        )
        self._links = JsBridge(
            multi,
            policy,
            key=options.key or PUBLIC_KEY,
            doors=[] if options.listen is None else open_doors(options.listen, options.interfaces),
            interfaces=options.interfaces,
            connect=options.connect,
            notice=callbacks.notice,
            changed=lambda: callbacks.changed(self.peers),
        )

    # --- what there is ---

    @property
    def peers(self) -> int:
        """How many JavaScript peers are linked."""
        return len(self._links.links)

    def is_held(self, key: bytes, length: int) -> bool:
        """Whether one of them has said that it holds all of a feed up to `length`."""
        return any(theirs.covers(0, length) for theirs in self._said.get(key, {}).values())

    def findings(self) -> Iterator[Finding]:
        """How it goes with finding them."""
        linked = f"{self.peers} {'is' if self.peers == 1 else 'are'} linked"
        facts: dict[str, object] = {"port": self._links.port, "linked": self.peers, "public": self._is_public}
        yield Finding("javascript", f"{self._openness}; {linked}", facts=facts)
        failures = self._links.failures
        for host, port in self._options.connect:
            if (host, port) in failures:
                advice = "see that it runs there, with the same key and port"
                about = {"host": host, "port": port}
                yield Finding("javascript", failures[host, port], advice, is_problem=True, facts=about)

    @property
    def _is_public(self) -> bool:
        return self._options.key in {None, PUBLIC_KEY}

    @property
    def _openness(self) -> str:
        """That the room is open to them, where, to whom, and what that means."""
        port = f", on TCP port {self._links.port}" if self._links.port else ""
        whom = "anybody, since their key is public" if self._is_public else "whoever has their key"
        return (
            f"this room is open to JavaScript peers{port}: to {whom}. What goes over their links is not authenticated"
            " against tampering; every message is, by its author's signature"
        )

    # --- life ---

    async def start(self) -> None:
        """Let them in and look for them, once it is known which feeds are theirs to read."""
        for feed in self._multi.feeds():
            while self._json.read_on(feed):  # noqa: ASYNC110 (all else has its turn between two steps)
                await asyncio.sleep(0)
        self._callbacks.notice(self._openness)
        await self._links.start()

    async def close(self) -> None:
        """Part from all of them."""
        await self._links.close()
        if self._timer is not None:
            self._timer.cancel()
            self._tell_held()

    # --- what happens ---

    def _on_held(self, key: bytes, theirs: RangeSet) -> None:
        """One of them holds this of a feed of ours. They say so of each block, and it is told of now and then."""
        said = self._said.setdefault(key, {})
        said.pop(id(theirs), None)
        said[id(theirs)] = theirs
        if len(said) > JS_LINKS_MAX:
            del said[next(iter(said))]
        self._news.setdefault(key, {})[id(theirs)] = theirs
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TELL_AFTER_S, self._tell_held)

    def _tell_held(self) -> None:
        self._timer = None
        news, self._news = self._news, {}
        for key, said in news.items():
            feed = self._multi.feed(key)
            length = 0 if feed is None else feed.length
            last = (run for theirs in said.values() for run in list(theirs)[-HOLDER_RUNS_MAX:])
            self._callbacks.held(key, [(start, min(end, length)) for start, end in last if start < length])
