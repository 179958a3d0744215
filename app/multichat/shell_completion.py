"""Completion for bash, zsh and fish: a script for each, made from the parser of the command line.

Owns the scripts and what stands for which kind of value. Which options there are is the command line's to say.
"""

import argparse
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class _Value(Enum):
    """What a shell can offer for a value."""

    NONE = auto()
    CHOICES = auto()
    FILES = auto()
    DIRECTORIES = auto()
    PROFILES = auto()
    INTERFACES = auto()


_BY_DESTINATION: Final = {
    "nickname": _Value.PROFILES,
    "profile": _Value.PROFILES,
    "interface": _Value.INTERFACES,
}
_BY_METAVAR: Final = {"FILE": _Value.FILES, "DIR": _Value.DIRECTORIES}

# Where something is by default differs between machines, and a list of options has no room for it.
_DEFAULT: Final = re.compile(r"\s*\(default\b.*\)$")


@dataclass(frozen=True, slots=True)
class _Argument:
    """An option, or a word without one if it has no `names`; `rivals` are the options that it excludes."""

    names: tuple[str, ...]
    help: str
    metavar: str
    value: _Value
    choices: tuple[str, ...]
    takes_value: bool
    needs_value: bool
    is_repeatable: bool
    rivals: tuple[str, ...]


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """What `shell`, one of SHELLS, has to read in order to complete the program's arguments."""
    arguments = list(_arguments(parser))
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](parser.prog, arguments)


def _arguments(parser: argparse.ArgumentParser) -> Iterator[_Argument]:
    for action in parser._actions:  # noqa: SLF001 (argparse has no other list of them)
        if action.help == argparse.SUPPRESS:
            continue
        yield _Argument(
            names=tuple(action.option_strings),
            help=_help(parser, action),
            metavar=str(action.metavar or action.dest.upper()),
            value=_value(action),
            choices=tuple(map(str, action.choices or ())),
            takes_value=action.nargs != 0,
            needs_value=action.nargs not in {0, "?", "*"},
            is_repeatable=isinstance(action, argparse._AppendAction),  # noqa: SLF001 (it has no other mark)
            rivals=_rivals(parser, action),
        )


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return _DEFAULT.sub("", (action.help or "") % {**vars(action), "prog": parser.prog})


def _value(action: argparse.Action) -> _Value:
    if action.choices is not None:
        return _Value.CHOICES
    return _BY_DESTINATION.get(action.dest) or _BY_METAVAR.get(str(action.metavar), _Value.NONE)


def _rivals(parser: argparse.ArgumentParser, action: argparse.Action) -> tuple[str, ...]:
    groups = parser._mutually_exclusive_groups  # noqa: SLF001 (as above)
    members = [other for group in groups if action in group._group_actions for other in group._group_actions]  # noqa: SLF001
    return tuple(name for member in members for name in member.option_strings if member is not action)


# --- bash ---


def _filled(template: str, **parts: str) -> str:
    """The template with each <word> in it replaced by the part of that name."""
    for name, part in parts.items():
        template = template.replace(f"<{name}>", part)
    return template


_BASH: Final = """\
# Completion of <program> for bash.

_<program>_offer() {
    local line
    while IFS= read -r line; do COMPREPLY+=("$line"); done
}

_<program>_profiles() {
    local directory name
    for directory in "${XDG_DATA_HOME:-$HOME/.local/share}" "$HOME/Library/Application Support"; do
        for name in "$directory/<program>/profiles"/*/; do
            name=${name%/} name=${name##*/}
            [[ $name == '*' ]] && continue
            printf -v name '%b' "${name//%/\\\\x}"
            [[ $name == "$1"* ]] && printf '%q\\n' "$name"
        done
    done
}

_<program>_interfaces() {
    ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null
}

_<program>() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    # bash parts --option=value into three words.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD-2]}
    fi
    COMPREPLY=()
    case $previous in
<cases>
    esac
    if [[ $COMP_CWORD -eq 1 && $current != -* ]]; then
        <positional>
    else
        _<program>_offer < <(compgen -W '<options>' -- "$current")
    fi
}

complete -F _<program> <program>
"""

_BASH_VALUES: Final = {
    _Value.FILES: 'compopt -o filenames 2>/dev/null; _<program>_offer < <(compgen -f -- "$current")',
    _Value.DIRECTORIES: 'compopt -o filenames 2>/dev/null; _<program>_offer < <(compgen -d -- "$current")',
    _Value.PROFILES: '_<program>_offer < <(_<program>_profiles "$current")',
    _Value.INTERFACES: '_<program>_offer < <(compgen -W "$(_<program>_interfaces)" -- "$current")',
    _Value.CHOICES: "_<program>_offer < <(compgen -W '<choices>' -- \"$current\")",
    _Value.NONE: ":",
}


