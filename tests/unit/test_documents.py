"""What the documents name is there: files, commands with their options, bounds."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import multichat.limits
import multifeed.limits

_ROOT: Final = Path(__file__).parents[2]
_DOCUMENTS: Final = (
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "core/SECURITY.md",
    "core/multifeed/PROTOCOL.md",
    "app/multichat/bot/BOTS.md",
)
_TEXTS: Final = {name: (_ROOT / name).read_text(encoding="utf-8") for name in _DOCUMENTS}
# From where a document may count, beside its own folder.
_PLACES: Final = tuple(map(Path, (".", "tests", "app", "app/multichat", "core", "core/multifeed")))
# What its reader has, and we have not.
_READERS_OWN: Final = {"config.toml"}
_PATH: Final = re.compile(r"`([\w.-]+(?:/[\w.-]*)+|[\w-]+\.(?:py|md|sql|toml))`")
_COMMAND: Final = re.compile(r"`python -m (tests\.[\w.]+)([^`]*)`")
_OPTION: Final = re.compile(r"--[a-z-]+")
# The names of an option of sockets, and of what multifeed sends.
_NOT_OURS: Final = re.compile(r"TCP_|MULTIFEED_")


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_every_file_that_is_named_is_there(document: str) -> None:
    folder = Path(document).parent
    links = [target.partition("#")[0] for target in re.findall(r"\]\(([^):]+)\)", _TEXTS[document])]
    assert [link for link in links if link and not (_ROOT / folder / link).exists()] == []
    named = set(_PATH.findall(_TEXTS[document])) - _READERS_OWN
    assert sorted(path for path in named if not any((_ROOT / at / path).exists() for at in (folder, *_PLACES))) == []


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_every_bound_that_is_named_is_one(document: str) -> None:
    named = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`", _TEXTS[document]))
    ours = {*vars(multifeed.limits), *vars(multichat.limits)}
    assert sorted(name for name in named - ours if not _NOT_OURS.match(name)) == []


def _commands() -> list[tuple[str, str]]:
    return sorted({command for text in _TEXTS.values() for command in _COMMAND.findall(text)})


@pytest.mark.parametrize("module", sorted({module for module, _ in _commands()}))
def test_every_command_that_is_named_takes_the_options_that_are(module: str) -> None:
    options = {option for name, rest in _commands() if name == module for option in _OPTION.findall(rest)}
    if not options:
        # Whatever takes none would do its work.
        assert importlib.util.find_spec(module) is not None
        return
    shown = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert {option for option in options if option not in shown.stdout} == set()
