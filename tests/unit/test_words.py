"""Which words a text has, and which words are the same to somebody who searches."""

# ruff: noqa: RUF001 (letters of many scripts)

import unicodedata
from typing import Literal

import pytest

from multichat.model.text import sanitise_text
from multichat.model.words import TOKEN_LENGTH_MAX, fold, tokens_in, words_in


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("Hello, World!", ["hello", "world"]),
        ("snake_case 3.14 don't", ["snake", "case", "3", "14", "don", "t"]),
        ("Ça va à l'ÉCOLE, naïve Straße", ["ca", "va", "a", "l", "ecole", "naive", "strasse"]),
        ("ｗｉｄｅ ﬁne m² №5", ["wide", "fine", "m2", "no", "5"]),
        ("Привет, ёлка мой мои", ["привет", "елка", "мой", "мои"]),
        ("ΆΣΟΣ άσος", ["ασοσ", "ασοσ"]),
        ("İstanbul istanbul", ["istanbul", "istanbul"]),
        ("中国 ひらがな カタカナ ｶﾞ が か", [*"中国", *"ひらがな", *"カタカナ", "ガ", "が", "か"]),
        ("iPhone中国2024年", ["iphone", "中", "国", "2024", "年"]),
        ("학교에서", [*"학교에서"]),
        ("กิน", [*"กิน"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("שָׁלוֹם שלום", ["שלום", "שלום"]),
        ("مَرْحَبًا مرحبا", ["مرحبا", "مرحبا"]),
        ("می\u200cخواهم میخواهم", ["میخواهم", "میخواهم"]),
        ("👍🏽👍 👨\u200d👩\u200d👧 ❤\ufe0f", ["👍", "👍", "👨", "👩", "👧", "❤"]),
        ("\ufffd € + $ \u2068x\u2069", ["x"]),
        ("\u0301 a", ["a"]),
    ],
)
def test_a_text_has_words(text: str, tokens: list[str]) -> None:
    assert tokens_in(text) == tokens == [word.token for word in words_in(text)]


@pytest.mark.parametrize("text", ["Ça va à l'ÉCOLE", "학교에서", "Ά が ガ ёлка й", "שָׁלוֹם", "हिन्दी"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_is_the_same_in_any_form_of_unicode(text: str, form: Literal["NFC", "NFD"]) -> None:
    assert tokens_in(unicodedata.normalize(form, text)) == tokens_in(text)


def test_a_word_knows_where_it_stands() -> None:
    text = "Hé, cafe\u0301s 中👍🏽!"
    assert [text[word.start : word.end] for word in words_in(text)] == ["Hé", "cafe\u0301s", "中", "👍🏽"]
    assert [word.may_go_on for word in words_in(text)] == [True, True, False, False]
    assert [(word.start, word.end) for word in words_in("one, two")] == [(0, 3), (5, 8)]


@pytest.mark.parametrize("letter", ["x", "é", "я"])
def test_a_long_word_counts_as_far_as_its_beginning(letter: str) -> None:
    (token,) = tokens_in(letter * 40_000)
    assert token == fold(letter) * TOKEN_LENGTH_MAX
    assert tokens_in(letter * TOKEN_LENGTH_MAX) == [token]


def test_no_character_makes_a_token_that_sqlite_would_cut_in_two() -> None:
    # All of the plane that has nearly every script, and a part of the others.
    for code_point in (*range(0x10000), *range(0x10000, 0x110000, 29)):
        for token in tokens_in(sanitise_text(chr(code_point), 10)):
            assert token
            assert all(character.isalnum() for character in token if character.isascii())
            assert token == token.lower() or not token.isascii()
