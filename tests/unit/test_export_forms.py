"""What is exported: which messages, in which form."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from multichat.errors import RefusedError
from multichat.exporter import ExportOptions, _opened
from multichat.exporting import EVERYTHING, form_of, format_of, new_file, write
from multichat.model.export import FORMATS
from multichat.model.export.span import Span, pages
from multichat.model.export.verification import Verification
from multichat.model.message import Message
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed.net.options import SwarmOptions
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, FakeHistory, feed_of, said
from tests.helpers.program import new_room

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS


def _texts(messages: list[Message], span: Span) -> list[str]:
    return [message.text for page in pages(FakeHistory(messages), span) for message in page]


async def _exported(messages: list[Message], name: str) -> str:
    conversation = FakeConversation(messages, name="garden")
    out = bytearray()
    await write(conversation.history, EVERYTHING, form_of(conversation, name), out.extend, _ignore)
    return out.decode()


def _ignore(_text: str) -> None:
    pass


# --- which ---


def test_a_span_ends_before_its_end_and_begins_with_its_start() -> None:
    messages = [said("bob", f"{number}", number, number) for number in range(200)]
    assert _texts(messages, Span()) == [f"{number}" for number in range(200)]
    assert _texts(messages, Span(10, 13)) == ["10", "11", "12"]
    assert _texts(messages, Span(199)) == ["199"]
    assert _texts(messages, Span(0, 0)) == []


def test_nothing_is_read_beyond_the_end_of_a_span() -> None:
    history = FakeHistory([said("bob", "text", number, number) for number in range(10_000)])
    assert sum(map(len, pages(history, Span(0, 100)))) == 100
    assert history.read_count < 300


def test_a_span_of_some_people_is_theirs_alone() -> None:
    messages = [said(name, f"{name} {number}", number, number) for number in range(60) for name in ("bob", "eve")]
    assert _texts(messages, Span(authors=frozenset({feed_of("eve")}))) == [f"eve {number}" for number in range(60)]


def test_dates_leave_out_what_they_name() -> None:
    span = ExportOptions("txt", after="2026-10", before="2026-11-24").span()
    first, end = (datetime.fromtimestamp(ms / 1000, UTC).astimezone() for ms in (span.start_ms, span.end_ms))
    assert (first.month, first.day, first.hour) == (11, 1, 0)
    assert (end.month, end.day, end.hour) == (11, 24, 0)


# --- how ---


def test_the_ending_of_a_file_says_how_and_else_it_is_text() -> None:
    assert [format_of(Path(f"all.{name.upper()}")) for name in FORMATS] == list(FORMATS)
    assert [format_of(Path(name)) for name in ("all", "all.log", ".html", "md")] == ["txt"] * 4


@pytest.mark.parametrize("name", ["txt", "md", "html"])
async def test_two_who_go_by_one_name_are_told_apart_from_the_first_message_on(name: str) -> None:
    messages = [said("bob", f"text {number}", NINE_O_CLOCK_MS + number, number) for number in range(200)]
    messages.append(said("bob", "from another", NINE_O_CLOCK_MS + DAY_MS, feed=feed_of("not bob")))
    text = await _exported(messages, name)
    first = text[: text.index("text 0")]
    assert f"·{feed_of('bob').hex()[:4]}" in first


async def test_markdown_has_days_people_and_their_words() -> None:
    messages = [said("anna_b", "*hello*\n- two", NINE_O_CLOCK_MS), said("bob", "bye", NINE_O_CLOCK_MS + DAY_MS)]
    clock = [datetime.fromtimestamp(message.timestamp_ms / 1000, UTC).astimezone() for message in messages]
    days = [f"{moment:%A}, {moment.day} {moment:%B} {moment.year}" for moment in clock]
    assert await _exported(messages, "md") == (
        f"# garden\n\n## {days[0]}\n\n**anna\\_b** {clock[0]:%H:%M}\\\n\\*hello\\*\\\n\\- two\n"
        f"\n## {days[1]}\n\n**bob** {clock[1]:%H:%M}\\\nbye\n"
    )


async def test_a_web_page_without_messages_is_a_page() -> None:
    page = await _exported([], "html")
    assert "<main>\n</main>" in page
    assert "0 messages" in page


async def test_a_web_page_asks_for_nothing_from_anywhere_and_forbids_it() -> None:
    page = await _exported([said("bob", "https://example.org/ <img src=x>")], "html")
    assert "default-src 'none'" in page
    for word in ("<script", "<img", "<link", "@import", "url(", " src="):
        assert word not in page.replace("&lt;img src=x&gt;", "")


async def test_what_follows_soon_stands_under_the_same_name() -> None:
    at_ms = [0, MINUTE_MS, 20 * MINUTE_MS]
    messages = [said("bob", "text", NINE_O_CLOCK_MS + ms, seq) for seq, ms in enumerate(at_ms)]
    assert (await _exported(messages, "html")).count("<bdi>bob</bdi>") == 2


# --- where ---


def test_a_file_that_does_not_become_complete_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "all.txt"
    with suppress(KeyboardInterrupt), new_file(path) as file:
        file.write(b"some")
        assert path.exists()
        raise KeyboardInterrupt
    assert not path.exists()


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "all.txt"
    path.write_text("mine")
    with pytest.raises(RefusedError, match="is there already"), _opened(path):
        pass
    assert path.read_text() == "mine"


# --- from a room ---


async def test_what_a_room_exports_as_lines_holds_while_more_is_said(tmp_path: Path) -> None:
    room = Room(RoomOptions(tmp_path, new_room(), swarm=SwarmOptions(interfaces=("lo",), discovery=False)), "alice")
    try:
        for number in range(120):
            room.send(f"text {number}")
        await room.read_history(lambda _left: None)
        lines: list[bytes] = []

        def take(data: bytes) -> None:
            lines.extend(data.splitlines())
            room.send("meanwhile")

        count = await write(room.history, EVERYTHING, form_of(room, "jsonl"), take, _ignore)
    finally:
        await room.close()
    verification = Verification()
    for line in lines:
        verification.read(line)
    assert verification.holds
    assert verification.line_count == count == 120
