"""Durable before visible, 200 times: see `rounds`."""

from pathlib import Path

import pytest

from tests.crash.rounds import run_rounds

_ROUNDS = 50


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_whatever_was_acknowledged_or_announced_survives_a_kill_at_any_moment(tmp_path: Path, seed: int) -> None:
    assert run_rounds(tmp_path, _ROUNDS, seed) > _ROUNDS
