"""A person's name as coloured cells, with digits of their key where others go by it too, and whether it is checked.

Owns what gives way where there is no space for all of it: never the digits that tell two people apart. Knows nothing of
what stands around it.
"""

from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style

from multichat.model.callings import Calling
from multichat.model.names import CHECK_SIGN
from multichat.widgets.wrapping import cells, shorten

# With less of it nobody is recognised: before that, the mark of a checked key is left out.
_NAME_WIDTH_MIN: Final = 3


class NameStyles(NamedTuple):
    """How the parts of a name are written."""

    name: Style
    key: Style
    checked: Style


def name_segments(calling: Calling, width: int, styles: NameStyles) -> list[Segment]:
    """The name and what belongs to it, on at most `width` cells."""
    mark = CHECK_SIGN if calling.is_checked else ""
    if mark and width < _NAME_WIDTH_MIN + len(calling.suffix) + len(mark):
        mark = ""
    # The last digits are those that differ.
    suffix = calling.suffix[-width:]
    name_width = width - len(suffix) - len(mark)
    name = shorten(calling.name, name_width) if name_width > 0 else ""
    parts = ((name, styles.name), (suffix, styles.key), (mark, styles.checked))
    return [Segment(text, style) for text, style in parts if text]


def name_at_right(calling: Calling, width: int, styles: NameStyles, blank: Style) -> list[Segment]:
    """The same on all of `width` cells, as far to the right as any terminal leaves it room."""
    segments = name_segments(calling, width, styles)
    left = width - sum(cells(segment.text) for segment in segments)
    right = width - left - sum(segment.cell_length for segment in segments)
    return [Segment(" " * left, blank), *segments, *([Segment(" " * right, blank)] if right else [])]


def tag_width(calling: Calling) -> int:
    """The cells that the whole takes."""
    return cells(calling.name) + len(calling.suffix) + calling.is_checked
