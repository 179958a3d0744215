from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.program import Programs


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    with Programs(tmp_path / "data") as programs:
        yield programs
