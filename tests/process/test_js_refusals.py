"""What cannot be asked for about JavaScript peers ends the program with one line that says why."""

import pytest

from tests.helpers.program import LOOPBACK_ONLY, Program, Programs

FAILED = 1
WRONG_USAGE = 2
KEY = "00" * 32


def _refusal(program: Program) -> tuple[int, str]:
    code = program.wait()
    assert program.out == []
    (line,) = program.err
    return code, line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--js-key", KEY], "--js-key goes with --js-listen or --js-connect"),
        (["--js-listen", "9000", "--js-key", "abc"], "a key is 64 hexadecimal digits"),
        (["--js-listen", "9000", "--js-key", "zz" * 32], "a key is 64 hexadecimal digits"),
        (["--js-listen", "0"], "a port is a number from 1 to 65535"),
        (["--js-listen", "here"], "a port is a number from 1 to 65535"),
        (["--js-connect", "192.0.2.7"], "a JavaScript peer is HOST:PORT"),
        (["--js-connect", ":9000"], "has no host"),
        (["--js-listen", "9000", "--doctor"], "--js-listen and --doctor do not go together"),
        (["--js-connect", "192.0.2.7:9000", "--export", "md"], "--js-connect and --export do not go together"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(programs: Programs, arguments: list[str], said: str) -> None:
    code, line = _refusal(programs.run("alice", "--data-dir", programs.data_dir, *LOOPBACK_ONLY, *arguments))
    assert code == WRONG_USAGE
    assert said in line
    assert not programs.data_dir.exists()


def test_a_secret_key_that_was_typed_wrong_is_not_repeated(programs: Programs) -> None:
    code, line = _refusal(programs.start("alice", "--plain", "--js-listen", "9000", "--js-key", "ab" * 31 + "x"))
    assert code == WRONG_USAGE
    assert "abab" not in line


def test_a_port_in_use_is_refused(programs: Programs) -> None:
    pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")
    port = programs.start("alice", "--plain").port
    code, line = _refusal(programs.start("bob", "--plain", "--js-listen", str(port)))
    assert code == FAILED
    assert f"cannot listen on TCP port {port} for JavaScript peers" in line
