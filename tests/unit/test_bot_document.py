"""BOTS.md describes every line and every command, and nothing else."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

import multichat.bot
from multichat.bot.commands import COMMANDS
from multichat.bot.face import FORMAT_VERSION
from multichat.bot.news import NEWS
from multichat.limits import COMMAND_COUNT_MAX, COMMAND_ID_LENGTH_MAX, PEOPLE_TOLD_MAX, SENT_TOLD_MAX

_DOCUMENT = " ".join((Path(next(iter(multichat.bot.__path__))) / "BOTS.md").read_text(encoding="utf-8").split(" "))
_ROWS = {
    cells[0].strip("`"): cells[1] for cells in re.findall(r"^\| (`[\w-]+`) \| ?(.*?) \| ", _DOCUMENT, re.MULTILINE)
}
_PROSE = " ".join(_DOCUMENT.split())


def test_it_is_of_the_version_that_is_spoken() -> None:
    assert f"This is version {FORMAT_VERSION} of the format" in _PROSE


def test_it_has_every_kind_of_line_and_every_command_and_no_others() -> None:
    assert set(_ROWS) == {*NEWS, "chat-message", "result", "error", *COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_it_has_what_every_command_takes(name: str) -> None:
    taken = {f"`{field.name}`" + ("" if field.default is MISSING else "?") for field in fields(COMMANDS[name])}
    assert set(filter(None, _ROWS[name].split(", "))) == taken


@pytest.mark.parametrize(
    "said",
    [
        f"and at most {COMMAND_COUNT_MAX};",
        f"a text of at most {COMMAND_ID_LENGTH_MAX} characters",
        f"`people`, at most {PEOPLE_TOLD_MAX}, and",
        f"told of the last {SENT_TOLD_MAX} ",
    ],
)
def test_its_figures_are_those_of_the_program(said: str) -> None:
    assert said in _PROSE
