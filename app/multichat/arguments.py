"""The arguments of the command line: which there are, what each takes, and what is wrong with one that cannot be.

Owns the parser, from which the manual page and the completions are made too. Knows nothing of what is done with them.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import platformdirs

from multichat import __version__
from multichat.errors import UsageError
from multichat.model.endpoint import parse_endpoint, parse_port
from multichat.model.export import FORMATS
from multichat.model.names import DEFAULT_ROOM_NAME, is_invite
from multifeed.keys import KEY_LENGTH_BYTES
from multifeed.net.listener import DEFAULT_PORT

_Parsed = TypeVar("_Parsed")

_KEY: Final = re.compile(f"[0-9a-fA-F]{{{2 * KEY_LENGTH_BYTES}}}")

# Which shells are told what can be typed.
SHELLS: Final = ("bash", "zsh", "fish")

_EPILOG: Final = """\
examples:
  multichat alice                       open the lobby as alice
  multichat alice --room garden         another room, open to everyone who knows its name
  multichat alice --new-room shed       a new room, for whoever you hand its invite to
  multichat bob --peer 192.0.2.7        connect by hand, where broadcast does not reach
  date | multichat bot --plain --exit-after-send --timeout 30
  multichat alice --js-listen 9000      with people who use the JavaScript multichat
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, like everything else here."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (multichat --help shows the usage)")


class _PrintCompletion(argparse.Action):
    """Ends the program as `--version` does: whatever else is asked for."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: argparse.Namespace,
        shell: object,
        _option: str | None = None,
    ) -> None:
        from multichat.shell_completion import completion_script  # noqa: PLC0415 (see cli._run_plain)

        sys.stdout.write(completion_script(parser, str(shell)))
        parser.exit()


def parsed_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was typed, or stands in `arguments`. Raises UsageError for what cannot be."""
    parser = make_parser()
    parsed, rest = parser.parse_known_args(arguments)
    if is_invite(parsed.nickname or "") or any(map(is_invite, rest)) or (rest and is_invite(parsed.room or "")):
        # Not a word of it is repeated: whoever has it can come in.
        parser.error("an invite comes after --room, in quotes if there are spaces in it")
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return parsed


def make_parser() -> argparse.ArgumentParser:
    """The parser of all arguments."""
    parser = _Parser(
        prog="multichat",
        description="Group chat for the terminal, for people on the same network: no server, no accounts.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("nickname", nargs="?", metavar="NICKNAME", help="what people call you; asked for if missing")
    _add_room_arguments(parser)
    parser.add_argument("--profile", metavar="NAME", help="whose history to open (default: the nickname's)")
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help=f"where profiles are kept (default: {default_data_dir()})"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help=f"keys, theme and notices (default: {default_config_path()})"
    )
    network = parser.add_argument_group("network")
    network.add_argument(
        "--interface", action="append", default=[], metavar="NAME", help="use this network interface only; repeatable"
    )
    network.add_argument("--port", type=_port, metavar="N", help="the TCP port to be reached on (default: any)")
    network.add_argument(
        "--peer",
        action="append",
        default=[],
        type=_peer,
        metavar="HOST[:PORT]",
        help=f"connect to this peer, and keep trying; repeatable (default port: {DEFAULT_PORT})",
    )
    network.add_argument("--no-discovery", action="store_true", help="neither send nor hear broadcasts")
    _add_javascript_arguments(parser)
    faces = parser.add_argument_group("without a screen")
    faces.add_argument("--plain", action="store_true", help="print a line for each message, send each line of stdin")
    faces.add_argument("--json", action="store_true", help="the same with a JSON object for each message")
    faces.add_argument(
        "--events", action="store_true", help="with --json, tell all else that happens too, and take commands, for bots"
    )
    faces.add_argument(
        "--seed", action="store_true", help="hold the room's history for others, say nothing, log to stderr"
    )
    faces.add_argument(
        "--doctor",
        action="store_true",
        help="say why nobody is seen, check the history and mend what can be, and end; with --json for programs",
    )
    faces.add_argument(
        "--import-multifeed",
        type=Path,
        metavar="DIR",
        help="bring in the history that multichat.js kept in this directory, and end",
    )
    faces.add_argument(
        "--exit-after-send", action="store_true", help="at the end of input, wait until somebody has it all, and end"
    )
    faces.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="wait no longer than this for that")
    _add_export_arguments(parser)
    parser.add_argument("--version", action="version", version=f"multichat {__version__}")
    parser.add_argument(
        "--completion",
        choices=SHELLS,
        metavar="|".join(SHELLS),
        action=_PrintCompletion,
        help="print what this shell needs for Tab to complete all of this, and end",
    )
    return parser


