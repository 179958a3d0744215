"""The command line: arguments in, exit code out, and one clear line on stderr when something cannot be.

Exit codes: 0 done, 1 failed, 2 wrong usage. Owns the last word, and which face runs; what it does is its own. Which
arguments there are is in `arguments`.
"""

import argparse
import asyncio
import gc
import getpass
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from multichat import __version__
from multichat.arguments import default_config_path, default_data_dir, parsed_arguments
from multichat.defects import describe_defect, is_debugging
from multichat.errors import DONE, FAILED, RefusedError, UsageError, exit_code_of
from multichat.limits import INVITE_LENGTH_MAX_BYTES, ROOM_NAME_LENGTH_MAX
from multichat.lines import first_line
from multichat.model.invite import Invite, join_command
from multichat.model.names import DEFAULT_ROOM_NAME, is_invite, require_nickname, require_room_name
from multichat.model.people import SEED_AGENT_ENDING
from multichat.output import as_line, write_whatever_is_said
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed import MultifeedError
from multifeed.net.options import BridgeOptions, SwarmOptions

# In place of an invite: it is asked for.
_ASK: Final = "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    try:
        return _run(parsed_arguments(arguments))
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
    _require_one_face(arguments)
    _require_open_room(arguments)
    if arguments.rooms:
        return _run_rooms(arguments)
    if arguments.verify is not None:
        return _run_verify(arguments.verify)
    options = _room_options(arguments)
    is_plain = arguments.plain or arguments.json or not sys.stdin.isatty()
    run = next((run for name, run in _FACES.items() if getattr(arguments, name)), None)
    if arguments.config is not None and (is_plain or run is not None):
        raise UsageError("--config is about the screen, and there is none here: leave it out")
    if arguments.nickname is not None:
        require_nickname(arguments.nickname)
    if run is not None:
        return run(arguments, options)
    if is_plain:
        return _run_plain(arguments, options)
    if arguments.exit_after_send or arguments.timeout is not None:
        raise UsageError("--exit-after-send and --timeout go with --plain or --json")
    return _run_screen(arguments, options)


def _require_one_face(arguments: argparse.Namespace) -> None:
    faces = ("plain", "json", *_FACES, "rooms", "verify")
    names = [name.replace("_", "-") for name in faces if getattr(arguments, name)]
    if len(names) > 1 and names not in (["json", "doctor"], ["json", "rooms"]):
        raise UsageError(f"--{names[0]} and --{names[1]} do not go together")
    if arguments.events and names != ["json"]:
        raise UsageError("--events goes with --json")
    for name in ("output", "after", "before", "from"):
        if getattr(arguments, name) and not arguments.export:
            raise UsageError(f"--{name} goes with --export")


def _require_open_room(arguments: argparse.Namespace) -> None:
    """Who asks for JavaScript peers is to be in a room with them, and not only to look at one."""
    asked = [name for name in ("js_listen", "js_connect", "js_key") if getattr(arguments, name)]
    if asked == ["js_key"]:
        raise UsageError("--js-key goes with --js-listen or --js-connect")
    faces = ("doctor", "import_multifeed", "export", "rooms", "verify")
    other = next((name for name in faces if getattr(arguments, name)), None)
    if asked and other is not None:
        names = [name.replace("_", "-") for name in (asked[0], other)]
        raise UsageError(f"--{names[0]} and --{names[1]} do not go together")


def _run_plain(arguments: argparse.Namespace, options: RoomOptions) -> int:
    # Each face is imported when it is wanted: a screen costs time that a pipe need not wait for.
    from multichat.plain import PlainOptions, run_plain  # noqa: PLC0415

    if arguments.nickname is None:
        raise UsageError("without a screen there is nobody to ask: give a nickname, as in multichat alice --plain")
    if arguments.timeout is not None and not arguments.exit_after_send:
        raise UsageError("--timeout goes with --exit-after-send")
    room = _open_room(arguments, options, arguments.nickname)
    _keep_what_is_there()
    plain_options = PlainOptions(arguments.json, arguments.exit_after_send, arguments.timeout)
    if arguments.events:
        from multichat.bot.face import run_bot  # noqa: PLC0415 (see _run_plain)

        asyncio.run(run_bot(room, plain_options))
    else:
        asyncio.run(run_plain(room, plain_options))
    return DONE


