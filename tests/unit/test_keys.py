"""The list of keys: what is bound comes from it, and what the user chooses instead."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import multichat
from multichat.app import MultichatApp
from multichat.errors import UsageError
from multichat.keys import BY_ID, KEYS, KeyTable, Place, bindings, key_title, read_keys
from multichat.screens.conversation import ConversationScreen
from multichat.screens.help import HelpScreen
from multichat.settings import Settings
from tests.helpers.fake_conversation import FakeConversation
from tests.helpers.screen import composer, noticed, settle, shown, talk
from tests.helpers.settled import open_app_with


def classes_with_bindings() -> Iterator[type[DOMNode]]:
    """Everything in the program that binds keys of its own."""
    for module_info in pkgutil.walk_packages(multichat.__path__, "multichat."):
        if module_info.name.endswith("__main__"):
            continue
        module = importlib.import_module(module_info.name)
        for value in vars(module).values():
            is_ours = isinstance(value, type) and value.__module__ == module.__name__
            if is_ours and issubclass(value, DOMNode) and "BINDINGS" in vars(value):
                yield value


def test_everything_that_binds_keys_is_found() -> None:
    assert {MultichatApp, ConversationScreen} <= set(classes_with_bindings())


@pytest.mark.parametrize("bound", classes_with_bindings(), ids=lambda bound: bound.__name__)
def test_every_binding_comes_from_the_list(bound: type[DOMNode]) -> None:
    listed = {binding for place in Place for binding in bindings(place)}
    assert set(vars(bound)["BINDINGS"]) <= listed


def test_every_key_has_a_name_of_its_own_that_begins_with_its_place() -> None:
    assert len(BY_ID) == len(KEYS)
    starts = {place: {key.id.partition(".")[0] for key in KEYS if key.place is place} for place in Place}
    assert all(len(names) <= 1 for names in starts.values())


@pytest.mark.parametrize("place", Place, ids=lambda place: place.name)
def test_no_two_of_one_place_share_a_key(place: Place) -> None:
    names = [name for key in KEYS if key.place is place for name in key.defaults]
    assert len(names) == len(set(names))


def test_as_it_is_the_list_has_no_clash() -> None:
    assert KeyTable().clash() is None


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.id)
def test_every_default_can_be_written_in_a_config(key: object) -> None:
    defaults = key.defaults  # type: ignore[attr-defined]
    assert read_keys(key, ",".join(defaults)) == defaults  # type: ignore[arg-type]


PAGE_UP = BY_ID["conversation.page-up"]
CLOSE = BY_ID["panel.close"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ctrl+u,pageup", ("ctrl+u", "pageup")),
        (" Ctrl+U , PageUp ", ("ctrl+u", "pageup")),
        ("shift+ctrl+up", ("ctrl+shift+up",)),
        ("f5,f5", ("f5",)),
        ("ctrl+m", ("enter",)),
        ("", ()),
    ],
)
def test_keys_are_read_however_they_are_written(text: str, keys: tuple[str, ...]) -> None:
    assert read_keys(PAGE_UP, text) == keys


def test_a_letter_can_be_a_key_where_nothing_is_written() -> None:
    assert read_keys(CLOSE, "x,Q,question_mark,space") == ("x", "Q", "?", " ")
    assert KeyTable({"panel.close": ("x", ",", " ")}).keymap() == {"panel.close": "x,comma,space"}


@pytest.mark.parametrize("text", ["k", "K", "space", "?", "shift+k", "comma"])
def test_what_one_types_in_a_message_is_no_key_of_the_conversation(text: str) -> None:
    with pytest.raises(UsageError, match=r"is what one types|is not a key"):
        read_keys(PAGE_UP, text)


@pytest.mark.parametrize(
    "text", ["pgup", "ctrl", "ctrl+", "+", "control+u", "ctrl+pgup", "f99", "ctrl+u,,pageup", "up up"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a key|is what one types"):
        read_keys(PAGE_UP, text)


@pytest.mark.parametrize(
    ("chosen", "clash"),
    [
        ({"conversation.page-up": ("home",)}, ("home", "conversation.page-up", "conversation.first")),
        ({"conversation.page-up": ("enter",)}, ("enter", "conversation.page-up", "composer.send")),
        ({"composer.send": ("f1",)}, ("f1", "composer.send", "program.help")),
        ({"panel.close": ("ctrl+p",)}, ("ctrl+p", "panel.close", "program.palette")),
        ({"conversation.page-up": ("f5",), "conversation.first": ("f5",)}, None),
    ],
)
def test_a_key_given_to_two_things_at_once_is_a_clash(
    chosen: dict[str, tuple[str, ...]], clash: tuple[str, str, str] | None
) -> None:
    found = KeyTable(chosen).clash()
    assert found is not None
    name, one, other = found
    if clash is not None:
        assert (name, one.id, other.id) == clash


def test_keys_can_change_places_and_one_place_does_not_mind_another() -> None:
    swapped = {"conversation.page-up": ("pagedown",), "conversation.page-down": ("pageup",)}
    assert KeyTable(swapped).clash() is None
    assert KeyTable({"panel.close": ("home",)}).clash() is None


@pytest.mark.parametrize(
    ("name", "title"),
    [("ctrl+u", "Ctrl+U"), ("pageup", "Page Up"), ("f1", "F1"), ("?", "?"), ("ctrl+shift+up", "Ctrl+Shift+Up")],
)
def test_keys_are_told_as_people_call_them(name: str, title: str) -> None:
    assert key_title(name) == title


def with_keys(**chosen: tuple[str, ...]) -> Settings:
    return Settings(keys=KeyTable({name.replace("__", ".").replace("_", "-"): keys for name, keys in chosen.items()}))


async def test_a_key_chosen_for_the_conversation_works_though_the_box_has_another_use_for_it() -> None:
    conversation = FakeConversation(talk(100))
    settings = with_keys(conversation__page_up=("ctrl+u", "pageup"), conversation__first=("ctrl+g",))
    async with open_app_with(conversation, settings) as pilot:
        await pilot.press("ctrl+u")
        await settle(pilot)
        once = shown(pilot)[-1]
        await pilot.press("pageup")
        await settle(pilot)
        assert shown(pilot)[-1] != once
        await pilot.press("home")
        await settle(pilot)
        assert not shown(pilot)[1].endswith("message 0")
        await pilot.press("ctrl+g")
        await settle(pilot)
        assert shown(pilot)[1].endswith("message 0")


async def test_keys_that_were_exchanged_do_what_the_other_did() -> None:
    conversation = FakeConversation(talk(100))
    swapped = with_keys(conversation__page_up=("pagedown",), conversation__page_down=("pageup",))
    async with open_app_with(conversation, swapped) as pilot:
        before = shown(pilot)
        await pilot.press("pagedown")
        await settle(pilot)
        assert shown(pilot) != before
        await pilot.press("pageup")
        await settle(pilot)
        assert shown(pilot) == before


async def test_the_keys_that_send_and_break_the_line_can_be_exchanged() -> None:
    conversation = FakeConversation()
    async with open_app_with(
        conversation, with_keys(composer__send=("ctrl+j",), composer__new_line=("enter",))
    ) as pilot:
        await pilot.press("a", "enter", "b", "ctrl+j")
        await settle(pilot)
        assert conversation.sent == ["a\nb"]


async def test_what_the_user_leaves_without_a_key_has_none() -> None:
    async with open_app_with(FakeConversation(), with_keys(program__quit=(), program__palette=())) as pilot:
        await pilot.press("ctrl+q", "ctrl+p", "ctrl+c")
        await settle(pilot)
        assert isinstance(pilot.app.screen, ConversationScreen)
        assert noticed(pilot) == "/quit quits."


async def test_another_key_to_leave_is_the_one_that_is_told_of() -> None:
    async with open_app_with(FakeConversation(), with_keys(program__quit=("f10",))) as pilot:
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert noticed(pilot) == "F10 quits."
        await pilot.press("f10")
        await settle(pilot)
        assert pilot.app._exit


async def test_f1_shows_help_and_takes_it_away_and_leaves_what_is_written() -> None:
    async with open_app_with(FakeConversation(), Settings()) as pilot:
        seen = []
        for keys in ([*"hello", "f1"], ["f1"]):
            await pilot.press(*keys)
            await settle(pilot)
            seen.append(type(pilot.app.screen))
        assert seen == [HelpScreen, ConversationScreen]
        assert composer(pilot).text == "hello"


async def test_a_question_mark_is_typed_where_one_writes_and_takes_the_help_away_where_one_does_not() -> None:
    async with open_app_with(FakeConversation(), Settings()) as pilot:
        await pilot.press("question_mark", "a")
        assert composer(pilot).text == "?a"
        await pilot.press("f1", "question_mark")
        await settle(pilot)
        assert isinstance(pilot.app.screen, ConversationScreen)


async def test_the_key_to_leave_leaves_from_the_help_too() -> None:
    async with open_app_with(FakeConversation(), Settings()) as pilot:
        await pilot.press("f1")
        await settle(pilot)
        await pilot.press("ctrl+q")
        await settle(pilot)
        assert pilot.app._exit


async def test_help_tells_the_keys_that_the_user_chose() -> None:
    settings = with_keys(conversation__page_up=("ctrl+z",), conversation__first=(), message__copy=("Y",))
    async with open_app_with(FakeConversation(), settings, size=(120, 40)) as pilot:
        await pilot.press("f1")
        await settle(pilot)
        told = str(pilot.app.screen.query_one("#content").render())
        assert re.search(r"^Ctrl\+Z +read further up$", told, re.MULTILINE)
        assert re.search(r"^Y +copy it$", told, re.MULTILINE)
        assert "Page Up " not in told.partition("The search")[0]
        assert "the first message" not in told
        assert "take back what was typed" not in told


def test_bindings_are_named_so_that_a_keymap_finds_them() -> None:
    for place in Place:
        for binding in bindings(place):
            assert isinstance(binding, Binding)
            assert binding.id is not None
            assert binding.id.removesuffix("!") in BY_ID


def test_the_readme_tells_every_key_as_it_is() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for key in KEYS:
        if key.help:
            assert f"| `{key.id}` | {', '.join(map(key_title, key.defaults))} | {key.help} |" in readme
