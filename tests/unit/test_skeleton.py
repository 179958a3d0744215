"""Which names cannot be told apart at a glance."""

import unicodedata

import pytest

from multichat.model.skeleton import is_alike, looks_of
from tests.helpers.confusables import TABLE, known_pairs, table_text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "ALICE"),
        ("José", "jose"),
        ("Jose\u0301", "Jos\u00e9"),
        ("al\u200dice", "alice"),
        ("al\u200cice", "alice"),
        ("alice\ufe0f", "alice"),
        ("alice\u0332", "alice"),
        ("alice\u20dd", "alice"),
        ("alice\u3164", "alice"),
        ("al  ice", "al ice"),
        ("\u2068\u05d3\u05d5\u05d3\u2069", "\u05d3\u05d5\u05d3"),
        # A capital i, an l, a one and a bar.
        ("Ivan", "lvan"),
        ("paul", "pau1"),
        ("paul", "pau|"),
        ("alice", "aIice"),
        ("bob", "b0b"),
        ("b0b", "BOB"),
        ("carmen", "carrnen"),
        # Cyrillic, Greek, Armenian, Cherokee.
        ("alice", "\u0430l\u0456\u0441\u0435"),
        ("ALICE", "\u0430lice"),
        ("Nick", "\u039dick"),
        ("nick", "\u039dICK"),
        ("bob", "\u0412O\u0412"),
        ("oscar", "\u03bfscar"),
        ("Jan", "\u13abAN"),
        # In their own scripts.
        ("\u041e\u043b\u044c\u0433\u0430", "\u043e\u043b\u044c\u0433\u0430"),
        ("\u039d\u03af\u03ba\u03bf\u03c2", "\u039d\u0399\u039a\u039f\u03a3"),
        ("Straße", "STRASSE"),
        ("\u0130stanbul", "istanbul"),
        # Full width, mathematical, enclosed, small capitals.
        ("alice", "\uff41\uff4c\uff49\uff43\uff45"),
        ("bob", "\U0001d4d1\U0001d4f8\U0001d4eb"),
        ("bob", "\u24b7ob"),
        ("bob", "\U0001f171ob"),
        ("nova", "\u0274\u1d0f\u1d20\u1d00"),
        ("Łukasz", "Lukasz"),
        ("Øre", "ore"),
    ],
)
def test_names_that_look_alike_are_alike(one: str, other: str) -> None:
    assert is_alike(one, other)
    assert is_alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "alicia"),
        ("alice", "alice2"),
        ("bob", "rob"),
        ("anna", "hanna"),
        ("Nora", "Vora"),
        ("Yan", "Uan"),
        ("\u041e\u043b\u044f", "\u042e\u043b\u044f"),
        ("\u5c71\u7530", "\u5c71\u672c"),
        # Vowels that are written as marks are letters of a name.
        ("\u0915\u0941\u092e\u093e\u0930", "\u0915\u092e\u0932"),
        ("\u0e2a\u0e34\u0e23\u0e34", "\u0e2a\u0e23"),
    ],
)
def test_names_that_look_different_are_not(one: str, other: str) -> None:
    assert not is_alike(one, other)


def test_a_vowel_of_another_script_makes_no_other_name() -> None:
    assert is_alike("alice\u0941", "alice")
    assert is_alike("alice\u093e", "alice")
    assert is_alike("\u1820\u180b", "\u1820")


def test_a_name_of_which_nothing_is_seen_looks_like_another_one() -> None:
    assert looks_of("\u0301") == looks_of("\u3164 \u2800") == looks_of("\ufe0f")
    assert looks_of("\u0301") != ("",)


def test_all_that_unicode_calls_confusable_is_alike() -> None:
    """But for accents, and vowels without a letter, which make no difference and so are not compared with anything."""
    pairs = [
        (character, other)
        for character, others in known_pairs().items()
        for other in others
        if len(character) == 1 and not _has_marks(character + other)
    ]
    assert len(pairs) > 8_000
    assert [pair for pair in pairs if not is_alike(*pair)] == []


def test_the_table_is_what_the_facts_give() -> None:
    text = TABLE.read_text(encoding="ascii")
    if f"Unicode {unicodedata.unidata_version}" not in text:
        pytest.skip("it was made with another version of Unicode")
    assert text == table_text()


def test_the_longest_name_has_a_short_look() -> None:
    # One letter of this one is written with eighteen.
    assert all(len(look) <= 64 for look in looks_of("\ufdfa" * 32))


def _has_marks(text: str) -> bool:
    return any(unicodedata.category(character)[0] == "M" for character in unicodedata.normalize("NFKD", text))
