"""How others join, as it looks: with the code, and where there is no space for it."""

from collections.abc import Callable

import pytest

from multichat.app import MultichatApp
from multichat.model.invite import Invite
from multichat.themes import DARK, LIGHT
from tests.helpers.fake_conversation import FakeConversation

SnapCompare = Callable[..., bool]

sizes = pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
themes = pytest.mark.parametrize("theme", [DARK.name, LIGHT.name], ids=["dark", "light"])


def _app(theme: str, invite: Invite | None) -> MultichatApp:
    conversation = FakeConversation(name="garden")
    conversation.invite = invite
    app = MultichatApp(lambda _: conversation, "alice", "alice")
    app.theme = theme
    return app


@sizes
@themes
def test_an_invite(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    app = _app(theme, Invite("garden", bytes(range(32))))
    assert snap_compare(app, terminal_size=size, press=[*"/invite", "enter"])


@sizes
def test_an_open_room(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(_app(DARK.name, None), terminal_size=size, press=[*"/invite", "enter"])


@sizes
def test_an_empty_room_by_invitation(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(_app(DARK.name, Invite("garden", bytes(range(32)))), terminal_size=size)
