from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from multichat.widgets.block import Block, Heading
from multichat.widgets.marks import Marks
from multichat.widgets.painter import Painter, Styles
from multichat.widgets.viewport import Line
from multichat.widgets.wrapping import wrap
from tests.helpers.fake_conversation import feed_of, said

PLAIN = Style()
STYLES = Styles(
    text=PLAIN,
    time=PLAIN,
    own=PLAIN,
    day=PLAIN,
    selection=PLAIN,
    dark=True,
    mention=PLAIN,
    waiting=PLAIN,
    late=PLAIN,
    new=PLAIN,
    cursor=PLAIN,
)
TEXTS = st.text(st.sampled_from([*"ab .[\n", "\u0301", "漢", "ש", "🎉", "\u200d", "❤", "\ufe0f", "\x1b"]), max_size=60)


@given(TEXTS, TEXTS, st.integers(10, 130), st.booleans())
def test_every_line_fills_the_width_exactly(nickname: str, text: str, width: int, is_top: bool) -> None:  # noqa: FBT001 - hypothesis fills it
    painter = Painter(width, STYLES, Marks("alice", feed_of("alice").__eq__))
    message = said(nickname, text)
    rows = wrap(message.text, painter.columns.text_width)
    block = Block(message, (Heading.DAY, Heading.LEFT_OFF), named=True, rows=rows)
    for row in range(-2, len(rows)):
        strip = painter.paint(Line(block, row), 0, None, is_top=is_top)
        assert strip.cell_length == width
        assert cell_len(strip.text) == width


def test_a_selection_changes_nothing_but_the_style() -> None:
    painter = Painter(80, STYLES, Marks("alice", feed_of("alice").__eq__))
    block = Block(said("bob", "שלום to all"), (), named=True, rows=wrap(said("bob", "שלום to all").text, 56))
    plain = painter.paint(Line(block, 0), 3, None, is_top=False)
    for span in [(0, -1), (2, 5), (0, 0), (5, 500)]:
        assert painter.paint(Line(block, 0), 3, span, is_top=False).text == plain.text


def test_a_message_that_is_looked_at_has_another_ground_from_edge_to_edge_and_keeps_its_colours() -> None:
    plain, ground, selection = (Style.parse(what) for what in ("white on black", "on blue", "black on white"))
    coloured = STYLES._replace(text=plain, time=plain, own=plain, cursor=ground, selection=selection)
    marks = Marks("alice", feed_of("alice").__eq__)
    painter = Painter(80, coloured, marks)
    message = said("bob", "one two\nthree")
    lines = [Line(Block(message, (), named=True, rows=wrap(message.text, 56)), row) for row in (0, 1)]
    before = [painter.paint(line, 0, None, is_top=False) for line in lines]
    marks.selected = message.position
    for line, unmarked in zip(lines, before, strict=True):
        marked = painter.paint(line, 0, None, is_top=False)
        assert marked.text == unmarked.text
        assert {segment.style.bgcolor for segment in marked if segment.style} == {ground.bgcolor}
        assert {segment.style.color for segment in marked if segment.style} >= {plain.color}
        grounds = {segment.style.bgcolor for segment in painter.paint(line, 0, (0, 3), is_top=False) if segment.style}
        assert grounds == {ground.bgcolor, selection.bgcolor}
