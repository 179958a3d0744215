"""One person on a screen does not want to hear another, while programs without a screen are in the room too."""

from tests.helpers.program import Programs
from tests.helpers.terminal import Terminal, Terminals


def _shows(terminal: Terminal, *parts: str) -> bool:
    return any(all(part in line for part in parts) for line in terminal.lines)


def test_who_is_blocked_is_heard_by_all_but_one_and_those_who_know_only_that_one(
    terminals: Terminals, programs: Programs
) -> None:
    alice = terminals.open("alice")
    bob, carol = programs.start("bob", "--json"), programs.start("carol", "--json")
    for program in (bob, carol):
        program.wait_for_people(2)
    bob.send("one by bob")
    alice.wait_for_line("bob", "one by bob")
    alice.say("/block bob")
    alice.wait_for("bob is blocked")
    assert not _shows(alice, "one by bob")
    bob.send("two by bob")
    carol.wait_for_texts("one by bob", "two by bob")
    carol.send("carol is heard")
    alice.wait_for_line("carol", "carol is heard")
    for program in (bob, carol):
        program.interrupt()
    alice.wait_for("alone")

    # Dave knows only alice, who passes on what carol said, and nothing of bob's.
    dave = programs.start("dave", "--json")
    dave.wait_for_texts("carol is heard")
    alice.say("hello dave")
    dave.wait_for_texts("hello dave")
    assert dave.texts == ["carol is heard", "hello dave"]
    dave.interrupt()

    # After a restart it is as it was.
    alice.press("ctrl+q")
    assert alice.wait() == 0
    alice = terminals.open("alice")
    alice.wait_for_line("alice", "hello dave")
    bob = programs.start("bob", "--json")
    bob.wait_for_texts("carol is heard", "hello dave")
    bob.send("three by bob")
    alice.say("is bob there?")
    bob.wait_for_texts("is bob there?")
    assert not _shows(alice, "by bob")

    alice.say("/block bob")
    alice.wait_for("bob is not blocked any more")
    for text in ("one by bob", "two by bob", "three by bob"):
        alice.wait_for_line("bob", text)
    bob.interrupt()
    # Now all of it is passed on as well.
    dave = programs.start("dave", "--json")
    dave.wait_for_texts("one by bob", "two by bob", "three by bob")


def test_who_is_muted_on_the_screen_is_not_printed_without_one_and_passed_on_all_the_same(
    terminals: Terminals, programs: Programs
) -> None:
    alice = terminals.open("alice")
    bob = programs.start("bob", "--json")
    bob.wait_for_people(1)
    bob.send("one by bob")
    alice.wait_for_line("bob", "one by bob")
    alice.say("/mute bob")
    alice.wait_for("bob is not heard any more")
    assert not _shows(alice, "one by bob")
    alice.say("and that is that")
    bob.wait_for_texts("and that is that")
    alice.press("ctrl+q")
    assert alice.wait() == 0
    bob.interrupt()
    for kind in ("--json", "--plain"):
        without = programs.start("alice", kind)
        bob = programs.start("bob", "--plain", "--exit-after-send")
        bob.send(f"more by bob, {kind}")
        bob.end_input()
        # It ends when alice's program has it.
        assert bob.wait() == 0
        without.send(f"said by alice, {kind}")
        without.wait_for_line(f"said by alice, {kind}")
        assert not any("by bob" in line for line in without.out)
        without.interrupt()
    # It was kept, and others get it.
    silent = programs.start("alice", "--seed", "--profile", "alice")
    carol = programs.start("carol", "--json")
    carol.wait_for_texts("one by bob", "more by bob, --json", "more by bob, --plain")
    silent.interrupt()
