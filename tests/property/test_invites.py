"""An invite leads to its room, whatever the room is called, or is refused: no slip of the hand leads anywhere else."""

import re
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from multichat.errors import UsageError
from multichat.limits import INVITE_LENGTH_MAX_BYTES
from multichat.model.invite import Invite
from multichat.model.names import require_room_name
from multifeed.keys import normalise_room_name

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

keys = st.binary(min_size=32, max_size=32)
# What a key, a mouse or a program that "corrects" puts in the place of something else.
characters = st.sampled_from([*LETTERS, *LETTERS.lower(), *"ILOUilou-#/%: .é\u200b\U0001f600"])


@st.composite
def room_names(draw: st.DrawFn) -> str:
    """Names that a room can have."""
    text = draw(st.text(min_size=1, max_size=64) | st.text("abc #%/+?&=ÄßéОΩ日本שﬁ😀", min_size=1, max_size=64))
    try:
        return require_room_name(text)
    except UsageError:
        return draw(st.sampled_from(["garden", "Ana María", "日本" * 32, "שלום", "100%#/?", "a#b"]))


invites = st.builds(Invite, room_names(), keys)


@given(invites)
@example(Invite("\U0001f600" * 64, bytes(32)))
def test_what_is_written_is_read_again(invite: Invite) -> None:
    assert Invite.parse(invite.text) == invite
    assert re.fullmatch(r"multichat://[A-Za-z0-9_.~%-]+#[0-9A-Z]{64}", invite.text)
    assert len(invite.text) <= INVITE_LENGTH_MAX_BYTES // 2


@given(invites, st.data())
def test_it_may_be_wrapped_spaced_and_in_any_capitals(invite: Invite, data: st.DataObject) -> None:
    text = invite.text
    for at in sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=20)), reverse=True):
        text = text[:at] + data.draw(st.sampled_from([" ", "\n", "\r\n  ", "\t"])) + text[at:]
    assert Invite.parse(text) == invite
    capitals = f"{text.partition('#')[0]}#{text.partition('#')[2].lower()}"
    assert Invite.parse(capitals) == invite
    grouped = invite.address + "-".join(invite.letters[at : at + 4] for at in range(0, 64, 4))
    assert Invite.parse(grouped) == invite


@given(invites)
def test_all_in_capitals_it_leads_to_the_same_room(invite: Invite) -> None:
    name, key = "garden", invite.key
    read = Invite.parse(Invite(name, key).text.upper())
    assert (normalise_room_name(read.name), read.key) == (name, key)


@given(invites, st.data(), characters)
def test_one_wrong_character_leads_nowhere_else(invite: Invite, data: st.DataObject, wrong: str) -> None:
    at = data.draw(st.integers(0, len(invite.text) - 1))
    _leads_nowhere_else(invite, invite.text[:at] + wrong + invite.text[at + 1 :])


@given(invites, st.data(), characters)
def test_one_character_too_many_leads_nowhere_else(invite: Invite, data: st.DataObject, more: str) -> None:
    at = data.draw(st.integers(0, len(invite.text)))
    _leads_nowhere_else(invite, invite.text[:at] + more + invite.text[at:])


@given(invites, st.data())
def test_swapped_neighbours_lead_nowhere_else(invite: Invite, data: st.DataObject) -> None:
    text = invite.text
    at = data.draw(st.integers(0, len(text) - 2))
    _leads_nowhere_else(invite, text[:at] + text[at + 1] + text[at] + text[at + 2 :])


@given(invites, st.data())
def test_a_cut_invite_is_refused_wherever_it_is_cut(invite: Invite, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(invite.text))] * 2)))
    cut = invite.text[:start] + invite.text[end:] if data.draw(st.booleans()) else invite.text[start:end]
    if cut != invite.text:
        with pytest.raises(UsageError):
            Invite.parse(cut)


@given(invites, room_names())
def test_the_key_of_one_room_opens_none_of_another_name(invite: Invite, name: str) -> None:
    if normalise_room_name(name) != normalise_room_name(invite.name):
        with pytest.raises(UsageError, match="typo"):
            Invite.parse(Invite(name, bytes(32)).address + invite.letters)


@given(st.text() | st.text(f"{LETTERS}#%").map(lambda text: f"multichat://{text}"))
@example("multichat://garden#" + "0" * 64)
@example("multichat://garden#" + "0" * 128)
@example("multichat://\ud800#")
@example("multichat://%00#")
def test_no_text_at_all_does_anything_else_than_be_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        Invite.parse(text)


@given(invites)
def test_neither_the_key_nor_what_holds_it_is_in_a_repr(invite: Invite) -> None:
    for shown in (repr(invite), str(invite)):
        assert invite.key.hex() not in shown
        assert repr(invite.key) not in shown
        assert invite.letters not in shown


def _leads_nowhere_else(invite: Invite, text: str) -> None:
    with suppress(UsageError):
        read = Invite.parse(text)
        # A character that is not read, or is read as the one that was there.
        assert read.key == invite.key
        assert normalise_room_name(read.name) == normalise_room_name(invite.name)
