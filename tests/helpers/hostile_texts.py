"""Texts that somebody means harm with, and such as look as if, by what they do to a terminal or a reader.

The sequences are of every kind that terminals are tested with: as a list of shapes, not of what any of them does.
"""

# ruff: noqa: RUF001 (letters of many scripts)

from typing import Final

ESC: Final = "\x1b"
BEL: Final = "\x07"
ST: Final = "\x1b\\"

# Each introducer in seven bits, and as the one character of eight that stands for it.
_CSI: Final = ("\x1b[", "\x9b")
_OSC: Final = ("\x1b]", "\x9d")
_DCS: Final = ("\x1bP", "\x90")
_STRINGS: Final = ("\x1b_", "\x9f", "\x1b^", "\x9e", "\x1bX", "\x98")
_ENDS: Final = (BEL, ST, "\x9c", "")

_CSI_BODIES: Final = (
    # Colours, in every spelling; the cursor; erasing; inserting; scrolling; repeating.
    "31m", "1;38;5;1m", "38:2::255:0:0m", "4:3m", "m", "8m", "H", "999;999H", "10A", "6n", "2J", "3J", "K", "1K",
    "5@", "5P",
    "5X", "5L", "5M", "5S", "5T", "2;5r", "100b", "g", "3g", "5d", "5`", "s", "u", "5;5f", "Z", "I",
    # Modes: the alternate screen, no cursor, mouse, paste, origin, the columns, the whole screen in reverse.
    "?1049h", "?1049l", "?25l", "?1000h", "?1003h", "?1006h", "?2004h", "?2004l", "?6h", "?3h", "?5h", "?7h",
    "?69h", "4h",
    "20h", "2h", "?2026h", "?2048h", "?1004h", "?1h", "?66h",
    # Reports, whose answers are typed: device, status, title, size, colours, settings.
    "c", ">c", "=c", ">0q", "5n", "?6n", "21t", "20t", "18t", "14t", "11t", "?2004$p", "1x", "?996n", "1;1;1;1;5;5*y",
    # Windows, titles on a stack, resets, keyboards, rectangles, pastes, the printer, the lamps.
    "2t", "3;0;0t", "8;1;1t", "22;0t", "23;0t", "!p", '62;1"p', ">31u", "=1;1u", "<u", ">4;2m", "1;1;5;5$z",
    "65;1;1;9;9$x",
    "1;1;5;5;1;1;1;1$v", "2;2;4;4;7$r", "200~", "201~", "5i", "4i", "?5i", "1q", "0 q", "2 @", "1;2'z", "1'{",
    "2*x", "?1;1;1S",
    # Broken ones: without an end, with too much, with what ends others.
    "", "1;2", "99999999999999999999m", ";".join("1" * 200) + "m", "1\x18", "1\x1a", "1\x1b", "1\n2m", "<=>?m",
    "1 $'m",
)  # fmt: skip

_OSC_BODIES: Final = (
    # Titles; links; the clipboard; colours; notices; the folder; what some terminals added, files among it.
    "0;owned", "1;owned", "2;owned", "l owned", "L owned", "8;;https://example.org/owned",
    "8;id=1;file:///etc/passwd", "8;;",
    "52;c;b3duZWQ=", "52;c;?", "52;;!", "4;1;rgb:ff/00/00", "4;1;?", "10;?", "11;#000000", "12;red", "104", "110",
    "112",
    "9;owned", "9;4;1;50", "9;9;/", "777;notify;owned;owned", "99;i=1:d=0;owned", "7;file://host/tmp", "133;A",
    "633;P;Cwd=/",
    "1337;File=name=b3duZWQ=;inline=1:b3duZWQ=", "1337;RunCommand=x", "1337;CopyToClipboard=",
    "1337;SetUserVar=a=b", "50;?",
    "50;#1", "3;prop", "5;0;?", "6;1;owned", "13;?", "17;?", "21;key=?", "22;pointer", "66;s=7;BIG", "555",
    "697;owned",
    "5522;type=read", "7770;owned", "P0ff0000", "R", "", "0;" + "x" * 400,
)  # fmt: skip

_DCS_BODIES: Final = (
    '$q"p', "$qm", "$qr", "+q544e", "+p544e=owned", "1$tx", 'q"1;1;5;5#0;2;0;0;0#0~~@@vv@@~~', "0;1|17/owned",
    "tmux;\x1b\x1b]0;owned\x07",
    "=1s", "{owned", "1;1u", ">|owned", "!|00000000", "", "1000p",
)  # fmt: skip

_STRING_BODIES: Final = ("Gf=24,s=1,v=1;AAAA", "Ga=d", "owned", "k", "")

# Alone after ESC, in seven bits: charsets, resets, the cursor kept and put back, lines, keypads, tests of the screen.
_ESCAPES: Final = (
    "c", "7", "8", "D", "E", "M", "H", "N", "O", "V", "W", "Z", "=", ">", "n", "o", "|", "}", "~", "6", "9", "l",
    "m", "F", "d",
    "#8", "#3", "#4", "#5", "#6", "(0", "(B", ")0", "*0", "+0", "-A", ".A", "/A", "%G", "%@", "%/G", " F", " G",
    "(%5", "$)C", '!"', "k",
    "ktitle\x1b\\", "[[A", "Y  ", "?", "\x1b", "",
)  # fmt: skip

