from itertools import accumulate

import wcwidth
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from multichat.model.graphemes import graphemes
from multichat.model.text import sanitise_line, sanitise_text, unisolated
from multichat.widgets.wrapping import WIDTH_MIN, cells, row_at, shorten, wrap
from tests.helpers.hostile_texts import HARMLESS

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
CHARACTERS = st.sampled_from(
    [
        *"ab .[/-\n",
        "é",
        "e\u0301",
        "\u0301",
        "漢",
        "。",
        "「",
        "ש",
        "🎉",
        FAMILY,
        "❤\ufe0f",
        "\u200d",
        "का",
        "🇩🇪",
        "🇩",
        "👍🏽",
    ]
)
PIECES = st.lists(CHARACTERS | st.sampled_from(HARMLESS) | st.characters(), max_size=80).map("".join)
TEXTS = PIECES.map(lambda text: sanitise_text(text, 1000))
WIDTHS = st.integers(1, 30)

# A letter with as many marks beside it as any can have; in less, such a one is wider than a row.
GRAPHEME_CELLS_MAX = 9

# Terminals that were measured; not two that give a cell of its own to whatever stands above a letter.
MEASURED = set(wcwidth.list_term_programs()) - {"extraterm", "terminology"}
TERMINALS: list[str | bool] = [False, *sorted(MEASURED)]


def seen(row: str) -> str:
    return row.rstrip()


@given(TEXTS, WIDTHS)
@example(sanitise_text("\u200d", 10), 2)
def test_the_rows_together_are_the_text(text: str, width: int) -> None:
    assert "".join(wrap(text, width)) == text


@given(TEXTS, WIDTHS)
def test_no_row_is_wider_than_the_width(text: str, width: int) -> None:
    for row in wrap(text, width):
        assert cells(seen(row)) <= max(width, WIDTH_MIN) or width < GRAPHEME_CELLS_MAX
        assert cell_len(row) <= cells(row)


@given(PIECES)
def test_no_terminal_draws_a_text_wider_than_is_counted(text: str) -> None:
    line = unisolated(sanitise_line(text, 60))
    for terminal in TERMINALS:
        assert wcwidth.width(line, term_program=terminal) <= cells(line), terminal


@given(TEXTS, st.integers(GRAPHEME_CELLS_MAX * 2, 60))
def test_a_row_ends_between_what_is_seen_as_single_characters(text: str, width: int) -> None:
    ends = set(accumulate(map(len, graphemes(text))))
    assert ends.issuperset(accumulate(len(row) for row in wrap(text, width) if row))


@given(TEXTS, WIDTHS)
def test_a_row_ends_where_a_line_ends(text: str, width: int) -> None:
    assert all("\n" not in row[:-1] for row in wrap(text, width))


@given(TEXTS, WIDTHS, st.data())
def test_every_character_is_found_in_the_row_that_holds_it(text: str, width: int, data: st.DataObject) -> None:
    rows = wrap(text, width)
    row = data.draw(st.integers(0, len(rows) - 1))
    starts = sum(map(len, rows[:row]))
    for offset in range(starts, starts + len(rows[row])):
        assert row_at(rows, offset) == row


def test_words_stay_whole_where_they_fit() -> None:
    assert [*map(seen, wrap("the quick brown fox", 10))] == ["the quick", "brown fox"]


def test_a_word_longer_than_a_row_is_broken() -> None:
    assert wrap("abcdefghij", 4) == ("abcd", "efgh", "ij")


def test_a_long_word_after_an_indent_does_not_leave_an_empty_row() -> None:
    assert wrap("  abcdefghij", 4) == ("  ab", "cdef", "ghij")


def test_spaces_that_do_not_fit_end_their_row() -> None:
    assert wrap("abcd   efgh", 4) == ("abcd   ", "efgh")


def test_wide_characters_are_counted_by_their_cells() -> None:
    assert wrap("漢字漢字", 5) == ("漢字", "漢字")


def test_wide_characters_fill_the_row_behind_a_word() -> None:
    assert [*map(seen, wrap("hello 漢字漢字", 10))] == ["hello 漢字", "漢字"]


def test_a_row_does_not_begin_with_the_end_of_a_sentence() -> None:
    assert wrap("漢字漢字。", 8) == ("漢字漢", "字。")


def test_a_row_does_not_end_with_an_opening_bracket() -> None:
    assert wrap("漢字漢「字」", 8) == ("漢字漢", "「字」")


def test_a_joined_picture_is_not_broken() -> None:
    assert wrap(FAMILY * 3, 24) == (FAMILY * 2, FAMILY)


def test_a_joined_picture_that_is_wider_than_a_row_is_so_many_pictures() -> None:
    assert wrap(FAMILY, 8) == (FAMILY[:4], FAMILY[4:])


def test_a_flag_is_not_broken() -> None:
    assert wrap("🇩🇪🇫🇷", 6) == ("🇩🇪", "🇫🇷")


def test_a_word_is_not_broken_before_a_vowel_that_stands_beside_its_letter() -> None:
    assert [*map(seen, wrap("राम का काम", 8))] == ["राम का", "काम"]


def test_the_marks_that_isolate_a_direction_take_no_room() -> None:
    assert wrap("\u2068בגד\u2069", 3) == ("\u2068בגד\u2069",)


def test_a_name_that_does_not_fit_ends_in_an_ellipsis() -> None:
    assert shorten("alice", 5) == "alice"
    assert shorten("alice", 4) == "ali…"
    assert shorten("山田太郎", 5) == "山田…"


@given(TEXTS, st.integers(1, 30))
def test_a_shortened_name_fits(text: str, width: int) -> None:
    assert cells(shorten(text.replace("\n", " "), width)) <= width
