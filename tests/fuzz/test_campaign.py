"""The guided fuzzer: it runs, and what it finds can be seen again from what is printed."""

from importlib.util import find_spec

import pytest

from tests.fuzz.campaign import print_outcome, run_campaign
from tests.fuzz.corpus import seeds

pytestmark = pytest.mark.skipif(
    find_spec("atheris") is None,
    reason="atheris is not installed: it is the extra named fuzz, with wheels for Linux and Python 3.11 to 3.13",
)

# A target that does not take any input well.
_DEFECTIVE = """
import sys
from tests.fuzz import guided

def run(data):
    if data[:4] == b"mch1":
        raise KeyError("defect")

guided.TARGETS["datagram"] = guided.TARGETS["datagram"]._replace(run=run)
guided.main(sys.argv[1], sys.argv[2:])
"""


@pytest.mark.parametrize("name", ["message", "record", "dialogue"])
def test_a_moment_of_guided_fuzzing_finds_nothing_in_a_decoder_a_chat_record_and_a_link(name: str) -> None:
    outcome = run_campaign(name, seconds=2, seed=0)
    print_outcome(outcome)
    assert outcome.is_fine
    # More than what it begins with.
    assert outcome.executions > len(seeds(name))
    assert outcome.edges > 0


def test_a_finding_is_printed_with_what_shows_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run_campaign("datagram", seconds=2, seed=0, program=("-c", _DEFECTIVE))
    assert not outcome.is_fine
    (finding,) = outcome.findings
    assert finding.kind == "crash"
    assert finding.data.startswith(b"mch1")
    print_outcome(outcome)
    printed = capsys.readouterr().err
    assert "KeyError: 'defect'" in printed
    assert f"python -m tests.fuzz --target datagram --replay {finding.data.hex()}" in printed
