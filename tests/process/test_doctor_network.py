"""`--doctor`: what it says to somebody who sees nobody."""

from tests.helpers.program import Programs, new_room


def _report(programs: Programs, *options: str, room: str | None = None) -> str:
    doctor = programs.start("doctored", "--doctor", *options, room=room)
    doctor.wait()
    return "\n".join(doctor.out)


def test_who_is_there_is_met(programs: Programs) -> None:
    programs.start("alice", "--json").wait_for_error(", port ")
    report = _report(programs)
    assert "sends and hears; of this room 1 heard" in report
    assert "is in this room (multichat/" in report
    assert "nobody of this room was met" not in report


def test_one_who_is_in_another_room_is_counted_and_not_named(programs: Programs) -> None:
    alice = programs.start("alice", "--json")
    alice.wait_for_error(", port ")
    report = _report(programs, "--peer", f"127.0.0.1:{alice.port}", room=new_room())
    assert "of other rooms 1 host: is the room's name right?" in report
    assert f"127.0.0.1:{alice.port} answers, but is in another room" in report
    assert "alice" not in report


def test_each_peer_that_cannot_be_reached_is_said_with_why(programs: Programs) -> None:
    report = _report(programs, "--peer", "127.0.0.1:1", "--peer", "nosuch.invalid:5")
    assert "127.0.0.1:1 is there, but nothing listens on that port" in report
    assert "nosuch.invalid:5 there is no host of that name" in report
    assert "nobody of this room was met" in report
