"""Whatever anybody has said: what is exported can be checked line by line, and structures no page."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from multichat.model.callings import Calling
from multichat.model.export.evidence import Evidence, Signed, nodes_needed
from multichat.model.export.form import Look
from multichat.model.export.jsonl import LineError, line_of, read_line
from multichat.model.export.markdown import Markdown, escaped
from multichat.model.export.verification import Verification, _is_signed
from multichat.model.export.web_page import WebPage
from multichat.model.message import Message, Position, message_of
from multichat.model.record import Record
from multichat.model.text import sanitise_line, sanitise_text, unisolated
from multifeed import Multifeed, merkle
from tests.helpers.feeds import key_pair

START_MS = 1_795_510_800_000

# Texts that go to where a page or a format is thin, and any others.
_MARKS = (
    "\n", "\n\n", "    ", "\t", "- ", "+ ", "# ", "> ", "1. ", "1) ", "===", "---", "***", "```", "~~~", "`", "|", "\\",
    "<b>", "</p>", "<!--", "-->", "<script>", "&amp;", "&#60;", "![", "](", "[x]: ", "[^1]: ", "http://a.b/?q=<i>",
    ":::", "https://x.org/'\"", '"', "'", "$", "^", "~", "_", "\u202e", "\u2068", "\u05d0", "\x7f", "\x1b[31m", "a",
    "*", "}",
)  # fmt: skip
marks = st.sampled_from(_MARKS)
texts = st.one_of(st.text(max_size=40), st.lists(st.one_of(marks, st.text(max_size=4)), max_size=12).map("".join))
records = st.builds(Record, texts, texts, st.integers(0, 10**13), st.booleans())


# --- the proof of one block ---


@given(st.integers(1, 1 << 40), st.data())
def test_the_nodes_needed_for_one_block_are_those_of_its_proof(length: int, data: st.DataObject) -> None:
    seq = data.draw(st.integers(0, length - 1))
    assert nodes_needed(length, seq) == merkle.proof_indexes(length, seq, seq + 1, 0)


# --- JSON lines ---


def _written(records: list[Record]) -> list[Signed]:
    """These records in one feed, with their evidence."""
    with (
        TemporaryDirectory() as directory,
        Multifeed.open(Path(directory) / "log.sqlite", value_encoding="cbor") as multi,
    ):
        feed = multi.writer("local", key_pair=key_pair(1))
        feed.extend(record.value() for record in records)
        evidence = Evidence(multi)
        return [evidence.of(Position(0, feed.key, seq)) for seq in range(feed.length)]


@cache
def _example() -> str:
    records = [Record("anna", f"text {number} \x7f é 😀", START_MS + number, number == 3) for number in range(11)]
    return line_of(records[3], _written(records)[3])


@settings(max_examples=40)
@given(st.lists(records, min_size=1, max_size=9))
def test_every_line_holds_by_itself_and_is_ascii(records: list[Record]) -> None:
    for record, signed in zip(records, _written(records), strict=True):
        line = line_of(record, signed)
        assert line.isascii()
        assert line[:-1].isprintable()
        found = read_line(line.encode(), _is_signed)
        assert (found.record, found.signed) == (record, signed)


def test_each_changed_byte_of_a_line_is_noticed_or_changes_nothing_that_is_read() -> None:
    line = _example().rstrip("\n").encode()
    before = json.loads(line)
    for at in range(len(line)):
        for changed in (line[at] ^ 1, line[at] ^ 32, 0x22, 0x20, 0x00, 0xFF):
            other = line[:at] + bytes([changed]) + line[at + 1 :]
            if _holds(other):
                assert json.loads(other) == before, (at, changed)


@given(st.data())
def test_a_line_with_any_piece_replaced_is_noticed_or_changes_nothing_that_is_read(data: st.DataObject) -> None:
    line = _example().rstrip("\n").encode()
    start, length = data.draw(st.integers(0, len(line))), data.draw(st.integers(0, 30))
    other = line[:start] + data.draw(st.binary(max_size=30)) + line[start + length :]
    if _holds(other):
        assert json.loads(other) == json.loads(line)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=10,
)


@given(st.data(), json_values)
def test_a_field_that_is_anything_else_is_noticed(data: st.DataObject, value: object) -> None:
    fields = json.loads(_example())
    name = data.draw(st.sampled_from([*fields, "else"]))
    changed = {**fields, name: value}
    is_same = json.dumps(changed, sort_keys=True) == json.dumps(fields, sort_keys=True)
    assert _holds(json.dumps(changed).encode()) is is_same


@given(st.data(), json_values)
def test_a_head_that_is_anything_else_is_noticed(data: st.DataObject, value: object) -> None:
    fields = json.loads(_example())
    name = data.draw(st.sampled_from([*fields["head"], "else"]))
    changed = {**fields, "head": {**fields["head"], name: value}}
    is_same = json.dumps(changed, sort_keys=True) == json.dumps(fields, sort_keys=True)
    assert _holds(json.dumps(changed).encode()) is is_same


@given(st.sampled_from(["block", "proof"]), st.binary(max_size=200))
def test_bytes_in_place_of_others_are_noticed(name: str, data: bytes) -> None:
    fields = json.loads(_example())
    assert not _holds(json.dumps({**fields, name: b64encode(data).decode()}).encode())


@given(st.one_of(st.binary(max_size=200), json_values.map(lambda value: json.dumps(value).encode())))
def test_anything_else_is_no_line_and_no_crash(line: bytes) -> None:
    verification = Verification()
    verification.read(line)
    assert verification.broken.count == 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"seq":' * 100_000,
        b"[" * 1_000_000,
        b'{"seq":' + b"9" * 100_000 + b"}",
        b'{"seq":1e999999}',
        b'{"feed":"\\ud800"}',
        b'{"head":{"length":NaN}}',
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"",
        b" " * (3 << 20),
    ],
    ids=str,
)
def test_what_is_made_to_be_hard_to_read_is_no_line(line: bytes) -> None:
    assert not _holds(line)


def test_a_line_that_says_a_thing_twice_is_noticed() -> None:
    line = _example()
    assert not _holds(line.replace('{"feed"', '{"text":"something else","feed"', 1).encode())
    assert not _holds(line.replace('"head":{', '"head":{"length":11,', 1).encode())


def test_a_line_that_another_program_has_written_anew_still_holds() -> None:
    fields = json.loads(_example())
    again = json.dumps(dict(reversed(fields.items())), ensure_ascii=False, indent=1).replace("\n", " ")
    assert _holds(again.encode())


def _holds(line: bytes) -> bool:
    try:
        read_line(line, _is_signed)
    except LineError:
        return False
    return True


# --- pages ---


def _calling(message: Message) -> Calling:
    return Calling(message.nickname, "")


def _local_time(timestamp_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=timestamp_ms)


LOOK = Look(
    sanitise_line("a <room> # *x*", 64),
    _calling,
    _local_time,
    lambda day: f"{day:%d.%m.%Y}",
    lambda _feed, _dark: "#123456",
)


@given(texts)
def test_markdown_reads_as_it_was_written(text: str) -> None:
    safe = sanitise_text(text, 1_000)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(escaped(safe))
    inline = [token for token in tokens if token.type == "inline"]
    assert {token.type for token in tokens} == {"paragraph_open", "inline", "paragraph_close"}
    assert len(inline) == 1
    children = inline[0].children or []
    assert {child.type for child in children} <= {"text", "text_special", "hardbreak"}
    shown = "".join("\n" if child.type == "hardbreak" else child.content for child in children)
    assert _lines(shown) == _lines(safe)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n")]


@given(st.lists(records, max_size=6))
def test_a_page_of_markdown_has_a_heading_for_each_day_and_a_paragraph_for_each_message(records: list[Record]) -> None:
    messages = [message_of(bytes(32), seq, record) for seq, record in enumerate(records)]
    form = Markdown(LOOK)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(form.opening() + form.page(messages) + form.closing())
    opened = [token.type for token in tokens if token.nesting == 1]
    assert set(opened) <= {"heading_open", "paragraph_open"}
    assert opened.count("paragraph_open") == len(messages)


class _Page(HTMLParser):
    """Which elements a page consists of, whether each is closed, and what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if (tag, dict(attrs).get("class")) in {("span", "text"), ("span", "text does")}:
            self.said.append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "span" in self.open:
            self.said[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


_ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "main", "section", "h2", "div", "h3", "bdi",
    "small", "a", "time", "span", "b", "footer",
}  # fmt: skip
_ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "title", "datetime", "dir", "style",
    "rel",
}  # fmt: skip


@given(st.lists(records, max_size=8))
def test_a_web_page_says_what_was_said_and_has_no_elements_but_its_own(records: list[Record]) -> None:
    messages = [message_of(bytes([seq % 2] * 32), seq, record) for seq, record in enumerate(records)]
    page = _parsed(messages)
    assert page.open == []
    for element, attributes in page.elements:
        assert element in _ELEMENTS
        assert attributes.keys() <= _ATTRIBUTES
        if "href" in attributes:
            assert (attributes["href"] or "").startswith(("#", "http://", "https://", "mailto:"))
    said = [(f"{message.nickname} " if message.record.is_action else "") + message.text for message in messages]
    # A parser takes a carriage return for a line feed, and there is none in a safe text.
    assert page.said == [unisolated(text) for text in said]
    anchors = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(anchors)) == len(messages)


def _parsed(messages: list[Message]) -> _Page:
    form = WebPage(LOOK)
    page = _Page()
    page.feed("".join(_pieces(form, messages)))
    page.close()
    return page


def _pieces(form: WebPage, messages: list[Message]) -> Iterator[str]:
    yield form.opening()
    yield form.page(messages[:3])
    yield form.page(messages[3:])
    yield form.closing()
