"""Everything that a key does in the program, in one list.

Owns the names of these things, the keys they are on at first, what the help says about them, and how keys that the user
has chosen instead become effective. Knows no screen: each makes its bindings from the list of its place. What a key
does is the screen's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import combinations
from typing import Final, NamedTuple, Protocol, runtime_checkable

from textual.binding import Binding, BindingType
from textual.keys import Keys, key_to_character

from multichat.errors import UsageError


class Place(Enum):
    """Where a key works, as the help says it."""

    EVERYWHERE = "Everywhere"
    COMPOSER = "Writing"
    CONVERSATION = "The conversation"
    MESSAGE = "A message that is looked at"
    PANEL = "A panel like this one"
    LINKS = "A choice of links"
    SEARCH = "The search"


class Key(NamedTuple):
    """Something a key does: its name in config.toml, the keys, the action, what the help says (nothing if empty).

    A box of text comes first with `keys`, even if it only moves its cursor with them, and last with those `ahead`.
    """

    id: str
    place: Place
    keys: tuple[str, ...]
    action: str
    help: str
    ahead: tuple[str, ...] = ()

    @property
    def defaults(self) -> tuple[str, ...]:
        """All keys it is on, unless the user says otherwise: first those that always work."""
        return (*self.ahead, *self.keys)


class Fixed(NamedTuple):
    """What a box of text does by itself. Its keys can be taken for something else, but not moved."""

    place: Place
    keys: tuple[str, ...]
    help: str


KEYS: Final = (
    Key("program.help", Place.EVERYWHERE, ("?",), "show_help", "this help; ? where nothing is written", ahead=("f1",)),
    Key("program.palette", Place.EVERYWHERE, (), "command_palette", "search all that can be done", ahead=("ctrl+p",)),
    # Not ahead: what was typed before it, a last message and Enter, takes effect first.
    Key("program.quit", Place.EVERYWHERE, ("ctrl+q",), "quit", "leave"),
    Key("composer.send", Place.COMPOSER, ("enter",), "submit", "send"),
    Key("composer.new-line", Place.COMPOSER, ("shift+enter", "ctrl+j", "alt+enter"), "break_line", "break the line"),
    Key("composer.complete", Place.COMPOSER, ("tab",), "complete(1)", "complete what is begun"),
    Key("composer.complete-back", Place.COMPOSER, ("shift+tab",), "complete(-1)", "the completion before"),
    Key("composer.close", Place.COMPOSER, ("escape",), "dismiss", "close what is offered"),
    Key("conversation.page-up", Place.CONVERSATION, ("pageup",), "scroll_pages(-1)", "read further up"),
    Key("conversation.page-down", Place.CONVERSATION, ("pagedown",), "scroll_pages(1)", "and down again"),
    # A text area moves its cursor with Ctrl+Home and Ctrl+End; the conversation is what one means.
    Key("conversation.first", Place.CONVERSATION, ("home",), "show_start", "the first message", ahead=("ctrl+home",)),
    Key("conversation.last", Place.CONVERSATION, ("end",), "show_end", "the last message", ahead=("ctrl+end",)),
    Key("conversation.look", Place.CONVERSATION, ("ctrl+up", "alt+up"), "choose_message", "look at a message"),
    Key("conversation.people", Place.CONVERSATION, ("f2",), "toggle_people", "who is here, or no more"),
    Key("conversation.search", Place.CONVERSATION, ("f3",), "search", "search what was said", ahead=("ctrl+f",)),
    Key("conversation.earlier", Place.CONVERSATION, ("f4",), "show_late", "what arrived above"),
    Key("conversation.clear-notice", Place.CONVERSATION, ("escape",), "clear_notice", "take a notice away"),
    Key("message.up", Place.MESSAGE, ("up", "k"), "choose(-1)", "the message before"),
    Key("message.down", Place.MESSAGE, ("down", "j"), "choose(1)", "the message after"),
    Key("message.copy", Place.MESSAGE, ("y", "c"), "copy_message", "copy it"),
    Key("message.open-link", Place.MESSAGE, ("o", "enter"), "open_link", "open its link"),
    Key("message.leave", Place.MESSAGE, ("escape", "q", "i"), "leave", "go back to writing"),
    Key("panel.close", Place.PANEL, ("escape", "q", "enter"), "dismiss", "close it"),
    Key("links.close", Place.LINKS, ("escape", "q"), "dismiss(None)", "close it"),
    Key("search.next", Place.SEARCH, (), "choose(1)", "the next that was found", ahead=("down", "ctrl+n")),
    Key("search.previous", Place.SEARCH, (), "choose(-1)", "the one before", ahead=("up",)),
    Key("search.page-down", Place.SEARCH, (), "choose(10)", "ten further down", ahead=("pagedown",)),
    Key("search.page-up", Place.SEARCH, (), "choose(-10)", "ten further up", ahead=("pageup",)),
    Key("search.close", Place.SEARCH, ("escape",), "dismiss(None)", "close it"),
    # The list of links itself says these.
    *(Key(f"links.take-{number}", Place.LINKS, (f"{number}",), f"choose({number - 1})", "") for number in range(1, 10)),
)

FIXED: Final = (
    Fixed(Place.COMPOSER, ("up", "down"), "what was written before, from the first or the last line"),
    Fixed(Place.COMPOSER, ("ctrl+z",), "take back what was typed last"),
    Fixed(Place.COMPOSER, ("ctrl+c",), "copy what is selected"),
)

BY_ID: Final = {key.id: key for key in KEYS}

# Around a box of text that may be in focus; in it, and around it, no letter can be a key.
_OUTSIDE_TEXT: Final = {Place.EVERYWHERE, Place.CONVERSATION, Place.SEARCH}
_AROUND_TEXT: Final = {*_OUTSIDE_TEXT, Place.COMPOSER}

# What is at work beside each other: a key can do one thing only in each of these.
_TOGETHER: Final = (
    (Place.EVERYWHERE, Place.CONVERSATION, Place.COMPOSER),
    (Place.EVERYWHERE, Place.CONVERSATION, Place.MESSAGE),
    (Place.EVERYWHERE, Place.PANEL),
    (Place.EVERYWHERE, Place.LINKS),
    (Place.EVERYWHERE, Place.SEARCH),
)

# A dialog cuts off what is bound for the whole program, except what is ahead.
_CUT_OFF: Final = {Place.PANEL, Place.LINKS, Place.SEARCH}

_AHEAD_SUFFIX: Final = "!"
_MODIFIERS: Final = {"alt", "ctrl", "hyper", "meta", "shift", "super"}
_PRESSED: Final = {key.value for key in Keys if key.value.replace("_", "").isalnum()} | {"space"}
# What terminals send for one as for the other.
_SAME: Final = {"ctrl+i": "tab", "ctrl+m": "enter"}
_TITLES: Final = {"pageup": "Page Up", "pagedown": "Page Down", " ": "Space"}
# Textual separates keys with commas and strips spaces.
_LONG_NAMES: Final = {",": "comma", " ": "space"}


def bindings(place: Place) -> list[BindingType]:
    """The bindings of the screen, or the part of one, that is `place`."""
    bound = [binding for key in KEYS if key.place is place for binding in _bindings_of(key, key.action)]
    if place in _CUT_OFF:
        everywhere = (key for key in KEYS if key.place is Place.EVERYWHERE and key.keys)
        bound += [_ordinary(key, f"app.{key.action}") for key in everywhere]
    return list(bound)


def _bindings_of(key: Key, action: str) -> list[Binding]:
    """One for the keys that a box of text may take, one for those that it may not; the user can fill both."""
    if key.place not in _OUTSIDE_TEXT:
        return [_ordinary(key, action)]
    return [_ordinary(key, action), _binding(f"{key.id}{_AHEAD_SUFFIX}", key.ahead, action, key.help, priority=True)]


def _ordinary(key: Key, action: str) -> Binding:
    return _binding(key.id, key.keys, action, key.help)


def _binding(identity: str, keys: Iterable[str], action: str, text: str, *, priority: bool = False) -> Binding:
    return Binding(_joined(identity, keys), action, text, show=False, priority=priority, id=identity)


def _joined(identity: str, keys: Iterable[str]) -> str:
    # Textual knows no binding without a key: the name of the binding is one that no keyboard has.
    return ",".join(_LONG_NAMES.get(key, key) for key in keys) or f"none:{identity}"


@dataclass(frozen=True, slots=True)
class KeyTable:
    """Which keys do what: as in the list, but for those that the user has `chosen`, by id."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def keys_of(self, key: Key) -> tuple[str, ...]:
        """The keys that do this."""
        return self.chosen.get(key.id, key.defaults)

    def keymap(self) -> dict[str, str]:
        """What the user has chosen, as Textual wants it."""
        keymap: dict[str, str] = {}
        for identity, chosen in self.chosen.items():
            key, keys = BY_ID[identity], chosen
            if key.place in _OUTSIDE_TEXT:
                # A key that is chosen for the conversation is meant, whatever a box of text would do with it.
                ahead = f"{identity}{_AHEAD_SUFFIX}"
                keymap[ahead] = _joined(ahead, (one for one in keys if one not in key.keys))
                keys = tuple(one for one in keys if one in key.keys)
            keymap[identity] = _joined(identity, keys)
        return keymap

    def clash(self) -> tuple[str, Key, Key] | None:
        """A key that the user has given to two things at once, and both: the one it was given to, and the other."""
        for one, other in combinations(KEYS, 2):
            if not any(one.place in places and other.place in places for places in _TOGETHER):
                continue
            for name in self.keys_of(one):
                # What the list itself has twice is meant: the inner of two places comes first.
                if name in self.keys_of(other) and not (name in one.defaults and name in other.defaults):
                    return (name, one, other) if name not in one.defaults else (name, other, one)
        return None

    def lines(self, place: Place) -> list[tuple[str, str]]:
        """What the help says of a place: keys, and what they do."""
        free = [Fixed(fixed.place, self._free(fixed.keys), fixed.help) for fixed in FIXED]
        told = [
            *((self.keys_of(key), key.help) for key in KEYS if key.place is place and key.help),
            *((fixed.keys, fixed.help) for fixed in free if fixed.place is place),
        ]
        return [(", ".join(map(key_title, keys)), text) for keys, text in told if keys]

    def _free(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        taken = {name for key in KEYS if key.place in _TOGETHER[0] for name in self.keys_of(key)}
        return tuple(name for name in keys if name not in taken)


@runtime_checkable
class HasKeys(Protocol):
    """The program, to a screen that wants to tell which keys do what."""

    key_table: KeyTable


def key_title(name: str) -> str:
    """A key as the help names it."""
    *modifiers, base = name.split("+") if len(name) > 1 else [name]
    title = _TITLES.get(base) or (base if len(base) == 1 and not modifiers else base.replace("_", " ").title())
    return "+".join([*(modifier.capitalize() for modifier in modifiers), title])


def read_keys(key: Key, text: str) -> tuple[str, ...]:
    """The keys in `text`, which are to do this: `ctrl+u,pageup`; none if it is empty. Raises UsageError."""
    return tuple(dict.fromkeys(_read_key(key, name.strip()) for name in text.split(",") if text.strip()))


def _read_key(key: Key, text: str) -> str:
    *modifiers, base = text.split("+") if len(text) > 1 else [text]
    name = "+".join([*sorted({modifier.lower() for modifier in modifiers}), _base_name(base, alone=not modifiers)])
    if name.startswith("shift+") and len(base) == 1:
        name = base.upper()
    if not (_is_typed(name) or _is_pressed(name)):
        raise UsageError(f"{text!r} is not a key; keys are named like ctrl+u, alt+up, pageup, f5")
    name = _SAME.get(name, name)
    if _is_typed(name) and key.place in _AROUND_TEXT and name not in key.defaults:
        raise UsageError(f"{text!r} is what one types in a message; take one with ctrl or alt, or a function key")
    return name


def _base_name(base: str, *, alone: bool) -> str:
    """One name for each key: what it types by itself, or what it is called."""
    if len(base) == 1:
        return base if alone else base.lower()
    character = key_to_character(base.lower())
    return character if alone and character is not None and character.isprintable() else base.lower()


def _is_typed(name: str) -> bool:
    return len(name) == 1 and name.isprintable()


def _is_pressed(name: str) -> bool:
    *modifiers, base = name.split("+")
    return set(modifiers) <= _MODIFIERS and (
        base in _PRESSED or (bool(modifiers) and len(base) == 1 and base.isalnum())
    )
