import random
from itertools import pairwise

import pytest

from tests.helpers.program import Program, Programs, new_room

BY_HAND = "--no-discovery"


def test_two_find_each_other_by_themselves_and_talk_both_ways(programs: Programs) -> None:
    alice, bob = programs.start("alice", "--json"), programs.start("bob", "--json")
    alice.wait_for_people(1)
    bob.wait_for_people(1)
    alice.send("hello bob")
    bob.wait_for_texts("hello bob")
    bob.send("hello alice")
    for person in (alice, bob):
        person.wait_for_texts("hello bob", "hello alice")
    assert [message["nickname"] for message in bob.messages] == ["alice", "bob"]
    assert [message["nickname"] for message in alice.messages] == ["alice", "bob"]


def test_two_who_know_an_address_need_no_broadcast(programs: Programs) -> None:
    alice, bob = programs.connected(BY_HAND)
    alice.send("hello bob")
    bob.send("hello alice")
    bob.wait_for_texts("hello bob", "hello alice")
    alice.wait_for_texts("hello bob", "hello alice")


def test_without_discovery_nobody_is_found(programs: Programs) -> None:
    hidden = programs.start("hidden", "--json", BY_HAND)
    hidden.wait_for_error(", port ")
    alice, bob = programs.start("alice", "--json"), programs.start("bob", "--json")
    alice.wait_for_people(1)
    bob.wait_for_people(1)
    alice.send("is anyone else here?")
    bob.wait_for_texts("is anyone else here?")
    assert hidden.out == []
    assert not any("1 here" in line for line in hidden.err)


def test_everyone_in_a_line_sees_what_both_ends_say_and_the_ends_come_to_meet(programs: Programs) -> None:
    left, right = programs.start("left", "--json", BY_HAND), programs.start("right", "--json", BY_HAND)
    left.send("from the left")
    left.wait_for_texts("from the left")
    middle = programs.start("middle", "--json", BY_HAND, *_peers(left, right))
    middle.wait_for_people(2)
    right.send("from the right")
    middle.send("from the middle")
    for program in (left, middle, right):
        program.wait_for_texts("from the left", "from the right", "from the middle")
    for end in (left, right):
        end.wait_for_people(2)


def test_what_was_said_is_there_after_a_restart_and_comes_first(programs: Programs) -> None:
    alice, bob = programs.connected(BY_HAND)
    alice.send("one")
    bob.wait_for_texts("one")
    bob.send("two")
    alice.wait_for_texts("two")
    history = list(alice.out)
    assert alice.interrupt() == 0
    assert bob.interrupt() == 0

    again = programs.start("alice", "--json", BY_HAND)
    again.send("three")
    again.wait_for_texts("three")
    assert again.out[: len(history)] == history
    assert again.texts == ["one", "two", "three"]


def test_an_answer_never_sorts_above_its_question(programs: Programs) -> None:
    alice, bob = programs.connected(BY_HAND)
    for number in range(20):
        asker, answerer = (alice, bob) if number % 2 else (bob, alice)
        asker.send(f"question {number}")
        answerer.wait_for_texts(f"question {number}")
        answerer.send(f"answer {number}")
        asker.wait_for_texts(f"answer {number}")
        answerer.wait_for_texts(f"answer {number}")
    times = [message["timestamp"] for message in alice.messages]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert alice.out == bob.out


def test_who_was_away_gets_two_thousand_piped_lines_and_keeps_them_in_order(programs: Programs) -> None:
    lines = [f"line {number}" for number in range(2000)]
    alice = programs.start("alice", "--json", BY_HAND)
    alice.send(*lines)
    alice.end_input()
    alice.wait_for_texts(lines[-1])
    bob = programs.start("bob", "--json", BY_HAND, "--peer", f"127.0.0.1:{alice.port}")
    bob.wait_until(lambda: len(bob.messages) == len(lines), "all lines")
    assert alice.texts == lines
    assert set(bob.texts) == set(lines)
    assert bob.interrupt() == 0
    again = programs.start("bob", "--json", BY_HAND)
    again.wait_for_texts(lines[-1])
    assert again.texts == lines


def test_another_room_neither_sees_nor_counts_us(programs: Programs) -> None:
    stranger = programs.start("stranger", "--json", room=new_room())
    alice, bob = programs.start("alice", "--json"), programs.start("bob", "--json")
    by_hand = programs.start("guest", "--json", "--peer", f"127.0.0.1:{alice.port}", room=new_room())
    alice.wait_for_people(1)
    bob.wait_for_people(1)
    alice.send("only for this room")
    for person in (alice, bob):
        person.wait_for_texts("only for this room")
    stranger.send("only for myself")
    stranger.wait_for_texts("only for myself")
    by_hand.send("for nobody")
    by_hand.wait_for_texts("for nobody")
    assert stranger.texts == ["only for myself"]
    assert by_hand.texts == ["for nobody"]
    assert alice.texts == bob.texts == ["only for this room"]
    assert not any(" here" in line for program in (stranger, by_hand) for line in program.err)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_it_had_printed_survives_being_killed_and_the_other_side_gets_all_of_it(
    programs: Programs, seed: int
) -> None:
    print(f"seed {seed}")
    count = random.Random(seed).randrange(1, 400)
    bob = programs.start("bob", "--json", BY_HAND)
    alice = _met(programs, bob)
    alice.send(*(f"line {number}" for number in range(1000)))
    alice.wait_until(lambda: len(alice.out) >= count, f"{count} lines")
    alice.kill()
    bob.wait_for_people(0)
    printed = alice.own_texts
    assert len(printed) >= count

    again = _met(programs, bob)
    again.send("back again")
    again.wait_for_texts("back again")
    assert again.own_texts[: len(printed)] == printed
    bob.wait_for_texts(*again.own_texts)
    assert set(bob.texts) == set(again.texts)
    assert len(bob.texts) == len(again.texts)


def test_a_room_is_told_when_somebody_comes_and_goes(programs: Programs) -> None:
    alice, bob = programs.connected(BY_HAND)
    assert bob.interrupt() == 0
    alice.wait_for_people(0)
    programs.start("carol", "--json", BY_HAND, "--peer", f"127.0.0.1:{alice.port}").wait_for_people(1)
    alice.wait_for_people(1)


def _met(programs: Programs, bob: Program) -> Program:
    alice = programs.start("alice", "--json", BY_HAND, *_peers(bob))
    alice.wait_for_people(1)
    return alice


def _peers(*programs: Program) -> list[str]:
    return [argument for program in programs for argument in ("--peer", f"127.0.0.1:{program.port}")]
