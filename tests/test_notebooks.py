"""The notebooks of lessons and tutorials run, and what they tell of is there: each ends by asserting it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "docs").rglob("*.ipynb"))


def test_each_lesson_and_the_researcher_have_one() -> None:
    lessons = {page.stem for page in (ROOT / "docs" / "lessons").glob("*.md")} - {"index"}
    assert {path.stem for path in NOTEBOOKS} == {*lessons, "researcher"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_and_shows_its_effect(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = nbformat.read(path, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code), "commit it without outputs"
    assert "\nassert " in "\n" + code[-1].source
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    client = NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = any("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)
    assert shown or "figure" not in "".join(cell.source for cell in code)
