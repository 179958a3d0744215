"""What people and rooms may be called, and what a name becomes on the disk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multichat.errors import UsageError
from multichat.model.names import file_name_of, require_nickname, require_room_name


@pytest.mark.parametrize("nickname", ["alice", "דוד", "Ana María", "日本", "x" * 32, "a.b/c"])
def test_a_possible_nickname_is_taken_as_it_is(nickname: str) -> None:
    assert require_nickname(nickname) == nickname


@pytest.mark.parametrize(
    "nickname", ["", "   ", "x" * 33, "a\x1bb", "a\nb", "a\u202eb", "a\u200bb", "a\u200db", "\u2800", "\x9b31m"]
)
def test_an_impossible_nickname_is_refused_with_a_reason(nickname: str) -> None:
    with pytest.raises(UsageError, match="a nickname has"):
        require_nickname(nickname)


def test_spaces_around_a_name_are_not_part_of_it() -> None:
    assert require_nickname("  alice ") == "alice"


def test_two_ways_to_write_an_accent_are_one_name() -> None:
    assert require_nickname("Jose\u0301") == require_nickname("Jos\u00e9")


def test_an_invitation_is_not_taken_for_a_name() -> None:
    with pytest.raises(UsageError, match="multichat://"):
        require_room_name("multichat://garden#abc")


@given(st.text(min_size=1, max_size=64))
def test_a_file_name_stays_in_its_directory_and_fits(name: str) -> None:
    file_name = file_name_of(name)
    assert "/" not in file_name
    assert "\\" not in file_name
    assert not file_name.startswith(".")
    assert len(file_name) <= 120
    assert file_name.isascii()


@given(st.text(min_size=1, max_size=64), st.text(min_size=1, max_size=64))
def test_different_names_have_different_files(one: str, other: str) -> None:
    assert (file_name_of(one) == file_name_of(other)) == (one == other)
