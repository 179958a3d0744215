"""What the commands of a room do.

Owns the step from a command as it was written to the room, the screen, or something shown over it. Knows the screen by
the few things that it asks of it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, cast

from textual.app import App
from textual.content import Content

from multichat.errors import UsageError
from multichat.model.commands import Call
from multichat.model.conversation import Conversation
from multichat.model.desk import Notify
from multichat.model.export import as_text, pages
from multichat.model.message import Position
from multichat.model.muted import Unmuted
from multichat.model.names import DEFAULT_ROOM_NAME
from multichat.model.people import Person
from multichat.model.query import Query
from multichat.model.text import SafeText, sanitise_line
from multichat.screens.doctor import DoctorScreen
from multichat.screens.help import HelpScreen
from multichat.screens.panel import TextScreen
from multichat.widgets.people_panel import time_since

_SHOWN_LENGTH_MAX: Final = 80
_NOTIFY: Final = {"all": "every message", "mentions": "your name only", "none": "nothing"}

# How often it is said how far an export is.
_PROGRESS_INTERVAL_S: Final = 0.25


class Stage(Protocol):
    """What the commands ask of the screen."""

    @property
    def app(self) -> App[object]:
        """The program."""
        ...

    def show_hint(self, text: str) -> None:
        """Say something, as a notice."""
        ...

    def go_to(self, position: Position) -> None:
        """Show the message at a position."""
        ...

    def show_end(self) -> None:
        """Show the last message."""
        ...

    def toggle_people(self) -> None:
        """Show who is here, or no more."""
        ...

    def begin_search(self, text: str) -> None:
        """Search for `text`."""
        ...

    def set_muted(self, feeds: tuple[bytes, ...]) -> None:
        """Hide what these say."""
        ...

    def renamed(self) -> None:
        """Show what one is called now."""
        ...

    def run_export(self, path: Path) -> None:
        """Write all that has been said to a file that is not there yet."""
        ...


class Commands:
    """Of one room and its screen."""

    def __init__(self, stage: Stage, conversation: Conversation, history: Unmuted) -> None:
        self._stage = stage
        self._conversation = conversation
        self._history = history
        self._actions: dict[str, Callable[[str], None]] = {
            "connect": self._connect,
            "date": self._date,
            "doctor": lambda _: self._push(DoctorScreen(conversation.diagnose)),
            "export": self._export,
            "help": lambda _: self._push(HelpScreen()),
            "invite": lambda _: self._invite(),
            "me": self._me,
            "mute": self._mute,
            "nick": self._nick,
            "notify": self._notify,
            "quit": lambda _: self._stage.app.exit(),
            "search": self._stage.begin_search,
            "theme": self._theme,
            "who": lambda _: self._stage.toggle_people(),
            "whois": self._whois,
        }

    def run(self, call: Call) -> None:
        """Do what a call asks for. Raises UsageError for an argument that makes no sense, and StoreError."""
        self._actions[call.command.name](call.argument)

    def _push(self, screen: TextScreen | DoctorScreen | HelpScreen) -> None:
        self._stage.app.push_screen(screen)

    def _connect(self, endpoint: str) -> None:
        self._conversation.connect(endpoint)
        self._stage.show_hint(f"Connecting to {sanitise_line(endpoint, _SHOWN_LENGTH_MAX)}.")

    def _me(self, text: str) -> None:
        self._conversation.send(text, is_action=True)
        self._stage.show_end()

    def _nick(self, nickname: str) -> None:
        self._conversation.rename(nickname)
        self._stage.renamed()

    def _date(self, text: str) -> None:
        start_ms = Query.parse(f'on:"{text}"', today=datetime.now().astimezone().date(), zone=None).start_ms
        found = self._history.after(Position(start_ms, b"", -1), 1)
        if found:
            self._stage.go_to(found[0].position)
        else:
            self._stage.show_end()
            self._stage.show_hint("Nothing was said from then on.")

    def _notify(self, what: str) -> None:
        if what not in _NOTIFY:
            raise UsageError("/notify all, mentions or none")
        self._conversation.change_desk(notify=cast("Notify", what))
        self._stage.show_hint(f"While you look elsewhere, {_NOTIFY[what]} rings here.")

    def _theme(self, name: str) -> None:
        choose: Callable[[str], None] = self._stage.app.choose_theme  # type: ignore[attr-defined]
        choose(name)

    def _invite(self) -> None:
        room = self._conversation.name
        command = "multichat NAME" + ("" if room == DEFAULT_ROOM_NAME else f" --room '{room}'")
        self._stage.app.copy_to_clipboard(command)
        self._stage.show_hint(f"On this network others join with {command} (copied).")

    # --- people ---

    def _named(self, name: str) -> list[Person]:
        """Everybody who is called so, oneself excepted. Raises UsageError if nobody is."""
        wanted = name.removeprefix("@").casefold()
        found = [
            person
            for person in self._conversation.everyone()
            if not person.is_own and (person.nickname.casefold() == wanted or person.feed.hex().startswith(wanted))
        ]
        if not found:
            raise UsageError(f"nobody is called {sanitise_line(name, _SHOWN_LENGTH_MAX)}; /who shows who is known")
        return found

    def _mute(self, name: str) -> None:
        people = self._named(name)
        if len(people) > 1:
            keys = ", ".join(person.feed.hex()[:8] for person in people)
            raise UsageError(f"several people are called so; say which by the key: {keys}")
        person, muted = people[0], self._conversation.desk.muted
        if person.feed in muted:
            muted = tuple(feed for feed in muted if feed != person.feed)
            said = f"{person.nickname} is heard again."
        else:
            muted = (*muted, person.feed)
            said = f"{person.nickname} is not heard any more; /mute {person.nickname} again undoes it."
        self._conversation.change_desk(muted=muted)
        self._stage.set_muted(muted)
        self._stage.show_hint(said)

    def _whois(self, name: str) -> None:
        people = self._named(name)
        lines = Content("\n\n").join(map(self._details, people))
        self._push(TextScreen(f"Who is {people[0].nickname}?", lines))

    def _details(self, person: Person) -> Content:
        key = person.feed.hex()
        groups = " ".join(key[at : at + 8] for at in range(0, len(key), 8))
        when = "here now" if person.is_here else self._when(person)
        muted = "\nmuted" if person.feed in self._conversation.desk.muted else ""
        return Content.assemble((person.nickname, "bold"), f"\nkey {groups}\n{when}{muted}")

    @staticmethod
    def _when(person: Person) -> str:
        if person.last_here_ms is None:
            return "never met; what they said came by way of others"
        return f"last here {time_since(person.last_here_ms, time.time_ns() // 1_000_000)}"

    # --- export ---

    def _export(self, name: str) -> None:
        path = Path(name).expanduser()
        if path.exists():
            raise UsageError(f"{sanitise_line(str(path), _SHOWN_LENGTH_MAX)} is there already; give another name")
        self._stage.run_export(path)


async def export(history: Unmuted, path: Path, tell: Callable[[int], None]) -> int:
    """Write a history to a new file, page by page; `tell` hears how much is written. Returns how many messages were.

    Cancelled, or with an OSError, it leaves no file.
    """
    count, told_s = 0, time.monotonic()
    try:
        with path.open("x", encoding="utf-8") as file:
            for page in pages(history):
                file.write("".join(map(as_text, page)))
                count += len(page)
                if time.monotonic() >= told_s + _PROGRESS_INTERVAL_S:
                    told_s = time.monotonic()
                    tell(count)
                await asyncio.sleep(0)
    except FileExistsError:
        raise
    except BaseException:
        with suppress(OSError):
            path.unlink()  # noqa: ASYNC240 (as quick as the writing of a page)
        raise
    return count


def names_of(people: Sequence[Person]) -> list[SafeText]:
    """What people are called, once each."""
    return list(dict.fromkeys(person.nickname for person in people if not person.is_own and not person.is_seed))
