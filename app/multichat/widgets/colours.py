"""The colour of a person, from their feed: a name can be taken by anyone, a key cannot.

Owns how a feed becomes a hue and a hue a colour that reads well. Knows nothing of widgets or themes.
"""

from functools import lru_cache
from math import cos, radians, sin
from typing import Final
from zlib import crc32

_HUES: Final = 36

# Lightness and chroma in OKLCH, where equal numbers look equally bright: every hue keeps the same contrast.
_ON_DARK: Final = (0.78, 0.115)
_ON_LIGHT: Final = (0.50, 0.125)


@lru_cache(maxsize=1024)
def person_colour(feed: bytes, *, dark: bool) -> str:
    """The colour, as #rrggbb, in which to write the name of the owner of `feed` on a dark or a light background."""
    lightness, chroma = _ON_DARK if dark else _ON_LIGHT
    return _hex_of_oklch(lightness, chroma, radians(crc32(feed) % _HUES * 360 / _HUES))


def _hex_of_oklch(lightness: float, chroma: float, hue_radians: float) -> str:
    """The nearest sRGB colour (constants from the definition of Oklab)."""
    a, b = chroma * cos(hue_radians), chroma * sin(hue_radians)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return "#" + "".join(f"{_channel(value):02x}" for value in (red, green, blue))


def _channel(linear: float) -> int:
    linear = min(max(linear, 0.0), 1.0)
    encoded: float = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * encoded)