def _run_seed(arguments: argparse.Namespace, options: RoomOptions) -> int:
    from multichat.seed import NICKNAME, run_seed  # noqa: PLC0415 (see _run_plain)

    if arguments.exit_after_send or arguments.timeout is not None:
        raise UsageError("--exit-after-send and --timeout go with --plain or --json")
    # Others show it as what it is: nobody whom one could talk with.
    swarm = replace(options.swarm, agent=options.swarm.agent + SEED_AGENT_ENDING)
    room = _open_room(arguments, replace(options, swarm=swarm), arguments.nickname or NICKNAME)
    _keep_what_is_there()
    asyncio.run(run_seed(room))
    return DONE


def _run_doctor(arguments: argparse.Namespace, options: RoomOptions) -> int:
    from multichat.doctor import examine  # noqa: PLC0415 (see _run_plain)
    from multifeed.net.interfaces import require_interfaces  # noqa: PLC0415 (see _run_plain)

    if arguments.nickname is None:
        raise UsageError("say whose history to check, as in multichat alice --doctor")
    if arguments.new_room is not None:
        raise UsageError("--doctor looks at a room that there is: say --room instead of --new-room")
    nickname = require_nickname(arguments.nickname)
    require_interfaces(options.swarm.interfaces)
    options = _with_room(arguments, options, nickname)
    return DONE if examine(options, nickname, as_json=arguments.json) else FAILED


def _run_import(arguments: argparse.Namespace, options: RoomOptions) -> int:
    from multichat.importing import import_multifeed  # noqa: PLC0415 (see _run_plain)

    if arguments.nickname is None:
        raise UsageError("say who brings it in, as in multichat alice --import-multifeed DIR")
    if arguments.new_room is not None:
        raise UsageError("--import-multifeed brings it into a room that there is: make that first, with --new-room")
    options = _with_room(arguments, options, arguments.nickname)
    return DONE if import_multifeed(options, arguments.nickname, arguments.import_multifeed) else FAILED


def _run_export(arguments: argparse.Namespace, options: RoomOptions) -> int:
    from multichat.exporter import ExportOptions, export, open_to_export  # noqa: PLC0415 (see _run_plain)

    if arguments.nickname is None:
        raise UsageError(f"say whose history to export, as in multichat alice --export {arguments.export}")
    if arguments.new_room is not None:
        raise UsageError("--export writes what was said in a room that there is: say --room instead of --new-room")
    authors = getattr(arguments, "from")
    wanted = ExportOptions(arguments.export, arguments.output, arguments.after, arguments.before, authors)
    # What cannot be read is said before anything is opened.
    wanted.span()
    room = open_to_export(_with_room(arguments, options, arguments.nickname), arguments.nickname)
    _keep_what_is_there()
    export(room, wanted)
    return DONE


# What is done without a screen, and without anything on stdin; each by the argument that asks for it.
_FACES: Final = {"doctor": _run_doctor, "import_multifeed": _run_import, "seed": _run_seed, "export": _run_export}


def _run_verify(name: str) -> int:
    from multichat.verify import verify  # noqa: PLC0415 (see _run_plain)

    holds, lines = verify(name)
    write_whatever_is_said()
    try:
        print("\n".join(lines), flush=True)
    except BrokenPipeError:
        # Whoever reads no further still hears how it ends.
        _discard_stdout()
    return DONE if holds else FAILED


def _run_rooms(arguments: argparse.Namespace) -> int:
    from multichat.listing import listed  # noqa: PLC0415 (see _run_plain)

    profile = arguments.profile or arguments.nickname
    for line in listed(arguments.data_dir or default_data_dir(), profile, as_json=arguments.json):
        print(line)
    return DONE


def _run_screen(arguments: argparse.Namespace, options: RoomOptions) -> int:
    # Nothing of what is made now is garbage; the program has it collected again once the first screen is complete.
    gc.disable()
    from multichat.app import MultichatApp  # noqa: PLC0415 (see _run_plain)
    from multichat.settings import load_settings  # noqa: PLC0415 (see _run_plain)
    from multichat.themes import THEME_NAMES, ThemeChoice  # noqa: PLC0415 (see _run_plain)

    _require_drawing()
    is_named = arguments.config is not None
    settings = load_settings(arguments.config or default_config_path(), THEME_NAMES, is_required=is_named)
    choice = ThemeChoice(options.data_dir)
    app = MultichatApp(
        lambda nickname: Room(_with_room(arguments, options, nickname), nickname),
        arguments.nickname,
        _user_name(),
        settings=settings,
        choice=choice,
        shows_invite=arguments.new_room is not None,
    )
    app.run()
    if app.failure is not None:
        return _say(app.failure, app.return_code or FAILED)
    return app.return_code or DONE


