"""The screen in sixteen colours, for terminals that have no more.

Left to Rich, each colour becomes the nearest of sixteen, which for the soft ones of a theme is nearly always a grey:
everybody's name, an error and a notice would look the same, and text on white would be pale. Here hues stay hues, and
what stands on a background of its own is reversed.

Owns the sixteen. Knows no theme, only whether it is dark.
"""

from colorsys import rgb_to_hls
from functools import lru_cache
from typing import Final

from rich.color import Color as RichColor
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_BLACK, _WHITE, _GREY, _BRIGHT_WHITE = 0, 7, 8, 15

# By sixths of the hue circle, from red on: red, yellow, green, cyan, blue, magenta.
_HUES_ON_DARK: Final = (9, 11, 10, 14, 12, 13)
# Yellow, green and cyan cannot be read on white: their neighbours stand for them.
_HUES_ON_LIGHT: Final = (1, 5, 4, 4, 4, 5)

# What is black on white on every theme is meant to be: a camera looks at it.
_INK_ON_PAPER: Final = (ColorTriplet(0, 0, 0), ColorTriplet(255, 255, 255))

# Below this, the difference between the strongest and the weakest channel makes a grey.
_CHROMA_MIN: Final = 0.12

# How far, of 441, a background may be from that of its widget and still be the same to the eye: a surface is, a
# selection and what is chosen are not.
_DISTANCE_MAX: Final = 30.0


class FewColours(LineFilter):
    """Turns every colour into one of sixteen."""

    def __init__(self, *, dark: bool) -> None:
        super().__init__()
        self._dark = dark

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in sixteen colours, on a widget of this background."""
        around, dark = background.rich_color, self._dark
        return [
            Segment(text, None if style is None else reduced(style, around, dark=dark), control)
            for text, style, control in segments
        ]


@lru_cache(maxsize=1024)
def reduced(style: Style, around: RichColor, *, dark: bool) -> Style:
    """`style` in sixteen colours; `around` is the background of the widget."""
    front_triplet, back_triplet = _triplet(style.color), _triplet(style.bgcolor)
    if (front_triplet, back_triplet) == _INK_ON_PAPER:
        return style + _colours(_BLACK, _BRIGHT_WHITE)
    if _stands_out(style.bgcolor, around):
        front, back = (_BLACK, _WHITE) if dark else (_BRIGHT_WHITE, _BLACK)
        return style + _colours(front, back)
    return style + _colours(
        None if front_triplet is None else _front(front_triplet, dark=dark),
        None if back_triplet is None else _BLACK if dark else _BRIGHT_WHITE,
    )


def _colours(front: int | None, back: int | None) -> Style:
    return Style(
        color=None if front is None else RichColor.from_ansi(front),
        bgcolor=None if back is None else RichColor.from_ansi(back),
    )


def _triplet(colour: RichColor | None) -> ColorTriplet | None:
    """What it is made of; None for one of the terminal's own, which needs no other."""
    return None if colour is None else colour.triplet


def _stands_out(colour: RichColor | None, around: RichColor) -> bool:
    one, other = _triplet(colour), _triplet(around)
    if one is None or other is None:
        return False
    distance: float = sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
    return distance > _DISTANCE_MAX


def _front(triplet: ColorTriplet, *, dark: bool) -> int:
    red, green, blue = triplet.normalized
    hue, lightness, _ = rgb_to_hls(red, green, blue)
    if max(red, green, blue) - min(red, green, blue) >= _CHROMA_MIN:
        return (_HUES_ON_DARK if dark else _HUES_ON_LIGHT)[round(hue * 6) % 6]
    if dark:
        return _BRIGHT_WHITE if lightness >= 0.75 else _WHITE if lightness >= 0.45 else _GREY
    return _BLACK if lightness <= 0.3 else _GREY
