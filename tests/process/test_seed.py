"""A program that holds a room's history for others, and says nothing itself."""

import signal

from tests.helpers.program import Programs

WRONG_USAGE = 2


def test_what_was_said_reaches_one_who_comes_when_its_author_is_gone(programs: Programs) -> None:
    seed = programs.start("--seed")
    seed.wait_for_error("holding ")
    alice = programs.start("alice", "--json")
    alice.send("good night")
    alice.wait_for_people(1)
    alice.wait_until(lambda: "good night" in alice.texts, "what was said")
    seed.wait_for_error("1 connected")
    alice.send("for whoever comes")
    alice.wait_for_texts("for whoever comes")
    # What one writes is seen at once; that it is held elsewhere is what this waits for.
    assert alice.interrupt() == 0
    last = programs.start("alice", "--json", "--exit-after-send")
    last.end_input()
    assert last.wait() == 0
    seed.wait_for_error("nobody is connected")
    bob = programs.start("bob", "--json")
    bob.wait_for_texts("good night", "for whoever comes")
    assert set(bob.texts) == {"good night", "for whoever comes"}


def test_it_writes_nothing_on_stdout_and_ends_in_good_order_when_asked_to(programs: Programs) -> None:
    seed = programs.start("--seed")
    alice = programs.start("alice", "--json")
    alice.wait_for_people(1)
    alice.send("hello")
    alice.wait_for_texts("hello")
    assert alice.interrupt() == 0
    # Ends as soon as the seed has it.
    alice = programs.start("alice", "--json", "--exit-after-send")
    alice.end_input()
    assert alice.wait() == 0
    seed.signal(signal.SIGTERM)
    assert seed.wait() == 0
    assert seed.raw_out == b""
    assert any(line.endswith("multichat: ending") for line in seed.err)
    assert any(line.endswith("that are kept: 1") for line in seed.err)


def test_it_goes_on_with_what_it_held_before(programs: Programs) -> None:
    seed = programs.start("--seed")
    alice = programs.start("alice", "--json")
    alice.wait_for_people(1)
    alice.send("kept")
    alice.wait_for_texts("kept")
    seed.wait_for_error("connected")
    assert alice.interrupt() == 0
    seed.wait_for_error("nobody is connected")
    seed.kill()
    again = programs.start("--seed")
    again.wait_for_error("holding ")
    programs.start("bob", "--json").wait_for_texts("kept")


def test_it_goes_with_no_other_face(programs: Programs) -> None:
    assert programs.start("--seed", "--plain").wait() == WRONG_USAGE
    assert programs.start("--seed", "--exit-after-send").wait() == WRONG_USAGE
