"""What the commands of a room do.

Owns the step from a command as it was written to the room, the screen, or something shown over it. Knows the screen by
the few things that it asks of it.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, cast

from textual.app import App

from multichat.errors import UsageError
from multichat.model.addressee import mute, named, one_other, unmute
from multichat.model.callings import Calling
from multichat.model.commands import Call
from multichat.model.conversation import Conversation
from multichat.model.desk import Notify
from multichat.model.invite import join_command
from multichat.model.message import Message, Position
from multichat.model.muted import Unmuted
from multichat.model.people import Person
from multichat.model.query import Query
from multichat.model.text import sanitise_line, unisolated
from multichat.screens.doctor import DoctorScreen
from multichat.screens.help import HelpScreen
from multichat.screens.panel import PanelScreen

_SHOWN_LENGTH_MAX: Final = 80

# Of what is said where nobody is called so.
_HINT: Final = "/who shows who is known"

# Of many who are called the same, so many are shown with all that is known of them.
_IDENTITIES_MAX: Final = 50
_NOTIFY: Final = {"all": "every message", "mentions": "your name only", "none": "nothing"}


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
            "ahead": lambda _: self._ahead(),
            "block": self._block,
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
            "verify": self._verify,
            "who": lambda _: self._stage.toggle_people(),
            "whois": self._whois,
        }

    def run(self, call: Call) -> None:
        """Do what a call asks for. Raises UsageError for an argument that makes no sense, and StoreError."""
        self._actions[call.command.name](call.argument)

    def _push(self, screen: PanelScreen) -> None:
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

    def _ahead(self) -> None:
        from multichat.screens.ahead import AheadScreen  # noqa: PLC0415 (see _invite)

        self._push(AheadScreen(self._history, calling=self._calling))

    def _notify(self, what: str) -> None:
        if what not in _NOTIFY:
            raise UsageError("/notify all, mentions or none")
        self._conversation.change_desk(notify=cast("Notify", what))
        self._stage.show_hint(f"While you look elsewhere, {_NOTIFY[what]} rings here.")

    def _theme(self, name: str) -> None:
        choose: Callable[[str], None] = self._stage.app.choose_theme  # type: ignore[attr-defined]
        choose(name)

    def _invite(self) -> None:
        from multichat.screens.invite import InviteScreen  # noqa: PLC0415 (whoever starts need not wait for it)

        name, invite = unisolated(self._conversation.name), self._conversation.invite
        self._stage.app.copy_to_clipboard(join_command(name, None) if invite is None else invite.text)
        self._push(InviteScreen(name, invite))

    # --- people ---

    def _calling(self, message: Message) -> Calling:
        return self._conversation.calling(message.feed, message.nickname)

    def _one_other(self, name: str) -> Person:
        return one_other(self._conversation, name, hint=_HINT)

    def _mute(self, name: str) -> None:
        person = self._one_other(name)
        if person.is_muted:
            unmute(self._conversation, person)
            said = f"{person.label} is heard again." if not person.is_blocked else f"{person.label} is still blocked."
        else:
            mute(self._conversation, person)
            said = f"{person.label} is not heard any more; /mute {person.label} again undoes it."
        self._stage.show_hint(said)

    def _block(self, name: str) -> None:
        person = self._one_other(name)
        if person.is_blocked:
            self._conversation.unblock(person.feed)
            said = f"{person.label} is not blocked any more"
            said += ", and muted still." if person.is_muted else ": what they have said meanwhile comes."
        else:
            self._conversation.block(person.feed)
            said = (
                f"{person.label} is blocked: nothing more that they say is kept or passed on;"
                f" /block {person.label} again undoes it."
            )
        self._stage.show_hint(said)

    def _whois(self, name: str) -> None:
        from multichat.screens.whois import WhoisScreen  # noqa: PLC0415 (see _invite)

        people = named(self._conversation, name or self._conversation.own_feed.hex(), hint=_HINT)
        identities = [self._conversation.identity(person.feed) for person in people[:_IDENTITIES_MAX]]
        self._push(WhoisScreen(people[0].nickname, identities))

    def _verify(self, name: str) -> None:
        person = self._one_other(name)
        if self._conversation.check(person.feed):
            said = (
                f"{person.label} is marked as checked, as long as they are called so;"
                f" /verify {person.label} again takes it away."
            )
        else:
            said = f"{person.label} is not marked as checked any more."
        self._stage.show_hint(said)

    # --- export ---

    def _export(self, name: str) -> None:
        path = Path(name).expanduser()
        if path.exists():
            raise UsageError(f"{sanitise_line(str(path), _SHOWN_LENGTH_MAX)} is there already; give another name")
        self._stage.run_export(path)
