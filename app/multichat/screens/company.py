"""Who is there, wherever the screen of a room says so: in the first line, in the list, and in a room that is empty.

Owns these parts and what they say. One that is not shown is not made: most screens never show some of them. Where each
of them stands is the screen's.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from multichat.model.conversation import Conversation
from multichat.model.invite import kind_of
from multichat.model.people import Person, names_of
from multichat.model.text import SafeText
from multichat.widgets.people_panel import PeoplePanel
from multichat.widgets.room_header import RoomHeader

if TYPE_CHECKING:
    from multichat.widgets.welcome import Welcome


class Company:
    """Of one room. `nicknames` are those of all who are known."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self.nicknames: list[SafeText] = []
        self.header = RoomHeader(
            conversation.name, conversation.nickname, conversation.own_feed, kind=kind_of(conversation.invite)
        )
        self.header.set_reactive(RoomHeader.js_peers, conversation.js_peers)
        self.panel: PeoplePanel | None = None
        self.welcome: Welcome | None = None
        self._has_others = False
        # The list stands beside the conversation where there is space, unless somebody wants it otherwise.
        self._is_wanted: bool | None = None

    def look(self) -> None:
        """See who is there by now."""
        people, js_peers = self._conversation.people, self._conversation.js_peers
        self.header.people, self.header.js_peers = people, js_peers
        everyone = self._conversation.everyone()
        oneself = next((person for person in everyone if person.is_own), None)
        if oneself is not None:
            self.header.nickname, self.header.own_feed = oneself.label, oneself.root or oneself.feed
        self.nicknames = names_of(everyone)
        self._has_others = len(everyone) > 1 or bool(js_peers)
        if self.panel is not None:
            self._fill(self.panel, everyone)
        if self.welcome is not None:
            self._greet(self.welcome)

    def renamed(self) -> None:
        """One is called something else."""
        self.header.nickname = self._conversation.nickname

    def toggle_panel(self) -> None:
        """Have everybody listed, or nobody any more, wherever one is."""
        self._is_wanted = self.panel is None or not self.panel.display

    def lists_people(self, *, is_wide: bool) -> bool:
        """Whether everybody is to be listed, on a screen that is wide enough for it or is not."""
        return is_wide and self._has_others if self._is_wanted is None else self._is_wanted

    def arrange_panel(self, *, is_shown: bool) -> PeoplePanel | None:
        """Show the list or hide it. Returns it where it was made just now."""
        if is_shown and self.panel is None:
            self.panel = PeoplePanel()
            self._fill(self.panel, self._conversation.everyone())
            return self.panel
        if self.panel is not None:
            self.panel.display = is_shown
        return None

    def arrange_welcome(self, *, is_shown: bool) -> "Welcome | None":
        """Say what an empty room says, or nothing of it. Returns what says it where it was made just now."""
        if is_shown and self.welcome is None:
            # What is seldom shown is imported then: the first screen need not wait for it.
            from multichat.widgets.welcome import Welcome  # noqa: PLC0415

            conversation = self._conversation
            self.welcome = Welcome(conversation.name, conversation.diagnose, invite=conversation.invite)
            self._greet(self.welcome)
            return self.welcome
        if self.welcome is not None:
            self.welcome.display = is_shown
        return None

    def _fill(self, panel: PeoplePanel, everyone: Sequence[Person]) -> None:
        panel.set_people(everyone, time.time_ns() // 1_000_000, js_peers=self._conversation.js_peers)

    def _greet(self, welcome: "Welcome") -> None:
        welcome.show_people(self._conversation.people + (self._conversation.js_peers or 0))
