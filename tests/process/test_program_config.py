"""A config with a mistake in it, told before anything is drawn; and where the config has no say."""

import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.program import Program, Programs


@pytest.fixture
def at_a_terminal(tmp_path: Path) -> Iterator["AtTerminal"]:
    started = AtTerminal(tmp_path)
    yield started
    started.close()


class AtTerminal:
    """Starts the program as a person would, at a terminal, but reads what it says from pipes."""

    def __init__(self, directory: Path) -> None:
        self.config = directory / "config.toml"
        self.data_dir = directory / "data"
        self._master, self._slave = pty.openpty()
        self._programs: list[Program] = []

    def run(self, *options: str | Path) -> Program:
        program = Program(["alice", "--data-dir", self.data_dir, *options], stdin=self._slave)
        self._programs.append(program)
        return program

    def close(self) -> None:
        for program in self._programs:
            program.close()
        os.close(self._master)
        os.close(self._slave)


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ('theme = "nord', 1, "Illegal|Unterminated|string"),
        ('thme = "nord"', 1, "is it theme?"),
        ('\ntheme = "nrd"', 2, "is it nord?"),
        ('[keys]\n"conversation.pageup" = "f5"', 2, "is it conversation.page-up?"),
        ('[keys]\n"conversation.page-up" = "pgup"', 2, "is not a key"),
        ('[keys]\n"conversation.page-up" = "enter"', 2, "composer.send has it"),
        ("[notify]\nbell = 1", 2, "true or false"),
    ],
)
def test_a_mistake_in_the_config_ends_it_with_a_line_and_draws_nothing(
    at_a_terminal: AtTerminal, text: str, line: int, part: str
) -> None:
    at_a_terminal.config.write_text(text)
    program = at_a_terminal.run("--config", at_a_terminal.config)
    assert program.wait() == 2
    assert program.raw_out == b""
    (said,) = program.err
    assert said.startswith(f"multichat: {at_a_terminal.config}, line {line}: ")
    assert any(one in said for one in part.split("|"))
    assert not at_a_terminal.data_dir.exists()


def test_a_config_that_was_named_and_is_not_there_ends_it(at_a_terminal: AtTerminal) -> None:
    program = at_a_terminal.run("--config", at_a_terminal.config)
    assert program.wait() == 2
    assert program.err == [f"multichat: {at_a_terminal.config}: there is no such file"]


def test_the_platforms_config_is_read_without_being_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.helpers.program.NO_CONFIG", tmp_path)
    directory = tmp_path / "multichat"
    directory.mkdir()
    (directory / "config.toml").write_text("theme = 1")
    at_a_terminal = AtTerminal(tmp_path)
    try:
        program = at_a_terminal.run()
        assert program.wait() == 2
        assert str(directory / "config.toml") in program.err[0]
        # What has no screen does not ask it.
        doctor = at_a_terminal.run("--doctor", "--json", "--interface", "lo")
        doctor.wait()
        assert not [line for line in doctor.err if "config.toml" in line]
    finally:
        at_a_terminal.close()


@pytest.mark.parametrize("face", ["--plain", "--json", "--seed", "--doctor"])
def test_a_config_for_what_has_no_screen_is_wrong_usage(tmp_path: Path, face: str) -> None:
    with Programs(tmp_path / "data") as programs:
        program = programs.start("alice", face, "--config", tmp_path / "config.toml")
        assert program.wait() == 2
        assert "--config is about the screen" in program.err[0]
