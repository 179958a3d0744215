"""How far something long is, on one line that is written over."""

import io
import sys

import pytest

from multichat.progress_line import ProgressLine


class _Terminal(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def _said(monkeypatch: pytest.MonkeyPatch, *texts: str, is_terminal: bool) -> str:
    terminal = _Terminal(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    with ProgressLine() as progress:
        for text in texts:
            progress.tell(text)
    return terminal.getvalue()


def test_each_word_stands_in_place_of_the_last_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _said(monkeypatch, "a long one", "short", is_terminal=True)
    assert said == "\ra long one\rshort     \r     \r"


def test_where_nobody_sees_it_and_where_nothing_was_told_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _said(monkeypatch, "a long one", is_terminal=False) == ""
    assert _said(monkeypatch, is_terminal=True) == ""
