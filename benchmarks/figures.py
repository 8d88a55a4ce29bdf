"""A figure with its bar, how figures are shown, and the configuration the measurements run on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from hydra import compose, initialize_config_module
from omegaconf import OmegaConf
from rich.console import Console
from rich.table import Table

from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.market.scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes:
        part: which benchmark it belongs to.
        name: what was measured.
        value: the figure, None if it could not be measured.
        unit: its unit, "" for a ratio.
        bar: what it should reach, None if nothing is asked of it.
        sense: whether the bar is a floor or a ceiling.
        note: why there is no value, or how it was got.
    """

    part: str
    name: str
    value: float | None
    unit: str = ""
    bar: float | None = None
    sense: Literal["at least", "at most"] = "at least"
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is reached; None without a bar or a value."""
        if self.value is None or self.bar is None:
            return None
        return self.value >= self.bar if self.sense == "at least" else self.value <= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}


def scenario(*overrides: str) -> Scenario:
    """The scenario that ``caremarket run <overrides>`` would simulate."""
    with initialize_config_module("caremarket.configs", version_base="1.3"):
        config = OmegaConf.to_container(compose("config", list(overrides)), resolve=True)
    assert isinstance(config, dict)
    return scenario_from_config({str(k): v for k, v in config.items()})


def number(value: float, unit: str) -> str:
    """A figure as people read it: large ones whole with commas, others to three digits."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return f"{text} {unit}".strip()


def show(figures: Sequence[Figure], console: Console) -> None:
    table = Table(title="caremarket benchmarks", title_justify="left", header_style="bold")
    for heading, justify in (("", "left"), ("measured", "right"), ("bar", "right"), ("met", "left"), ("", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    part = ""
    for figure in figures:
        if figure.part != part:
            part = figure.part
            table.add_section()
            table.add_row(f"[bold]{part}[/bold]")
        table.add_row(
            f"  {figure.name}",
            "–" if figure.value is None else number(figure.value, figure.unit),
            "" if figure.bar is None else f"{figure.sense} {number(figure.bar, figure.unit)}",
            {None: "", True: "[green]yes[/green]", False: "[red]no[/red]"}[figure.met],
            figure.note,
        )
    console.print(table)
