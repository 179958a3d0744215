"""The clipboard of this machine, where a terminal's own way to it does not reach."""

import contextlib
import threading


def copy_natively(text: str) -> bool:
    """Put `text` on the clipboard by what the system has for it; whether there was anything that would."""
    import pyperclip  # noqa: PLC0415 (two milliseconds that nobody pays who copies nothing)

    with contextlib.suppress(pyperclip.PyperclipException, OSError):
        pyperclip.copy(text)
        return True
    return False


def copy_natively_soon(text: str) -> None:
    """Like `copy_natively`, beside everything else: it starts a program, which nobody waits for."""
    threading.Thread(target=copy_natively, args=(text,), daemon=True).start()