def _add_javascript_arguments(parser: _Parser) -> None:
    javascript = parser.add_argument_group("people who use the JavaScript multichat")
    javascript.add_argument(
        "--js-listen", type=_port, metavar="PORT", help="share the room with those who connect to this TCP port"
    )
    javascript.add_argument(
        "--js-connect",
        action="append",
        default=[],
        type=_js_peer,
        metavar="HOST:PORT",
        help="share it with the one who listens there, and keep trying; repeatable",
    )
    javascript.add_argument(
        "--js-key",
        type=_js_key,
        metavar="HEX",
        help="the key that their multifeed was made with (default: the one that it has when it is given none)",
    )


def _add_export_arguments(parser: _Parser) -> None:
    export = parser.add_argument_group("what has been said")
    export.add_argument(
        "--export",
        choices=FORMATS,
        metavar="|".join(FORMATS),
        help="write it to stdout, and end; jsonl can be verified",
    )
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it to this new file instead")
    export.add_argument("--after", metavar="DATE", help="only what was said after this day, month or year")
    export.add_argument(
        "--before", metavar="DATE", help="only what was said before it: 2026-11-24, 2026-11, today, ..."
    )
    export.add_argument("--from", action="append", default=[], metavar="NAME", help="only what they said; repeatable")
    export.add_argument(
        "--verify", metavar="FILE", help="check exported jsonl, or - for stdin: is every line what its author signed?"
    )


def _add_room_arguments(parser: _Parser) -> None:
    rooms = parser.add_mutually_exclusive_group()
    rooms.add_argument(
        "--room",
        metavar="NAME|INVITE",
        help="a room that you know by its name, or the open one of that name; or one that you are invited to, "
        f"- asks for the invite (default: the open room {DEFAULT_ROOM_NAME})",
    )
    rooms.add_argument("--open-room", metavar="NAME", help="the room that is open to whoever knows this name")
    rooms.add_argument("--new-room", metavar="NAME", help="make a room that others join by invitation")
    rooms.add_argument("--rooms", action="store_true", help="list the rooms that you know, and end; also with --json")


def default_data_dir() -> Path:
    """Where profiles are kept on this machine."""
    return Path(platformdirs.user_data_dir("multichat", appauthor=False))


def default_config_path() -> Path:
    """Where the config lies on this machine."""
    return Path(platformdirs.user_config_dir("multichat", appauthor=False)) / "config.toml"


def _port(text: str) -> int:
    return _as_argument(parse_port, text)


def _peer(text: str) -> tuple[str, int]:
    return _as_argument(partial(parse_endpoint, default_port=DEFAULT_PORT), text)


def _js_peer(text: str) -> tuple[str, int]:
    host, port = _as_argument(partial(parse_endpoint, default_port=0), text)
    if not port:
        raise argparse.ArgumentTypeError(f"{text!r} has no port: a JavaScript peer is HOST:PORT")
    return host, port


def _js_key(text: str) -> bytes:
    # Not a word of it is repeated: it may be a secret.
    if not _KEY.fullmatch(text):
        raise argparse.ArgumentTypeError(f"a key is {2 * KEY_LENGTH_BYTES} hexadecimal digits")
    return bytes.fromhex(text)


def _as_argument(parse: Callable[[str], _Parsed], text: str) -> _Parsed:
    """What `parse` gives; argparse puts the option before what is wrong."""
    try:
        return parse(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds
