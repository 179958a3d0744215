"""Whatever others write, what is shown of it steers nothing, hides nothing and stays in its place."""

# ruff: noqa: RUF001 (letters of many scripts)

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from multichat.model.graphemes import graphemes
from multichat.model.text import (
    MARK,
    is_harmless,
    sanitise_line,
    sanitise_nickname,
    sanitise_text,
    unisolated,
)
from multichat.widgets.wrapping import cells
from tests.helpers.hostile_texts import HARMLESS, INVISIBLE, SEQUENCES, TOWERS
from tests.helpers.processes import next_line, python

OPEN, CLOSE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
ZWJ, ZWNJ = "\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"
LENGTH_MAX = 300
NICKNAME_LENGTH_MAX = 32
NEVER_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# The most marks that anything carries which somebody may have meant.
MARKS_MAX = 8
# The class of what joins the consonants of Indic scripts.
VIRAMA = 9

OF_ANY_CATEGORY = st.one_of(
    st.characters(),
    st.characters(categories=["Cc"]),
    st.characters(categories=["Cf"]),
    st.characters(categories=["Cs"]),
    st.characters(categories=["Co", "Cn"]),
    st.characters(categories=["Mn"]),
    st.characters(categories=["Mc", "Me"]),
    st.characters(categories=["Lo", "Lm"]),
    st.characters(categories=["S"]),
    st.characters(categories=["Z"]),
)
PIECES = st.one_of(
    st.sampled_from(SEQUENCES),
    st.sampled_from(INVISIBLE),
    st.sampled_from(TOWERS),
    st.sampled_from(HARMLESS),
    OF_ANY_CATEGORY,
    st.sampled_from(
        [*" \n\t\r", "a", "é", "e\u0301", "\u0301", "\u20e3", "漢", "ש", "ب", "क", "\u094d", "\u093e", "각", "\u1161"]
    ),
    st.sampled_from(["👩", "❤", "\ufe0f", "🏽", "🇩", "1", ZWJ, ZWNJ, OPEN, CLOSE, MARK, "\u2800"]),
)
TEXTS = st.lists(PIECES, max_size=60).map("".join)


def shown_in_any_way(text: str) -> list[str]:
    return [sanitise_text(text, LENGTH_MAX), sanitise_line(text, LENGTH_MAX), sanitise_nickname(text)]


@given(TEXTS)
def test_nothing_is_shown_that_could_steer_a_terminal(text: str) -> None:
    for shown in shown_in_any_way(text):
        for character in shown.replace(OPEN, "").replace(CLOSE, "").replace("\n", ""):
            assert character in ZWJ + ZWNJ or unicodedata.category(character) not in NEVER_SHOWN, ascii(character)
    assert "\n" not in sanitise_line(text, LENGTH_MAX) + sanitise_nickname(text)


def test_no_code_point_at_all_is_shown_that_could() -> None:
    for start in range(0, sys.maxunicode + 1, 4096):
        shown = sanitise_text("a".join(map(chr, range(start, start + 4096))), 10_000)
        assert not [c for c in unisolated(shown) if c != "\n" and unicodedata.category(c) in NEVER_SHOWN]


@given(TEXTS)
def test_directions_are_kept_within_a_line(text: str) -> None:
    for shown in shown_in_any_way(text):
        for line in shown.split("\n"):
            depth = 0
            for character in line:
                leftwards = unicodedata.bidirectional(character) in {"R", "AL", "AN"}
                depth += (character == OPEN) - (character == CLOSE)
                assert 0 <= depth <= 1
                assert depth == 1 or not leftwards
            assert depth == 0


