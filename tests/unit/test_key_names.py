"""What a key is called where one is told what to press."""

import pytest
from textual.app import App

from multichat.keys import KeyTable
from multichat.widgets.key_names import key_name, told_keys


class WithKeys(App[None]):
    def __init__(self, **chosen: tuple[str, ...]) -> None:
        super().__init__()
        self.key_table = KeyTable({name.replace("_", "."): keys for name, keys in chosen.items()})


@pytest.mark.parametrize(
    ("identity", "name"),
    [("program.quit", "Ctrl+Q"), ("conversation.last", "End"), ("conversation.earlier", "F4"), ("search.next", "Down")],
)
def test_of_several_keys_the_shortest_is_named_and_without_a_choice_those_of_the_list(identity: str, name: str) -> None:
    assert key_name(App(), identity) == name
    assert key_name(WithKeys(), identity) == name


def test_the_choice_of_the_user_is_what_is_told() -> None:
    app = WithKeys(program_quit=("ctrl+x", "f10"), composer_close=())
    told = ("program.quit", "quits"), ("composer.close", "closes"), ("composer.send", "sends")
    assert told_keys(app, *told) == ["F10 quits", "Enter sends"]
