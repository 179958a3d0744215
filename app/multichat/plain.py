"""The room without a screen: messages on stdout, what is to be said on stdin, one line each.

Owns the two formats, plain lines and JSON, and when such a run ends. Status and errors go to stderr.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from multichat.defects import report_defects
from multichat.errors import RefusedError, UsageError
from multichat.interruption import interrupted
from multichat.limits import TEXT_LENGTH_MAX
from multichat.lines import read_lines
from multichat.model.conversation import Arrived, CatchingUp, Event, Notice, PeopleChanged
from multichat.model.message import Message
from multichat.model.record import CHAT_MESSAGE, format_timestamp
from multichat.room import Room
from multichat.throttle import Throttle
from multifeed import StoreError

_HISTORY_PAGE_LENGTH: Final = 500
_STDIN: Final = 0


@dataclass(frozen=True, slots=True)
class PlainOptions:
    """How such a run behaves; `timeout_s` None waits for ever."""

    json: bool = False
    exit_after_send: bool = False
    timeout_s: float | None = None


def format_plain(message: Message) -> str:
    """ISO time, nickname and text, with tabs between; a break in the text is shown as a sign."""
    text = message.text.replace("\n", " \N{RETURN SYMBOL} ")
    action = "/me " if message.record.is_action else ""
    return f"{format_timestamp(message.timestamp_ms)}\t{message.nickname}\t{action}{text}"


def format_json(message: Message) -> str:
    """One JSON object with what the author signed; ASCII only, so that nothing in it can steer a terminal."""
    record = message.record
    fields: dict[str, object] = {
        "feed": message.feed.hex(),
        "seq": message.position.seq,
        "type": CHAT_MESSAGE,
        "nickname": record.nickname,
        "text": record.text,
        "timestamp": format_timestamp(record.timestamp_ms),
    }
    return json.dumps({**fields, "action": True} if record.is_action else fields)


async def run_plain(room: Room, options: PlainOptions) -> None:
    """Print the history, then what arrives, and send what is read, until interrupted or done.

    Raises RefusedError when `exit_after_send` is asked for and nobody has taken what was sent in time, and OSError when
    nobody reads the output.
    """
    plain = _PlainRun(room, options)
    report_defects(plain.say)
    talk = asyncio.ensure_future(plain.talk())
    ends = {talk, plain.output_failed, asyncio.ensure_future(interrupted())}
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in done:
            end.result()
    finally:
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        await room.close()


class _PlainRun:
    def __init__(self, room: Room, options: PlainOptions) -> None:
        self._room = room
        self._options = options
        # Anybody in the room can come and go at any rate.
        self._people = Throttle(self.say)
        self._format: Callable[[Message], str] = format_json if options.json else format_plain
        # Never has a result: what is printed on the event loop's own account can fail only here.
        self.output_failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def talk(self) -> None:
        self._print_history()
        self._room.listen(self._react)
        await self._room.start()
        self.say(f"{self._room.nickname} in {self._room.name}, port {self._room.port}")
        async for line in read_lines(_STDIN, TEXT_LENGTH_MAX):
            self._send(line)
        if not self._options.exit_after_send:
            await asyncio.Event().wait()
        try:
            async with asyncio.timeout(self._options.timeout_s):
                await self._room.wait_until_held()
        except TimeoutError:
            raise RefusedError("nobody connected has taken what was sent; it is kept, and goes out next time") from None

    def _print_history(self) -> None:
        page = self._room.history.after(None, _HISTORY_PAGE_LENGTH)
        while page:
            self._print(page)
            page = self._room.history.after(page[-1].position, _HISTORY_PAGE_LENGTH)

    def _react(self, event: Event) -> None:
        match event:
            case Arrived(messages):
                self._print(messages)
            case PeopleChanged(people):
                self._people.tell("nobody else is here" if people == 0 else f"{people} here")
            case CatchingUp():
                # The messages themselves say it.
                pass
            case Notice(text):
                self.say(text)

    def _send(self, line: str) -> None:
        if not line.strip():
            return
        try:
            self._room.send(line)
        except (UsageError, StoreError) as error:
            self.say(f"not sent: {error}")

    def _print(self, messages: Sequence[Message]) -> None:
        try:
            sys.stdout.write("".join(f"{self._format(message)}\n" for message in messages))
            sys.stdout.flush()
        except OSError as error:
            if not self.output_failed.done():
                self.output_failed.set_exception(error)

    def say(self, text: str) -> None:
        print(f"multichat: {text}", file=sys.stderr, flush=True)
