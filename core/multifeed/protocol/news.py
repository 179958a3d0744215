"""What one side of a link has told the other of each feed, and what it has still to tell. Pure.

Of a feed that changes while it waits, only the last state is told. Owns no words: how it is told is the session's.
"""

from multifeed.protocol.heads import Claim


class News:
    """Claims on their way to one peer."""

    def __init__(self) -> None:
        self._told: dict[bytes, Claim] = {}
        # In the order in which they became news.
        self._pending: dict[bytes, Claim] = {}

    def __bool__(self) -> bool:
        return bool(self._pending)

    def add(self, claim: Claim) -> None:
        """Have this told, unless it was the last that was told of the feed."""
        if self._told.get(claim.key) == claim:
            self._pending.pop(claim.key, None)
        else:
            self._pending[claim.key] = claim

    def take(self, count: int) -> list[Claim]:
        """Up to `count` claims to tell now; counted as told."""
        keys = [key for key, _ in zip(self._pending, range(count), strict=False)]
        claims = [self._pending.pop(key) for key in keys]
        self._told.update(zip(keys, claims, strict=True))
        return claims

    def told(self, claim: Claim) -> None:
        """This was told in other words."""
        self._told[claim.key] = claim
        self._pending.pop(claim.key, None)

    def was_told(self, claim: Claim) -> bool:
        """Whether this is the last that was told of the feed."""
        return self._told.get(claim.key) == claim

    def drop(self, key: bytes) -> None:
        """Nothing is to be told of a feed for now; whatever is claimed of it then is news."""
        self._pending.pop(key, None)
        self.retract(key)

    def retract(self, key: bytes) -> None:
        """What was told of a feed does not count any more: whatever is claimed of it next is news."""
        self._told.pop(key, None)
