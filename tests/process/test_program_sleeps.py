"""A program that is stopped for longer than a link lasts, as when a laptop sleeps."""

import signal

from tests.helpers.program import Programs


def test_after_a_sleep_both_meet_again_and_lose_nothing(programs: Programs) -> None:
    alice, bob = programs.connected()
    bob.signal(signal.SIGSTOP)
    alice.send("are you asleep?")
    # The link is given up on this side while the other one does not know of time.
    alice.wait_for_people(0)
    bob.signal(signal.SIGCONT)
    for person in (alice, bob):
        person.wait_for_people(1)
    bob.wait_for_texts("are you asleep?")
    bob.send("not any more")
    alice.wait_for_texts("not any more")
