"""Names of any characters: what they look like, how they are shown, and what tells those apart who go by one."""

import re
import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

from multichat.errors import UsageError
from multichat.model.callings import Callings, meant
from multichat.model.names import CHECK_SIGN, KEY_SIGN, require_nickname, shown_name
from multichat.model.people import Person
from multichat.model.skeleton import is_alike, looks_of
from multichat.model.text import SafeText

_any_text = st.text(min_size=1, max_size=20)
_letters = st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Nd"])
_names = st.text(_letters, min_size=1, max_size=12)
_accents = st.characters(min_codepoint=0x300, max_codepoint=0x36F, categories=["Mn"])
_unseen = st.sampled_from("\u200d\u200c\u00ad\u2060\ufe0f\u180b\u034f")
# Few keys, many of which begin alike.
_keys = st.builds(
    lambda beginning, rest: bytes.fromhex(beginning + rest),
    st.sampled_from(["3f9a", "3f9a81", "c0", ""]),
    st.integers(0, 3).map(lambda number: f"{number:02x}"),
).map(lambda key: key.ljust(32, b"\0"))
_few_names = st.sampled_from(["alice", "Alice", "\u0430lice", "bob", "b0b", "Nora", "\u039dora"]).map(SafeText)


@given(_any_text)
def test_a_name_has_one_look_or_two_and_never_none(name: str) -> None:
    looks = looks_of(name)
    assert 1 <= len(looks) <= 2
    assert all(looks)


@given(_any_text)
def test_a_look_looks_like_itself(name: str) -> None:
    assert all(look in looks_of(look) for look in looks_of(name))


@given(_names)
def test_capitals_make_no_difference(name: str) -> None:
    # Few letters change into others with their case: the Greek ones with a small iota below.
    assume("\u0345" not in unicodedata.normalize("NFD", name))
    assert is_alike(name, name.upper())
    assert is_alike(name, name.lower())


@given(st.lists(st.tuples(_letters, st.text(_accents | _unseen, max_size=3)), min_size=1, max_size=8))
def test_accents_and_what_is_not_seen_make_no_difference(letters: list[tuple[str, str]]) -> None:
    plain = "".join(letter for letter, _ in letters)
    assert is_alike(plain, "".join(letter + marks for letter, marks in letters))


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12))
def test_width_makes_no_difference(name: str) -> None:
    assert is_alike(name, "".join(chr(ord(character) + 0xFEE0) for character in name))


@given(_any_text, st.sampled_from("\u00b7\u2022\u2219\u30fb\u25cf"), st.integers(0, 2**64))
def test_nobody_is_shown_with_a_key_or_a_check_mark_in_their_name(name: str, dot: str, key: int) -> None:
    forged = re.compile(f"{KEY_SIGN}[0-9a-f]{{4,}}(?![0-9a-z])")
    for signed in (f"{name}{dot}{key:08x}", f"{name}{CHECK_SIGN}", f"{name}{dot}{key:x} {CHECK_SIGN}"):
        shown = shown_name(signed[-32:])
        assert CHECK_SIGN not in shown
        assert not forged.search(shown)
        assert shown_name(shown) == shown


@given(_any_text)
def test_whoever_takes_a_name_is_shown_with_it(name: str) -> None:
    try:
        nickname = require_nickname(name)
    except UsageError:
        return
    assert is_alike(shown_name(nickname), nickname)


@given(st.lists(st.tuples(_keys, _few_names), min_size=1, max_size=12))
def test_whoever_goes_by_one_name_is_told_apart_and_nobody_else(seen: list[tuple[bytes, SafeText]]) -> None:
    callings = Callings()
    for feed, name in seen:
        callings.heard(feed, name)
    for feed, name in seen:
        rivals = {other for other, theirs in seen if other != feed and is_alike(name, theirs)}
        suffix = callings.suffix(feed, name)
        assert bool(suffix) == bool(rivals)
        if suffix:
            digits = suffix.removeprefix(KEY_SIGN)
            assert len(digits) >= 4
            assert feed.hex().startswith(digits)
            assert not any(other.hex().startswith(digits) for other in rivals)
            shorter = digits[:-1]
            assert len(digits) == 4 or any(other.hex().startswith(shorter) for other in rivals)


@given(st.lists(st.tuples(_keys, _few_names), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_in_which_names_are_seen_makes_no_difference(
    seen: list[tuple[bytes, SafeText]], random: st.DataObject
) -> None:
    one, other = Callings(), Callings()
    for feed, name in seen:
        one.heard(feed, name)
    random.shuffle(seen)  # type: ignore[attr-defined]
    for feed, name in seen:
        other.suffix(feed, name)
    assert all(one.suffix(feed, name) == other.suffix(feed, name) for feed, name in seen)


@given(st.dictionaries(_keys, _few_names, min_size=1, max_size=6))
def test_whom_one_writes_with_the_digits_is_the_one_who_is_meant(names: dict[bytes, SafeText]) -> None:
    callings = Callings()
    for feed, name in names.items():
        callings.heard(feed, name)
    people = [
        Person(feed, name, is_here=True, last_here_ms=None, is_own=False, suffix=callings.suffix(feed, name))
        for feed, name in names.items()
    ]
    for person in people:
        for text in (person.label, f"@{person.label}", person.label.replace(KEY_SIGN, "#").upper(), person.feed.hex()):
            found = meant(text, people, callings.names_of)
            assert person in found
            assert len(found) == 1 or not person.suffix
