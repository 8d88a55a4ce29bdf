"""All generated pages."""

from __future__ import annotations

from pathlib import Path

from tools.docs.configuration.page import configuration_page
from tools.docs.coverage import coverage_page
from tools.docs.measures import measures_page
from tools.docs.odd.tables import odd_tables_page
from tools.docs.places import DOCS
from tools.docs.sensitivity import sensitivity_page
from tools.docs.tables import tables_page
from tools.docs.validation import validation_page


def pages() -> dict[Path, str]:
    """Path -> content of every page that is generated, in whole or in part."""
    return {
        DOCS / "tables.md": tables_page(),
        DOCS / "measures.md": measures_page(),
        DOCS / "configuration.md": configuration_page(),
        DOCS / "coverage.md": coverage_page(),
        DOCS / "validation.md": validation_page(),
        DOCS / "odd-tables.md": odd_tables_page(),
        DOCS / "sensitivity.md": sensitivity_page(),
    }
