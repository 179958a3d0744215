"""The room for a program: every line on stdout and every command on stdin is a JSON object. BOTS.md describes them.

Owns what kind of line each is, and which messages are told as having been said just now.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from multichat import __version__
from multichat.bot.answers import Answers
from multichat.bot.commands import Id, Quit, command_in, id_in, is_command, object_in
from multichat.bot.news import News
from multichat.errors import UsageError
from multichat.limits import COMMAND_LENGTH_MAX, JUST_SAID_MAX_MS
from multichat.model.callings import Calling
from multichat.model.conversation import Event
from multichat.model.fields import Fields, message_fields
from multichat.model.invite import kind_of
from multichat.model.message import Message, Position
from multichat.model.record import format_timestamp
from multichat.model.spans import mentions_of
from multichat.model.text import unisolated
from multichat.output import as_json_line, as_line
from multichat.plain import PlainOptions, PlainRun, run_to_its_end
from multichat.room import Room
from multifeed import MultifeedError

# Of what BOTS.md describes. More lines, fields and commands leave it as it is.
FORMAT_VERSION: Final = 1


async def run_bot(room: Room, options: PlainOptions) -> None:
    """Tell what there is and what happens, and do what is asked for. Raises as `plain.run_plain`."""
    await run_to_its_end(BotRun(room, options))


class BotRun(PlainRun):
    """Of one room."""

    line_length_max = COMMAND_LENGTH_MAX

    def __init__(self, room: Room, options: PlainOptions) -> None:
        super().__init__(room, options)
        self._news: News | None = None
        self._answers = Answers(room, self._history)
        self._newest: Position | None = None

    def begin(self) -> None:
        """Who and where one is, then what there is."""
        self._tell("hello", self._hello())
        super().begin()
        self._tell("ready", {})
        self._news = News(self._room, self._tell)

    def react(self, event: Event) -> None:
        """See PlainRun; and tell of it."""
        super().react(event)
        if self._news is not None:
            self._news.react(event)

    async def close(self) -> None:
        """See PlainRun."""
        if self._news is not None:
            self._news.close()
        await super().close()

    def line(self, message: Message, calling: Calling) -> str:
        """A message, and what it is to us."""
        room, position = self._room, message.position
        is_late = self._newest is not None and position < self._newest
        if not is_late:
            self._newest = position
        is_own = room.is_own(message.feed)
        mention = mentions_of(unisolated(room.nickname), unisolated(message.text), room.own_feeds)
        fields = message_fields(message, calling, is_own=is_own)
        return as_json_line(
            {
                **fields,
                "mention": bool(mention) and not is_own,
                "live": self._news is not None and message.timestamp_ms >= _now_ms() - JUST_SAID_MAX_MS,
                "late": is_late,
            }
        )

    async def take(self, line: str) -> bool:
        """Do a command and answer it, or say a text; whether to go on."""
        if not is_command(line):
            return await super().take(line)
        known_by: Id = None
        try:
            asked = object_in(line)
            known_by = id_in(asked)
            return await self._answer(asked, known_by)
        except (UsageError, MultifeedError) as error:
            self._tell("error", {"id": known_by, "text": as_line(error)})
        return True

    def refused(self, error: Exception) -> None:
        """See PlainRun; and tell the program."""
        super().refused(error)
        self._tell("error", {"id": None, "text": as_line(f"not sent: {error}")})

    async def _answer(self, asked: Mapping[str, Any], known_by: Id) -> bool:
        command = command_in(asked)
        # However many wait, all else has its turn between two of them.
        await asyncio.sleep(0)
        answer = await self._answers.answer(command)
        self._tell("result", {"id": known_by, "command": asked["command"], **answer})
        return not isinstance(command, Quit)

    def _hello(self) -> Fields:
        room = self._room
        return {
            "version": FORMAT_VERSION,
            "program": f"multichat/{__version__}",
            "room": unisolated(room.name),
            "kind": kind_of(room.invite),
            "feed": room.own_feed.hex(),
            "nickname": unisolated(room.nickname),
            "port": room.port,
            "timestamp": format_timestamp(_now_ms()),
        }

    def _tell(self, kind: str, fields: Fields) -> None:
        self.write([as_json_line({"type": kind, **fields})])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