@given(TEXTS)
@example(f"{OPEN}דוד{CLOSE} said {OPEN}hi{CLOSE}")
@example(f"{OPEN}דוד{CLOSE}: {OPEN}שלום{CLOSE}, all")
def test_what_is_safe_is_left_as_it_is(text: str) -> None:
    for shown in (sanitise_text(text, LENGTH_MAX), sanitise_line(text, LENGTH_MAX)):
        assert sanitise_text(shown, LENGTH_MAX) == shown
    assert sanitise_line(line := sanitise_line(text, LENGTH_MAX), LENGTH_MAX) == line
    assert sanitise_nickname(name := sanitise_nickname(text)) == name


@given(TEXTS, TEXTS)
def test_safe_parts_put_together_are_safe(nickname: str, text: str) -> None:
    line = f"{sanitise_nickname(nickname)}: {sanitise_line(text, LENGTH_MAX)}"
    again = sanitise_line(line, 2 * LENGTH_MAX)
    assert unisolated(again) == unisolated(line).strip()


@given(TEXTS, st.integers(1, 40))
def test_nothing_is_longer_than_it_may_be(text: str, length_max: int) -> None:
    assert len(unisolated(sanitise_text(text, length_max))) <= length_max
    assert len(unisolated(sanitise_line(text, length_max))) <= length_max
    assert len(unisolated(sanitise_nickname(text))) <= NICKNAME_LENGTH_MAX


def test_a_megabyte_of_anything_is_one_mark_or_one_line() -> None:
    for piece in ("\x1b", "\x1b[31m", "\u0301", "\u202e", "\U000e0041", "x", "שלום ", "👨\u200d", "\n"):
        assert len(unisolated(sanitise_text(piece * 1_000_000, LENGTH_MAX))) <= LENGTH_MAX
    assert sanitise_text("\x1b\u0301\u202e" * 30, LENGTH_MAX) == MARK
    assert sanitise_text("\x1b" * 1_000_000, LENGTH_MAX) == f"{MARK}…"


@given(TEXTS)
def test_whatever_is_removed_leaves_a_mark_and_a_run_of_it_only_one(text: str) -> None:
    text = text.replace("\r\n", "\n").replace("\t", "    ").replace(OPEN, "").replace(CLOSE, "")[:LENGTH_MAX]
    shown = unisolated(sanitise_text(text, LENGTH_MAX))
    assert MARK + MARK not in shown
    parts = shown.split(MARK)
    assert len(parts) > 1 or shown == text
    at = 0
    for part in parts:
        # All that is not a mark stood there, in this order.
        at = text.index(part, at) + len(part)


@given(TEXTS)
def test_whatever_is_shown_takes_room_and_covers_little_else(text: str) -> None:
    for grapheme in graphemes(unisolated(sanitise_text(text, LENGTH_MAX)).replace("\n", "")):
        assert cells(grapheme) >= 1, ascii(grapheme)
        assert unicodedata.category(grapheme[0])[0] != "M", ascii(grapheme)
        assert sum(unicodedata.category(character)[0] == "M" for character in grapheme) <= MARKS_MAX + 3


@given(TEXTS)
def test_a_joiner_is_kept_only_where_it_joins_what_is_written_with_joiners(text: str) -> None:
    shown = f" {unisolated(sanitise_text(text, LENGTH_MAX))} "
    for before, character, after in zip(shown, shown[1:], shown[2:], strict=False):
        if character in ZWJ + ZWNJ:
            assert before not in ZWJ + ZWNJ
            assert not unicodedata.name(before, "").startswith(("LATIN", "GREEK", "CYRILLIC", "CJK", "HEBREW"))
            assert not before.isspace() or unicodedata.combining(after) == VIRAMA


@given(TEXTS)
def test_a_name_is_never_blank_and_never_starts_or_ends_with_a_space(text: str) -> None:
    name = unisolated(sanitise_nickname(text))
    assert name.strip() == name
    assert name.replace(MARK, "").replace("\u2800", "").strip()
    assert "  " not in name
    assert unicodedata.is_normalized("NFC", name)


