"""Search agrees with somebody who reads everything, for whatever was said and whatever is typed."""

# ruff: noqa: RUF001 (letters of many scripts)

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multichat.errors import UsageError
from multichat.model import search
from multichat.model.excerpt import excerpt, hits
from multichat.model.message import Message, Position, message_of
from multichat.model.query import Phrase, Query, nickname_key
from multichat.model.record import Record
from multichat.model.search import SearchIndex
from multichat.model.text import is_harmless, sanitise_text
from multichat.model.words import tokens_in
from multifeed import Multifeed
from tests.helpers.feeds import key_pair

_TODAY = date(2024, 5, 31)
_NOON_MS = 1_717_156_800_000
_ISOLATES = "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"

_PARTS = [
    *("hello", "hell", "he", "HELLO", "help", "h", "world", "don't", "a_b", "3.14", "x" * 70),
    *("café", "cafe", "cafe\u0301", "Straße", "STRASSE", "ﬁne", "İi", "ё", "е", "й", "и", "при", "привет", "ﷺ", "½"),
    *("中国", "国", "中", "国中", "カ", "ガ", "ｶﾞ", "กิน", "กิ", "학교", "हिन्दी", "שלום", "שָׁלוֹם", "مرحبا"),
    *("👍", "👍🏽", "👨\u200d👩\u200d👧", "🎉", "❤\ufe0f"),
    *(
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "NEAR",
        "*",
        "hel*",
        "^",
        ":",
        "-",
        "+",
        "(",
        ")",
        '"',
        "'",
        "{",
        "texts:",
        "text:a",
    ),
    *("\x00", "\x1b[31m", "\u202e", "\ufffd", "\n", "\u3000", "@", "@616e", "%", "_", "\\", ";--"),
]
_SYNTAX = [
    *("-", '"', '"hello world"', '-"hello', "from:", "from:a", 'from:"anna m', "-from:an", 'from:q"', "from:*"),
    *(
        "on:2024-05-31",
        "on:today",
        "before:today",
        "after:yesterday",
        "before:2024",
        "after:2024-05",
        "on:1970",
        "on:x",
    ),
]
_NICKNAMES = ["anna", "an", "ANNA", "Anna Maria", "André", "q\"*'", "דוד", "中国", "👍", "", "\x00", "x" * 40, "616e"]

_texts = st.lists(st.sampled_from(_PARTS) | st.text(max_size=3), max_size=6).map(" ".join) | st.lists(
    st.sampled_from(_PARTS), max_size=4
).map("".join)
_typed = st.lists(
    st.sampled_from(_PARTS) | st.sampled_from(_SYNTAX) | st.text(max_size=3), min_size=1, max_size=4
).flatmap(lambda parts: st.sampled_from([" ".join(parts), " ".join(parts) + " ", "".join(parts)]))
_anything = st.text(st.characters(exclude_categories=[]), max_size=40)

