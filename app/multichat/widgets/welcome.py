"""What an empty room says. Owns the words only."""

from textual.content import Content
from textual.widgets import Static

from multichat.model.names import DEFAULT_ROOM_NAME
from multichat.model.text import SafeText


class Welcome(Static):
    """How to be joined by others, until somebody says something."""

    def __init__(self, room: SafeText) -> None:
        super().__init__(markup=False)
        self._room = room

    def show_people(self, people: int) -> None:
        """Say whether somebody is there, and else how they find this room."""
        self.update(_company(people) if people else _solitude(self._room))


def _company(people: int) -> Content:
    who = "Somebody is here." if people == 1 else f"{people:,} people are here."
    return Content.assemble((who, "bold"), "\n\nNobody has said anything yet.")


def _solitude(room: SafeText) -> Content:
    option = "" if room == DEFAULT_ROOM_NAME else f" --room {room}"
    # Nine lines of at most 36 cells: all there is on the smallest screen.
    return Content.assemble(
        ("Nobody else is here yet.", "bold"),
        "\n\nOthers on this network join with\n",
        (f"multichat NAME{option}", "bold $primary"),
        "\n\nNot found? ",
        ("/doctor", "bold $primary"),
        " tells why;\n",
        ("/connect HOST", "bold $primary"),
        " goes there by hand.",
        "\n\nWhat you write waits for them.",
    )