def _bash(program: str, arguments: list[_Argument]) -> str:
    options = [argument for argument in arguments if argument.names]
    positional = [argument for argument in arguments if not argument.names][:1]
    return _filled(
        _BASH,
        cases="\n".join(_bash_cases(option for option in options if option.takes_value)),
        positional="".join(map(_bash_value, positional)) or ":",
        options=" ".join(name for option in options for name in option.names),
        program=program,
    )


def _bash_cases(options: Iterable[_Argument]) -> Iterator[str]:
    """What is offered behind which options: those that are alike in this together."""
    names: dict[str, list[str]] = {}
    for option in options:
        names.setdefault(_bash_value(option), []).extend(option.names)
    for value, alike in names.items():
        yield f"    {' | '.join(alike)})\n        {value}\n        return\n        ;;"


def _bash_value(argument: _Argument) -> str:
    return _filled(_BASH_VALUES[argument.value], choices=" ".join(argument.choices))


# --- zsh ---

_ZSH: Final = """\
#compdef <program>
# Completion of <program> for zsh.

_<program>_profiles() {
    local -a directories=(
        ${XDG_DATA_HOME:-$HOME/.local/share}/<program>/profiles/*(N/:t)
        $HOME/Library/Application\\ Support/<program>/profiles/*(N/:t)
    )
    local -a profiles=(${(g::)directories//\\%/\\\\x})
    _wanted profiles expl profile compadd -a profiles
}

_<program>() {
    _arguments -S \\
<specifications>
}

if [[ $funcstack[1] == _<program> ]]; then
    _<program> "$@"
else
    compdef _<program> <program>
fi
"""

_ZSH_VALUES: Final = {
    _Value.FILES: "_files",
    _Value.DIRECTORIES: "_files -/",
    _Value.PROFILES: "_<program>_profiles",
    _Value.INTERFACES: "_net_interfaces",
    _Value.CHOICES: "(<choices>)",
    _Value.NONE: " ",
}


def _zsh(program: str, arguments: list[_Argument]) -> str:
    lines = [line for argument in arguments for line in _zsh_specifications(program, argument)]
    return _filled(_ZSH, program=program, specifications=" \\\n".join(f"        {line}" for line in lines))


def _zsh_specifications(program: str, argument: _Argument) -> Iterator[str]:
    values = _filled(_ZSH_VALUES[argument.value], program=program, choices=" ".join(argument.choices))
    value = f":{_zsh_escaped(argument.metavar, ':')}:{values}"
    among = () if argument.is_repeatable else argument.names
    excluded = " ".join((*among, *argument.rivals))
    if not argument.names:
        yield _quoted(value if argument.needs_value else f":{value}")
    for name in argument.names:
        joined = "" if not argument.takes_value else "=" if name.startswith("--") else "+"
        behind = "" if not argument.takes_value else value if argument.needs_value else f":{value}"
        times = "*" if argument.is_repeatable else ""
        yield _quoted(f"({excluded}){times}{name}{joined}[{_zsh_escaped(argument.help, '[]:')}]{behind}")


def _zsh_escaped(text: str, signs: str) -> str:
    return "".join(f"\\{sign}" if sign in signs else sign for sign in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# --- fish ---

_FISH: Final = """\
# Completion of <program> for fish.

function __<program>_profiles
    set -l data $HOME/.local/share
    test -n "$XDG_DATA_HOME"; and set data $XDG_DATA_HOME
    for directory in $data/<program>/profiles/*/ $HOME/Library/Application\\ Support/<program>/profiles/*/
        string unescape --style=url (basename $directory)
    end
end

<lines>
"""

_FISH_VALUES: Final = {
    _Value.FILES: " -F",
    _Value.DIRECTORIES: " -f -a '(__fish_complete_directories)'",
    _Value.PROFILES: " -f -a '(__<program>_profiles)'",
    _Value.INTERFACES: " -f -a '(__fish_print_interfaces)'",
    _Value.CHOICES: " -f -a '<choices>'",
    _Value.NONE: " -f",
}


def _fish(program: str, arguments: list[_Argument]) -> str:
    lines = [f"complete -c {program} -f", *(_fish_line(program, argument) for argument in arguments)]
    return _filled(_FISH, program=program, lines="\n".join(lines))


def _fish_line(program: str, argument: _Argument) -> str:
    values = _filled(_FISH_VALUES[argument.value], program=program, choices=" ".join(argument.choices))
    if not argument.names:
        return f"complete -c {program} -n __fish_is_first_token{values} -d {_fish_quoted(argument.metavar)}"
    names = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in argument.names)
    behind = "" if not argument.takes_value else f" -r{values}" if argument.needs_value else values
    return f"complete -c {program}{names}{behind} -d {_fish_quoted(argument.help)}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
