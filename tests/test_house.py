"""How the modules stand to one another: no circles, with type imports counted (the layers are `make lint`'s)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import grimp
import networkx as nx
import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("market", "agents", "experiments", "runners")
MAY_NAME_ONE_ANOTHER = "caremarket.agents.entities"
"""State: a contract names its holder, and a provider its contracts."""
FULLEST = 24
"""Modules that a folder may hold and still be read at a glance."""


@pytest.fixture(scope="module")
def imports() -> nx.DiGraph:
    """Module -> modules it imports, at run time or for its types."""
    graph = grimp.build_graph("caremarket", exclude_type_checking_imports=False, cache_dir=None)
    found = nx.DiGraph()
    for module in graph.modules:
        found.add_edges_from((module, other) for other in graph.find_modules_directly_imported_by(module))
    return found


def test_no_circle_of_modules(imports: nx.DiGraph) -> None:
    circles = [sorted(group) for group in nx.strongly_connected_components(imports) if len(group) > 1]
    others = [group for group in circles if not all(m.startswith(MAY_NAME_ONE_ANOTHER) for m in group)]
    assert imports.number_of_edges() > 1000
    assert not others


def test_no_folder_is_crowded() -> None:
    modules = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py") if path.name != "__init__.py"]
    crowded = {str(f): n for f, n in Counter(path.parent for path in modules).items() if n > FULLEST}
    assert len(modules) > 300
    assert not crowded
