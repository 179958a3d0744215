"""The one sanitiser: whatever others wrote passes here before a terminal, a file or a notice sees it.

Owns what is shown in place of what cannot be, how long a text may be, and that its direction stays within its lines;
which code points can be seen is `graphemes`'. Knows nothing of widgets or markup; `SafeText` is a type of its own so
that a type checker finds every place where foreign text would go round it.

What it gives it leaves as it is: a line that was put together of safe parts may pass here again.
"""

import re
import unicodedata
from functools import cache
from itertools import accumulate, takewhile
from typing import Final, NewType

from multichat.limits import NICKNAME_LENGTH_MAX

SafeText = NewType("SafeText", str)

# What was taken out is shown, so that nobody wonders what a message "really" said: one mark, however much it was.
MARK: Final = "\N{REPLACEMENT CHARACTER}"

# What somebody is called whose name cannot be seen.
NAMELESS: Final = SafeText("?")

_FIRST_STRONG_ISOLATE: Final = "\N{FIRST STRONG ISOLATE}"
_POP_ISOLATE: Final = "\N{POP DIRECTIONAL ISOLATE}"
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_JOINERS: Final = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
_CONTROL: Final = "\0"

# What is removed makes a text shorter, so that more of it is looked at than is shown; but not all of a megabyte.
_LOOKED_AT: Final = 4

# Letters and signs of many languages that are all assigned and seen, whichever of them stand beside each other: most
# texts hold nothing else, and need no closer look.
_PLAIN: Final = (
    "\n -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482"
    "\u048a-\u052f\u05d0-\u05ea\u0620-\u064a\u0660-\u066f\u0671-\u06d5\u0e01-\u0e30\u1e00-\u1eff\u2010-\u2027"
    "\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff\u2500-\u25ff\u3000-\u3029\u3030-\u303f\u3041-\u3096\u309b-\u30ff"
    "\u3131-\u3163\u4e00-\u9fef\uac00-\ud7a3\uff01-\uff5e\uffe0-\uffe6"
)

# The blocks in which Unicode puts what is written from right to left.
_LEFTWARDS: Final = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"

_SPACES: Final = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

# Looks like a space in a name, and is none: Braille without a dot.
_BLANK_BRAILLE: Final = "\N{BRAILLE PATTERN BLANK}"


def sanitise_text(text: str, length_max: int) -> SafeText:
    """`text` with line breaks kept, and everything that could steer a terminal or cannot be seen shown as a mark.

    It has at most `length_max` characters, beside two for a line with letters that run from right to left, which keep
    it from moving what stands beside it.
    """
    if text.isascii() and text.isprintable() and len(text) <= length_max:
        return SafeText(text)
    looked_at = text[: _LOOKED_AT * length_max]
    shown = _visible(looked_at.replace("\r\n", "\n").replace("\t", "    "))
    return _isolated(_bounded(shown, length_max, is_cut=len(looked_at) < len(text)))


def sanitise_line(text: str, length_max: int) -> SafeText:
    """Like `sanitise_text`, on one line and without the spaces around it."""
    if text.isascii() and text.isprintable() and len(text) <= length_max:
        return SafeText(text.strip())
    looked_at = text[: _LOOKED_AT * length_max]
    shown = _visible(looked_at.replace("\r\n", " ").replace("\n", " ").replace("\t", " ").strip(_SPACES))
    return _isolated(_bounded(shown, length_max, is_cut=len(looked_at) < len(text)))


def sanitise_nickname(nickname: str) -> SafeText:
    """Like `sanitise_line`, for what somebody calls themselves: spaces are spaces, and it is never nothing."""
    composed = unicodedata.normalize("NFC", nickname[: _LOOKED_AT * NICKNAME_LENGTH_MAX])
    words = composed.replace(_BLANK_BRAILLE, " ").split()
    name = sanitise_line(" ".join(words), NICKNAME_LENGTH_MAX)
    return name if name.replace(MARK, "").strip() else NAMELESS


def is_harmless(line: str) -> bool:
    """Whether a line of text is shown exactly as it is."""
    return not set(line) & set("\n\t\u2068\u2069") and _visible(line) == line


