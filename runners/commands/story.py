"""``caremarket story``: a recorded run described in plain English, as a whole or for one organisation."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from textwrap import fill

import pyarrow as pa
from rich.console import Console
from rich.text import Text

from caremarket.agents.records.tables import SCHEMAS
from caremarket.experiments.analysis.results import find, read_manifest, read_table
from caremarket.experiments.report.story import Line, describe, feed, history
from caremarket.experiments.report.story.phrase import HEADLINE, HIDDEN, NOTABLE
from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.arguments import key_values
from caremarket.runners.console import out

HELP = """\
caremarket story NAME_OR_FOLDER [organisation=NAME] [from=MONTH] [to=MONTH] [weight=N] [output_root=DIR]

Tells a recorded run in plain English: what happened, to whom, and why, by month.
  organisation  a name, or a number of organisations.index: who it is, what it did and what happened to it
  from, to      months from April 2013 (0); without them the whole run
  weight        least weight of a line: 3 turns of the story, 2 the story (without it), 1 more, 0 routine as well
"""
INDENT = "  "
NEEDED = ("events", "organisations")


def story(arguments: list[str]) -> int:
    """Run the command with these arguments; returns the exit status.

    Raises:
        ConfigurationError: the request is wrong.
    """
    if {"-h", "--help"} & set(arguments):
        out().print(HELP, end="", markup=False, soft_wrap=True)
        return 0
    where, given = asked(arguments)
    first, last = _month(given, "from", 0.0), _month(given, "to", float("inf"))
    if last < first:
        raise ConfigurationError("to", f"{given['to']} is before from={given['from']}")
    weight = _weight(given["weight"])
    tables = recorded(find(where, str(given["output_root"]), ("run",)))
    month = None if last == float("inf") else last
    console = out()
    name = given["organisation"]
    if name is None:
        lines = feed(tables, month=month, weight=NOTABLE if weight is None else weight)
    else:
        who = organisation_of(tables["organisations"], name)
        for said in describe(tables, who, month):
            console.print(said, markup=False)
        lines = [line for line in history(tables, who, month) if line.weight >= (1 if weight is None else weight)]
    _print(console, [line for line in lines if line.time >= first])
    return 0


def asked(arguments: list[str]) -> tuple[str, dict[str, str | None]]:
    """The named run, and the settings.

    Raises:
        ConfigurationError: no run is named, or a setting is not known.
    """
    if not arguments or "=" in arguments[0]:
        raise ConfigurationError("story", "name a run or its folder first: caremarket story NAME_OR_FOLDER")
    defaults = {"organisation": None, "from": None, "to": None, "weight": None, "output_root": "outputs"}
    return arguments[0], key_values(arguments[1:], defaults)


def recorded(folder: Path) -> dict[str, pa.Table]:
    """The tables of a run on which the story is based, as far as they were recorded.

    Raises:
        ConfigurationError: the folder is no run's, the event log was not kept, or a file is broken.
    """
    if read_manifest(folder)["kind"] != "run":
        raise ConfigurationError(str(folder), "holds no single run; a story is of one: caremarket run ...")
    found = {path.stem: path for path in sorted(folder.glob("*.parquet")) if path.stem in SCHEMAS}
    for name in NEEDED:
        if name not in found:
            raise ConfigurationError(str(folder), f"has no {name}.parquet; record it: caremarket run record=full")
    tables = {name: read_table(path) for name, path in found.items() if name != "postings"}
    for name in NEEDED:
        missing = [c for c in SCHEMAS[name].names if c not in tables[name].column_names]
        if missing:
            raise ConfigurationError(str(found[name]), f"has no column {missing[0]}: it is no table of this program")
    return tables


def organisation_of(organisations: pa.Table, name: str) -> int:
    """The index of an organisation, given its name or its index.

    Raises:
        ConfigurationError: there is none, or several of the name.
    """
    names = [str(n) for n in organisations["name"].to_pylist()]
    if name.isdigit() and int(name) < len(names):
        return int(name)
    found = [index for index, known in enumerate(names) if known.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(str(index) for index in found)
        raise ConfigurationError("organisation", f"there are several called {name!r}; name one by number: {numbers}")
    lower = {known.lower(): known for known in names}
    close = [lower[n] for n in get_close_matches(name.lower(), lower, n=4, cutoff=0.5)] or names[:4]
    raise ConfigurationError("organisation", f"there is no {name!r}; there are, for instance: {', '.join(close)}")


def _month(given: dict[str, str | None], key: str, default: float) -> float:
    text = given[key]
    if text is None:
        return default
    try:
        month = float(text)
    except ValueError:
        month = -1.0
    if not isfinite(month) or month < 0.0:
        raise ConfigurationError(key, f"{text!r} must be a month, a number from 0")
    return month


def _weight(text: str | None) -> int | None:
    if text is None:
        return None
    if text not in {str(n) for n in range(HIDDEN, HEADLINE + 1)}:
        raise ConfigurationError("weight", f"{text!r} must be a whole number from {HIDDEN} to {HEADLINE}")
    return int(text)


def _print(console: Console, lines: Sequence[Line]) -> None:
    """Print lines under their months; on a terminal the turns of the story are bold."""
    month = ""
    for line in lines:
        if line.when != month:
            month = line.when
            console.print(Text(f"\n{month}", style="bold"))
        style = "bold" if line.weight >= HEADLINE else "dim" if line.weight < NOTABLE else ""
        said = fill(line.text, console.width, initial_indent=INDENT, subsequent_indent=INDENT)
        console.print(Text(said, style=style), soft_wrap=True)
    if not lines:
        console.print("Nothing of that weight happened then.", markup=False)