# Without ESC: what moves, rings, shifts, and what some programs that look on take for the beginning of a file.
_CONTROLS: Final = (
    *map(chr, [*range(0x09), *range(0x0B, 0x0D), *range(0x0E, 0x20), *range(0x7F, 0xA0)]),
    "over\rwritten", "\x0e lqqk \x0f", "\x05", "**\x18B00000000000000", "\x18B00",
    "rz\r**\x18B0100000023be50\r\x8a\x11", "\x14\x11",
    "\x08" * 80, "\x0b" * 50, "\x0c", "\x84\x85\x8d", "\x8e\x8f", "\u2028\u2029",
)  # fmt: skip

SEQUENCES: Final = tuple(
    dict.fromkeys(
        [
            *(start + body for start in _CSI for body in _CSI_BODIES),
            *(start + body + end for start in _OSC for body in _OSC_BODIES for end in _ENDS),
            *(start + body + end for start in _DCS for body in _DCS_BODIES for end in (ST, "\x9c", "")),
            *(start + body + end for start in _STRINGS for body in _STRING_BODIES for end in (ST, "\x9c", "")),
            *(ESC + body for body in _ESCAPES),
            *_CONTROLS,
        ]
    )
)

# Between two letters nobody sees them, or they turn what stands beside them.
INVISIBLE: Final = (
    "\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180e", "\u180f", "\u200b",
    "\u200c", "\u200d",
    "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2060", "\u2061", "\u2062", "\u2063",
    "\u2064", "\u2065",
    "\u2066", "\u2067", "\u2068", "\u2069", "\u206a", "\u206f", "\u3164", "\ufe00", "\ufe0e", "\ufe0f", "\ufeff",
    "\uffa0", "\ufff0",
    "\ufff9", "\ufffa", "\ufffb", "\ufffe", "\uffff", "\U0001bca0", "\U0001d159", "\U0001d173", "\U0001d17a",
    "\U000e0000", "\U000e0001",
    "\U000e0020", "\U000e0041", "\U000e007f", "\U000e0100", "\U000e01ef", "\U000e0fff", "\U000f0000", "\U0010ffff",
    "\ue000", "\ud800",
    "\udfff", "\u0378", "\u200d\u200d", "\u200c\u200d\u200b", "\ufe0f\ufe0f", "\u2068\u2069",
    "".join(map(chr, range(0xE0020, 0xE0060))),
)  # fmt: skip

TOWERS: Final = (
    "e" + "\u0301" * 50, "Z" + "\u0300\u035f\u0489\u0336" * 20, "a" + "\u20dd" * 9, "\u0301abc", "x \u0301",
    "one\n\u0301two", "ก" + "\u0e49" * 30,
    "क" + "\u093e" * 30, "क" + "\u094d" * 30, "ש" + "\u05b8" * 30, "각" + "\u11a8" * 30, "\u1100" + "\u1161" * 30,
    "a\u1161", "漢" + "\u302a" * 20,
    "👍" + "\u0301" * 20, "1" + "\u20e3" * 9, "\u0e49" * 40, "\u20d0" * 40, "x\u1d165" * 1 + "\u0338" * 30,
)  # fmt: skip

HARMLESS: Final = (
    "The quick brown fox, 100% <b>[red]bold[/]</b> & {braces} \\ `code` ~/x",
    "Grüße – naïve café, „so“ … 5 € ½ ° §",
    "Tiếng Việt có dấu",
    "Tie\u0302\u0301ng Vie\u0323\u0302t",
    "Привет, мир", "Γειά σου Κόσμε", "Բարեւ", "გამარჯობა",
    "日本語の文、「括弧」です。葛\U000e0100城 が゙", "中文，没问题", "한국어 \u1112\u1161\u11ab\u1100\u1173\u11af",
    "שָׁלוֹם עֲלֵיכֶם abc", "السلام عليكم ١٢٣", "می\u200cخواهم کتاب\u200cها ه\u200d", "ܫܠܡܐ", "ދިވެހި",
    "नमस्ते क्\u200dष र्\u200dय क्\u200cष", "র\u200d্যাব ক্ষ", "ന്\u200d ക്\u200cഷ", "ක්\u200dෂ ශ්\u200dරී",
    "தமிழ் நிலா", "తెలుగు", "ಕನ್ನಡ",
    "ไทย กำลัง ที่ น้ำ", "ລາວ", "မြန်မာ ကြွေ့ာ်း", "ខ្មែរ", "བོད་སྐད་ རྒྱུ", "ᠮᠣᠩᠭᠣᠯ ᠠ\u180bᠠ", "አማርኛ", "ᏣᎳᎩ",
    "ⵜⵉⴼⵉⵏⴰⵖ",
    "👨\u200d👩\u200d👧\u200d👦 ❤\ufe0f ❤\ufe0f\u200d🔥 👍🏽 👩🏽\u200d💻",
    "🏳\ufe0f\u200d🌈 🏴\u200d☠\ufe0f 👁\ufe0f\u200d🗨\ufe0f",
    "🇩🇪🇫🇷 1\ufe0f\u20e3 #\u20e3 ☝🏿 ©\ufe0f ⌚\ufe0e ☃ ♥ 🧑\u200d🤝\u200d🧑 💏 👩🏻\u200d❤\ufe0f\u200d💋\u200d👨🏼",
    "∑ ∫ √ ≤ ⟨x⟩ → ⇒ ─│╭ ▏█ ⠿⠀⠛ ♞ 𝔘𝔫𝔦 𝄞 ﷽ 𒀱 \u00a0 \u3000 \ufffd",
)  # fmt: skip
