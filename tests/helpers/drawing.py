"""A screen as a drawing: its cells in SVG.

Owns how cells become shapes, and the window around them. Knows nothing of what is on the screen. Nothing in a drawing
is fetched from elsewhere or runs: it is shown the same without a network, and where scripts are taken out.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.color import blend_rgb
from rich.segment import Segment
from rich.style import Style
from textual._compositor import InlineUpdate
from textual.app import App

from multichat.model.graphemes import graphemes

# Whole numbers: the edges of cells are the edges of pixels where a drawing is shown at its own size.
CELL_WIDTH: Final = 12
CELL_HEIGHT: Final = 24
_BASELINE: Final = 18
_FONT_SIZE: Final = 20

_MARGIN: Final = 14
_BAR_HEIGHT: Final = 38
_BUTTONS: Final = ("#ff5f57", "#febc2e", "#28c840")

# Whatever the viewer's machine has; every run of letters is told how wide it is.
_FONTS: Final = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
_STYLES: Final = (
    f"text{{font:{_FONT_SIZE}px {_FONTS};white-space:pre}}"
    "rect{shape-rendering:crispEdges}"
    ".b{font-weight:bold}.i{font-style:italic}.u{text-decoration:underline}.s{text-decoration:line-through}"
    ".m{text-anchor:middle}"
)

# From here on, characters may come from another font, with other widths: each is put into the middle of its cells.
_FIRST_SYMBOL: Final = "\N{EN QUAD}"

# Left, top, right and bottom of what a character fills of its cell. Fonts leave gaps between them.
_BLOCKS: Final = {
    "\N{BOX DRAWINGS LIGHT HORIZONTAL}": (0, 11, 12, 13),
    "\N{BOX DRAWINGS LIGHT VERTICAL}": (5, 0, 7, 24),
    "\N{UPPER HALF BLOCK}": (0, 0, 12, 12),
    "\N{RIGHT HALF BLOCK}": (6, 0, 12, 24),
    "\N{UPPER ONE EIGHTH BLOCK}": (0, 0, 12, 3),
    "\N{RIGHT ONE EIGHTH BLOCK}": (10.5, 0, 12, 24),
    # From one eighth to the whole, growing from the bottom and from the left.
    **{chr(0x2580 + eighths): (0, 24 - 3 * eighths, 12, 24) for eighths in range(1, 9)},
    **{chr(0x2590 - eighths): (0, 0, 1.5 * eighths, 24) for eighths in range(1, 8)},
}


# What goes on from these lines, around a corner.
_CORNERS: Final = {
    "\N{BOX DRAWINGS LIGHT ARC DOWN AND RIGHT}": "M12 12a6 6 0 0 0-6 6v6",
    "\N{BOX DRAWINGS LIGHT ARC DOWN AND LEFT}": "M0 12a6 6 0 0 1 6 6v6",
    "\N{BOX DRAWINGS LIGHT ARC UP AND RIGHT}": "M12 12a6 6 0 0 1-6-6v-6",
    "\N{BOX DRAWINGS LIGHT ARC UP AND LEFT}": "M0 12a6 6 0 0 0 6-6v-6",
}


class _Piece(NamedTuple):
    """What is drawn as one: a text in a style, from a column on."""

    column: int
    width: int
    text: str
    style: Style


def rows_of(app: App[int]) -> tuple[str, ...]:
    """What is on the screen of `app`, line by line."""
    update = app.screen._compositor.render_inline(app.size, screen_stack=app._background_screens)
    ground = ground_of(app)
    assert isinstance(update, InlineUpdate)
    return tuple(_row(y, list(strip), ground) for y, strip in enumerate(update.strips))


def ground_of(app: App[int]) -> str:
    """The colour behind everything, which is not drawn again in each line."""
    return app.theme_variables["background"].lower()


def drawn(app: App[int], title: str) -> str:
    """The screen of `app`, in a window with this title."""
    return window(app, title, "\n".join(rows_of(app)))


def window(app: App[int], title: str, content: str, styles: str = "") -> str:
    """`content` in a window of the size and in the colours of `app`; `styles` are those of the content."""
    width = app.size.width * CELL_WIDTH + 2 * _MARGIN
    height = app.size.height * CELL_HEIGHT + _BAR_HEIGHT + _MARGIN
    edge = "#ffffff" if app.current_theme.dark else "#000000"
    frame = f'rx="10" fill="{ground_of(app)}" stroke="{edge}" stroke-opacity=".3" style="shape-rendering:auto"'
    buttons = "".join(
        f'<circle cx="{24 + 22 * number}" cy="20" r="7" fill="{fill}"/>' for number, fill in enumerate(_BUTTONS)
    )
    size = f'width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLES}{styles}</style>",
            f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" {frame}/>',
            buttons,
            f'<text x="{width // 2}" y="27" class="b m" fill="{edge}" fill-opacity=".6">{escape(title)}</text>',
            f'<g transform="translate({_MARGIN} {_BAR_HEIGHT})">',
            content,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _row(y: int, segments: list[Segment], ground: str) -> str:
    pieces = list(_pieces(segments))
    return "".join([*_grounds(y, pieces, ground), *filter(None, (_drawn(y, piece) for piece in pieces))])


def _pieces(segments: list[Segment]) -> Iterator[_Piece]:
    """The characters of a line, those together that one font surely has in one width and that no gap parts."""
    column = 0
    for style, group in groupby(segments, lambda segment: segment.style or Style.null()):
        characters = graphemes("".join(segment.text for segment in group if not segment.control))
        for kind, same in groupby(_kinds(characters), lambda pair: pair[0]):
            text = "".join(character for _, character in same)
            texts = graphemes(text) if kind == "symbol" else [text]
            for one in texts:
                yield _Piece(column, cell_len(one), one, style)
                column += cell_len(one)


def _kinds(characters: list[str]) -> Iterator[tuple[str, str]]:
    """Each character with what kind it is; a space between two letters is like these."""
    for index, character in enumerate(characters):
        around = (*characters[max(index - 1, 0) : index], *characters[index + 1 : index + 2])
        if character == " " and (len(around) < 2 or " " in around):
            yield "gap", character
        elif character in _BLOCKS and _BLOCKS[character][::2] == (0, CELL_WIDTH):
            # From edge to edge: of several in a row comes one rectangle.
            yield f"block {character}", character
        elif character >= _FIRST_SYMBOL or cell_len(character) > 1:
            yield "symbol", character
        else:
            yield "letter", character


def _grounds(y: int, pieces: list[_Piece], ground: str) -> Iterator[str]:
    """What lies behind the characters, where it is not what lies behind everything."""
    for colour, group in groupby(pieces, lambda piece: _colours(piece.style)[1]):
        same = list(group)
        if colour not in {"", ground}:
            yield _rectangle(same[0].column, y, sum(piece.width for piece in same), colour)


def _drawn(y: int, piece: _Piece) -> str:
    text = piece.text.strip()
    if not text:
        return ""
    fill = _colours(piece.style)[0]
    if text[0] in _BLOCKS:
        return _rectangle(piece.column, y, piece.width, fill, _BLOCKS[text[0]])
    if text in _CORNERS:
        place = f"translate({piece.column * CELL_WIDTH} {y * CELL_HEIGHT})"
        return f'<path d="{_CORNERS[text]}" transform="{place}" fill="none" stroke="{fill}" stroke-width="2"/>'
    # Of a text that begins or ends with a space, the rest.
    column = piece.column + cell_len(piece.text) - cell_len(piece.text.lstrip())
    width = cell_len(text)
    is_symbol = text >= _FIRST_SYMBOL
    x = column * CELL_WIDTH + (width * CELL_WIDTH // 2 if is_symbol else 0)
    length = "" if is_symbol or width == 1 else f' textLength="{width * CELL_WIDTH}"'
    letters = "".join(
        letter
        for letter, is_so in (
            ("b", piece.style.bold),
            ("i", piece.style.italic),
            ("u", piece.style.underline),
            ("s", piece.style.strike),
        )
        if is_so
    )
    classes = " ".join([*letters, *("m" if is_symbol else "")])
    attributes = (f' class="{classes}"' if classes else "") + length
    return f'<text x="{x}" y="{y * CELL_HEIGHT + _BASELINE}" fill="{fill}"{attributes}>{escape(text)}</text>'


def _rectangle(
    column: int,
    y: int,
    width: int,
    fill: str,
    part: tuple[float, float, float, float] = (0, 0, CELL_WIDTH, CELL_HEIGHT),
) -> str:
    """So many cells beside each other, or a part of each."""
    left, top, right, bottom = part
    across = (width - 1) * CELL_WIDTH + right - left
    return (
        f'<rect x="{column * CELL_WIDTH + left:g}" y="{y * CELL_HEIGHT + top:g}"'
        f' width="{across:g}" height="{bottom - top:g}" fill="{fill}"/>'
    )


def _colours(style: Style) -> tuple[str, str]:
    """Of the characters and of what lies behind them; "" where that is not said."""
    front, back = (None if colour is None else colour.get_truecolor() for colour in (style.color, style.bgcolor))
    if style.reverse:
        front, back = back, front
    if style.dim and front is not None and back is not None:
        front = blend_rgb(front, back, 0.4)
    return "" if front is None else front.hex, "" if back is None else back.hex
