"""Two programs whose owners are called the same."""

from tests.helpers.program import Program, Programs

BY_HAND = "--no-discovery"


def _labels(program: Program) -> set[str]:
    """How those are named whose messages a `--plain` program has printed."""
    return {line.split("\t")[1] for line in program.out}


def _warnings(program: Program) -> list[str]:
    return [line for line in program.err if " is not " in line]


def test_two_of_one_name_are_told_apart_and_warned_of_once(programs: Programs) -> None:
    bob = programs.start("bob", "--plain", BY_HAND)
    peer = ("--peer", f"127.0.0.1:{bob.port}", BY_HAND, "--json")
    one, two = (programs.start("alice", "--profile", profile, *peer) for profile in ("one", "two"))
    bob.wait_for_people(2)
    one.send("by one")
    bob.wait_for_line("by one")
    assert _labels(bob) == {"alice"}
    two.send("by the other")
    bob.wait_for_line("by the other")
    one.wait_for_texts("by one", "by the other")
    feeds = [message["feed"] for message in one.messages]
    labels = {f"alice\u00b7{feed[:4]}" for feed in feeds}
    assert bob.out[-1].split("\t")[1] == f"alice\u00b7{feeds[1][:4]}"
    bob.wait_for_error(" is not ")
    for program, author in ((one, 1), (two, 0)):
        program.wait_for_error(f"alice\u00b7{feeds[author][:4]} is not you, though that is your name")

    # What was told is on the desk, and is not told again; what they are called stays.
    assert bob.interrupt() == 0
    again = programs.start("bob", "--plain", BY_HAND, "--peer", f"127.0.0.1:{one.port}")
    again.wait_for_people(2)
    assert _labels(again) == labels
    one.send("by one again")
    two.send("by the other again")
    again.wait_for_line("by one again")
    again.wait_for_line("by the other again")
    again.send("I can tell you apart")
    one.wait_for_texts("I can tell you apart")
    for program in (bob, one, two):
        assert len(_warnings(program)) == 1
    assert _warnings(again) == []
    assert _labels(again) == {*labels, "bob"}


def test_a_new_name_is_told_and_what_was_said_keeps_the_old_one(programs: Programs) -> None:
    alice = programs.start("alice", "--plain", BY_HAND)
    bob = programs.start("bob", "--plain", BY_HAND, "--peer", f"127.0.0.1:{alice.port}")
    alice.wait_for_people(1)
    bob.send("hello")
    alice.wait_for_line("hello")
    assert bob.interrupt() == 0
    rob = programs.start("rob", "--profile", "bob", "--plain", BY_HAND, "--peer", f"127.0.0.1:{alice.port}")
    rob.send("it is me again")
    alice.wait_for_line("it is me again")
    alice.wait_for_error("bob is called rob now")
    assert [line.split("\t")[1] for line in alice.out] == ["bob", "rob"]
