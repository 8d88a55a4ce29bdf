"""Property tests run without a deadline, and tests are dealt out to processes: the machines are shared."""

import pytest
from hypothesis import settings

settings.register_profile("caremarket", deadline=None, max_examples=60)
settings.load_profile("caremarket")

SPREAD = frozenset(
    {
        "test_wrong_requests.py",
        "test_configs.py",
        "test_sweep.py",
        "test_run.py",
        "test_notebooks.py",
        "test_docs_commands.py",
    }
)
"""Files of many tests that share no costly fixture: dealt out one by one. Other files stay whole."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests for ``pytest -n ... --dist loadgroup``: a file each, and all that start Ray in one process."""
    for item in items:
        if item.get_closest_marker("ray"):
            item.add_marker(pytest.mark.xdist_group("ray"))
        elif item.path.name not in SPREAD:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
