"""How it looks while a long history is put in order."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from multichat.app import MultichatApp
from multichat.themes import DARK, LIGHT
from tests.helpers.fake_conversation import FakeConversation
from tests.helpers.screen import settle

sizes = pytest.mark.parametrize(
    "size", [(40, 12), (80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}"
)


@sizes
@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name], ids=["dark", "light"])
def test_a_long_history_that_is_put_in_order(
    snap_compare: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    conversation = FakeConversation()
    conversation.unread = 1_000_000
    app = MultichatApp(lambda _: conversation, "alice", "")
    app.theme = theme

    async def go_on(pilot: Pilot[int]) -> None:
        conversation.reading.put_nowait(412_000)
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=go_on)
