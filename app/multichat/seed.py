"""A room held open for others, without a face: whoever comes gets its history, and nothing is said here.

Owns the lines that such a run writes to stderr, for a log. Writes no message, and prints none.
"""

import asyncio
import sys
from datetime import datetime
from typing import Final

from multichat.defects import report_defects
from multichat.interruption import interrupted
from multichat.model.conversation import Arrived, CatchingUp, Event, JsPeersChanged, Notice, PeopleChanged
from multichat.model.invite import kind_of
from multichat.output import as_line
from multichat.reading import read_history
from multichat.room import Room
from multichat.throttle import Throttle

# Who the room's profile is, where no nickname is given: nobody ever reads it in a message.
NICKNAME: Final = "seed"

# How often the log says that messages have come in.
_REPORT_INTERVAL_S: Final = 60.0


async def run_seed(room: Room) -> None:
    """Hold the room's history for others until interrupted (Ctrl+C, SIGTERM)."""
    report_defects(_log)
    seed = _Seed(room)
    try:
        await read_history(room, _log)
        room.listen(seed.react)
        await room.start()
        _log(f"holding {room.name} ({kind_of(room.invite)}), port {room.port}")
        await interrupted()
        _log("ending")
    finally:
        seed.report()
        await room.close()


class _Seed:
    def __init__(self, room: Room) -> None:
        self._room = room
        self._new_count = 0
        self._people = Throttle(_log)
        self._js_peers = Throttle(_log)
        self._timer: asyncio.TimerHandle | None = None

    def react(self, event: Event) -> None:
        match event:
            case Arrived(messages):
                self._new_count += len(messages)
                if self._timer is None:
                    self._timer = asyncio.get_running_loop().call_later(_REPORT_INTERVAL_S, self.report)
            case PeopleChanged(people):
                self._people.tell("nobody is connected" if people == 0 else f"{people} connected")
            case JsPeersChanged(count):
                self._js_peers.tell(f"JavaScript peers: {count}")
            case CatchingUp(missing):
                if missing:
                    _log(f"{missing} messages are still to come")
            case Notice(text):
                _log(text)

    def report(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._new_count:
            _log(f"new messages that are kept: {self._new_count}")
            self._new_count = 0


def _log(text: str) -> None:
    """One line, with the time: what starts it may not write one."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    print(f"{now} multichat: {as_line(text)}", file=sys.stderr, flush=True)
