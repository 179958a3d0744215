"""What the README shows works as it stands there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from multichat.arguments import parsed_arguments
from multichat.settings import parse_settings
from multichat.themes import THEME_NAMES

_ROOT = Path(__file__).parents[2]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What stands in for what the reader has.
_PLACEHOLDERS = {"INVITE": "multichat://garden#0", "HOST": "192.0.2.7", "NAME": "bob"}


def _blocks(language: str) -> list[str]:
    return [body for found, body in _BLOCK.findall(_README) if found == language]


def _commands() -> list[str]:
    """What one types in the blocks and in the sentences, without what is said of it."""
    lines = [re.split(r"\s{2,}", line)[0] for block in _blocks("") for line in block.splitlines()]
    inline = re.findall(r"`(multichat [^`]+)`", _README)
    typed = [line.partition("| ")[2] or line for line in (*lines, *inline)]
    return [line for line in typed if line.startswith("multichat ")]


@pytest.mark.parametrize("line", sorted(set(_commands())))
def test_every_command_is_one_that_the_program_takes(line: str) -> None:
    _, *arguments = shlex.split(line)
    try:
        parsed_arguments([_PLACEHOLDERS.get(argument, argument) for argument in arguments])
    except SystemExit as end:
        # `--help` and `--version` end there, and well.
        assert end.code in {None, 0}  # noqa: PT017 (everything else is raised on)


def test_there_are_commands_of_every_kind() -> None:
    shown = " ".join(_commands())
    for option in ("--room", "--new-room", "--peer", "--plain", "--json", "--seed", "--export", "--verify", "--doctor"):
        assert option in shown


@pytest.mark.parametrize("text", _blocks("toml"))
def test_every_config_is_one_that_the_program_takes(text: str) -> None:
    settings = parse_settings(text, "README.md", THEME_NAMES)
    assert settings.theme == "nord"
    assert settings.keys.keymap()


@pytest.mark.parametrize("code", [code for code in _blocks("python") if "import subprocess" not in code])
def test_every_piece_of_python_runs(code: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "hello" in done.stdout


def test_every_file_that_is_linked_is_there() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", _README)
    assert "core/SECURITY.md" in targets
    assert [target for target in targets if not (_ROOT / target).exists()] == []


def test_every_place_in_it_that_is_linked_is_there() -> None:
    headings = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in _README.splitlines()}
    assert [anchor for anchor in re.findall(r"\]\(#([^)]+)\)", _README) if anchor not in headings] == []
