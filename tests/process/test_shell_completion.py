"""What Tab completes, in the shells themselves; the manual page in what reads it; both as they are shipped."""

import shutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from tests.helpers.program import environment
from tests.helpers.share import SHARE, shared_files
from tests.helpers.terminal import Terminal

_PAGE = SHARE / "man" / "man1" / "multichat.1"

# What is typed, and what is then to be seen.
_CASES = (
    ("multichat al", ("multichat alice",)),
    ("multichat ", ("alice", "日本")),
    ("multichat alice --ex", ("--export", "--exit-after-send")),
    ("multichat alice --profile b", ("--profile bo",)),
    ("multichat --interface l", ("--interface lo",)),
    ("multichat --export ", ("html", "jsonl", "md")),
    ("multichat --export js", ("--export jsonl",)),
    ("multichat --config set", ("--config settings.toml",)),
    ("multichat --data-dir ba", ("--data-dir backup/",)),
)


def _needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with profiles, and things that may be asked for."""
    for name in ("alice", "bo", "%E6%97%A5%E6%9C%AC"):
        (tmp_path / ".local" / "share" / "multichat" / "profiles" / name).mkdir(parents=True)
    (tmp_path / "settings.toml").touch()
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup.txt").touch()
    return tmp_path


def _script(home: Path, shell: str) -> Path:
    path = home / "completion"
    command = (sys.executable, "-m", "multichat", "--completion", shell)
    path.write_bytes(subprocess.run(command, env=environment(), stdout=subprocess.PIPE, check=True).stdout)
    return path


def _changes(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "XDG_DATA_HOME": "", "LC_ALL": "C.UTF-8", "PS1": "ready> "}


def _complete(shell: list[str], preparation: str, home: Path, typed: str, offered: tuple[str, ...]) -> None:
    """Press Tab twice behind what is typed: what is clear is written, and what is not is listed."""
    program, *options = shell
    terminal = Terminal(
        options, program=[shutil.which(program) or program], columns=120, rows=40, changes=_changes(home)
    )
    try:
        terminal.wait_for("ready>")
        # The sum is not what was typed, so whoever sees it sees that all of it is done.
        terminal.write(f"cd {home}; {preparation}; clear; echo prepared-$((40 + 2))\r".encode())
        terminal.wait_for_line("prepared-42")
        terminal.write(f"{typed}\t\t".encode())
        terminal.wait_for(*offered)
    finally:
        terminal.kill()
        terminal.close()


@_needs("bash")
@pytest.mark.parametrize(("typed", "offered"), _CASES)
def test_bash_completes(home: Path, typed: str, offered: tuple[str, ...]) -> None:
    _complete(["bash", "--norc", "--noprofile", "-i"], f". {_script(home, 'bash')}", home, typed, offered)


@_needs("zsh")
@pytest.mark.parametrize(("typed", "offered"), _CASES)
def test_zsh_completes(home: Path, typed: str, offered: tuple[str, ...]) -> None:
    preparation = f"autoload -U compinit; compinit -u -D; . {_script(home, 'zsh')}"
    _complete(["zsh", "-f", "-i"], preparation, home, typed, offered)


@_needs("zsh")
def test_zsh_offers_no_second_way_to_name_the_room(home: Path) -> None:
    preparation = f"autoload -U compinit; compinit -u -D; . {_script(home, 'zsh')}"
    _complete(["zsh", "-f", "-i"], preparation, home, "multichat --room garden --n", ("--room garden --no-discovery",))


@_needs("fish")
@pytest.mark.parametrize(("typed", "offered"), _CASES)
def test_fish_completes(home: Path, typed: str, offered: tuple[str, ...]) -> None:
    code = f"cd {home}; source {_script(home, 'fish')}; complete -C '{typed}'"
    completed = subprocess.run(
        ["fish", "--no-config", "-c", code],
        env=environment(_changes(home)),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=True,
    )
    words = [line.partition("\t")[0] for line in completed.stdout.splitlines()]
    expected = {part.rpartition(" ")[2] for part in offered}
    assert expected <= set(words)
    if len(expected) == 1:
        assert len(words) == 1


@pytest.mark.parametrize("path", sorted(shared_files()), ids=lambda path: path.relative_to(SHARE).as_posix())
def test_what_is_shipped_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == shared_files()[path], "python -m tests.helpers.share makes it anew"


@_needs("mandoc")
def test_the_manual_page_has_no_mistakes() -> None:
    linted = subprocess.run(["mandoc", "-T", "lint", _PAGE], stdout=subprocess.PIPE, text=True, check=False)
    # It has no date: nothing would keep it right.
    assert [line for line in linted.stdout.splitlines() if "missing date" not in line] == []


def test_the_manual_page_does_not_tell_where_it_was_made() -> None:
    assert str(Path.home()) not in _PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_an_option_of_any_kind_is_completed(shell: str) -> None:
    from multichat.shell_completion import completion_script  # noqa: PLC0415

    parser = ArgumentParser(prog="program")
    parser.add_argument("--quoted", help="it's [odd]: 100%% \\ of it")
    parser.add_argument("--maybe", nargs="?", metavar="FILE", help="a file or none")
    parser.add_argument("--hidden", help="==SUPPRESS==")
    parser.add_argument("-v", action="count", help="more")
    script = completion_script(parser, shell)
    assert "hidden" not in script
    assert all(name in script for name in ("quoted", "maybe", "-v" if shell != "fish" else "-s v"))
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)