def unisolated(text: str) -> str:
    """`text` without the marks that keep its direction to itself: what its author wrote."""
    return text.replace(_FIRST_STRONG_ISOLATE, "").replace(_POP_ISOLATE, "")


def is_isolated(text: str) -> bool:
    """Whether the direction of `text` is kept to itself."""
    return _FIRST_STRONG_ISOLATE in text


def reisolated(text: str, piece: str) -> str:
    """`piece` of `text`, its direction kept to itself as that of the whole was."""
    return f"{_FIRST_STRONG_ISOLATE}{unisolated(piece)}{_POP_ISOLATE}" if is_isolated(text) else piece


def _visible(text: str) -> str:
    """`text` with a mark for every run of what cannot be seen; of isolates those are left that are like ours."""
    if _FIRST_STRONG_ISOLATE in text or _POP_ISOLATE in text:
        text = "\n".join(map(_settled, _marked(text).split("\n")))
    return _marked(text)


def _marked(text: str) -> str:
    """`text` with a mark for every run of what cannot be seen, whatever isolates there are."""
    if _is_plain(text):
        return text
    from multichat.model.graphemes import classes_of, is_simple, unseen  # noqa: PLC0415 (few texts need them)

    classes = classes_of(text)
    if is_simple(classes):
        return text
    pieces: list[str] = []
    end = 0
    for start, next_start in unseen(classes):
        pieces += text[end:start], MARK
        end = next_start
    return "".join([*pieces, text[end:]])


def _bounded(text: str, length_max: int, *, is_cut: bool) -> str:
    """At most `length_max` characters of `text`, and an ellipsis in the place of the last where it went on."""
    if not is_cut and len(unisolated(text)) <= length_max:
        return text
    return _cut(unisolated(text), length_max - len(_ELLIPSIS)) + _ELLIPSIS


def _cut(text: str, length: int) -> str:
    if text.isascii():
        return text[:length]
    from multichat.model.graphemes import graphemes  # noqa: PLC0415 (see _marked)

    ends = accumulate(map(len, graphemes(text[: length + _LOOKED_AT])))
    end = max(takewhile(length.__ge__, ends), default=0)
    # What was to be joined is not there any more.
    return text[:end].rstrip(_JOINERS)


def _isolated(text: str) -> SafeText:
    """Lines with right-to-left letters wrapped, so that they cannot reorder what stands beside them.

    See Unicode annex 9, section 2.5. Parts of a line that are wrapped already need no more.
    """
    if text.isascii() or not _runs_leftwards(text):
        return SafeText(text)
    return SafeText("\n".join(map(_isolated_line, text.split("\n"))))


def _isolated_line(line: str) -> str:
    return f"{_FIRST_STRONG_ISOLATE}{line}{_POP_ISOLATE}" if _runs_leftwards(_pair().sub("", line)) else line


def _settled(line: str) -> str:
    """`line` with its isolates if they are what keeps its right-to-left letters to themselves, and else with none.

    One that does nothing else is not needed; what does not belong to a pair is left for a control character.
    """
    rest, pairs = _pair().sub("", line), _pair().findall(line)
    if rest == unisolated(rest) and not _runs_leftwards(rest) and all(map(_runs_leftwards, pairs)):
        return line
    opened = _pair().sub(lambda pair: pair[1] if _runs_leftwards(pair[1]) else pair[0], line)
    return opened.replace(_FIRST_STRONG_ISOLATE, _CONTROL).replace(_POP_ISOLATE, _CONTROL)


def _runs_leftwards(text: str) -> bool:
    return _leftwards().search(text) is not None


def _is_plain(text: str) -> bool:
    if text.isascii():
        return text.replace("\n", "").isprintable()
    return _plain().fullmatch(text) is not None


@cache
def _pair() -> re.Pattern[str]:
    return re.compile(f"{_FIRST_STRONG_ISOLATE}([^{_FIRST_STRONG_ISOLATE}{_POP_ISOLATE}\n]*){_POP_ISOLATE}")


@cache
def _plain() -> re.Pattern[str]:
    return re.compile(f"[{_PLAIN}]*+")


@cache
def _leftwards() -> re.Pattern[str]:
    return re.compile(f"[{_LEFTWARDS}]")
