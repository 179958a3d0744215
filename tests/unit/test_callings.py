"""Who goes by which name, and whom one means by one."""

from multichat.model.callings import Callings, meant
from multichat.model.people import Person
from multichat.model.text import SafeText
from tests.helpers.fake_conversation import person

_ALICE, _BOB = SafeText("alice"), SafeText("bob")


def _key(digits: str) -> bytes:
    return bytes.fromhex(digits.ljust(64, "0"))


_ONE, _TWO, _NEAR = _key("3f9a"), _key("81c2"), _key("3f9a7")


def test_who_is_the_only_one_of_a_name_has_nothing_behind_it() -> None:
    callings = Callings()
    assert callings.heard(_ONE, _ALICE) is None
    assert callings.heard(_TWO, _BOB) is None
    assert callings.suffix(_ONE, _ALICE) == ""


def test_with_the_second_both_have_the_first_digits_of_their_keys_and_more_where_those_are_the_same() -> None:
    callings = Callings()
    callings.heard(_ONE, _ALICE)
    assert callings.heard(_TWO, SafeText("\u0430lice")) == _ONE
    assert callings.suffix(_ONE, _ALICE) == "\u00b73f9a"
    assert callings.suffix(_TWO, SafeText("\u0430lice")) == "\u00b781c2"
    assert callings.heard(_NEAR, SafeText("ALICE")) == _ONE
    assert callings.suffix(_ONE, _ALICE) == "\u00b73f9a0"
    assert callings.suffix(_NEAR, SafeText("ALICE")) == "\u00b73f9a7"
    assert callings.suffix(_TWO, SafeText("\u0430lice")) == "\u00b781c2"


def test_what_is_known_is_heard_once() -> None:
    callings = Callings()
    callings.heard(_ONE, _ALICE)
    assert callings.heard(_TWO, _ALICE) == _ONE
    assert callings.heard(_TWO, _ALICE) is None
    assert callings.heard(_ONE, _ALICE) is None


def test_a_name_that_somebody_had_once_is_told_apart_where_they_had_it() -> None:
    callings = Callings()
    callings.heard(_ONE, _ALICE)
    callings.heard(_TWO, _BOB, is_newest=True)
    callings.heard(_TWO, _ALICE)
    assert callings.suffix(_TWO, _ALICE)
    assert callings.suffix(_ONE, _ALICE)
    assert callings.suffix(_TWO, _BOB) == ""
    assert list(callings.names_of(_TWO)) == ["bob", "alice"]


def test_whoever_is_asked_for_is_known_from_then_on() -> None:
    callings = Callings()
    assert callings.suffix(_ONE, _ALICE) == ""
    assert callings.suffix(_TWO, _ALICE) == "\u00b781c2"
    assert callings.suffix(_ONE, _ALICE) == "\u00b73f9a"


def test_feeds_of_one_person_need_not_be_told_apart() -> None:
    one_person = {_ONE, _NEAR}
    callings = Callings(lambda one, other: {one, other} <= one_person)
    callings.heard(_ONE, _ALICE)
    assert callings.heard(_NEAR, _ALICE) is None
    assert callings.suffix(_ONE, _ALICE) == callings.suffix(_NEAR, _ALICE) == ""
    callings.heard(_TWO, _ALICE)
    assert callings.suffix(_NEAR, _ALICE) == "\u00b73f9a7"
    one_person.add(_TWO)
    callings.changed()
    assert callings.suffix(_NEAR, _ALICE) == ""


def test_whoever_takes_many_names_pushes_out_their_own_but_the_newest() -> None:
    callings = Callings(names_per_feed_max=10)
    callings.heard(_ONE, _ALICE)
    callings.heard(_TWO, _BOB, is_newest=True)
    callings.heard(_TWO, _ALICE)
    assert callings.suffix(_ONE, _ALICE)
    for number in range(50):
        callings.heard(_TWO, SafeText(f"number {number}"))
    assert len(callings.names_of(_TWO)) == 10
    assert callings.knows(_TWO, _BOB)
    assert callings.knows(_ONE, _ALICE)
    assert callings.suffix(_ONE, _ALICE) == ""


def test_many_of_one_name_all_have_their_own_digits() -> None:
    callings = Callings()
    keys = [number.to_bytes(2, "big").ljust(32, b"\0") for number in range(1_000)]
    for key in keys:
        callings.heard(key, SafeText("guest"))
    assert len({callings.suffix(key, SafeText("guest")) for key in keys}) == len(keys)


# --- whom one means ---


def _people() -> list[Person]:
    return [
        person("alice", feed=_ONE),
        person("\u0430lice", feed=_TWO),
        person("bob#1234", feed=_NEAR),
        person("rob", feed=_key("beef")),
        person("", feed=_key("face00")),
    ]


def _meant(text: str, former: dict[bytes, list[str]] | None = None) -> list[bytes]:
    return [found.feed for found in meant(text, _people(), lambda feed: (former or {}).get(feed, []))]


def test_a_name_means_all_who_go_by_it_or_by_one_that_looks_so() -> None:
    assert _meant("alice") == _meant("@Alice") == [_ONE, _TWO]


def test_with_digits_of_the_key_one_is_meant() -> None:
    assert _meant("alice\u00b781c2") == _meant("alice#81C2") == _meant("@alice #81c2") == _meant("81c2") == [_TWO]
    assert _meant("#3f9a0") == [_ONE]
    assert _meant("rob#81c2") == []


def test_a_name_that_only_looks_as_if_it_had_digits_behind_it_is_found_too() -> None:
    assert _meant("bob#1234") == [_NEAR]


def test_a_name_that_nobody_has_any_more_means_who_had_it() -> None:
    assert _meant("bert") == []
    assert _meant("bert", {_key("beef"): ["bert", "rob"]}) == [_key("beef")]
    assert _meant("bert#beef", {_key("beef"): ["bert", "rob"]}) == [_key("beef")]


def test_too_few_digits_mean_nobody() -> None:
    assert _meant("3f9") == []
    assert _meant("face") == [_key("face00")]
