"""A machine whose clock can be set, with a log and its timeline, and what others say to it."""

from contextlib import ExitStack, closing
from pathlib import Path

from multichat.model.message import Message
from multichat.model.record import Record
from multichat.model.timeline import Timeline
from multifeed import Multifeed
from tests.helpers.feeds import copy_range

NOW_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
EVERYTHING = 1_000


class Machine:
    """A store, its timeline, and a clock that can be set; what is said is indexed at once."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.now_ms = NOW_MS
        self._stack = stack
        self.multi = stack.enter_context(Multifeed.open(directory / "log.sqlite", value_encoding="cbor"))
        self._authors = stack.enter_context(Multifeed.open(directory / "authors.sqlite", value_encoding="cbor"))
        self._path = directory / "view.sqlite"
        self.view = self._opened()

    def _opened(self) -> Timeline:
        view = Timeline.open(self._path, self.multi, source=b"ours", clock_ms=lambda: self.now_ms)
        return self._stack.enter_context(closing(view))

    def restart(self) -> None:
        self.view.close()
        self.view = self._opened()

    def hear(self, author: int, *timestamps_ms: int) -> list[int]:
        """Somebody else says something at each of these times; when that of it is said which is shown at once."""
        return [message.timestamp_ms for message in self.arrive(author, *timestamps_ms)]

    def arrive(self, author: int, *timestamps_ms: int) -> list[Message]:
        """Somebody else says something at each of these times; what of it is shown at once."""
        feed = self._authors.writer(f"author {author}")
        said = feed.extend(Record("them", f"{timestamp_ms}", timestamp_ms).value() for timestamp_ms in timestamps_ms)
        copy_range(feed, self.multi.candidate(feed.key), said.start, said.stop)
        return self._advance()

    def write(self) -> int:
        """Write something that is not indexed yet; its timestamp."""
        timestamp_ms = self.view.next_timestamp_ms()
        self.multi.writer("local").append(Record("us", f"{timestamp_ms}", timestamp_ms).value())
        return timestamp_ms

    def _advance(self) -> list[Message]:
        shown: list[Message] = []
        while (messages := self.view.advance()) is not None:
            shown += messages
        return shown

    def say(self) -> int:
        """Write something, and see it; its timestamp."""
        timestamp_ms = self.write()
        self._advance()
        return timestamp_ms

    @property
    def shown(self) -> list[int]:
        return [message.timestamp_ms for message in self.view.after(None, EVERYTHING)]

    @property
    def aside(self) -> list[int]:
        return [message.timestamp_ms for message in self.view.aside(None, EVERYTHING)]
