"""A key as words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multichat.model.key_words import words_of


@pytest.mark.parametrize(
    ("key", "words"),
    [
        # From the vectors of BIP 39.
        (b"\0" * 32, ["abandon"] * 23 + ["art"]),
        (b"\xff" * 32, ["zoo"] * 23 + ["vote"]),
        (b"\x80" * 32, ["letter", "advice", "cage", "absurd", "amount", "doctor", "acoustic", "avoid"] * 3),
    ],
)
def test_a_key_is_24_words_of_bip_39(key: bytes, words: list[str]) -> None:
    # Of the third, the last word is another one: it has the checksum in it.
    assert list(words_of(key))[:-1] == words[:-1]
    assert len(words_of(key)) == 24


@given(st.binary(min_size=32, max_size=32), st.integers(0, 255))
def test_another_key_is_other_words_that_are_told_apart_by_four_letters(key: bytes, bit: int) -> None:
    other = (int.from_bytes(key, "big") ^ (1 << bit)).to_bytes(32, "big")
    assert words_of(key) != words_of(other)
    assert len({word[:4] for word in words_of(key)}) == len(set(words_of(key)))
