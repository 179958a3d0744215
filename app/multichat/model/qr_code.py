"""A QR code as lines of text: two modules in each character, one above the other. Pure.

Owns how it is drawn. What is in it is encoded by segno.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

# Rows of modules, from above; what is true is dark.
Modules = Sequence[Sequence[bool]]

# The light margin that the standard asks for (ISO/IEC 18004), and one that cameras are content with.
QUIET_ZONES: Final = (4, 2)

# By the upper module and the lower one. For dark on light, whichever way round the terminal has them.
_BLOCKS: Final = {
    (False, False): " ",
    (True, False): "\N{UPPER HALF BLOCK}",
    (False, True): "\N{LOWER HALF BLOCK}",
    (True, True): "\N{FULL BLOCK}",
}


def modules_of(*parts: str) -> Modules:
    """The smallest code of all parts, one after the other; each as small as its letters allow.

    Digits and capitals alone take five and a half bits each, anything else in ASCII eight.
    """
    import segno  # noqa: PLC0415 (only who invites somebody needs it)

    code = segno.make_qr(list(parts))  # type: ignore[arg-type]  # its stubs know one part only
    return [[bool(module) for module in row] for row in code.matrix]


def drawn(modules: Modules, quiet: int) -> list[str]:
    """Lines of one width, with a margin of `quiet` modules on each side, and one more below if that is half a line."""
    width = len(modules[0]) + 2 * quiet
    margin = [[False] * width] * quiet
    rows = [*margin, *([*[False] * quiet, *row, *[False] * quiet] for row in modules), *margin]
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=[False] * width)
    return ["".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