# Many at the same moment, some within one bucket, some of other days, some that are held aside.
_shifts_ms = st.sampled_from([0, 0, 0, 1, 2, 300, -1, -255, -256, -86_400_000, 86_400_000 // 2, -40 * 86_400_000])
_records = st.builds(
    lambda nickname, text, shift_ms: Record(nickname, text, _NOON_MS + shift_ms),
    st.sampled_from(_NICKNAMES) | st.text(max_size=3),
    _texts,
    _shifts_ms,
)
_histories = st.lists(st.tuples(st.integers(0, 2), _records), max_size=25)


@dataclass(frozen=True)
class _Bounds:
    """Bounds of the index, small enough to be met."""

    bucket_ms: int
    alternatives: int
    step_blocks: int


_bounds = st.builds(_Bounds, st.sampled_from([256, 2]), st.sampled_from([2000, 1, 0]), st.sampled_from([100, 3]))


@contextmanager
def _indexed(history: Sequence[tuple[int, Record]], bounds: _Bounds) -> Iterator[tuple[SearchIndex, list[Message]]]:
    """An index of a history, and all messages of it, newest first."""
    with TemporaryDirectory() as directory, ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(search, "_BUCKET_LENGTH_MS", bounds.bucket_ms)
        patch.setattr(search, "_ALTERNATIVES_MAX", bounds.alternatives)
        patch.setattr(search, "_STEP_LENGTH_BLOCKS", bounds.step_blocks)
        multi = stack.enter_context(Multifeed.open(Path(directory) / "log.sqlite", value_encoding="cbor"))
        index = SearchIndex.open(Path(directory) / "search.sqlite", multi, source=b"ours")
        stack.enter_context(closing(index))
        messages = []
        for number, record in history:
            feed = multi.writer(f"writer {number}", key_pair=key_pair(number))
            messages.append(message_of(feed.key, feed.append(record.value()), record))
        for _ in range(len(history)):
            index.advance()
        yield index, sorted(messages, key=lambda message: message.position, reverse=True)


def _reads(message: Message, query: Query) -> bool:
    """Whether somebody who reads a message, word by word, would say that it was asked for."""
    text = " " + "".join(token + " " for token in tokens_in(message.text))
    nickname = nickname_key(message.nickname)
    return (
        query.start_ms <= message.timestamp_ms < query.end_ms
        and all(_says(text, phrase) for phrase in query.phrases)
        and not any(_says(text, phrase) for phrase in query.excluded)
        and (not query.authors or nickname.startswith(query.authors))
        and not (query.excluded_authors and nickname.startswith(query.excluded_authors))
    )


def _says(text: str, phrase: Phrase) -> bool:
    return f" {' '.join(phrase.tokens)}{'' if phrase.may_go_on else ' '}" in text


def _parse(typed: str) -> Query | None:
    """None if it is refused; nothing else may come of it."""
    try:
        return Query.parse(typed, today=_TODAY, zone=UTC)
    except UsageError:
        return None


@settings(max_examples=150)
@given(_histories, st.lists(_typed, min_size=1, max_size=12), _bounds)
def test_what_is_found_is_what_somebody_finds_who_reads_everything(
    history: list[tuple[int, Record]], typed: list[str], bounds: _Bounds
) -> None:
    until_ms = _NOON_MS + 300
    with _indexed(history, bounds) as (index, messages):
        shown = [message for message in messages if message.timestamp_ms <= until_ms]
        for query in filter(None, map(_parse, typed)):
            expected = [message for message in shown if _reads(message, query)]
            assert index.search(query, None, len(history) + 1, until_ms=until_ms) == expected
            assert index.count(query, len(history) + 1, until_ms=until_ms) == len(expected)


@given(_histories, _typed, _bounds, st.integers(1, 5), st.data())
def test_pages_are_parts_of_one_large_page(
    history: list[tuple[int, Record]], typed: str, bounds: _Bounds, size: int, data: st.DataObject
) -> None:
    query = _parse(typed) or Query()
    with _indexed(history, bounds) as (index, messages):
        whole = index.search(query, None, len(history) + 1, until_ms=_NOON_MS)
        edge: Position | None = None
        pages: list[Message] = []
        while page := index.search(query, edge, size, until_ms=_NOON_MS):
            pages += page
            assert len(pages) <= len(whole), "a page is read twice"
            edge = page[-1].position
        assert pages == whole
        if messages:
            edge = data.draw(st.sampled_from(messages)).position
            rest = [message for message in whole if message.position < edge]
            assert index.search(query, edge, size, until_ms=_NOON_MS) == rest[:size]


@given(st.lists(_anything | st.lists(st.sampled_from(_SYNTAX + _PARTS)).map("".join), min_size=1, max_size=20))
def test_whatever_is_typed_is_searched_or_refused(typed: list[str]) -> None:
    history = [(0, Record("anna", text, _NOON_MS)) for text in ("hello world", "中国 👍 שלום")]
    with _indexed(history, _Bounds(256, 2000, 100)) as (index, messages):
        for query in filter(None, map(_parse, typed)):
            assert set(index.search(query, None, 9, until_ms=_NOON_MS)) <= set(messages)


@pytest.mark.parametrize("letters", ["中国人民", "カたひガ", "กินข้", "학교에서", "👍🎉🏽"])
@given(data=st.data())
def test_every_part_of_a_text_in_a_script_without_spaces_is_found(letters: str, data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.text(st.sampled_from(letters), max_size=8), max_size=6))
    parts = data.draw(st.lists(st.text(st.sampled_from(letters), min_size=1, max_size=3), min_size=1, max_size=6))
    history = [(0, Record("anna", text, _NOON_MS + number)) for number, text in enumerate(texts)]
    with _indexed(history, _Bounds(256, 2000, 100)) as (index, messages):
        for part in parts:
            query = _parse(part)
            if query is not None:
                found = index.search(query, None, 99, until_ms=_NOON_MS + 99)
                # A colour is no part of what one looks for.
                looked_for = part.replace("🏽", "")
                assert found == [one for one in messages if looked_for in one.text.replace("🏽", "")]


@given(_texts, _typed, st.integers(3, 60))
def test_an_excerpt_is_a_safe_part_of_the_text_with_the_hits_in_it(raw: str, typed: str, length: int) -> None:
    query = _parse(typed) or Query()
    text = sanitise_text(raw, 1000)
    found = excerpt(text, query, length)
    plain = found.text.strip(_ISOLATES)
    assert len(plain) <= length
    assert is_harmless(plain)
    line = text.replace(_ISOLATES[0], "").replace(_ISOLATES[1], "").replace("\n", " ").strip()
    assert plain.strip("…") in line
    ends = [end for span in found.spans for end in span]
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(found.text) for start, end in found.spans)
    assert bool(found.spans) == bool(hits(line, query))


@given(_texts, _typed)
def test_a_hit_is_what_the_index_finds(raw: str, typed: str) -> None:
    query = _parse(typed) or Query()
    text = sanitise_text(raw, 1000)
    tokens = " " + "".join(token + " " for token in tokens_in(text))
    found = hits(text, query)
    assert bool(found) == any(_says(tokens, phrase) for phrase in query.phrases)
    for phrase in query.phrases:
        if _says(tokens, phrase):
            marked = [" " + "".join(token + " " for token in tokens_in(text[start:end])) for start, end in found]
            assert any(_says(part, phrase) for part in marked)
