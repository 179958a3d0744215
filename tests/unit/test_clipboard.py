"""Copying by what the system has for it."""

import os
import stat
import threading
from pathlib import Path

import pyperclip
import pytest

from multichat import clipboard
from tests.helpers.terminal import Terminals


def test_a_machine_without_a_clipboard_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_text: str) -> None:
        raise pyperclip.PyperclipException("there is none")

    monkeypatch.setattr(pyperclip, "copy", refuse)
    assert not clipboard.copy_natively("hello")


def test_whoever_copies_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    may_end, copied = threading.Event(), threading.Event()

    def copy(_text: str) -> None:
        may_end.wait(10)
        copied.set()

    monkeypatch.setattr(pyperclip, "copy", copy)
    clipboard.copy_natively_soon("hello")
    assert not copied.is_set()
    may_end.set()
    assert copied.wait(10)


@pytest.mark.skipif(os.name != "posix", reason="the clipboard's program is a script")
def test_a_copied_message_is_on_the_clipboard_of_the_system_and_of_the_terminal(tmp_path: Path) -> None:
    """A program that is called as the system's own is found first, and hands on what it is given."""
    kept = tmp_path / "clipboard"
    os.mkfifo(kept)
    xclip = tmp_path / "xclip"
    xclip.write_text(f'#!/bin/sh\ncat > "{kept}"\n', encoding="utf-8")
    xclip.chmod(xclip.stat().st_mode | stat.S_IXUSR)
    changes = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DISPLAY": ":99", "WAYLAND_DISPLAY": ""}
    with Terminals(tmp_path / "data") as terminals:
        alice = terminals.open("alice", changes=changes)
        alice.wait_for("Write to")
        alice.say("to be copied")
        alice.wait_for_line("alice", "to be copied")
        alice.write(b"\x1b[1;5A")
        alice.wait_for("key ")
        alice.write(b"y")
        alice.wait_for("Copied.")
        alice.wait_until(lambda: b"\x1b]52;c;" in alice.raw, "the terminal's way")
        # Waits for whoever writes to it.
        assert kept.read_text(encoding="utf-8") == "to be copied"
