from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.hosts import Network, require_namespaces
from tests.helpers.program import Programs


@pytest.fixture
def network() -> Iterator[Network]:
    require_namespaces()
    with Network() as network:
        yield network


@pytest.fixture
def programs(network: Network, tmp_path: Path) -> Iterator[Programs]:
    """Programs without any option about the network: each is to be started on a host of the network."""
    del network  # They end before it does.
    with Programs(tmp_path / "data", options=()) as programs:
        yield programs
