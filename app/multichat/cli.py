"""The command line: arguments in, exit code out, and one clear line on stderr when something cannot be.

Exit codes: 0 done, 1 failed, 2 wrong usage. Owns the arguments and the last word; which face runs is decided here, what
it does is its own.
"""

import argparse
import asyncio
import gc
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import platformdirs

from multichat import __version__
from multichat.defects import describe_defect, is_debugging
from multichat.errors import DONE, FAILED, RefusedError, UsageError, exit_code_of
from multichat.model.endpoint import parse_endpoint, parse_port
from multichat.model.names import DEFAULT_ROOM_NAME, require_nickname, require_room_name
from multichat.model.people import SEED_AGENT_ENDING
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed import MultifeedError
from multifeed.net.listener import DEFAULT_PORT
from multifeed.net.options import SwarmOptions

_Parsed = TypeVar("_Parsed")

_EPILOG: Final = """\
examples:
  multichat alice                       open the lobby as alice
  multichat alice --room garden         another room, for everyone who knows its name
  multichat bob --peer 192.0.2.7        connect by hand, where broadcast does not reach
  date | multichat bot --plain --exit-after-send --timeout 30
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, like everything else here."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (multichat --help shows the usage)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    try:
        return _run(_parser().parse_args(arguments))
    except (KeyboardInterrupt, BrokenPipeError):
        # Whoever started us, or reads our output, has enough of it.
        _discard_stdout()
        return DONE
    except (UsageError, RefusedError, MultifeedError, OSError) as error:
        return _say(error, exit_code_of(error))
    except Exception as error:
        if is_debugging():
            raise
        return _say(describe_defect(error), FAILED)


def _run(arguments: argparse.Namespace) -> int:
    options = _room_options(arguments)
    _require_one_face(arguments)
    is_plain = arguments.plain or arguments.json or not sys.stdin.isatty()
    if arguments.config is not None and (is_plain or arguments.seed or arguments.doctor):
        raise UsageError("--config is about the screen, and there is none here: leave it out")
    if arguments.nickname is not None:
        require_nickname(arguments.nickname)
    if arguments.doctor:
        return _run_doctor(arguments, options)
    if arguments.seed:
        return _run_seed(arguments, options)
    if is_plain:
        return _run_plain(arguments, options)
    if arguments.exit_after_send or arguments.timeout is not None:
        raise UsageError("--exit-after-send and --timeout go with --plain or --json")
    return _run_screen(arguments, options)


def _require_one_face(arguments: argparse.Namespace) -> None:
    names = [name for name in ("plain", "json", "seed", "doctor") if getattr(arguments, name)]
    if len(names) > 1 and names != ["json", "doctor"]:
        raise UsageError(f"--{names[0]} and --{names[1]} do not go together")


def _run_plain(arguments: argparse.Namespace, options: RoomOptions) -> int:
    # Each face is imported when it is wanted: a screen costs time that a pipe need not wait for.
    from multichat.plain import PlainOptions, run_plain  # noqa: PLC0415

    if arguments.nickname is None:
        raise UsageError("without a screen there is nobody to ask: give a nickname, as in multichat alice --plain")
    if arguments.timeout is not None and not arguments.exit_after_send:
        raise UsageError("--timeout goes with --exit-after-send")
    room = Room(options, arguments.nickname)
    _keep_what_is_there()
    asyncio.run(run_plain(room, PlainOptions(arguments.json, arguments.exit_after_send, arguments.timeout)))
    return DONE


def _run_seed(arguments: argparse.Namespace, options: RoomOptions) -> int:
    from multichat.seed import NICKNAME, run_seed  # noqa: PLC0415 (see _run_plain)

    if arguments.exit_after_send or arguments.timeout is not None:
        raise UsageError("--exit-after-send and --timeout go with --plain or --json")
    # Others show it as what it is: nobody whom one could talk with.
    swarm = replace(options.swarm, agent=options.swarm.agent + SEED_AGENT_ENDING)
    room = Room(replace(options, swarm=swarm), arguments.nickname or NICKNAME)
    _keep_what_is_there()
    asyncio.run(run_seed(room))
    return DONE


def _run_doctor(arguments: argparse.Namespace, options: RoomOptions) -> int:
    from multichat.doctor import examine  # noqa: PLC0415 (see _run_plain)
    from multifeed.net.interfaces import require_interfaces  # noqa: PLC0415 (see _run_plain)

    if arguments.nickname is None:
        raise UsageError("say whose history to check, as in multichat alice --doctor")
    nickname = require_nickname(arguments.nickname)
    require_interfaces(options.swarm.interfaces)
    return DONE if examine(options, nickname, as_json=arguments.json) else FAILED


def _run_screen(arguments: argparse.Namespace, options: RoomOptions) -> int:
    # Nothing of what is made now is garbage; the program has it collected again once the first screen is complete.
    gc.disable()
    from multichat.app import MultichatApp  # noqa: PLC0415 (see _run_plain)
    from multichat.settings import load_settings  # noqa: PLC0415 (see _run_plain)
    from multichat.themes import THEME_NAMES, ThemeChoice  # noqa: PLC0415 (see _run_plain)

    _require_drawing()
    is_named = arguments.config is not None
    settings = load_settings(arguments.config or _default_config_path(), THEME_NAMES, is_required=is_named)
    choice = ThemeChoice(options.data_dir)
    app = MultichatApp(partial(Room, options), arguments.nickname, _user_name(), settings=settings, choice=choice)
    app.run()
    if app.failure is not None:
        return _say(app.failure, app.return_code or FAILED)
    return app.return_code or DONE


def _require_drawing() -> None:
    """Refuse a terminal that calls itself one on which nothing can be drawn."""
    if os.environ.get("TERM") in {"dumb", "unknown"}:
        raise RefusedError("this terminal cannot show a full screen (TERM says so); --plain prints lines instead")


def _keep_what_is_there() -> None:
    """Have the garbage collector leave alone what lives as long as the program: each look at it holds up the screen."""
    gc.freeze()


def _parser() -> _Parser:
    parser = _Parser(
        prog="multichat",
        description="Group chat for the terminal, for people on the same network: no server, no accounts.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("nickname", nargs="?", metavar="NICKNAME", help="what people call you; asked for if missing")
    parser.add_argument(
        "--room", default=DEFAULT_ROOM_NAME, metavar="NAME", help=f"the room to join (default: {DEFAULT_ROOM_NAME})"
    )
    parser.add_argument("--profile", metavar="NAME", help="whose history to open (default: the nickname's)")
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help=f"where profiles are kept (default: {_default_data_dir()})"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help=f"keys, theme and notices (default: {_default_config_path()})"
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
    faces = parser.add_argument_group("without a screen")
    faces.add_argument("--plain", action="store_true", help="print a line for each message, send each line of stdin")
    faces.add_argument("--json", action="store_true", help="the same with a JSON object for each message")
    faces.add_argument(
        "--seed", action="store_true", help="hold the room's history for others, say nothing, log to stderr"
    )
    faces.add_argument(
        "--doctor",
        action="store_true",
        help="say why nobody is seen, check the history and mend what can be, and end; with --json for programs",
    )
    faces.add_argument(
        "--exit-after-send", action="store_true", help="at the end of input, wait until somebody has it all, and end"
    )
    faces.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="wait no longer than this for that")
    parser.add_argument("--version", action="version", version=f"multichat {__version__}")
    return parser


def _room_options(arguments: argparse.Namespace) -> RoomOptions:
    return RoomOptions(
        data_dir=arguments.data_dir or _default_data_dir(),
        room_name=require_room_name(arguments.room),
        profile=arguments.profile,
        swarm=SwarmOptions(
            port=arguments.port,
            interfaces=tuple(arguments.interface),
            peers=tuple(arguments.peer),
            discovery=not arguments.no_discovery,
            agent=f"multichat/{__version__}",
        ),
    )


def _default_data_dir() -> Path:
    return Path(platformdirs.user_data_dir("multichat", appauthor=False))


def _default_config_path() -> Path:
    return Path(platformdirs.user_config_dir("multichat", appauthor=False)) / "config.toml"


def _user_name() -> str:
    try:
        return require_nickname(getpass.getuser())
    except (OSError, KeyError, ImportError, UsageError):
        # A user without a name, or with one that nobody can be called by: there is none to propose.
        return ""


def _port(text: str) -> int:
    return _as_argument(parse_port, text)


def _peer(text: str) -> tuple[str, int]:
    return _as_argument(partial(parse_endpoint, default_port=DEFAULT_PORT), text)


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


def _say(what: object, code: int) -> int:
    print(f"multichat: {what}", file=sys.stderr)
    return code


def _discard_stdout() -> None:
    """Let the interpreter's last flush of a broken pipe go nowhere instead of complaining."""
    with open(os.devnull, "wb") as devnull:  # noqa: PTH123 (a descriptor is needed)
        os.dup2(devnull.fileno(), sys.stdout.fileno())
