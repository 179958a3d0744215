"""How a line of the composer is read: a message, or something asked for."""

import pytest

from multichat.errors import UsageError
from multichat.model.commands import COMMANDS, Call, read_line


@pytest.mark.parametrize("text", ["hello", " /quit", "a / b", "", "\n/quit"])
def test_what_begins_with_no_slash_is_a_message(text: str) -> None:
    assert read_line(text) == text


def test_two_slashes_begin_a_message_with_one() -> None:
    assert read_line("//etc/hosts is a file") == "/etc/hosts is a file"
    assert read_line("//") == "/"


@pytest.mark.parametrize("text", ["/nosuch", "/", "/ quit", "/quitnow", "/quit\nnow"])
def test_a_command_that_there_is_not_is_an_error(text: str) -> None:
    with pytest.raises(UsageError, match="there is no command"):
        read_line(text)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_called_by_its_name_however_it_is_written(command: object) -> None:
    call = read_line(f"/{command.name.upper()}   what stands behind  ")  # type: ignore[attr-defined]
    assert call == Call(command, "what stands behind")  # type: ignore[arg-type]


def test_a_command_that_needs_something_says_what() -> None:
    with pytest.raises(UsageError, match=r"/connect HOST\[:PORT\]"):
        read_line("/connect  ")
