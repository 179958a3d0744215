import os

import pytest

from tests.helpers.js_peers import why_not


@pytest.fixture(autouse=True)
def _javascript() -> None:
    """Where there is none, these tests are skipped; in CI they fail."""
    reason = why_not()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
