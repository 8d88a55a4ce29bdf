"""Folders of pages and configuration, and the first line of a generated page."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CONFIGS = ROOT / "configs"

HEADER = "<!-- Written by tools/docs from the code. Do not edit: `make docs-tables` writes it anew. -->\n\n"
