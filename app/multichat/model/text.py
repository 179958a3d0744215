"""The one sanitiser: whatever others wrote passes here before a terminal sees it.

Owns which code points may be shown. Knows nothing of widgets or markup; `SafeText` is a type of its own so that a type
checker finds every place where foreign text would go round it.
"""

import re
import unicodedata
from typing import Final, NewType

SafeText = NewType("SafeText", str)

# What was taken out is shown, so that nobody wonders what a message "really" said.
MARK: Final = "\N{REPLACEMENT CHARACTER}"

_FIRST_STRONG_ISOLATE: Final = "\N{FIRST STRONG ISOLATE}"
_POP_ISOLATE: Final = "\N{POP DIRECTIONAL ISOLATE}"
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"

# Joiners make emoji families and Indic and Persian words; every other format character is invisible or moves text.
_KEPT_FORMAT: Final = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})

# A letter carries two or three marks in the languages that stack them; a tower of marks covers the lines above.
_COMBINING_RUN_MAX: Final = 4


class _Replacements(dict[int, str]):
    """What each code point becomes, worked out once per code point."""

    def __missing__(self, code_point: int) -> str:
        character = chr(code_point)
        refused = unicodedata.category(character) in _REFUSED_CATEGORIES and character not in _KEPT_FORMAT
        self[code_point] = shown = MARK if refused else character
        return shown


_TEXT: Final = _Replacements({ord("\n"): "\n", ord("\t"): "    "})
_LINE: Final = _Replacements({ord("\n"): " ", ord("\t"): " "})


def sanitise_text(text: str, length_max: int) -> SafeText:
    """`text` with line breaks kept and everything that could steer a terminal shown as a mark."""
    return _sanitise(text.replace("\r\n", "\n"), _TEXT, length_max)


def sanitise_line(text: str, length_max: int) -> SafeText:
    """Like `sanitise_text`, on one line and without the spaces around it."""
    return _sanitise(" ".join(text.split(" ")).strip(), _LINE, length_max)


def is_harmless(line: str) -> bool:
    """Whether a line of text is shown exactly as it is."""
    return _flatten_towers(line.translate(_LINE)) == line


def _sanitise(text: str, replacements: _Replacements, length_max: int) -> SafeText:
    if len(text) > length_max:
        text = text[: length_max - 1] + _ELLIPSIS
    if text.isascii() and text.isprintable():
        return SafeText(text)
    return SafeText(_isolate(_flatten_towers(text.translate(replacements))))


def _flatten_towers(text: str) -> str:
    run = 0
    kept = []
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _COMBINING_RUN_MAX:
            kept.append(character)
    return "".join(kept)


def _isolate(text: str) -> str:
    """Wrap right-to-left lines so that they cannot reorder what stands beside them (Unicode annex 9, section 2.5)."""
    if not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return text
    return re.sub(r"[^\n]+", lambda line: f"{_FIRST_STRONG_ISOLATE}{line[0]}{_POP_ISOLATE}", text)
