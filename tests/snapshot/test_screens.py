"""The screens as they look: every size, dark and light."""

import time
from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot

from multichat.app import MultichatApp
from multichat.errors import UsageError
from multichat.model.finding import Finding
from multichat.model.message import Message
from multichat.themes import DARK, LIGHT
from multichat.widgets.welcome import Welcome
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, person, said

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS

SnapCompare = Callable[..., bool]

sizes = pytest.mark.parametrize(
    "size", [(40, 12), (80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}"
)
themes = pytest.mark.parametrize("theme", [DARK.name, LIGHT.name], ids=["dark", "light"])

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
LINK = "https://example.org/a/very/long/path/that/does/not/fit?with=query&and=more"


def talk() -> list[Message]:
    yesterday, today = NINE_O_CLOCK_MS - DAY_MS, NINE_O_CLOCK_MS
    spoken = [
        ("bob", yesterday, "Good evening everyone! Has anybody seen the new schedule for the workshop?"),
        ("caroline-with-a-long-name", yesterday + 1 * MINUTE_MS, "Yes, 10:00 in room 2."),
        ("caroline-with-a-long-name", yesterday + 2 * MINUTE_MS, "Bring your own laptop :)"),
        ("alice", yesterday + 7 * MINUTE_MS, f"Thanks! I'll be there. Here is the link: {LINK}"),
        ("山田太郎", yesterday + 20 * MINUTE_MS, "こんにちは、みなさん。今日はとても良い天気ですね。" * 2),
        ("דוד", yesterday + 25 * MINUTE_MS, "שלום לכולם, מה שלומכם היום? אני רוצה לשאול שאלה על הסדנה שמתקיימת."),
        ("bob", yesterday + 30 * MINUTE_MS, f"{FAMILY} family, \U0001f44d\U0001f3fd thumbs, ❤\ufe0f heart {'🎉' * 24}"),
        ("dave", today, f"[b]not bold[/b] [@click=app.quit]x[/] \\[ {LONG_WORD}"),
        ("alice", today + 1 * MINUTE_MS, "First line\nsecond line\n\n    indented code();\nlast"),
        ("alice", today + 2 * MINUTE_MS, "and one more"),
        ("eve", today + 3 * MINUTE_MS, "Zal\u0301go e\u0301\u0302\u0303 ok"),
        ("bob", today + 9 * MINUTE_MS, "Good morning."),
    ]
    return [said(nickname, text, timestamp_ms, seq) for seq, (nickname, timestamp_ms, text) in enumerate(spoken)]


def small_talk(count: int) -> list[Message]:
    people = ["alice", "bob", "eve"]
    return [
        said(people[number // 4 % 3], f"message {number}", NINE_O_CLOCK_MS + number * MINUTE_MS, number)
        for number in range(count)
    ]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def app_with(conversation: FakeConversation, theme: str, nickname: str | None = "alice") -> MultichatApp:
    app = MultichatApp(lambda _: conversation, nickname, "alice")
    app.theme = theme
    return app


@sizes
@themes
def test_a_conversation(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    conversation = FakeConversation(talk(), people=3)
    conversation.know(
        person("bob"), person("caroline-with-a-long-name"), person("eve"), person("山田太郎", is_here=False)
    )
    for message in conversation.history.messages:
        if conversation.is_own(message.feed) and message.timestamp_ms < NINE_O_CLOCK_MS:
            conversation.deliver(message, person("bob"))
    assert snap_compare(app_with(conversation, theme), terminal_size=size)


@sizes
@themes
def test_an_empty_room(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    conversation = FakeConversation(name="garden")
    facts = {"interface": "wlan0", "address": "192.0.2.10", "sent": 4}
    conversation.findings = [
        Finding("network", "wlan0 192.0.2.10: sends and hears; of this room 0 heard", facts=facts),
        Finding("peer", "192.0.2.7:27272 does not answer", is_problem=True, facts={"by_hand": True}),
    ]

    async def look(pilot: Pilot[int]) -> None:
        await pilot.pause()
        pilot.app.screen.query_one(Welcome).look()
        await pilot.pause()

    assert snap_compare(app_with(conversation, theme), terminal_size=size, run_before=look)


@sizes
@themes
def test_the_question_for_a_nickname(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    assert snap_compare(app_with(FakeConversation(), theme, nickname=None), terminal_size=size)


@sizes
@themes
def test_new_messages_below(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    conversation = FakeConversation(small_talk(100), people=1)

    async def scroll_up(pilot: Pilot[int]) -> None:
        await pilot.pause()
        await pilot.press("pageup")
        conversation.receive(*[said("eve", "new", NINE_O_CLOCK_MS + DAY_MS + seq, 1000 + seq) for seq in range(3)])
        await pilot.pause()

    assert snap_compare(app_with(conversation, theme), terminal_size=size, run_before=scroll_up)


@sizes
@themes
def test_a_notice_and_a_text_of_several_lines(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    conversation = FakeConversation(small_talk(100), people=1)

    async def write(pilot: Pilot[int]) -> None:
        conversation.notice("No other program is heard on this network: give an address with --peer HOST:PORT")
        await pilot.press(*"first", "ctrl+j", *"second")
        await pilot.pause()

    assert snap_compare(app_with(conversation, theme), terminal_size=size, run_before=write)


@sizes
def test_older_messages_that_are_still_to_come(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    conversation = FakeConversation(talk(), people=3)

    async def catch_up(pilot: Pilot[int]) -> None:
        conversation.catch_up(1_000_000)
        conversation.catch_up(998_384)
        await pilot.pause()

    app = app_with(conversation, DARK.name)
    assert snap_compare(app, terminal_size=size, run_before=catch_up)


@themes
def test_a_message_that_is_looked_at(snap_compare: SnapCompare, theme: str) -> None:
    conversation = FakeConversation(talk(), people=3)
    app = app_with(conversation, theme)
    assert snap_compare(app, terminal_size=(100, 24), press=["ctrl+up", "up", "up"])


@sizes
@themes
def test_the_doctor(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    conversation = FakeConversation(talk())
    conversation.findings = [
        Finding("network", "lo 127.0.0.1: sends and hears; of this room 0 heard"),
        Finding(
            "network",
            "wlan0 192.0.2.10: what is sent is not heard back",
            "a firewall on this machine drops UDP port 27272: allow it",
            is_problem=True,
        ),
        Finding("peer", "192.0.2.7:27272 is being tried"),
        Finding(
            "people",
            "nobody of this room was met",
            "others must have started multichat, in the same room",
            is_problem=True,
        ),
    ]
    assert snap_compare(app_with(conversation, theme), terminal_size=size, press=[*"/doctor", "enter"])


@sizes
def test_help(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(app_with(FakeConversation(talk()), DARK.name), terminal_size=size, press=[*"/help", "enter"])


@themes
def test_a_refused_message(snap_compare: SnapCompare, theme: str) -> None:
    conversation = FakeConversation(small_talk(10), people=1)
    conversation.refusal = UsageError("A message has at most 16,000 characters.")
    app = app_with(conversation, theme)
    assert snap_compare(app, terminal_size=(80, 24), press=[*"long", "enter"])


@themes
def test_a_refused_nickname(snap_compare: SnapCompare, theme: str) -> None:
    app = app_with(FakeConversation(), theme, nickname=None)
    assert snap_compare(app, terminal_size=(80, 24), press=["backspace", "enter"])
