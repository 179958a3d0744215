from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.program import LOOPBACK_ONLY, Programs
from tests.helpers.terminal import Terminals


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Terminals]:
    with Terminals(tmp_path / "data") as terminals:
        yield terminals


@pytest.fixture
def programs(terminals: Terminals) -> Iterator[Programs]:
    """Programs without a screen in the room of the terminals."""
    with Programs(terminals.data_dir, LOOPBACK_ONLY, terminals.room) as programs:
        yield programs
