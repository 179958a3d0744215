"""The room without a screen: messages on stdout, what is to be said on stdin, one line each.

Owns the two formats, plain lines and JSON, and when such a run ends. Status and errors go to stderr.
"""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from multichat.defects import report_defects
from multichat.errors import RefusedError, UsageError
from multichat.interruption import interrupted
from multichat.limits import TEXT_LENGTH_MAX
from multichat.lines import read_lines
from multichat.model.callings import Calling, callings_of
from multichat.model.clocks import held_aside
from multichat.model.conversation import (
    Arrived,
    CatchingUp,
    Event,
    HearingChanged,
    HeldAside,
    JsPeersChanged,
    Notice,
    PeopleChanged,
    SetBack,
)
from multichat.model.fields import signed_fields
from multichat.model.invite import kind_of
from multichat.model.message import Message
from multichat.model.muted import Unmuted, unheard
from multichat.model.record import format_timestamp
from multichat.output import as_json_line, as_line, write_whatever_is_said
from multichat.reading import read_history
from multichat.room import Room
from multichat.throttle import Throttle
from multifeed import MultifeedError

_HISTORY_PAGE_LENGTH: Final = 500
_STDIN: Final = 0


@dataclass(frozen=True, slots=True)
class PlainOptions:
    """How such a run behaves; `timeout_s` None waits for ever."""

    json: bool = False
    exit_after_send: bool = False
    timeout_s: float | None = None


def format_plain(message: Message, calling: Calling) -> str:
    """ISO time, what to call the author, and text, with tabs between; a break in the text is shown as a sign."""
    text = message.text.replace("\n", " \N{RETURN SYMBOL} ")
    action = "/me " if message.record.is_action else ""
    return f"{format_timestamp(message.timestamp_ms)}\t{calling.label}\t{action}{text}"


def format_json(message: Message, _calling: Calling) -> str:
    """One JSON object with what the author signed; ASCII only, so that nothing in it can steer a terminal."""
    return as_json_line(signed_fields(message))


async def run_plain(room: Room, options: PlainOptions) -> None:
    """Print the history, then what arrives, and send what is read, until interrupted or done.

    Raises RefusedError when `exit_after_send` is asked for and nobody has taken what was sent in time, and OSError when
    nobody reads the output.
    """
    await run_to_its_end(PlainRun(room, options))


async def run_to_its_end(run: "PlainRun") -> None:
    """Raises as `run_plain`."""
    write_whatever_is_said()
    report_defects(run.say)
    talk = asyncio.ensure_future(run.talk())
    ends = {talk, run.output_failed, asyncio.ensure_future(interrupted())}
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in done:
            end.result()
    finally:
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        await run.close()


class PlainRun:
    """Of one room; what is printed of it and what a line of stdin means is for others to do otherwise."""

    # Of a line of stdin; what is longer is told apart from what just fits.
    line_length_max = TEXT_LENGTH_MAX

    def __init__(self, room: Room, options: PlainOptions) -> None:
        self._room = room
        self._history = Unmuted(room.history, unheard(room))
        self._options = options
        # Anybody in the room can come and go at any rate.
        self._people = Throttle(self.say)
        self._js_peers = Throttle(self.say)
        # So can what is held aside.
        self._aside = Throttle(self.say)
        self._told_aside = 0
        # Never has a result: what is printed on the event loop's own account can fail only here.
        self.output_failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def talk(self) -> None:
        """Until everything is said that is to be said: without `exit_after_send`, that is never."""
        await read_history(self._room, self.say)
        self.begin()
        self._room.listen(self.react)
        await self._room.start()
        kind = kind_of(self._room.invite)
        self.say(f"{self._room.nickname} in {self._room.name} ({kind}), port {self._room.port}")
        async for line in read_lines(_STDIN, self.line_length_max):
            if line.strip() and not await self.take(line):
                return
        if not self._options.exit_after_send:
            await asyncio.Event().wait()
        try:
            async with asyncio.timeout(self._options.timeout_s):
                await self._room.wait_until_held()
        except TimeoutError:
            raise RefusedError("nobody connected has taken what was sent; it is kept, and goes out next time") from None

    async def close(self) -> None:
        """Nobody listens any more."""
        await self._room.close()

    # --- what is said ---

    async def take(self, line: str) -> bool:
        """Do what a line of stdin asks for; whether to go on."""
        self.send(line)
        return True

    def send(self, line: str) -> None:
        """Say a line."""
        try:
            self._room.send(line)
        except (UsageError, MultifeedError) as error:
            self.refused(error)

    def refused(self, error: Exception) -> None:
        """Tell that a line was not said."""
        self.say(f"not sent: {error}")

    # --- what is printed ---

    def begin(self) -> None:
        """Print what there is."""
        page = self._history.after(None, _HISTORY_PAGE_LENGTH)
        while page:
            self._print(page)
            page = self._history.after(page[-1].position, _HISTORY_PAGE_LENGTH)

    def react(self, event: Event) -> None:
        """Print what has come, and say what has happened."""
        match event:
            case Arrived(messages):
                self._print(self._history.heard(messages))
            case HearingChanged():
                self._history.muted = unheard(self._room)
            case PeopleChanged(people):
                self._people.tell("nobody else is here" if people == 0 else f"{people} here")
            case JsPeersChanged(count):
                self._js_peers.tell(f"JavaScript peers: {count}")
            case CatchingUp():
                # The messages themselves say it.
                pass
            case HeldAside(count):
                self._tell_aside(count)
            case SetBack():
                self.say("this machine's clock was set back: what is far ahead of it comes again when it is due")
            case Notice(text):
                self.say(text)

    def _tell_aside(self, count: int) -> None:
        """Once, and again when there are many more."""
        if count >= max(2 * self._told_aside, 1):
            self._told_aside = count
            self._aside.tell(f"{held_aside(count)} until due")
        elif count == 0:
            self._told_aside = 0

    def _print(self, messages: Sequence[Message]) -> None:
        callings = callings_of(messages, self._calling)
        self.write(map(self.line, messages, callings))

    def line(self, message: Message, calling: Calling) -> str:
        """A message, as it is printed."""
        return format_json(message, calling) if self._options.json else format_plain(message, calling)

    def write(self, lines: Iterable[str]) -> None:
        """Print lines; if nobody reads them, that is the end."""
        try:
            sys.stdout.write("".join(f"{line}\n" for line in lines))
            sys.stdout.flush()
        except OSError as error:
            if not self.output_failed.done():
                self.output_failed.set_exception(error)

    def _calling(self, message: Message) -> Calling:
        return self._room.calling(message.feed, message.nickname)

    def say(self, text: str) -> None:
        """Tell whoever looks after this run."""
        print(f"multichat: {as_line(text)}", file=sys.stderr, flush=True)
