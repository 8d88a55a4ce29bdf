"""Figure of a sensitivity analysis: one panel per block and measure."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from caremarket.experiments.analysis.measures import readable
from caremarket.experiments.analysis.sensitivity import Analysis, Index

MAX_BLOCKS, MAX_MEASURES = 4, 12
"""Maximum number of blocks and measures drawn; the table has all."""


def figure(analysis: Analysis) -> Figure:
    """Bars of S1 and ST, or sigma against mu_star, with 95% intervals; at most the first few blocks and measures."""
    blocks = list(dict.fromkeys(i.block for i in analysis.indices))[:MAX_BLOCKS]
    measures = list(dict.fromkeys(i.measure for i in analysis.indices))[:MAX_MEASURES]
    height = 1.0 + 0.35 * len(analysis.factors) if analysis.kind == "sobol" else 3.2
    whole = Figure(figsize=(1.0 + 5.0 * len(blocks), height * len(measures)), layout="constrained")
    axes = whole.subplots(len(measures), len(blocks), squeeze=False)
    for row, measure in zip(axes, measures, strict=True):
        for panel, block in zip(row, blocks, strict=True):
            own = [i for i in analysis.indices if (i.block, i.measure) == (block, measure)]
            (_bars if analysis.kind == "sobol" else _scatter)(panel, own, analysis.factors)
            panel.set_title(f"{readable(measure)} {block}".strip(), fontsize=9)
    return whole


def png(analysis: Analysis) -> bytes:
    """The figure as PNG: the same bytes for the same analysis with the same version of matplotlib."""
    stream = BytesIO()
    figure(analysis).savefig(stream, format="png", dpi=100)
    return stream.getvalue()


def _bars(panel: Axes, own: Sequence[Index], factors: Sequence[str]) -> None:
    for name, shift, colour in (("S1", 0.2, "tab:blue"), ("ST", -0.2, "tab:orange")):
        found = {i.factor: i for i in own if i.index == name}
        drawn = [(place, found[factor]) for place, factor in enumerate(reversed(factors)) if factor in found]
        panel.barh(
            [place + shift for place, _ in drawn],
            [i.value for _, i in drawn],
            height=0.38,
            xerr=[i.half_width or 0.0 for _, i in drawn],
            color=colour,
            label=name,
        )
    panel.set_yticks(range(len(factors)), labels=list(reversed(factors)), fontsize=8)
    panel.axvline(0.0, color="black", linewidth=0.6)
    panel.set_xlabel("share of variance", fontsize=8)
    panel.legend(fontsize=7)


def _scatter(panel: Axes, own: Sequence[Index], factors: Sequence[str]) -> None:
    strength = {i.factor: i for i in own if i.index == "mu_star"}
    spread = {i.factor: i.value for i in own if i.index == "sigma"}
    for factor in factors:
        if factor in strength:
            one = strength[factor]
            panel.errorbar(one.value, spread[factor], xerr=one.half_width, fmt="o", markersize=4)
            panel.annotate(factor, (one.value, spread[factor]), fontsize=7, xytext=(3, 3), textcoords="offset points")
    panel.set_xlabel("mu*, over the whole range", fontsize=8)
    panel.set_ylabel("sigma", fontsize=8)
