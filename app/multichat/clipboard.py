"""The clipboard of this machine, where a terminal's own way to it does not reach."""

import contextlib

import pyperclip


def copy_natively(text: str) -> bool:
    """Put `text` on the clipboard by what the system has for it; whether there was anything that would."""
    with contextlib.suppress(pyperclip.PyperclipException, OSError):
        pyperclip.copy(text)
        return True
    return False