@pytest.mark.parametrize(
    "name", ["", " ", "\u3164", "\u115f\u1160", "\u2800\u2800", "\u00a0\u2003", "\u200b\u200b", "\x1b", "\t"]
)
def test_a_name_of_which_nothing_is_seen_is_a_question_mark(name: str) -> None:
    assert sanitise_nickname(name) == "?"


def test_a_sequence_is_taken_apart_wherever_it_stands() -> None:
    for sequence in SEQUENCES:
        for text in (sequence, f"before{sequence}after", f"{sequence}\n{sequence}"):
            shown = sanitise_text(text, LENGTH_MAX)
            assert MARK in shown, ascii(sequence)
            assert shown.replace("\n", "").isprintable(), ascii(sequence)


def test_a_sequence_that_begins_in_a_nickname_does_not_go_on_in_a_text() -> None:
    for sequence in SEQUENCES:
        for cut in {1, len(sequence) // 2, len(sequence) - 1}:
            line = sanitise_nickname(sequence[:cut]) + sanitise_text(sequence[cut:], LENGTH_MAX)
            assert line.replace("\n", "").isprintable(), ascii(sequence)


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_what_cannot_be_seen_between_letters_is_shown_as_a_mark(text: str) -> None:
    assert sanitise_text(f"pay{text}pal", LENGTH_MAX) == f"pay{MARK}pal"
    assert sanitise_nickname(f"pay{text}pal") == f"pay{MARK}pal"


@pytest.mark.parametrize("text", TOWERS, ids=ascii)
def test_of_a_tower_the_lowest_floors_are_left_and_a_mark(text: str) -> None:
    shown = sanitise_text(text, LENGTH_MAX)
    assert MARK in shown
    assert len(shown) <= min(len(text), len("\none") + 2 * MARKS_MAX)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_people_write_is_shown_as_it_is(text: str) -> None:
    assert unisolated(sanitise_text(text, LENGTH_MAX)) == text
    assert unisolated(sanitise_line(text, LENGTH_MAX)) == text
    assert is_harmless(text)


@given(st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "S"]) | st.just(" "), max_size=200))
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    assert sanitise_text(text, LENGTH_MAX) == text


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧",
        "🇩🇪",
        "e\u0301\u0302",
        "1\ufe0f\u20e3",
        "👍🏽",
        "क\u094d\u200dष",
        "\u1112\u1161\u11ab",
        "葛\U000e0100",
    ],
)
def test_a_text_is_cut_between_what_is_seen_as_single_characters(text: str) -> None:
    for length in range(1, len(text) + 3):
        shown = sanitise_text(text * 3, length)
        assert shown.endswith("…")
        assert MARK not in shown
        assert is_harmless(shown)


def test_right_to_left_is_isolated_line_by_line_and_nothing_else_is() -> None:
    assert sanitise_text("abc\nשלום abc\n", 99) == f"abc\n{OPEN}שלום abc{CLOSE}\n"
    # Arabic digits order what stands beside them too.
    assert sanitise_text("٣ - ٤", 99) == f"{OPEN}٣ - ٤{CLOSE}"
    assert sanitise_text(f"{OPEN}abc{CLOSE}", 99) == f"{MARK}abc{MARK}"
    assert sanitise_text("\u202eabc\u202c\u2066x\u2069", 99) == f"{MARK}abc{MARK}x{MARK}"
    assert sanitise_text("x" * 98 + "שלום", 100).endswith(CLOSE)


def test_plain_text_is_shown_without_a_look_at_any_table() -> None:
    script = """
import sys
from multichat.model.text import sanitise_nickname, sanitise_text
from multichat.widgets.wrapping import shorten, wrap
wrap(sanitise_text("plain text,\\n\\tin lines\\r\\n" * 9, 16_000), 20)
shorten(sanitise_nickname("bob"), 2)
print("multichat.model.graphemes" in sys.modules)
"""
    with python(script) as process:
        assert next_line(process) == "False"
