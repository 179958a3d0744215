"""What has been asked for on any link to a JavaScript peer, so that it is asked for once. Pure."""

from multifeed.ranges import RangeSet


class Reserved:
    """Ranges of blocks, by the key of their feed."""

    def __init__(self) -> None:
        self._ranges: dict[bytes, RangeSet] = {}

    def add(self, key: bytes, start: int, end: int) -> None:
        """Blocks [start, end) are asked for."""
        self._ranges.setdefault(key, RangeSet()).add(start, end)

    def remove(self, key: bytes, start: int, end: int) -> None:
        """They have come, or will not."""
        ranges = self._ranges[key]
        ranges.remove(start, end)
        if not ranges:
            del self._ranges[key]

    def overlaps(self, key: bytes, start: int, end: int) -> bool:
        """Whether any of [start, end) is asked for."""
        return any(True for _ in self._ranges.get(key, RangeSet()).within(start, end))

    def joined(self, key: bytes, held: RangeSet) -> RangeSet:
        """What is held or asked for."""
        both = held.copy()
        for start, end in self._ranges.get(key, ()):
            both.add(start, end)
        return both