def _with_room(arguments: argparse.Namespace, options: RoomOptions, nickname: str) -> RoomOptions:
    """The options with the one room that is meant. Raises RefusedError where it is not clear which, and StoreError."""
    if arguments.room is None and arguments.new_room is None:
        return options
    from multichat.rooms import found_room, made_room  # noqa: PLC0415 (whoever names no room need not wait for it)

    return made_room(options, nickname) if arguments.room is None else found_room(options, nickname)


def _open_room(arguments: argparse.Namespace, options: RoomOptions, nickname: str) -> Room:
    """The room, for a face that can show no invite."""
    room = Room(_with_room(arguments, options, nickname), nickname)
    if arguments.new_room is not None:
        print(f"multichat: others join with {join_command(room.name, room.invite)}", file=sys.stderr)
    return room


def _require_drawing() -> None:
    """Refuse a terminal that calls itself one on which nothing can be drawn."""
    if os.environ.get("TERM") in {"dumb", "unknown"}:
        raise RefusedError("this terminal cannot show a full screen (TERM says so); --plain prints lines instead")


def _keep_what_is_there() -> None:
    """Have the garbage collector leave alone what lives as long as the program: each look at it holds up the screen."""
    gc.freeze()


def _named_room(arguments: argparse.Namespace) -> tuple[str, bytes | None]:
    """The name and the key of the room that is asked for, as far as they were given."""
    if arguments.room is None:
        names = (arguments.open_room, arguments.new_room, DEFAULT_ROOM_NAME)
        return require_room_name(next(name for name in names if name is not None)), None
    text = _asked_invite() if arguments.room == _ASK else arguments.room
    # An invite without its beginning is too long for a name, and there is a better thing to say of it.
    if is_invite(text) or arguments.room == _ASK or ("#" in text and len(text) > ROOM_NAME_LENGTH_MAX):
        invite = Invite.parse(text)
        return invite.name, invite.key
    return require_room_name(text), None


def _asked_invite() -> str:
    """The invite, from stdin: what stands on a command line, others on this machine can read."""
    if sys.stdin.isatty():
        print("Invite: ", end="", file=sys.stderr, flush=True)
    return first_line(sys.stdin.fileno(), INVITE_LENGTH_MAX_BYTES)


def _room_options(arguments: argparse.Namespace) -> RoomOptions:
    room_name, key = _named_room(arguments)
    return RoomOptions(
        data_dir=arguments.data_dir or default_data_dir(),
        room_name=room_name,
        key=key,
        profile=arguments.profile,
        bridge=_bridge_options(arguments),
        swarm=SwarmOptions(
            port=arguments.port,
            interfaces=tuple(arguments.interface),
            peers=tuple(arguments.peer),
            discovery=not arguments.no_discovery,
            agent=f"multichat/{__version__}",
        ),
    )


def _bridge_options(arguments: argparse.Namespace) -> BridgeOptions | None:
    if arguments.js_listen is None and not arguments.js_connect:
        return None
    return BridgeOptions(
        listen=arguments.js_listen,
        connect=tuple(arguments.js_connect),
        key=arguments.js_key,
        interfaces=tuple(arguments.interface),
    )


def _user_name() -> str:
    try:
        return require_nickname(getpass.getuser())
    except (OSError, KeyError, ImportError, UsageError):
        # A user without a name, or with one that nobody can be called by: there is none to propose.
        return ""


def _say(what: object, code: int) -> int:
    print(f"multichat: {as_line(what)}", file=sys.stderr)
    return code


def _discard_stdout() -> None:
    """Let the interpreter's last flush of a broken pipe go nowhere instead of complaining."""
    with open(os.devnull, "wb") as devnull:  # noqa: PTH123 (a descriptor is needed)
        os.dup2(devnull.fileno(), sys.stdout.fileno())
