"""What an empty room says."""

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from multichat.model.finding import Finding
from multichat.widgets.welcome import Welcome
from tests.helpers.fake_conversation import FakeConversation, said
from tests.helpers.screen import open_app, settle, shown, wait_for

SIZES = [(40, 12), (40, 14), (60, 16), (80, 24), (120, 40), (200, 60)]

BEACONS = Finding("network", "eth0 10.0.0.1: sends", facts={"interface": "eth0", "address": "10.0.0.1", "sent": 4})
DIAL = Finding("peer", "192.168.100.107:27272 does not answer", is_problem=True, facts={"by_hand": True})


def welcome(pilot: Pilot[int]) -> Welcome:
    return pilot.app.screen.query_one(Welcome)


def read(pilot: Pilot[int]) -> str:
    """What one reads of it, on however many rows."""
    return " ".join(line.strip() for line in shown(pilot, "Welcome") if line.strip())


async def look(pilot: Pilot[int]) -> None:
    welcome(pilot).look()
    await settle(pilot)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("findings", [[], [BEACONS], [BEACONS, DIAL]], ids=["at first", "beacons", "dials"])
async def test_every_size_says_what_is_tried_and_what_one_can_do(
    size: tuple[int, int], findings: list[Finding]
) -> None:
    conversation = FakeConversation(name="garden")
    async with open_app(conversation, size) as pilot:
        conversation.findings = findings
        await look(pilot)
        said_here = read(pilot)
        for part in ("Nobody else is here", "multichat NAME --room garden", "/doctor", "/connect HOST"):
            assert part in said_here
        assert ("4 beacons sent on eth0" if findings else "Looking for others") in said_here
        if DIAL in findings:
            assert DIAL.said in said_here
        assert all(cell_len(line) <= size[0] for line in shown(pilot, "Welcome"))
        assert ("/invite" in said_here) == (size[1] > 12)


async def test_where_nothing_else_fits_one_reads_what_to_do() -> None:
    conversation = FakeConversation(name="garden")
    async with open_app(conversation, (40, 8)) as pilot:
        conversation.findings = [BEACONS, DIAL]
        await look(pilot)
        for part in ("Nobody else is here", "multichat NAME --room garden", "/doctor", "/connect HOST"):
            assert part in read(pilot)


async def test_a_room_that_is_resized_says_what_there_is_space_for() -> None:
    async with open_app(FakeConversation()) as pilot:
        assert "What you write waits for them." in read(pilot)
        await pilot.resize_terminal(40, 12)
        await settle(pilot)
        assert "What you write waits for them." not in read(pilot)
        assert "/connect HOST" in read(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "What you write waits for them." in read(pilot)


class Asked(FakeConversation):
    """Counts how often somebody asks how it goes."""

    count = 0

    def diagnose(self) -> list[Finding]:
        self.count += 1
        return [BEACONS]


async def test_it_looks_again_and_again_while_it_is_shown_and_never_before_the_first_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("multichat.widgets.welcome._INTERVAL_S", 0.001)
    conversation = Asked()
    async with open_app(conversation) as pilot:
        await wait_for(pilot, lambda: conversation.count >= 3)
        assert "4 beacons sent on eth0" in read(pilot)
        conversation.receive(said("bob", "hi"))
        await wait_for(pilot, lambda: not welcome(pilot).display)
        await settle(pilot)
        timer = welcome(pilot)._timer
        assert timer is not None
        assert not timer._active.is_set()


async def test_where_somebody_is_nothing_is_asked() -> None:
    conversation = Asked(people=1)
    async with open_app(conversation) as pilot:
        await look(pilot)
        assert conversation.count == 0
        assert "Somebody is here" in read(pilot)
        conversation.meet(0)
        await settle(pilot)
        await look(pilot)
        assert "4 beacons sent on eth0" in read(pilot)


@pytest.mark.parametrize("height", range(17, 27))
async def test_what_an_empty_room_says_stands_apart_from_what_is_above_and_below(height: int) -> None:
    conversation = FakeConversation(name="garden")
    async with open_app(conversation, (80, height)) as pilot:
        conversation.findings = [BEACONS]
        await look(pilot)
        lines = shown(pilot, "Welcome")
        assert (lines[0], lines[-1]) == ("", "")
