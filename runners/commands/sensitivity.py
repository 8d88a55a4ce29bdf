"""``caremarket sensitivity``: sensitivity indices of the measures of a finished sweep."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from caremarket.agents.records.measures import headline_names
from caremarket.experiments.analysis.measures import formatted_change, readable
from caremarket.experiments.analysis.results import find_finished
from caremarket.experiments.analysis.sensitivity import Analysis, Index, analyse
from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.arguments import key_values
from caremarket.runners.console import out
from caremarket.runners.storage.atomic_files import write_file
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.output_folder import check_writable

log = logging.getLogger("caremarket")
HELP = """\
caremarket sensitivity FOLDER_OR_NAME [measures=a,b] [output_root=outputs]

Sobol indices of a sweep whose sample was drawn by saltelli, Morris' measures of one drawn by morris: prints a
table, and writes sensitivity.parquet and sensitivity.png into the sweep's folder. A name means the latest sweep of
that name. Without measures= the dozen of a sweep's table are analysed. docs/howto-design-an-experiment.md says more.
"""
COLUMNS = {"sobol": ("S1", "ST"), "morris": ("mu_star", "mu", "sigma")}
SHOWN_PAIRS = 5


def sensitivity(arguments: Sequence[str]) -> int:
    """Analyse a sweep, print and write its sensitivity indices; returns the exit status.

    Raises:
        ConfigurationError: there is no such sweep, or it cannot be analysed; nothing is written.
    """
    if {"-h", "--help"} & set(arguments):
        print(HELP, end="")
        return 0
    if not arguments or "=" in arguments[0]:
        raise ConfigurationError("sensitivity", "needs a sweep's folder or name as its first argument")
    given = key_values(list(arguments[1:]), {"measures": None, "output_root": "outputs"})
    named = given["measures"]
    measures = None if named is None else [name for name in named.split(",") if name]
    if measures == []:
        raise ConfigurationError("measures", "is empty; name some, separated by commas, or leave it out")
    folder = check_writable(str(find_finished(arguments[0], str(given["output_root"]), failures=False)))
    found = analyse(folder, measures, headline_names())
    from caremarket.experiments.report.figures.sensitivity import png  # matplotlib takes a second to import

    image = png(found)
    write_file(folder / "sensitivity.parquet", parquet_bytes(found.table()))
    write_file(folder / "sensitivity.png", image)
    _print(found, folder)
    return 0


def _print(found: Analysis, folder: Path) -> None:
    console = out()
    names = COLUMNS[found.kind]
    groups: dict[tuple[str, str], list[Index]] = {}
    for index in found.indices:
        groups.setdefault((index.block, index.measure), []).append(index)
    for (block, measure), own in groups.items():
        title = f"{readable(measure)}{f', {block}' if block else ''} (± half the 95% interval)"
        table = Table(title=title, title_justify="left", header_style="bold")
        table.add_column("")
        for name in names:
            table.add_column(name, justify="right")
        rows = {factor: {i.index: i for i in own if i.factor == factor and i.other is None} for factor in found.factors}
        for factor in sorted(rows, key=lambda f: -rows[f][_order(found.kind)].value):
            table.add_row(factor, *(_cell(found.kind, rows[factor][name]) for name in names))
        console.print(table)
        pairs = sorted((i for i in own if i.index == "S2"), key=lambda i: -i.value)[:SHOWN_PAIRS]
        strong = [f"{i.factor} with {i.other} {_cell('sobol', i)}" for i in pairs if i.value > (i.half_width or 0.0)]
        if strong:
            console.print("Together (S2): " + "; ".join(strong), markup=False)
    for name, reason in found.left_out.items():
        log.info("left out: %s: %s", name, reason)
    lines = f"Results: {folder / 'sensitivity.parquet'}\nFigure:  {folder / 'sensitivity.png'}"
    console.print(lines, soft_wrap=True, markup=False)


def _order(kind: str) -> str:
    return "ST" if kind == "sobol" else "mu_star"


def _cell(kind: str, index: Index) -> str:
    def text(value: float) -> str:
        if kind == "sobol":
            return f"{value:.3f}"
        return formatted_change(index.measure, value, signed=index.index == "mu")

    return text(index.value) if index.half_width is None else f"{text(index.value)} ± {text(index.half_width)}"
