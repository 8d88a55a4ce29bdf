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

FIRST = (
    "test_conservation.py",
    "test_demo_page.py",
    "test_directions.py",
    "test_docs.py",
    "test_import_name.py",
    "test_kill.py",
    "test_levers.py",
    "test_limits.py",
    "test_search.py",
    "test_validate.py",
)
"""Files that take a minute and more: dealt out first, after Ray's, so that none is left for one process at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests for ``pytest -n ... --dist loadgroup``: a file each, and all that start Ray in one process.

    The order counts with ``--no-loadscope-reorder``; else groups of many tests, not those of long ones, come first.
    """
    for item in items:
        if item.get_closest_marker("ray"):
            item.add_marker(pytest.mark.xdist_group("ray"))
        elif item.path.name not in SPREAD:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """Ray's tests, then the long files, then single tests that are dealt out one by one, then the rest."""
    if item.get_closest_marker("ray"):
        return 0
    if item.path.name in FIRST:
        return 1
    return 2 if item.path.name in SPREAD else 3
