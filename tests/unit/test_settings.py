"""What can stand in config.toml, and what is said of a mistake there."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multichat.errors import UsageError
from multichat.keys import BY_ID, KeyTable
from multichat.settings import Notify, Settings, load_settings, parse_settings

THEMES = ("dusk", "dawn")

WHOLE = """\
theme = "dusk"

[notify]
default = "all"
bell = false

[keys]
"conversation.page-up" = "ctrl+u,pageup"
conversation.first = "f5"
"""


def parsed(text: str) -> Settings:
    return parse_settings(text, "config.toml", THEMES)


def test_nothing_settles_nothing() -> None:
    assert parsed("") == parsed("[notify]\n[keys]\n") == Settings(None, Notify.MENTIONS, True, KeyTable())


def test_everything_can_be_settled_and_names_of_keys_stand_with_or_without_quotes() -> None:
    keys = KeyTable({"conversation.page-up": ("ctrl+u", "pageup"), "conversation.first": ("f5",)})
    assert parsed(WHOLE) == Settings("dusk", Notify.ALL, False, keys)


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("theme = dusk", 1, ["Invalid value"]),
        ('\n\ntheme = "dusk', 3, []),
        ('thme = "dusk"', 1, ["thme", "is it theme?"]),
        ('\ntheme = "dsk"', 2, ["'dsk'", "is it dusk?"]),
        ('theme = "x"', 1, ["there are dawn, dusk"]),
        ("theme = 3", 1, ["theme cannot be 3"]),
        ('[notify]\ndefualt = "all"', 2, ["notify.defualt", "is it default?"]),
        ('[notify]\ndefault = "some"', 2, ["'some'", "mentions, all, none"]),
        ('[notify]\n\nbell = "yes"', 3, ["bell is true or false"]),
        ("notify = true", 1, ["notify is a table", "[notify]"]),
        ('[keys]\n"conversation.pageup" = "f5"', 2, ["is it conversation.page-up?"]),
        ("[keys]\nconversation.pageup = 'f5'", 2, ["is it conversation.page-up?"]),
        ('[keys]\n"conversation.page-up" = 5', 2, ["one text"]),
        ('[keys]\n"conversation.page-up" = "pgup"', 2, ["conversation.page-up", "'pgup' is not a key", "pageup"]),
        ('[keys]\n"conversation.page-up" = "k"', 2, ["what one types"]),
        (
            '[keys]\n"conversation.last" = "f6"\n"conversation.page-up" = "home"',
            3,
            ["Home", "conversation.page-up", "conversation.first has it"],
        ),
    ],
)
def test_a_mistake_is_told_in_one_line_with_where_it_is_and_what_would_be_right(
    text: str, line: int, parts: list[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(text)
    said = str(caught.value)
    assert said.startswith(f"config.toml, line {line}: ")
    assert "\n" not in said
    assert all(part in said for part in parts), said


def test_a_file_that_is_not_there_settles_nothing_unless_it_was_named(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert load_settings(path, THEMES, is_required=False) == Settings()
    with pytest.raises(UsageError, match=f"^{re.escape(str(path))}: there is no such file$"):
        load_settings(path, THEMES, is_required=True)


def test_a_file_is_read_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('# für mich\ntheme = "dusk"\n', encoding="utf-8")
    assert load_settings(path, THEMES, is_required=True).theme == "dusk"
    path.write_bytes(b'# fine\n# f\xfcr mich\ntheme = "dusk"\n')
    with pytest.raises(UsageError, match=r"line 2: this is not UTF-8$"):
        load_settings(path, THEMES, is_required=True)


def test_what_is_no_file_of_settings_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read"):
        load_settings(tmp_path, THEMES, is_required=False)
    path = tmp_path / "long"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(UsageError, match=r"too long"):
        load_settings(path, THEMES, is_required=True)


@given(
    st.lists(
        st.sampled_from(
            [
                "theme",
                "=",
                '"dusk"',
                "\n",
                "[notify]",
                "[keys]",
                "default",
                "bell",
                "true",
                '"all"',
                ".",
                "3",
                "[",
                "{}",
            ]
            + [f'"{name}"' for name in BY_ID]
            + ['"f5"', '"ctrl+u,pageup"', '""']
        ),
        max_size=16,
    ).map(" ".join)
)
def test_whatever_stands_there_is_settings_or_a_mistake_in_one_line(text: str) -> None:
    try:
        settings = parsed(text)
    except UsageError as error:
        assert str(error).startswith("config.toml")  # noqa: PT017 - most texts are mistakes, some are not
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert isinstance(settings, Settings)
