from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from multichat.model.text import sanitise_text
from multichat.widgets.wrapping import WIDTH_MIN, drawable, row_at, shorten, wrap

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
CHARACTERS = st.sampled_from(
    [*"ab .[/-\n", "é", "e\u0301", "\u0301", "漢", "。", "「", "ש", "🎉", FAMILY, "❤\ufe0f", "\u200d"]
)
TEXTS = st.lists(CHARACTERS | st.characters(), max_size=80).map(lambda parts: sanitise_text("".join(parts), 1000))
WIDTHS = st.integers(1, 30)


def seen(row: str) -> str:
    return row.rstrip()


@given(TEXTS, WIDTHS)
@example(sanitise_text("\u200d", 10), 2)
def test_the_rows_together_are_the_text(text: str, width: int) -> None:
    assert "".join(wrap(text, width)) == text


@given(TEXTS, WIDTHS)
def test_no_row_is_wider_than_the_width(text: str, width: int) -> None:
    for row in wrap(drawable(text), width):
        assert cell_len(seen(row)) <= max(width, WIDTH_MIN)


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
    assert wrap(FAMILY * 3, 4) == (FAMILY * 2, FAMILY)


def test_the_marks_that_isolate_a_direction_take_no_room() -> None:
    assert wrap("\u2068בגד\u2069", 3) == ("\u2068בגד\u2069",)


def test_letters_cannot_hide_their_width_behind_joiners() -> None:
    assert drawable("a\u200db\u200dc") == "abc"
    assert drawable(FAMILY) == FAMILY
    assert "\u200d" not in drawable("\u200d".join("\U0001f468" * 50))


def test_a_name_that_does_not_fit_ends_in_an_ellipsis() -> None:
    assert shorten("alice", 5) == "alice"
    assert shorten("alice", 4) == "ali…"
    assert shorten("山田太郎", 5) == "山田…"


@given(TEXTS, st.integers(1, 30))
def test_a_shortened_name_fits(text: str, width: int) -> None:
    assert cell_len(shorten(text.replace("\n", " "), width)) <= width
