"""What is said of an invite that is wrong, and how one is typed on a command line."""

import base64
import hashlib
from collections.abc import Iterator

import pytest

from multichat.errors import UsageError
from multichat.model.invite import Invite, join_command, kind_of

KEY = bytes(range(32))
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GARDEN = Invite("garden", KEY)


def test_an_invite_is_what_it_always_was() -> None:
    # What was handed out once, on paper too, must lead to its room for ever.
    text = "multichat://garden#040020G30G2GC1R81450P30D1R7H048J2CA1A5GQ30CHM6RW3MF1ZKJBFFPB4TKM"
    assert Invite.parse(text) == GARDEN
    assert GARDEN.text == text


def test_what_looks_alike_is_the_same() -> None:
    alike = str.maketrans("10", "lO")
    assert Invite.parse(GARDEN.address + GARDEN.letters.translate(alike)) == GARDEN


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("garden", "an invite begins with multichat://"),
        ("", "an invite begins with multichat://"),
        ("http://garden#" + GARDEN.letters, "an invite begins with multichat://"),
        ("multichat://garden", "this invite is cut: # and the letters after it are missing"),
        (GARDEN.text[:-5], "this invite is too short: it is cut; after # it has 64 letters, not 59"),
        (GARDEN.text + GARDEN.letters, "this invite is too long: something is there twice; after # it has 64 letters"),
        (GARDEN.text[:-1] + "u", "'u' does not occur in the letters of an invite"),
        (GARDEN.text[:-1] + "é", r"'\\xe9' does not occur in the letters of an invite"),
        (GARDEN.text.replace("garden", "gorden"), "there is a typo in this invite"),
        (
            "multichat://#" + GARDEN.letters,
            "the name in this invite cannot be: a room's name has at least",
        ),
        ("multichat://a%07#" + GARDEN.letters, "the name in this invite cannot be: a room's name has no control"),
        ("multichat://%FF#" + GARDEN.letters, "the name in this invite cannot be read"),
    ],
)
def test_what_is_wrong_is_said(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=f"^{reason}"):
        Invite.parse(text)


def _slips() -> Iterator[str]:
    """Every single letter wrong, every two neighbours swapped, every end missing."""
    text, start = GARDEN.text, len("multichat://")
    for at in range(start, len(text)):
        for letter in LETTERS if at >= len(GARDEN.address) else "abcdefghijklmnopqrstuvwxyz":
            yield text[:at] + letter + text[at + 1 :]
    for at in range(len(text) - 1):
        yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    for end in range(len(text)):
        yield text[:end]


def test_every_slip_of_the_hand_is_noticed() -> None:
    slips = set(_slips()) - {GARDEN.text}
    assert len(slips) > 64 * 31
    for slip in slips:
        with pytest.raises(UsageError):
            Invite.parse(slip)


def _written_by_version(version: int, more: bytes) -> str:
    data = bytes([version]) + KEY + more
    checksum = hashlib.blake2b(data + b"garden", digest_size=7, person=b"multichat invite").digest()
    standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return base64.b32encode(data + checksum).decode().translate(str.maketrans(standard, LETTERS))


@pytest.mark.parametrize("more", [b"", b"12345"], ids=["as long", "longer"])
def test_an_invite_of_a_newer_version_is_not_taken_for_a_typo(more: bytes) -> None:
    assert _written_by_version(1, b"") == GARDEN.letters
    with pytest.raises(UsageError, match="newer version"):
        Invite.parse(GARDEN.address + _written_by_version(2, more))


def test_a_typo_is_not_taken_for_a_newer_version() -> None:
    with pytest.raises(UsageError, match="typo"):
        Invite.parse(GARDEN.address + "1" + GARDEN.letters[1:])


def test_an_invite_of_no_version_that_ever_was_is_refused() -> None:
    with pytest.raises(UsageError, match="typo"):
        Invite.parse(GARDEN.address + _written_by_version(0, b""))


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("lobby", "multichat NAME"),
        ("garden", "multichat NAME --room garden"),
        ("my room", 'multichat NAME --room "my room"'),
        ("$HOME", "multichat NAME --room '$HOME'"),
        ("it's", 'multichat NAME --room "it\'s"'),
    ],
)
def test_a_room_is_joined_by_what_a_shell_takes_for_one_word(name: str, command: str) -> None:
    assert join_command(name, None) == command


def test_a_room_by_invitation_is_joined_by_its_invite_even_if_it_is_called_lobby() -> None:
    invite = Invite("lobby", KEY)
    assert join_command("lobby", invite) == f'multichat NAME --room "{invite.text}"'


def test_a_room_says_of_what_kind_it_is() -> None:
    assert (kind_of(None), kind_of(GARDEN)) == ("open", "by invitation")
